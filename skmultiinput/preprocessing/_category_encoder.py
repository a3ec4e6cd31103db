"""Categories of any kind to pandas `category` columns with a fitted vocabulary."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.frame._column_groups import INFREQUENT
from skmultiinput.preprocessing._category_columns import (
    CategoryColumns,
    count_labels,
    factorize,
    parts_of,
)
from skmultiinput.preprocessing._cell_encoder import named_frame
from skmultiinput.preprocessing._column_wise import check_raw_frame
from skmultiinput.preprocessing._reading.labels import RESERVED, RESERVED_LIKE, codes_by_label
from skmultiinput.preprocessing._vocabulary import COUNT, FREQUENCY, least_count


def _sorted_labels(labels: Iterable[str]) -> list[str]:
    """Sort by number where all labels are numbers, else by text."""
    labels = sorted(labels)
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        return labels
    finite = np.isfinite([*numbers.values()]).all()
    return sorted(labels, key=numbers.__getitem__) if finite else labels


class CategoryEncoder(CategoryColumns):
    r"""Encode columns as pandas ``category`` whose categories are the fitted vocabulary.

    Each vocabulary starts with three reserved levels, whether they occur in training or not:
    ``"<unknown>"`` (levels not seen in `fit`), ``"<infrequent>"`` (levels pooled by
    `min_frequency` or `max_categories`) and ``"<missing>"``. The levels follow, as text, in sorted
    order. So the dtype, not the rows at hand, gives the size of an embedding table.

    Levels are compared as text: the number 1, the number 1.0 and the text ``"1"`` are one level,
    ``"1"``, so a column may hold numbers in one file and text in the next. Where the levels are
    True and False, 1 and 0, "true" and "false" are the same. Blank text is missing.

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
        "min_frequency": FREQUENCY,
        "max_categories": [COUNT, None],
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
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
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
        self._check_output()
        frame = check_raw_frame(self, X, reset=True)
        least = least_count(self.min_frequency, len(frame))
        self.parts_: list[str | None] = []
        self.vocabularies_: list[pd.Index] = []
        self.infrequent_: list[list[str]] = []
        self.dtypes_: list[pd.CategoricalDtype] = []
        self._code_of: list[dict[str, int]] = []
        encoded = []
        for position, name in enumerate(frame.columns):
            codes, labels = factorize(frame.iloc[:, position], name)
            self.parts_.append(self._part_of_column(codes, labels, name))
            labels = parts_of(labels, self.parts_[-1])
            levels, pooled = self._choose_levels(codes, labels, least)
            self.vocabularies_.append(pd.Index([*RESERVED, *levels], dtype=object))
            self.infrequent_.append(pooled)
            self.dtypes_.append(pd.CategoricalDtype(self.vocabularies_[-1]))
            self._code_of.append(codes_by_label(levels, pooled))
            encoded.append(self._encode(position, codes, labels))
        return named_frame(encoded, self.get_feature_names_out(), frame.index)

    def _choose_levels(
        self, codes: np.ndarray, labels: list[str], least: int
    ) -> tuple[list[str], list[str]]:
        """Return the levels that are kept, and those that are pooled, both in order."""
        counts: Counter[str] = Counter()
        for label, n in zip(labels, count_labels(codes, labels).counts.tolist(), strict=True):
            counts[label] += n
        seen = _sorted_labels(label for label, n in counts.items() if n)
        frequent = (label for label in seen if counts[label] >= least)
        # The sort is stable: among equally frequent levels the first by name are kept.
        chosen = set(sorted(frequent, key=lambda label: -counts[label])[: self.max_categories])
        return [level for level in seen if level in chosen], [
            level for level in seen if level not in chosen
        ]

    def _codes_of_labels(self, position: int, labels: list[str]) -> list[int]:
        code_of = self._code_of[position]
        return [code_of.get(label, 0) for label in labels]

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
