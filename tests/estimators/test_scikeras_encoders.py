"""Subclasses, encoders and targets as SciKeras documents them: each test shows both."""

import pickle

import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier, KerasRegressor
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import MultiInputClassifier, MultiInputRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 4)).astype(np.float32)
CODES = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
ONE_HOT = np.eye(3, dtype=int)[THREE]
BOTH = [KerasClassifier, MultiInputClassifier]
BOTH_REGRESSORS = [KerasRegressor, MultiInputRegressor]


def softmax_of(n_classes):
    layers = [keras.Input((4,)), keras.layers.Dense(n_classes, "softmax")]
    return keras.Sequential(layers)


def self_contained(base):
    """The class of SciKeras's MLPClassifier tutorial, on a base class."""

    class MLPClassifier(base):
        def __init__(
            self,
            hidden_layer_sizes=(100,),
            optimizer="adam",
            optimizer__learning_rate=0.001,
            epochs=200,
            verbose=0,
            **kwargs,
        ):
            super().__init__(**kwargs)
            self.hidden_layer_sizes = hidden_layer_sizes
            self.optimizer = optimizer
            self.epochs = epochs
            self.verbose = verbose

        def _keras_build_fn(self, compile_kwargs):
            model = keras.Sequential([keras.layers.Input(shape=(self.n_features_in_,))])
            for size in self.hidden_layer_sizes:
                model.add(keras.layers.Dense(size, activation="relu"))
            units = 1 if self.target_type_ == "binary" else self.n_classes_
            loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
            model.add(keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax"))
            model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
            return model

    return MLPClassifier


@pytest.mark.parametrize("base", BOTH)
def test_a_subclass_adds_parameters_and_builds_its_network(base):
    model = self_contained(base)(hidden_layer_sizes=(5,), epochs=2, random_state=0)
    params = model.get_params()
    assert (params["hidden_layer_sizes"], params["epochs"]) == ((5,), 2)
    assert {"loss", "batch_size", "callbacks"} <= set(params)
    for labels in (CODES, THREE):
        fitted = clone(model).set_params(hidden_layer_sizes=(7,)).fit(X, labels)
        assert fitted.model_.layers[-2].units == 7
        assert fitted.predict(X).shape == labels.shape
        fitted.partial_fit(X, labels)
        assert len(fitted.history_["loss"]) == 3


@pytest.mark.parametrize("base", BOTH)
def test_a_subclass_has_fewer_parameters(base):
    class Fixed(base):
        def __init__(self):
            super().__init__(epochs=2, verbose=0, random_state=0)

        def _keras_build_fn(self):
            model = softmax_of(2)
            model.compile(loss="sparse_categorical_crossentropy")
            return model

    fitted = Fixed().fit(X, CODES)
    assert len(fitted.history_["loss"]) == 2
    if base is KerasClassifier:
        with pytest.raises(TypeError):  # it lists what its constructor does not take
            clone(fitted)
    else:
        assert clone(fitted).fit(X, CODES).get_params() == {}


@pytest.mark.parametrize("base", BOTH)
def test_a_build_method_beside_a_model_is_refused(base):
    class Twice(base):
        def _keras_build_fn(self):
            return softmax_of(2)

    with pytest.raises(ValueError, match="cannot implement ``_keras_build_fn``"):
        Twice(model=lambda: softmax_of(2)).fit(X, CODES)


@pytest.mark.parametrize("base", BOTH)
def test_a_feature_encoder_makes_the_inputs(base):
    class TwoInputs(base):
        def _keras_build_fn(self, meta):
            first, rest = keras.Input((1,)), keras.Input((3,))
            x = keras.layers.Concatenate()([first, keras.layers.Dense(2)(rest)])
            model = keras.Model([first, rest], keras.layers.Dense(meta["n_classes_"], "softmax")(x))
            model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            return model

        @property
        def feature_encoder(self):
            return FunctionTransformer(lambda X: [X[:, 0], X[:, 1:4]])

    model = TwoInputs(epochs=2, verbose=0, random_state=0).fit(X, THREE)
    assert model.predict_proba(X).shape == (len(X), 3)
    assert {"loss", "accuracy"} <= set(model.history_)
    assert model.score(X, THREE) >= 0


def test_a_feature_encoder_needs_a_network_of_ones_own():
    class Halved(MultiInputClassifier):
        @property
        def feature_encoder(self):
            return FunctionTransformer(lambda X: X / 2)

    with pytest.raises(ValueError, match="feature_encoder, which needs a network of your own"):
        Halved(epochs=1).fit(X, CODES)


class RelativeToLargest(TransformerMixin, BaseEstimator):
    """Its methods take the target alone."""

    def fit(self, y):
        self.largest_ = y.max()
        return self

    def transform(self, y):
        return y / self.largest_

    def inverse_transform(self, y):
        return np.ravel(y) * self.largest_

    def get_metadata(self):
        return {"largest_": self.largest_}


@pytest.mark.parametrize("base", BOTH_REGRESSORS)
def test_a_target_encoder_encodes_the_target(base):
    seen = []

    def build(meta):
        seen.append(meta["largest_"])
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    class Relative(base):
        @property
        def target_encoder(self):
            return RelativeToLargest()

    y = 1000 + 100 * X[:, 0]
    options = {
        "optimizer": "adam",
        "optimizer__learning_rate": 0.02,
        "verbose": 0,
        "random_state": 0,
    }
    model = Relative(build, loss="mse", epochs=60, **options).fit(X, y)
    assert seen == [y.max()] == [model.largest_]
    assert np.abs(model.predict(X) - y).mean() < 100


class SignAndThird(TransformerMixin, BaseEstimator):
    """Two columns of labels as two arrays, for a network with two outputs."""

    def fit(self, y):
        self.n_classes_ = [len(np.unique(column)) for column in y.T]
        return self

    def transform(self, y):
        return [y[:, 0], y[:, 1]]

    def inverse_transform(self, outputs, return_proba=False):
        if return_proba:
            return np.column_stack(outputs)
        return np.column_stack([np.ravel(outputs[0]) > 0.5, outputs[1].argmax(axis=1)]).astype(int)

    def get_metadata(self):
        return {"n_classes_": self.n_classes_, "n_outputs_expected_": 2}


def two_outputs(meta):
    inputs = keras.Input((4,))
    x = keras.layers.Dense(16, activation="relu")(inputs)
    heads = [
        keras.layers.Dense(1, activation="sigmoid", name="sign")(x),
        keras.layers.Dense(meta["n_classes_"][1], activation="softmax", name="third")(x),
    ]
    return keras.Model(inputs, heads)


@pytest.mark.parametrize("base", BOTH)
@pytest.mark.parametrize("compiled", [False, True])
def test_a_network_with_several_outputs(base, compiled):
    losses = ["binary_crossentropy", "sparse_categorical_crossentropy"]
    metrics = [["binary_accuracy"], ["sparse_categorical_accuracy"]]

    def build(meta):
        network = two_outputs(meta)
        if compiled:
            network.compile(
                keras.optimizers.Adam(0.01), losses, loss_weights=[1.0, 0.5], metrics=metrics
            )
        return network

    class TwoTargets(base):
        @property
        def target_encoder(self):
            return SignAndThird()

        @staticmethod
        def scorer(y_true, y_pred, **kwargs):
            return (y_true == y_pred).mean()

    y = np.column_stack([CODES, THREE])
    options = {"epochs": 30, "optimizer": "adam", "optimizer__learning_rate": 0.01, "verbose": 0}
    given = {} if compiled else {"loss": losses, "metrics": metrics}
    model = TwoTargets(build, random_state=0, **options, **given).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.predict_proba(X).shape == (len(X), 4)
    assert model.score(X, y) > 0.7
    assert model.n_outputs_expected_ == 2
    assert {"loss", "sign_loss", "third_loss"} <= set(model.history_)
    assert any("binary_accuracy" in name for name in model.history_)
    again = model.partial_fit(X, y, sample_weight=np.linspace(0.1, 1, len(X)))
    assert len(again.history_["loss"]) == len(again.history_["sign_loss"])


def test_as_many_outputs_as_the_target_has_arrays():
    class TwoTargets(MultiInputClassifier):
        @property
        def target_encoder(self):
            return SignAndThird()

    y = np.column_stack([CODES, THREE])
    with pytest.raises(ValueError, match=r"outputs of shape .*, but this target needs 2 outputs"):
        TwoTargets(lambda: softmax_of(3), epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"outputs of shape .*, but this target needs one output"):
        MultiInputClassifier(lambda: two_outputs({"n_classes_": [2, 3]})).fit(X, CODES)


@pytest.mark.parametrize("estimator", BOTH)
def test_one_hot_labels(estimator):
    def build():
        return softmax_of(3)

    options = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "verbose": 0}
    options |= {"loss": "categorical_crossentropy", "epochs": 20, "random_state": 0}
    model = estimator(build, **options).fit(X, ONE_HOT)
    labels, probabilities = model.predict(X), model.predict_proba(X)
    assert labels.shape == ONE_HOT.shape
    assert (labels.sum(axis=1) == 1).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(labels.argmax(axis=1), probabilities.argmax(axis=1))
    assert (model.target_type_, model.n_classes_) == ("multilabel-indicator", 3)
    assert model.score(X, ONE_HOT) > 0.6


