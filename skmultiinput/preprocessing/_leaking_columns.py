"""How much each column alone says of the target: a column that says all is likely a leak."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from skmultiinput.preprocessing._reading.amounts import look_like_amounts, read_amounts
from skmultiinput.preprocessing._reading.number_columns import column_format, read_column
from skmultiinput.preprocessing._reading.plain_columns import plain_column
from skmultiinput.preprocessing._target_encoding.cross_fitting import (
    cross_fitted_means,
    stratified_folds,
)
from skmultiinput.preprocessing._target_encoding.encoded_target import read_targets

# A column alone that reaches this score is named. So is one that reaches the second where no other
# column reaches the third: a score that the rest of the table does not come near.
LIMIT = 0.99
FAR_ABOVE = 0.95
THE_OTHERS = 0.75
# At most this many rows are used, fewer where there are many columns; and the least number.
_MAX_ROWS, _MAX_CELLS, _FEWEST_ROWS = 20_000, 4_000_000, 1_000
_ENOUGH_ROWS, _ENOUGH_OF_A_CLASS = 50, 10
_FOLDS = 5
# Most bins of numbers, and least rows in each. Most classes that are compared with the rest, least
# levels of a quantity, and levels by which it is decided whether text holds numbers.
_BINS, _BIN_ROWS = 64, 20
_CLASSES = 10
_QUANTITY_LEVELS = 20
_SAMPLED_LEVELS = 200


def column_scores(X: pd.DataFrame, y: ArrayLike, *, regression: bool | None = None) -> pd.Series:
    """Return what each column alone predicts of the target, out of fold.

    Levels, bins of numbers and whether a cell is missing are encoded by the mean of the target in
    other rows; numbers are scored as they are, too, and the better counts. At most 20,000 rows are
    looked at, evenly spaced, and 4 million cells.

    The score is ROC AUC (of several classes the mean, each against the rest), or R² for a quantity;
    a target of numbers with many levels is one unless `regression` says. Of several targets, the
    one that is predicted best counts. It is NaN where a column cannot be scored.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> left = rng.random(200) < 0.3
    >>> reason = np.where(left, "moved", None)
    >>> table = pd.DataFrame({"age": rng.integers(18, 90, 200), "reason": reason})
    >>> column_scores(table, left).round(1).to_dict()
    {'age': 0.5, 'reason': 1.0}
    """
    targets = read_targets(y, len(X))
    n_rows = int(np.clip(_MAX_CELLS // max(X.shape[1], 1), _FEWEST_ROWS, _MAX_ROWS))
    rows = np.arange(len(X))
    if len(X) > n_rows:
        rows = np.linspace(0, len(X) - 1, n_rows).astype(int)
    scored = [_Target(target[rows], regression) for target in targets]
    X = X.iloc[rows]
    scores = [
        max((target.score(X.iloc[:, j]) for target in scored), default=np.nan)
        for j in range(X.shape[1])
    ]
    return pd.Series(scores, index=X.columns, dtype=float)


def likely_leaks(scores: pd.Series) -> pd.Series:
    """Return the scores of the columns that likely give the target away, the highest first.

    Examples
    --------
    >>> likely_leaks(pd.Series({"age": 0.61, "reason": 1.0, "plan": 0.7})).index.tolist()
    ['reason']
    """
    ranked = scores.dropna().sort_values(ascending=False, kind="stable")
    n_leaks = int((ranked >= LIMIT).sum())
    if len(ranked) > 1 and not n_leaks:
        n_leaks = int(ranked.iloc[0] >= FAR_ABOVE and ranked.iloc[1] < THE_OTHERS)
    return ranked[:n_leaks]


class _Target:
    """One target of the rows that are looked at, and the folds in which columns are encoded."""

    def __init__(self, target: np.ndarray, regression: bool | None) -> None:
        written = None if regression is False else look_like_amounts(target)
        if written is not None:
            target, regression = read_amounts(target, written), True
        if regression is None:
            numeric = target.dtype.kind in "iuf"
            regression = numeric and len(np.unique(target)) > _QUANTITY_LEVELS
        self.regression = regression
        if regression:
            self.outputs = target.astype(np.float64)[:, None]
            of_fold = np.zeros(len(target))
        else:
            codes, classes = pd.factorize(target)
            counts = np.bincount(codes, minlength=len(classes))
            frequent = np.argsort(-counts, kind="stable")[:_CLASSES]
            frequent = frequent[counts[frequent] >= _ENOUGH_OF_A_CLASS]
            if len(classes) == 2 and len(frequent) == 2:  # one says what the other does
                frequent = frequent[:1]
            elif len(classes) == 2:
                frequent = frequent[:0]
            self.outputs = (codes[:, None] == frequent).astype(np.float64)
            of_fold = np.minimum(codes, _CLASSES)
        self.usable = len(target) >= _ENOUGH_ROWS and self.outputs.shape[1] > 0
        self.usable = self.usable and bool((self.outputs.std(axis=0) > 0).all())
        self.folds = stratified_folds(of_fold, _FOLDS, np.random.default_rng(0))

    def score(self, column: pd.Series) -> float:
        """Return the score of one column."""
        if not self.usable:
            return np.nan
        column = plain_column(column)
        try:
            numbers = as_numbers(column)
            codes = pd.factorize(column)[0] if numbers is None else _bins(numbers)
        except (TypeError, ValueError):  # cells that cannot be compared, such as lists
            return np.nan
        encoded = self._encode(codes)
        scores = [self._compare(encoded)]
        if numbers is not None:
            scores.append(self._as_it_is(numbers))
        return max(scores)

    def _as_it_is(self, numbers: np.ndarray) -> float:
        """Return the score of numbers themselves, a copy of the target in other units say."""
        observed = ~np.isnan(numbers)
        numbers, truth = numbers[observed], self.outputs[observed, 0]
        if self.regression and 2 * len(numbers) > len(observed):
            ranks = _squared_correlation(rankdata(numbers), rankdata(truth))
            return max(_squared_correlation(numbers, truth), ranks)
        if not self.regression and self.outputs.shape[1] == 1 and observed.all():
            auc = _auc(truth, numbers)
            return max(auc, 1 - auc)
        return 0.0

    def _encode(self, codes: np.ndarray) -> np.ndarray:
        """Return the mean targets of each row's level in the other folds."""
        centre = self.outputs.mean(axis=0)
        values = self.outputs - centre
        return centre + cross_fitted_means(codes - codes.min(), values, self.folds, shrinkage=1.0)

    def _compare(self, encoded: np.ndarray) -> float:
        if self.regression:
            truth = self.outputs[:, 0]
            return 1 - float(np.mean((truth - encoded[:, 0]) ** 2) / truth.var())
        pairs = zip(self.outputs.T, encoded.T, strict=True)
        return float(np.mean([_auc(truth, guess) for truth, guess in pairs]))


