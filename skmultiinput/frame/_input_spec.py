"""The inputs of the network that the columns of a typed frame form: names and dtypes, read."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skmultiinput.frame._column_arrays import cell_shape, measurements

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
        group, feature = None, column
    if feature[-1:] == "]":
        name, _, places = feature[:-1].rpartition("[")
        indices = places.split(",")
        if name and all(map(str.isdecimal, indices)):
            return group, name, tuple(map(int, indices))
    return group, feature, ()


def default_group(column, index, categorical, in_cells):
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


def gather(X, features, columns, dtypes):
    """Turn the features found into inputs: plain ones stacked by group, the others one each."""
    stacks: dict[tuple[str, str, str | None], list] = {}
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
        _refuse_same_address(found, columns)
        key = (group, kind, None if kind in STACKED else name)
        stacks.setdefault(key, []).append((name, in_cells, found))
    n_inputs = Counter(group for group, _, _ in stacks)
    names = [_input_name(*key, n_inputs[key[0]] > 1) for key in stacks]
    for name, n_times in Counter(names).items():
        if n_times > 1:
            raise ValueError(
                f"Two inputs of the network would be called {name!r}. Rename one of the column "
                "groups or features of that name."
            )
    return tuple(
        _spec(X, *key[:2], name, members, dtypes)
        for name, (key, members) in zip(names, stacks.items(), strict=True)
    )


def _refuse_same_address(found, columns):
    """Refuse two columns at one place, such as ``age`` beside ``numeric__age``."""
    places: dict[tuple[int, ...], int] = {}
    for index, position, _ in found:
        if index in places:
            raise ValueError(
                f"The columns {columns[places[index]]!r} and {columns[position]!r} are the same "
                "feature of the same column group; rename one of them."
            )
        places[index] = position


def _input_name(group, kind, feature, several):
    # Keras refuses a slash in the name of an input.
    return (f"{group}__{feature or kind}" if several else group).replace("/", "|")


def _spec(X, group, kind, name, members, dtypes):
    names = tuple(member[0] for member in members)
    in_cells = members[0][1]
    found = [entry for member in members for entry in member[2]]
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
