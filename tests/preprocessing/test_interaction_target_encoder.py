import warnings
from decimal import Decimal
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput import make_preprocessor
from skmultiinput.preprocessing import (
    CategoryEncoder,
    InteractionTargetEncoder,
)
from skmultiinput.preprocessing._target_encoding.choose_pairs import choose_pairs

RNG = np.random.default_rng(0)
N = 900
IDS = pd.DataFrame(
    {
        name: RNG.choice([f"{name}{i}" for i in range(n)], N)
        for name, n in {"town": 10, "shop": 12, "role": 9, "team": 11}.items()
    }
)
# Which shops do well differs from town to town; roles and teams say nothing.
EFFECT = pd.Series(
    RNG.normal(size=120),
    index=pd.MultiIndex.from_product([IDS[c].unique() for c in IDS.columns[:2]]),
)
SIGNAL = EFFECT.loc[pd.MultiIndex.from_frame(IDS[["town", "shop"]])].to_numpy()
TARGETS = {
    "binary": (SIGNAL + 0.3 * RNG.normal(size=N) > 0).astype(int),
    "text": np.where(SIGNAL > 0, "yes", "no"),
    "multiclass": np.digitize(SIGNAL, [-0.5, 0.5]),
    "continuous": SIGNAL + 0.3 * RNG.normal(size=N),
}


def Alone(**options):  # noqa: N802 - an encoder with options
    """Make the encoder without pairs."""
    return InteractionTargetEncoder(0, **options)


@parametrize_with_checks([InteractionTargetEncoder(), Alone()])
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", TARGETS)
def test_only_the_informative_pair_is_chosen(kind):
    encoder = InteractionTargetEncoder().set_output(transform="pandas")
    out = encoder.fit_transform(IDS, TARGETS[kind])
    assert encoder.pairs_ == [(0, 1)]
    assert out.columns.tolist() == encoder.transform(IDS).columns.tolist()
    assert next(n for n in out if "*" in n).startswith("town*shop")
    assert np.isfinite(out.to_numpy()).all()
    # The columns by themselves are encoded as without pairs.
    alone = Alone().set_output(transform="pandas")
    singles = alone.fit_transform(IDS, TARGETS[kind])
    pd.testing.assert_frame_equal(out[singles.columns], singles)


def test_the_pair_is_encoded_like_a_column_of_pairs():
    y = TARGETS["continuous"]
    joined = (IDS["town"] + IDS["shop"]).to_frame()
    expected = Alone().fit_transform(joined, y).ravel()
    np.testing.assert_allclose(InteractionTargetEncoder().fit_transform(IDS, y)[:, -1], expected)


def test_a_row_is_encoded_by_folds_that_do_not_contain_it():
    y = TARGETS["continuous"].copy()
    first = InteractionTargetEncoder().fit_transform(IDS, y)
    y[7] += 1e-3
    moved = InteractionTargetEncoder().fit_transform(IDS, y) - first
    assert (moved[7] == 0).all()
    assert (moved != 0).any()


def test_pairs_of_levels_that_occur_once_show_no_leak():
    ids = pd.DataFrame({"a": [f"u{i}" for i in range(N)], "b": RNG.choice(list("abcdefghij"), N)})
    encoder = InteractionTargetEncoder()
    out = encoder.fit_transform(ids, TARGETS["binary"])
    assert encoder.pairs_ == []
    assert out.shape == (N, 2)


def test_noise_has_no_pairs():
    found = [
        InteractionTargetEncoder().fit(IDS, np.random.default_rng(seed).integers(0, 2, N)).pairs_
        for seed in range(30)
    ]
    assert sum(map(len, found)) <= 1


def test_unknown_levels_are_encoded_by_the_mean():
    y = TARGETS["continuous"]
    encoder = InteractionTargetEncoder().fit(IDS.iloc[:700], y[:700])
    strange = IDS[:3].assign(town=["Oslo", None, np.nan])
    out = encoder.transform(strange)
    np.testing.assert_allclose(out[:, -1], y[:700].mean())
    # A missing cell is a level like others, in pairs too.
    gaps = IDS.assign(town=IDS["town"].where(IDS["town"] != "town3"))
    with_gaps = InteractionTargetEncoder().fit(gaps, y)
    np.testing.assert_allclose(
        with_gaps.transform(gaps)[:, -1],
        InteractionTargetEncoder().fit(IDS, y).transform(IDS)[:, -1],
    )


