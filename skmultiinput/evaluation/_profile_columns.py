"""Distribution and missing share of each column of a raw table."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

_N_BINS = 12
_N_LEVELS = 8
_MOSTLY = 0.9


def profile_columns(X: pd.DataFrame) -> pd.DataFrame:
    """Summarize the columns of a raw table: shares of missing cells, and of values of the others.

    ``shares`` is a list, per bin or level; ``label`` says what of: a range of numbers or dates
    without the outer 1 %, the most frequent levels, or lengths of texts and sequences.

    Examples
    --------
    >>> X = pd.DataFrame({"plan": ["a", "b", None, "a"], "age": [20.0, 35, 50, None]})
    >>> profile_columns(X).drop(columns="shares")
          missing           label
    plan     0.25  a 67 %, b 33 %
    age      0.25  20.15 to 49.85
    """
    rows = []
    for position in range(X.shape[1]):
        column = X.iloc[:, position]
        rows.append((float(column.isna().mean()), *_distribution(_plain(column.dropna()))))
    return pd.DataFrame(rows, index=X.columns, columns=["missing", "shares", "label"])


def _plain(values: pd.Series) -> pd.Series:
    """Return categories as their values, periods and Python's dates as dates of pandas."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(object)
    if isinstance(values.dtype, pd.PeriodDtype):
        return values.dt.to_timestamp()
    if values.dtype == object and len(values) and isinstance(values.iloc[0], date):
        return pd.to_datetime(values, errors="coerce", utc=True).dropna()
    return values


def _distribution(values: pd.Series) -> tuple[list[float], str]:
    """Return the shares of bins or levels, and what they are of."""
    if pd.api.types.is_datetime64_any_dtype(values):
        dates = pd.DatetimeIndex(values)
        return _range(dates.asi8, lambda end: str(pd.Timestamp(int(end), unit=dates.unit).date()))
    if values.dtype.kind == "m":
        days = values.dt.total_seconds().to_numpy(dtype=np.float64) / 86_400
        return _range(days, _number, "{} to {} days")
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return _range(values.to_numpy(dtype=np.float64, na_value=np.nan), _number)
    if all(map(pd.api.types.is_hashable, values)):
        counts = values.value_counts()
        if len(counts) <= max(_N_LEVELS, len(values) / 2):
            shares = (counts.head(_N_LEVELS) / len(values)).to_list()
            return shares, _level_text(counts.index[:3], shares, len(counts))
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        if np.isfinite(numbers).mean() > _MOSTLY:  # written as text
            return _range(numbers, _number)
    lengths = np.array([len(v) if hasattr(v, "__len__") else len(str(v)) for v in values])
    return _range(lengths, "{:.0f}".format, "length {} to {}")


def _range(
    values: np.ndarray, write: Callable[[float], str], label: str = "{} to {}"
) -> tuple[list[float], str]:
    """Return the shares of equally wide bins, and the ends of the range in words."""
    values = values[np.isfinite(values)].astype(np.float64)
    if not len(values):
        return [], ""
    low, high = (float(end) for end in np.quantile(values, [0.005, 0.995]))
    counts, _ = np.histogram(np.clip(values, low, high), bins=_N_BINS, range=(low, high))
    return (counts / len(values)).tolist(), label.format(write(low), write(high))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _level_text(levels: Any, shares: list[float], n_levels: int) -> str:
    pairs = zip(levels, shares, strict=False)  # the first levels only
    parts = [f"{level} {100 * share:.0f} %" for level, share in pairs]
    return ", ".join(parts) + (", …" if n_levels > len(levels) else "")
