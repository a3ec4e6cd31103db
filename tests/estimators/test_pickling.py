import copy
import io
import pickle
import warnings

import joblib
import keras
import numpy as np
import pandas as pd
import pytest

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.estimators._pickling import PackedNetwork

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"numeric__a": rng.normal(size=200), "numeric__b": rng.normal(size=200)})
    X["category__c"] = pd.Categorical(rng.choice(["x", "y", "z"], 200))
    return X, (X["numeric__a"] > 0).astype(int)


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize(
    "way",
    [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, through_joblib],
    ids=["pickle", "deepcopy", "joblib"],
)
@pytest.mark.parametrize("kind", [MultiInputClassifier, MultiInputRegressor])
def test_copies_predict_the_same_without_a_warning(table, kind, way):
    X, y = table
    model = kind(**SMALL).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other = way(model)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert other.model_ is not model.model_
    assert other.model_.compiled
    assert other.history_ == model.history_


def test_a_copy_goes_on_training(table):
    X, y = table
    model = MultiInputClassifier(**SMALL).partial_fit(X, y)
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        model.partial_fit(X, y).predict_proba(X), other.partial_fit(X, y).predict_proba(X)
    )


def test_a_copy_of_a_network_that_was_only_built_trains_the_same(table):
    """The counters of its dropout are no weights to Keras."""
    X, y = table
    model = MultiInputClassifier(**SMALL).initialize(X, y)
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        model.partial_fit(X, y).predict_proba(X), other.partial_fit(X, y).predict_proba(X)
    )


@pytest.mark.parametrize("n_rows", [200, 20_000])
def test_the_pickle_holds_the_weights_and_little_else(table, n_rows):
    X, y = table
    X, y = (pd.concat([part] * (n_rows // 200), ignore_index=True) for part in (X, y))
    model = MultiInputClassifier(**{**SMALL, "hidden_units": (128, 128)}).fit(X, y)
    n_weights = sum(int(np.prod(v.shape)) for v in model.model_.variables)
    assert 4 * n_weights < len(pickle.dumps(model)) < 4 * n_weights + 60_000


def test_a_layer_of_ones_own_survives():
    x = keras.Input((3,), name="numeric")
    model = keras.Model({"numeric": x}, keras.layers.Dense(1, activation="sigmoid")(x))
    model.compile("adam", "binary_crossentropy")
    other = pickle.loads(pickle.dumps(PackedNetwork(model))).unpack()
    batch = {"numeric": np.ones((2, 3), dtype="float32")}
    np.testing.assert_array_equal(np.asarray(model(batch)), np.asarray(other(batch)))
