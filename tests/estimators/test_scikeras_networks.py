"""Networks of the user's own behave as with SciKeras: each test shows both."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from scikeras.wrappers import KerasClassifier, KerasRegressor
from sklearn.base import clone

from skmultiinput import MultiInputClassifier, MultiInputRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 3)).astype(np.float32)
CODES = (X[:, 0] > 0).astype(int)
SPEND = np.exp(X[:, 0])
BOTH = [KerasClassifier, MultiInputClassifier]
BOTH_REGRESSORS = [KerasRegressor, MultiInputRegressor]


def quiet(estimator, *args, **params):
    return estimator(*args, **{"epochs": 2, "verbose": 0, "random_state": 0, **params})


def mlp(units=4, outputs=1, activation="sigmoid"):
    layers = [keras.Input((3,)), keras.layers.Dense(units, "relu")]
    return keras.Sequential([*layers, keras.layers.Dense(outputs, activation)])


def compiled_mlp(meta, compile_kwargs, hidden_layer_sizes=(4,)):
    """A builder in the form of SciKeras's documentation."""
    x = inputs = keras.Input((meta["n_features_in_"],))
    for size in hidden_layer_sizes:
        x = keras.layers.Dense(size, "relu")(x)
    if meta["target_type_"] == "binary":
        outputs = keras.layers.Dense(1, "sigmoid")(x)
        compile_kwargs["loss"] = compile_kwargs["loss"] or "binary_crossentropy"
    else:
        outputs = keras.layers.Dense(meta["n_classes_"], "softmax")(x)
        compile_kwargs["loss"] = compile_kwargs["loss"] or "sparse_categorical_crossentropy"
    model = keras.Model(inputs, outputs)
    model.compile(**compile_kwargs)
    return model


@pytest.mark.parametrize("estimator", BOTH)
def test_a_documented_builder_runs_unchanged(estimator):
    model = quiet(estimator, compiled_mlp, hidden_layer_sizes=(5,), optimizer="adam")
    model.set_params(hidden_layer_sizes=(6,))
    for labels in (CODES, np.digitize(X[:, 0], [-0.5, 0.5])):
        fitted = clone(model).fit(X, labels)
        assert fitted.model_.layers[1].units == 6
        assert fitted.predict_proba(X).shape == (len(X), len(np.unique(labels)))
        assert isinstance(fitted.model_.optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize("estimator", BOTH)
def test_meta_has_the_facts_of_scikeras(estimator):
    seen = {}

    def build(meta):
        seen.update(meta)
        return mlp()

    quiet(estimator, build, loss="binary_crossentropy").fit(X, CODES)
    names = ("X_shape_", "X_dtype_", "n_features_in_", "target_type_", "n_outputs_expected_")
    assert [seen[name] for name in names] == [X.shape, X.dtype, 3, "binary", 1]
    assert (seen["n_classes_"], seen["n_outputs_"], seen["y_ndim_"]) == (2, 1, 1)


@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
def test_a_prebuilt_network_predicts_what_it_computes(estimator):
    network = mlp(activation="softplus")
    network.compile("sgd", "mse")
    expected = network.predict(X, verbose=0)[:, 0]
    model = quiet(estimator, network).initialize(X, SPEND)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [keras.Sequential, keras.Model, "Counting"])
def test_a_prebuilt_network_is_compiled_with_what_keras_does_not_know(kind):
    def error(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    network = mlp(activation="softplus")
    if kind is not keras.Sequential:
        kind = Counting if kind == "Counting" else kind
        network = kind(network.inputs[0], network.outputs[0])
    network.compile("sgd", error, metrics=[error])
    model = quiet(MultiInputRegressor, network).fit(X, SPEND)
    assert "error" in model.history_
    assert isinstance(model.model_, Counting) == (kind is Counting)


@pytest.mark.parametrize("activation", ["relu", "softplus", "exponential"])
@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
def test_outputs_that_cannot_be_negative_reach_all_of_the_target(estimator, activation):
    def build():
        bias = keras.initializers.Constant(1.0)  # a ReLU must not start at 0
        dense = keras.layers.Dense(1, activation, bias_initializer=bias)
        return keras.Sequential([keras.Input((3,)), dense])

    y = np.exp(X[:, 0] / 2) * 3 if activation == "exponential" else np.maximum(X[:, 0] + 4, 0)
    adam = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 60}
    model = quiet(estimator, build, loss="mse", **adam).fit(X, y)
    assert model.score(X, y) > 0.95


