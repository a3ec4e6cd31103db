"""Reading cells that are lists of numbers, lists of vectors, arrays or lists of categories."""

from math import isnan
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.frame._column_groups import MISSING
from skmultiinput.preprocessing._cell_encoder import place
from skmultiinput.preprocessing._reading.labels import is_blank_cell
from skmultiinput.preprocessing._reading.lists import (
    find_separator,
    looks_like_list,
    parse_list,
    split_levels,
)
from skmultiinput.preprocessing._reading.text_counts import TextCounts

_LISTS = (list, tuple, np.ndarray, range, pd.Series, pd.DataFrame, pd.Index)


def separator_of(column: pd.Series) -> str | None:
    """Return what separates levels in the text of a column that is not written as lists, or None.

    Examples
    --------
    >>> separator_of(pd.Series(["red; green", "red"])), separator_of(pd.Series(["[1, 2]", "[3]"]))
    (';', None)
    """
    texts = [cell for cell in column if isinstance(cell, str) and not is_blank_cell(cell)]
    if all(map(looks_like_list, texts)):
        return None
    return find_separator(TextCounts(texts))


def read_lists(column: pd.Series, separator: str | None = None) -> list[np.ndarray]:
    """Return the cells of a column as arrays of one or two dimensions, empty where missing.

    They hold numbers, or objects where a cell holds anything else. With a separator, text is a list
    of levels. A cell that is no list raises TypeError, one whose vectors differ in length
    ValueError, with the column and the row.
    """
    missing = column.isna().to_numpy()
    nothing = np.empty(0)

    def read(cell: Any, row: int) -> np.ndarray:
        if separator is not None and isinstance(cell, str):
            return np.array(split_levels(cell, separator), dtype=object)
        return _as_array(cell, column, row)

    return [
        nothing if gone or is_blank_cell(cell) else read(cell, row)
        for row, (cell, gone) in enumerate(zip(column.to_numpy(dtype=object), missing, strict=True))
    ]


def _holds_categories(cell: Any) -> bool:
    """Return whether an array read by `read_lists` has a text in it."""
    kind = cell.dtype.kind
    return kind == "U" or (kind == "O" and any(isinstance(v, str) for v in cell.flat))


def _as_numbers(cell: Any, column: pd.Series, row: int) -> np.ndarray:
    """Return an array read by `read_lists` as float64 of shape (n_steps, n_channels)."""
    if not cell.size:
        return np.empty((0, 0))
    kind = "V" if _holds_categories(cell) else cell.dtype.kind
    if kind == "O":
        # pandas.NA and None are missing measurements.
        values = np.where(pd.isna(cell), np.nan, cell)
        try:
            cell = values.astype(np.float64)
        except OverflowError:
            raise ValueError(
                f"Expected numbers of 64 bits, got one that is larger in {place(column, row)}."
            ) from None
        except (TypeError, ValueError):
            kind = "V"
    if kind not in "biufO":
        what = "dates or durations" if kind in "mM" else f"{cell.flat[0]!r:.40}"
        raise TypeError(
            f"Expected numbers, got {what} in {place(column, row)}. Lists of categories are read "
            "with kind='categories' if every row holds categories."
        )
    return cell.astype(np.float64, copy=False).reshape(len(cell), -1)


def as_categories(cells: list, column: pd.Series) -> list[list[str]]:
    """Return the cells, as `read_lists` gives them, as lists of str, ``<missing>`` for gaps."""
    for row, cell in enumerate(cells):
        if cell.ndim > 1 and cell.size:
            raise ValueError(
                f"Expected a flat list of categories, got an array of shape {cell.shape} in "
                f"{place(column, row)}. Split it into one column per channel."
            )
    return [[_label(value) for value in cell.tolist()] for cell in cells]


