"""The typed frame: reading column names and dtypes, splitting into network inputs, joining again.

A column's name is its address, ``group__feature[i,j]``, and its dtype says what it is: a number
is a measurement, a pandas ``category`` is a symbol whose categories are the fitted vocabulary.
Nothing else in the package parses a column name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from skmultiinput._columns import (
    INFREQUENT,
    MISSING,
    PAD,
    UNKNOWN,
    cell_shape,
    check_measurement,
    codes_of,
    holds_arrays,
    measurements,
    stack_cells,
)

__all__ = [
    "INFREQUENT",
    "KINDS",
    "MISSING",
    "PAD",
    "UNKNOWN",
    "ColumnGroups",
    "InputSpec",
    "as_frame",
    "parse_address",
]

# The whole rule: (number of indices, is it a category) -> kind.
KINDS = {
    (0, False): "numeric",
    (0, True): "categorical",
    (1, True): "tokens",
    (1, False): "series",
    (2, False): "sequence",
    (3, False): "image",
}
# Kinds whose features of one group are stacked into one input.
STACKED = ("numeric", "categorical")

_INDEX = re.compile(r"\[(\d+(?:,\d+)*)\]$")


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
        Where the columns stand in the fitted frame, in the order of the features or indices.
    shape : tuple of int
        Shape of one row of the input.
    categories : tuple of pandas.Index
        The vocabulary of each categorical feature, or the one vocabulary of the tokens.
    binary : tuple of bool
        For numeric inputs, per feature, whether only 0 and 1 were seen.
    in_cells : bool
        Whether one object column holds the whole feature as an array per cell.
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

    @property
    def vocabulary_sizes(self):
        """Number of symbols of each vocabulary, a tuple of int."""
        return tuple(len(categories) for categories in self.categories)


@dataclass(frozen=True, eq=False)
class ColumnGroups:
    """The groups of a typed frame: what each column is, and how to split a frame into inputs.

    Build it with `from_frame`; it is kept by the estimators as ``column_groups_``.

    Attributes
    ----------
    columns : pandas.Index
        The columns of the frame it was read from.
    dtypes : tuple of dtypes
        Their dtypes.
    inputs : tuple of InputSpec
        One entry per input of the network, in order of appearance.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "numeric__age": [31.0, 64.0],
    ...     "category__city": pd.Categorical(["Bern", "Rome"]),
    ...     "text__review[0]": pd.Categorical(["good", "<pad>"], categories=["<pad>", "good"]),
    ... })
    >>> groups = ColumnGroups.from_frame(frame)
    >>> groups
    ColumnGroups
    group     kind         features  shape  vocabulary
    numeric   numeric      1         (1,)   -
    category  categorical  1         (1,)   2
    text      tokens       1         (1,)   2
    >>> {name: values.tolist() for name, values in groups.split(frame).items()}
    {'numeric': [[31.0], [64.0]], 'category': [[0], [1]], 'text': [[1], [0]]}
    """

    columns: pd.Index
    dtypes: tuple
    inputs: tuple[InputSpec, ...]
    _names: frozenset = field(repr=False)

    @classmethod
    def from_frame(cls, X):
        """Read the groups of a typed frame.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            A typed frame. Columns without a ``group__`` prefix form one group per kind.

        Returns
        -------
        ColumnGroups

        Raises
        ------
        ValueError
            If a column is duplicated, holds text, dates or mixed values, or if the indices of a
            feature do not form a complete box that starts at 0.
        """
        if not isinstance(X, pd.DataFrame):
            raise TypeError(f"ColumnGroups reads a pandas DataFrame, got {type(X).__name__}.")
        _refuse_duplicates(X.columns)
        # Indexing by number walks a property chain per column; the lists are walked once.
        columns, dtypes = list(X.columns), list(X.dtypes)
        features: dict[tuple[str, str, bool], list] = {}
        for position, (column, dtype) in enumerate(zip(columns, dtypes, strict=True)):
            group, name, index = parse_address(column)
            categorical = isinstance(dtype, pd.CategoricalDtype)
            if not categorical:
                check_measurement(X, position, column, dtype)
            in_cells = not categorical and dtype.kind == "O" and holds_arrays(X.iloc[:, position])
            group = group or _default_group(column, index, categorical, in_cells)
            features.setdefault((group, name, in_cells), []).append((index, position, categorical))
        specs = _gather(X, features, columns, dtypes)
        return cls(X.columns, tuple(dtypes), specs, frozenset(columns))

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, name):
        for spec in self.inputs:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @property
    def groups(self):
        """Names of the column groups, in order of appearance, a list of str."""
        return list(dict.fromkeys(spec.group for spec in self.inputs))

    def of_group(self, group):
        """Return the inputs that belong to `group`, a list of InputSpec."""
        return [spec for spec in self.inputs if spec.group == group]

    def align(self, X):
        """Return `X` with the fitted columns in the fitted order.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            Columns are matched by name.

        Returns
        -------
        DataFrame
            `X` itself when nothing has to be moved.

        Raises
        ------
        ValueError
            If a column is missing, extra or duplicated; it is named.
        """
        if X.columns is self.columns or X.columns.equals(self.columns):
            return X
        _refuse_duplicates(X.columns)
        given = set(X.columns)
        extra = [column for column in X.columns if column not in self._names]
        missing = [column for column in self.columns if column not in given]
        if extra or missing:
            message = "The feature names should match those that were passed during fit.\n"
            if extra:
                message += "Feature names unseen at fit time:\n" + _bullets(extra)
            if missing:
                message += "Feature names seen at fit time, yet now missing:\n" + _bullets(missing)
            raise ValueError(message)
        return X[list(self.columns)]

    def split(self, X):
        """Split a typed frame into the inputs of the network.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            A frame with the fitted columns, in any order.

        Returns
        -------
        dict of {str: ndarray}
            Per input an array of shape (n_samples, *shape): float32 measurements, or int32 codes
            into the fitted vocabulary.

        Raises
        ------
        ValueError
            If columns do not match, a measurement is NaN or infinite, or a symbol is missing from
            a vocabulary that has no slot for it; the column is named.
        """
        X = self.align(X)
        recoded: dict[int, np.ndarray] = {}
        return {spec.name: self._values(X, spec, recoded) for spec in self.inputs}

    def join(self, arrays, index=None):
        """Join the inputs of a network to a typed frame; the inverse of `split`.

        Parameters
        ----------
        arrays : mapping of {str: ndarray}
            As returned by `split`.
        index : Index, optional
            The index of the frame.

        Returns
        -------
        DataFrame
            With the fitted columns and dtypes. Measurements have passed through float32.
        """
        data: list = [None] * len(self.columns)
        for spec in self.inputs:
            values = np.asarray(arrays[spec.name])
            if spec.in_cells:
                cells = np.empty(len(values), dtype=object)
                cells[:] = list(values)
                data[spec.positions[0]] = cells
                continue
            flat = values.reshape(len(values), -1)
            for j, position in enumerate(spec.positions):
                if spec.categories:
                    data[position] = pd.Categorical.from_codes(
                        flat[:, j], dtype=self.dtypes[position]
                    )
                else:
                    data[position] = pd.Series(flat[:, j]).astype(self.dtypes[position]).array
        frame = pd.DataFrame(dict(enumerate(data)), index=index, copy=False)
        frame.columns = self.columns
        return frame

    def _values(self, X, spec, recoded):
        if spec.in_cells:
            return stack_cells(X.iloc[:, spec.positions[0]], spec.shape)
        if spec.categories:
            out = np.empty((len(X), len(spec.positions)), dtype=np.int32)
            for j, position in enumerate(spec.positions):
                vocabulary = spec.categories[j if spec.kind == "categorical" else 0]
                column = X.iloc[:, position]
                out[:, j] = codes_of(column, self.columns[position], vocabulary, recoded)
            return out
        return measurements(X, spec.positions, self.columns).reshape(len(X), *spec.shape)

    @cached_property
    def _table(self):
        rows = [("group", "kind", "features", "shape", "vocabulary")]
        for spec in self.inputs:
            sizes = ", ".join(map(str, spec.vocabulary_sizes)) or "-"
            sizes = sizes if len(sizes) < 40 else sizes[:37] + "..."
            rows.append((spec.name, spec.kind, str(len(spec.features)), str(spec.shape), sizes))
        return rows

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(*self._table, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in self._table]
        return "\n".join(["ColumnGroups", *(line.rstrip() for line in lines)])

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_table"}


def parse_address(column):
    """Split a column name into group, feature and index.

    Parameters
    ----------
    column : str or other hashable
        ``group__feature[i,j]``; names that are not strings have neither group nor index.

    Returns
    -------
    group : str or None
    feature : str
    index : tuple of int

    Examples
    --------
    >>> parse_address("history__usage[3,1]")
    ('history', 'usage', (3, 1))
    >>> parse_address("age")
    (None, 'age', ())
    """
    if not isinstance(column, str):
        return None, str(column), ()
    group, separator, feature = column.partition("__")
    if not separator or not group or not feature:
        group, feature = "", column
    index: tuple[int, ...] = ()
    if feature.endswith("]"):
        match = _INDEX.search(feature)
        if match and match.start():
            index = tuple(map(int, match[1].split(",")))
            feature = feature[: match.start()]
    return group or None, feature, index


def as_frame(arrays: Mapping[str, np.ndarray], prefix: str) -> pd.DataFrame:
    """Name the columns of measurements by the typed frame's rule.

    Parameters
    ----------
    arrays : mapping of {str: ndarray of shape (n_samples, ...)}
        Feature name to values.
    prefix : str
        The column group.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> as_frame({"usage": np.zeros((1, 2, 1))}, "history").columns.tolist()
    ['history__usage[0,0]', 'history__usage[1,0]']
    """
    parts = []
    for feature, values in arrays.items():
        names = [
            f"{prefix}__{feature}" + (f"[{','.join(map(str, index))}]" if index else "")
            for index in np.ndindex(values.shape[1:])
        ]
        parts.append(pd.DataFrame(values.reshape(len(values), -1), columns=names))
    return pd.concat(parts, axis=1)


def _default_group(column, index, categorical, in_cells):
    kind = "image" if in_cells else KINDS.get((len(index), categorical))
    if kind is None:
        raise ValueError(_bad_index(column, len(index), categorical))
    return kind


def _bad_index(column, n_indices, categorical):
    dtype = "category" if categorical else "numeric"
    return (
        f"Column {column!r} has {n_indices} indices and {dtype} dtype, which is no kind of input. "
        "Expected none for numbers and categories, [step] for tokens and series, "
        "[step,channel] for sequences, [row,column,channel] for images."
    )


def _gather(X, features, columns, dtypes):
    """Turn the features found into inputs: plain ones stacked by group, the others one each."""
    stacks: dict[tuple[str, str], list] = {}
    for (group, name, in_cells), found in features.items():
        first = columns[found[0][1]]
        n_indices, categorical = len(found[0][0]), found[0][2]
        if any(len(index) != n_indices or c != categorical for index, _, c in found):
            raise ValueError(
                f"The columns of feature {name!r} in group {group!r} differ in their number of "
                "indices or mix numbers and categories; expected one kind."
            )
        kind = "image" if in_cells else KINDS.get((n_indices, categorical))
        if kind is None:
            raise ValueError(_bad_index(first, n_indices, categorical))
        key = (group, kind if kind in STACKED else name)
        stacks.setdefault(key, []).append((name, kind, in_cells, found))
    n_inputs: dict[str, int] = {}
    for group, _ in stacks:
        n_inputs[group] = n_inputs.get(group, 0) + 1
    names = {key: _input_name(*key, n_inputs[key[0]] > 1) for key in stacks}
    return tuple(_spec(X, key[0], names[key], members, dtypes) for key, members in stacks.items())


def _input_name(group, part, several):
    # Keras refuses a slash in the name of an input.
    return (f"{group}__{part}" if several else group).replace("/", "|")


def _spec(X, group, name, members, dtypes):
    names = tuple(member[0] for member in members)
    kind, in_cells = members[0][1], members[0][2]
    found = [entry for member in members for entry in member[3]]
    if kind not in STACKED and not in_cells:
        found = sorted(found)
    positions = np.array([position for _, position, _ in found])
    if in_cells:
        return InputSpec(
            name, group, kind, names, positions, cell_shape(X.iloc[:, positions[0]]), in_cells=True
        )
    shape = (len(found),) if kind in STACKED else _box(names[0], group, [i for i, _, _ in found])
    categories: tuple[pd.Index, ...] = ()
    if found[0][2]:
        vocabularies = [dtypes[position].categories for position in positions]
        if kind == "tokens":
            _check_shared_vocabulary(names[0], group, vocabularies)
            vocabularies = vocabularies[:1]
        categories = tuple(vocabularies)
    binary: tuple[bool, ...] = ()
    if kind == "numeric":
        values = measurements(X, positions, X.columns)
        binary = tuple(((values == 0) | (values == 1)).all(axis=0).tolist())
    return InputSpec(name, group, kind, names, positions, shape, categories, binary)


def _box(feature, group, indices):
    """Shape of a feature whose sorted indices must fill a box from 0."""
    shape = tuple(max(axis) + 1 for axis in zip(*indices, strict=True))
    if indices != list(np.ndindex(shape)):
        missing = sorted(set(np.ndindex(shape)) - set(indices))[:3]
        raise ValueError(
            f"Feature {feature!r} in group {group!r} has indices up to {indices[-1]} but lacks "
            f"{', '.join(map(str, missing))}. The number in brackets is the position in a text, a "
            "series or an image and runs from 0 without gaps; rename the columns if it is not."
        )
    return shape


def _check_shared_vocabulary(feature, group, vocabularies):
    first = vocabularies[0]
    for vocabulary in vocabularies[1:]:
        if vocabulary is not first and not vocabulary.equals(first):
            raise ValueError(
                f"The token columns of feature {feature!r} in group {group!r} have different "
                "categories; all columns of one feature share one vocabulary."
            )


def _refuse_duplicates(columns):
    if not columns.is_unique:
        twice = list(columns[columns.duplicated()].unique())
        raise ValueError(f"Column names must be unique, but these occur more than once: {twice}.")


def _bullets(names, limit=5):
    names = sorted(names, key=str)
    lines = [f"- {name}" for name in names[:limit]]
    return "\n".join([*lines, *(["- ..."] if len(names) > limit else [])]) + "\n"
