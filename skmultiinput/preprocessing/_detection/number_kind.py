"""What a column of numbers is: measurements, codes, ids or dates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._detection.kinds import (
    ID_ROWS,
    ColumnFacts,
    category_facts,
    constant,
    part_facts,
    without_sentinels,
)
from skmultiinput.preprocessing._reading.dates import number_date_format
from skmultiinput.preprocessing._reading.parts import (
    DATE_WORDS,
    ID_WORDS,
    PHONE_WORDS,
    ZIP_WORDS,
    words_of,
)
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Integers that are all different and fill at least this share of their range number the rows.
_ROW_NUMBER_DENSITY = 0.5
_ROW_NUMBER_ROWS = 100
# Codes have at least this many rows and rows per level, and at most this share of the levels
# that as many rows would have if they were spread smoothly over stretches of this many levels.
_CODE_ROWS = 100
_CODE_REPEATS = 2
_CODE_SHARE = 0.7
_CODE_STEPS = 8
# The wide gaps between ids are this many times as wide as the narrow ones.
_GAPS_DIFFER = 4
_WRITTEN_AS = {"%Y%m%d": "written as 20240131", "%Y%m": "written as 202401"}
# Words that name an id only where every value is different.
_NUMBERING_WORDS = frozenset({"number", "no", "nr", "nbr", "num", "index", "unnamed", "row"})


def number_facts(
    column: pd.Series, name: object, facts: ColumnFacts, threshold: int
) -> ColumnFacts:
    """Return the facts of a column of numbers or time spans."""
    column = _as_numbers(column)
    if pd.api.types.is_timedelta64_dtype(column.dtype) or column.dtype == object:
        n_levels = int(column.nunique())
        if n_levels == 1 and not facts.missing:
            return constant(facts)
        return replace(facts, kind="numeric", levels=n_levels)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = values[~np.isnan(values)] if facts.missing else values
    low, high = values.min(), values.max()
    if low == high and not facts.missing:
        return constant(facts)
    if not np.isfinite([low, high]).all() or (values != np.floor(values)).any():
        return replace(without_sentinels(facts, values)[0], kind="numeric")
    words = words_of(name)
    by_name = _date_facts(values, facts, words)
    if by_name is None and not words.isdisjoint(ZIP_WORDS | PHONE_WORDS):
        by_name = _written_code_facts(column, values, facts, words, threshold)
    return by_name or _whole_number_facts(column, values, facts, words, threshold)


def _date_facts(values: np.ndarray, facts: ColumnFacts, words: set[str]) -> ColumnFacts | None:
    """Return the facts of whole numbers that are dates; None for others."""
    date_format = date_format_of(values, words)
    if date_format is None:
        return None
    how = _WRITTEN_AS.get(date_format, f"as {date_format} since 1970")
    return replace(facts, kind="date", note=f"dates {how}")


def _written_code_facts(
    column: pd.Series, values: np.ndarray, facts: ColumnFacts, words: set[str], threshold: int
) -> ColumnFacts | None:
    """Return the facts of postal codes, and of telephone numbers with area codes, or None."""
    texts = column.dropna().map(lambda cell: f"{int(cell):05d}")
    by_part = part_facts(TextCounts.of(texts), facts, words, threshold)
    if by_part is None and not words.isdisjoint(ZIP_WORDS):
        return _id_facts(facts, values, threshold, named=True)
    return by_part


def _whole_number_facts(
    column: pd.Series, values: np.ndarray, facts: ColumnFacts, words: set[str], threshold: int
) -> ColumnFacts:
    """Return the facts of whole numbers: ids, codes or measurements."""
    facts, values = without_sentinels(facts, values)
    n, low, high = len(values), values.min(), values.max()
    # Counting distinct values costs a hash table: only where it can matter.
    dense = n >= _ROW_NUMBER_ROWS and n / (high - low + 1) >= _ROW_NUMBER_DENSITY
    dense = dense and n <= high - low + 1 and column.dtype.kind in "iu"
    numbering = not words.isdisjoint(_NUMBERING_WORDS) and column.dtype.kind in "iu"
    is_named_id = not words.isdisjoint(ID_WORDS)
    if dense or numbering or is_named_id:
        by_id = _id_facts(facts, values, threshold, named=is_named_id)
        if by_id.kind != "numeric":
            return by_id
    steps = np.diff(values)
    if (steps < 0).any() and (steps > 0).any() and have_code_gaps(values, threshold):
        note = facts.note or "whole numbers like codes"
        return replace(facts, kind="code", levels=len(np.unique(values)), note=note)
    return replace(facts, kind="numeric")


def date_format_of(values: np.ndarray, words: set[str]) -> str | None:
    """Return how the whole numbers of a column whose name has these words are dates, or None."""
    date_format = number_date_format(values)
    no_date = ID_WORDS | PHONE_WORDS | _NUMBERING_WORDS
    sure = date_format == "%Y%m%d" or not words.isdisjoint(DATE_WORDS) or words.isdisjoint(no_date)
    return date_format if sure else None


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of number objects with a dtype of numbers, if one holds them."""
    try:
        return pd.to_numeric(column) if column.dtype == object else column
    except (TypeError, ValueError, OverflowError):  # time spans, numbers beyond any float
        return column


