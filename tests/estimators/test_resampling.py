"""Resampling inside ``fit``: which weight a row gets, and which seed a sampler."""

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.utils.class_weight import compute_sample_weight
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor, MultiInputSMOTE
from skmultiinput.estimators._resampling import resample_rows, weigh_classes


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": np.arange(60.0), "b": rng.normal(size=60)}, index=range(100, 160))
    X["c"] = pd.Categorical(rng.choice(["x", "y"], 60))
    y = np.array(["rare"] * 15 + ["often"] * 45)
    return X, y, rng.uniform(1, 2, 60)


def resample(sampler, rows, seed=0, **options):
    return resample_rows(sampler, *rows, np.random.default_rng(seed), options)


@pytest.mark.parametrize("sampler", [RandomOverSampler(), RandomUnderSampler()])
def test_chosen_rows_keep_their_weights(rows, sampler):
    weight = rows[2]
    X_new, y_new, weight_new = resample(sampler, rows)
    assert (y_new == "rare").sum() == (y_new == "often").sum()
    # Column a is the number of the row.
    np.testing.assert_array_equal(weight_new, weight[X_new["a"].astype(int)])


@pytest.mark.parametrize("sampler", [MultiInputSMOTE(), SMOTENC("auto")])
def test_synthetic_rows_weigh_what_their_class_does(rows, sampler):
    _, y, weight = rows
    _, y_new, weight_new = resample(sampler, rows)
    assert len(y_new) == 90
    np.testing.assert_array_equal(weight_new[:60], weight)
    np.testing.assert_allclose(weight_new[60:], weight[y == "rare"].mean())


def test_rows_without_a_known_origin_weigh_what_their_class_does(rows):
    X, y, weight = rows
    numbers = (X[["a", "b"]], y, weight)
    _, y_new, weight_new = resample(SMOTEENN(), numbers)
    means = pd.Series(weight).groupby(y).mean()
    np.testing.assert_allclose(weight_new, means[y_new])


def test_equal_weights_stay_equal(rows):
    X, y, _ = rows
    _, y_new, weight_new = resample(SMOTEENN(), (X[["a", "b"]], y, np.full(60, 2.0)))
    np.testing.assert_array_equal(weight_new, np.full(len(y_new), 2.0))


def test_the_seed_is_drawn_where_the_sampler_has_none(rows):
    one, same, other = (resample(RandomOverSampler(), rows, seed)[0] for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)
    fixed = [resample(RandomOverSampler(random_state=5), rows, seed)[0] for seed in (1, 2)]
    pd.testing.assert_frame_equal(*fixed)


def test_the_sampler_given_is_not_changed(rows):
    sampler = RandomOverSampler()
    _, y_new, _ = resample(sampler, rows, sampling_strategy={"rare": 30})
    assert (y_new == "rare").sum() == 30
    assert sampler.get_params() == RandomOverSampler().get_params()
    assert not hasattr(sampler, "sample_indices_")


def test_what_cannot_resample_is_refused(rows):
    with pytest.raises(ValueError, match="'sampler' parameter must be an imbalanced-learn sampler"):
        resample("SMOTE", rows)


def test_samplers_of_numbers_say_which_columns_are_none(rows):
    with pytest.raises(ValueError, match="could not convert string to float") as error:
        resample(SMOTE(), rows)
    (note,) = error.value.__notes__
    assert note.startswith("1 of the 3 columns of X hold no numbers, such as 'c'")
    assert "MultiInputSMOTE" in note


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda X, y: (X.to_numpy(), y), "must return a DataFrame.* Got ndarray"),
        (lambda X, y: (X[["a", "b"]], y), r"Got DataFrame, columns \['a', 'b'\]"),
        (lambda X, y: (X[:20], y), "inconsistent numbers of samples"),
    ],
)
def test_samplers_that_return_no_rows_of_the_table_are_refused(rows, function, message):
    with pytest.raises(ValueError, match=message):
        resample(FunctionSampler(func=function, validate=False), rows)


def test_samplers_that_remove_a_class_are_refused():
    X, y = small_table()
    sampler = FunctionSampler(func=lambda X, y: (X[y == "stays"], y[y == "stays"]), validate=False)
    with pytest.raises(ValueError, match=r"left no row of the classes \['leaves'\]"):
        MultiInputClassifier(**SMALL, sampler=sampler).fit(X, y)
    numbers = MultiInputRegressor(
        **SMALL, sampler=FunctionSampler(func=lambda X, y: (X[y < 2], y[y < 2]), validate=False)
    ).fit(X, np.arange(len(y)) % 4)
    assert np.isfinite(numbers.predict(X)).all()


def test_balanced_classes_weigh_the_same_whatever_the_rows_weigh(rows):
    """As LogisticRegression has it: a row of weight 2 counts as two rows do."""
    _, y, weight = rows
    weight = np.where(y == "rare", 5 * weight, weight)
    balanced = weigh_classes("balanced", y, weight)
    assert balanced[y == "rare"].sum() == pytest.approx(balanced[y == "often"].sum())
    assert balanced.sum() == pytest.approx(weight.sum())
    twice = np.arange(60) % 2 + 1
    repeated = np.repeat(y, twice)
    expected = compute_sample_weight("balanced", repeated)
    by_weight = weigh_classes("balanced", y, twice.astype(float)) / twice
    np.testing.assert_allclose(np.repeat(by_weight, twice), expected)
    labels = np.column_stack([y == "rare", np.arange(60) < 20]).astype(int)
    np.testing.assert_allclose(
        weigh_classes("balanced", labels, np.ones(60)), compute_sample_weight("balanced", labels)
    )
