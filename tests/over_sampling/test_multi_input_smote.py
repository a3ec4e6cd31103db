"""`MultiInputSMOTE` and `is_synthetic`: laws, a slow reference, marks, messages."""

import pickle
import time
import tracemalloc
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTENC, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks as sklearn_checks

from skmultiinput import MultiInputSMOTE
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.over_sampling import is_synthetic
from skmultiinput.over_sampling._distances import embed_rows
from skmultiinput.over_sampling._synthetic_rows import Family, interpolate

# Every check passes; a check that cannot would stand here with its reason.
EXPECTED_FAILED_CHECKS: dict = {}

WORDS = pd.Index(["<pad>", "<unknown>", "good", "bad", "late", "fast"])
WHOLE = ("text__", "series__", "history__", "photo__")


def frame_of_all_kinds(n, seed):
    """Every kind of column, 30 of them, in five dtypes of numbers."""
    rng = np.random.default_rng(seed)
    columns = {
        "numeric__age": rng.normal(40, 9, n),
        "numeric__income": rng.lognormal(size=n).astype(np.float32),
        "numeric__visits": rng.integers(-3, 90, n, dtype=np.int16),
        "numeric__parcels": rng.integers(0, 9, n).astype(np.uint8),
        "numeric__loyal": rng.random(n) < 0.3,
        "numeric__nullable": pd.array(rng.integers(0, 50, n), dtype="Int64"),
    }
    plan = rng.integers(3, size=n)
    for i in range(3):
        columns[f"onehot__plan_{i}"] = (plan == i).astype(float)
    cities = [f"city_{i}" for i in range(9)]
    columns["category__city"] = pd.Categorical.from_codes(
        np.minimum(rng.geometric(0.3, n), 9) - 1, categories=cities
    )
    columns["category__grade"] = pd.Categorical.from_codes(
        rng.integers(3, size=n), categories=[1, 2, 7], ordered=True
    )
    for i in range(4):
        columns[f"text__review[{i}]"] = pd.Categorical.from_codes(
            rng.integers(len(WORDS), size=n), categories=WORDS
        )
    for i in range(3):
        columns[f"series__mood[{i}]"] = rng.normal(size=n)
    for step in range(2):
        seen = rng.random(n) < 0.7
        columns[f"history__usage[{step},0]"] = np.where(seen, rng.normal(size=n), 0)
        columns[f"history__usage[{step},1]"] = seen.astype(float)
    for pixel in np.ndindex(2, 2, 1):
        columns[f"photo__front[{','.join(map(str, pixel))}]"] = rng.random(n).astype(np.float32)
    columns["photo__back"] = pd.Series(list(rng.integers(0, 255, (n, 2, 2, 3)).astype(np.uint8)))
    return pd.DataFrame(columns)


def target(n, seed, n_classes=2):
    """Classes of unequal size, each with at least 2 rows."""
    rng = np.random.default_rng(seed + 1)
    rest = rng.choice(n_classes, size=n - 2 * n_classes, p=_shares(n_classes))
    return pd.Series(
        rng.permutation(np.concatenate([np.repeat(np.arange(n_classes), 2), rest])), name="churned"
    )


def _shares(n_classes):
    shares = 0.3 ** np.arange(n_classes)
    return shares / shares.sum()


def rows_equal(frame, i, other, j):
    return all(np.array_equal(frame[c].iloc[i], other[c].iloc[j]) for c in frame.columns)


samplings = {
    "n": st.integers(8, 60),
    "seed": st.integers(0, 10_000),
    "k": st.integers(1, 9),
    "n_classes": st.integers(2, 3),
}


def _checks(library):
    # The decorators of older releases hand pytest a generator, which pytest 9 warns of.
    return pytest.mark.parametrize(
        ("estimator", "check"),
        list(
            library.estimator_checks_generator(
                MultiInputSMOTE(random_state=0),
                expected_failed_checks=EXPECTED_FAILED_CHECKS,
                mark="xfail",
            )
        ),
        ids=lambda value: getattr(getattr(value, "func", None), "__name__", "sampler"),
    )