def mlp_with_metrics():
    network = mlp()
    auc = keras.metrics.AUC(name="auc")
    network.compile("sgd", "binary_crossentropy", metrics=["accuracy"], weighted_metrics=[auc])
    return network


@pytest.mark.parametrize("estimator", BOTH)
def test_metrics_of_compile_are_recorded(estimator):
    model = quiet(estimator, mlp_with_metrics).fit(X, CODES)
    auc = "a_u_c" if estimator is KerasClassifier else "auc"  # SciKeras takes the class's name
    assert {"loss", "accuracy", auc} <= set(model.history_)
    again = pickle.loads(pickle.dumps(model))
    again.partial_fit(X, CODES)
    assert len(again.history_[auc]) == 3


@pytest.mark.parametrize("estimator", BOTH)
def test_a_loss_beside_another_compiled_one_is_refused(estimator):
    def build(compiled="mean_squared_error"):
        network = mlp()
        network.compile("sgd", compiled)
        return network

    with pytest.raises(ValueError, match="but model compiled with"):
        quiet(estimator, build, loss="binary_crossentropy").fit(X, CODES)
    quiet(estimator, build, loss="mse").fit(X, CODES)
    quiet(estimator, build).fit(X, CODES)


def test_a_loss_by_name_is_that_of_its_class():
    def build():
        network = mlp()
        network.compile("sgd", keras.losses.KLDivergence())
        return network

    quiet(MultiInputClassifier, build, loss="kl_divergence").fit(X, CODES)


NOT_DECAYED = {"kernel": False, "bias": True, "none": True, "this_one": False}


def decaying(not_decayed):
    """A network whose weights decay to almost nothing, but for those that are left out."""
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    network.layers[-1].kernel.assign(np.ones((3, 1)))
    optimizer = keras.optimizers.SGD(1e-3, weight_decay=900.0)
    if not_decayed == "this_one":
        optimizer.exclude_from_weight_decay(var_list=[network.layers[-1].kernel])
    elif not_decayed != "none":
        optimizer.exclude_from_weight_decay(var_names=[not_decayed])
    network.compile(optimizer, "binary_crossentropy")
    return network


@pytest.mark.parametrize(("not_decayed", "decays"), NOT_DECAYED.items())
def test_weights_that_a_compiled_optimizer_does_not_decay(not_decayed, decays):
    model = quiet(MultiInputClassifier, decaying, not_decayed=not_decayed, early_stopping=False)
    model.fit(X, CODES)
    model = model if not_decayed == "this_one" else pickle.loads(pickle.dumps(model))
    for _ in range(2):
        kernel = model.model_.get_weights()[0]
        assert (np.abs(kernel).max() < 0.1) == decays
        model.partial_fit(X, CODES)


def test_a_copied_network_does_not_decay_these_weights_either():
    model = quiet(MultiInputClassifier, decaying("kernel"), early_stopping=False).fit(X, CODES)
    assert np.abs(model.model_.get_weights()[0]).max() > 0.5


