"""What the cells of a column are, by its dtype and, for objects, by their types."""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.dates import DATE_OBJECTS
from skmultiinput.preprocessing._reading.labels import is_blank_cell
from skmultiinput.preprocessing._reading.numbers import are_levels, is_missing_word, number_share
from skmultiinput.preprocessing._reading.quantities import READABLE
from skmultiinput.preprocessing._reading.text_counts import TextCounts

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm")
# Smallest side of a 2-d array that is an image, and the largest ratio of its sides.
_IMAGE_SIDE = 8
_IMAGE_RATIO = 4
# Share of text from which single numbers in a column count as text.
MOSTLY = 0.8
# Share of words up to which they stand beside numbers, as "Others" does beside codes.
_FEW_WORDS = 0.3
# The first that a cell is an instance of.
_CELL_KINDS: dict[Any, str] = {
    str: "string",
    (date, np.datetime64): "date",
    (bool, np.bool_): "bool",
    (int, float, np.number, Decimal, Fraction): "number",
    (list, tuple): "list",
}
_WHOLE = {"list", "array", "plane", "image", "path"}
_INFERRED = {
    "string": "string",
    "empty": "string",
    "boolean": "bool",
    **dict.fromkeys(("integer", "floating", "decimal", "mixed-integer-float"), "number"),
    **dict.fromkeys(("timedelta", "timedelta64"), "number"),
    **dict.fromkeys((*DATE_OBJECTS, "period"), "date"),
}


def base_kind(column: pd.Series, name: object) -> str:
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
    if kinds & _WHOLE and "string" in kinds:  # blank text beside lists or images is missing
        cells = [cell for cell in cells if not is_blank_cell(cell)]
        kinds = {_kind_of_cell(cell) for cell in cells}
    if kinds in ({"image"}, {"path"}) or (kinds == {"plane"} and _are_images(cells)):
        kind = "image"
    elif kinds <= {"list", "array", "plane"}:
        kind = "sequence"
    elif kinds in ({"string"}, {"date", "string"}) or (  # text alone beside NaT, for one
        kinds == {"number", "string"} and (_mostly_text(cells) or _numbers_as_text(cells))
    ):
        kind = "string"
    elif kinds == {"number"}:  # of several types, or fractions
        kind = "number"
    else:
        raise TypeError(_mixed_message(cells, name))
    return kind


def _kind_of_cell(cell: Any) -> str:
    if _holds_objects(cell):
        return "other object"
    for types, kind in _CELL_KINDS.items():
        if isinstance(cell, types):
            return kind
    if isinstance(cell, np.ndarray) and 1 <= cell.ndim <= 3:
        return ("array", "plane", "image")[cell.ndim - 1]
    if isinstance(cell, PurePath) and cell.suffix.lower() in IMAGE_SUFFIXES:
        return "path"
    is_picture = type(cell).__module__.partition(".")[0] == "PIL"
    return "image" if is_picture else f"other {type(cell).__name__}"


def _holds_objects(cell: Any) -> bool:
    """Return whether a cell is a dict, or a list of them."""
    is_list = isinstance(cell, (list, tuple)) or (isinstance(cell, np.ndarray) and cell.ndim == 1)
    return isinstance(cell[0] if is_list and len(cell) else cell, dict)


def _are_images(cells: list) -> bool:
    """Return whether 2-d arrays are images: of one shape, with no short side."""
    shapes = {cell.shape for cell in cells}
    small, large = sorted(next(iter(shapes)))
    return len(shapes) == 1 and small >= _IMAGE_SIDE and large <= _IMAGE_RATIO * small


def _mostly_text(cells: list) -> bool:
    """Return whether cells are text, some of which a file has made numbers, such as 1776."""
    return sum(isinstance(cell, str) for cell in cells) >= MOSTLY * len(cells)


def _numbers_as_text(cells: list) -> bool:
    """Return whether cells are numbers, some as text, beside words that repeat or mean a gap."""
    texts = Counter(cell for cell in cells if isinstance(cell, str) and not is_missing_word(cell))
    words = TextCounts([*texts], [*texts.values()])
    few = words.total <= _FEW_WORDS * len(cells)
    return not words or number_share(words)[0] >= READABLE or (few and are_levels(words))


def _mixed_message(cells: list, name: object) -> str:
    examples: dict[str, list] = {}
    for cell in cells:
        of_objects = " of dict" if _holds_objects(cell) and not isinstance(cell, dict) else ""
        examples.setdefault(type(cell).__name__ + of_objects, [0, cell])[0] += 1
    parts = [
        f"{kind} ({n} cell{'s' * (n > 1)}, e.g. {_short(cell)})"
        for kind, (n, cell) in sorted(examples.items())
    ]
    if len(parts) == 1:
        what = f"holds cells of type {parts[0]}, which no branch reads"
    else:
        what = f"mixes {', '.join(parts[:-1])} and {parts[-1]}"
    if all(map(_holds_objects, cells)):
        return (
            f"Column {name!r} {what}. Make columns of its fields, e.g. by pandas.json_normalize, "
            "or lists of one field, or name it in drop=[...]."
        )
    return (
        f"Column {name!r} {what}. Expected one type per column: convert it, or name it in "
        "category=[...] (each value a level of its own), numeric=[...] (what is no number becomes "
        "missing) or drop=[...]."
    )


def _short(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= 40 else text[:37] + "..."
