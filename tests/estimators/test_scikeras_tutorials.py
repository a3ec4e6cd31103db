"""What SciKeras's tutorials teach, with the estimators of this package in place of its own."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import TransformerMixin
from sklearn.datasets import load_digits, make_classification, make_moons, make_regression
from sklearn.ensemble import AdaBoostClassifier, BaggingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

from skmultiinput import MultiInputClassifier, MultiInputRegressor

LABELLED = make_classification(300, 8, n_informative=5, random_state=0)
NUMBERS = make_regression(300, 8, n_informative=5, random_state=0)
THREE = make_classification(300, 8, n_informative=5, n_classes=3, random_state=0)
FAST = {"optimizer": "adam", "optimizer__learning_rate": 0.01, "epochs": 10, "random_state": 0}


def classifier_network(meta, compile_kwargs, hidden_layer_sizes=(16,), dropout=0.0):
    several = meta["target_type_"] == "multiclass"
    network = keras.Sequential([keras.Input((meta["n_features_in_"],))])
    for size in hidden_layer_sizes:
        network.add(keras.layers.Dense(size, activation="relu"))
        network.add(keras.layers.Dropout(dropout))
    network.add(
        keras.layers.Dense(meta["n_classes_"], activation="softmax")
        if several
        else keras.layers.Dense(1, activation="sigmoid")
    )
    loss = "sparse_categorical_crossentropy" if several else "binary_crossentropy"
    network.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
    return network


def regressor_network(meta, hidden_layer_sizes=(16,)):
    network = keras.Sequential([keras.Input((meta["n_features_in_"],))])
    for size in hidden_layer_sizes:
        network.add(keras.layers.Dense(size, activation="relu"))
    network.add(keras.layers.Dense(1))
    return network


class TestBasicUsage:
    @pytest.mark.parametrize("data", [LABELLED, THREE])
    def test_a_classifier(self, data):
        X, y = data
        model = MultiInputClassifier(classifier_network, hidden_layer_sizes=(32,), **FAST)
        model.set_params(dropout=0.1, epochs=30).fit(X, y)
        assert model.predict(X[:5]).shape == (5,)
        assert model.predict_proba(X[:5]).shape == (5, len(np.unique(y)))
        assert model.score(X, y) > 0.7

    def test_a_regressor_its_pickle_and_its_network_in_a_file(self, tmp_path):
        X, y = NUMBERS
        y = y / y.std()
        model = MultiInputRegressor(
            regressor_network, loss="mse", metrics=[keras.metrics.R2Score], **FAST
        ).fit(X, y)
        assert model.history_["r2score"][-1] > 0.5
        expected = model.predict(X)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), expected)
        model.model_.save(tmp_path / "network.keras")
        network = keras.saving.load_model(tmp_path / "network.keras")
        again = MultiInputRegressor(network).initialize(X, y)
        np.testing.assert_allclose(again.predict(X), expected, rtol=1e-6)

    def test_a_callback_that_stops_at_a_threshold(self):
        class Threshold(keras.callbacks.Callback):
            def __init__(self, monitor, threshold):
                super().__init__()
                self.monitor, self.threshold = monitor, threshold

            def on_epoch_end(self, epoch, logs=None):
                if logs[self.monitor] > self.threshold:
                    self.model.stop_training = True

        X, y = make_moons(100, noise=0.2, random_state=0)
        options = {**FAST, "metrics": ["binary_accuracy"], "validation_fraction": 0.2}
        lasts = [
            MultiInputClassifier(classifier_network, callbacks=callbacks, **options).fit(X, y)
            for callbacks in (None, [Threshold("val_binary_accuracy", 0.75)])
        ]
        assert lasts[0].n_iter_ == 10 > lasts[1].n_iter_
        accuracy = lasts[1].history_["val_binary_accuracy"]
        assert accuracy[-1] > 0.75 >= max(accuracy[:-1], default=0)

    def test_a_search_reaches_network_and_optimizer_through_a_pipeline(self):
        X, y = LABELLED
        model = MultiInputClassifier(classifier_network, **{**FAST, "epochs": 2})
        grid = {
            "multiinputclassifier__model__hidden_layer_sizes": [(8,), (8, 4)],
            "multiinputclassifier__optimizer__learning_rate": [1e-6, 0.05],
        }
        search = GridSearchCV(make_pipeline(StandardScaler(), model), grid, cv=2).fit(X, y)
        best = search.best_estimator_[-1]
        assert best.get_params()["optimizer__learning_rate"] == 0.05
        sizes = best.get_params()["model__hidden_layer_sizes"]
        n_layers = sum(isinstance(layer, keras.layers.Dense) for layer in best.model_.layers)
        assert n_layers == len(sizes) + 1


def test_a_self_contained_regressor():
    class MLPRegressor(MultiInputRegressor):
        def __init__(self, hidden_layer_sizes=(100,), optimizer="adam", epochs=200, **kwargs):
            super().__init__(**kwargs)
            self.hidden_layer_sizes = hidden_layer_sizes
            self.optimizer = optimizer
            self.epochs = epochs

        def _keras_build_fn(self, compile_kwargs):
            network = regressor_network({"n_features_in_": self.n_features_in_}, [])
            network.pop()
            for size in self.hidden_layer_sizes:
                network.add(keras.layers.Dense(size, activation="relu"))
            network.add(keras.layers.Dense(1))
            network.compile(loss="mse", optimizer=compile_kwargs["optimizer"])
            return network

    y = np.linspace(0, 5, 100)
    model = MLPRegressor((50,), epochs=50, learning_rate=0.01, random_state=0)
    assert model.fit((y / 2).reshape(-1, 1), y).score((y / 2).reshape(-1, 1), y) > 0.9


class TestDataTransformers:
    def test_two_inputs(self):
        def build():
            inputs = [keras.Input((1,)), keras.Input((2,))]
            x = keras.layers.Concatenate()(
                [keras.layers.Dense(8, activation="relu")(part) for part in inputs]
            )
            network = keras.Model(inputs, keras.layers.Dense(1)(x))
            network.compile(keras.optimizers.Adam(0.01), loss="mse")
            return network

        class TwoInputs(MultiInputRegressor):
            @property
            def feature_encoder(self):
                return FunctionTransformer(lambda X: [X[:, 0], X[:, 1:]])

        X = np.random.default_rng(0).random(size=(200, 3))
        model = TwoInputs(build, epochs=60, early_stopping=False, random_state=1).fit(
            X, X.sum(axis=1)
        )
        assert model.score(X, X.sum(axis=1)) > 0.9

    def test_rows_that_become_images(self):
        def build():
            network = keras.Sequential(
                [
                    keras.Input((8, 8, 1)),
                    keras.layers.Conv2D(8, 3, activation="relu"),
                    keras.layers.MaxPooling2D(2),
                    keras.layers.Flatten(),
                    keras.layers.Dense(10, activation="softmax"),
                ]
            )
            loss = "sparse_categorical_crossentropy"
            network.compile(keras.optimizers.Adam(0.01), loss=loss)
            return network

        class Images(MultiInputClassifier):
            @property
            def feature_encoder(self):
                return FunctionTransformer(lambda X: X.reshape(len(X), 8, 8, 1))

        X, y = load_digits(return_X_y=True)
        X = MinMaxScaler().fit_transform(X)
        model = Images(build, epochs=8, batch_size=64, random_state=0).fit(X[:900], y[:900])
        assert model.score(X[900:], y[900:]) > 0.7


def test_sparse_rows_of_a_one_hot_encoder():
    X = np.arange(200).reshape(-1, 1) % 50
    y = np.random.default_rng(0).uniform(size=50)[X[:, 0]]
    predictions = []
    for sparse_output in (True, False):
        model = MultiInputRegressor(regressor_network, loss="mse", **{**FAST, "epochs": 3})
        pipeline = make_pipeline(OneHotEncoder(sparse_output=sparse_output), model).fit(X, y)
        predictions.append(pipeline.predict(X))
    np.testing.assert_allclose(*predictions, rtol=1e-5)


def test_an_autoencoder():
    class AutoEncoder(TransformerMixin, MultiInputRegressor):
        """Learns to repeat its rows; `transform` is what its narrowest layer says of them."""

        def _keras_build_fn(self, meta, encoding_dim=4):
            # Of the column group's name, so that the layers are those of `model_` unchanged.
            inputs = keras.Input((meta["n_features_in_"],), name="numeric")
            code = keras.layers.Dense(encoding_dim, activation="relu", name="code")(inputs)
            outputs = keras.layers.Dense(meta["n_features_in_"], activation="sigmoid")(code)
            return keras.Model(inputs, outputs)

        def fit(self, X, y=None):
            return super().fit(X, X)

        def transform(self, X):
            network = keras.Model(self.model_.input, self.model_.get_layer("code").output)
            return network.predict({"numeric": X}, verbose=0)

    X = MinMaxScaler().fit_transform(load_digits().data[:300])
    options = {"loss": "binary_crossentropy", **FAST}
    narrow, wide = (
        AutoEncoder(encoding_dim=dim, **{**options, "epochs": 40}).fit(X) for dim in (1, 16)
    )
    assert wide.transform(X).shape == (300, 16)
    errors = [np.square(model.predict(X) - X).mean() for model in (narrow, wide)]
    assert errors[1] < 0.8 * errors[0]


def test_members_of_scikit_learns_ensembles():
    X, y = LABELLED
    options = {**FAST, "epochs": 3}
    boosted = AdaBoostClassifier(
        MultiInputClassifier(classifier_network, **options), n_estimators=2, random_state=0
    ).fit(X, y)
    assert boosted.score(X, y) > 0.6
    X, y = NUMBERS
    bagged = BaggingRegressor(
        MultiInputRegressor(regressor_network, loss="mse", **options), n_estimators=2
    ).fit(X, y)
    assert len(bagged.estimators_) == 2
    assert bagged.predict(X).shape == y.shape
