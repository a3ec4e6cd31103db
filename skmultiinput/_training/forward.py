"""The compiled forward pass of an architecture."""

import threading
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._keras.backend import compile_for_any_batch, sources_of, tensors_of, to_numpy
from skmultiinput._keras.processes import prepare_process
from skmultiinput._network.build import PREDICTION


class Forward:
    """The compiled forward pass of one architecture; the weights of its model are never touched."""

    def __init__(self, model: keras.Model) -> None:
        prepare_process()
        self.model = raw_model(model)
        self.activate = activation_of(model)
        # Tracing runs the layers in Python; one thread at a time does it.
        self.lock = threading.Lock()
        self._traced: set[Any] = set()
        self._names: tuple[str, ...] = ()
        self._any_batch: Any = None

    def predict(self, weights: list[Any], batch: dict[str, np.ndarray]) -> np.ndarray:
        """Predictions of a batch, (n_samples, n_outputs); the trainable weights come first."""
        return self._call(self._compiled(batch, lambda: weights).of_values, 1, weights, batch)

    def bind(self, networks: list[keras.Model]) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
        """Return what predicts a batch by the mean of networks, with their weights at that time."""
        raw = [raw_model(network) for network in networks]
        variables = [[*model.trainable_variables, *model.non_trainable_variables] for model in raw]
        sources = [sources_of(of_one) for of_one in variables]

        def predict(batch: dict[str, np.ndarray]) -> np.ndarray:
            compiled = self._compiled(batch, lambda: tensors_of(variables[0]))
            return self._call(compiled.mean, len(sources), sources, batch)

        return predict

    def _call(
        self, function: Any, n_estimators: int, weights: list[Any], batch: dict[str, np.ndarray]
    ) -> np.ndarray:
        rows = [ops.convert_to_tensor(batch[name]) for name in self._names]
        # One row is a shape of its own to some backends.
        key = n_estimators, len(rows[0]) == 1
        return to_numpy(self.call(function, key, (weights, rows)))

    def _compiled(self, batch: dict[str, np.ndarray], weights: Callable[[], list[Any]]) -> Any:
        """Return the pass with all arguments in one flat list, compiled at the first call."""
        prepare_process()
        if self._any_batch is None:
            with self.lock:
                if self._any_batch is None:
                    self._names = tuple(batch)
                    self._any_batch = compile_for_any_batch(
                        self._forward, weights(), batch.values()
                    )
        return self._any_batch

    def _forward(self, *tensors: Any) -> Any:
        n_trained = len(self.model.trainable_variables)
        n_weights = n_trained + len(self.model.non_trainable_variables)
        inputs = dict(zip(self._names, tensors[n_weights:], strict=True))
        weights = list(tensors[:n_trained]), list(tensors[n_trained:n_weights])
        raw, _ = self.model.stateless_call(*weights, inputs, training=False)
        prediction = self.activate(raw)
        half = keras.backend.standardize_dtype(prediction.dtype) in ("float16", "bfloat16")
        return ops.cast(prediction, "float32") if half else prediction

    def call(self, function: Any, key: Any, arguments: tuple) -> Any:
        """Call a compiled function; the first calls, which trace, one thread at a time."""
        if (function, key) in self._traced:
            return function(*arguments)
        with self.lock:
            try:
                result = function(*arguments)
            except TypeError as error:
                if "symbolic" in str(error) or "traced array" in str(error):
                    error.add_note(
                        "A loss or layer of your own uses a tensor in a Python condition or loop. "
                        "Write it with keras.ops.where, keras.ops.cond or keras.ops.fori_loop."
                    )
                raise
            self._traced.add((function, key))
        return result


def raw_model(model: keras.Model) -> keras.Model:
    """Return the network without its last activation, sharing all variables."""
    if PREDICTION not in {layer.name for layer in model.layers}:
        return model
    return keras.Model(model.inputs, model.get_layer(PREDICTION).input)


def activation_of(model: keras.Model) -> Callable[[Any], Any]:
    """Return what turns the outputs of `raw_model` into predictions."""
    if PREDICTION not in {layer.name for layer in model.layers}:
        return lambda raw: raw
    return model.get_layer(PREDICTION)
