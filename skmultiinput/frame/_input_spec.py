"""The inputs of the network, derived from the column names and dtypes of a typed frame."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from skmultiinput.frame._column_address import parse_addresses
from skmultiinput.frame._column_arrays import (
    Dtype,
    cell_shape,
    check_measurement,
    column_medians,
    holds_arrays,
    measurements,
)

# The whole rule: (number of indices, is it a category) -> kind.
KINDS = {
    (0, False): "numeric",
    (0, True): "categorical",
    (1, True): "tokens",
    (1, False): "series",
    (2, False): "sequence",
    (3, False): "image",
}
# Rows that the medians of complete columns are taken from, evenly spaced.
MEDIAN_ROWS = 1000
# Kinds whose features of one group are stacked into one input.
STACKED = ("numeric", "categorical")

# (indices, position in the frame, is it a category)
Cell = tuple[tuple[int, ...], int, bool]
# (feature, does it hold arrays, its columns)
Feature = tuple[str, bool, list[Cell]]


@dataclass(frozen=True, eq=False)
class InputSpec:
    """One input of the network: a stack of plain features, or one feature with indices.

    Attributes
    ----------
    name : str
        Name of the input: the group, or ``group__feature`` where a group holds several inputs.
    group : str
        Name of the column group.
    kind : {"numeric", "categorical", "tokens", "series", "sequence", "image"}
        What the columns are.
    features : tuple of str
        Names of the features, without group and indices.
    positions : ndarray of int, shape (n_columns,)
        Positions of the columns in the fitted frame, in the order of the features or indices.
    shape : tuple of int
        Shape of one row of the input.
    categories : tuple of pandas.Index
        The vocabulary of each categorical feature, or the one vocabulary of the tokens.
    binary : tuple of bool
        For numeric inputs, per feature, whether only 0 and 1 were seen.
    in_cells : bool
        Whether one object column holds the whole feature as an array per cell.
    missing : tuple of bool
        For numeric inputs, per feature, whether values were missing; empty where NaN is refused.
        If any were, NaN is an input of the network.
    medians : tuple of float
        For numeric inputs without any missing value, per feature, what NaN becomes later on.
    """

    name: str
    group: str
    kind: str
    features: tuple[str, ...]
    positions: np.ndarray
    shape: tuple[int, ...]
    categories: tuple[pd.Index, ...] = ()
    binary: tuple[bool, ...] = ()
    in_cells: bool = False
    missing: tuple[bool, ...] = ()
    medians: tuple[float, ...] = ()

    @property
    def has_missing(self) -> bool:
        """Whether NaN is an input of the network, a bool."""
        return any(self.missing)

    @property
    def vocabulary_sizes(self) -> tuple[int, ...]:
        """Number of levels of each vocabulary, a tuple of int."""
        return tuple(len(categories) for categories in self.categories)


def read_inputs(
    X: pd.DataFrame,
    columns: Sequence[Hashable],
    dtypes: Sequence[Dtype],
    *,
    allow_nan: bool = True,
) -> tuple[InputSpec, ...]:
    """Return the inputs that the columns of a frame form, in order of appearance."""
    stacks = _stack_features(_cells_by_feature(X, columns, dtypes), columns)
    n_inputs = Counter(group for group, _, _ in stacks)
    names = [_input_name(*key, n_inputs[key[0]] > 1) for key in stacks]
    for name, n_times in Counter(names).items():
        if n_times > 1:
            raise ValueError(
                f"Two inputs of the network would be called {name!r}. Rename one of the column "
                "groups or features of that name."
            )
    return tuple(
        _spec(X, (name, group, kind), members, dtypes, allow_nan=allow_nan)
        for name, ((group, kind, _), members) in zip(names, stacks.items(), strict=True)
    )


def _cells_by_feature(
    X: pd.DataFrame, columns: Sequence[Hashable], dtypes: Sequence[Dtype]
) -> dict[tuple[str, str, bool], list[Cell]]:
    """Return the columns of each feature, by group, name and whether cells hold arrays."""
    features: dict[tuple[str, str, bool], list[Cell]] = {}
    addresses = parse_addresses(columns)
    for position, (column, dtype) in enumerate(zip(columns, dtypes, strict=True)):
        group, name, index = addresses[position]
        categorical = isinstance(dtype, pd.CategoricalDtype)
        if not categorical:
            check_measurement(X, position, column, dtype)
        in_cells = not categorical and dtype.kind == "O" and holds_arrays(X.iloc[:, position])
        group = group or _kind(column, index, categorical, in_cells)
        features.setdefault((group, name, in_cells), []).append((index, position, categorical))
    return features


def _stack_features(
    features: dict[tuple[str, str, bool], list[Cell]], columns: Sequence[Hashable]
) -> dict[tuple[str, str, str | None], list[Feature]]:
    """Return the features of each input, by group, kind and name.

    Plain features of a group are stacked; every other feature is an input of its own.
    """
    stacks: dict[tuple[str, str, str | None], list[Feature]] = {}
    for (group, name, in_cells), cells in features.items():
        index, position, categorical = cells[0]
        if any(len(other) != len(index) or c != categorical for other, _, c in cells):
            raise ValueError(
                f"The columns of feature {name!r} in group {group!r} differ in their number of "
                "indices or mix numbers and categories; expected one kind."
            )
        kind = _kind(columns[position], index, categorical, in_cells)
        _check_addresses_differ(cells, columns)
        key = (group, kind, None if kind in STACKED else name)
        stacks.setdefault(key, []).append((name, in_cells, cells))
    return stacks


def _kind(column: Hashable, index: tuple[int, ...], categorical: bool, in_cells: bool) -> str:
    kind = "image" if in_cells else KINDS.get((len(index), categorical))
    if kind is None:
        dtype = "category" if categorical else "numeric"
        raise ValueError(
            f"Column {column!r} has {len(index)} indices and {dtype} dtype, which is no kind of "
            "input. Expected none for numbers and categories, [step] for tokens and series, "
            "[step,channel] for sequences, [row,column,channel] for images."
        )
    return kind


def _check_addresses_differ(cells: list[Cell], columns: Sequence[Hashable]) -> None:
    """Refuse two columns with one address, such as ``age`` beside ``numeric__age``."""
    position_of: dict[tuple[int, ...], int] = {}
    for index, position, _ in cells:
        if index in position_of:
            raise ValueError(
                f"The columns {columns[position_of[index]]!r} and {columns[position]!r} are the "
                "same feature of the same column group; rename one of them."
            )
        position_of[index] = position


def _input_name(group: str, kind: str, feature: str | None, several: bool) -> str:
    name = f"{group}__{feature or kind}" if several else group
    # Keras refuses a slash and cannot save a null; names of layers have ">".
    return re.sub("[/>\0]", "|", name)


def _spec(
    X: pd.DataFrame,
    address: tuple[str, str, str],
    members: list[Feature],
    dtypes: Sequence[Dtype],
    *,
    allow_nan: bool,
) -> InputSpec:
    name, group, kind = address
    names = tuple(member[0] for member in members)
    in_cells = members[0][1]
    cells = [cell for member in members for cell in member[2]]
    if kind not in STACKED:
        cells.sort()
    positions = np.array([position for _, position, _ in cells])
    if in_cells:
        shape = cell_shape(X.iloc[:, positions[0]])
    else:
        shape = (len(cells),) if kind in STACKED else _box(names[0], group, [c[0] for c in cells])
    spec = InputSpec(name, group, kind, names, positions, shape, in_cells=in_cells)
    if cells[0][2]:
        vocabularies = [_categories(dtypes[position]) for position in positions]
        if kind == "tokens":
            _check_shared_vocabulary(names[0], group, vocabularies)
            vocabularies = vocabularies[:1]
        return replace(spec, categories=tuple(vocabularies))
    return _with_values_seen(spec, X, allow_nan=allow_nan) if kind == "numeric" else spec


def _with_values_seen(spec: InputSpec, X: pd.DataFrame, *, allow_nan: bool) -> InputSpec:
    """Record which features are binary or have missing values, and the medians if none has."""
    values = measurements(X, spec.positions, X.columns, allow_nan=allow_nan)
    missing = np.isnan(values)
    binary = ((values == 0) | (values == 1) | missing).all(axis=0)
    spec = replace(spec, binary=tuple(binary.tolist()))
    if not allow_nan:
        return spec
    medians = []
    if not missing.any():
        rows = np.linspace(0, len(values) - 1, min(len(values), MEDIAN_ROWS)).astype(int)
        medians = column_medians(values[rows]).tolist()
    return replace(spec, missing=tuple(missing.any(axis=0).tolist()), medians=tuple(medians))


def _categories(dtype: Dtype) -> pd.Index:
    return getattr(dtype, "categories")  # noqa: B009 - the columns are known to be categories


def _box(feature: str, group: str, indices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Shape of a feature whose sorted, distinct indices must fill a box from 0."""
    shape = tuple(max(axis) + 1 for axis in zip(*indices, strict=True))
    # The product decides; a box is walked only as far as the columns that exist.
    if math.prod(shape) != len(indices):
        present = set(indices)
        missing = itertools.islice((i for i in _indices(shape) if i not in present), 3)
        raise ValueError(
            f"Feature {feature!r} in group {group!r} has indices up to {indices[-1]} but lacks "
            f"{', '.join(map(str, missing))}. The number in brackets is the position in a text, a "
            "series or an image and runs from 0 without gaps; rename the columns if it is not."
        )
    return shape


def _indices(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the indices of a box one by one, the last axis fastest, without allocating it."""
    if not shape:
        yield ()
        return
    for first in range(shape[0]):
        for rest in _indices(shape[1:]):
            yield first, *rest


def _check_shared_vocabulary(feature: str, group: str, vocabularies: list[pd.Index]) -> None:
    first = vocabularies[0]
    for vocabulary in vocabularies[1:]:
        if vocabulary is not first and not vocabulary.equals(first):
            raise ValueError(
                f"The token columns of feature {feature!r} in group {group!r} have different "
                "categories; all columns of one feature share one vocabulary."
            )
