"""Predict with a network, or with the mean of several, by the compiled forward pass."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import PREDICTION
from skmultiinput._network.copying import copy_network
from skmultiinput._network.ensemble import networks_of
from skmultiinput._network.weights import keeps_constants
from skmultiinput._training.compile_cache import CACHE
from skmultiinput._training.forward import Forward, activation_of, raw_model

# Values that one call may compute per layer: large enough to be fast, small enough for any memory.
CHUNK_VALUES = 2**23
MAX_CHUNK = 4096
# A step of this many rows is fast enough, however wide they are.
MIN_CHUNK = 32

Predict = Callable[[dict[str, np.ndarray]], np.ndarray]


def forward_key(key: Any) -> Any:
    """Return the key of a network's forward pass in the compile cache, None if it is not shared."""
    return key and ("forward", key, keras.config.floatx(), keras.config.dtype_policy().name)


def forward_of(model: keras.Model, key: Any) -> Forward:
    """Return the compiled forward pass of a network.

    Networks with equal keys share it: `key` is all that is built into the graph, or None.
    """
    if key is None:
        return Forward(model)
    # A cached graph outlives this network, and the user may change the network.
    return CACHE.get(forward_key(key), lambda: Forward(copy_network(model)))


class Predictor:
    """Predicts with a network by its compiled forward pass.

    `key` is all that is built into the graph of the network, or into the graphs of each of several.
    """

    def __init__(self, key: Any) -> None:
        self.key = key
        self._bound: tuple[keras.Model, Predict, int] | None = None
        self._raw: tuple[keras.Model, list[tuple[Predictor, keras.Model]]] | None = None

    def __call__(self, model: keras.Model, inputs: dict[str, np.ndarray], n_rows: int) -> Any:
        """Predict ``n_rows`` rows of `inputs`, an ndarray (n_rows, n_outputs).

        Of a network with several outputs, a list or dict of these.
        """
        if len(model.outputs) > 1:
            chunk = rows_per_chunk(model)
            starts = range(0, max(n_rows, 1), chunk)
            slices = [{k: v[i : i + chunk] for k, v in inputs.items()} for i in starts]
            return concatenate([model.predict_on_batch(part) for part in slices])
        with CACHE.dropping_on_error(forward_key(self.key)):
            if self._bound is None or self._bound[0] is not model:
                networks = networks_of(model)
                chunk = rows_per_chunk(networks[0])
                self._bound = (model, _bind(networks, self.key), chunk)
            _, predict, chunk = self._bound
            return predict_in_chunks(predict, inputs, n_rows, chunk=chunk)

    def before_activation(
        self, model: keras.Model, inputs: dict[str, np.ndarray], n_rows: int
    ) -> list[np.ndarray]:
        """Predict the outputs of each network before their activation.

        With members, an array is of shape (n_rows, n_members, n_outputs).
        """
        if self._raw is None or self._raw[0] is not model:
            key = self.key and ("before activation", self.key)
            parts = [(Predictor(key), raw_model(network)) for network in networks_of(model)]
            self._raw = (model, parts)
        return [predictor(network, inputs, n_rows) for predictor, network in self._raw[1]]

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key, "_bound": None, "_raw": None}


def concatenate(parts: list[Any]) -> Any:
    """Concatenate the predictions of parts of the rows: arrays, or lists or dicts of arrays."""
    if len(parts) == 1:
        return parts[0]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _bind(networks: list[keras.Model], key: Any) -> Predict:
    """Return a function that predicts a batch by the mean of networks."""
    if len(networks) == 1 or not any(map(keeps_constants, networks)):
        return forward_of(networks[0], key).bind(networks)
    # Their constants are compiled in, and differ.
    alone = [Forward(network).bind([network]) for network in networks]
    return lambda batch: np.mean([predict(batch) for predict in alone], axis=0)


def activated(network: keras.Model, raw: np.ndarray) -> list[np.ndarray]:
    """Return the predictions of each member of a network, (n_rows, n_outputs).

    `raw` are its outputs before their activation, (n_rows, n_outputs) or (n_rows, n_members,
    n_outputs), as `Predictor.before_activation` gives them.
    """
    if raw.ndim == 2:
        return [to_numpy(activation_of(network)(raw))]
    activate = keras.activations.get(network.get_layer(PREDICTION).activation)
    members = to_numpy(activate(keras.ops.convert_to_tensor(raw)))
    return list(np.moveaxis(members, 1, 0))


def rows_per_chunk(network: keras.Model) -> int:
    """Return how many rows to predict at once: fewer, the wider the widest layer is."""
    widths = [1]
    for layer in network.layers:
        for tensor in keras.tree.flatten(layer.output):
            shape = [size for size in tensor.shape[1:] if size is not None]
            widths.append(int(np.prod(shape)) * getattr(layer, "n_members", 1))
    return int(np.clip(CHUNK_VALUES // max(widths), MIN_CHUNK, MAX_CHUNK))


def predict_in_chunks(
    predict: Predict,
    inputs: dict[str, np.ndarray],
    n_rows: int,
    rows: np.ndarray | None = None,
    chunk: int = MAX_CHUNK,
) -> np.ndarray:
    """Predict any number of rows in bounded memory, `chunk` rows per call, (n_rows, n_outputs).

    `rows` are numbers of rows of the inputs; the first `n_rows` if None.
    """
    parts = []
    for i in range(0, max(n_rows, 1), chunk):
        part = slice(i, i + chunk) if rows is None else rows[i : i + chunk]
        parts.append(predict({name: values[part] for name, values in inputs.items()}))
    return concatenate(parts)