@_checks(imblearn_checks)
def test_the_checks_of_imbalanced_learn(estimator, check):
    check(estimator)


@_checks(sklearn_checks)
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_parameters_and_column_names_are_checked():
    imblearn_checks.check_param_validation("MultiInputSMOTE", MultiInputSMOTE())
    imblearn_checks.check_dataframe_column_names_consistency("MultiInputSMOTE", MultiInputSMOTE())


@given(**samplings)
@settings(max_examples=25, deadline=None)
def test_original_rows_come_first_and_inputs_stay_unchanged(n, seed, k, n_classes):
    X, y = frame_of_all_kinds(n, seed), target(n, seed, n_classes)
    X.index = y.index = pd.Index([f"row {i}" for i in range(n)], name="who")
    before, y_before = frame_of_all_kinds(n, seed).set_axis(X.index), y.copy()
    X_res, y_res = MultiInputSMOTE(k_neighbors=k, random_state=seed).fit_resample(X, y)
    pd.testing.assert_frame_equal(X, before)
    pd.testing.assert_series_equal(y, y_before)
    pd.testing.assert_frame_equal(X_res.iloc[:n].reset_index(drop=True), X.reset_index(drop=True))
    np.testing.assert_array_equal(y_res[:n], y)
    assert list(X_res.columns) == list(X.columns)
    assert y_res.name == y.name
    assert X_res.index.equals(y_res.index)
    assert X_res.index.is_unique
    for dtype, resampled in zip(X.dtypes, X_res.dtypes, strict=True):
        assert resampled is dtype or resampled == dtype
        if isinstance(dtype, pd.CategoricalDtype):
            assert resampled.categories is dtype.categories
    assert set(Counter(y_res).values()) == {Counter(y).most_common(1)[0][1]}
    np.testing.assert_array_equal(is_synthetic(X_res), np.arange(len(X_res)) >= n)


@given(**samplings)
@settings(max_examples=25, deadline=None)
def test_a_synthetic_row_lies_between_its_parents(n, seed, k, n_classes):
    X, y = frame_of_all_kinds(n, seed), target(n, seed, n_classes)
    sampler = MultiInputSMOTE(k_neighbors=k, random_state=seed)
    X_res, y_res = sampler.fit_resample(X, y)
    assert sampler.parents_.shape == (len(X_res) - n, 2)
    binary = {c for c in X if X[c].dtype.kind in "bf" and X[c].isin([0, 1]).all()}
    for i, (base, other) in enumerate(sampler.parents_, start=n):
        assert base != other
        assert y_res.iloc[i] == y.iloc[base] == y.iloc[other]
        copied = [c for c in X if c.startswith(WHOLE) or c in binary]
        sources = [p for p in (base, other) if rows_equal(X_res[copied], i, X[copied], p)]
        assert sources, "texts, sequences, images and one-hot columns come from one parent"
        for column in X.columns.difference(copied):
            value, parents = X_res[column].iloc[i], X[column].iloc[[base, other]]
            if isinstance(X[column].dtype, pd.CategoricalDtype):
                assert value in set(parents)
            else:
                assert parents.min() <= value <= parents.max()
        assert X_res[[f"onehot__plan_{j}" for j in range(3)]].iloc[i].sum() == 1


@given(**samplings)
@settings(max_examples=15, deadline=None)
def test_columns_in_another_order_give_the_same_rows(n, seed, k, n_classes):
    X, y = frame_of_all_kinds(n, seed), target(n, seed, n_classes)
    order = np.random.default_rng(seed).permutation(X.columns)
    sampler = MultiInputSMOTE(k_neighbors=k, random_state=seed)
    straight, y_straight = sampler.fit_resample(X, y)
    permuted, y_permuted = sampler.fit_resample(X[order], y)
    pd.testing.assert_frame_equal(permuted, straight[order])
    pd.testing.assert_series_equal(y_permuted, y_straight)