def test_one_hot_labels_for_the_networks_of_the_package():
    options = {"preset": "fast", "epochs": 2, "random_state": 0}
    model = MultiInputClassifier(loss="categorical_crossentropy", **options).fit(X, ONE_HOT)
    assert (model.predict(X).sum(axis=1) == 1).all()
    again = pickle.loads(pickle.dumps(model)).partial_fit(X[:9], ONE_HOT[:9])
    assert again.predict(X).shape == ONE_HOT.shape
    labels = MultiInputClassifier(loss="categorical_crossentropy", **options).fit(X, THREE)
    np.testing.assert_array_equal(model.predict(X).argmax(axis=1), labels.predict(X))
    several = ONE_HOT | ONE_HOT[::-1]
    with pytest.raises(ValueError, match=r"pass y\.argmax\(axis=1\)"):
        MultiInputClassifier(loss="categorical_crossentropy", **options).fit(X, several)


@pytest.mark.parametrize(
    ("name", "advice"),
    [("validation_split", "use validation_fraction"), ("build_fn", "use model"), ("shuffle", "")],
)
def test_parameters_of_scikeras_alone_are_named(name, advice):
    assert name in KerasClassifier().get_params()
    with pytest.raises(TypeError, match=f"unexpected keyword argument {name!r}: {advice}"):
        MultiInputClassifier(**{name: None})


@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
@pytest.mark.parametrize("warm_start", [False, True])
def test_epochs_are_counted_from_the_start_of_a_fit(estimator, warm_start):
    def build():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    options = {"loss": "mse", "epochs": 2, "verbose": 0, "random_state": 0}
    model = estimator(build, warm_start=warm_start, **options)
    for _ in range(2):
        model.fit(X, X[:, 0])
    # SciKeras forgets the epochs before; the history here goes on with the network.
    continues = warm_start and estimator is MultiInputRegressor
    assert len(model.history_["loss"]) == (4 if continues else 2)
    assert model.current_epoch == len(model.history_["loss"])
