"""What a raw column is: a number, a category, a date, a text, a sequence, an image, or nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._category_encoder import _count, factorize
from skmultiinput.preprocessing._reading.dates import DATE_OBJECTS, find_date_format
from skmultiinput.preprocessing._reading.numbers import is_missing_word, number_share

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm")
# Shares of the cells that hold something, above which text is taken for numbers, dates, files.
_NUMBER_SHARE = 0.95
_DATE_SHARE = 0.9
_FILE_SHARE = 0.95
# Distinct cells per cell above which symbols tell one row from another and nothing else.
_ID_SHARE = 0.98
_ID_ROWS = 10
# Integers that are all different and fill at least this share of their range number the rows.
_ROW_NUMBER_DENSITY = 0.5
_ROW_NUMBER_ROWS = 100
# Free text: this many words on average, and mostly different from row to row.
_TEXT_WORDS = 3
_TEXT_DISTINCT = 0.2
_LONG_TEXT_WORDS = 5
_LONG_TEXT_DISTINCT = 0.5
# Smallest side of a 2-d array that is a picture, and the largest ratio of its sides.
_IMAGE_SIDE = 8
_IMAGE_RATIO = 4

_ID_WORDS = frozenset(
    {"id", "ids", "uuid", "guid", "zip", "zipcode", "postcode", "postal", "code", "key", "sku"}
    | {f"{thing}id" for thing in ("user", "customer", "client", "product", "order", "item", "row")}
)
# Words that name an id only where every value is different.
_NUMBERING_WORDS = frozenset({"number", "no", "nr", "num", "index", "unnamed", "row"})
# Scripts written without blanks between the words: about two characters make one word.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")

_INFERRED = {
    "string": "string",
    "empty": "string",
    "boolean": "bool",
    **dict.fromkeys(("integer", "floating", "decimal", "mixed-integer-float"), "number"),
    **dict.fromkeys(("timedelta", "timedelta64"), "number"),
    **dict.fromkeys((*DATE_OBJECTS, "period"), "date"),
}


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of a raw column.

    Attributes
    ----------
    kind : str
        "numeric", "onehot", "high" (categories above the threshold), "date", "text", "sequence",
        "image", "constant" or "identifier".
    dtype : str
        The dtype as it came.
    missing : int
        Number of missing cells (for number-like text, of cells that hold no number too).
    levels : int or None
        Number of distinct cells; None where cells were not compared.
    note : str
        What is worth telling the user.
    rows : int or None
        Number of cells, missing ones included; None where nobody counted.
    """

    kind: str
    dtype: str
    missing: int
    levels: int | None = None
    note: str = ""
    rows: int | None = field(default=None, repr=False, compare=False)


def column_facts(column: pd.Series, name: object, cardinality_threshold: int = 8) -> ColumnFacts:  # noqa: PLR0911  (a ladder of rules)
    """Find out what a raw column is, from its dtype, its cells and, for ids, its name.

    The order of the rows plays no part.

    Parameters
    ----------
    column : Series of length n_samples
    name : str
        Name of the column, for messages and to tell ids from measurements.
    cardinality_threshold : int, default=8
        Largest number of levels of a "onehot" column.

    Returns
    -------
    ColumnFacts

    Raises
    ------
    TypeError
        If the cells are of types that do not go together, or of no use for a network.

    Examples
    --------
    >>> import pandas as pd
    >>> column_facts(pd.Series(["12", "?", "1,300"], dtype=object), "charges")
    ColumnFacts(kind='numeric', dtype='object', missing=1, levels=3, note='numbers written as text')
    >>> column_facts(pd.Series([1.5, None, 2.5]), "income").kind
    'numeric'
    >>> column_facts(pd.Series([1, "b", 2.5]), "mixed")
    Traceback (most recent call last):
        ...
    TypeError: Column 'mixed' mixes float (1 cell, e.g. 2.5), int (1 cell, e.g. 1) and str ...
    """
    base = _base_kind(column, name)
    missing = column.isna().to_numpy()
    n_missing = int(missing.sum())
    dtype = str(column.dtype)
    if n_missing == len(column):
        return ColumnFacts("constant", dtype, n_missing, 0, "all missing")
    if base == "string":
        return _string_facts(column, name, n_missing, cardinality_threshold)
    if base == "number":
        return _number_facts(column, name, n_missing, cardinality_threshold)
    if base in ("sequence", "image"):
        return ColumnFacts(base, dtype, n_missing)
    codes, levels = factorize(column)
    n_levels = int((_count(codes, len(levels)) > 0).sum())
    if n_levels == 1 and not n_missing:
        return ColumnFacts("constant", dtype, 0, 1, "one value in every row")
    if base == "date":
        return ColumnFacts("date", dtype, n_missing, n_levels)
    kind, note = _categorical_kind(n_levels, len(column) - n_missing, cardinality_threshold)
    return ColumnFacts(kind, dtype, n_missing, n_levels, note)


