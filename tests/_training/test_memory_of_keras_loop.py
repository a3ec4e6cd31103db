"""Fits that Keras runs leave nothing behind: no graph, no rows, no network."""

import gc
import weakref
from collections import Counter

import keras
import pytest
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier

X, Y = small_table()
TENSORFLOW_GRAPHS = ("FuncGraph", "Operation", "SymbolicTensor", "AtomicFunction", "EagerTensor")


class OwnAdam(keras.optimizers.Adam):
    """Trains as Adam does, which only Keras can know."""


class Batches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def live():
    gc.collect()
    names = Counter(type(thing).__name__ for thing in gc.get_objects())
    return {name: names[name] for name in TENSORFLOW_GRAPHS}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="counts TensorFlow's graphs")
@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"optimizer": "adam", "optimizer__amsgrad": True}, marks=pytest.mark.slow),
        {"optimizer": "ftrl"},
        pytest.param({"optimizer": OwnAdam}, marks=pytest.mark.slow),
        {"callbacks": Batches, "activation": "silu"},
    ],
    ids=["amsgrad", "ftrl", "own", "callback"],
)
def test_graphs_do_not_pile_up(params):
    def fit():
        model = MultiInputClassifier(**{**SMALL, "epochs": 1, "early_stopping": False, **params})
        return weakref.ref(model.fit(X, Y).model_)

    fit()
    before = live()
    networks = [fit() for _ in range(2)]
    assert live() == before
    assert [network() for network in networks] == [None, None]
