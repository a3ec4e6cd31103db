"""Columns whose cells databases and files hold in types of their own, as columns of plain ones."""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

# Objects that are known by their text.
_WRITTEN = (UUID, IPv4Address, IPv6Address)


def plain_frame(frame: pd.DataFrame, *, decode: bool = True) -> pd.DataFrame:
    """Return a frame of plain columns, the frame itself where it has no others."""
    plain = {}
    for position, dtype in enumerate(frame.dtypes):
        if pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.ArrowDtype):
            column = frame.iloc[:, position]
            made = plain_column(column, decode=decode)
            if made is not column:
                plain[position] = made
    if not plain:
        return frame
    columns = [plain.get(j, frame.iloc[:, j]) for j in range(frame.shape[1])]
    return pd.concat(columns, axis=1).set_axis(frame.columns, axis=1)


def plain_column(column: pd.Series, *, decode: bool = True) -> pd.Series:
    """Return a column in the type that the same values have elsewhere, else the column itself.

    Time spans in objects or Arrow become ``timedelta64``, times of day text such as "14:05:00",
    nested Arrow cells lists and dicts; enumerations become their values, addresses and UUIDs text.
    With `decode`, bytes that hold text become that text.

    Examples
    --------
    >>> import datetime
    >>> plain_column(pd.Series([datetime.time(9, 30), None])).tolist()[0]
    '09:30:00'
    >>> plain_column(pd.Series([b"yes", b"no"])).tolist()
    ['yes', 'no']
    """
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow(column, dtype, decode)
    if not pd.api.types.is_object_dtype(dtype):
        return column
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in ("timedelta", "timedelta64"):
        return pd.to_timedelta(column)
    if inferred == "time":
        return _each(column, dt.time.isoformat)
    if inferred == "bytes":
        return _decoded(column) if decode else column
    return _of_values(column) if inferred == "mixed" else column


def _from_arrow(column: pd.Series, dtype: pd.ArrowDtype, decode: bool) -> pd.Series:
    from pyarrow import types  # noqa: PLC0415 - only where a column is of Arrow

    arrow = dtype.pyarrow_dtype
    if types.is_duration(arrow):
        return column.astype("timedelta64[ns]")
    if types.is_time(arrow) or types.is_nested(arrow) or types.is_binary(arrow):
        cells = pd.Series([*column], column.index, object, column.name)
        return plain_column(cells, decode=decode)
    return column


def _each(column: pd.Series, function: Callable[[Any], Any]) -> pd.Series:
    """Return a column with a function of each cell, None where it is missing."""
    missing = _missing(column)
    cells = [None if gap else function(cell) for cell, gap in zip(column, missing, strict=True)]
    return pd.Series(cells, column.index, object, column.name)


def _missing(column: pd.Series) -> np.ndarray:
    return column.isna().to_numpy()


def _decoded(column: pd.Series) -> pd.Series:
    """Return bytes as text, unless they are none, as those of images."""
    try:
        texts = _each(column, bytes.decode)
    except UnicodeDecodeError:
        return column
    return column if any("\x00" in text for text in texts if text is not None) else texts


def _of_values(column: pd.Series) -> pd.Series:
    """Return enumerations by their values, what is known by its text as text."""
    filled = column[~_missing(column)]
    if all(isinstance(cell, Enum) for cell in filled):
        return _each(column, lambda cell: cell.value).infer_objects()
    if all(isinstance(cell, _WRITTEN) for cell in filled):
        return _each(column, str)
    return column
