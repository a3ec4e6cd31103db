from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput import make_preprocessor
from skmultiinput.preprocessing import (
    CategoryEncoder,
    CrossFittedTargetEncoder,
    InteractionTargetEncoder,
)
from skmultiinput.preprocessing._interaction_target_encoder import choose_pairs

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


@parametrize_with_checks([InteractionTargetEncoder()])
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_pair_that_says_something_is_found_and_no_other(kind):
    encoder = InteractionTargetEncoder().set_output(transform="pandas")
    out = encoder.fit_transform(IDS, TARGETS[kind])
    assert encoder.pairs_ == [(0, 1)]
    assert out.columns.tolist() == encoder.transform(IDS).columns.tolist()
    assert next(n for n in out if "*" in n).startswith("town*shop")
    assert np.isfinite(out.to_numpy()).all()
    # The columns by themselves are encoded as without pairs.
    alone = CrossFittedTargetEncoder().set_output(transform="pandas")
    singles = alone.fit_transform(IDS, TARGETS[kind])
    pd.testing.assert_frame_equal(out[singles.columns], singles)


def test_the_pair_is_encoded_like_a_column_of_pairs():
    y = TARGETS["continuous"]
    joined = (IDS["town"] + IDS["shop"]).to_frame()
    expected = CrossFittedTargetEncoder().fit_transform(joined, y).ravel()
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


def test_what_is_not_known_is_encoded_by_the_mean():
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
    many = np.tile(np.arange(100), 9)
    assert InteractionTargetEncoder(target_type="multiclass").fit(IDS, many).pairs_ == []


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
