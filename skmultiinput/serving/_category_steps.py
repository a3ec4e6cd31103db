"""Lowered steps on categories: cells to codes, codes to numbers."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmultiinput.preprocessing._reading.labels import cell_label, hash_labels, is_blank
from skmultiinput.preprocessing._reading.parts import part_of
from skmultiinput.preprocessing._target_encoding.cross_fitting import with_pairs
from skmultiinput.serving._rows import Cells, UnusualRowsError, is_gap

_EXACT = 2**53


@dataclass
class Labels:
    """Cells to codes in the vocabularies of `CategoryEncoder`.

    For each column, `codes_of` has the code of each level, `parts` the part of a text that is the
    level. `unknown` and `missing` are codes.
    """

    codes_of: list[dict[str, int]]
    parts: list[str | None]
    unknown: int
    missing: int

    def __call__(self, cells: Cells) -> np.ndarray:
        columns = []
        for column, codes_of, part in zip(cells, self.codes_of, self.parts, strict=True):
            levels = [level_of(cell, part) for cell in column]
            columns.append(
                [self.missing if v is None else codes_of.get(v, self.unknown) for v in levels]
            )
        return np.array(columns, dtype=np.int32).T


def level_of(cell: Any, part: str | None) -> str | None:
    """Return the level of a cell, the given part of its text if there is one; None for a gap."""
    label = None if cell is None else label_of(cell)
    return label if label is None or part is None else part_of(label, part)


def label_of(cell: Any) -> str | None:
    """Return the label of a cell, None for a gap."""
    kind = type(cell)
    if kind is str:
        if is_blank(cell):
            return None
        return cell_label(cell) if cell[:1] in ("<", "\\") else cell
    if kind is float or kind is np.float64:
        if math.isnan(cell):
            return None
    elif kind is int or kind is np.int64:
        # Beyond it, a gap elsewhere in the column would round the number.
        if abs(cell) > _EXACT:
            raise UnusualRowsError
    elif kind is not bool and kind is not np.bool_:
        raise UnusualRowsError
    return cell_label(cell)


@dataclass
class HashedLabels:
    """Cells to the buckets of `HashingEncoder`.

    For each column, `parts` has the part of a text that is the level. `first` and `missing` are the
    codes of the first bucket and of a gap.
    """

    parts: list[str | None]
    n_buckets: int
    first: int
    missing: int

    def __call__(self, cells: Cells) -> np.ndarray:
        columns = []
        for column, part in zip(cells, self.parts, strict=True):
            levels = [level_of(cell, part) for cell in column]
            codes = hash_labels([level or "" for level in levels], self.n_buckets) + self.first
            gaps = np.array([level is None for level in levels])
            columns.append(np.where(gaps, self.missing, codes))
        return np.array(columns, dtype=np.int32).T


@dataclass
class Levels:
    """Cells to codes of the levels that a stock encoder has learned, by equality.

    For each column, `gaps` has the code of a gap and `unknown` that of another level; None if they
    are left to the encoder.
    """

    levels: list[list[Any]]
    gaps: list[int | None]
    unknown: list[int | None]

    def __post_init__(self) -> None:
        self._codes = [{level: i for i, level in enumerate(levels)} for levels in self.levels]
        self._texts = [any(isinstance(level, str) for level in levels) for levels in self.levels]

    def __call__(self, cells: Cells) -> np.ndarray:
        columns = [[self._code(cell, j) for cell in column] for j, column in enumerate(cells)]
        return np.array(columns, dtype=np.int32).T

    def _code(self, cell: Any, j: int) -> int:
        kind = type(cell)
        code: int | None
        if kind is float and math.isnan(cell):
            code = self.gaps[j]
        elif kind is str if self._texts[j] else kind in (int, float, bool):
            code = self._codes[j].get(cell, self.unknown[j])
        else:
            code = None
        if code is None:
            raise UnusualRowsError
        return code


@dataclass
class CodesToNumbers:
    """Codes to numbers by a table, (n_codes, n_numbers), per column.

    `base` is what the outputs are before any column adds to those that it decides.
    """

    tables: list[np.ndarray]
    base: np.ndarray
    outputs: list[np.ndarray]

    def __post_init__(self) -> None:
        order = np.concatenate(self.outputs) if self.outputs else np.empty(0, dtype=np.int64)
        # Where the tables stand side by side, they are one write.
        self._in_order = np.array_equal(order, np.arange(len(self.base)))

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        if self._in_order:
            parts = [table[codes[:, j]] for j, table in enumerate(self.tables)]
            return np.concatenate(parts, axis=1)
        out = np.tile(self.base, (len(codes), 1))
        for j, (table, outputs) in enumerate(zip(self.tables, self.outputs, strict=True)):
            out[:, outputs] = table[codes[:, j]]
        return out


@dataclass
class TargetMeans:
    """Codes, and pairs of codes, to target encodings.

    For each column, `recode` has the encoder's code of each code that comes in, `unknown` that of
    an unknown level, `sizes` the number of codes. For each column, then each pair, `levels` has the
    codes that have an encoding, in rising order. For each output, `sources` has the column or pair
    that it encodes, `encodings` those of the levels, `means` the encoding of other levels.
    """

    recode: list[np.ndarray]
    unknown: list[int]
    pairs: list[tuple[int, int]]
    sizes: list[int]
    levels: list[np.ndarray]
    sources: list[int]
    encodings: list[np.ndarray]
    means: np.ndarray

    def __post_init__(self) -> None:
        # Per column and pair, the outputs and their table; its last row is for other levels.
        self._tables = []
        for j in range(len(self.levels)):
            outputs = [i for i, source in enumerate(self.sources) if source == j]
            rows = [np.append(self.encodings[i], self.means[i]) for i in outputs]
            self._tables.append((outputs, np.array(rows).T))
        self._order = np.argsort([i for outputs, _ in self._tables for i in outputs])
        self._codes_of = [{int(code): i for i, code in enumerate(levels)} for levels in self.levels]

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        columns = [table[codes[:, j]] for j, table in enumerate(self.recode)]
        columns = with_pairs(columns, self.pairs, self.sizes, self.unknown)
        parts = []
        for column, codes_of, (outputs, table) in zip(
            columns, self._codes_of, self._tables, strict=True
        ):
            if outputs:
                last = len(table) - 1
                parts.append(table[[codes_of.get(code, last) for code in column.tolist()]])
        return np.concatenate(parts, axis=1)[:, self._order]


@dataclass
class FillCells:
    """Fill gaps among cells that are no numbers by a value per column."""

    values: list[Any]

    def __call__(self, cells: Cells) -> Cells:
        filled = []
        for column, value in zip(cells, self.values, strict=True):
            if any(type(cell) not in (str, float) for cell in column):
                raise UnusualRowsError
            filled.append([value if is_gap(cell) else cell for cell in column])
        return filled
