import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput.metrics._classification_cost import (
    classification_cost,
    classification_profit,
)
from skmultiinput.metrics._cost_scorers import make_cost_scorer, make_profit_scorer
from skmultiinput.metrics._thresholds import cost_at_thresholds

CV = StratifiedKFold(3)


@pytest.fixture(scope="module")
def data():
    return make_classification(300, weights=[0.8], flip_y=0.1, random_state=0)


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def model():
    return make_pipeline(StandardScaler(), LogisticRegression())


def slow_cost(y_true, y_pred, *, fp, fn, tp, tn, positive):
    total = 0.0
    for i, (truth, decision) in enumerate(zip(y_true, y_pred, strict=True)):
        if truth == positive:
            total += tp[i] if decision == positive else fn[i]
        else:
            total += fp[i] if decision == positive else tn[i]
    return total


binary_rows = st.lists(
    st.tuples(st.booleans(), st.booleans(), *[st.integers(-20, 20)] * 4), min_size=1, max_size=20
)


@given(rows=binary_rows, names=st.sampled_from([(0, 1), (-1, 1), ("no", "yes"), ("b", "a")]))
def test_costs_per_row_equal_a_plain_loop(rows, names):
    truth, decision, fp, fn, tp, tn = (np.array(column) for column in zip(*rows, strict=True))
    y_true, y_pred = np.array(names)[truth.astype(int)], np.array(names)[decision.astype(int)]
    found = classification_cost(
        y_true,
        y_pred,
        cost_fp=fp,
        cost_fn=fn,
        cost_tp=tp,
        cost_tn=tn,
        pos_label=names[1],
        reduction="sum",
    )
    assert found == pytest.approx(
        slow_cost(y_true, y_pred, fp=fp, fn=fn, tp=tp, tn=tn, positive=names[1])
    )
    profit = classification_profit(
        y_true,
        y_pred,
        profit_tp=-tp,
        profit_fp=-fp,
        profit_fn=-fn,
        profit_tn=-tn,
        pos_label=names[1],
    )
    assert profit == pytest.approx(-found / len(rows))


@given(rows=binary_rows)
def test_a_matrix_of_two_classes_equals_the_four_costs(rows):
    truth, decision, *_ = (np.array(column) for column in zip(*rows, strict=True))
    matrix = pd.DataFrame([[0, 10], [1, -2]], index=["yes", "no"], columns=["yes", "no"])
    names = np.array(["no", "yes"])
    y_true, y_pred = names[truth.astype(int)], names[decision.astype(int)]
    # True labels are the rows: a missed "yes" costs 10, a needless "yes" costs 1.
    four = {"cost_fp": 1, "cost_fn": 10, "cost_tn": -2, "pos_label": "yes"}
    for right, decided in zip(y_true, y_pred, strict=True):
        by_matrix = classification_cost([right], [decided], cost_matrix=matrix)
        assert by_matrix == classification_cost([right], [decided], **four)


def test_weights_and_reduction():
    how = {"cost_fp": 1, "cost_fn": 10, "sample_weight": [1, 3]}
    assert classification_cost([1, 0], [0, 1], **how) == pytest.approx(13 / 4)
    assert classification_cost([1, 0], [0, 1], **how, reduction="sum") == 13


def test_three_classes_by_matrix():
    matrix = [[0, 1, 2], [3, 0, 4], [5, 6, 0]]
    cost = [
        classification_cost([right], [decided], cost_matrix=matrix, labels=list("abc"))
        for right, decided in zip("abcc", "cabc", strict=True)
    ]
    assert cost == [2, 3, 6, 0]


