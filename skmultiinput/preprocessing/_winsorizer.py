"""Outliers drawn in to quantiles learned in fit."""

from numbers import Real
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import Interval, _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._column_wise import NumberColumnsMixin


class Winsorizer(NumberColumnsMixin, TransformerMixin, BaseEstimator):
    """Draw values beyond two quantiles of the training rows in to those quantiles.

    Missing values pass through. A column whose two limits are the same value (a flag that is
    nearly always 0, say) is left as it is: drawing it in would make it constant.

    Parameters
    ----------
    lower : float, default=0.01
        Quantile of the lower limit, in [0, 1).
    upper : float, default=0.99
        Quantile of the upper limit, in (0, 1]; above `lower`.

    Attributes
    ----------
    lower_limits_ : ndarray of shape (n_features_in_,), dtype=float64
        The lower limit of each column, -inf where it is left as it is.
    upper_limits_ : ndarray of shape (n_features_in_,), dtype=float64
        The upper limit of each column, inf where it is left as it is.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    NoisyQuantileTransformer : The default scaling, which outliers do not move.

    Examples
    --------
    >>> import pandas as pd
    >>> ages = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0, 999.0]})
    >>> Winsorizer(upper=0.75).set_output(transform="pandas").fit_transform(ages)["age"].tolist()
    [20.0, 30.0, 40.0, 50.0, 50.0]
    >>> Winsorizer(lower=0.9, upper=0.1).fit(ages)
    Traceback (most recent call last):
        ...
    ValueError: Winsorizer expected lower < upper, got lower=0.9 and upper=0.1.
    """

    _parameter_constraints: dict = {
        "lower": [Interval(Real, 0, 1, closed="left")],
        "upper": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, lower: float = 0.01, upper: float = 0.99) -> None:
        self.lower = lower
        self.upper = upper

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the limits.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN allowed.
        y : None
            Ignored.

        Returns
        -------
        self : Winsorizer
        """
        if self.lower >= self.upper:
            raise ValueError(
                f"Winsorizer expected lower < upper, got lower={self.lower} and upper={self.upper}."
            )
        values = self._check_numbers(X, reset=True)
        ordered = np.sort(values, axis=0).astype(np.float64)  # NaN last
        last = np.maximum((~np.isnan(ordered)).sum(axis=0) - 1, 0)
        columns = np.arange(values.shape[1])
        # Values that occur, not values in between: a flag keeps its two values.
        low = ordered[np.floor(self.lower * last).astype(int), columns]
        high = ordered[np.ceil(self.upper * last).astype(int), columns]
        self.lower_limits_ = np.where(low < high, low, -np.inf)
        self.upper_limits_ = np.where(low < high, high, np.inf)
        return self

    def transform(self, X: TableLike) -> np.ndarray:
        """Draw the values in.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN allowed and kept.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            float32 where `X` is float32, else float64.
        """
        check_is_fitted(self)
        values = self._check_numbers(X, reset=False)
        limits = self.lower_limits_.astype(values.dtype), self.upper_limits_.astype(values.dtype)
        return np.clip(values, *limits)