def _base_kind(column: pd.Series, name: object) -> str:
    """Sort by dtype alone, looking into cells where the dtype is `object`."""
    dtype, types = column.dtype, pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        base = "category"
    elif types.is_bool_dtype(dtype):
        base = "bool"
    elif types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        base = "date"
    elif types.is_complex_dtype(dtype):
        raise TypeError(
            f"Column {name!r} holds complex numbers, which no branch reads. "
            "Split it into real and imaginary part, or name it in drop=[...]."
        )
    elif types.is_numeric_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        base = "number"
    elif types.is_object_dtype(dtype):
        inferred = types.infer_dtype(column, skipna=True)
        base = _INFERRED.get(inferred) or _cell_kind(column, name)
    elif types.is_string_dtype(dtype):
        base = "string"
    else:
        base = _INFERRED.get(types.infer_dtype(column, skipna=True), "category")
    return base


def _cell_kind(column: pd.Series, name: object) -> str:
    cells = [cell for cell, gone in zip(column, column.isna(), strict=True) if not gone]
    kinds = {_kind_of_cell(cell) for cell in cells}
    if kinds <= {"list", "array"}:
        kind = "sequence"
    elif kinds == {"picture"}:
        kind = "image" if _are_pictures(cells) else "sequence"
    elif kinds <= {"list", "array", "picture"}:
        kind = "sequence"
    elif kinds in ({"image"}, {"path"}):
        kind = "image"
    elif kinds == {"number", "string"} and _numbers_as_text(cells):
        kind = "string"
    else:
        raise TypeError(_mixed_message(cells, name))
    return kind


def _kind_of_cell(cell: Any) -> str:
    if isinstance(cell, str):
        kind = "string"
    elif isinstance(cell, bool | np.bool_):
        kind = "bool"
    elif isinstance(cell, int | float | np.number) or type(cell).__name__ == "Decimal":
        kind = "number"
    elif isinstance(cell, list | tuple):
        kind = "list"
    elif isinstance(cell, np.ndarray):
        kind = {0: "other", 1: "array", 2: "picture", 3: "image"}.get(cell.ndim, "other")
    elif isinstance(cell, PurePath):
        kind = "path" if cell.suffix.lower() in IMAGE_SUFFIXES else "other"
    elif type(cell).__module__.partition(".")[0] == "PIL":
        kind = "image"
    else:
        kind = f"other {type(cell).__name__}"
    return kind


def _are_pictures(cells: list) -> bool:
    """Tell 2-d arrays of one shape, none of whose sides is short, from series of vectors."""
    shapes = {cell.shape for cell in cells}
    small, large = sorted(next(iter(shapes)))
    return len(shapes) == 1 and small >= _IMAGE_SIDE and large <= _IMAGE_RATIO * small


def _numbers_as_text(cells: list) -> bool:
    texts = [cell for cell in cells if isinstance(cell, str)]
    filled, counts = np.unique(texts, return_counts=True)
    share, _ = number_share(filled.tolist(), counts)
    return share >= _NUMBER_SHARE or all(not text.strip() or text.strip() == "?" for text in texts)


def _mixed_message(cells: list, name: object) -> str:
    examples: dict[str, list] = {}
    for cell in cells:
        examples.setdefault(type(cell).__name__, [0, cell])[0] += 1
    parts = [
        f"{kind} ({n} cell{'s' * (n > 1)}, e.g. {_short(cell)})"
        for kind, (n, cell) in sorted(examples.items())
    ]
    if len(parts) == 1:
        what = f"holds cells of type {parts[0]}, which no branch reads"
    else:
        what = f"mixes {', '.join(parts[:-1])} and {parts[-1]}"
    return (
        f"Column {name!r} {what}. Expected one type per column: convert it, or name it in "
        "category=[...] (each value a level of its own), numeric=[...] (what is no number becomes "
        "missing) or drop=[...]."
    )


