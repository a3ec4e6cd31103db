"""Permutation importance of raw columns and of whole modalities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length

from skmultiinput._checks import as_random_state, to_pandas
from skmultiinput._typing import TableLike
from skmultiinput.inspection._column_levels import LEVELS, Target, column_levels
from skmultiinput.preprocessing._reading.amounts import as_quantity


def permutation_importance(
    estimator: Any,
    X: TableLike,
    y: ArrayLike,
    *,
    scoring: Any = None,
    n_repeats: int = 5,
    max_samples: float = 1.0,
    sample_weight: ArrayLike | None = None,
    random_state: Any = None,
) -> pd.DataFrame:
    """Compute the drop of a model's score when columns are shuffled [1]_.

    The *raw* columns are shuffled and pass the whole pipeline, so each counts as one column: a
    text with its 500 tokens, a date with its parts, a number with its missing indicator. The
    columns of a modality (a column group of the preprocessing) are also shuffled together, by one
    permutation: redundant columns replace each other when they are shuffled one by one, but not
    when they are shuffled together.

    Parameters
    ----------
    estimator : estimator
        Fitted: a Pipeline that takes the raw table, a search, calibration or another wrapper
        around one, or a network on a typed frame.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Rows as for ``predict``, that the estimator was not fitted on.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        True target.
    scoring : str or callable, default=None
        As in scikit-learn. None: ROC AUC (one class against the rest for more than two), or R²
        for regressors.
    n_repeats : int, default=5
        Number of permutations. Each takes one prediction per column; more make the mean steadier.
    max_samples : int or float, default=1.0
        Number or share of the rows to use, drawn at random.
    sample_weight : array-like of shape (n_samples,), default=None
        Weight of each row in the score.
    random_state : int, RandomState or None, default=None
        Draws the rows and the permutations.

    Returns
    -------
    DataFrame of shape (n_groups + n_columns, 3 + n_repeats)
        Indexed by level ("group" or "column") and name, the largest mean first within each
        level. ``group``: the group of a column; ``mean`` and ``sd`` of the drop of the score
        over the permutations, in units of the score, NaN if that is; ``repeat_0``, ... the drop of
        each. Columns that the preprocessing dropped are left out.

    Raises
    ------
    ValueError
        If lengths differ, a parameter is out of range, or there are fewer than 2 rows.

    See Also
    --------
    PermutationImportanceDisplay : Plot of importances.
    explain : Contributions to single predictions.

    References
    ----------
    .. [1] Breiman, L. (2001). Random forests. Machine Learning 45, 5-32.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmultiinput.preprocessing import make_preprocessor
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"age": rng.normal(size=200), "town": ["Bern", "Rome"] * 100})
    >>> y = X["age"] > 0
    >>> model = make_pipeline(make_preprocessor(), LogisticRegression()).fit(X, y)
    >>> importances = permutation_importance(model, X, y, random_state=0)
    >>> importances["group"]
    level   name
    group   numeric    numeric
            onehot      onehot
    column  age        numeric
            town        onehot
    Name: group, dtype: ...
    >>> (importances["mean"] > 0.1).tolist()
    [True, False, True, False]
    """
    if n_repeats < 1:
        raise ValueError(f"n_repeats must be at least 1, got {n_repeats}.")
    if scoring is not None and not (isinstance(scoring, str) or callable(scoring)):
        raise ValueError(f"scoring must be one metric, its name or a scorer; got {scoring!r}.")
    table = to_pandas(X)
    table = table if isinstance(table, pd.DataFrame) else np.asarray(table)
    truth = as_quantity(np.asarray(y)) if is_regressor(estimator) else np.asarray(y)
    check_consistent_length(table, truth, sample_weight)
    rng = as_random_state(random_state)
    rows = _sample(len(truth), max_samples, rng)
    table = table.iloc[rows] if isinstance(table, pd.DataFrame) else table[rows]
    truth = truth[rows]
    weight = {} if sample_weight is None else {"sample_weight": np.asarray(sample_weight)[rows]}
    score = check_scoring(estimator, scoring=scoring or _default_scoring(estimator, truth))
    base = score(estimator, table, truth, **weight)
    targets = column_levels(estimator, table)
    drops = np.empty((len(targets), n_repeats))
    for repeat in range(n_repeats):
        # One order for all, so that drops differ by the columns only.
        order = rng.permutation(len(truth))
        for j, (_, _, _, positions) in enumerate(targets):
            shuffled = shuffle_columns(table, positions, order)
            drops[j, repeat] = base - score(estimator, shuffled, truth, **weight)
    return _frame(targets, drops)


def pool_importances(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Pool the importances of several folds, whose columns may differ.

    The standard deviation is then over folds and permutations.
    """
    drops = pd.concat([frame.filter(regex=r"^repeat_\d+$") for frame in frames], axis=1)
    groups = pd.concat([frame["group"] for frame in frames])
    groups = groups[~groups.index.duplicated()]
    targets: list[Target] = [(level, name, groups[level, name], []) for level, name in drops.index]
    # Of folds without a score nothing is known.
    return _frame(targets, drops.to_numpy()).fillna({"mean": 0.0, "sd": 0.0})


