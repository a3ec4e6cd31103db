"""What a column of numbers is: measurements, codes, ids or dates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._detection.kinds import (
    ColumnFacts,
    category_facts,
    constant,
    levels_of,
    part_facts,
    without_sentinels,
)
from skmultiinput.preprocessing._reading.dates import number_date_format
from skmultiinput.preprocessing._reading.parts import DATE_WORDS, ID_WORDS, ZIP_WORDS, words_of

_ID_ROWS = 10
# Integers that are all different and fill at least this share of their range number the rows.
_ROW_NUMBER_DENSITY = 0.5
_ROW_NUMBER_ROWS = 100
# Codes: so many rows, so many rows per level, and at most this share of the whole numbers between
# the 10 % and 90 % quantiles occur, counted in steps of their greatest common divisor.
_CODE_ROWS = 100
_CODE_REPEATS = 2
_CODE_DENSITY = 0.2
# Words that name an id only where every value is different.
_NUMBERING_WORDS = frozenset({"number", "no", "nr", "num", "index", "unnamed", "row"})


def number_facts(  # noqa: PLR0911  (a ladder of rules)
    column: pd.Series, name: object, facts: ColumnFacts, threshold: int
) -> ColumnFacts:
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
    date_format = number_date_format(values)
    if date_format == "%Y%m%d" or (date_format and not words.isdisjoint(DATE_WORDS)):
        how = "written as 20240131" if date_format == "%Y%m%d" else f"as {date_format} since 1970"
        return replace(facts, kind="date", note=f"dates {how}")
    named = not words.isdisjoint(ID_WORDS)
    if not words.isdisjoint(ZIP_WORDS):
        texts = column.dropna().map(lambda cell: f"{int(cell):05d}")
        return part_facts(*levels_of(texts), facts, words, threshold) or _id_facts(
            facts, values, threshold, named=True
        )
    facts, values = without_sentinels(facts, values)
    n, low, high = len(values), values.min(), values.max()
    # Counting distinct values costs a hash table: only where it can matter.
    dense = n >= _ROW_NUMBER_ROWS and n / (high - low + 1) >= _ROW_NUMBER_DENSITY
    dense = dense and n <= high - low + 1 and column.dtype.kind in "iu"
    numbering = not words.isdisjoint(_NUMBERING_WORDS) and column.dtype.kind in "iu"
    if dense or numbering or named:
        by_id = _id_facts(facts, values, threshold, named=named)
        if by_id.kind != "numeric":
            return by_id
    if is_code(values, threshold):
        n_levels = len(np.unique(values))
        return replace(
            facts, kind="code", levels=n_levels, note=facts.note or "whole numbers like codes"
        )
    return replace(facts, kind="numeric")


def _id_facts(
    facts: ColumnFacts, values: np.ndarray, threshold: int, *, named: bool
) -> ColumnFacts:
    """Tell numbers that are ids; "numeric" if they are none."""
    n_levels, n = len(pd.unique(values)), len(values)
    facts = replace(facts, levels=n_levels)
    if n_levels == n >= _ID_ROWS:
        return replace(facts, kind="identifier", note="a different whole number in every row")
    if not named:
        return replace(facts, kind="numeric")
    facts = category_facts(facts, n, threshold)
    return replace(facts, note=facts.note or "whole numbers, named like an id or a code")


def is_code(values: np.ndarray, threshold: int = 8) -> bool:
    """Return whether whole numbers look like codes rather than measurements or counts.

    Codes repeat, have gaps between them also where most rows are, and are not sorted. Decided
    without the target.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> departments = rng.choice(rng.integers(100_000, 130_000, 40), 400)
    >>> is_code(departments), is_code(rng.integers(18, 90, 400)), is_code(np.sort(departments))
    (True, False, False)
    """
    if len(values) < _CODE_ROWS or values.min() < 0 or values.max() > 2**53:
        return False
    levels = np.unique(values).astype(np.int64)
    if len(levels) <= threshold or len(values) < _CODE_REPEATS * len(levels):
        return False
    low, high = np.quantile(values, [0.1, 0.9], method="nearest")
    central = levels[(levels >= low) & (levels <= high)]
    step = np.gcd.reduce(central - central[0])
    if not step or len(central) > _CODE_DENSITY * ((high - low) / step + 1):
        return False
    steps = np.diff(values)
    return bool((steps < 0).any() and (steps > 0).any())
