import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import CrossFittedTargetEncoder

RNG = np.random.default_rng(0)
TOWNS = pd.DataFrame({"town": RNG.choice([f"t{i}" for i in range(40)], 400), "shop": "ab" * 200})
TOWNS["shop"] = list("ab" * 200)


@parametrize_with_checks([CrossFittedTargetEncoder()])
def test_estimator_checks(estimator, check):
    check(estimator)


def test_rows_are_encoded_by_folds_that_do_not_contain_them():
    # Every level occurs once: a row's own target is the only thing a leak could show.
    ids = pd.DataFrame({"id": [f"u{i}" for i in range(400)]})
    y = RNG.integers(0, 2, 400)
    encoder = CrossFittedTargetEncoder()
    assert len(np.unique(encoder.fit_transform(ids, y).round(6))) <= 5
    assert abs(np.corrcoef(encoder.transform(ids).ravel(), y)[0, 1]) > 0.9


def test_without_smoothing_it_is_the_mean():
    y = RNG.normal(size=400)
    encoder = CrossFittedTargetEncoder(smooth=0.0).fit(TOWNS, y)
    means = pd.Series(y).groupby(TOWNS["town"]).mean()
    np.testing.assert_allclose(encoder.transform(TOWNS)[:, 0], means[TOWNS["town"]])


def test_the_same_seed_gives_the_same_folds():
    y = RNG.integers(0, 2, 400)
    encoder = CrossFittedTargetEncoder(random_state=3)
    first = encoder.fit_transform(TOWNS, y)
    np.testing.assert_array_equal(clone(encoder).fit_transform(TOWNS, y), first)
    other = CrossFittedTargetEncoder(random_state=4).fit_transform(TOWNS, y)
    assert (other != first).any()


@pytest.mark.parametrize(
    ("y", "kind", "names"),
    [
        (RNG.integers(0, 2, 400), "binary", ["town", "shop"]),
        (RNG.choice(["no", "yes"], 400), "binary", ["town", "shop"]),
        (RNG.integers(0, 2, 400).astype(bool), "binary", ["town", "shop"]),
        (RNG.choice(["a", "b", "c"], 400), "multiclass", ["town_a", "town_b", "town_c"]),
        (RNG.normal(size=400), "continuous", ["town", "shop"]),
        (RNG.integers(0, 5000, 400).astype(float), "continuous", ["town", "shop"]),
        (RNG.integers(0, 2, (400, 3)), "binary", ["town_0", "shop_0", "town_1"]),
        (RNG.normal(size=(400, 2)), "continuous", ["town_0", "shop_0", "town_1", "shop_1"]),
    ],
)
def test_what_the_target_is(y, kind, names):
    encoder = CrossFittedTargetEncoder().set_output(transform="pandas")
    out = encoder.fit_transform(TOWNS, y)
    assert encoder.target_type_ == kind
    assert out.columns.tolist()[: len(names)] == names
    assert out.columns.tolist() == encoder.transform(TOWNS).columns.tolist()
    assert np.isfinite(out.to_numpy()).all()


def test_the_target_type_can_be_told():
    stars = RNG.integers(1, 6, 400)
    assert CrossFittedTargetEncoder().fit(TOWNS, stars).target_type_ == "multiclass"
    told = CrossFittedTargetEncoder(target_type="continuous").fit(TOWNS, stars)
    assert told.transform(TOWNS).shape == (400, 2)


def test_few_rows_make_few_folds():
    out = CrossFittedTargetEncoder().fit_transform(TOWNS.iloc[:3], [0.5, 1.5, 2.5])
    assert out.shape == (3, 2)


def test_wrong_targets():
    with pytest.raises(ValueError, match=r"requires y to be passed.*high_cardinality"):
        CrossFittedTargetEncoder().fit_transform(TOWNS, None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CrossFittedTargetEncoder().fit_transform(TOWNS, [0, 1])