def test_a_compiled_optimizer_is_used_as_it_is():
    # Plain gradient descent with a decay that, as Keras has it, takes biases with it.
    def build():
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        network.layers[-1].bias.assign([2.0])
        network.compile(keras.optimizers.SGD(0.01, weight_decay=0.1), "mse")
        return network

    options = {"epochs": 3, "batch_size": 160}
    upstream = quiet(KerasRegressor, build, **options).fit(X, SPEND)
    ours = quiet(MultiInputRegressor, build, **options, early_stopping=False)
    weights = [ours.fit(X, SPEND).model_.layers[-1].bias, upstream.model_.layers[-1].bias]
    assert 1 < float(weights[0][0]) < 2
    np.testing.assert_allclose(*weights, atol=0.02)  # kernels start elsewhere
    options["learning_rate"] = 1.0  # of the estimator's own optimizer
    again = quiet(MultiInputRegressor, build, **options, early_stopping=False).fit(X, SPEND)
    np.testing.assert_array_equal(again.model_.layers[-1].bias, weights[0])


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_two_classes_as_a_softmax_of_two(loss):
    def build():
        return mlp(outputs=2, activation="softmax")

    adam = {"optimizer": "adam", "optimizer__learning_rate": 0.02}
    for estimator in BOTH:
        if estimator is KerasClassifier and loss == "categorical_crossentropy":
            continue  # it gives one column of codes, which Keras refuses
        model = quiet(estimator, build, loss=loss, epochs=20, **adam).fit(X, CODES)
        assert model.predict_proba(X).shape == (len(X), 2)
        assert model.score(X, CODES) > 0.8
    assert model.target_type_ == "binary"
    accuracy = quiet(MultiInputClassifier, build, metrics="accuracy").fit(X, CODES)
    assert 0 < accuracy.history_["val_accuracy"][-1] <= 1


@pytest.mark.parametrize("estimator", BOTH)
def test_a_sequential_network_without_an_input(estimator):
    def build():
        return keras.Sequential([keras.layers.Dense(1, "sigmoid")])

    if estimator is KerasClassifier:
        with pytest.raises(AttributeError, match="no defined outputs yet"):
            quiet(estimator, build, loss="binary_crossentropy").fit(X, CODES)
        return
    model = quiet(estimator, build, loss="binary_crossentropy").fit(X, CODES)
    assert model.model_.count_params() == 4


class Counting(keras.Model):
    """Counts the calls of its training step, which takes pairs as Keras's guide has it."""

    traced = 0

    def train_step(self, data):
        x, y = data
        type(self).traced += 1
        return super().train_step((x, y))


def counting_network(kind=Counting):
    x = keras.Input((3,))
    return kind(x, keras.layers.Dense(1, "sigmoid")(x))


@pytest.mark.parametrize("estimator", BOTH)
def test_a_training_step_of_ones_own_is_called(estimator):
    before = Counting.traced
    options = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    model = quiet(estimator, counting_network, **options).fit(X, CODES)
    assert Counting.traced > before
    assert isinstance(model.model_, Counting)
    assert {"loss", "accuracy"} <= set(model.history_)
    if estimator is MultiInputClassifier:
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        assert isinstance(again.partial_fit(X, CODES).model_, Counting)


@pytest.mark.parametrize("name", ["test_step", "compute_loss", "compute_metrics"])
def test_a_part_of_training_of_ones_own_is_called(name):
    called = []

    def own(self, *args, **kwargs):
        called.append(name)
        return getattr(keras.Model, name)(self, *args, **kwargs)

    kind = type("Own", (keras.Model,), {name: own})
    options = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    model = quiet(MultiInputClassifier, counting_network, kind=kind, **options).fit(X, CODES)
    assert called
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(model.history_)


def test_a_training_step_that_would_get_lost_is_refused():
    class Titled(Counting):
        def __init__(self, title, **kwargs):
            super().__init__(**kwargs)
            self.title = title

    x = keras.Input((3,))
    network = Titled("a", inputs=x, outputs=keras.layers.Dense(1, "sigmoid")(x))
    network.compile("sgd", "binary_crossentropy")
    for model in (lambda: network, network):
        with pytest.raises(ValueError, match="Titled"):
            quiet(MultiInputClassifier, model).fit(X, CODES)


