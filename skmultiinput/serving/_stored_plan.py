"""A compiled scorer as plain values and arrays, and back: no code, no names of other modules.

Only the steps and scorers of this package are written and read, by name, from one closed table.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from skmultiinput.preprocessing._column_maps import Quantiles, Standardize
from skmultiinput.preprocessing._reading.quantities import NumberFormat
from skmultiinput.serving import (
    _category_steps,
    _cell_steps,
    _date_steps,
    _lowering,
    _number_steps,
    _preprocessing_plan,
    _scorers,
)
from skmultiinput.serving._compiled_pipeline import CompiledPipeline
from skmultiinput.serving._numpy.numpy_network import NumpyNetwork
from skmultiinput.serving._preprocessing_plan import LazyObject
from skmultiinput.serving._scorers import NetworkScorer

_MODULES = (
    _category_steps,
    _cell_steps,
    _date_steps,
    _lowering,
    _number_steps,
    _preprocessing_plan,
    _scorers,
)
_TYPES: dict[str, type] = {
    name: value
    for module in _MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
} | {cls.__name__: cls for cls in (NumberFormat, Quantiles, Standardize)}
# No length, code or number of buckets of a plan is larger.
_LARGEST = 10_000_000


class NotStorableError(TypeError):
    """A part of a compiled scorer that is not of this package."""


class PlanWriter:
    """Writes a compiled scorer; collects its arrays, and the transformers that stay as they are.

    `number_of` returns the number of the network of a fitted estimator.
    """

    def __init__(self, number_of: Callable[[Any], int]) -> None:
        self.number_of = number_of
        self.arrays: dict[str, np.ndarray] = {}
        self.kept: list[Any] = []

    def __call__(self, value: Any) -> Any:
        """Return a value as JSON can hold it."""
        if value is None or type(value) in (bool, float, str):
            return value
        if type(value) is int:
            if abs(value) > _LARGEST:
                raise NotStorableError(f"the number {value}")
            return value
        if isinstance(value, np.generic):
            return self(value.item())
        if isinstance(value, (list, tuple, dict)):
            return self._container(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        return self._object(value)

    def _container(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            items: list[Any] = [[self(key), self(item)] for key, item in value.items()]
            return {"is": "dict", "items": items}
        return {"is": type(value).__name__, "items": [self(item) for item in value]}

    def _array(self, value: np.ndarray) -> Any:
        if value.dtype.kind in "fiub":
            name = f"{len(self.arrays):04d}"
            self.arrays[name] = np.ascontiguousarray(value)
            # A scalar's array has a shape of its own.
            return {"is": "array", "name": name, "shape": list(value.shape)}
        cells = [self(cell) for cell in value.ravel().tolist()]
        return {"is": "cells", "items": cells, "kind": value.dtype.kind, "shape": list(value.shape)}

    def _object(self, value: Any) -> dict[str, Any]:
        if isinstance(value, LazyObject):
            self.kept.append(value.get())
            return {"is": "kept", "number": len(self.kept) - 1}
        if isinstance(value, NetworkScorer):
            if value.network is None:
                raise NotStorableError(f"a network that runs by Keras: {value.reason}")
            return {
                "is": "network",
                "number": self.number_of(value.estimator),
                "inputs": self(value.inputs),
                "target": self(value.target),
                "groups": self(value.groups),
            }
        name = type(value).__name__
        cls: Any = _TYPES.get(name)
        if cls is not type(value):
            raise NotStorableError(f"a {name}")
        contents = {
            field.name: self(getattr(value, field.name)) for field in fields(cls) if field.init
        }
        return {"is": "object", "type": name, "fields": contents}


class PlanReader:
    """Reads what `PlanWriter` wrote; networks and kept transformers come by their numbers."""

    def __init__(
        self,
        arrays: dict[str, np.ndarray],
        network: Callable[[int], NumpyNetwork],
        kept: Callable[[int], LazyObject],
    ) -> None:
        self.arrays, self.network, self.kept = arrays, network, kept

    def __call__(self, value: Any) -> Any:
        """Return the value that was written."""
        if not isinstance(value, dict):
            if type(value) is int and abs(value) > _LARGEST:
                raise ValueError(f"The number {value} is larger than any of a compiled scorer.")
            return value
        return getattr(self, f"_{value['is']}")(value)

    def _list(self, value: dict[str, Any]) -> list[Any]:
        return [self(item) for item in value["items"]]

    def _tuple(self, value: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(self._list(value))

    def _dict(self, value: dict[str, Any]) -> dict[Any, Any]:
        return {self(key): self(item) for key, item in value["items"]}

    def _array(self, value: dict[str, Any]) -> np.ndarray:
        return self.arrays[value["name"]].reshape(value["shape"])

    def _cells(self, value: dict[str, Any]) -> np.ndarray:
        cells = self._list(value)
        if value["kind"] == "O":
            array = np.empty(len(cells), dtype=object)
            array[:] = cells
            return array.reshape(value["shape"])
        return np.array(cells).reshape(value["shape"])

    def _kept(self, value: dict[str, Any]) -> LazyObject:
        return self.kept(value["number"])

    def _network(self, value: dict[str, Any]) -> NetworkScorer:
        return NetworkScorer(
            self(value["inputs"]),
            self.network(value["number"]),
            self(value["target"]),
            None,
            self(value["groups"]),
        )

    def _object(self, value: dict[str, Any]) -> Any:
        return _TYPES[value["type"]](**{k: self(item) for k, item in value["fields"].items()})


def write_plan(
    compiled: CompiledPipeline, number_of: Callable[[Any], int]
) -> tuple[dict[str, Any], dict[str, np.ndarray], list[Any]]:
    """Return a compiled pipeline as JSON, arrays, and the transformers that are kept.

    Raises NotStorableError for a part that is not of this package, such as a step of a lowering of
    your own.
    """
    writer = PlanWriter(number_of)
    plan = {
        "scorer": writer(compiled.scorer),
        "columns": writer(compiled.columns),
        "input_columns": writer(compiled.input_columns),
    }
    return plan, writer.arrays, writer.kept


def read_plan(plan: dict[str, Any], reader: PlanReader) -> CompiledPipeline:
    """Return the compiled pipeline that `write_plan` wrote."""
    parts = {name: reader(plan[name]) for name in ("scorer", "columns", "input_columns")}
    return CompiledPipeline(**parts)
