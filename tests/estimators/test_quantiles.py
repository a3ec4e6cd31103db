"""Quantiles of the target, and how much networks disagree."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss
from sklearn.pipeline import make_pipeline
from small import SMALL

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    fit_out_of_core,
    load,
    make_customers,
    make_preprocessor,
    save,
)

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.uniform(0, 2, 900), "b": RNG.normal(size=900)})
# The noise grows with a, around 1000.
y = 1000 + 30 * X["b"] + 40 * X["a"] * RNG.normal(size=900)
TRAIN, TEST = slice(0, 600), slice(600, 900)
LEVELS = (0.05, 0.2, 0.8, 0.95)


def fit(**params):
    options = {**SMALL, "hidden_units": (32,), "epochs": 40, "loss": "quantile", **params}
    return MultiInputRegressor(**options).fit(X[TRAIN], y[TRAIN], X_val=X[TEST], y_val=y[TEST])


@pytest.fixture(scope="module")
def model():
    return fit(quantiles=LEVELS, n_estimators=2)


def test_quantiles_hold_what_they_promise_in_the_unit_of_the_target(model):
    quantiles = model.predict_quantiles(X[TEST])
    below = (y[TEST].to_numpy()[:, None] < quantiles).mean(axis=0)
    np.testing.assert_allclose(below, LEVELS, atol=0.08)
    constant = np.quantile(y[TRAIN], LEVELS)
    for column, level in enumerate(LEVELS):
        loss = mean_pinball_loss(y[TEST], quantiles[:, column], alpha=level)
        plain = mean_pinball_loss(y[TEST], np.full(300, constant[column]), alpha=level)
        assert loss < 0.95 * plain
    width = quantiles[:, -1] - quantiles[:, 0]
    assert width[X["a"][TEST] > 1.5].mean() > 1.5 * width[X["a"][TEST] < 0.5].mean()


def test_quantiles_never_cross_even_far_outside_the_training_rows(model):
    far = pd.DataFrame({"a": [-1e3, 0.0, 1e3], "b": [1e3, 0.0, -1e3]})
    assert (np.diff(model.predict_quantiles(far), axis=1) >= 0).all()


def test_predict_is_the_median_though_it_was_not_asked_for(model):
    median = model.predict(X[TEST])
    assert median.shape == (300,)
    assert 0.42 < (y[TEST] < median).mean() < 0.58
    quantiles = model.predict_quantiles(X[TEST])
    assert (quantiles[:, 1] <= median).all()
    assert (median <= quantiles[:, 2]).all()


def test_quantiles_survive_pickling_and_saving(model, tmp_path):
    expected = model.predict_quantiles(X[TEST])
    save(model, tmp_path / "model.skmi")
    for again in (pickle.loads(pickle.dumps(model)), load(tmp_path / "model.skmi")):
        np.testing.assert_allclose(again.predict_quantiles(X[TEST]), expected, rtol=1e-6)
    assert clone(model).get_params()["quantiles"] == LEVELS


@pytest.mark.parametrize("params", [{"optimizer": "ftrl"}, {"n_members": 1}, {"metrics": ["mae"]}])
def test_recorded_losses_are_those_of_the_prediction(params):
    model = fit(epochs=3, early_stopping=False, **params)
    quantiles = model.predict_quantiles(X[TEST])
    losses = [
        mean_pinball_loss(y[TEST], quantiles[:, column], alpha=level)
        for column, level in enumerate(model.quantiles)
    ]
    assert model.history_["val_loss"][-1] == pytest.approx(np.mean(losses), rel=0.01)
    if "metrics" in params:
        error = np.abs(y[TEST] - model.predict(X[TEST])).mean()
        assert model.history_["val_mae"][-1] == pytest.approx(error, rel=0.01)


def test_quantiles_are_learned_out_of_core():
    network = MultiInputRegressor(**{**SMALL, "epochs": 3}, loss="quantile")
    chunks = [(X[rows], y[rows]) for rows in (slice(0, 300), slice(300, 600))]
    fitted = fit_out_of_core(make_pipeline(network), lambda: chunks)
    assert (np.diff(fitted[-1].predict_quantiles(X[TEST]), axis=1) > 0).all()


@pytest.mark.parametrize("quantiles", [(0.9, 0.1), (0.0, 0.5), (0.5, 0.5), (), (1, 2), [[0.5]]])
def test_wrong_quantiles_are_refused(quantiles):
    with pytest.raises(ValueError, match="between 0 and 1 in rising order"):
        fit(quantiles=quantiles)


def test_quantiles_where_they_have_no_meaning_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="one target, but y has 2 columns"):
        MultiInputRegressor(**SMALL, loss="quantile").fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="Could not interpret loss 'quantile'"):
        MultiInputClassifier(**SMALL, loss="quantile").fit(X, y > 1000)
    own = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="networks that MultiInputRegressor builds"):
        MultiInputRegressor(own, loss="quantile").fit(X, y)
    with pytest.raises(AttributeError, match="has no attribute 'predict_quantiles'") as error:
        MultiInputRegressor().predict_quantiles(X)
    assert "needs loss='quantile'" in str(error.value.__cause__)


@pytest.mark.parametrize("loss", ["auto", "quantile", "poisson"])
def test_networks_disagree_where_there_are_no_training_rows(loss):
    model = fit(loss=loss, n_estimators=2)
    far = pd.DataFrame({"a": [1.0], "b": [100.0]})
    prediction, std = model.predict(X[TEST], return_std=True)
    np.testing.assert_array_equal(prediction, model.predict(X[TEST]))
    assert std.shape == prediction.shape
    assert 0 < np.median(std) < y.std()
    assert model.predict(far, return_std=True)[1][0] > 3 * np.median(std)


def test_one_network_cannot_disagree():
    model = fit(loss="auto", n_members=1, epochs=1)
    with pytest.raises(ValueError, match="set n_estimators or n_members above 1"):
        model.predict(X[TEST], return_std=True)


def test_quantiles_are_learned_from_words_too():
    table, _ = make_customers(200, random_state=0)
    pipe = make_pipeline(
        make_preprocessor(drop=["customer_id"]), MultiInputRegressor(**SMALL, loss="quantile")
    )
    target = table["review"].fillna("").str.len()
    assert np.isfinite(pipe.fit(table, target).predict(table)).all()