def test_budgets():
    y = TARGETS["multiclass"]
    assert InteractionTargetEncoder(max_columns=0).fit(IDS, y).pairs_ == []
    assert InteractionTargetEncoder(max_columns=2).fit(IDS, y).pairs_ == []  # a pair takes three
    assert InteractionTargetEncoder(max_columns=3).fit(IDS, y).pairs_ == [(0, 1)]
    # One candidate: of the two columns that say most by themselves.
    y = TARGETS["continuous"] + IDS["role"].map(hash).rank().to_numpy()
    y = y + IDS["team"].rank().to_numpy()
    assert InteractionTargetEncoder(max_candidates=1).fit(IDS, y).pairs_ in ([], [(2, 3)])


def reference_choice(codes, y, folds):
    """The best pair by ordinary least squares, with encodings computed row by row."""

    def encode(levels):
        out = np.empty(len(y))
        for i, level in enumerate(levels):
            same = y[(levels == level) & (folds != folds[i])]
            out[i] = same.sum() / (len(same) + 5.0)
        return out

    columns = [encode(codes[:, j]) for j in range(codes.shape[1])]
    known = np.column_stack([np.ones(len(y)), *columns])

    def unexplained(features):
        return np.sum((y - features @ np.linalg.lstsq(features, y, rcond=None)[0]) ** 2)

    pairs = list(combinations(range(codes.shape[1]), 2))
    errors = [
        unexplained(np.column_stack([known, encode(codes[:, a] * 1000 + codes[:, b])]))
        for a, b in pairs
    ]
    return pairs[int(np.argmin(errors))]


@given(st.integers(0, 2**16))
@settings(max_examples=10)
def test_the_first_pair_is_the_one_least_squares_would_choose(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 6, (200, 4))
    a, b = sorted(rng.choice(4, 2, replace=False))
    y = rng.normal(size=(6, 6))[codes[:, a], codes[:, b]]
    y -= y.mean()
    folds = np.random.RandomState(seed).permutation(200) % 5
    chosen = choose_pairs(
        codes, y[:, None], most=1, max_candidates=100, rng=np.random.RandomState(seed)
    )
    assert chosen == [reference_choice(codes, y, folds)]


def test_the_order_of_the_columns_does_not_matter():
    y = TARGETS["binary"]
    turned = InteractionTargetEncoder().fit(IDS[IDS.columns[::-1]], y)
    assert turned.pairs_ == [(2, 3)]
    assert turned.get_feature_names_out()[-1] == "shop*town"


def test_cells_and_names_of_any_type():
    mixed = pd.DataFrame(
        {
            0: [None, "a", "b", "c"] * 50,
            1: [1.5, np.nan] * 100,
            2: pd.Categorical(list("abcdefgh") * 25),
        }
    )
    y = np.arange(200) % 4 < 2
    encoder = make_pipeline(CategoryEncoder(), InteractionTargetEncoder())
    np.testing.assert_array_equal(
        encoder.fit_transform(mixed, y), InteractionTargetEncoder().fit_transform(mixed, y)
    )


def test_equal_seeds_give_equal_pairs():
    encoder = InteractionTargetEncoder(random_state=3)
    first = encoder.fit_transform(IDS, TARGETS["binary"])
    np.testing.assert_array_equal(clone(encoder).fit_transform(IDS, TARGETS["binary"]), first)


# --- Without pairs.

TOWN_RNG = np.random.default_rng(0)
TOWNS = pd.DataFrame(
    {"town": TOWN_RNG.choice([f"t{i}" for i in range(40)], 400), "shop": list("ab" * 200)}
)


def test_rows_are_encoded_by_folds_that_do_not_contain_them():
    # Every level occurs once: a row's own target is the only thing a leak could show.
    ids = pd.DataFrame({"id": [f"u{i}" for i in range(400)]})
    y = TOWN_RNG.integers(0, 2, 400)
    encoder = Alone()
    assert len(np.unique(encoder.fit_transform(ids, y).round(6))) <= 5
    assert abs(np.corrcoef(encoder.transform(ids).ravel(), y)[0, 1]) > 0.9


def test_without_smoothing_it_is_the_mean():
    y = TOWN_RNG.normal(size=400)
    encoder = Alone(smooth=0.0).fit(TOWNS, y)
    means = pd.Series(y).groupby(TOWNS["town"]).mean()
    np.testing.assert_allclose(encoder.transform(TOWNS)[:, 0], means[TOWNS["town"]])


def test_equal_seeds_give_the_same_folds():
    y = TOWN_RNG.integers(0, 2, 400)
    encoder = Alone(random_state=3)
    first = encoder.fit_transform(TOWNS, y)
    np.testing.assert_array_equal(clone(encoder).fit_transform(TOWNS, y), first)
    other = Alone(random_state=4).fit_transform(TOWNS, y)
    assert (other != first).any()


