"""Dates: how written ones are detected and read."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.labels import plain_text
from skmultiinput.preprocessing._reading.numbers import is_missing_word
from skmultiinput.preprocessing._reading.periods import plain_date
from skmultiinput.preprocessing._reading.text_counts import TextCounts

_LOOKS_LIKE_DATE = re.compile(
    r"\s*(?:\d{1,4}[-/. ](?:\d{1,2}|[^\W\d]{3,9})[-/. ,]|\d{4}[-/]\d{2}"
    r"|[^\W\d]{3,9} \d{1,2},? \d{4}|\d{1,2} ?[^\W\d]{3,9} ?\d{2,4}|\d{1,2}[./]\d{4}\Z"
    r"|\d{4}[- ][^\W\d]{3,9}\Z|\d{8}T\d"
    r"|(?:mon|tue|wed|thu|fri|sat|sun),? |(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}(?:-\d{2}\Z|[- ]\d{4}\Z))",
    re.IGNORECASE,
)
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d%b%Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# If two formats read equally many dates, the first one is used: month before day.
FORMATS = (
    "ISO8601",
    *(day + time for day in _DAYS for time in _TIMES),
    # Of e-mails, Twitter, C and logs of servers; months alone.
    *("%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %Z", "%a %b %d %H:%M:%S %z %Y"),
    *("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z"),
    *("%b-%y", "%b-%Y", "%b %Y", "%B %Y", "%B-%Y", "%m/%Y", "%m.%Y", "%Y/%m", "%Y-%b", "%Y %b"),
    # Of ISO 8601 without separators, SAS, and the United States.
    *("%Y%m%dT%H%M%S", "%d%b%Y:%H:%M:%S", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p"),
)
# Formats that differ in the order of day and month.
_SWAPPED = {"%m/%d": "%d/%m", "%m-%d": "%d-%m", "%d/%m": "%m/%d", "%d-%m": "%m-%d"}
# What some databases write where there is no date.
_NO_DATE = re.compile(r"\s*(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}(?:[ T][0:.]*)?|0{8}|9{8})\Z")
_NO_DATE_NUMBERS = (0.0, 99999999.0, 99991231.0)
# Number of distinct texts by which the formats are chosen that are tried on all of them.
_TRIED = 64
_LONGEST_DATE = 40
# Most formats in one column, and the least share of the cells that a further one reads.
_MOST_FORMATS = 5
_LEAST_GAIN = 0.005
# pandas' names for the content of object columns of dates.
DATE_OBJECTS = ("date", "datetime", "datetime64")
# Seconds since 1970 that are read as dates: from 2000 to 2035.
_EPOCH = (946684800.0, 2051222400.0)
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
# Distinct months from which numbers such as 202401 are no accident.
_FEWEST_MONTHS = 6


def find_date_formats(
    cells: TextCounts, *, day_first: bool | None = None
) -> tuple[tuple[str, ...], float]:
    """Find the formats in which most cells are dates, and the share of the cells that are.

    The formats are as for `pandas.to_datetime`; that of most cells is first, each further one reads
    cells that those before it do not. Without `day_first`, the other cells decide whether
    02/01/2020 is in January, else it is in February.

    Examples
    --------
    >>> find_date_formats(TextCounts(["2024-05-13", "2024-06-01", "soon"]))
    (('ISO8601',), 0.66...)
    >>> find_date_formats(TextCounts(["13/05/2024 10:30", "01/06/2024 08:00", "2024-05-13"]))
    (('%d/%m/%Y %H:%M', 'ISO8601'), 1.0)
    >>> find_date_formats(TextCounts(["basic", "plus"]))
    ((), 0.0)
    """
    cells = TextCounts([plain_date(text) for text in cells.texts], cells.counts).where(len)
    like = unread = cells.where(_looks_like_date)
    formats: list[str] = []
    if not len(like) or like.total < cells.total / 2:
        return (), 0.0
    while len(unread) and len(formats) < _MOST_FORMATS:
        best, readable = _best_format(unread, day_first)
        gain = unread.where(readable).total / cells.total
        if best is None or (formats and gain < _LEAST_GAIN):
            break
        formats.append(best)
        unread = unread.without(readable)
    return tuple(formats), (like.total - unread.total) / cells.total


def means_no_date(text: str) -> bool:
    """Return whether a text means that there is no date.

    Examples
    --------
    >>> [means_no_date(text) for text in ("0000-00-00 00:00:00", "n/a", "2020-01-01")]
    [True, True, False]
    """
    return is_missing_word(text) or bool(_NO_DATE.match(text))


def _looks_like_date(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and bool(_LOOKS_LIKE_DATE.match(text))


def _best_format(cells: TextCounts, day_first: bool | None) -> tuple[str | None, np.ndarray]:
    """Return the format that reads most cells, and which texts it reads."""
    # Evenly spaced in sorted order: the choice does not depend on the order of the rows.
    texts = np.sort(cells.texts)
    sample = texts[np.linspace(0, len(texts) - 1, min(len(texts), _TRIED)).astype(int)]
    best, best_readable = None, np.zeros(len(texts), dtype=bool)
    skipped = {True: ("%m/%d", "%m-%d"), False: ("%d/%m", "%d-%m"), None: ()}[day_first]
    for date_format in FORMATS:
        if date_format.startswith(skipped) or not parse_dates(sample, date_format).notna().any():
            continue
        readable = parse_dates(cells.texts, date_format).notna().to_numpy()
        if cells.share(readable) > cells.share(best_readable):
            best, best_readable = date_format, readable
        if readable.all():
            break
    return best, best_readable


def is_ambiguous(texts: Sequence[str] | np.ndarray, formats: Sequence[str]) -> bool:
    """Return whether all texts in a format with the month first could have the day first, too.

    Examples
    --------
    >>> is_ambiguous(["02/01/2020", "03/04/2020"], ["%m/%d/%Y"])
    True
    """
    texts = np.array([plain_date(text) for text in texts], dtype=object)
    for date_format in formats:
        other = _SWAPPED.get(date_format[:5])
        if other is not None:
            read_texts = texts[parse_dates(texts, date_format).notna().to_numpy()]
            if len(read_texts) and parse_dates(read_texts, other + date_format[5:]).notna().all():
                return True
    return False


def number_date_format(values: np.ndarray) -> str | None:
    """Return how whole numbers are dates: "%Y%m%d", "%Y%m", a unit since 1970, or None.

    Numbers that are written where there is no date, such as 0, are left out.

    Examples
    --------
    >>> number_date_format(np.array([20200131.0, 20201231.0]))
    '%Y%m%d'
    >>> number_date_format(np.array([1580428800.0, 1583020800.0])), number_date_format(np.arange(9))
    ('s', None)
    """
    values = values[~np.isnan(values)]
    dates = values[~np.isin(values, _NO_DATE_NUMBERS)]
    if 2 * len(dates) <= len(values) or (dates != np.floor(dates)).any():
        return None
    low, high = dates.min(), dates.max()
    if low >= 19000101 and high <= 21001231:
        texts = np.unique(dates).astype(np.int64).astype(str)
        return "%Y%m%d" if parse_dates(texts, "%Y%m%d").notna().all() else None
    if low >= 190001 and high <= 210012:
        months = np.unique(dates)
        valid = np.isin(months % 100, range(1, 13)).all()
        return "%Y%m" if valid and len(months) >= _FEWEST_MONTHS else None
    for unit, factor in _UNITS.items():
        if _EPOCH[0] * factor <= low and high <= _EPOCH[1] * factor:
            return unit
    return None


def parse_dates(texts: Sequence[str] | np.ndarray, date_format: str | None) -> pd.Series:
    """Read texts as dates, NaT where one is not; offsets from UTC are applied and dropped."""
    dates = pd.to_datetime(
        pd.Series(texts, dtype=object), format=date_format, errors="coerce", utc=True
    )
    return in_range(dates.dt.tz_localize(None))


def in_range(dates: pd.Series) -> pd.Series:
    """Convert dates to nanoseconds; NaT outside the years 1677 to 2262."""
    outside = (dates < pd.Timestamp.min.ceil("s")) | (dates > pd.Timestamp.max.floor("s"))
    return dates.mask(outside).astype("datetime64[ns]")


def as_dates(column: pd.Series) -> pd.Series:
    """Return date-like columns as datetime columns, others as they are."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return as_dates(column.astype(dtype.categories.dtype))
    if isinstance(dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    elif isinstance(dtype, pd.ArrowDtype) and dtype.kind == "M":
        zone = getattr(dtype.pyarrow_dtype, "tz", None)
        column = column.astype(pd.DatetimeTZDtype("ns", zone) if zone else "datetime64[ns]")
    elif not pd.api.types.is_datetime64_any_dtype(dtype):
        if column.isna().all():
            return pd.Series(pd.NaT, column.index, name=column.name, dtype="datetime64[ns]")
        if pd.api.types.infer_dtype(column, skipna=True) in DATE_OBJECTS:
            zone = getattr(next(iter(column.dropna())), "tzinfo", None)
            column = pd.to_datetime(column, errors="coerce", utc=True).dt.tz_convert(zone)
    return column


def read_dates(column: pd.Series, formats: Sequence[str]) -> pd.Series:
    """Read a column of texts or numbers as dates, cell by cell in the first format that fits."""
    if formats and formats[0] in _UNITS:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        limit = 9e12 * _UNITS[formats[0]] if formats[0] != "ns" else 9e18
        is_date = (np.abs(numbers) < limit) & ~np.isin(numbers, _NO_DATE_NUMBERS)
        numbers = np.where(is_date, numbers, np.nan)
        unit: Any = formats[0]
        dates = pd.to_datetime(pd.Series(numbers, index=column.index), unit=unit)
        return in_range(dates)
    codes, levels = pd.factorize(column)
    texts = np.array([plain_date(plain_text(level)) for level in levels], dtype=object)
    table = np.full(len(texts) + 1, np.datetime64("NaT", "ns"), dtype="datetime64[ns]")
    for date_format in formats:
        unread = np.flatnonzero(np.isnat(table[:-1]))
        if len(unread):
            table[unread] = parse_dates(texts[unread], date_format).to_numpy()
    return pd.Series(table[codes], index=column.index)
