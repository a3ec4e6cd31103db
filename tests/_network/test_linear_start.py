import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import LINEAR, build_network
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.linear_start import _logistic, start_linear_path
from skmultiinput.branches import NumericBranch
from skmultiinput.frame import ColumnGroups

N = 120
RNG = np.random.default_rng(0)
# In units of their own; the last is constant.
X = (RNG.normal(size=(N, 5)) * [1, 10, 1e-3, 1e4, 0] + [0, 50, 0, 1e5, 3]).astype("float32")
SCORE = StandardScaler().fit_transform(X) @ [1.0, -1.0, 0.5, 0.0, 0.0]
WEIGHT = np.where(np.arange(N) % 3, 0.5, 2.0)


def path_of(y, activation, n_outputs=1, values=X, **branch):
    """Start a network, and return its linear path's outputs."""
    groups = ColumnGroups.from_frame(make_frame(values))
    (spec,) = groups.inputs
    config = NetworkConfig(
        hidden_units=(4,), n_members=2, n_outputs=n_outputs, output_activation=activation
    )
    branch = NumericBranch(embedding_dim=4, n_bins=4, **branch)
    network = build_network([spec], {spec.name: branch}, config)
    branch.adapt(network, spec, values)
    start_linear_path(network, {spec.name: values}, y, WEIGHT, np.arange(N), activation)
    path = keras.Model(network.input, network.get_layer(LINEAR).output)
    return to_numpy(path({spec.name: values}))


def make_frame(values):
    return pd.DataFrame(values).add_prefix("numeric__x")


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_numbers_start_at_ridge_regression(n_outputs):
    y = np.column_stack([SCORE, SCORE**2])[:, :n_outputs] + RNG.normal(size=(N, n_outputs))
    scaled = StandardScaler().fit_transform(X)
    ridge = RidgeCV(np.logspace(-2, 4, 13)).fit(scaled, y, sample_weight=WEIGHT)
    expected = ridge.predict(scaled).reshape(N, -1)
    np.testing.assert_allclose(path_of(y, "linear", n_outputs), expected, atol=1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_start_at_logistic_regression(activation, n_classes):
    codes = np.digitize(SCORE + RNG.logistic(size=N), [0.0, 1.5][: n_classes - 1])
    one_hot = np.eye(n_classes)[codes]
    y = codes if activation == "softmax" else one_hot
    logits = path_of(y, activation, n_classes)
    model = LogisticRegression().fit(StandardScaler().fit_transform(X), codes, WEIGHT)
    best = log_loss(codes, model.predict_proba(StandardScaler().fit_transform(X)))
    odds = np.exp(logits) if activation == "softmax" else 1 / (1 + np.exp(-logits))
    assert log_loss(codes, odds / odds.sum(axis=1, keepdims=True)) < best + 0.05


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_classes_start_alike_for_weights_and_for_repeated_rows(activation):
    codes = (SCORE + RNG.logistic(size=N) > 3).astype(int)
    times = np.where(codes, 9, 1)
    rows, y = np.repeat(np.arange(N), times), np.eye(2)[codes]
    scaled = StandardScaler().fit_transform(X)
    weighted = _logistic(scaled, y, times.astype(float), 10.0, activation)
    repeated = _logistic(scaled[rows], y[rows], np.ones(len(rows)), 10.0, activation)
    for once, again in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(once, again, atol=1e-2)


@pytest.mark.parametrize("y", [np.zeros(N, int), np.full(N, 1.0)])
def test_a_single_class_starts_at_zero(y):
    assert not path_of(y, "sigmoid").any()


def test_outputs_on_a_scale_of_their_own_start_at_zero():
    assert not path_of(np.exp(SCORE), "exponential").any()


def test_gaps_take_part():
    values = X.copy()
    values[::4, 0] = np.nan
    y = np.isnan(values[:, 0]) * 2.0
    assert np.corrcoef(path_of(y, "linear", values=values)[:, 0], y)[0, 1] > 0.99


def test_a_branch_may_have_no_linear_path():
    with pytest.raises(ValueError, match=LINEAR):
        path_of(SCORE, "linear", linear=False)


def test_a_linear_truth_is_learned_as_by_a_linear_model():
    X = RNG.normal(size=(300, 30))
    y = X @ RNG.normal(size=30) + RNG.normal(size=300)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    ridge = RidgeCV(np.logspace(-3, 3, 13)).fit(X, y)
    model = make_pipeline(make_preprocessor(), MultiInputRegressor(random_state=0)).fit(X, y)
    assert model.score(X_test, y_test) > ridge.score(X_test, y_test) - 0.02


def test_linear_log_odds_are_learned_as_by_a_linear_model():
    X, y = load_iris(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, test_size=0.5, random_state=0)
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    model = make_pipeline(make_preprocessor(), MultiInputClassifier(random_state=0)).fit(X, y)
    losses = [log_loss(y_test, fitted.predict_proba(X_test)) for fitted in (model, linear)]
    assert losses[0] < losses[1] + 0.03
