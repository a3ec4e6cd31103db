"""Losses and metrics of regression are those of the target as it is."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, mean_squared_log_error
from small import SMALL

from skmultiinput import MultiInputRegressor

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=400), "b": RNG.normal(size=400)})
SPEND = np.exp(1.2 * X["a"] + RNG.normal(0, 0.2, 400)) * 50
TRAIN, TEST = slice(0, 300), slice(300, 400)


def fit(y=SPEND, **params):
    options = {**SMALL, "hidden_units": (32,), "epochs": 60, **params}
    held_out = {"X_val": X[TEST], "y_val": y[TEST]}
    return MultiInputRegressor(**options).fit(X[TRAIN], y[TRAIN], **held_out)


def test_a_loss_for_ratios_beats_the_default_at_them():
    errors = {
        loss: mean_squared_log_error(SPEND[TEST], np.maximum(fit(loss=loss).predict(X[TEST]), 0))
        for loss in ("msle", "mse")
    }
    assert errors["msle"] < 0.8 * errors["mse"]


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie", keras.losses.Poisson()])
def test_losses_of_quantities_predict_none_below_zero(loss):
    predicted = fit(loss=loss).predict(X[TEST])
    assert (predicted > 0).all()
    assert np.corrcoef(np.log(predicted), np.log(SPEND[TEST]))[0, 1] > 0.95
    assert 0.8 < predicted.mean() / SPEND[TEST].mean() < 1.25


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [("poisson", -SPEND, "cannot be negative"), ("gamma", SPEND * 0, "needs positive targets")],
)
def test_targets_that_a_loss_cannot_take_are_refused(loss, y, message):
    with pytest.raises(ValueError, match=message):
        fit(y, loss=loss)


@pytest.mark.parametrize("optimizer", ["adamw", "ftrl"])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_recorded_values_are_in_the_unit_of_the_target(optimizer, shift):
    y = SPEND + shift
    model = fit(y, optimizer=optimizer, epochs=3, early_stopping=False, metrics=["mae"])
    predicted = model.predict(X[TEST])
    expected = mean_squared_error(y[TEST], predicted), mean_absolute_error(y[TEST], predicted)
    recorded = model.history_["val_loss"][-1], model.history_["val_mae"][-1]
    np.testing.assert_allclose(recorded, expected, rtol=0.02)


def test_the_delta_of_huber_is_in_the_unit_of_the_target():
    """With a delta far above all errors it is half the squared error, far below the absolute."""
    wide = fit(loss=keras.losses.Huber(delta=1e9), epochs=5, early_stopping=False)
    predicted = wide.predict(X[TEST])
    half = 0.5 * mean_squared_error(SPEND[TEST], predicted)
    np.testing.assert_allclose(wide.history_["val_loss"][-1], half, rtol=1e-3)


def test_a_loss_of_ones_own_sees_the_target_as_it_is():
    def relative(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) / y_true, axis=-1)

    def share(model):
        return np.mean(np.abs(SPEND[TEST] - model.predict(X[TEST])) / SPEND[TEST])

    model = fit(loss=relative, early_stopping=False)
    np.testing.assert_allclose(model.history_["val_loss"][-1], share(model), rtol=1e-3)
    assert share(model) < share(fit(early_stopping=False))


def test_several_targets_of_different_size_are_all_learned():
    y = np.column_stack([SPEND, SPEND.to_numpy() * 1e-6 + 5])
    model = fit(y, epochs=40)
    for target, predicted in zip(y[TEST].T, model.predict(X[TEST]).T, strict=True):
        assert np.corrcoef(target, predicted)[0, 1] > 0.9


def test_tiny_targets_are_no_constant():
    y = SPEND * 1e-300
    predicted = fit(y, epochs=40).predict(X[TEST])
    assert np.corrcoef(np.log(np.maximum(predicted, 1e-306)), np.log(y[TEST]))[0, 1] > 0.7
