"""Lowered steps on numbers: each takes and returns float64 arrays (n_rows, n_columns)."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmultiinput.preprocessing._reading.numbers import is_missing_word, parse_number
from skmultiinput.preprocessing._reading.quantities import NumberFormat
from skmultiinput.serving._rows import Cells, UnusualRowsError

# Text that `float` and pandas read alike.
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})\Z")
# Squared distances closer than this are equal but for rounding.
_TIE = 1e-9
_PLAIN_NUMBERS = (int, np.int64, bool, np.bool_)


@dataclass
class ReadNumbers:
    """Cells to numbers, each column in the format that `NumberParser` has learned."""

    formats: list[NumberFormat]
    sentinels: list[list[float]]

    def __call__(self, cells: Cells) -> np.ndarray:
        columns = []
        for column, form, sentinels in zip(cells, self.formats, self.sentinels, strict=True):
            width = len(form.suffixes)
            if width == 1:
                numbers = [read_number(cell, form) for cell in column]
                if sentinels:
                    numbers = [math.nan if n in sentinels else n for n in numbers]
                columns.append(numbers)
                continue
            parts = np.array([_read_parts(cell, form) for cell in column])
            if sentinels:
                parts[np.isin(parts, sentinels)] = np.nan
            columns.extend(parts.T.tolist())
        return np.array(columns, dtype=np.float64).T


def read_number(cell: Any, form: NumberFormat) -> float:
    """Read one cell; what the parser would warn of or refuse is unusual."""
    if cell is None:
        return math.nan
    if type(cell) is not str:
        if form.form == "order":  # levels are compared as text, which depends on the column
            raise UnusualRowsError
        return _plain_number(cell)
    if form.form == "plain":
        if form.decimal == "." and _PLAIN.match(cell):
            return float(cell)
        number = math.nan if is_missing_word(cell) else parse_number(cell, form.decimal)
    else:
        number = float(form.read(np.array([cell], dtype=object))[0, 0])
    # Text of another kind is left to the parser, which warns of it.
    if math.isinf(number) or (math.isnan(number) and not _means_missing(cell, form)):
        raise UnusualRowsError
    return number


def _means_missing(cell: str, form: NumberFormat) -> bool:
    return is_missing_word(cell) or cell in form.words


def _read_parts(cell: Any, form: NumberFormat) -> np.ndarray:
    """Read one cell as several numbers."""
    width = len(form.suffixes)
    if type(cell) is str:
        numbers = form.read(np.array([cell], dtype=object))[0]
        if np.isnan(numbers).all() and not _means_missing(cell, form):
            raise UnusualRowsError
        return numbers
    return np.array([read_number(cell, form), *[math.nan] * (width - 1)])


@dataclass
class PlainNumbers:
    """Cells that are numbers already to an array."""

    def __call__(self, cells: Cells) -> np.ndarray:
        columns = [[_plain_number(cell) for cell in column] for column in cells]
        return np.array(columns, dtype=np.float64).T


def _plain_number(cell: Any) -> float:
    kind = type(cell)
    if (kind is float or kind is np.float64) and not math.isinf(cell):
        return cell
    if kind in _PLAIN_NUMBERS:
        return float(cell)
    # None in a column of objects is for scikit-learn to judge.
    raise UnusualRowsError


@dataclass
class Impute:
    """Fill gaps by a number per column; add a column for each column in `flags`."""

    values: np.ndarray
    flags: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        gaps = np.isnan(x)
        filled = np.where(gaps, self.values, x)
        return np.concatenate([filled, gaps[:, self.flags]], axis=1) if len(self.flags) else filled


@dataclass
class NearestRows:
    """Fill gaps by the mean of the nearest training rows; add a column for each flag.

    `rows`, (n_training_rows, n_columns), are NaN where a value is missing. `means`, (n_columns,),
    are used where no distance can be computed.
    """

    rows: np.ndarray
    means: np.ndarray
    n_neighbors: int
    flags: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        gaps = np.isnan(x)
        filled = x.copy()
        for i in np.flatnonzero(gaps.any(axis=1)):
            squared = (self.rows - x[i]) ** 2
            n_shared = (~np.isnan(squared)).sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                distance = np.where(
                    n_shared > 0, np.nansum(squared, axis=1) * (x.shape[1] / n_shared), np.nan
                )
            for j in np.flatnonzero(gaps[i]):
                donors = np.flatnonzero(~np.isnan(self.rows[:, j]) & ~np.isnan(distance))
                if not len(donors):
                    filled[i, j] = self.means[j]
                    continue
                if len(donors) > self.n_neighbors:
                    order = np.argsort(distance[donors])
                    last, following = distance[donors][order[self.n_neighbors - 1 :][:2]]
                    # Which of equally near rows counts is the imputer's choice.
                    if following - last <= _TIE * (1 + last):
                        raise UnusualRowsError
                    donors = donors[order[: self.n_neighbors]]
                filled[i, j] = self.rows[donors, j].mean()
        return np.concatenate([filled, gaps[:, self.flags]], axis=1) if len(self.flags) else filled


@dataclass
class Affine:
    """Multiply each column by a number and add one."""

    factor: np.ndarray
    offset: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x * self.factor + self.offset


@dataclass
class Clip:
    """Clip each column to its limits."""

    low: np.ndarray
    high: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.clip(x, self.low, self.high)


@dataclass
class SoftClip:
    """Clip values to a limit, smoothly."""

    limit: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x / np.sqrt(1 + (x / self.limit) ** 2)


@dataclass
class Power:
    """Yeo and Johnson's power transform, or Box and Cox's."""

    lambdas: np.ndarray
    box_cox: bool

    def __call__(self, x: np.ndarray) -> np.ndarray:
        power = self.lambdas
        if self.box_cox:
            if (x <= 0).any():
                raise UnusualRowsError
            return self._curve(np.log(x), power)
        return np.where(
            x >= 0,
            self._curve(np.log1p(np.maximum(x, 0)), power),
            -self._curve(np.log1p(np.maximum(-x, 0)), 2 - power),
        )

    @staticmethod
    def _curve(logs: np.ndarray, power: np.ndarray) -> np.ndarray:
        """Return (exp(logs * power) - 1) / power, the logarithm for a power of 0."""
        flat = np.abs(power) < np.spacing(1.0)
        return np.where(flat, logs, np.expm1(logs * power) / np.where(flat, 1, power))


@dataclass
class Ufunc:
    """Apply a function of NumPy to each number."""

    name: str

    def __post_init__(self) -> None:
        self._function = getattr(np, self.name)
        if not isinstance(self._function, np.ufunc) or self._function.nargs != 2:
            raise ValueError(f"{self.name!r} is no function of one number in NumPy.")

    def __call__(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return self._function(x)
