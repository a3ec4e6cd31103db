"""The typed frame: reading column names and dtypes, splitting into network inputs, joining again.

A column's name is its address, ``group__feature[i,j]``. Its dtype says what it holds: numbers are
measurements; a pandas ``category`` holds categories, and its categories are the fitted vocabulary.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from skmultiinput._checks import check_unique_columns
from skmultiinput.frame._column_address import parse_address
from skmultiinput.frame._column_arrays import (
    INFREQUENT,
    MISSING,
    PAD,
    UNKNOWN,
    Dtype,
    Recoded,
    codes_of,
    measurements,
    stack_cells,
)
from skmultiinput.frame._input_spec import KINDS, InputSpec, read_inputs

__all__ = [
    "INFREQUENT",
    "KINDS",
    "MISSING",
    "PAD",
    "UNKNOWN",
    "ColumnGroups",
    "InputSpec",
    "parse_address",
]
# Columns that an error lists, as in scikit-learn's.
_MOST_BULLETS = 5


@dataclass(frozen=True, eq=False)
class ColumnGroups:
    """The groups of a typed frame: what each column is, and how to split a frame into inputs.

    Build it with `from_frame`; the estimators keep it as ``column_groups_``.

    Attributes
    ----------
    columns : pandas.Index
        The columns of the frame it was read from.
    dtypes : tuple of dtypes
        Their dtypes.
    inputs : tuple of InputSpec
        One entry per input of the network, in order of appearance.

    See Also
    --------
    skmultiinput.preprocessing.make_preprocessor : Makes typed frames of raw tables.

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
    dtypes: tuple[Dtype, ...]
    inputs: tuple[InputSpec, ...]

    @classmethod
    def from_frame(cls, X: pd.DataFrame, *, allow_nan: bool = True) -> Self:
        """Read the groups of a typed frame.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            A typed frame. Columns without a ``group__`` prefix form one group per kind. Brackets
            count as an index only where the frame has the feature's first cell, such as
            ``usage[0]``; otherwise they are part of a plain feature's name.
        allow_nan : bool, default=True
            Whether plain numbers may be missing. Series, sequences and images may not.

        Returns
        -------
        ColumnGroups

        Raises
        ------
        ValueError
            If a column is duplicated, holds text, dates, mixed values or infinity, or if the
            indices of a feature do not form a complete box that starts at 0.
        """
        if not isinstance(X, pd.DataFrame):
            raise TypeError(f"ColumnGroups reads a pandas DataFrame, got {type(X).__name__}.")
        check_unique_columns(X.columns)
        # Indexing by number walks a property chain per column; the lists are walked once.
        columns, dtypes = list(X.columns), list(X.dtypes)
        inputs = read_inputs(X, columns, dtypes, allow_nan=allow_nan)
        return cls(X.columns, tuple(dtypes), inputs)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, name: str) -> InputSpec:
        for spec in self.inputs:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @property
    def groups(self) -> list[str]:
        """Names of the column groups, in order of appearance, a list of str."""
        return list(dict.fromkeys(spec.group for spec in self.inputs))

    def of_group(self, group: str) -> list[InputSpec]:
        """Return the inputs that belong to `group`, a list of InputSpec."""
        return [spec for spec in self.inputs if spec.group == group]

    def align(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return `X` with the fitted columns in the fitted order.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            Columns are matched by name.

        Returns
        -------
        DataFrame
            `X` itself where its columns are the fitted ones.

        Raises
        ------
        ValueError
            If a column is missing, extra or duplicated; it is named.
        """
        if not isinstance(X, pd.DataFrame):
            raise TypeError(f"ColumnGroups reads a pandas DataFrame, got {type(X).__name__}.")
        if X.columns is self.columns or X.columns.equals(self.columns):
            return X
        check_unique_columns(X.columns)
        given, expected = set(X.columns), set(self.columns)
        extra = [column for column in X.columns if column not in expected]
        missing = [column for column in self.columns if column not in given]
        if extra or missing:
            message = "The feature names should match those that were passed during fit.\n"
            if extra:
                message += "Feature names unseen at fit time:\n" + _bullets(extra)
            if missing:
                message += "Feature names seen at fit time, yet now missing:\n" + _bullets(missing)
            raise ValueError(message)
        return X[list(self.columns)]

    def split(self, X: pd.DataFrame) -> dict[str, np.ndarray]:
        """Split a typed frame into the inputs of the network.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_columns)
            A frame with the fitted columns, in any order.

        Returns
        -------
        dict of {str: ndarray}
            Per input an array of shape (n_samples, *shape): float32 measurements, or int32 codes
            into the fitted vocabulary. A missing number stays NaN if the input had missing numbers
            in fit; otherwise it becomes the median of its column.

        Raises
        ------
        ValueError
            If columns do not match, a measurement is infinite, or NaN where that is not allowed,
            or a category is missing from a vocabulary that has no slot for it; the column is named.
        """
        X = self.align(X)
        recoded: Recoded = {}
        return {spec.name: self._values(X, spec, recoded) for spec in self.inputs}

    def join(self, arrays: Mapping[str, np.ndarray], index: pd.Index | None = None) -> pd.DataFrame:
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
        data: list[Any] = [None] * len(self.columns)
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

    def _values(self, X: pd.DataFrame, spec: InputSpec, recoded: Recoded) -> np.ndarray:
        if spec.in_cells:
            return stack_cells(X.iloc[:, spec.positions[0]], spec.shape)
        if spec.categories:
            out = np.empty((len(X), len(spec.positions)), dtype=np.int32)
            for j, position in enumerate(spec.positions):
                vocabulary = spec.categories[j if spec.kind == "categorical" else 0]
                column = X.iloc[:, position]
                out[:, j] = codes_of(column, self.columns[position], vocabulary, recoded)
            return out
        values = measurements(
            X, spec.positions, self.columns, allow_nan=bool(spec.missing), medians=spec.medians
        )
        return values.reshape(len(X), *spec.shape)

    def _table(self) -> list[tuple[str, ...]]:
        """Return what the inputs are, as rows of text; the names of the columns come first."""
        rows: list[tuple[str, ...]] = [("group", "kind", "features", "shape", "vocabulary")]
        for spec in self.inputs:
            sizes = ", ".join(map(str, spec.vocabulary_sizes)) or "-"
            sizes = sizes if len(sizes) < 40 else sizes[:37] + "..."
            rows.append((spec.name, spec.kind, str(len(spec.features)), str(spec.shape), sizes))
        return rows

    def __repr__(self) -> str:
        rows = self._table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in rows]
        return "\n".join(["ColumnGroups", *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        head, *rows = self._table()
        return pd.DataFrame(rows, columns=list(head)).to_html(index=False, border=0)


def _bullets(names: Iterable[Hashable]) -> str:
    names = sorted(names, key=str)
    lines = [f"- {name}" for name in names[:_MOST_BULLETS]]
    return "\n".join([*lines, *(["- ..."] if len(names) > _MOST_BULLETS else [])]) + "\n"
