"""Columns of a typed frame as arrays; values that a network cannot take are refused by column."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

# Levels that every fitted vocabulary reserves.
PAD = "<pad>"
UNKNOWN = "<unknown>"
INFREQUENT = "<infrequent>"
MISSING = "<missing>"

Dtype = np.dtype | ExtensionDtype
# (id of the categories, id of the vocabulary) -> codes in the vocabulary, None if they are equal.
Recoded = dict[tuple[int, int], np.ndarray | None]

# From this many values on, sorting them costs less than it saves.
_MANY = 1000

_NUMBERS = ("floating", "integer", "boolean", "mixed-integer-float", "decimal", "empty")


def check_measurement(X: pd.DataFrame, position: int, column: Hashable, dtype: Dtype) -> None:
    """Refuse a column that is neither numbers nor arrays."""
    if dtype.kind in "fiub":
        return
    if isinstance(dtype, pd.CategoricalDtype):
        raise ValueError(
            f"Column {column!r} is a pandas category, but held numbers in fit. Convert it back, or "
            "fit again."
        )
    if dtype.kind in "mM":
        raise ValueError(
            f"Column {column!r} holds dates or durations ({dtype}); expected numbers or a pandas "
            "category. Encode it first, e.g. with skrub.DatetimeEncoder or make_preprocessor()."
        )
    values = X.iloc[:, position]
    if dtype.kind == "O" and holds_arrays(values):
        return
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in _NUMBERS:
        return
    example = next((v for v in values if isinstance(v, str)), None)
    types = {type(value).__name__ for value in values.dropna()}
    if kind == "mixed" and len(types) == 1:  # pandas knows no lists
        kind = types.pop()
    raise ValueError(
        f"Column {column!r} has dtype {dtype} and holds {kind} values"
        + (f" such as {example[:40]!r}" if example is not None else "")
        + "; expected numbers or a pandas category. Encode it first, e.g. with CategoryEncoder, "
        "TokenEncoder or make_preprocessor()."
    )


def holds_arrays(values: pd.Series) -> bool:
    """Whether the first cell is an array."""
    return len(values) > 0 and isinstance(values.iloc[0], np.ndarray)


def cell_shape(values: pd.Series) -> tuple[int, ...]:
    """Shape of the images in the cells of a column."""
    shape: tuple[int, ...] = values.iloc[0].shape
    if len(shape) != 3:
        raise ValueError(
            f"Column {values.name!r} holds arrays of shape {shape}; expected images of shape "
            "(height, width, channel). Use SequenceEncoder for sequences."
        )
    return shape


def stack_cells(values: pd.Series, shape: tuple[int, ...]) -> np.ndarray:
    """Stack the images of a column, (n_samples, *shape) float32."""
    for i, cell in enumerate(values):
        if not isinstance(cell, np.ndarray) or cell.shape != shape:
            got = getattr(cell, "shape", type(cell).__name__)
            raise ValueError(
                f"Row {i} of column {values.name!r} holds {got}; expected an array of shape "
                f"{shape} as in fit."
            )
    if not len(values):
        return np.empty((0, *shape), dtype=np.float32)
    try:
        stacked = np.stack(values.to_list()).astype(np.float32, copy=False)
    except (TypeError, ValueError) as error:
        error.add_note(f"The arrays of column {values.name!r} were expected to hold numbers.")
        raise
    finite = np.isfinite(stacked).all(axis=(1, 2, 3))
    if not finite.all():
        raise ValueError(
            f"Input X contains NaN or infinity in column {values.name!r}, in the array of row "
            f"{int(np.flatnonzero(~finite)[0])}. Expected finite numbers."
        )
    return stacked


def measurements(
    X: pd.DataFrame,
    positions: np.ndarray,
    columns: Sequence[Hashable] | pd.Index,
    *,
    allow_nan: bool = False,
    medians: Sequence[float] = (),
) -> np.ndarray:
    """Columns as a float32 matrix, refusing infinities, and NaN unless allowed, by the column.

    `medians` replace the NaN of each column that are allowed.
    """
    in_sequence = positions[0] == 0 and np.all(np.diff(positions) == 1)
    part = X if len(positions) == X.shape[1] and in_sequence else X.iloc[:, positions]
    # Strings of digits would become numbers silently.
    dtypes = part.dtypes.to_numpy()
    if any(dtype.kind not in "fiub" for dtype in set(dtypes)):
        for position, dtype in zip(positions, dtypes, strict=True):
            check_measurement(X, position, columns[position], dtype)
    try:
        with np.errstate(over="ignore"):  # an overflow to infinity is reported below
            values = part.to_numpy(dtype=np.float32, na_value=np.nan)
    except (TypeError, ValueError) as error:
        error.add_note(f"Columns {list(part.columns[:5])} were expected to hold numbers only.")
        raise
    # One pass over a sum shows that all values are finite; details only when they are not.
    if np.isfinite(values.sum(dtype=np.float64)) or np.isfinite(values).all():
        return values
    missing = np.isnan(values)
    bad = np.isinf(values) if allow_nan else ~np.isfinite(values)
    if bad.any():
        raise ValueError(_bad_values_message(bad, missing, [columns[p] for p in positions]))
    if len(medians):
        return np.where(missing, np.asarray(medians, dtype=np.float32), values)
    return values


def _bad_values_message(bad: np.ndarray, missing: np.ndarray, columns: list[Hashable]) -> str:
    """Describe the first value that a network cannot take."""
    row, position = np.argwhere(bad)[0]
    others = int(bad.any(axis=0).sum()) - 1
    what, expected = "infinity or a value too large for float32", "finite numbers or NaN."
    if missing[bad].any():
        what = "NaN"
        expected = (
            "finite numbers: impute them first, e.g. with SimpleImputer or make_preprocessor()."
        )
    more = f", and in {others} more columns" if others else ""
    return (
        f"Input X contains {what} in column {columns[position]!r}, row {row}{more}. "
        f"Expected {expected}"
    )


def column_medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each column without its missing values; 0 where all are missing."""
    columns = (column[~np.isnan(column)] for column in values.T)
    return np.array([np.median(column) if len(column) else 0.0 for column in columns])


