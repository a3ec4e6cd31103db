"""Numbers mapped to a normal distribution by their training quantiles."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from scipy.special import ndtri
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import QuantileTransformer
from sklearn.utils.validation import check_is_fitted

from skmultiinput._checks import as_random_state
from skmultiinput._compat import Interval, StrOptions, _fit_context
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.preprocessing._column_maps import Quantiles, Standardize
from skmultiinput.preprocessing._column_wise import NumberColumnsMixin

# The smallest and the largest value are mapped to the ends of scikit-learn's scale, -5.2 and 5.2.
_END = float(ndtri(1 - 1e-7))
# A column of at least this many values is standardised if `_is_straight` measures at least this.
_FEWEST, _STRAIGHT = 10, 0.9


def column_maps(fitted: "NoisyQuantileTransformer") -> list[Quantiles | Standardize]:
    """Return what a fitted transformer does, by quantiles, for straight columns and for flags."""
    flags, straight = fitted.flags_, fitted.straight_
    measures = np.setdiff1d(np.arange(fitted.n_features_in_), flags)
    bent = ~np.isin(measures, straight)
    maps: list[Quantiles | Standardize] = []
    stock = fitted.quantiles_
    if stock is not None and bent.any():
        quantiles = np.ascontiguousarray(stock.quantiles_.T[bent])
        maps.append(Quantiles(measures[bent], quantiles, stock.references_, True, _END))
    if len(straight):
        maps.append(Standardize(straight, fitted.center_, fitted.spread_, -_END, _END))
    if len(flags):
        low, high = fitted.flag_values_
        maps.append(Standardize(flags, low, np.where(high > low, high - low, 1.0), 0.0, 1.0))
    return maps


def _is_straight(ordered: np.ndarray) -> bool:
    """Return whether sorted values are nearly normal or uniform.

    The measure is that of Shapiro and Francia: the squared correlation with the values that a
    normal distribution would have. It is 1 for a normal distribution, 0.95 for a uniform one and
    0.8 for an exponential one.
    """
    n = len(ordered)
    scores = ndtri((np.arange(n) + 0.5) / n)
    return n >= _FEWEST and np.corrcoef(ordered, scores)[0, 1] ** 2 >= _STRAIGHT


class NoisyQuantileTransformer(NumberColumnsMixin, TransformerMixin, BaseEstimator):
    """Map each column to a normal distribution by its training quantiles, with a little noise.

    `sklearn.preprocessing.QuantileTransformer` with what a network needs decided in `fit`: the
    number of quantiles follows the number of rows, every row counts, and a little noise spreads
    values that occur many times. Columns with two values (flags, missing indicators) have no
    distribution to speak of: they become 0 and 1. Columns that are nearly normal or uniform are
    standardised: the quantiles of few rows would bend what is straight.

    Parameters
    ----------
    n_quantiles : "auto" or int, default="auto"
        Number of quantiles; "auto" takes n_samples / 30, at least 10 and at most 1,000.
    noise : float, default=1e-5
        Standard deviation of the noise added to the training values while the quantiles are
        learned, in units of the standard deviation of the column.
    random_state : int, RandomState instance or None, default=0
        Seed of the noise. The order of the rows and of the columns does not matter.

    Attributes
    ----------
    quantiles_ : QuantileTransformer or None
        The fitted map of the columns that are no flags; None if all are.
    flags_ : ndarray of shape (n_flags,), dtype=int64
        Positions of the columns with two values or one.
    flag_values_ : ndarray of shape (2, n_flags), dtype=float64
        Their smaller and larger value.
    straight_ : ndarray of shape (n_straight,), dtype=int64
        Positions of the columns that are standardised.
    center_, spread_ : ndarray of shape (n_straight,), dtype=float64
        Their means and standard deviations.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    Winsorizer : Clips outliers, and keeps the scale.

    References
    ----------
    Y. Gorishniy, A. Kotelnikov, A. Babenko: TabM: Advancing tabular deep learning with
    parameter-efficient ensembling. ICLR 2025.

    Examples
    --------
    >>> import numpy as np
    >>> incomes = np.exp(np.linspace(0, 10, 101)).reshape(-1, 1)
    >>> scaled = NoisyQuantileTransformer().fit_transform(incomes)
    >>> scaled[[0, 50, 90]].ravel().round(1).tolist()
    [-5.2, -0.0, 1.3]
    >>> NoisyQuantileTransformer().fit_transform([[3], [8], [3]]).ravel().tolist()
    [0.0, 1.0, 0.0]
    """

    _parameter_constraints: dict = {
        "n_quantiles": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self, n_quantiles: int | str = "auto", noise: float = 1e-5, random_state: RandomState = 0
    ) -> None:
        self.n_quantiles = n_quantiles
        self.noise = noise
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the quantiles.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN allowed.
        y : None
            Ignored.

        Returns
        -------
        self : NoisyQuantileTransformer
        """
        values = self._check_numbers(X, reset=True)
        # One row per column, sorted, NaN last: sorting is fast along the memory.
        ordered = np.sort(np.array(values.T, dtype=np.float64, order="C"), axis=1)
        last = (~np.isnan(ordered)).sum(axis=1) - 1
        ends = np.stack([ordered[:, 0], ordered[np.arange(len(ordered)), last]])
        low, high = ends[:, :, None]
        is_flag = (np.isnan(ordered) | (ordered == low) | (ordered == high)).all(axis=1)
        self.flags_ = np.flatnonzero(is_flag)
        self.flag_values_ = np.nan_to_num(ends[:, is_flag])
        self.quantiles_: QuantileTransformer | None = None
        self.straight_, self.center_, self.spread_ = np.arange(0), np.zeros(0), np.zeros(0)
        if not is_flag.all():
            self._fit_measures(ordered[~is_flag], np.flatnonzero(~is_flag))
        return self

    def _fit_measures(self, measures: np.ndarray, positions: np.ndarray) -> None:
        """Learn from sorted columns that are no flags, one in each row."""
        # Squares of values beyond 1e154 would be infinite; powers of two change no digit.
        power = np.frexp(np.nanmax(np.abs(measures), axis=1, keepdims=True))[1]
        reduced = np.ldexp(measures, -power)
        mean, spread = (
            np.ldexp(of_rows(reduced, axis=1, keepdims=True), power)
            for of_rows in (np.nanmean, np.nanstd)
        )
        is_straight = np.array([_is_straight(row[~np.isnan(row)]) for row in reduced])
        self.straight_ = positions[is_straight]
        self.center_, self.spread_ = mean[is_straight, 0], spread[is_straight, 0]
        if self.noise:
            measures += self._jitter(measures) * spread
        n_samples, n_quantiles = measures.shape[1], self.n_quantiles
        if n_quantiles == "auto":
            n_quantiles = max(min(n_samples // 30, 1000), 10)
        self.quantiles_ = QuantileTransformer(
            n_quantiles=min(n_quantiles, n_samples),
            output_distribution="normal",
            subsample=None,
        ).fit(measures.T)

    def _jitter(self, ordered: np.ndarray) -> np.ndarray:
        """Draw the noise of sorted columns, one in each row.

        Neighbours are moved by the same amount in opposite directions: half of the cells of a
        value that occurs often come out below it and half above, so it is mapped to their middle.
        A smallest or largest value that occurs once stays where it is, the end of the scale.
        """
        n_columns, n = ordered.shape
        draws = as_random_state(self.random_state).standard_normal((n + 1) // 2)
        jitter = np.tile(np.column_stack([draws, -draws]).ravel()[:n], (n_columns, 1))
        last = (~np.isnan(ordered)).sum(axis=1) - 1
        column = np.arange(n_columns)
        # A column that is no flag has three values at least.
        jitter[column, 0] *= ordered[:, 0] == ordered[:, 1]
        jitter[column, last] *= ordered[column, last] == ordered[column, last - 1]
        return self.noise * jitter

    def transform(self, X: TableLike) -> np.ndarray:
        """Map `X`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers; NaN allowed and kept.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            float32 where `X` is float32, else float64; within about -5.2 and 5.2.
        """
        check_is_fitted(self)
        values = self._check_numbers(X, reset=False)
        scaled = np.empty_like(values)
        for of_columns in column_maps(self):
            scaled[:, of_columns.columns] = of_columns.mapped(values)
        return scaled
