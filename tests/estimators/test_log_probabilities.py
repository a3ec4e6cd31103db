"""Logarithms of probabilities: those of `predict_proba`, and exact where these are rounded."""

import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier

from skmultiinput import MultiInputClassifier
from skmultiinput.metrics._class_probabilities import log_probabilities

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype(np.float32)
CODES = (X[:, 0] > 0).astype(int)
TARGETS = {
    "binary": CODES,
    "multiclass": np.digitize(X[:, 0], [-0.5, 0.5]),
    "multilabel": (X > 0).astype(int),
}


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize(
    "options", [{}, {"class_weight": "balanced"}, {"n_estimators": 2}], ids=str
)
def test_they_are_those_of_predict_proba(kind, options):
    if kind == "multilabel" and "class_weight" in options:
        options = {"class_weight": [{0: 1, 1: 3}, {0: 1, 1: 1}, {0: 2, 1: 1}]}
    model = MultiInputClassifier(preset="fast", epochs=2, random_state=0, **options)
    model.fit(X, TARGETS[kind])
    expected = np.log(model.predict_proba(X))
    np.testing.assert_allclose(model.predict_log_proba(X), expected, atol=2e-5)


def test_tiny_probabilities_are_exact():
    def build():
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
        network.set_weights([np.array([[200.0], [0.0], [0.0]])])
        return network

    assert not hasattr(KerasClassifier(build), "predict_log_proba")
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model = MultiInputClassifier(build, loss=loss).initialize(X, CODES)
    far = np.array([[5.0, 0, 0], [-5, 0, 0]])
    assert model.predict_proba(far)[0, 0] == 0
    np.testing.assert_allclose(model.predict_log_proba(far), [[-1000, 0], [0, -1000]], rtol=1e-6)


def test_a_mean_of_networks_and_members_is_one_of_probabilities():
    raw = [RNG.normal(size=(5, 2, 3)), RNG.normal(size=(5, 2, 3))]
    softmax = [np.exp(r) / np.exp(r).sum(axis=2, keepdims=True) for r in raw]
    expected = np.log(np.mean(softmax, axis=(0, 2)))
    result = log_probabilities(raw, softmax=True, ratio=None)
    np.testing.assert_allclose(result, expected)


def test_a_network_of_ones_own_with_its_activation():
    def build():
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])

    model = MultiInputClassifier(build, epochs=1, random_state=0).fit(X, CODES)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(model.predict_proba(X)))
