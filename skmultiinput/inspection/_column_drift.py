"""Comparison of columns with what one transformer learned in `fit`, per kind of transformer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from skmultiinput.frame._column_groups import MISSING, PAD, UNKNOWN
from skmultiinput.preprocessing import (
    CategoryEncoder,
    DatetimeParser,
    HashingEncoder,
    InteractionTargetEncoder,
    NoisyQuantileTransformer,
    NumberParser,
    SequenceEncoder,
    TokenEncoder,
)
from skmultiinput.preprocessing._reading.number_columns import column_format, read_column, without
from skmultiinput.preprocessing._reading.plain_columns import plain_frame
from skmultiinput.preprocessing._reading.quantities import NumberFormat
from skmultiinput.preprocessing._reading.sequences import read_lists, stack_steps

_MOST_NAMED = 3

# missing, unreadable, unknown, unknown_in_fit, outside and note of a column, where known.
Drift = dict[str, Any]


def column_drift(step: Any, frame: pd.DataFrame) -> list[Drift] | None:
    """Compare a frame, column by column, with what a fitted transformer learned.

    None if the transformer keeps nothing to compare with.
    """
    for kind, compare in _COMPARISONS.items():
        if isinstance(step, kind):
            return compare(step, plain_frame(frame))
    if isinstance(step, Pipeline):
        return None
    if isinstance(getattr(step, "categories_", None), list):
        return _in_lists(step.categories_, frame)
    if hasattr(step, "data_min_") and hasattr(step, "data_max_"):
        return _in_ranges(np.stack([step.data_min_, step.data_max_]), frame)
    if isinstance(getattr(step, "quantiles_", None), np.ndarray):
        return _in_ranges(step.quantiles_[[0, -1]], frame)
    return None


def _numbers(step: NumberParser, frame: pd.DataFrame) -> list[Drift]:
    drifts, start = [], 0
    for position, number_format in enumerate(step.formats_):
        column = frame.iloc[:, position]
        read = read_column(column, number_format)
        numbers = without(read.numbers, step.sentinels_[position])
        drift: Drift = {"missing": float(np.isnan(numbers).all(axis=1).mean())}
        drift["unreadable"] = read.n_unreadable / read.n_filled if read.n_filled else 0.0
        notes = [_other_form(column, number_format, unreadable=read.n_unreadable > 0)]
        if read.n_unreadable:
            notes.append(f"{read.n_unreadable:,} unreadable, e.g. {read.example!r:.40}")
        if numbers.shape[1] == 1:
            drift |= _outside(pd.Series(numbers[:, 0]), step.ranges_[:, start])
        drift["note"] = "; ".join(filter(None, [*notes, drift.get("note", "")]))
        drifts.append(drift)
        start += numbers.shape[1]
    return drifts


def _other_form(column: pd.Series, in_fit: NumberFormat, *, unreadable: bool) -> str:
    """Return a note if numbers are written in another unit, or another form, than in fit."""
    measured = in_fit.is_measured
    if pd.api.types.is_numeric_dtype(column.dtype):
        return f"numbers without a unit; in fit {in_fit.describe()}" if measured else ""
    # A few rows may lack what the others have, K or a decimal comma: no other form if all are read.
    if in_fit.form == "order" or not (measured or unreadable):
        return ""
    here = column_format(column)
    if (here.form, here.unit) != (in_fit.form, in_fit.unit):
        return f"{here.describe()}; in fit {in_fit.describe_in_fit()}"
    return "another decimal mark than in fit" if here.decimal != in_fit.decimal else ""


def _dates(step: DatetimeParser, frame: pd.DataFrame) -> list[Drift]:
    drifts = []
    for (_, column), ends in zip(step.transform(frame).items(), step.ranges_.T, strict=True):
        since = (column - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
        drift = _outside(since, ends, _date_text)
        drifts.append({"missing": float(column.isna().mean()), **drift})
    return drifts


def _in_ranges(ranges: np.ndarray, frame: pd.DataFrame) -> list[Drift]:
    return [
        _outside(pd.to_numeric(column, errors="coerce"), ends)
        for (_, column), ends in zip(frame.items(), ranges.T, strict=True)
    ]


def _quantiles(step: NoisyQuantileTransformer, frame: pd.DataFrame) -> list[Drift]:
    """Compare flags with their two values, the other columns with their quantiles."""
    ranges = np.empty((2, step.n_features_in_))
    ranges[:, step.flags_] = step.flag_values_
    if step.quantiles_ is not None:
        others = np.setdiff1d(np.arange(step.n_features_in_), step.flags_)
        ranges[:, others] = step.quantiles_.quantiles_[[0, -1]]
    return _in_ranges(ranges, frame)


def _outside(
    column: pd.Series, ends: np.ndarray, text: Callable[[float], str] = "{:,.6g}".format
) -> Drift:
    """Share of the numbers outside the range, and the range as text."""
    low, high = ends
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = values[~np.isnan(values)]
    if not len(values) or np.isnan(low):
        return {"outside": np.nan}
    below, above = int((values < low).sum()), int((values > high).sum())
    note = f"{text(low)} to {text(high)} in fit"
    counts = ", ".join(f"{n:,} {side}" for n, side in ((below, "below"), (above, "above")) if n)
    return {
        "outside": (below + above) / len(values),
        "note": f"{note}; {counts}" if counts else note,
    }


def _date_text(seconds: float) -> str:
    return str(pd.Timestamp(seconds, unit="s").date())


def _categories(step: CategoryEncoder, frame: pd.DataFrame) -> list[Drift]:
    drifts = []
    for position, (_, codes) in enumerate(step.transform(frame).items()):
        unknown = (codes == UNKNOWN).to_numpy()
        missing = (codes == MISSING).to_numpy()
        drift = _unknown(frame.iloc[:, position], unknown, int((~missing).sum()))
        drifts.append({"missing": float(missing.mean()), **drift})
    return drifts


def _buckets(step: HashingEncoder, frame: pd.DataFrame) -> list[Drift]:
    # Every category has a bucket.
    return [
        {"missing": float((codes == MISSING).mean())} for _, codes in step.transform(frame).items()
    ]


def _in_lists(categories: Iterable[Any], frame: pd.DataFrame) -> list[Drift]:
    drifts = []
    for levels, (_, column) in zip(categories, frame.items(), strict=True):
        filled = column.notna().to_numpy()
        unknown = filled & ~column.isin(list(levels)).to_numpy()
        drifts.append(_unknown(column, unknown, int(filled.sum())))
    return drifts


def _unknown(column: pd.Series, unknown: np.ndarray, n_filled: int) -> Drift:
    """Share of unknown categories, and the most frequent of them."""
    if not n_filled:
        return {"unknown": np.nan, "unknown_in_fit": 0.0}
    counts = column[unknown].astype(str).value_counts()
    shown = [f"{level!r:.60} ({count:,})" for level, count in counts.head(_MOST_NAMED).items()]
    shown += [f"{len(counts) - _MOST_NAMED:,} more"] if len(counts) > _MOST_NAMED else []
    note = {"note": "unknown: " + ", ".join(shown)} if shown else {}
    return {"unknown": float(unknown.sum() / n_filled), "unknown_in_fit": 0.0, **note}


def _words(step: TokenEncoder, frame: pd.DataFrame) -> list[Drift]:
    encoded, start = step.transform(frame), 0
    drifts = []
    for length, in_fit in zip(step.lengths_, step.unknown_shares_, strict=True):
        of_text = encoded.iloc[:, start : start + length]
        drifts.append({"unknown": _unknown_words(of_text), "unknown_in_fit": in_fit})
        start += length
    return drifts


def _unknown_words(codes: pd.DataFrame) -> float:
    n_words = int(sum((column != PAD).sum() for _, column in codes.items()))
    n_unknown = int(sum((column == UNKNOWN).sum() for _, column in codes.items()))
    return n_unknown / n_words if n_words else np.nan


def _sequences(step: SequenceEncoder, frame: pd.DataFrame) -> list[Drift]:
    encoded, start = step.transform(frame), 0
    drifts = []
    for position, length in enumerate(step.lengths_):
        column, ends = frame.iloc[:, position], step.ranges_[position]
        if ends is not None:  # a sequence of numbers
            start += length * (step.channels_[position] + 1)
            steps, _ = stack_steps(read_lists(column), column, len(step.means_[position]))
            low, high = ends
            observed = ~np.isnan(steps)
            outside = ((steps < low) | (steps > high)) & observed
            share = outside.sum() / observed.sum() if observed.any() else np.nan
            drifts.append({"outside": float(share)})
        else:
            codes = encoded.iloc[:, start : start + length]
            start += length
            drifts.append({"unknown": _unknown_words(codes)})
    return drifts


_COMPARISONS: Mapping[type, Callable[[Any, pd.DataFrame], list[Drift]]] = {
    NumberParser: _numbers,
    DatetimeParser: _dates,
    CategoryEncoder: _categories,
    HashingEncoder: _buckets,
    InteractionTargetEncoder: lambda step, frame: _categories(step.categories_, frame),
    TokenEncoder: _words,
    SequenceEncoder: _sequences,
    NoisyQuantileTransformer: _quantiles,
}
