"""Columns of any dtype read as numbers, and the values in them that stand for "missing"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.labels import plain_text
from skmultiinput.preprocessing._reading.numbers import are_levels, is_missing_word, unreadable
from skmultiinput.preprocessing._reading.quantities import NumberFormat, find_format
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Least number of rows of a value that stands for "missing", and of other rows; how many times the
# largest of these it is at least.
_REPEATED = 3
_OTHER_ROWS = 20
_TIMES_LARGER = 1.2
# Ends of integer types; the other values that stand for "missing" repeat one digit.
_ENDS = frozenset({-32768.0, 32767.0, -2147483648.0, 2147483647.0, 65535.0, 4294967295.0})


@dataclass
class ReadColumn:
    """A column read as numbers.

    Attributes
    ----------
    numbers : ndarray of float64, shape (n_samples, n_numbers)
    n_filled : int
        Number of text cells that do not mean "missing", here or in fit.
    n_unreadable : int
        How many of them could not be read.
    example : str
        One of those.
    """

    numbers: np.ndarray
    n_filled: int = 0
    n_unreadable: int = 0
    example: str = ""


def column_format(column: pd.Series, order: Iterable[object] | None = None) -> NumberFormat:
    """Find how a column is read as numbers; `order` lists its levels, the lowest first."""
    dtype = column.dtype
    if order is None and isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
        order = dtype.categories
    if order is not None:
        return NumberFormat("order", order=tuple(plain_text(level).strip() for level in order))
    if pd.api.types.is_numeric_dtype(dtype) or getattr(dtype, "kind", "O") in "mM":
        return NumberFormat()
    try:
        cells = column.value_counts()
    except TypeError:
        return NumberFormat()  # lists and the like: reading them raises the error
    cells = cells[[isinstance(cell, str) for cell in cells.index]]
    texts = TextCounts(cells.index, cells.to_numpy(np.int64))
    number_format, share = find_format(texts)
    if not 0 < share < 1 or number_format.form == "order":
        return number_format if share else NumberFormat()
    words = texts.where(unreadable(texts.texts, number_format.read(texts.texts)))
    return replace(number_format, words=tuple(words.texts) if are_levels(words) else ())


def read_column(column: pd.Series, number_format: NumberFormat) -> ReadColumn:
    """Read one column as float64, NaN where a cell is missing or not a number."""
    if number_format.form != "order":
        if pd.api.types.is_timedelta64_dtype(column.dtype):
            column = column.dt.total_seconds()
        if pd.api.types.is_numeric_dtype(column.dtype):
            gaps: Any = {} if isinstance(column.dtype, np.dtype) else {"na_value": np.nan}
            # Of several numbers in a cell, only the first is known.
            numbers = np.full((len(column), len(number_format.suffixes)), np.nan)
            numbers[:, 0] = column.to_numpy(dtype=np.float64, **gaps)
            return ReadColumn(numbers)
    codes: np.ndarray
    cells: Any
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, cells = column.cat.codes.to_numpy(), column.cat.categories
    else:
        try:
            codes, cells = pd.factorize(column)
        except TypeError:  # cells that cannot be compared, such as lists
            codes, cells = np.arange(len(column)), column.to_numpy()
    return _read_levels(codes, np.asarray(cells, dtype=object), number_format, column.name)


def _read_levels(
    codes: np.ndarray, cells: np.ndarray, number_format: NumberFormat, name: object
) -> ReadColumn:
    if number_format.form == "order":
        cells = np.array([plain_text(cell) for cell in cells], dtype=object)
    is_text = np.array([isinstance(cell, str) for cell in cells], dtype=bool)
    table = np.full((len(cells) + 1, len(number_format.suffixes)), np.nan)
    table[:-1][is_text] = number_format.read(cells[is_text])
    for i in np.flatnonzero(~is_text):
        try:
            table[i, 0] = float(cells[i])
        except OverflowError:  # like text with so many digits: beyond 64 bits
            pass
        except (TypeError, ValueError):
            raise TypeError(
                f"Column {name!r} holds {type(cells[i]).__name__} {cells[i]!r:.40}, expected "
                "numbers or text that can be read as numbers."
            ) from None
    read = ReadColumn(table[codes])
    texts = cells[is_text]
    unread = unreadable(texts, table[:-1][is_text])
    if unread.any():
        counts = np.bincount(codes[codes >= 0], minlength=len(cells))
        unread &= [text not in number_format.words for text in texts]
        words = [is_missing_word(text) or text in number_format.words for text in texts]
        read.n_filled = int(counts.sum() - counts[is_text][words].sum())
        read.n_unreadable = int(counts[is_text][unread].sum())
        read.example = str(next(iter(texts[unread]), ""))
    return read


def find_sentinels(values: np.ndarray) -> list[float]:
    """Find numbers that stand for "missing": repeated, and far outside of the others.

    Examples
    --------
    >>> find_sentinels(np.array([*range(40), 999.0, 999.0, 999.0]))
    [999.0]
    """
    values = values[~np.isnan(values)]
    if len(values) < _OTHER_ROWS + _REPEATED:
        return []
    ends = [end for end in (values.min(), values.max()) if _may_be_sentinel(end)]
    sentinels: list[float] = []
    while ends:
        value = ends.pop()
        rest = values[values != value]
        if len(values) - len(rest) < _REPEATED or len(rest) < _OTHER_ROWS:
            continue
        low, high = rest.min(), rest.max()
        is_far = min(abs(value - low), abs(value - high)) > high - low
        # The year 99 beside 92 and 95 is no sentinel.
        if low < high and is_far and abs(value) > _TIMES_LARGER * max(-low, high):
            sentinels.append(float(value))
            values = rest
            ends = [end for end in (low, high) if _may_be_sentinel(end)]
    return sorted(sentinels)


def _may_be_sentinel(value: float) -> bool:
    digits = f"{abs(value):.0f}" if abs(value) < 1e15 and value == np.floor(value) else ""
    nines = len(digits) > 1 and set(digits) == {"9"}
    # Surveys tell "refused" from "unknown" by eights and sevens.
    return value in _ENDS or nines or (len(digits) > 2 and set(digits) in ({"8"}, {"7"}))


def without(values: np.ndarray, sentinels: Sequence[float]) -> np.ndarray:
    """Return values with NaN in place of the sentinels."""
    return np.where(np.isin(values, sentinels), np.nan, values) if len(sentinels) else values