def test_a_training_method_that_cannot_be_kept_is_named():
    class OwnFit(keras.Sequential):
        def fit(self, *args, **kwargs):
            return super().fit(*args, **kwargs)

    def build():
        return OwnFit([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])

    quiet(KerasClassifier, build, loss="binary_crossentropy").fit(X, CODES)
    message = r"OwnFit overrides fit of .* Derive it from keras.Model and build it with the inputs"
    with pytest.raises(ValueError, match=message):
        quiet(MultiInputClassifier, build, loss="binary_crossentropy").fit(X, CODES)


@pytest.mark.parametrize("optimizer", ["adam", "ftrl"], ids=["compiled", "Keras"])
@pytest.mark.parametrize("estimator", BOTH)
def test_a_loss_of_ones_own_is_called(estimator, optimizer):
    called = []

    class Called(keras.losses.Loss):
        def __call__(self, y_true, y_pred, sample_weight=None):
            called.append(y_pred.shape)
            return keras.losses.binary_crossentropy(y_true, y_pred)

    model = quiet(estimator, mlp, loss=Called(), optimizer=optimizer).fit(X, CODES)
    assert called
    assert np.isfinite(model.history_["loss"]).all()


@pytest.mark.parametrize("metrics", ["accuracy", {"out": "binary_accuracy"}], ids=["name", "dict"])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("estimator", BOTH)
def test_the_network_shows_its_metrics(estimator, compiled, metrics):
    """A dict by output of the network, as in Keras, names the output and not the metric."""

    def build(compile_kwargs):
        inputs = keras.Input((3,))
        network = keras.Model(inputs, keras.layers.Dense(1, "sigmoid", name="out")(inputs))
        if compiled:
            network.compile(**compile_kwargs)
        return network

    options = {"loss": "binary_crossentropy", "metrics": metrics}
    model = quiet(estimator, build, **options).fit(X, CODES)
    name = "accuracy" if isinstance(metrics, str) else metrics["out"]
    assert [metric.name for metric in model.model_.metrics[1].metrics] == [name]
    assert name in model.history_
    inputs = model.column_groups_.split(pd.DataFrame(X)) if estimator is BOTH[1] else X
    shown = model.model_.evaluate(inputs, CODES, verbose=0, return_dict=True)
    assert shown[name] == pytest.approx(model.score(X, CODES))


@pytest.mark.parametrize("estimator", BOTH)
def test_arguments_of_partial_fit_are_refused(estimator):
    with pytest.raises(TypeError, match=r"Invalid argument [`']epochs"):
        quiet(estimator, mlp, loss="binary_crossentropy").partial_fit(X, CODES, epochs=2)


@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
def test_predictions_are_what_the_network_computes(estimator):
    """In its own precision: scikit-learn's check of multi-output regressors asks for float64."""

    def build(outputs):
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(outputs)])

    for y in (SPEND, np.column_stack([SPEND, SPEND])):
        predicted = quiet(estimator, build, loss="mse", outputs=np.size(y[0])).fit(X, y).predict(X)
        assert (predicted.dtype, predicted.shape) == (np.float32, y.shape)


def test_outputs_before_their_activation():
    def build(units=1):
        return mlp(outputs=units, activation=None)

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    upstream = quiet(KerasClassifier, build, loss=loss, epochs=20).fit(X, CODES)
    assert upstream.predict_proba(X).min() < 0
    model = quiet(MultiInputClassifier, build, loss=loss, epochs=20).fit(X, CODES)
    raw = model.predict_outputs(X)[:, 0]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-raw)), rtol=1e-6)
    np.testing.assert_array_equal(model.predict(X), raw > 0)
    with pytest.raises(ValueError, match=r"outputs from .* expected probabilities.*from_logits"):
        quiet(MultiInputClassifier, build, loss="mse", epochs=20).fit(X, CODES).predict(X)


@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
def test_weights_that_a_builder_loads_are_kept(estimator):
    def build():
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        network.set_weights([np.full((3, 1), 0.5), np.ones(1)])
        network.compile("sgd", "mse")
        return network

    model = quiet(estimator, build).initialize(X, SPEND)
    np.testing.assert_allclose(model.predict(X), X.sum(axis=1) / 2 + 1, rtol=1e-5)


