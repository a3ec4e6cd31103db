"""Losses per row, against formulas written out."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from skmultiinput._training.losses import RowLoss
from skmultiinput._training.task import TASKS

RNG = np.random.default_rng(0)
N, K, C = 6, 3, 4
ONE_HOT = np.eye(C, dtype="float32")[RNG.integers(0, C, N)]
TARGETS = {
    "binary": RNG.integers(0, 2, (N, 1)).astype("float32"),
    "multilabel": RNG.integers(0, 2, (N, C)).astype("float32"),
    "multiclass": ONE_HOT.argmax(1).astype("int32"),
    "regression": RNG.normal(size=(N, 2)).astype("float32"),
}
ACTIVATIONS = {"binary": "sigmoid", "multilabel": "sigmoid", "multiclass": "softmax"}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slow_loss(kind, y, raw):
    """Mean over members and outputs of the loss of each row, number by number."""
    rows = []
    for target, members in zip(y, raw.astype("float64"), strict=True):
        losses = []
        for z in members:
            if kind == "regression":
                losses.append(np.mean((target - z) ** 2))
            elif kind == "multiclass":
                losses.append(-np.log(np.exp(z[target]) / np.exp(z).sum()))
            else:
                p = sigmoid(z)
                losses.append(-np.mean(target * np.log(p) + (1 - target) * np.log(1 - p)))
        rows.append(np.mean(losses))
    return np.array(rows)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("n_members", [1, K])
def test_the_default_losses_follow_their_formulas(kind, n_members):
    y = TARGETS[kind]
    n_outputs = C if kind == "multiclass" else y.shape[1]
    raw = RNG.normal(size=(N, n_members, n_outputs)).astype("float32")
    loss = RowLoss(TASKS[kind].loss, ACTIVATIONS.get(kind, "linear"))
    expected = slow_loss(kind, y, raw)
    np.testing.assert_allclose(loss.objective(y, raw), expected, rtol=1e-4)
    if n_members == 1:
        np.testing.assert_allclose(loss.objective(y, raw[:, 0]), expected, rtol=1e-4)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_loss_of_predictions_is_that_of_their_raw_outputs(kind):
    y = TARGETS[kind]
    raw = RNG.normal(size=(N, C if kind == "multiclass" else y.shape[1])).astype("float32")
    activation = ACTIVATIONS.get(kind, "linear")
    loss = RowLoss(TASKS[kind].loss, activation)
    prediction = keras.activations.get(activation)(raw)
    np.testing.assert_allclose(loss.of_prediction(y, prediction), loss.objective(y, raw), rtol=1e-4)


def focal(y, prediction):
    return ops.mean((1 - prediction) ** 2 * y + prediction**2 * (1 - y), axis=-1)


LOSSES = {
    "function": focal,
    "instance": keras.losses.BinaryCrossentropy(label_smoothing=0.2),
    "name of a class": "BinaryCrossentropy",
    "another name": "mean_absolute_error",
    "another instance": keras.losses.Huber(delta=0.3),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_any_loss_is_averaged_over_members_per_row(loss):
    y = TARGETS["binary"]
    raw = RNG.normal(size=(N, K, 1)).astype("float32")
    rows = RowLoss(loss, "sigmoid")
    members = [rows.of_prediction(y, sigmoid(raw[:, k])) for k in range(K)]
    got = rows.objective(y, raw)
    assert got.shape == (N,)
    np.testing.assert_allclose(got, np.mean(members, axis=0), rtol=1e-5)


@pytest.mark.parametrize("z", [-200.0, 200.0])
def test_losses_of_outputs_far_off_stay_exact(z):
    """By way of the probability, the loss would end at the logarithm of a clipped zero."""
    y = np.array([[float(z < 0)]], dtype="float32")
    raw = np.array([[z]], dtype="float32")
    np.testing.assert_allclose(RowLoss("binary_crossentropy", "sigmoid").objective(y, raw), 200.0)
    raw = np.array([[0.0, z]], dtype="float32")
    target = np.array([int(z < 0)], dtype="int32")
    loss = RowLoss("sparse_categorical_crossentropy", "softmax")
    np.testing.assert_allclose(loss.objective(target, raw), 200.0)


@settings(max_examples=20)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.randoms())
def test_the_loss_of_a_row_depends_on_that_row_only(numbers, random):
    raw = np.array(numbers, dtype="float32")[:, None]
    y = (raw > 0).astype("float32")
    rows = list(range(len(raw)))
    random.shuffle(rows)
    loss = RowLoss("binary_crossentropy", "sigmoid")
    np.testing.assert_allclose(
        ops.convert_to_numpy(loss.objective(y, raw))[rows],
        loss.objective(y[rows], raw[rows]),
        rtol=1e-6,
    )


def test_a_loss_that_is_one_number_is_refused():
    def total(y, prediction):
        return ops.sum(y - prediction)

    loss = RowLoss(total, "sigmoid")
    with pytest.raises(ValueError, match="one value per row"):
        loss.objective(TARGETS["binary"], np.zeros((N, 1), "float32"))


def test_equal_losses_are_equal_keys():
    def smooth(by):
        return RowLoss(keras.losses.BinaryCrossentropy(label_smoothing=by), "sigmoid")

    assert smooth(0.2) == smooth(0.2)
    assert hash(smooth(0.2)) == hash(smooth(0.2))
    assert smooth(0.2) != smooth(0.1)
    assert RowLoss("mae") != RowLoss("mse")
    assert RowLoss("mae") != RowLoss("mae", "sigmoid")
    assert RowLoss(focal) == RowLoss(focal)
