"""Target encoding of columns and of those of their pairs that say more than the columns alone."""

from itertools import combinations
from numbers import Integral

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.utils import check_random_state

from skmultiinput._compat import Interval
from skmultiinput.frame._column_groups import UNKNOWN
from skmultiinput.preprocessing._category_encoder import CategoryEncoder
from skmultiinput.preprocessing._cross_fitted_target_encoder import CrossFittedTargetEncoder

# Choosing looks at so many rows, targets and folds at most: more would cost time, and change
# little in which pair is the best one.
_MOST_ROWS = 50_000
_MOST_TARGETS = 4
_N_FOLDS = 5
# The mean of a level counts as much as the mean of all rows where the level has so many rows.
_SHRINKAGE = 5.0
# Chance of choosing any pair where none says anything, were the encodings normally distributed.
_FALSE_ALARM = 0.001


class InteractionTargetEncoder(CrossFittedTargetEncoder):
    """Encode categories, and the best pairs of them, by the shrunk mean of the target.

    Two ids together often say what neither says alone: which product in which town, which role in
    which department. This is `CrossFittedTargetEncoder` with further columns, each of which takes
    the levels of two columns as one. A pair is added where its cross-fitted encoding explains what
    the encodings of all columns and of the pairs before it leave unexplained, and more than
    chance would: so a table without such pairs is encoded as `CrossFittedTargetEncoder` does it.

    Parameters
    ----------
    max_columns : int, default=20
        The most columns that pairs may add. A pair takes one, with more than two classes one per
        class, with several targets one per target. 0 adds none.
    max_candidates : int, default=100
        The most pairs that are looked at: it bounds the time. Columns that say much by
        themselves come first.
    target_type : {"auto", "continuous", "binary", "multiclass"}, default="auto"
        What `y` is; as in `CrossFittedTargetEncoder`.
    smooth : "auto" or float, default="auto"
        How strongly rare levels are drawn to the mean; "auto" is an empirical Bayes estimate.
    cv : int, default=5
        Number of folds of the cross-fitting.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds.

    Attributes
    ----------
    pairs_ : list of (int, int)
        Positions of the columns of each pair, the most telling pair first.
    categories_ : CategoryEncoder
        The levels of each column.
    encoders_ : list of TargetEncoder
        The fitted encoder of each target (of the one target, unless `y` has columns).
    target_type_ : str
        "continuous", "binary" or "multiclass".
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    CrossFittedTargetEncoder : The same without pairs.

    Notes
    -----
    Pairs are chosen step by step: of all candidates, the one whose encoding has the highest
    partial correlation with the target, given the encodings chosen so far; until none is left
    whose correlation is clearly positive. At most 50,000 rows and the 4 most frequent classes are
    looked at. The choice is made on all rows given to `fit`, the encoding of a row in
    `fit_transform` by folds that do not contain it.

    A level not seen in `fit`, and two known levels never seen together, are encoded by the mean
    of the target; the columns by themselves still tell what is known of each. A missing cell is a
    level like others.

    References
    ----------
    A. V. Dorogush, V. Ershov, A. Gulin: CatBoost: gradient boosting with categorical features
    support. Workshop on ML Systems at NeurIPS 2017. (Combinations of categories, found greedily.)

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({
    ...     "town": rng.choice(["Bern", "Rome", "Oslo"], 300),
    ...     "shop": rng.choice(["north", "south"], 300),
    ... })
    >>> bought = ((X["town"] == "Bern") == (X["shop"] == "north")).astype(int)
    >>> encoder = InteractionTargetEncoder().fit(X, bought)
    >>> encoder.get_feature_names_out().tolist()
    ['town', 'shop', 'town*shop']
    >>> encoder.transform(X[:1])[:, 2] == bought[0]
    array([ True])
    >>> InteractionTargetEncoder().fit(X, rng.permutation(bought)).pairs_
    []
    >>> InteractionTargetEncoder(max_columns=-1).fit(X, bought)
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'max_columns' parameter of
    InteractionTargetEncoder must be an int in the range [0, inf). Got -1 instead.
    """

    _parameter_constraints: dict = {
        **CrossFittedTargetEncoder._parameter_constraints,  # noqa: SLF001 - scikit-learn's way
        "max_columns": [Interval(Integral, 0, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        max_columns=20,
        max_candidates=100,
        *,
        target_type="auto",
        smooth="auto",
        cv=5,
        random_state=0,
    ):
        super().__init__(target_type=target_type, smooth=smooth, cv=cv, random_state=random_state)
        self.max_columns = max_columns
        self.max_candidates = max_candidates

    def _prepare(self, X, y):
        X, targets = super()._prepare(X, y)
        self.categories_ = CategoryEncoder()
        codes = _codes(self.categories_.fit_transform(X))
        values = _as_numbers(targets, self.target_type_)
        # As many columns per pair as `TargetEncoder` makes.
        width = values.shape[1] if self.target_type_ != "binary" else len(targets)
        self.pairs_ = []
        if width <= self.max_columns and codes.shape[1] > 1:
            self.pairs_ = choose_pairs(
                codes,
                values,
                most=self.max_columns // width,
                max_candidates=self.max_candidates,
                rng=check_random_state(self.random_state),
            )
        return self._join(X, codes), targets

    def _encoded_columns(self, X):
        return self._join(X, _codes(self.categories_.transform(X)))

    def _join(self, X, codes):
        """Return the columns, followed by one column of whole numbers per pair."""
        sizes = [len(vocabulary) for vocabulary in self.categories_.vocabularies_]
        columns = [X.iloc[:, j] for j in range(X.shape[1])]
        for a, b in self.pairs_:
            both = codes[:, a] * sizes[b] + codes[:, b]
            # What has an unknown level is no pair of the training rows either.
            both[_unknown(codes[:, a], self.categories_, a)] = -1
            both[_unknown(codes[:, b], self.categories_, b)] = -1
            columns.append(pd.Series(both, index=X.index))
        # Numbers as names: those of the pairs could be names of columns.
        return pd.concat(columns, axis=1, keys=range(len(columns)))

    def _encoded_names(self, names):
        return [*names, *(f"{names[a]}*{names[b]}" for a, b in self.pairs_)]


def _codes(frame):
    """(n_samples, n_features) frame of categories -> codes of shape (n_samples, n_features)."""
    columns = [frame.iloc[:, j].cat.codes.to_numpy(np.int64) for j in range(frame.shape[1])]
    return np.column_stack(columns)


def _unknown(codes, categories, j):
    return codes == categories.vocabularies_[j].get_loc(UNKNOWN)


def _as_numbers(targets, target_type):
    """Return the targets, or an indicator of each class, of shape (n_samples, n_numbers)."""
    columns = []
    for target in targets:
        if target_type == "continuous":
            columns.append(np.asarray(target, dtype=np.float64))
            continue
        classes, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
        if target_type == "binary":
            columns.append((codes == len(classes) - 1).astype(np.float64))
        else:
            columns += [(codes == k).astype(np.float64) for k in np.argsort(-counts)]
    return np.column_stack(columns)


# --- Choosing pairs.


def choose_pairs(codes, values, *, most, max_candidates, rng):
    """Choose the pairs of columns that say more together than alone.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_samples, n_features)
        Levels, at least 0.
    values : ndarray of float64, shape (n_samples, n_numbers)
        What is to be explained; the first few are looked at.
    most : int
        The most pairs.
    max_candidates : int
        The most pairs that are looked at.
    rng : numpy.random.RandomState

    Returns
    -------
    list of (int, int)
        The most telling first.
    """
    n_samples, n_features = codes.shape
    if n_samples > _MOST_ROWS:
        rows = rng.permutation(n_samples)[:_MOST_ROWS]
        codes, values = codes[rows], values[rows]
    values = values[:, :_MOST_TARGETS] - values[:, :_MOST_TARGETS].mean(axis=0)
    values = values[:, values.std(axis=0) > 0]
    n_samples = len(codes)
    n_folds = min(_N_FOLDS, n_samples)
    if n_folds < 2 or not values.shape[1]:
        return []
    folds = rng.permutation(n_samples) % n_folds
    singles = np.stack([_encoded(codes[:, j], values, folds) for j in range(n_features)], axis=1)
    order = np.argsort(-_explained(singles, values), kind="stable")
    by_rank = sorted(combinations(range(n_features), 2), key=sum)[:max_candidates]
    pairs = [tuple(sorted((int(order[i]), int(order[j])))) for i, j in by_rank]
    candidates = np.stack(
        [_encoded(_joined(codes[:, a], codes[:, b]), values, folds) for a, b in pairs], axis=1
    )
    # Two rows of a level are in the encodings of each other, so each product of two targets counts
    # twice, and the variance of the sum is twice that of independent terms.
    limit = 2 * norm.isf(_FALSE_ALARM / candidates[0].size) ** 2
    return [pairs[i] for i in _forward(singles, candidates, values, most, limit)]


def _joined(a, b):
    return np.unique(a * (b.max() + 1) + b, return_inverse=True)[1].ravel()


def _encoded(codes, values, folds):
    """Shrunk means of each level in the other folds; float32 of shape (n_samples, n_numbers)."""
    n_levels, n_folds = codes.max() + 1, folds.max() + 1
    cells = folds * n_levels + codes
    shape = (n_folds, n_levels)
    counts = np.bincount(cells, minlength=n_folds * n_levels).reshape(shape)
    others = counts.sum(axis=0) - counts + _SHRINKAGE
    encoded = np.empty(values.shape, dtype=np.float32)
    for k, column in enumerate(values.T):
        sums = np.bincount(cells, column, minlength=n_folds * n_levels).reshape(shape)
        encoded[:, k] = ((sums.sum(axis=0) - sums) / others).ravel()[cells]
    return encoded


def _explained(encodings, values):
    """Squared correlation of each encoding with its number, summed; shape (n_encodings,)."""
    centred = encodings - encodings.mean(axis=0)
    covered = np.einsum("njk,nk->jk", centred, values) ** 2
    lengths = (centred**2).sum(axis=0) * (values**2).sum(axis=0)
    return np.divide(covered, lengths, out=np.zeros_like(covered), where=lengths > 0).sum(axis=1)


def _forward(given, candidates, values, most, limit):
    """Choose candidates step by step; returns their positions.

    Parameters
    ----------
    given : ndarray of shape (n_samples, n_given, n_numbers)
        What is known already.
    candidates : ndarray of shape (n_samples, n_candidates, n_numbers)
    values : ndarray of shape (n_samples, n_numbers)
    most : int
    limit : float
        The least squared t statistic.
    """
    left, residuals = [], []
    for k in range(values.shape[1]):
        basis = np.column_stack([np.ones(len(values)), given[:, :, k]])
        basis = np.linalg.qr(basis)[0]
        left.append(candidates[:, :, k] - basis @ (basis.T @ candidates[:, :, k]))
        residuals.append(values[:, k] - basis @ (basis.T @ values[:, k]))
    start = [(part**2).sum(axis=0) for part in left]
    chosen: list[int] = []
    while len(chosen) < min(most, candidates.shape[1]):
        gains, best = np.zeros(candidates.shape[1]), np.zeros(candidates.shape[1])
        for part, residual, first in zip(left, residuals, start, strict=True):
            lengths, covered = (part**2).sum(axis=0), part.T @ residual
            # What is left of an encoding that others make up is noise of rounding; a negative
            # correlation is what cross-fitting leaves of a pair that says nothing.
            counts = (lengths > 1e-6 * first) & (covered > 0) & (lengths > 0)
            share = np.zeros_like(covered)
            share[counts] = covered[counts] ** 2 / lengths[counts] / max(residual @ residual, 1e-30)
            gains += share
            best = np.maximum(best, len(values) * share)
        gains[chosen] = -1.0
        gains[best <= limit] = -1.0
        winner = int(np.argmax(gains))
        if gains[winner] <= 0:
            break
        chosen.append(winner)
        for k, part in enumerate(left):
            length = np.linalg.norm(part[:, winner])
            if length > 0:
                direction = part[:, winner] / length
                left[k] = part - np.outer(direction, direction @ part)
                residuals[k] = residuals[k] - direction * (direction @ residuals[k])
    return chosen