def test_the_seed_decides():
    X, y = frame_of_all_kinds(60, 0), target(60, 0)

    def ages(random_state):
        return MultiInputSMOTE(random_state=random_state).fit_resample(X, y)[0]["numeric__age"]

    assert ages(0).equals(ages(0))
    assert not ages(0).equals(ages(1))
    assert ages(np.random.RandomState(3)).equals(ages(np.random.RandomState(3)))
    assert ages(np.random.default_rng(3)).equals(ages(np.random.default_rng(3)))
    moving = np.random.RandomState(3)
    assert not ages(moving).equals(ages(moving))


def test_classes_have_independent_weights():
    # imbalanced-learn seeds each class anew, so every class gets the same steps.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(70, 1)), np.repeat([0, 1, 2], [50, 10, 10])
    X[60:] = X[50:60] + 100
    sampler = MultiInputSMOTE(random_state=0)
    sampler.fit_resample(X, y)
    first, second = sampler.parents_[:40] - 50, sampler.parents_[40:] - 60
    assert (first != second).any()


def test_the_second_parent_is_one_of_the_nearest_rows():
    """A slow reference of the distance, where nothing needs a projection."""
    rng = np.random.default_rng(0)
    n, k = 40, 4
    X = pd.DataFrame(
        {
            "numeric__a": rng.normal(size=n),
            "numeric__b": rng.normal(size=n) * 1000,
            "dates__c": rng.random(n),
            "category__d": pd.Categorical(rng.choice(list("xyz"), n)),
            "category__e": pd.Categorical(rng.choice(list("pq"), n)),
        }
    )
    y = np.r_[np.zeros(n - 12, int), np.ones(12, int)]
    rows = np.flatnonzero(y == 1)
    squares = {}
    for group in ("numeric", "dates", "category"):
        part = X.iloc[rows].filter(like=f"{group}__")
        square = np.zeros((12, 12))
        for column in map(part.get, part.columns):
            for i in range(12):
                for j in range(12):
                    if group == "category":
                        square[i, j] += 2 * (column.iloc[i] != column.iloc[j])
                    else:
                        q25, q75 = np.quantile(column, [0.25, 0.75])
                        step = (column.iloc[i] - column.iloc[j]) / ((q75 - q25) / 1.349)
                        square[i, j] += step**2
        squares[group] = square / square.mean()
    distance = sum(squares.values()) + np.diag(np.full(12, np.inf))
    nearest = np.argsort(distance, axis=1)[:, :k]
    sampler = MultiInputSMOTE({1: 400}, k_neighbors=k, random_state=0)
    sampler.fit_resample(X, y)
    seen = {(int(base), int(other)) for base, other in sampler.parents_}
    assert seen == {(rows[i], rows[j]) for i in range(12) for j in nearest[i]}


