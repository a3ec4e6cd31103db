"""Columns of cells of any kind as pandas `category` columns: what their encoders share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import FROM_CODES_UNCHECKED
from skmultiinput._typing import TableLike
from skmultiinput.frame._column_groups import MISSING
from skmultiinput.preprocessing._cell_encoder import named_frame
from skmultiinput.preprocessing._column_wise import (
    PandasOutputMixin,
    RawColumnsMixin,
    check_raw_frame,
)
from skmultiinput.preprocessing._reading.labels import RESERVED, cell_label, is_blank
from skmultiinput.preprocessing._reading.parts import find_part, part_of, words_of
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Below this number of rows a plain loop beats the hash tables of pandas.
_FEW_ROWS = 32
_REMEDY = "Lists and arrays are sequences: give the column to a SequenceEncoder or an ImageEncoder."


def factorize(
    column: pd.Series, name: object, *, by_cell: bool = False
) -> tuple[np.ndarray, list[str]]:
    """Split a column into codes, -1 for missing cells, and the labels they stand for.

    Labels need not all occur. With `by_cell` each cell has its own.
    """
    codes, labels = _split(column, name, by_cell=by_cell)
    blank = [code for code, label in enumerate(labels) if is_blank(label)]
    return (np.where(np.isin(codes, blank), -1, codes) if blank else codes), labels


def _split(column: pd.Series, name: object, *, by_cell: bool) -> tuple[np.ndarray, list[str]]:
    levels: Any
    try:
        if by_cell:
            return _label_cells(column)
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes, levels = column.cat.codes.to_numpy(), column.cat.categories
        elif column.dtype == object and pd.api.types.infer_dtype(column).startswith("mixed"):
            # Cells of several types may be equal, as 1 and True are; their labels are not.
            codes, labels = _label_cells(column)
            unique_codes, levels = pd.factorize(np.array(labels, dtype=object))
            return np.where(codes < 0, -1, unique_codes), [*levels]
        else:
            codes, levels = pd.factorize(column)
        return codes, [cell_label(level) for level in _cells(levels)]
    except TypeError as error:
        raise TypeError(f"Column {name!r}: {error}. {_REMEDY}") from error


def _cells(values: pd.Series | pd.Index) -> np.ndarray:
    """Return cells whose texts tell them apart: 0.1 of any precision, dates of any resolution."""
    # Iterated, an index gives Python floats, in which 0.1 of float32 is 0.10000000149011612.
    cells = np.asarray(values)
    return np.asarray(values.astype(object)) if cells.dtype.kind in "mM" else cells


def _label_cells(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    cells = _cells(column)
    gaps = pd.isna(cells)
    labels = ["" if gap else cell_label(cell) for cell, gap in zip(cells, gaps, strict=True)]
    return np.where(gaps, -1, np.arange(len(cells))), labels


def count_labels(codes: np.ndarray, labels: Sequence[str]) -> TextCounts:
    """Count how often each label occurs; some may not."""
    return TextCounts(labels, np.bincount(codes[codes >= 0], minlength=len(labels)))


class CategoryColumns(PandasOutputMixin, RawColumnsMixin, TransformerMixin, BaseEstimator):
    """Base of the encoders whose output are ``category`` columns with dtypes known from `fit`.

    `fit` sets `parts_` and `dtypes_`. A subclass returns the codes of labels in the dtype of a
    column from ``_codes_of_labels(position, labels)``.
    """

    parts: bool

    def _codes_of_labels(self, position: int, labels: list[str]) -> ArrayLike:
        raise NotImplementedError

    def _part_of_column(self, codes: np.ndarray, labels: list[str], name: object) -> str | None:
        """Return the kind of text of which a part is the category, None for whole texts."""
        return find_part(count_labels(codes, labels), words_of(name)) if self.parts else None

    def _encode(self, position: int, codes: np.ndarray, labels: list[str]) -> pd.Categorical:
        """Return a column from what `factorize` gave."""
        # The code -1 of missing cells picks the last entry.
        of_labels = np.asarray(self._codes_of_labels(position, labels), dtype=np.int32)
        table = np.append(of_labels, np.int32(RESERVED.index(MISSING)))
        return pd.Categorical.from_codes(
            table[codes], dtype=self.dtypes_[position], **FROM_CODES_UNCHECKED
        )

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Encode `X` as learned in `fit`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features)
            ``category`` columns without missing values, of the dtypes `dtypes_`.
        """
        check_is_fitted(self)
        frame = check_raw_frame(self, X, reset=False)
        by_cell = len(frame) <= _FEW_ROWS
        encoded = []
        for position, name in enumerate(frame.columns):
            codes, labels = factorize(frame.iloc[:, position], name, by_cell=by_cell)
            labels = parts_of(labels, self.parts_[position])
            encoded.append(self._encode(position, codes, labels))
        return named_frame(encoded, self.get_feature_names_out(), frame.index)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        return tags


def parts_of(labels: list[str], kind: str | None) -> list[str]:
    """Return the part of each label that is the category."""
    return labels if kind is None else [part_of(label, kind) for label in labels]
