"""A fit that goes on keeps its network: what comes too late is said, what cannot be is refused."""

import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from small import SMALL

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.branches import NumericBranch

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(120, 3)), columns=["a", "b", "c"])
LABELS = (X["a"] > 0).astype(int)
AMOUNTS = np.exp(X["a"])
OPTIONS = {**SMALL, "epochs": 2, "early_stopping": False, "n_estimators": 1}


def go_on(model, y, how):
    if how == "fit":
        return model.set_params(warm_start=True).fit(X, y)
    return model.partial_fit(X, y)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_units", (3,)),
        ("dropout", 0.7),
        ("activation", "tanh"),
        ("n_members", 3),
        ("fusion", "gated"),
        ("branches", [("numeric", NumericBranch(dropout=0.5))]),
        ("numeric__dropout", 0.5),
        ("l2", 0.1),
        ("preset", "best"),
    ],
)
def test_a_change_of_the_network_is_warned_of(how, name, value):
    model = MultiInputClassifier(**OPTIONS).fit(X, LABELS).set_params(**{name: value})
    with pytest.warns(UserWarning, match=f"^{name} of this MultiInputClassifier changed since"):
        go_on(model, LABELS, how)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_nothing_is_said_of_the_same_network_and_of_training(how):
    options = {**OPTIONS, "activation": keras.layers.LeakyReLU(), "fusion": "attention"}
    model = MultiInputClassifier(**options, numeric__dropout=0.1).fit(X, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        go_on(model, LABELS, how)
        model.set_params(learning_rate=0.1, batch_size=16, metrics=["AUC"], class_weight="balanced")
        go_on(model, LABELS, how)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"loss": "mse"}, {"loss": "poisson"}),
        ({"loss": "msle"}, {"loss": "mse"}),
        ({"loss": "mse"}, {"loss": "quantile"}),
        ({"loss": "quantile", "quantiles": [0.1, 0.5, 0.9]}, {"quantiles": [0.3, 0.5, 0.9]}),
    ],
)
def test_a_loss_for_another_network_is_refused(how, before, after):
    model = MultiInputRegressor(**OPTIONS, **before).fit(X, AMOUNTS)
    expected = model.predict(X)
    model.set_params(**after)
    with pytest.raises(ValueError, match="network of the last fit was made for another loss"):
        go_on(model, AMOUNTS, how)
    assert np.array_equal(model.predict(X), expected)
    go_on(MultiInputRegressor(**OPTIONS).fit(X, AMOUNTS).set_params(loss="mae"), AMOUNTS, how)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_targets_far_outside_of_the_first_are_warned_of(how):
    """They are scaled as the first were, and a network learns large numbers slowly."""
    regressor = MultiInputRegressor(**OPTIONS)
    for first in (np.zeros(len(X)), AMOUNTS / 1000):
        model = regressor.partial_fit(X, first)
        with pytest.warns(UserWarning, match="far outside of those of the first"):
            go_on(model, 1000 + AMOUNTS, how)
        regressor = MultiInputRegressor(**OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Some outliers, and another unit of a spread, are no reason.
        go_on(regressor.partial_fit(X, AMOUNTS), np.where(X["b"] > 1, 1000, 3 * AMOUNTS), how)