@given(seed=st.integers(0, 1000), k=st.integers(1, 6), n_categories=st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_the_vote(seed, k, n_categories):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(30)[:10]
    near = np.array([rng.permutation([j for j in range(10) if j != i])[:k] for i in range(10)])
    base, pick = rng.integers(10, size=25), rng.integers(k, size=25)
    family = Family(rows, near, base, near[base, pick], rng.random(25))
    codes = rng.integers(n_categories, size=30)
    for got, b, p, weight in zip(family.vote(codes), base, pick, family.weight, strict=True):
        votes = Counter([codes[rows[b]], *codes[rows[near[b]]]])
        own, other = codes[rows[b]], codes[rows[near[b, p]]]
        if votes[own] == votes[other]:
            assert got == (own if weight < 0.5 else other)
        else:
            assert got == max((own, other), key=votes.get)


def test_every_input_has_the_same_share_in_the_distance():
    X = frame_of_all_kinds(300, 0)
    groups = ColumnGroups.from_frame(X)
    places = embed_rows(X, groups, np.random.default_rng(0))
    assert places.dtype == np.float32
    assert places.var(axis=0).sum() == pytest.approx(len(groups.inputs), rel=1e-3)
    squares = ((places[:, None, :] - places[None]) ** 2).sum(axis=2)
    assert squares.mean() == pytest.approx(2 * len(groups.inputs), rel=1e-3)


def test_a_wide_text_does_not_outweigh_a_number():
    rng = np.random.default_rng(0)
    n = 400
    side = rng.integers(2, size=n)
    words = pd.Index(["<pad>", *(f"w{i}" for i in range(300))])
    text = {
        f"text__review[{i}]": pd.Categorical.from_codes(rng.integers(1, 301, n), categories=words)
        for i in range(100)
    }
    X = pd.DataFrame({"numeric__side": side * 10 + rng.normal(size=n), **text})
    sampler = MultiInputSMOTE({1: 600}, random_state=0)
    sampler.fit_resample(X, np.r_[np.zeros(n // 2, int), np.ones(n // 2, int)])
    assert (side[sampler.parents_[:, 0]] == side[sampler.parents_[:, 1]]).mean() > 0.9


def test_word_order_does_not_change_distances():
    codes = np.array([[2, 3, 0, 0], [0, 3, 2, 0], [4, 5, 0, 0], [4, 2, 0, 0], [5, 5, 5, 3]])
    X = pd.DataFrame(
        {
            f"text__t[{i}]": pd.Categorical.from_codes(codes[:, i], categories=WORDS)
            for i in range(4)
        }
    )
    places = embed_rows(X, ColumnGroups.from_frame(X), np.random.default_rng(0))
    np.testing.assert_allclose(places[0], places[1], rtol=1e-5)
    away = np.linalg.norm(places - places[2], axis=1)
    assert away[3] < away[0]


def test_an_outlier_is_clipped():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a__x": rng.normal(size=200), "b__y": rng.normal(size=200)})
    with_outlier = X.copy()
    with_outlier.loc[0, "a__x"] = 1e9
    groups = ColumnGroups.from_frame(X)
    clean = embed_rows(X, groups, np.random.default_rng(0))[1:]
    dirty = embed_rows(with_outlier, groups, np.random.default_rng(0))[1:]
    assert np.corrcoef(clean[:, 0], dirty[:, 0])[0, 1] > 0.999
    assert dirty[:, 0].std() > 0.8


def test_small_classes():
    X, y = frame_of_all_kinds(30, 0), np.r_[np.zeros(27, int), [1, 1], [2]]
    sampler = MultiInputSMOTE({1: 9}, k_neighbors=5, random_state=0)
    sampler.fit_resample(X, y)
    assert set(map(frozenset, sampler.parents_.tolist())) == {frozenset({27, 28})}
    with pytest.raises(ValueError, match="Class 2 has a single row, but a synthetic row needs two"):
        MultiInputSMOTE().fit_resample(X, y)
    labels = np.array(["stays", "reduces", "leaves"])[y]
    with pytest.raises(ValueError, match="Class 'leaves' has a single row"):
        MultiInputSMOTE().fit_resample(X, labels)
    with pytest.raises(ValueError, match="more than 1 class"):
        MultiInputSMOTE().fit_resample(X, np.zeros(30, int))


@pytest.mark.parametrize(
    ("strategy", "sizes"),
    [
        ("auto", [30, 30, 30]),
        ("minority", [30, 12, 30]),
        ("not minority", [30, 30, 5]),
        ({2: 11}, [30, 12, 11]),
        (lambda y: {1: 2 * (y == 1).sum()}, [30, 24, 5]),
    ],
)
def test_strategies(strategy, sizes):
    y = np.repeat([0, 1, 2], [30, 12, 5])
    X_res, y_res = MultiInputSMOTE(strategy, random_state=0).fit_resample(
        frame_of_all_kinds(47, 0), y
    )
    assert np.bincount(y_res).tolist() == sizes
    assert len(X_res) == sum(sizes)


def test_a_ratio_and_nothing_to_do():
    X, y = frame_of_all_kinds(60, 0), np.repeat([0, 1], [50, 10])
    assert (MultiInputSMOTE(0.5).fit_resample(X, y)[1] == 1).sum() == 25
    sampler = MultiInputSMOTE({1: 10})
    X_res, _ = sampler.fit_resample(X, y)
    assert len(X_res) == 60
    assert sampler.parents_.shape == (0, 2)
    assert not is_synthetic(X_res).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint8, bool])
def test_arrays_keep_their_dtype(dtype):
    rng = np.random.default_rng(0)
    X = (rng.random((60, 4)) * 200).astype(dtype)
    y = np.repeat(["a", "b"], [45, 15])
    sampler = MultiInputSMOTE(random_state=0)
    X_res, y_res = sampler.fit_resample(X, y)
    assert type(X_res) is np.ndarray
    assert X_res.dtype == dtype
    assert y_res.dtype.kind == y.dtype.kind
    np.testing.assert_array_equal(X_res[:60], X)
    low, high = X[sampler.parents_].min(axis=1), X[sampler.parents_].max(axis=1)
    assert ((X_res[60:] >= low) & (X_res[60:] <= high)).all()
    assert is_synthetic(X_res) is None


@given(
    dtype=st.sampled_from(["int8", "uint8", "int64", "uint64", "float16", "float32", "float64"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_interpolation_never_overflows(dtype, seed):
    rng = np.random.default_rng(seed)
    limits = (np.finfo if dtype.startswith("float") else np.iinfo)(dtype)
    low, high = float(limits.min) / 2, float(limits.max) / 2
    parents = np.array([[low, high], [high, low], [0, 1], [3, 3]]).astype(dtype)
    if dtype.endswith("int8"):
        parents[:2] = [[limits.min, limits.max], [limits.max, limits.min]]
    weight = rng.random(4)
    new = interpolate(parents[:, :1], parents[:, 1:], weight)[:, 0]
    assert new.dtype == parents.dtype
    assert (new >= parents.min(axis=1)).all()
    assert (new <= parents.max(axis=1)).all()
    exact = (1 - weight) * parents[:, 0].astype(float) + weight * parents[:, 1].astype(float)
    rounding = np.where(dtype[0] in "iu", 0.51, 1e-6) + np.abs(exact) * 1e-3
    assert (np.abs(new.astype(float) - exact) <= rounding).all()


class Witness(ClassifierMixin, BaseEstimator):
    """A last step that remembers what it was given."""

    def fit(self, X, y):
        self.classes_, self.mask_, self.columns_ = np.unique(y), is_synthetic(X), list(X.columns)
        self.y_mask_ = is_synthetic(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_the_marks_reach_the_end_of_a_pipeline():
    X, y = frame_of_all_kinds(80, 0), target(80, 0)
    numbers = ["numeric__age", "numeric__income"]
    again = ColumnTransformer(
        [("scale", StandardScaler(), numbers)],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    for steps in ([], [("again", again)]):
        pipe = Pipeline([("balance", MultiInputSMOTE(random_state=0)), *steps, ("w", Witness())])
        pipe.fit(X, y)
        witness = pipe[-1]
        np.testing.assert_array_equal(witness.mask_, np.arange(len(witness.mask_)) >= 80)
        np.testing.assert_array_equal(witness.y_mask_, witness.mask_)
        assert len(pipe.predict(X)) == 80
    assert cross_val_score(pipe, X, y, cv=3).shape == (3,)


def test_operations_that_keep_or_lose_the_marks():
    X, y = frame_of_all_kinds(40, 0), np.repeat([0, 1], [30, 10])
    X_res, y_res = MultiInputSMOTE(random_state=0).fit_resample(X, y)
    mask = is_synthetic(X_res)
    order = np.random.default_rng(0).permutation(len(X_res))
    np.testing.assert_array_equal(is_synthetic(X_res.iloc[order]), mask[order])
    train, test = train_test_split(X_res, random_state=0)
    assert is_synthetic(train).sum() + is_synthetic(test).sum() == mask.sum()
    np.testing.assert_array_equal(is_synthetic(pd.concat([train, test])).mean(), mask.mean())
    np.testing.assert_array_equal(is_synthetic(pickle.loads(pickle.dumps(X_res))), mask)
    np.testing.assert_array_equal(is_synthetic(X_res["numeric__age"]), mask)
    for lost in (X_res.reset_index(drop=True), X_res.to_numpy(), pd.concat([X_res, X]), y_res, 3):
        assert is_synthetic(lost) is None
    # A second round keeps the first one's marks, whatever its rows' order.
    third = np.r_[np.full(len(X_res) // 2, 2), y_res[len(X_res) // 2 :]]
    twice, _ = MultiInputSMOTE("all", random_state=0).fit_resample(X_res.iloc[order], third)
    np.testing.assert_array_equal(is_synthetic(twice)[: len(mask)], mask[order])
    assert is_synthetic(twice)[len(mask) :].all()
    assert twice.index.is_unique
    # Stock samplers: whatever they do to the index, a mark is right or absent.
    X_res["numeric__row"] = np.arange(len(X_res))
    for sampler in (RandomUnderSampler(random_state=0), RandomOverSampler(random_state=0)):
        kept, _ = sampler.fit_resample(X_res, third)
        after = is_synthetic(kept)
        assert after is None or (after == (kept["numeric__row"] >= 40)).all()


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("numeric__age", [np.inf, 1.0], "infinity or a value too large.*'numeric__age'"),
        ("numeric__age", ["31", "25"], "Column 'numeric__age' has dtype"),
        ("category__city", pd.Categorical([None, "city_1"]), "NaN in category column"),
        ("when", pd.to_datetime(["2024-01-01", "2024-01-02"]), "Column 'when' holds dates"),
    ],
)
def test_cells_that_cannot_be_resampled_are_named(column, cells, message):
    X = frame_of_all_kinds(40, 0)
    X[column] = pd.Series(cells * 20) if isinstance(cells, list) else cells.repeat(20)
    with pytest.raises(ValueError, match=message):
        MultiInputSMOTE(random_state=0).fit_resample(X, np.r_[np.ones(10, int), np.zeros(30, int)])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k_neighbors": 0}, "The 'k_neighbors' parameter of MultiInputSMOTE must be an int"),
        ({"k_neighbors": 2.0}, "The 'k_neighbors' parameter of MultiInputSMOTE must be an int"),
        ({"sampling_strategy": "most"}, "The 'sampling_strategy' parameter of MultiInputSMOTE"),
        ({"sampling_strategy": {1: 3}}, "should be greater or equal to the original number"),
        ({"sampling_strategy": {7: 30}}, "7.*not present"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        MultiInputSMOTE(**parameters).fit_resample(
            frame_of_all_kinds(40, 0), np.repeat([0, 1], [30, 10])
        )


def test_wrong_frames_are_refused():
    X, y = frame_of_all_kinds(40, 0), np.repeat([0, 1], [30, 10])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MultiInputSMOTE().fit_resample(X, y[:-1])
    with pytest.raises(ValueError, match=r"occur more than once: .*numeric__age"):
        MultiInputSMOTE().fit_resample(pd.concat([X, X[["numeric__age"]]], axis=1), y)
    with pytest.raises(ValueError, match="expected at least one row and one column"):
        MultiInputSMOTE().fit_resample(X[[]], y)


@pytest.mark.parametrize("y", [[0.0, 1.0, np.nan, 1.0] * 10, ["no", "yes", None, "yes"] * 10])
def test_a_row_without_a_class_is_named(y):
    with pytest.raises(ValueError, match="Input y contains NaN or None in row 2"):
        MultiInputSMOTE().fit_resample(frame_of_all_kinds(40, 0), y)


def test_clone_and_targets_of_every_form():
    X, y = frame_of_all_kinds(40, 0), np.repeat([0, 1], [30, 10])
    sampler = clone(MultiInputSMOTE(0.8, k_neighbors=2, random_state=1))
    assert sampler.get_params() == {"sampling_strategy": 0.8, "k_neighbors": 2, "random_state": 1}
    expected = sampler.fit_resample(X, y)[1]
    labels = np.array(["no", "yes"])
    for form in (
        y.tolist(),
        labels[y],
        labels[y].astype(object),
        pd.Series(pd.Categorical(labels[y])),
        pd.Series(labels[y], dtype="string"),
        pd.Series(y.astype(bool)),
        pd.DataFrame({"churned": y}),
    ):
        _, y_res = sampler.fit_resample(X, form)
        assert type(y_res) is type(form)
        flat = np.asarray(y_res).ravel()
        assert Counter(flat == flat[-1]) == Counter(expected == 1)
        if isinstance(form, pd.Series):
            assert y_res.dtype == form.dtype


def wide_frame(n, seed=0):
    """5 float columns, a category of 500 levels, 20 token columns; 15 % minority."""
    rng = np.random.default_rng(seed)
    words = pd.Index(["<pad>", *(f"w{i}" for i in range(499))])
    columns = {f"numeric__x{i}": rng.normal(size=n) for i in range(5)}
    columns["category__city"] = pd.Categorical.from_codes(
        rng.integers(500, size=n), categories=[f"c{i}" for i in range(500)]
    )
    for i in range(20):
        columns[f"text__review[{i}]"] = pd.Categorical.from_codes(
            rng.integers(500, size=n), categories=words
        )
    return pd.DataFrame(columns), (rng.random(n) < 0.15).astype(int)


def _seconds(sampler, X, y):
    start = time.perf_counter()
    sampler.fit_resample(X, y)
    return time.perf_counter() - start


def test_it_is_many_times_faster_than_smotenc():
    X, y = wide_frame(1500)
    ours = min(_seconds(MultiInputSMOTE(random_state=0), X, y) for _ in range(3))
    assert _seconds(SMOTENC("auto", random_state=0), X, y) > 5 * ours


@pytest.mark.slow
def test_it_is_fifty_times_faster_than_smotenc_at_full_size():
    X, y = wide_frame(20_000)
    ours = min(_seconds(MultiInputSMOTE(random_state=0), X, y) for _ in range(3))
    assert _seconds(SMOTENC("auto", random_state=0), X, y) > 50 * ours


def test_memory_grows_with_the_rows_and_not_with_their_square():
    def peak(n):
        X, y = wide_frame(n)
        tracemalloc.start()
        MultiInputSMOTE(random_state=0).fit_resample(X, y)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(40_000) < 3 * peak(20_000)


def test_polars_frames():
    polars = pytest.importorskip("polars")
    X = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) ** 2})
    y = pd.Series([0] * 20 + [1] * 10, name="y")
    expected, expected_y = MultiInputSMOTE(random_state=0).fit_resample(X, y)
    other, other_y = MultiInputSMOTE(random_state=0).fit_resample(
        polars.from_pandas(X), polars.from_pandas(y)
    )
    pd.testing.assert_frame_equal(other, expected)
    pd.testing.assert_series_equal(other_y, expected_y)


@pytest.mark.parametrize("seed", [np.random.SeedSequence(3), np.random.PCG64(3)], ids=type)
def test_seeds_of_numpy(seed):
    X = pd.DataFrame({"a": np.arange(30.0)})
    MultiInputSMOTE(random_state=seed).fit_resample(X, [0] * 20 + [1] * 10)
