"""Lowered steps on dates: cells to datetime64, datetime64 to numbers."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from skmultiinput.serving._rows import Cells, UnusualRowsError, is_gap

_NAT = np.datetime64("NaT", "ns")
_DAY = 86_400e9
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z?)?\Z", re.ASCII)
_FIELDS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
# Years that fit into nanoseconds since 1970, with some room.
_YEARS = (1700, 2200)


@dataclass
class ReadDates:
    """Cells to dates, by the formats that `DatetimeParser` has learned; None for true dates.

    `words` mean that there is no date.
    """

    formats: list[list[str] | None]
    words: list[tuple[str, ...]]

    def __post_init__(self) -> None:
        self._patterns = [_pattern(formats[0]) if formats else None for formats in self.formats]

    def __call__(self, cells: Cells) -> np.ndarray:
        out = np.full((len(cells[0]), len(cells)), _NAT)
        for j, column in enumerate(cells):
            kinds = {type(cell) is str for cell in column if not is_gap(cell)}
            if len(kinds) > 1:
                raise UnusualRowsError
            for i, cell in enumerate(column):
                out[i, j] = self._read(cell, j)
        return out

    def _read(self, cell: Any, j: int) -> Any:
        if is_gap(cell):
            return _NAT
        if isinstance(cell, date):
            return _moment(cell)
        if type(cell) is not str:
            raise UnusualRowsError
        text = cell.strip()
        if not text or cell in self.words[j]:
            return _NAT
        formats = self.formats[j] or ["ISO8601"]
        iso = self._iso(text, j) if formats[0] != "ISO8601" else text
        if iso is not None and _ISO.match(iso) and _YEARS[0] < int(iso[:4]) < _YEARS[1]:
            try:
                # Without a zone dates are those of UTC, which Z says.
                return np.datetime64(iso.removesuffix("Z"), "ns")
            except ValueError:  # no such day
                pass
        return _read_by_pandas(cell, formats)

    def _iso(self, text: str, j: int) -> str | None:
        """Write a text in the column's format as ISO 8601; None if it has another form."""
        pattern = self._patterns[j]
        match = None if pattern is None else pattern[0].match(text)
        if pattern is None or match is None:
            return None
        values = dict(zip(pattern[1], match.groups(), strict=True))
        day = "-".join(values[part] for part in ("%Y", "%m", "%d"))
        return f"{day} {':'.join(values.get(part, '00') for part in ('%H', '%M', '%S'))}"


def _pattern(date_format: str) -> tuple[re.Pattern[str], list[str]] | None:
    """Return a pattern of texts in a format whose fields all have their full width."""
    fields = re.findall("%.", date_format)
    if not {"%Y", "%m", "%d"} <= set(fields) <= set(_FIELDS) or len(set(fields)) < len(fields):
        return None
    pattern = "".join(
        rf"(\d{{{_FIELDS[part]}}})" if part in _FIELDS else re.escape(part)
        for part in re.split("(%.)", date_format)
    )
    return re.compile(pattern + r"\Z", re.ASCII), fields


def _moment(cell: Any) -> Any:
    """Return a date of Python or pandas; one with a time zone is unusual."""
    if str(cell) == "NaT":
        return _NAT
    if getattr(cell, "tzinfo", None) is not None or not _YEARS[0] < cell.year < _YEARS[1]:
        raise UnusualRowsError
    exact = getattr(cell, "to_datetime64", None)
    return np.datetime64(cell, "ns") if exact is None else exact().astype("datetime64[ns]")


def _read_by_pandas(cell: str, formats: list[str]) -> Any:
    import pandas as pd  # noqa: PLC0415 - most texts need no pandas

    from skmultiinput.preprocessing._reading.dates import read_dates  # noqa: PLC0415 - likewise

    moment = read_dates(pd.Series([cell], dtype=object), formats).to_numpy()[0]
    if np.isnat(moment):  # what cannot be read is left to the parser, which warns of it
        raise UnusualRowsError
    return moment


@dataclass
class DateParts:
    """Dates to their parts, and flags for missing ones.

    For each column, `parts` has its parts in order ("year", "total_seconds", "month", ..., and
    cyclic ones as "month sin" and "month cos"), `flagged` says whether a flag for a missing date
    follows. Days are counted between the `pairs` of columns.
    """

    parts: list[list[str]]
    flagged: list[bool]
    pairs: list[tuple[int, int]]

    def __call__(self, dates: np.ndarray) -> np.ndarray:
        computed = _parts_of(dates)
        gaps = np.isnat(dates)
        columns = []
        for j, (parts, flagged) in enumerate(zip(self.parts, self.flagged, strict=True)):
            for part in parts:
                values = computed[part] if part in computed else _compute(computed, part)
                columns.append(np.where(gaps[:, j], np.nan, values[:, j]))
            if flagged:
                columns.append(gaps[:, j])
        days = np.where(gaps, np.nan, dates.astype(np.int64) / _DAY)
        for start, end in self.pairs:
            columns.append(days[:, end] - days[:, start])
        # The encoder's numbers are of single precision.
        return np.array(columns, dtype=np.float32).T.astype(np.float64)


# Number of steps of a cycle, as in skrub's encoder.
PERIODS = {"month": 12, "day": 30, "hour": 24, "weekday": 7}


def _parts_of(dates: np.ndarray) -> dict[str, np.ndarray]:
    days, months = dates.astype("datetime64[D]"), dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]")
    nanoseconds = dates.astype(np.int64)
    return {
        "year": years.astype(np.int64) + 1970,
        "month": months.astype(np.int64) % 12 + 1,
        "day": (days - months).astype(np.int64) + 1,
        "hour": nanoseconds // 3_600_000_000_000 % 24,
        "minute": nanoseconds // 60_000_000_000 % 60,
        "second": nanoseconds // 1_000_000_000 % 60,
        "weekday": (days.astype(np.int64) + 3) % 7 + 1,
        "day_of_year": (days - years).astype(np.int64) + 1,
        "total_seconds": nanoseconds / 1e9,
    }


def _compute(computed: dict[str, np.ndarray], part: str) -> np.ndarray:
    """Compute a cyclic part once, and keep it beside the others."""
    name = part.partition(" ")[0]
    angle = computed[name] / PERIODS[name] * 2 * np.pi
    computed[f"{name} sin"], computed[f"{name} cos"] = np.sin(angle), np.cos(angle)
    return computed[part]
