import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skmultiinput.metrics._classification_cost import classification_cost
from skmultiinput.metrics._thresholds import bayes_threshold, cost_at_thresholds, min_cost_threshold

rows = st.lists(
    st.tuples(
        st.integers(0, 1),
        # Few values, so that ties and the ends of the range are common.
        st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0]) | st.floats(0, 1),
        st.floats(0, 9),
        st.floats(0, 9),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=15,
)


@given(rows=rows)
def test_cost_at_each_threshold_is_that_of_its_predictions(rows):
    y, proba, fp, fn, weight = (np.array(column) for column in zip(*rows, strict=True))
    costs = {"cost_fp": fp, "cost_fn": fn, "cost_tp": -0.5, "cost_tn": 0.25}
    costs["sample_weight"] = weight
    thresholds, cost = cost_at_thresholds(y, proba, **costs)
    assert np.all(np.diff(thresholds) > 0)
    assert len(thresholds) == len(np.unique(proba)) + 1
    for threshold, value in zip(thresholds, cost, strict=True):
        decision = (proba >= threshold).astype(int)
        assert value == pytest.approx(classification_cost(y, decision, **costs), abs=1e-9)
    assert (proba >= thresholds[0]).all()
    assert not (proba >= thresholds[-1]).any()


@given(rows=rows)
def test_no_threshold_is_cheaper_than_the_best(rows):
    y, proba, fp, fn, _ = (np.array(column) for column in zip(*rows, strict=True))

    def cost(threshold):
        return classification_cost(y, (proba >= threshold).astype(int), cost_fp=fp, cost_fn=fn)

    best = cost(min_cost_threshold(y, proba, cost_fp=fp, cost_fn=fn))
    assert all(best <= cost(t) + 1e-9 for t in [0, 1.1, *proba, *np.linspace(0, 1, 21)])


def test_calibrated_probabilities_lead_to_the_bayes_threshold():
    rng = np.random.default_rng(0)
    proba = rng.uniform(size=200_000)
    y = (rng.uniform(size=len(proba)) < proba).astype(int)
    costs = {"cost_fp": 1, "cost_fn": 4}
    assert bayes_threshold(**costs) == pytest.approx(0.2)
    assert min_cost_threshold(y, proba, **costs) == pytest.approx(0.2, abs=0.03)


def test_bayes_threshold_per_row():
    assert bayes_threshold(cost_fp=1, cost_fn=[1, 3, 9]).tolist() == [0.5, 0.25, 0.1]


@pytest.mark.parametrize("costs", [{"cost_fp": -1, "cost_fn": 1}, {"cost_fp": 0, "cost_fn": 0}])
def test_costs_that_reward_mistakes_have_no_bayes_threshold(costs):
    with pytest.raises(ValueError, match="A mistake must not be cheaper"):
        bayes_threshold(**costs)


def test_scores_outside_0_and_1_are_refused():
    with pytest.raises(ValueError, match="probabilities of the positive class"):
        cost_at_thresholds([0, 1], [-1.5, 2.0], cost_fp=1, cost_fn=1)


def test_other_labels_need_pos_label():
    with pytest.raises(ValueError, match="pos_label is needed"):
        min_cost_threshold(["n", "y"], [0.1, 0.9], cost_fp=1, cost_fn=1)
    assert min_cost_threshold(["n", "y"], [0.1, 0.9], cost_fp=1, cost_fn=1, pos_label="y") == 0.5


def test_costs_of_different_numbers_of_rows_are_named():
    with pytest.raises(ValueError, match=r"cost_fp .* \(3 rows\); got an array of shape \(2,\)"):
        bayes_threshold(cost_fp=[1, 2], cost_fn=[1, 2, 3])


@pytest.mark.parametrize(
    ("weight", "message"),
    [([0, 0], "non-zero|are zero"), ([1, -1], "Negative values"), ([1, np.nan], "NaN")],
)
@pytest.mark.parametrize("metric", [cost_at_thresholds, min_cost_threshold, classification_cost])
def test_weights_that_weigh_nothing_are_refused(metric, weight, message):
    with pytest.raises(ValueError, match=message):
        metric([0, 1], [0, 1], cost_fp=1, cost_fn=4, sample_weight=weight)
