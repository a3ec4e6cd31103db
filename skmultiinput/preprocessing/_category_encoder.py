"""Categories of any kind to pandas `category` columns with a fitted vocabulary."""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import FROM_CODES_UNCHECKED, Interval, RealNotInt, _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.frame._column_groups import INFREQUENT, MISSING
from skmultiinput.preprocessing._column_wise import (
    PandasOutputMixin,
    RawColumnsMixin,
    check_raw_frame,
)
from skmultiinput.preprocessing._reading.labels import RESERVED, RESERVED_LIKE, cell_label
from skmultiinput.preprocessing._reading.parts import find_part, part_of, words_of

# Below this number of rows a plain loop beats the hash tables of pandas.
_FEW_ROWS = 32


def factorize(column: pd.Series) -> tuple[np.ndarray, Any]:
    """Split a column into codes, -1 for missing cells, and the distinct cells they stand for.

    These are cells as they came, or their labels where a column mixes types that compare equal (1
    and True); they need not all occur.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        cells = column.to_numpy()
        missing = column.isna().to_numpy()
        labels = [None if gone else cell_label(c) for c, gone in zip(cells, missing, strict=True)]
        # Labels are escaped already: the type says so.
        codes, levels = pd.factorize(np.array(labels, dtype=object))
        return codes, [_Label(level) for level in levels]
    return pd.factorize(column)


class _Label(str):
    """A text that is a label already and must not be escaped again."""

    __slots__ = ()


def _labels(levels: Sequence[object] | pd.Index | np.ndarray) -> list[str]:
    if isinstance(levels, pd.Index):
        # The index gives Python floats, in which 0.1 of float32 is 0.10000000149011612.
        levels = levels.to_numpy()
    return [level if type(level) is _Label else cell_label(level) for level in levels]


def _sorted_labels(labels: Iterable[str]) -> list[str]:
    """Sort by number where all labels are numbers, else by text."""
    labels = sorted(labels)
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        return labels
    finite = np.isfinite([*numbers.values()]).all()
    return sorted(labels, key=numbers.__getitem__) if finite else labels


class CategoryEncoder(PandasOutputMixin, RawColumnsMixin, TransformerMixin, BaseEstimator):
    r"""Encode columns as pandas ``category`` whose categories are the fitted vocabulary.

    Each vocabulary starts with three reserved levels, whether they occur in training or not:
    ``"<unknown>"`` (levels not seen in `fit`), ``"<infrequent>"`` (levels pooled by
    `min_frequency` or `max_categories`) and ``"<missing>"``. The levels follow, as text, in sorted
    order. So the dtype, not the rows at hand, gives the size of an embedding table.

    Levels are compared as text: the number 1, the number 1.0 and the text ``"1"`` are one level,
    ``"1"``, so a column may hold numbers in one file and text in the next.

    Parameters
    ----------
    min_frequency : int or float, default=1
        Levels rarer than this in training are pooled as ``"<infrequent>"``. An int is a number of
        rows, a float a share of the rows.
    max_categories : int, default=None
        Largest number of levels of each column, without the reserved ones. The most frequent are
        kept, the others pooled as ``"<infrequent>"``.

    parts : bool, default=False
        Whether e-mail addresses and URLs are encoded by their domains, postal codes and telephone
        numbers by their first digits, in columns whose cells mostly differ.

    Attributes
    ----------
    parts_ : list of (str or None)
        For each column, the kind of text of which a part is encoded.
    dtypes_ : list of pandas.CategoricalDtype
        For each column, the dtype of the output.
    vocabularies_ : list of pandas.Index
        For each column, the reserved levels followed by the others.
    infrequent_ : list of list of str
        For each column, the levels that were pooled.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    HashingEncoder : A fixed number of buckets instead of a vocabulary.
    sklearn.preprocessing.OrdinalEncoder : Numbers instead of categories.

    Notes
    -----
    A level of the data that is literally ``"<unknown>"``, or another reserved level, is written
    ``"\\<unknown>"``. The output is a pandas frame under every setting of `set_output`: an array
    has no place for the vocabulary, and polars is refused.

    Examples
    --------
    >>> import pandas as pd
    >>> plans = pd.DataFrame({"plan": ["basic", "plus", "basic", None]})
    >>> encoder = CategoryEncoder().fit(plans)
    >>> encoder.vocabularies_[0].tolist()
    ['<unknown>', '<infrequent>', '<missing>', 'basic', 'plus']
    >>> encoder.transform(pd.DataFrame({"plan": ["plus", "gold", None]}))["plan"].tolist()
    ['plus', '<unknown>', '<missing>']
    >>> CategoryEncoder(min_frequency=2).fit_transform(plans)["plan"].tolist()
    ['basic', '<infrequent>', 'basic', '<missing>']
    >>> CategoryEncoder().fit(pd.DataFrame({"plan": [["basic"], ["plus"]]}))
    Traceback (most recent call last):
        ...
    TypeError: Column 'plan': expected one category per cell (text, number or bool), got a list. ...
    """

    _parameter_constraints: dict = {
        "min_frequency": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "max_categories": [Interval(Integral, 1, None, closed="left"), None],
        "parts": ["boolean"],
    }

    def __init__(
        self,
        min_frequency: float = 1,
        max_categories: int | None = None,
        *,
        parts: bool = False,
    ) -> None:
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.parts = parts

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the vocabulary of each column.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Text, numbers, bools, pandas ``category``, missing cells.
        y : None
            Ignored.

        Returns
        -------
        self : CategoryEncoder

        Raises
        ------
        TypeError
            If a cell is a list or another container; the column is named.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: TableLike, y: object = None) -> pd.DataFrame:
        """Learn the vocabularies and encode `X`; the same as `fit`, then `transform`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            As for `fit`.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_features)
        """
        X, factors = self._fit(X)
        return self._encode(X, factors)

    @_fit_context(prefer_skip_nested_validation=True)
    def _fit(self, X: Any) -> tuple[pd.DataFrame, list[tuple[np.ndarray, list[str]]]]:
        self._check_output()
        X = check_raw_frame(self, X, reset=True)
        minimum = self.min_frequency
        if not isinstance(minimum, Integral):
            minimum = minimum * len(X)
        self.vocabularies_: list[pd.Index] = []
        self.infrequent_: list[list[str]] = []
        self.parts_: list[str | None] = []
        factors = []
        for position, name in enumerate(X.columns):
            codes, labels = factorize_named(X.iloc[:, position], name)
            self.parts_.append(category_part(codes, labels, name) if self.parts else None)
            labels = parts_of(labels, self.parts_[-1])
            kept, pooled = self._choose_levels(codes, labels, minimum)
            self.vocabularies_.append(pd.Index([*RESERVED, *kept], dtype=object))
            self.infrequent_.append(pooled)
            factors.append((codes, labels))
        self.dtypes_ = [pd.CategoricalDtype(vocabulary) for vocabulary in self.vocabularies_]
        # Codes by label, pooled levels included.
        self._code_of = [
            {
                **dict.fromkeys(pooled, RESERVED.index(INFREQUENT)),
                **{label: code for code, label in enumerate(vocabulary) if code >= len(RESERVED)},
            }
            for vocabulary, pooled in zip(self.vocabularies_, self.infrequent_, strict=True)
        ]
        return X, factors

    def _choose_levels(
        self, codes: np.ndarray, labels: list[str], minimum: float
    ) -> tuple[list[str], list[str]]:
        counts = dict.fromkeys(labels, 0)
        for label, count in zip(labels, count_levels(codes, len(labels)), strict=True):
            counts[label] += int(count)
        seen = _sorted_labels(label for label, count in counts.items() if count)
        frequent = [label for label in seen if counts[label] >= minimum]
        if self.max_categories is not None and len(frequent) > self.max_categories:
            # The sort is stable: among equally frequent levels the first by name are kept.
            ranked = sorted(frequent, key=lambda label: -counts[label])
            chosen = set(ranked[: self.max_categories])
            frequent = [label for label in frequent if label in chosen]
        kept = set(frequent)
        return frequent, [label for label in seen if label not in kept]

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Encode `X` with the fitted vocabularies.

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
        X = check_raw_frame(self, X, reset=False)
        return self._encode(X, None)

    def _encode(self, X: Any, factors: list[tuple[np.ndarray, list[str]]] | None) -> pd.DataFrame:
        columns = {}
        for position, name in enumerate(self.get_feature_names_out()):
            column, code_of = X.iloc[:, position], self._code_of[position]
            if factors is None and len(X) <= _FEW_ROWS:
                part = self.parts_[position]
                codes = _codes_by_row(column, X.columns[position], code_of, part)
            else:
                if factors is None:
                    cell_codes, labels = factorize_named(column, X.columns[position])
                    labels = parts_of(labels, self.parts_[position])
                else:
                    cell_codes, labels = factors[position]
                # One more entry at the end: the code -1 of missing cells picks it.
                table = np.empty(len(labels) + 1, dtype=np.int32)
                table[:-1] = [code_of.get(label, 0) for label in labels]
                table[-1] = RESERVED.index(MISSING)
                codes = table[cell_codes]
            columns[name] = pd.Categorical.from_codes(
                codes, dtype=self.dtypes_[position], **FROM_CODES_UNCHECKED
            )
        return pd.DataFrame(columns, index=X.index, copy=False)

    def inverse_transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Give back the levels as text.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            As returned by `transform`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=object
            The text of the levels; None for ``"<missing>"`` and ``"<unknown>"``;
            ``"<infrequent>"`` stays as it is, because which of the pooled levels it was is lost.
        """
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", range(self.n_features_in_))
        columns = {}
        for position, name in enumerate(names):
            vocabulary = self.vocabularies_[position]
            texts = [
                label[1:] if RESERVED_LIKE.match(label) else label
                for label in vocabulary[len(RESERVED) :]
            ]
            cells = np.array([None, INFREQUENT, None, *texts], dtype=object)
            codes = pd.Categorical(X.iloc[:, position], dtype=self.dtypes_[position]).codes
            columns[name] = cells[codes]
        return pd.DataFrame(columns, index=X.index, dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        return tags


def count_levels(codes: np.ndarray, n_levels: int) -> np.ndarray:
    return np.bincount(codes[codes >= 0], minlength=n_levels)


def factorize_named(column: pd.Series, name: object) -> tuple[np.ndarray, list[str]]:
    try:
        codes, levels = factorize(column)
        return codes, _labels(levels)
    except TypeError as error:
        raise TypeError(f"Column {name!r}: {error}. {_REMEDY}") from error


def category_part(codes: np.ndarray, labels: list[str], name: object) -> str | None:
    """Return the kind of text of which a part is the category, None for whole texts."""
    counts = count_levels(codes, len(labels))
    return find_part(np.array(labels, dtype=object), counts, words_of(name))


def parts_of(labels: list[str], kind: str | None) -> list[str]:
    """Return the part of each label that is the category."""
    return labels if kind is None else [part_of(label, kind) for label in labels]


def _codes_by_row(
    column: pd.Series, name: object, code_of: dict[str, int], part: str | None
) -> np.ndarray:
    missing = RESERVED.index(MISSING)
    try:
        codes = [
            # Containers are for cell_label to refuse; isna would look into them.
            missing
            if not isinstance(cell, list | tuple | dict | set | np.ndarray) and pd.isna(cell)
            else code_of.get(parts_of([cell_label(cell)], part)[0], 0)
            for cell in column.to_numpy()
        ]
        return np.array(codes, dtype=np.int32)
    except TypeError as error:
        raise TypeError(f"Column {name!r}: {error}. {_REMEDY}") from error


_REMEDY = "Lists and arrays are sequences: give the column to a SequenceEncoder or an ImageEncoder."
