"""What the encoders of texts, sequences and images share: reading cells, placing, naming.

Their input is one or more columns whose cells are whole objects; their output is several columns
per feature. Nothing here knows what a cell means.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags

from skmultiinput._compat import FROM_CODES_UNCHECKED
from skmultiinput.preprocessing._column_wise import PandasOutputMixin, check_raw_frame

# Share of the training rows that max_length="auto" holds in full, and the most columns it makes.
AUTO_SHARE = 0.99
AUTO_LIMIT = 512


def cell_frame(X: Any, *, stacked: bool = False) -> pd.DataFrame:
    """Turn a column, a list of cells or a table into a frame whose cells are the objects.

    A frame is returned as it is; columns without a name are numbered. A Series, a list or a 1-d
    array is one column; if `stacked`, so is an array of three or more dimensions, one cell per row.
    """
    if isinstance(X, pd.DataFrame):
        return X
    if isinstance(X, pd.Series):
        return X.to_frame()
    if hasattr(X, "to_pandas"):  # polars, Arrow
        return cell_frame(X.to_pandas())
    if hasattr(X, "__array__") and not hasattr(X, "__len__"):
        X = np.asarray(X)
    _check_column(X, stacked=stacked)
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return pd.DataFrame(X)
    # fromiter keeps cells whole where np.array would stack equally long ones.
    cells = np.fromiter(iter(X), dtype=object, count=len(X))
    return pd.DataFrame(cells.reshape(-1, 1), dtype=object)


def _check_column(X: Any, *, stacked: bool) -> None:
    """Refuse what is neither a column of cells nor a table."""
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed, but the cells have to be whole objects; expected a "
            "DataFrame, a Series or a list of cells."
        )
    if isinstance(X, (str, bytes, dict)) or not hasattr(X, "__len__"):
        raise ValueError(
            f"Expected a DataFrame, a Series or a list of cells, got {type(X).__name__}: put a "
            "single cell into a list."
        )
    if isinstance(X, np.ndarray) and X.ndim == 0:
        raise ValueError(f"Expected a column of cells, got a scalar array: {X}.")
    if isinstance(X, np.ndarray) and X.ndim > 2 and not stacked:
        raise ValueError(
            f"Found array with dim {X.ndim}, expected dim <= 2: one column per feature."
        )


def place(column: pd.Series, row: int) -> str:
    """Name a cell the way the user finds it, e.g. ``"row 3 of column 'usage'"``."""
    [label] = column.index[row : row + 1].tolist()  # tolist: a plain 3 instead of np.int64(3)
    return f"row {label!r} of column {column.name!r}"


def length_of(max_length: int | str, lengths: np.ndarray) -> int:
    """Return the length asked for; "auto", from 1 to 512, holds 99 % of the filled cells."""
    if max_length != "auto":
        return int(max_length)
    lengths = lengths[lengths > 0]
    if not len(lengths):
        return 1
    return int(min(np.quantile(lengths, AUTO_SHARE, method="higher"), AUTO_LIMIT))


def places(
    lengths: np.ndarray, max_length: int, *, padding: str = "post", truncation: str = "post"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of the items of concatenated cells in an array (n_cells, max_length).

    `lengths` are the numbers of items of the cells. Short cells leave room on the side of
    `padding`, long ones lose items on that of `truncation`. Returned are a flag per item whether it
    is kept, and rows and steps of those that are.
    """
    starts = np.cumsum(lengths) - lengths
    rows = np.repeat(np.arange(len(lengths)), lengths)
    steps = np.arange(len(rows)) - starts[rows]
    over = np.maximum(lengths - max_length, 0)
    if truncation == "pre":
        steps -= over[rows]
    kept = (steps >= 0) & (steps < max_length)
    if padding == "pre":
        steps += np.maximum(max_length - lengths, 0)[rows]
    return kept, rows[kept], steps[kept]


def code_box(
    codes: np.ndarray,
    lengths: np.ndarray,
    max_length: int,
    dtype: pd.CategoricalDtype,
    **sides: str,
) -> np.ndarray:
    """Put the codes of all cells into a matrix (n_cells, max_length), 0 where a cell is shorter.

    It is of the integer type that pandas takes for so many categories, which saves it a copy.
    """
    size = len(dtype.categories)
    integer = np.int8 if size < 2**7 - 1 else np.int16 if size < 2**15 - 1 else np.int32
    kept, rows, steps = places(lengths, max_length, **sides)
    box = np.zeros((len(lengths), max_length), dtype=integer, order="F")
    box[rows, steps] = codes[kept]
    return box


def category_columns(codes: np.ndarray, dtype: pd.CategoricalDtype) -> list[pd.Categorical]:
    """Return columns of one shared category dtype from codes, (n_samples, n_columns)."""
    return [
        pd.Categorical.from_codes(column, dtype=dtype, **FROM_CODES_UNCHECKED) for column in codes.T
    ]


def named_frame(parts: list, names: Iterable[str] | np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Return a DataFrame of columns, and of arrays of columns, without copying them."""
    # The number of columns is explicit: reshape cannot infer it where there are no rows.
    parts = [p.reshape(len(p), math.prod(p.shape[1:])) if p.ndim > 2 else p for p in parts]
    if len(parts) == 1 and parts[0].ndim == 2:
        frame = pd.DataFrame(parts[0], index=index, copy=False)
    else:
        columns = [column for part in parts for column in (part.T if part.ndim == 2 else [part])]
        frame = pd.DataFrame(dict(enumerate(columns)), index=index, copy=False)
    frame.columns = pd.Index(names)
    return frame


class CellEncoder(PandasOutputMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base of the encoders whose input cells are whole objects and whose output is a frame.

    A subclass returns from ``_suffixes()`` what follows the name of each feature in the names of
    its output columns (``"[3]"``, ``"[3,1]"`` or nothing), a list per column of `X`. What it names
    in `_tables` is made by ``_prepare()`` from the fitted attributes, and not stored.
    """

    _tables: tuple[str, ...] = ()
    _bytes_are_text = True

    def _prepare(self) -> None:
        """Make the look-up tables for `transform`; none by default."""

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        return {name: value for name, value in state.items() if name not in self._tables}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "vocabularies_" in state:
            self._prepare()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        # The cells are texts, lists or images, not numbers.
        tags.input_tags.two_d_array = False
        return tags

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of `X`; must be those seen in `fit`, where those had names.

        Returns
        -------
        ndarray of str objects, shape (n_columns_out,)

        Raises
        ------
        ValueError
            If the names are not those seen in `fit`.
        """
        return self._names_out(tuple(super().get_feature_names_out(input_features)))

    def _names_out(self, features: tuple[str, ...]) -> np.ndarray:
        return np.array(
            [
                f"{feature}{suffix}"
                for feature, suffixes in zip(features, self._suffixes(), strict=True)
                for suffix in suffixes
            ],
            dtype=object,
        )

    def _suffixes(self) -> list[list[str]]:
        raise NotImplementedError

    def _read(self, X: Any, *, reset: bool, stacked: bool = False) -> pd.DataFrame:
        """Check `X` against what `fit` saw (or learn it) and return it as a frame of cells."""
        if reset:
            self._check_output()
        frame = cell_frame(X, stacked=stacked)
        return check_raw_frame(self, frame, reset=reset, decode=self._bytes_are_text)
