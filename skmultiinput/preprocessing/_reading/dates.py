"""Dates: how written ones are detected and read."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

_LOOKS_LIKE_DATE = re.compile(
    r"\s*(?:\d{1,4}[-/. ](?:\d{1,2}|[^\W\d]{3,9})[-/. ,]|\d{4}-\d{2}|[^\W\d]{3,9} \d{1,2},? \d{4}|"
    r"\d{1,2} ?[^\W\d]{3,9} ?\d{2,4})"
)
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d%b%Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# If two formats read equally many dates, the first one is used: month before day.
FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in _TIMES))
# So many distinct texts are used to choose the formats that are tried on all of them.
_TRIED = 64
_LONGEST_DATE = 40


def find_date_format(
    texts: Sequence[str] | np.ndarray, counts: ArrayLike | None = None
) -> tuple[str | None, float]:
    """Find the format in which most of the texts are dates.

    Parameters
    ----------
    texts : sequence of str, length n_levels
        Distinct texts.
    counts : array-like of int, shape (n_levels,), default=None
        How often each occurs; once if None.

    Returns
    -------
    format : str or None
        As for `pandas.to_datetime`; None where no cell is a date.
    share : float
        Share of the cells that hold something and are dates.

    Examples
    --------
    >>> find_date_format(["2024-05-13", "2024-06-01", "soon"])
    ('ISO8601', 0.66...)
    >>> find_date_format(["13/05/2024 10:30", "01/06/2024 08:00"])
    ('%d/%m/%Y %H:%M', 1.0)
    >>> find_date_format(["basic", "plus"])
    (None, 0.0)
    """
    texts = np.array([str(text).strip() for text in texts], dtype=object)
    weights = np.ones(len(texts)) if counts is None else np.asarray(counts, dtype=float)
    total = weights[texts != ""].sum()
    like = np.array(
        [len(text) <= _LONGEST_DATE and bool(_LOOKS_LIKE_DATE.match(text)) for text in texts],
        dtype=bool,
    )
    texts, weights = texts[like], weights[like]
    if not len(texts) or weights.sum() < total / 2:
        return None, 0.0
    # Evenly spaced in sorted order: the choice does not depend on the order of the rows.
    order = np.argsort(texts, kind="stable")
    tried = texts[order[np.linspace(0, len(texts) - 1, min(len(texts), _TRIED)).astype(int)]]
    best, best_share = None, 0.0
    for date_format in FORMATS:
        if not parse_dates(tried, date_format).notna().any():
            continue
        share = weights[parse_dates(texts, date_format).notna().to_numpy()].sum() / total
        if share > best_share:
            best, best_share = date_format, float(share)
        if share == 1:
            break
    return best, best_share


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
            column = pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None)
    return column


# How pandas calls an object column of date objects.
DATE_OBJECTS = ("date", "datetime", "datetime64")


def read_dates(column: pd.Series, date_format: str | None) -> pd.Series:
    codes, levels = pd.factorize(column)
    texts = [str(level).strip() for level in levels]
    table = np.append(parse_dates(texts, date_format).to_numpy(), np.datetime64("NaT"))
    return pd.Series(table[codes], index=column.index)
