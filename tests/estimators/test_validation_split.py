"""Validation rows: stratified, shuffled, seeded, never the tail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput import MultiInputClassifier
from skmultiinput._training.schedule import auto_batch_size
from skmultiinput.estimators._validation_split import split_validation


def split(rows, fraction=0.2, seed=0, **options):
    return split_validation(rows, fraction, np.random.default_rng(seed), **options)


@given(
    st.lists(st.integers(0, 2), min_size=12, max_size=80),
    st.floats(0.05, 0.5),
    st.integers(0, 9),
)
@settings(max_examples=60)
def test_every_row_is_on_one_side_and_every_class_on_both(codes, fraction, seed):
    codes = np.array([*codes, 0, 0, 1, 1, 2, 2])
    rows = np.arange(len(codes)) * 3 + 7
    training, validation = split(rows, fraction, seed, y=codes)
    assert sorted([*training, *validation]) == rows.tolist()
    n_validation = max(int(np.ceil(fraction * len(codes))), 3)
    assert len(validation) == n_validation
    code_of = dict(zip(rows, codes, strict=True))
    for code in range(3):
        share = (codes == code).mean() * n_validation
        n_found = sum(code_of[row] == code for row in validation)
        assert abs(n_found - share) <= 2
        assert any(code_of[row] == code for row in training)


def test_the_seed_decides_and_the_tail_does_not():
    rows, y = np.arange(200), np.repeat([0, 1], 100)
    first, again, other = (split(rows, seed=seed, y=y)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)
    assert len(set(first) & set(range(160, 200))) < 20


def test_only_candidates_are_set_aside():
    candidates = np.arange(100) < 50
    training, validation = split(np.arange(100), candidates=candidates)
    assert (validation < 50).all()
    assert len(validation) == 10
    assert len(training) == 90


def test_the_only_row_of_a_class_is_trained_on():
    y = np.array([0] * 10 + [2] + [1] * 10 + [3])
    for seed in range(5):
        training, validation = split(np.arange(22), y=y, seed=seed)
        assert {10, 21} <= set(training)
        assert set(y[validation]) == {0, 1}
        assert sorted([*training, *validation]) == list(range(22))


def test_classes_of_one_row_each_cannot_be_split():
    with pytest.raises(ValueError, match=r"Each class of y has only 1 sample.*early_stopping=F"):
        split(np.arange(3), y=np.array([0, 1, 2]))


def test_one_row_cannot_be_split():
    with pytest.raises(ValueError, match=r"1 sample cannot be split.*early_stopping=False"):
        split(np.arange(1), y=np.array([0]))


def test_batches_grow_with_the_table():
    sizes = [auto_batch_size(n) for n in (10, 2_799, 2_800, 4_500, 6_400, 32_000, 108_000, 10**7)]
    assert sizes == [32, 32, 64, 128, 256, 512, 1024, 1024]


@pytest.mark.parametrize("preset", ["fast", "default"])
def test_a_class_with_one_row_is_learned_from_and_predicted(preset, recwarn):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(61, 2)), np.array(["a", "b"] * 30 + ["rare"])
    model = MultiInputClassifier(preset=preset, epochs=2, hidden_units=(4,), random_state=0)
    model.fit(X, y)
    assert list(model.classes_) == ["a", "b", "rare"]
    assert model.predict_proba(X).shape == (61, 3)
    assert "val_loss" in model.history_
    assert not recwarn.list
