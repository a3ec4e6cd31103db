import copy
import io
import pickle
import warnings
from functools import partial

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from own_losses import ScaledError, power_error
from sklearn import config_context
from sklearn.base import clone

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.branches import NumericBranch
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


def without_source(text):
    """A function of a worker or of an interactive session: nobody can read its source."""
    return eval(text, {"keras": keras})


def powers(exponent):
    def power(x):
        return keras.ops.relu(x) ** exponent

    return power


WAYS = [lambda m: cloudpickle.loads(cloudpickle.dumps(m)), copy.deepcopy]


@pytest.mark.filterwarnings("error:.*lambda")
@pytest.mark.parametrize("way", WAYS, ids=["cloudpickle", "deepcopy"])
def test_lambdas_are_activations(table, way):
    X, y = table
    square = without_source("lambda x: keras.ops.square(x)")
    branches = [
        (
            "numeric",
            NumericBranch(embedding="plain", units=8, activation=without_source("lambda x: x * 2")),
        )
    ]
    model = MultiInputClassifier(activation=square, branches=branches, **SMALL).fit(X, y)
    np.testing.assert_array_equal(way(model).predict_proba(X), model.predict_proba(X))


@pytest.mark.filterwarnings("error:.*lambda")
@pytest.mark.parametrize("way", WAYS, ids=["cloudpickle", "deepcopy"])
def test_lambdas_of_a_network_of_ones_own(table, way):
    X, y = table[0][["numeric__a", "numeric__b"]].to_numpy(), table[1]

    def build():
        x = keras.Input((2,))
        h = keras.layers.Dense(4, activation=without_source("lambda x: keras.ops.square(x)"))(x)
        h = keras.layers.Lambda(without_source("lambda x: keras.ops.tanh(x)"))(h)
        return keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(h))

    model = MultiInputClassifier(model=build, epochs=2, random_state=0).fit(X, y)
    copied = way(model)
    np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(way(copied).predict_proba(X), model.predict_proba(X))


def times(factor):
    class Times(keras.layers.Layer):
        def call(self, x):
            return x * factor

    return Times


@pytest.mark.parametrize("way", WAYS, ids=["cloudpickle", "deepcopy"])
def test_layers_of_one_name_stay_apart(table, way):
    X, y = table[0][["numeric__a", "numeric__b"]].to_numpy(), table[1]

    def build():
        x = keras.Input((2,))
        h = times(3.0)()(keras.layers.Dense(4)(times(-1.0)()(x)))
        return keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(h))

    model = MultiInputClassifier(model=build, epochs=2, random_state=0).fit(X, y)
    np.testing.assert_array_equal(way(model).predict_proba(X), model.predict_proba(X))


class Constant(keras.initializers.Initializer):
    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None):
        return self.value * keras.ops.ones(shape, dtype)


class Clip(keras.constraints.Constraint):
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, w):
        return keras.ops.clip(w, -self.limit, self.limit)


class Pull(keras.regularizers.Regularizer):
    def __init__(self, strength):
        self.strength = strength

    def __call__(self, w):
        return self.strength * keras.ops.sum((w - 1.0) ** 2)

    def get_config(self):
        return {}


@pytest.mark.parametrize("as_function", [True, False])
@pytest.mark.parametrize("way", WAYS, ids=["cloudpickle", "deepcopy"])
def test_parts_of_a_layer_need_no_registration_and_no_configuration(table, way, as_function):
    X, y = table[0][["numeric__a", "numeric__b"]].to_numpy(), table[1]

    def build():
        parts = {"kernel_initializer": Constant(0.2), "kernel_constraint": Clip(0.21)}
        x = keras.Input((2,))
        h = keras.layers.Dense(4, kernel_regularizer=Pull(5.0), **parts)(x)
        return keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(h))

    network = build if as_function else build()
    parameters = {"epochs": 3, "random_state": 0, "warm_start": True, "early_stopping": False}
    model = MultiInputClassifier(model=network, **parameters).fit(X, y)
    assert np.ptp(model.model_.get_weights()[0]) < 0.42
    copied = way(model)
    for _ in range(2):
        np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
        copied.fit(X, y)
        model.fit(X, y)


def test_functions_of_one_name_stay_apart(table):
    X, y = table
    branches = [("numeric", NumericBranch(embedding="plain", units=8, activation=powers(3)))]
    model = MultiInputClassifier(activation=powers(1), branches=branches, **SMALL).fit(X, y)
    for way in WAYS:
        np.testing.assert_array_equal(way(model).predict_proba(X), model.predict_proba(X))


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


class Pinball(keras.losses.Loss):
    def __init__(self, quantile=0.5):
        super().__init__()
        self.quantile = quantile

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        return keras.ops.maximum(self.quantile * error, (self.quantile - 1) * error)


class OwnAdam(keras.optimizers.Adam):
    pass


class OwnError(keras.metrics.MeanAbsoluteError):
    pass


@pytest.mark.parametrize(
    "way",
    [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, through_joblib, clone],
    ids=["pickle", "deepcopy", "joblib", "clone"],
)
def test_keras_objects_are_copied_with_all_their_options(way):
    """SciKeras copies them by a configuration, which has no delta and asks for registration."""
    model = MultiInputRegressor(
        loss=keras.losses.Huber(delta=3.0), optimizer=OwnAdam(0.25), metrics=[OwnError(name="own")]
    )
    copied = way(model)
    assert copied.loss is not model.loss
    assert float(copied.loss([0.0], [10.0])) == float(model.loss([0.0], [10.0])) == 25.5
    assert type(copied.optimizer) is OwnAdam
    assert float(copied.optimizer.learning_rate) == 0.25
    assert type(copied.metrics[0]) is OwnError
    assert copied.metrics[0].name == "own"
    assert way(MultiInputRegressor(loss=Pinball(0.9))).loss.quantile == 0.9


@pytest.mark.parametrize(
    "loss", [ScaledError(1.5), partial(power_error, power=1.5)], ids=["object", "partial"]
)
def test_a_fitted_model_with_a_loss_without_a_configuration(loss):
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = MultiInputRegressor(**SMALL, loss=loss).fit(X, X[:, 0])
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_a_clone_keeps_parameters_and_requests():
    branches = [("numeric", NumericBranch(embedding_dim=4))]
    model = MultiInputClassifier(branches=branches, callbacks=None, batch_size=32)
    with config_context(enable_metadata_routing=True):
        model.set_fit_request(sample_weight=True)
        copied = clone(model)
        assert copied.get_metadata_routing().fit.requests["sample_weight"] is True
    assert copied.branches[0][1] is not branches[0][1]
    assert copied.branches[0][1].embedding_dim == 4
    assert copied.batch_size == 32