def in_order(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    """Apply a function of each value alone that searches a table, as `numpy.interp` does.

    Many values are sorted first: each is then found next to the one before, in a third of the time.
    """
    if len(values) < _MANY:
        return function(values)
    order = np.argsort(values)
    in_place = np.empty(len(values))
    in_place[order] = function(values[order])
    return in_place


def codes_of(
    column: pd.Series, name: Hashable, vocabulary: pd.Index, recoded: Recoded
) -> np.ndarray:
    """Codes of a category column in the fitted vocabulary."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        raise ValueError(
            f"Column {name!r} has dtype {column.dtype}; it was a pandas category in fit, and its "
            "categories are needed to look up the fitted codes."
        )
    codes, categories = column.array.codes, column.array.categories
    if categories is not vocabulary:
        key = (id(categories), id(vocabulary))
        if key not in recoded:
            same = categories.equals(vocabulary)
            recoded[key] = None if same else vocabulary.get_indexer(categories).astype(np.int32)
        table = recoded[key]
        codes = codes if table is None else _recode(column, name, vocabulary, table)
    if len(codes) and codes.min() < 0:
        slot = _slot(vocabulary, MISSING)
        if slot < 0:
            raise ValueError(
                f"Input X contains NaN in category column {name!r}, and its vocabulary has no "
                f"{MISSING!r} level. Use CategoryEncoder, which keeps a slot for missing values."
            )
        codes = np.where(codes < 0, slot, codes)
    return codes


def _recode(
    column: pd.Series, name: Hashable, vocabulary: pd.Index, table: np.ndarray
) -> np.ndarray:
    """Return codes in the vocabulary by a table, which has -1 for categories that it lacks."""
    codes = column.array.codes
    table = np.where(table < 0, _slot(vocabulary, UNKNOWN), table)
    mapped = np.append(table, np.int32(-1))[codes]
    outside = (codes >= 0) & (mapped < 0)
    if outside.any():
        examples = [str(c) for c in pd.unique(column[outside])[:3]]
        raise ValueError(
            f"Column {name!r} holds categories outside the fitted vocabulary: "
            f"{', '.join(examples)}. Use CategoryEncoder, which keeps a slot for "
            "unknown categories, or give the column all its categories in fit."
        )
    return mapped


def _slot(vocabulary: pd.Index, level: str) -> int:
    """Code of a reserved level, -1 if the vocabulary does not have it."""
    return int(vocabulary.get_indexer(pd.Index([level]))[0])