@pytest.mark.parametrize(
    ("y", "kind", "names"),
    [
        (TOWN_RNG.integers(0, 2, 400), "binary", ["town", "shop"]),
        (TOWN_RNG.choice(["no", "yes"], 400), "binary", ["town", "shop"]),
        (TOWN_RNG.integers(0, 2, 400).astype(bool), "binary", ["town", "shop"]),
        (TOWN_RNG.choice(["a", "b", "c"], 400), "multiclass", ["town_a", "town_b", "town_c"]),
        (TOWN_RNG.normal(size=400), "continuous", ["town", "shop"]),
        (TOWN_RNG.integers(0, 5000, 400).astype(float), "continuous", ["town", "shop"]),
        (TOWN_RNG.integers(0, 2, (400, 3)), "binary", ["town_0", "shop_0", "town_1"]),
        (TOWN_RNG.normal(size=(400, 2)), "continuous", ["town_0", "shop_0", "town_1", "shop_1"]),
    ],
)
def test_what_the_target_is(y, kind, names):
    encoder = Alone().set_output(transform="pandas")
    out = encoder.fit_transform(TOWNS, y)
    assert set(encoder.target_types_) == {kind}
    assert out.columns.tolist()[: len(names)] == names
    assert out.columns.tolist() == encoder.transform(TOWNS).columns.tolist()
    assert np.isfinite(out.to_numpy()).all()


def test_target_type_takes_precedence():
    stars = TOWN_RNG.integers(1, 6, 400)
    assert Alone().fit(TOWNS, stars).target_types_ == ["multiclass"]
    continuous = Alone(target_type="continuous").fit(TOWNS, stars)
    assert continuous.transform(TOWNS).shape == (400, 2)


def test_few_rows_make_few_folds():
    out = Alone().fit_transform(TOWNS.iloc[:3], [0.5, 1.5, 2.5])
    assert out.shape == (3, 2)