def as_numbers(column: pd.Series) -> np.ndarray | None:
    """Return a column as numbers: also dates, and text that can be read as numbers."""
    dtype = column.dtype
    if getattr(dtype, "kind", "O") in "mM":
        numbers = column.astype("int64").to_numpy(dtype=np.float64)
        return np.where(column.isna(), np.nan, numbers)
    if pd.api.types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return None
    if not pd.api.types.is_numeric_dtype(dtype):
        levels = column.drop_duplicates()
        if len(levels) <= _BINS:
            return None
        number_format = column_format(levels[:_SAMPLED_LEVELS])
        read = read_column(levels[:_SAMPLED_LEVELS], number_format).numbers[:, 0]
        if np.isnan(read).mean() > 0.5:
            return None
        return read_column(column, number_format).numbers[:, 0]
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _bins(numbers: np.ndarray) -> np.ndarray:
    """Return the quantile bin of each number, -1 where it is missing."""
    missing = np.isnan(numbers)
    if missing.all():
        return np.full(len(numbers), -1)
    levels = np.unique(numbers[~missing])
    edges = levels
    if len(levels) > _BINS:
        n_bins = int(np.clip(len(numbers) // _BIN_ROWS, 2, _BINS))
        edges = np.unique(np.quantile(numbers[~missing], np.linspace(0, 1, n_bins + 1)[:-1]))
    return np.where(missing, -1, np.searchsorted(edges, numbers, side="right"))


def _auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Return the ROC AUC of 0 and 1, by ranks: scikit-learn's checks take longer than this."""
    n_positive = truth.sum()
    ranks = rankdata(score) @ truth - n_positive * (n_positive + 1) / 2
    return float(ranks / (n_positive * (len(truth) - n_positive)))


def _squared_correlation(a: np.ndarray, b: np.ndarray) -> float:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squared = float(np.corrcoef(a, b)[0, 1] ** 2)
    return squared if np.isfinite(squared) else 0.0