def _short(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= 40 else text[:37] + "..."


def _number_facts(column: pd.Series, name: object, n_missing: int, threshold: int) -> ColumnFacts:  # noqa: PLR0911  (a ladder of rules)
    dtype, n = str(column.dtype), len(column) - n_missing
    if pd.api.types.is_timedelta64_dtype(column.dtype) or column.dtype == object:
        n_levels = int(column.nunique())
        if n_levels == 1 and not n_missing:
            return ColumnFacts("constant", dtype, 0, 1, "one value in every row")
        return ColumnFacts("numeric", dtype, n_missing, n_levels)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = values[~np.isnan(values)] if n_missing else values
    low, high = values.min(), values.max()
    if low == high and not n_missing:
        return ColumnFacts("constant", dtype, 0, 1, "one value in every row")
    words = _words_of(name)
    named = _is_id_name(words)
    whole = column.dtype.kind in "iu" or (named and bool((values == np.floor(values)).all()))
    if not whole or not np.isfinite([low, high]).all():
        return ColumnFacts("numeric", dtype, n_missing)
    # Counting distinct values costs a hash table: only where it can matter.
    dense = n >= _ROW_NUMBER_ROWS and n / (high - low + 1) >= _ROW_NUMBER_DENSITY
    dense = dense and n <= high - low + 1
    numbering = named or not _NUMBERING_WORDS.isdisjoint(words)
    if not dense and not numbering:
        return ColumnFacts("numeric", dtype, n_missing)
    n_levels = len(pd.unique(values))
    if n_levels == n >= _ID_ROWS and (dense or numbering):
        return ColumnFacts(
            "identifier", dtype, n_missing, n_levels, "a different whole number in every row"
        )
    if named:
        kind, note = _categorical_kind(n_levels, n, threshold)
        note = note or "whole numbers, named like an id or a code"
        return ColumnFacts(kind, dtype, n_missing, n_levels, note)
    return ColumnFacts("numeric", dtype, n_missing, n_levels)


def _words_of(name: object) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name))}


def _is_id_name(words: set[str]) -> bool:
    return not _ID_WORDS.isdisjoint(words)


def _string_facts(column: pd.Series, name: object, n_missing: int, threshold: int) -> ColumnFacts:  # noqa: PLR0911  (a ladder of rules)
    dtype = str(column.dtype)
    codes, levels = factorize(column)
    texts = np.array([str(level) for level in levels], dtype=object)
    counts = _count(codes, len(levels))
    blank = np.array([not text.strip() for text in texts], dtype=bool)
    n_blank = int(counts[blank].sum())
    n_levels, n = len(texts), int(counts.sum()) - n_blank
    if not n:
        return ColumnFacts("constant", dtype, n_missing + n_blank, 0, "all missing or blank")
    if n_levels == 1 and not n_missing:
        return ColumnFacts("constant", dtype, 0, 1, "one value in every row")
    filled = texts[~blank]
    share, _ = number_share(filled, counts[~blank])
    if share >= _NUMBER_SHARE and not _is_id_name(_words_of(name)):
        said_missing = _share(filled, counts[~blank], is_missing_word)
        n_numbers = round(share * (1 - said_missing) * n)
        return ColumnFacts(
            "numeric", dtype, len(column) - n_numbers, n_levels, "numbers written as text"
        )
    _, date_share = find_date_format(filled, counts[~blank])
    if date_share >= _DATE_SHARE:
        n_dates = round(date_share * n)
        return ColumnFacts("date", dtype, len(column) - n_dates, n_levels, "dates written as text")
    if _share(filled, counts[~blank], _is_image_file) >= _FILE_SHARE:
        return ColumnFacts("image", dtype, n_missing + n_blank, n_levels, "image files")
    if _is_free_text(filled, counts[~blank], threshold):
        return ColumnFacts("text", dtype, n_missing + n_blank, n_levels)
    kind, note = _categorical_kind(n_levels, n, threshold)
    return ColumnFacts(kind, dtype, n_missing, n_levels, note)


def _share(texts: np.ndarray, counts: np.ndarray, test: Callable[[str], bool]) -> float:
    return counts[np.array([test(text) for text in texts], dtype=bool)].sum() / counts.sum()


def _is_image_file(text: str) -> bool:
    return text.strip().lower().endswith(IMAGE_SUFFIXES)


def _is_free_text(texts: np.ndarray, counts: np.ndarray, threshold: int) -> bool:
    n_words = np.array([text.strip().count(" ") + 1 for text in texts])
    if not all(text.isascii() for text in texts[:1000]):
        n_words = n_words + np.array([len(_UNSPACED.findall(text)) // 2 for text in texts])
    words = np.average(n_words, weights=counts)
    distinct = len(texts) / counts.sum()
    long_text = words >= _LONG_TEXT_WORDS and distinct >= _LONG_TEXT_DISTINCT and len(texts) > 2
    return long_text or (
        words >= _TEXT_WORDS and distinct >= _TEXT_DISTINCT and len(texts) > threshold
    )


def _categorical_kind(n_levels: int, n: int, threshold: int) -> tuple[str, str]:
    if n_levels <= threshold:
        return "onehot", ""
    if n >= _ID_ROWS and n_levels >= _ID_SHARE * n:
        return "identifier", "a different value in (nearly) every row"
    return "high", ""
