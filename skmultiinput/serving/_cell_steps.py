"""Lowered steps on texts and sequences: cells to codes of tokens, or to boxes of numbers."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np

from skmultiinput.frame._column_arrays import MISSING
from skmultiinput.preprocessing._reading.lists import parse_list, split_levels
from skmultiinput.preprocessing._reading.words import split_words
from skmultiinput.serving._rows import Cells, UnusualRowsError, is_gap, stack_columns

PAD_CODE, UNKNOWN_CODE = 0, 1


@dataclass
class Words:
    """Texts to codes of words, then of pairs of words; each column has a fixed number of codes."""

    codes_of: list[dict[str, int]]
    lengths: list[int]
    lowercase: bool
    pairs: bool

    def __call__(self, cells: Cells) -> np.ndarray:
        return code_columns(self._codes, cells, self.codes_of, self.lengths)

    def _codes(self, cell: Any, codes_of: dict[str, int]) -> list[int]:
        if is_gap(cell):
            return []
        if type(cell) is not str:
            raise UnusualRowsError
        text = cell if cell.isascii() else unicodedata.normalize("NFC", cell)
        words = split_words(text.lower() if self.lowercase else text)
        codes = [codes_of.get(word, UNKNOWN_CODE) for word in words]
        if self.pairs:
            pair_codes = (codes_of.get(f"{a} {b}", PAD_CODE) for a, b in pairwise(words))
            codes += [code for code in pair_codes if code != PAD_CODE]
        return codes


@dataclass
class NumberSequences:
    """Lists of numbers to boxes of steps, scaled, with a mask as the last channel.

    For each column, `lengths` has the number of steps, and `means`, (n_channels,), what missing
    values become.
    """

    lengths: list[int]
    means: list[np.ndarray]
    scalers: list[Any]
    padding: str
    truncation: str

    def __call__(self, cells: Cells) -> np.ndarray:
        boxes = []
        for j, column in enumerate(cells):
            n_channels = len(self.means[j])
            box = np.zeros((len(column), self.lengths[j], n_channels + 1), dtype=np.float32)
            for row, cell in zip(box, column, strict=True):
                self._place(row, read_numbers(cell, n_channels), j)
            boxes.append(box.reshape(len(column), -1))
        return stack_columns(boxes)

    def _place(self, row: np.ndarray, steps: np.ndarray, j: int) -> None:
        steps, start = cut(steps, self.lengths[j], self.padding, self.truncation)
        if not len(steps):
            return
        missing = np.isnan(steps)
        seen = ~missing.all(axis=1)
        values = np.where(missing, self.means[j], steps)[seen]
        if self.scalers[j] is not None and len(values):
            values = self.scalers[j](values)
        positions = start + np.flatnonzero(seen)
        row[positions, :-1] = values
        row[positions, -1] = 1


def cut(values: Any, length: int, padding: str, truncation: str) -> tuple[Any, int]:
    """Return what of a sequence has a place, and where it begins."""
    if len(values) > length:
        return (values[-length:] if truncation == "pre" else values[:length]), 0
    return values, (length - len(values) if padding == "pre" else 0)


def read_numbers(cell: Any, n_channels: int) -> np.ndarray:
    """Return a cell as float64 of shape (n_steps, n_channels); what is no list is unusual."""
    if is_gap(cell):
        return np.empty((0, n_channels))
    if type(cell) is str:
        cell = parse_list(cell)
    _check_list(cell, n_channels)
    try:
        steps = np.asarray(cell, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise UnusualRowsError from None
    if not steps.size:
        return np.empty((0, n_channels))
    steps = steps.reshape(len(steps), -1) if steps.ndim in (1, 2) else steps
    if steps.ndim != 2 or steps.shape[1] != n_channels or np.isinf(steps).any():
        raise UnusualRowsError
    return steps


def _check_list(cell: Any, n_channels: int) -> None:
    """Raise if a cell is no list or array of numbers."""
    if isinstance(cell, np.ndarray) and cell.dtype.kind in "fiu":
        return
    if not isinstance(cell, (list, tuple)):
        raise UnusualRowsError
    kinds = set(map(type, cell))
    if n_channels > 1:
        if not kinds <= {list, tuple}:
            raise UnusualRowsError
        kinds = set(map(type, chain.from_iterable(cell)))
    if not kinds <= {int, float, type(None)}:
        raise UnusualRowsError


@dataclass
class CategorySequences:
    """Lists of categories to codes; `separators` stand between those that are text."""

    codes_of: list[dict[str, int]]
    lengths: list[int]
    separators: list[str | None]
    padding: str
    truncation: str

    def __call__(self, cells: Cells) -> np.ndarray:
        lists = [
            [_as_list(cell, separator) for cell in column]
            for column, separator in zip(cells, self.separators, strict=True)
        ]
        sides = {"padding": self.padding, "truncation": self.truncation}
        return code_columns(_category_codes, lists, self.codes_of, self.lengths, **sides)


def _as_list(cell: Any, separator: str | None) -> Any:
    """Return a list of categories that is written as text as a list, any other cell as it is."""
    if type(cell) is not str:
        return cell
    if separator is not None or not cell.strip():
        return split_levels(cell, separator or ";")
    parsed = parse_list(cell)
    return cell if parsed is None else parsed


def _category_codes(cell: Any, codes_of: dict[str, int]) -> list[int]:
    if is_gap(cell):
        return []
    known = {str, int, float, type(None)}
    if not isinstance(cell, (list, tuple)) or not set(map(type, cell)) <= known:
        raise UnusualRowsError
    return [codes_of.get(_name(value), UNKNOWN_CODE) for value in cell]


def _name(value: Any) -> str:
    """Return a category of a list; a whole number as an id is written."""
    if is_gap(value):
        return MISSING
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def code_columns(
    encode: Callable[[Any, dict[str, int]], list[int]],
    cells: Cells,
    codes_of: list[dict[str, int]],
    lengths: list[int],
    *,
    padding: str = "post",
    truncation: str = "post",
) -> np.ndarray:
    """Return the codes of cells, (n_rows, n_codes), as many for each column as its length says."""
    boxes = []
    for column, codes_of_column, length in zip(cells, codes_of, lengths, strict=True):
        box = np.zeros((len(column), length), dtype=np.int32)
        for row, cell in zip(box, column, strict=True):
            codes, start = cut(encode(cell, codes_of_column), length, padding, truncation)
            row[start : start + len(codes)] = codes
        boxes.append(box)
    return stack_columns(boxes)