@pytest.mark.parametrize("labels", [[0, 1], [False, True], [-1, 1], [0.0, 1.0]])
def test_obvious_labels_need_no_pos_label(labels):
    y = np.array([labels[0]] * 3)
    assert classification_cost(y, y, cost_fp=1, cost_fn=10) == 0
    y_pred = np.array([labels[1], *labels[:1] * 2])
    assert classification_cost(y, y_pred, cost_fp=3, cost_fn=10) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cost_fp": 1}, "cost_fn must be given"),
        ({}, "cost_fp and cost_fn must be given"),
        ({"cost_fp": 1, "cost_fn": [1, 2]}, r"cost_fn .* one number per row \(4 rows\)"),
        ({"cost_fp": 1, "cost_fn": "ten"}, "cost_fn must be a number .* got 'ten'"),
        ({"cost_fp": np.nan, "cost_fn": 1}, "cost_fp must be finite; got nan"),
        ({"cost_fp": 1, "cost_fn": 1, "reduction": "median"}, "'mean' or 'sum'; got 'median'"),
        (
            {"cost_fp": 1, "cost_fn": 1, "pos_label": 7},
            r"pos_label=7 is none of the labels \[0, 1\]",
        ),
        ({"cost_matrix": [[0, 1], [1, 0]]}, "cost_matrix needs labels="),
        ({"cost_matrix": [[0, 1], [1, 0]], "labels": [0, 1, 2]}, r"shape \(3, 3\).* got \(2, 2\)"),
        ({"cost_matrix": [[0, 1], [1, 0]], "labels": [0, 2]}, r"no row for the labels \[1\]"),
        ({"cost_matrix": [[0, np.inf], [1, 0]], "labels": [0, 1]}, "finite"),
        (
            {"cost_matrix": pd.DataFrame([[0, 1], [1, 0]], columns=["a", "b"])},
            "same labels as index",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        classification_cost([0, 1, 1, 0], [0, 1, 0, 1], **arguments)


def test_three_labels_need_a_matrix():
    with pytest.raises(ValueError, match=r"3 labels: .*Pass a matrix"):
        classification_cost([0, 1, 2], [0, 1, 2], cost_fp=1, cost_fn=1)


def test_profit_errors_name_profit_parameters():
    with pytest.raises(ValueError, match="profit_fp must be given"):
        classification_profit([0, 1], [0, 1], profit_tp=1)
    with pytest.raises(ValueError, match="profit_fp must be finite"):
        classification_profit([0, 1], [0, 1], profit_tp=1, profit_fp=np.inf)


def test_cross_val_score(data):
    X, y = data
    found = cross_val_score(model(), X, y, cv=CV, scoring=make_cost_scorer(cost_fp=1, cost_fn=10))
    expected = []
    for train, test in CV.split(X, y):
        decision = model().fit(X[train], y[train]).predict(X[test])
        expected.append(-classification_cost(y[test], decision, cost_fp=1, cost_fn=10))
    assert found == pytest.approx(expected)
    profit = make_profit_scorer(profit_tp=0, profit_fp=-1, profit_fn=-10)
    assert cross_val_score(model(), X, y, cv=CV, scoring=profit) == pytest.approx(expected)


def test_grid_search_finds_the_cheapest(data):
    X, y = data
    grid = {"logisticregression__class_weight": [None, {0: 1, 1: 10}]}
    scorer = make_cost_scorer(cost_fp=1, cost_fn=10)
    search = GridSearchCV(model(), grid, cv=CV, scoring=scorer).fit(X, y)
    assert search.best_params_["logisticregression__class_weight"] == {0: 1, 1: 10}
    assert search.best_score_ == search.cv_results_["mean_test_score"].max() < 0


@pytest.mark.parametrize("positive", ["leaves", "stays"])
def test_tuned_threshold_avoids_the_expensive_mistake(data, positive):
    X, y = data
    other = "stays" if positive == "leaves" else "leaves"
    labels = np.where(y == 1, positive, other)
    scorer = make_cost_scorer(cost_fp=1, cost_fn=10, pos_label=positive)
    tuned = TunedThresholdClassifierCV(model(), scoring=scorer, cv=CV).fit(X, labels)
    assert tuned.best_threshold_ < 0.35
    assert (tuned.predict(X) == positive).sum() > (tuned.estimator_.predict(X) == positive).sum()


def test_multiclass_matrix_scorer():
    X, y = make_classification(300, n_classes=3, n_informative=5, random_state=0)
    labels = np.array(["low", "mid", "top"])[y]
    matrix = pd.DataFrame(1 - np.eye(3), index=["low", "mid", "top"], columns=["low", "mid", "top"])
    found = cross_val_score(model(), X, labels, cv=CV, scoring=make_cost_scorer(cost_matrix=matrix))
    accuracy = cross_val_score(model(), X, labels, cv=CV, scoring="accuracy")
    assert found == pytest.approx(accuracy - 1)


@pytest.mark.usefixtures("routing")
class TestCostPerRow:
    def amounts(self, y):
        return np.random.default_rng(0).uniform(1, 20, len(y))

    def expected(self, X, y, amounts):
        costs = []
        for train, test in CV.split(X, y):
            decision = model().fit(X[train], y[train]).predict(X[test])
            costs.append(-classification_cost(y[test], decision, cost_fp=1, cost_fn=amounts[test]))
        return costs

    def test_cross_val_score(self, data):
        X, y = data
        amounts = self.amounts(y)
        scorer = make_cost_scorer(cost_fp=1, cost_fn="amount")
        found = cross_val_score(model(), X, y, cv=CV, scoring=scorer, params={"amount": amounts})
        assert found == pytest.approx(self.expected(X, y, amounts))

    def test_cross_val_score_by_set_score_request(self, data):
        X, y = data
        amounts = self.amounts(y)
        scorer = make_cost_scorer(cost_fp=1, cost_fn="cost_fn").set_score_request(
            cost_fn=True, sample_weight=True
        )
        found = cross_val_score(
            model().set_params(
                logisticregression=LogisticRegression().set_fit_request(sample_weight=False),
                standardscaler=StandardScaler().set_fit_request(sample_weight=False),
            ),
            X,
            y,
            cv=CV,
            scoring=scorer,
            params={"cost_fn": amounts, "sample_weight": np.ones(len(y))},
        )
        assert found == pytest.approx(self.expected(X, y, amounts))

    def test_grid_search(self, data):
        X, y = data
        amounts = self.amounts(y)
        scorer = make_cost_scorer(cost_fp=1, cost_fn="amount")
        search = GridSearchCV(model(), {"logisticregression__C": [1.0]}, cv=CV, scoring=scorer)
        search.fit(X, y, amount=amounts)
        assert search.best_score_ == pytest.approx(np.mean(self.expected(X, y, amounts)))

    def test_tuned_threshold_follows_the_costs_of_the_rows(self, data):
        X, y = data
        found = {}
        for size in (0.1, 50.0):
            scorer = make_profit_scorer(profit_tp=0, profit_fp=-1, profit_fn="amount")
            tuned = TunedThresholdClassifierCV(model(), scoring=scorer, cv=CV)
            found[size] = tuned.fit(X, y, amount=np.full(len(y), -size)).best_threshold_
        assert found[50.0] < 0.2
        assert found[0.1] > 0.5

    def test_tuned_threshold_inside_cross_val_score(self, data):
        X, y = data
        amounts = self.amounts(y)
        scorer = make_cost_scorer(cost_fp=1, cost_fn="amount")
        tuned = TunedThresholdClassifierCV(model(), scoring=scorer, cv=CV)
        params = {"amount": amounts}
        cost = cross_val_score(tuned, X, y, cv=CV, scoring=scorer, params=params).mean()
        assert cost > np.mean(self.expected(X, y, amounts))

    def test_metadata_that_was_not_passed_is_named(self, data):
        X, y = data
        scorer = make_cost_scorer(cost_fp=1, cost_fn="amount")
        with pytest.raises(ValueError, match=r"cost_fn must be given: .*passed as metadata"):
            scorer(model().fit(X, y), X, y)


def test_named_costs_need_metadata_routing():
    with pytest.raises(ValueError, match=r"cost_fn='amount' asks .*set_config"):
        make_cost_scorer(cost_fp=1, cost_fn="amount")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cost_fp": 1}, "cost_fn must be given"),
        ({"cost_fp": [1, 2], "cost_fn": 1}, "cost_fp must be a number"),
        ({"cost_fp": 1, "cost_fn": 2, "reduction": "max"}, "reduction must be"),
        (
            {"cost_fp": 1, "cost_matrix": np.eye(2), "labels": [0, 1]},
            "either cost_matrix or cost_fp",
        ),
    ],
)
def test_a_wrong_scorer_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_cost_scorer(**arguments)