def shuffle_columns(X: Any, positions: Sequence[int], order: np.ndarray) -> Any:
    """Return a copy of `X` with the rows of some columns in another order.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    >>> shuffle_columns(table, [1], np.array([2, 0, 1]))
       a  b
    0  1  z
    1  2  x
    2  3  y
    """
    if not isinstance(X, pd.DataFrame):
        shuffled = X.copy()
        shuffled[:, positions] = X[order][:, positions]
        return shuffled
    shuffled = X.copy(deep=False)
    for position in positions:
        shuffled.isetitem(position, X.iloc[order, position].array)
    return shuffled


def _sample(n_rows: int, max_samples: float, rng: np.random.RandomState) -> np.ndarray:
    """Positions of the rows to use, in ascending order."""
    is_count = isinstance(max_samples, int | np.integer) and not isinstance(max_samples, bool)
    if not is_count and not (isinstance(max_samples, float | np.floating) and 0 < max_samples <= 1):
        raise ValueError(
            "max_samples must be a number of rows, or a share in (0, 1]; got " + repr(max_samples)
        )
    if is_count and max_samples < 1:
        raise ValueError(f"max_samples must be at least 1, got {max_samples}.")
    n_used = int(min(max_samples, n_rows) if is_count else round(max_samples * n_rows))
    if n_used < 2:
        raise ValueError(
            f"At least 2 rows are needed, for one cannot be shuffled; X has {n_rows}, of which "
            f"max_samples={max_samples!r} leaves {n_used}."
        )
    if n_used == n_rows:
        return np.arange(n_rows)
    return np.sort(rng.choice(n_rows, n_used, replace=False))


def _default_scoring(estimator: Any, y: np.ndarray) -> str:
    if not is_classifier(estimator):
        return "r2"
    if y.ndim > 1:
        return "roc_auc"
    classes = getattr(estimator, "classes_", np.unique(y))
    return "roc_auc" if len(classes) == 2 else "roc_auc_ovr"


def _frame(targets: list[Target], drops: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(drops, columns=[f"repeat_{j}" for j in range(drops.shape[1])])
    mean = frame.mean(axis=1)
    sd = frame.std(axis=1).fillna(0.0).where(mean.notna())  # a single repeat has no spread
    frame.insert(0, "sd", sd)
    frame.insert(0, "mean", mean)
    frame.insert(0, "group", [group for _, _, group, _ in targets])
    frame.index = pd.MultiIndex.from_tuples(
        [target[:2] for target in targets], names=["level", "name"]
    )
    rank = np.array([LEVELS.index(level) for level, *_ in targets])
    return frame.iloc[np.lexsort((-mean, rank))]