def _id_facts(
    facts: ColumnFacts, values: np.ndarray, threshold: int, *, named: bool
) -> ColumnFacts:
    """Return the facts of numbers that may be ids; "numeric" if they are not."""
    n_levels, n = len(pd.unique(values)), len(values)
    facts = replace(facts, levels=n_levels)
    if n_levels == n >= ID_ROWS:
        return replace(facts, kind="identifier", note="a different whole number in every row")
    if not named:
        return replace(facts, kind="numeric")
    facts = category_facts(facts, n, threshold)
    return replace(facts, note=facts.note or "whole numbers, named like an id or a code")


def have_code_gaps(values: np.ndarray, threshold: int = 8) -> bool:
    """Return whether whole numbers are spread like codes, not like measurements or counts.

    Codes repeat and have gaps between them also where many rows are. Numbers that are measured or
    counted have gaps only where rows are few. Decided without the target.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> departments = rng.choice(rng.integers(100_000, 130_000, 40), 400)
    >>> have_code_gaps(departments), have_code_gaps(rng.integers(18, 90, 400))
    (True, False)
    """
    if len(values) < _CODE_ROWS or np.abs(values).max() > 2**53:
        return False
    levels, counts = np.unique(values, return_counts=True)
    if len(levels) <= threshold or len(values) < _CODE_REPEATS * len(levels):
        return False
    low, high = np.quantile(values, [0.1, 0.9], method="nearest")
    central = (levels >= low) & (levels <= high)
    share = _share_of_smooth(levels[central].astype(np.int64), counts[central])
    return share <= _CODE_SHARE


def are_ids(values: np.ndarray) -> bool:
    """Return whether numbers that are either measured or ids, not both, are ids.

    They are spread like codes, in steps of 1, and the gaps between them differ: amounts such as
    20, 50 and 100 have larger steps, measurements that an instrument has rounded nearly equal gaps.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> products = rng.choice(rng.integers(1_000, 9_999, 40), 400).astype(float)
    >>> are_ids(products), are_ids(np.round(rng.integers(0, 40, 400) * 3.7))
    (True, False)
    """
    if (values != np.floor(values)).any() or not have_code_gaps(values):
        return False
    gaps = np.diff(np.unique(values)).astype(np.int64)
    narrow, wide = np.quantile(gaps, [0.1, 0.9])
    return bool(np.gcd.reduce(gaps) == 1 and wide >= _GAPS_DIFFER * narrow)


def _share_of_smooth(levels: np.ndarray, counts: np.ndarray) -> float:
    """Return the number of levels, divided by that of as many rows spread smoothly.

    Whole numbers are counted in steps of the greatest common divisor of the gaps. Rows are spread
    evenly over each stretch of some levels, so that each whole number in it stays empty with the
    probability exp(-rows / width).
    """
    step = np.gcd.reduce(levels - levels[0])
    if not step:
        return 1.0
    positions = (levels - levels[0]) // step
    starts = np.arange(0, len(levels), _CODE_STEPS)
    rows = np.add.reduceat(counts, starts)
    widths = np.diff(np.append(positions[starts], positions[-1] + 1))
    smooth = -(widths * np.expm1(-rows / widths)).sum()
    return float(len(levels) / smooth)