def test_scorers_can_be_pickled_and_cloned(data):
    import pickle

    X, y = data
    scorer = pickle.loads(pickle.dumps(make_cost_scorer(cost_fp=1, cost_fn=10)))
    fitted = model().fit(X, y)
    assert scorer(fitted, X, y) == make_cost_scorer(cost_fp=1, cost_fn=10)(fitted, X, y)
    assert "cost_fn=10" in repr(scorer)


@pytest.mark.parametrize("labels", [["a", None, "b"], [1.0, float("nan"), 0.0]])
def test_missing_labels_are_counted(labels):
    labels = np.array(labels, dtype=object)
    full = ["a", "b", "b"]
    for y_true, y_pred, name in ((labels, full, "y_true"), (full, labels, "y_pred")):
        with pytest.raises(ValueError, match=f"{name} has 1 missing labels, the first in row 1"):
            classification_cost(y_true, y_pred, cost_fp=1, cost_fn=1, pos_label="b")
    with pytest.raises(ValueError, match="y_true has 1 missing labels"):
        cost_at_thresholds(labels, [0.1, 0.2, 0.3], cost_fp=1, cost_fn=1, pos_label="b")


def test_labels_of_different_types_are_named():
    with pytest.raises(ValueError, match=r"4 labels: \[0, '0', 1, '1'\]"):
        classification_cost([0, 1], ["0", "1"], cost_fp=1, cost_fn=1, pos_label=1)
    with pytest.raises(ValueError, match=r"no row for the labels \['a'\]"):
        classification_cost([0, 1], ["a", "a"], cost_matrix=[[0, 1], [1, 0]], labels=[0, 1])
