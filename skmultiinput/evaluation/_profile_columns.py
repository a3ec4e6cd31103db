"""Distribution and missing share of each column of a raw table."""

from collections.abc import Hashable
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
    rows = [_profile(X.iloc[:, place]) for place in range(X.shape[1])]
    return pd.DataFrame(rows, index=X.columns, columns=["missing", "shares", "label"])


def _profile(column: pd.Series) -> tuple[float, list[float], str]:
    values = column.dropna()
    missing = 1 - len(values) / max(len(column), 1)
    if not len(values):
        return missing, [], ""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if pd.api.types.is_datetime64_any_dtype(values):
        dates = pd.DatetimeIndex(values)
        shares, low, high = _bins(dates.asi8.astype(np.float64))
        ends = [pd.Timestamp(int(end), unit=dates.unit).date() for end in (low, high)]
        return missing, shares, f"{ends[0]} to {ends[1]}"
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return missing, *_numbers(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if all(isinstance(value, Hashable) for value in values):
        counts = values.value_counts()
        if len(counts) <= max(_N_LEVELS, len(values) / 2):
            shares = (counts.head(_N_LEVELS) / len(values)).to_list()
            return missing, shares, _level_text(counts.index[:3], shares, len(counts))
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        if np.isfinite(numbers).mean() > _MOSTLY:  # written as text
            return missing, *_numbers(numbers)
    lengths = np.array([len(v) if hasattr(v, "__len__") else len(str(v)) for v in values], float)
    shares, low, high = _bins(lengths)
    return missing, shares, f"length {low:.0f} to {high:.0f}"


def _bins(values: np.ndarray) -> tuple[list[float], float, float]:
    """Return the shares of equally wide bins, and their ends."""
    values = values[np.isfinite(values)]
    if not len(values):
        return [], np.nan, np.nan
    low, high = (float(end) for end in np.quantile(values, [0.005, 0.995]))
    counts, _ = np.histogram(np.clip(values, low, high), bins=_N_BINS, range=(low, high))
    return (counts / len(values)).tolist(), low, high


def _numbers(values: np.ndarray) -> tuple[list[float], str]:
    shares, low, high = _bins(values)
    ends = [f"{end:,.0f}" if abs(end) >= 1000 else f"{end:.4g}" for end in (low, high)]
    return shares, f"{ends[0]} to {ends[1]}"


def _level_text(levels: Any, shares: list[float], n_levels: int) -> str:
    named = zip(levels, shares, strict=False)  # the first levels only
    parts = [f"{level} {100 * share:.0f} %" for level, share in named]
    return ", ".join(parts) + (", …" if n_levels > len(levels) else "")