def test_wrong_targets():
    with pytest.raises(ValueError, match=r"requires y to be passed.*high_cardinality"):
        Alone().fit_transform(TOWNS, None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Alone().fit_transform(TOWNS, [0, 1])


# --- Targets of many classes, of every dtype, and settings of the process.


def many_classes(n_classes, n=2000, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({f"c{j}": rng.choice([f"l{i}" for i in range(50)], n) for j in range(8)})
    best = X["c0"].str[1:].astype(int).to_numpy() * 7 % n_classes
    return X, np.where(rng.random(n) < 0.6, best, rng.integers(0, n_classes, n))


@pytest.mark.parametrize("n_classes", [12, 40, 300])
def test_the_number_of_columns_is_bounded_for_many_classes(n_classes):
    X, y = many_classes(n_classes)
    encoder = InteractionTargetEncoder().fit(X, y.astype(str))
    assert X.shape[1] <= len(encoder.get_feature_names_out()) <= 100 + encoder.max_columns


def test_forty_classes_are_classes_as_numbers_and_as_text():
    X, y = many_classes(40)
    model = make_pipeline(
        InteractionTargetEncoder(), StandardScaler(), LogisticRegression(max_iter=300)
    )
    split = ShuffleSplit(1, test_size=0.33, random_state=0)
    (as_numbers,) = cross_val_score(model, X, y, cv=split)
    (as_text,) = cross_val_score(model, X, np.char.add("k", y.astype(str)), cv=split)
    # One output per class, 320 columns, reaches 0.45.
    assert min(as_numbers, as_text) > 0.5
    assert abs(as_numbers - as_text) < 0.03


def test_a_quantity_of_whole_numbers_keeps_its_mean():
    rng = np.random.default_rng(0)
    towns = pd.DataFrame({"town": rng.choice([f"t{i}" for i in range(40)], 2000)})
    counts = rng.poisson(towns["town"].str[1:].astype(int) + 1)
    out = Alone().set_output(transform="pandas").fit_transform(towns, counts)
    assert out.columns[0] == "town"
    assert np.corrcoef(out["town"], counts)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("y", "same"),
    [
        (pd.Series([0, 1] * 200, dtype="Int64"), np.array([0, 1] * 200)),
        (pd.Series([True, False] * 200, dtype="boolean"), np.array([True, False] * 200)),
        (pd.Series([0.5, 1.5] * 200, dtype="double[pyarrow]"), np.array([0.5, 1.5] * 200)),
        (pd.Series([Decimal("0.5"), Decimal("1.5")] * 200), np.array([0.5, 1.5] * 200)),
        (pd.Series([0.5, 2] * 200, dtype=object), np.array([0.5, 2.0] * 200)),
        (pd.Series(["a", "b"] * 200, dtype="category"), np.array(["a", "b"] * 200)),
        (pd.Series(["a", 1] * 200, dtype=object), np.array(["a", "1"] * 200)),
    ],
)
def test_targets_of_every_dtype(y, same):
    np.testing.assert_array_equal(
        Alone().fit_transform(TOWNS, y), Alone().fit_transform(TOWNS, same)
    )


def test_each_of_several_targets_has_its_own_type():
    y = pd.DataFrame(
        {
            "flag": [0, 1] * 200,
            "count": np.arange(400) % 7,
            "price": pd.Series(np.arange(400) / 7, dtype="Float64"),
        }
    )
    encoder = Alone().fit(TOWNS, y)
    assert encoder.target_types_ == ["binary", "multiclass", "continuous"]
    assert encoder.transform(TOWNS).shape == (400, 2 + 14 + 2)


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
def test_missing_targets_are_counted(gap):
    y = pd.Series(["a", "b"] * 200, dtype=object)
    y[[3, 5]] = gap
    with pytest.raises(ValueError, match="missing value in 2 of 400 rows"):
        Alone().fit(TOWNS, y)


def test_rare_classes_give_no_warning():
    y = np.array(["a"] * 198 + ["b"] * 199 + ["c"] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = Alone().fit_transform(TOWNS, y)
        make_preprocessor().fit(TOWNS, y)
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    "settings", [{"enable_metadata_routing": True}, {"transform_output": "polars"}]
)
def test_settings_of_scikit_learn_do_not_reach_the_inner_encoder(settings):
    expected = InteractionTargetEncoder().fit_transform(IDS, TARGETS["binary"])
    with config_context(**settings):
        out = InteractionTargetEncoder().fit_transform(IDS, TARGETS["binary"])
    np.testing.assert_array_equal(np.asarray(out), expected)


def test_in_the_preprocessor():
    y = TARGETS["binary"]
    names = make_preprocessor().fit_transform(IDS, y).columns.tolist()
    assert names == [f"target__{name}" for name in (*IDS, "town*shop")]
    without = make_preprocessor(target_pairs=0).fit_transform(IDS, y)
    assert without.shape[1] == 4
    pipe = make_pipeline(make_preprocessor(target_pairs=5))
    pipe.set_params(columntransformer__target__encode__max_columns=0)
    assert pipe.fit_transform(IDS, y).shape[1] == 4
    for wrong in (-1, 1.5, "all", True, None):
        with pytest.raises(ValueError, match="target_pairs must be 'auto' or a whole number"):
            make_preprocessor(target_pairs=wrong)


# --- Whole numbers.


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (lambda rng: rng.lognormal(15, 2, 2000).round(), "continuous"),
        (lambda rng: rng.lognormal(15, 2, 2000).round(-6).astype(int), "continuous"),
        (lambda rng: rng.integers(0, 40, 2000), "multiclass"),
        (lambda rng: rng.choice(rng.integers(10**6, 10**7, 40), 2000), "multiclass"),
        (lambda rng: rng.integers(0, 300, 6000), "multiclass"),
        (lambda rng: rng.integers(18, 90, 2000), "multiclass"),
    ],
    ids=["amounts", "rounded amounts", "classes", "codes of classes", "300 classes", "ages"],
)
def test_whole_numbers_that_may_be_classes(values, kind):
    rng = np.random.default_rng(0)
    y = values(rng)
    X = pd.DataFrame({"town": rng.integers(0, 20, len(y)).astype(str)})
    encoder = InteractionTargetEncoder().fit(X, y)
    assert encoder.target_types_ == [kind]
    # The number itself is encoded in any case.
    assert encoder.get_feature_names_out()[0] == "town"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([3, 20, 200]))
def test_nothing_lies_outside_of_what_was_trained_on(seed, n_levels):
    rng = np.random.default_rng(seed)
    n_rows = 150
    X = pd.DataFrame(
        {"a": rng.zipf(1.5, n_rows) % n_levels, "b": rng.integers(0, n_levels, n_rows)}
    )
    y = rng.lognormal(10, 3, n_rows)
    encoder = InteractionTargetEncoder()
    trained = encoder.fit_transform(X.astype(str), y)
    new = encoder.transform(X.astype(str))
    assert (new >= trained.min(axis=0)).all()
    assert (new <= trained.max(axis=0)).all()


def test_one_row_has_no_others_to_learn_from():
    with pytest.raises(ValueError, match="a minimum of 2"):
        InteractionTargetEncoder().fit_transform(pd.DataFrame({"a": ["x"]}), [1.0])
