"""What is compiled is shared by equal fits only, and never after a failure."""

import copy

import keras
import numpy as np
import pytest
from sklearn.base import clone
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput._training.compile_cache import CACHE, CompileCache
from skmultiinput.estimators import clear_compile_cache

X, Y = small_table()
NUMBERS = X["numeric__age"].to_numpy() * 3 + np.random.default_rng(0).standard_t(2, len(X))


@pytest.fixture(autouse=True)
def empty_cache():
    clear_compile_cache()
    yield
    clear_compile_cache()


def predict(**params):
    model = MultiInputRegressor(**{**SMALL, "early_stopping": False, **params})
    return model.fit(X, NUMBERS).predict(X)


def scaled(by):
    def loss(y_true, y_pred):
        return by * keras.ops.mean(keras.ops.abs(y_true - y_pred) ** by, axis=-1)

    return loss


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"loss": keras.losses.Huber(delta=0.01)}, {"loss": keras.losses.Huber(delta=50.0)}),
        ({"loss": "huber", "loss__delta": 0.01}, {"loss": "huber", "loss__delta": 50.0}),
        ({"loss": scaled(1)}, {"loss": scaled(3)}),
        ({"optimizer": keras.optimizers.SGD(0.1)}, {"optimizer": keras.optimizers.SGD(1e-4)}),
        ({"activation": keras.ops.relu}, {"activation": keras.ops.tanh}),
    ],
    ids=["delta", "routed", "closure", "optimizer", "activation"],
)
def test_a_warm_cache_changes_nothing(one, other):
    first = predict(**one)
    after = predict(**other)
    clear_compile_cache()
    np.testing.assert_array_equal(predict(**other), after)
    assert not np.array_equal(first, after)


def test_the_dtype_policy_counts():
    expected = predict()
    try:
        keras.config.set_dtype_policy("float64")
        precise = predict()
    finally:
        keras.config.set_dtype_policy("float32")
    assert not np.array_equal(precise, expected)
    np.testing.assert_array_equal(predict(), expected)


def test_nothing_is_kept_whose_first_use_failed():
    def broken(y_true, y_pred):
        if not isinstance(y_pred, np.ndarray) and not hasattr(y_pred, "numpy"):
            raise RuntimeError("not in a compiled function")
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    with pytest.raises(RuntimeError, match="not in a compiled function"):
        predict(loss=broken)
    assert len(CACHE) == 0
    predict()


def test_a_program_is_dropped_by_an_error_only():
    cache = CompileCache(4)
    with cache.dropping_on_error("kept"):
        cache.get("kept", object)

    def fail():
        with cache.dropping_on_error("dropped", None):
            cache.get("dropped", object)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert len(cache) == 1


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize("n_estimators", [1, 2])
def test_an_unregistered_activation_is_fitted(n_estimators):
    def make(activation):
        parameters = {**SMALL, "n_estimators": n_estimators, "activation": activation}
        return MultiInputClassifier(**parameters).fit(X, Y).predict_proba(X)

    steep = make(lambda x: keras.ops.tanh(3 * x))
    assert not np.array_equal(steep, make(lambda x: keras.ops.tanh(2 * x)))
    np.testing.assert_allclose(make(lambda x: keras.ops.maximum(x, 0.0)), make("relu"), atol=1e-6)


def test_an_unregistered_loss_and_optimizer_are_fitted():
    class Slow(keras.optimizers.SGD):
        pass

    model = MultiInputClassifier(
        **SMALL, loss=lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1), optimizer=Slow(0.01)
    )
    assert model.fit(X, Y).predict_proba(X).shape == (len(X), 2)


def test_an_unregistered_schedule_without_a_configuration_is_fitted():
    class Inverse(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate / (1.0 + keras.ops.cast(step, "float32"))

    def predicted(**parameters):
        model = MultiInputClassifier(**SMALL, **parameters).fit(X, Y)
        expected = model.predict_proba(X)
        for copied in (clone(model).fit(X, Y), copy.deepcopy(model)):
            np.testing.assert_array_equal(copied.predict_proba(X), expected)
        return expected

    fast, slow = (predicted(optimizer=keras.optimizers.SGD(Inverse(r))) for r in (1.0, 0.001))
    assert not np.allclose(fast, slow)
    predicted(optimizer="sgd", learning_rate=Inverse(1.0))