@pytest.mark.parametrize("estimator", BOTH_REGRESSORS)
def test_seeds_that_a_builder_gives_are_kept(estimator):
    def build():
        inputs = keras.Input((3,))
        x = keras.layers.Dense(4, kernel_initializer=keras.initializers.HeNormal(seed=7))(inputs)
        x = keras.layers.Dropout(0.5, seed=8)(x)
        network = keras.Model(inputs, keras.layers.Dense(1)(x))
        network.compile("sgd", "mse")
        return network

    first, other = (
        quiet(estimator, build, random_state=seed).initialize(X, SPEND).model_ for seed in (0, 1)
    )
    weights = [[np.asarray(v) for v in network.weights] for network in (first, other)]
    expected = keras.initializers.HeNormal(seed=7)((3, 4))
    for of_one in weights:
        np.testing.assert_array_equal(of_one[0], expected)
    # What has no seed follows random_state.
    kernels = [next(w for w in of_one if w.shape == (4, 1)) for of_one in weights]
    assert not np.array_equal(*kernels)
    expected = keras.random.SeedGenerator(8).state
    for network in (first, other):
        dropout = next(x for x in network.layers if isinstance(x, keras.layers.Dropout))
        np.testing.assert_array_equal(dropout.seed_generator.state, expected)


def test_weights_of_losses_are_not_lost():
    def build(cls=keras.Model, loss_weights=None):
        x = keras.Input((3,))
        network = cls(x, keras.layers.Dense(1)(x))
        network.compile(keras.optimizers.SGD(0.01), "mse", loss_weights=loss_weights)
        return network

    def rows(cls):
        model = quiet(MultiInputRegressor, build, model__cls=cls, model__loss_weights=[0.5])
        return model.fit(X, SPEND).history_["loss"][0]

    upstream = quiet(KerasRegressor, build, model__loss_weights=[0.5], model__cls=keras.Model)
    plain = quiet(KerasRegressor, build, model__loss_weights=None, model__cls=keras.Model)
    assert upstream.fit(X, SPEND).history_["loss"][0] < plain.fit(X, SPEND).history_["loss"][0]
    with pytest.raises(ValueError, match=r"loss_weights=\[0\.5\], but it has a single loss"):
        rows(keras.Model)
    # Keras's own training takes them as they are.
    assert 0 < rows(Counting) < 0.9 * plain.history_["loss"][0]
    quiet(MultiInputRegressor, build, model__loss_weights=[1]).fit(X, SPEND)


@pytest.mark.parametrize("estimator", BOTH)
@pytest.mark.parametrize("shape", [(6, 2), (4, 4, 2)])
def test_rows_of_more_dimensions(estimator, shape):
    def build(meta):
        assert meta["X_shape_"] == (len(CODES), *shape)
        x = inputs = keras.Input(meta["X_shape_"][1:])
        x = keras.layers.GRU(4)(x) if len(shape) == 2 else keras.layers.Flatten()(x)
        return keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(x))

    rows = RNG.normal(size=(len(CODES), *shape)).astype(np.float32)
    rows[:, 0, 0] += 3 * np.reshape(CODES, (-1, *[1] * (len(shape) - 2)))
    options = {"loss": "binary_crossentropy", "epochs": 20}
    adam = {"optimizer": "adam", "optimizer__learning_rate": 0.02}
    model = quiet(estimator, build, **options, **adam).fit(rows, CODES)
    assert (model.n_features_in_, model.X_shape_) == (shape[0], rows.shape)
    assert model.score(rows, CODES) > 0.7
    assert model.partial_fit(rows, CODES).predict(rows[:9]).shape == (9,)
    with pytest.raises(ValueError, match=r"dimensions in X|array with dim"):
        model.predict(rows[..., None] if len(shape) == 2 else rows[..., 0])
