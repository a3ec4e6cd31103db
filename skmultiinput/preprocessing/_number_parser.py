"""Numbers of every dtype, and number-like text, to float64 columns."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._column_wise import PlainNamesMixin, check_raw_frame, unique_names
from skmultiinput.preprocessing._reading.numbers import find_decimal, read_numbers


class NumberParser(PlainNamesMixin, TransformerMixin, BaseEstimator):
    """Turn numbers of every dtype, and number-like text, into float64 columns.

    Integers, bools, pandas' nullable and pyarrow dtypes and decimals become float64; time spans
    become seconds. Text is read as people write numbers: ``"1,234"``, ``"$5"``, ``"12%"`` (which
    is 12), ``" 7 "``, ``"(3.5)"`` for -3.5. Blank cells, "?", "n/a" and whatever else cannot be
    read become NaN, for the imputer that comes next.

    Attributes
    ----------
    decimals_ : list of {".", ","}
        For each column, the decimal mark detected in the training rows.
    ranges_ : ndarray of shape (2, n_features_in_), dtype=float64
        Smallest and largest number of each column in the training rows; NaN where there is none.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    Examples
    --------
    >>> import pandas as pd
    >>> bills = pd.DataFrame({"total": ["1,234.5", " ", "$5", "?"]})
    >>> NumberParser().fit_transform(bills)["total"].tolist()
    [1234.5, nan, 5.0, nan]
    >>> NumberParser().fit(pd.DataFrame({"total": [1.0, float("inf")]}))
    Traceback (most recent call last):
        ...
    ValueError: Column 'total' contains infinity in row 1, expected finite or missing numbers. ...
    """

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the decimal mark of each text column.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Numbers or number-like text; missing cells allowed.
        y : None
            Ignored.

        Returns
        -------
        self : NumberParser

        Raises
        ------
        ValueError
            If a column contains infinity.
        TypeError
            If a cell is neither number nor text.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: TableLike, y: object = None) -> pd.DataFrame:
        """Learn the decimal marks and read `X`; the same as `fit`, then `transform`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            As for `fit`.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=float64
        """
        return self._fit(X)

    def _fit(self, X: Any) -> pd.DataFrame:
        X = check_raw_frame(self, X, reset=True)
        self.decimals_ = [find_decimal(X.iloc[:, j]) for j in range(X.shape[1])]
        numbers = self._read(X)
        # fmin and fmax pass over NaN without a warning where all of a column is missing.
        ends = [end.reduce(numbers.to_numpy(), axis=0) for end in (np.fmin, np.fmax)]
        self.ranges_ = np.stack(ends)
        return numbers

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Read `X` as numbers.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=float64
            NaN where a cell is missing or not a number.
        """
        check_is_fitted(self)
        return self._read(check_raw_frame(self, X, reset=False))

    def _read(self, X: Any) -> pd.DataFrame:
        out = np.empty(X.shape, order="F")
        for j, decimal in enumerate(self.decimals_):
            out[:, j] = read_numbers(X.iloc[:, j], decimal)
        infinite = np.argwhere(np.isinf(out))
        if len(infinite):
            row, j = infinite[0]
            raise ValueError(
                f"Column {X.columns[j]!r} contains infinity in row {row}, expected finite or "
                "missing numbers. Replace it, by NaN for example."
            )
        return pd.DataFrame(out, columns=self.get_feature_names_out(), index=X.index, copy=False)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, for input without names.

        Returns
        -------
        ndarray of shape (n_features,), dtype=object
            The names of the input; ``missingindicator_age`` beside ``age`` becomes
            ``missingindicator_age (2)``, because imputers give their flags such names.
        """
        names = list(super().get_feature_names_out(input_features))
        flags = [f"missingindicator_{name}" for name in names]
        return unique_names([*flags, *names])[len(flags) :]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags
