"""Networks of one architecture, evaluated in NumPy from their configuration and weights."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import skmultiinput.serving._numpy.step_layers  # noqa: F401 - it registers its layers
from skmultiinput.serving._numpy.numpy_layers import LAYERS, NoNumPyFormError, Operation

# Rows that are evaluated at once: what lies between the layers stays in the caches.
_MOST_ROWS = 512


class NumpyNetwork:
    """The mean of networks of one architecture, without Keras.

    They come as the configuration of a functional network as Keras writes it, or of several whose
    outputs are averaged, and weights in Keras's order. Raises NoNumPyFormError if a layer has no
    NumPy form.
    """

    def __init__(self, config: dict[str, Any], weights: Sequence[np.ndarray]) -> None:
        self.config, self.weights = config, list(weights)
        self._build()

    def _build(self) -> None:
        graphs = _networks_in(self.config)
        n = len(self.weights) // len(graphs)
        by_network = [self.weights[i * n : (i + 1) * n] for i in range(len(graphs))]
        if len({tuple(w.shape for w in weights) for weights in by_network}) != 1:
            raise NoNumPyFormError("its networks differ in their shapes")
        stacked = iter([np.stack(values) for values in zip(*by_network, strict=True)])
        try:
            self._steps, self._output = _compile(graphs[0], stacked)
        except StopIteration:
            raise NoNumPyFormError("it has fewer weights than its layers need") from None
        if next(stacked, None) is not None:
            raise NoNumPyFormError("it has more weights than its layers need")

    def __call__(self, inputs: dict[str, np.ndarray], n_rows: int) -> np.ndarray:
        """Predict rows, an ndarray (n_rows, n_outputs)."""
        if n_rows <= _MOST_ROWS:
            return self._predict(inputs)
        parts = [
            self._predict({name: values[i : i + _MOST_ROWS] for name, values in inputs.items()})
            for i in range(0, n_rows, _MOST_ROWS)
        ]
        return np.concatenate(parts)

    def _predict(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        values = {name: array[None] for name, array in inputs.items()}
        for name, operation, read in self._steps:
            values[name] = operation(*read(values))
        outputs = values[self._output]
        return outputs[0] if len(outputs) == 1 else outputs.mean(axis=0)

    def __getstate__(self) -> dict[str, Any]:
        return {"config": self.config, "weights": self.weights}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._build()


Reader = Callable[[dict[str, np.ndarray]], list[Any]]


def _networks_in(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the networks that one network averages, or itself."""
    layers = config["config"]["layers"]
    inner = [entry for entry in layers if entry["class_name"] == "Functional"]
    others = {entry["class_name"] for entry in layers} - {"Functional", "InputLayer"}
    if inner and others == {"Average"}:
        return inner
    return [config]


def _compile(
    graph: dict[str, Any], weights: Iterator[np.ndarray]
) -> tuple[list[tuple[str, Operation, Reader]], str]:
    """Return the layers as (name, operation, what reads its inputs), and the last one's name."""
    steps = []
    for entry in graph["config"]["layers"]:
        operation = _operation(entry, weights)
        if operation is None:
            continue
        nodes = entry["inbound_nodes"]
        if len(nodes) != 1 or set(nodes[0]["kwargs"]) - {"mask", "training"}:
            raise NoNumPyFormError(f"the layer {entry['name']} is called in more than one way")
        if nodes[0]["kwargs"].get("mask") is not None:
            raise NoNumPyFormError(f"the layer {entry['name']} is called with a mask")
        steps.append((entry["name"], operation, _reader(nodes[0]["args"])))
    outputs = graph["config"]["output_layers"]
    while isinstance(outputs[0], list):
        if len(outputs) != 1:
            raise NoNumPyFormError("it has several outputs")
        outputs = outputs[0]
    return steps, outputs[0]


def _operation(entry: dict[str, Any], weights: Iterator[np.ndarray]) -> Operation | None:
    """Make the operation of a layer; inputs have none."""
    name, config = entry["class_name"], entry["config"]
    if name == "InputLayer":
        return None
    is_ours = str(entry.get("registered_name") or "").startswith("skmultiinput>")
    if name not in LAYERS or not (is_ours or str(entry.get("module")).startswith("keras.layers")):
        raise NoNumPyFormError(f"the layer {entry.get('name', name)} ({name}) has no NumPy form")
    dtype = config.get("dtype")
    dtype = dtype["config"].get("name") if isinstance(dtype, dict) else dtype
    if dtype not in ("float32", None):
        raise NoNumPyFormError(f"the layer {entry.get('name', name)} computes in {dtype}")
    return LAYERS[name](config, weights)


def _reader(arguments: list[Any]) -> Reader:
    """Return the function that finds the inputs of a layer among the tensors by name."""
    if all(map(_is_tensor, arguments)):
        sources = list(map(_source, arguments))
        return lambda values: [values[source] for source in sources]
    if len(arguments) == 1 and isinstance(arguments[0], list):
        names = [_source(argument) for argument in arguments[0]]
        return lambda values: [[values[name] for name in names]]
    raise NoNumPyFormError("a layer has other inputs than tensors")


def _is_tensor(argument: Any) -> bool:
    return isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__"


def _source(argument: Any) -> str:
    """Return the name of the layer that a tensor comes from."""
    if not _is_tensor(argument):
        raise NoNumPyFormError("a layer has other inputs than tensors")
    name, node, _tensor = argument["config"]["keras_history"]
    if node != 0:
        raise NoNumPyFormError(f"the layer {name} is called more than once")
    return name
