"""Rows to score: a dict, dicts or a table, as columns of cells."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# Dtypes of pandas whose cells, as Python's own values, mean what the column means.
_PLAIN_DTYPES = frozenset(
    {"object", "str", "string", "float64", "int64", "bool", "category"}
    | {f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns")}
)
# The cells of each column.
Cells = list[list[Any]]


class UnusualRowsError(Exception):
    """Rows that lowered steps leave to the pipeline's own preprocessing.

    It gives the answer that the pipeline gives, its warning or its error.
    """


class Rows:
    """Rows that can be read as columns of cells, or as one DataFrame."""

    def __init__(self, table: Any, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = columns
        self.n_rows = 1 if isinstance(table, Mapping) else len(table)

    def cells(self, name: str) -> list[Any]:
        """Return the cells of a column; raise where its dtype gives them another meaning."""
        table = self.table
        if isinstance(table, Mapping):
            return [table[name]]
        if isinstance(table, list):
            return [row[name] for row in table]
        column = table[name]
        dtype = str(column.dtype)
        if dtype not in _PLAIN_DTYPES or (dtype == "category" and column.cat.ordered):
            raise UnusualRowsError
        return column.tolist()

    def frame(self) -> Any:
        """Return the rows as a DataFrame of pandas."""
        import pandas as pd  # noqa: PLC0415 - one dict needs no pandas

        if isinstance(self.table, pd.DataFrame):
            return self.table
        rows = [self.table] if isinstance(self.table, Mapping) else self.table
        return pd.DataFrame([{name: row[name] for name in self.columns} for row in rows])


def read_rows(X: Any, columns: Sequence[str]) -> Rows:
    """Read what is to be scored: any table, a dict, or a list of dicts; columns beyond are ignored.

    No row, or one that lacks a column, raises ValueError; anything else TypeError.
    """
    if isinstance(X, Mapping):
        if not X.keys() >= set(columns):
            _name_missing(X, columns, "The row")
        return Rows(X, columns)
    if isinstance(X, (list, tuple)) and X and all(isinstance(row, Mapping) for row in X):
        needed = set(columns)
        for number, row in enumerate(X):
            if not row.keys() >= needed:
                _name_missing(row, columns, f"Row {number}")
        return Rows(list(X), columns)
    return _read_table(X, columns)


def _read_table(X: Any, columns: Sequence[str]) -> Rows:
    if hasattr(X, "to_pandas"):  # polars, Arrow
        X = X.to_pandas()
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(X, pandas.DataFrame):
        if isinstance(X, (list, tuple)) and not X:
            raise ValueError("Found no row to score: expected at least one, got an empty list.")
        raise TypeError(
            "Expected a dict, a list of dicts, or a DataFrame or Arrow table with the columns "
            f"{list(columns)[:5]} ..., got {type(X).__name__}."
        )
    if not len(X):
        raise ValueError(
            f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    absent = [name for name in columns if name not in X.columns]
    if absent:
        raise ValueError(f"columns are missing: {absent}. Got the columns {list(X.columns)}.")
    if not X.columns.is_unique:
        from skmultiinput._checks import check_unique_columns  # noqa: PLC0415 - rare

        check_unique_columns(X.columns)
    return Rows(X, columns)


def _name_missing(row: Mapping[str, Any], columns: Sequence[str], what: str) -> None:
    from skmultiinput._checks import suggest  # noqa: PLC0415 - it waits for scikit-learn

    absent = [name for name in columns if name not in row]
    hint = suggest(absent[0], [str(name) for name in row if name not in columns])
    raise ValueError(
        f"{what} lacks {', '.join(map(repr, absent))}{hint} A missing value is written as None."
    )


def is_gap(cell: Any) -> bool:
    """Return whether a cell is None or NaN; only for cells that are no containers."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def stack_columns(columns: list[np.ndarray]) -> np.ndarray:
    """Concatenate columns, (n_rows, n_columns)."""
    return columns[0] if len(columns) == 1 else np.concatenate(columns, axis=1)
