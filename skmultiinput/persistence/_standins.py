"""Stand-ins: what skops cannot write, or only at length, described by plain arrays.

Saving makes a copy of the pipeline in which such objects are replaced by a `StandIn`. It is
written as a call with plain arguments, and that call, when loading, returns the object itself.
Each function here checks its arguments: none may describe more than it holds.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Self

import numpy as np
import pandas as pd

from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.preprocessing._column_selector import SelectedColumns

# While a file is loaded: the functions that build its networks and Keras objects by number.
LOADING: ContextVar[dict[str, Callable[[int], Any]]] = ContextVar("LOADING")
# The longest RangeIndex that is described by its ends.
LONGEST_RANGE = 1_000_000


class StandIn:
    """Something that is written as ``StandIn(kind, *arguments)``, which returns it."""

    __slots__ = ("arguments",)
    arguments: tuple[Any, ...]

    def __new__(cls, kind: str, *arguments: Any) -> Any:
        """Return what the stand-in stands for."""
        return _MAKERS[kind](*arguments)

    @classmethod
    def of(cls, *arguments: Any) -> Self:
        """Return the stand-in itself."""
        self = object.__new__(cls)
        self.arguments = arguments
        return self

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), self.arguments


def _network(
    number: int, optimizer: Any, loss: Any, leaves_biases_alone: bool, more: Any = None
) -> Any:
    model = LOADING.get()["networks"](number)
    if optimizer is not None:
        from skmultiinput._training.optimizers import exclude_from_decay  # noqa: PLC0415 - Keras

        if leaves_biases_alone:
            exclude_from_decay(optimizer)
        names = ("loss_weights", "metrics", "weighted_metrics")
        more = {name: _checked(more or {}, dict).get(name) for name in names}
        model.compile(optimizer=optimizer, loss=loss, **more)
    return model


def _keras_object(number: int) -> Any:
    return LOADING.get()["objects"](number)


def _predictor() -> Any:
    from skmultiinput._training.prediction import Predictor  # noqa: PLC0415 - it imports Keras

    # It compiles again when it is first used.
    return Predictor(None)


def _plain(text: str, form: str, shape: Any) -> Any:
    """Make a list, a tuple or an array of texts and numbers."""
    return _in_form(json.loads(text), form, shape)


def _cells(cells: list[Any], shape: Any) -> np.ndarray:
    return _in_form(_checked(cells, list), "array", shape)


def _mapping(keys: list[Any], values: list[Any]) -> dict[Any, Any]:
    return dict(zip(_checked(keys, list), _checked(values, list), strict=True))


def _dtype(name: str) -> Any:
    return pd.api.types.pandas_dtype(_checked(name, str))


def _moment(kind: str, value: Any = None, unit: Any = None, zone: Any = None) -> Any:
    if kind == "NA":
        return pd.NA
    if kind == "NaT":
        return pd.NaT
    if kind == "Timedelta":
        return pd.Timedelta(np.timedelta64(value, unit))
    moment = pd.Timestamp(np.datetime64(value, unit))
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _array(values: np.ndarray, dtype: Any) -> Any:
    _checked(values, np.ndarray)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(values, dtype=dtype)
    return pd.array(values, dtype=dtype)


def _index(values: Any, name: Any) -> pd.Index:
    # Without the dtype, pandas would turn objects that are all text into its text dtype.
    return pd.Index(values, dtype=values.dtype, name=name, copy=False)


def _range_index(start: int, stop: int, step: int, name: Any) -> pd.RangeIndex:
    index = pd.RangeIndex(start, stop, step, name=name)
    if len(index) > LONGEST_RANGE:
        raise ValueError(f"A range of {len(index)} rows is longer than any that is saved.")
    return index


def _multi_index(parts: list[pd.Index], names: list[Any]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays(parts, names=names)


def _table(columns: list[Any], index: pd.Index, names: pd.Index, single: bool) -> Any:
    for column in columns:
        _checked(column, (np.ndarray, pd.api.extensions.ExtensionArray))
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    frame.columns = names
    return frame.iloc[:, 0] if single else frame


def _selected_columns(columns: list[Any], facts: Any) -> SelectedColumns:
    return SelectedColumns(_checked(columns, list), facts)


def _column_groups(
    columns: pd.Index, dtypes: list[Any], codes: np.ndarray, inputs: list[Any]
) -> ColumnGroups:
    """Make the groups of a typed frame; `dtypes` has each distinct one once."""
    of_columns = tuple(dtypes[code] for code in _checked(codes, np.ndarray).tolist())
    if len(columns) != len(of_columns):
        raise ValueError("The columns and their dtypes do not agree.")
    return ColumnGroups(columns, of_columns, tuple(inputs))


_MAKERS: dict[str, Callable[..., Any]] = {
    "network": _network,
    "keras object": _keras_object,
    "predictor": _predictor,
    "plain": _plain,
    "cells": _cells,
    "mapping": _mapping,
    "dtype": _dtype,
    "categorical dtype": pd.CategoricalDtype,
    "moment": _moment,
    "array": _array,
    "index": _index,
    "range index": _range_index,
    "multi index": _multi_index,
    "table": _table,
    "selected columns": _selected_columns,
    "column groups": _column_groups,
}


def _checked(value: Any, types: type | tuple[type, ...]) -> Any:
    """Refuse what only describes its items, such as a range: it could be longer than any file."""
    if not isinstance(value, types):
        raise TypeError(f"Unexpected {type(value).__name__} among the parts of the pipeline.")
    return value


def _in_form(items: list[Any], form: str, shape: Any) -> Any:
    if form == "list":
        return items
    if form == "tuple":
        return tuple(items)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(tuple(shape))