def stack_steps(
    cells: list, column: pd.Series, n_channels: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Concatenate the steps of all cells, as `read_lists` returns them.

    Returned are (n_steps, n_channels), NaN where a measurement is missing, and the lengths of the
    cells. The column names a cell that is wrong, such as one that has not `n_channels` as seen in
    `fit`.
    """
    arrays = [_as_numbers(cell, column, row) for row, cell in enumerate(cells)]
    lengths = np.fromiter(map(len, arrays), dtype=np.int64, count=len(arrays))
    expected = "as in fit"
    for row in map(int, np.flatnonzero(lengths)):
        width = arrays[row].shape[1]
        if n_channels is None:
            n_channels, expected = width, f"as in {place(column, row)}"
        if width != n_channels:
            raise ValueError(
                f"Expected steps of {n_channels} channel(s) {expected}, got {width} in "
                f"{place(column, row)}."
            )
    n_channels = 1 if n_channels is None else n_channels
    steps = np.concatenate([np.empty((0, n_channels)), *(a for a in arrays if len(a))])
    infinite = np.isinf(steps).any(axis=1)
    if infinite.any():
        row = int(np.repeat(np.arange(len(cells)), lengths)[infinite.argmax()])
        raise ValueError(
            f"Expected finite or missing numbers, got an infinite one in {place(column, row)}."
        )
    return steps, lengths


def kind_of(cells: list, column: pd.Series) -> str:
    """Return whether the cells of a column are "numeric" or "categories"."""
    categories = [cell.size > 0 and _holds_categories(cell) for cell in cells]
    numbers = [
        not s and cell.size > 0 and not pd.isna(cell).all()
        for s, cell in zip(categories, cells, strict=True)
    ]
    if any(categories) and any(numbers):
        raise ValueError(
            f"Expected numbers only or categories only, got numbers in "
            f"{place(column, numbers.index(True))} and text in "
            f"{place(column, categories.index(True))}. Set kind='categories' if the numbers are "
            "ids."
        )
    return "categories" if any(categories) else "numeric"


def flat_numbers(cells: list) -> np.ndarray:
    """Return the numbers of lists, without gaps; none if any holds something else."""
    filled = [cell for cell in cells if cell.size]
    if not filled or any(cell.ndim > 1 or cell.dtype.kind not in "iufO" for cell in filled):
        return np.empty(0)
    try:
        numbers = pd.to_numeric(pd.Series(np.concatenate(filled)), errors="coerce")
        values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    except (OverflowError, TypeError):  # cells that are named when they are read
        return np.empty(0)
    return values[np.isfinite(values)]


def _label(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return MISSING
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_, Integral)):
        # A list of ids that had a gap somewhere has become one of floats.
        number = float(value)
        return MISSING if isnan(number) else str(int(number) if number.is_integer() else value)
    return str(value)


def _as_array(cell: Any, column: pd.Series, row: int) -> np.ndarray:
    if isinstance(cell, str):
        parsed = parse_list(cell)
        cell = cell if parsed is None else parsed
    if not isinstance(cell, _LISTS):
        hint = (
            "Text is read if it is written like '[1, 2]', '1 2 3' or 'red; green'."
            if isinstance(cell, str)
            else "For a matrix with one sequence per row pass a list of its rows."
        )
        raise TypeError(
            f"Expected a list of numbers, vectors or categories, or an array of shape (time, "
            f"channel), got {type(cell).__name__} {cell!r:.40} in {place(column, row)}. {hint}"
        )
    if isinstance(cell, (pd.Series, pd.DataFrame, pd.Index)):
        cell = cell.to_numpy()
    try:
        values = np.asarray(cell)
    except ValueError:
        values = _with_missing_steps(cell, column, row)
    if values.ndim not in (1, 2):
        raise ValueError(
            f"Expected a list of numbers or of vectors, got an array of shape {values.shape} in "
            f"{place(column, row)}."
        )
    if values.dtype.kind == "U" and not isinstance(cell, np.ndarray):
        # numpy makes text of a whole list that has one text in it; each value stays what it is.
        values = np.fromiter(cell, dtype=object, count=len(cell)) if values.ndim == 1 else values
    return values


def _with_missing_steps(cell: Any, column: pd.Series, row: int) -> np.ndarray:
    """Return a list of vectors some of which are missing as an array, those steps NaN."""
    vectors = [step for step in cell if isinstance(step, _LISTS)]
    widths = {len(step) for step in vectors}
    is_missing = [not isinstance(step, _LISTS) and bool(pd.isna(step)) for step in cell]
    if len(widths) == 1 and len(vectors) + sum(is_missing) == len(cell):
        empty = [np.nan] * widths.pop()
        try:
            return np.asarray([empty if g else s for s, g in zip(cell, is_missing, strict=True)])
        except ValueError:
            pass  # deeper nesting, reported below
    lengths = sorted({len(s) if isinstance(s, _LISTS) else 0 for s in cell})
    raise ValueError(
        f"Expected steps with the same number of channels, got steps of {lengths} values in "
        f"{place(column, row)}."
    )
