"""Permutation importance of raw columns and of whole modalities."""

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length, check_random_state

from skmultiinput.frame._column_groups import parse_address
from skmultiinput.inspection._unwrap import part_with, preprocessing
from skmultiinput.preprocessing import describe_columns

LEVELS = ("group", "column")


def permutation_importance(
    estimator,
    X,
    y,
    *,
    scoring=None,
    n_repeats=5,
    max_samples=1.0,
    sample_weight=None,
    random_state=None,
):
    """Measure how much worse a model gets where columns are shuffled [1]_.

    The *raw* columns are shuffled and go through the whole pipeline, so a column counts as one
    whatever becomes of it: a text with its 500 tokens, a date with its parts, a number with its
    missing indicator. The columns of a modality (a column group of the preprocessing) are also
    shuffled together, by one permutation: columns that say the same thing cover for each other
    when they are shuffled one by one, and cannot when they go together.

    Parameters
    ----------
    estimator : estimator
        Fitted: a Pipeline from the raw table, a search or a threshold around one, or a network
        on a typed frame.
    X : DataFrame or array-like of shape (n_samples, n_features)
        What `estimator` takes; rows it was not fitted on.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The truth.
    scoring : str or callable, default=None
        As in scikit-learn. None: ROC AUC (one class against the rest for more than two), or R²
        for regressors.
    n_repeats : int, default=5
        Number of permutations.
    max_samples : int or float, default=1.0
        Rows used, drawn at random: a number or a share.
    sample_weight : array-like of shape (n_samples,), default=None
        Weight of each row in the score.
    random_state : int, RandomState or None, default=None
        Draws the rows and the permutations.

    Returns
    -------
    DataFrame of shape (n_groups + n_columns, 3 + n_repeats)
        Indexed by level ("group" or "column") and name, the largest mean first within each
        level. ``group``: the group of a column; ``mean`` and ``sd`` of the drop of the score
        over the permutations, in units of the score; ``repeat_0``, ... the single drops. Columns
        that the preprocessing dropped are left out.

    Raises
    ------
    ValueError
        If lengths differ, or a parameter is out of range.

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
    >>> found = permutation_importance(model, X, y, random_state=0)
    >>> found["group"]
    level   name
    group   numeric    numeric
            onehot      onehot
    column  age        numeric
            town        onehot
    Name: group, dtype: ...
    >>> (found["mean"] > 0.1).tolist()
    [True, False, True, False]
    """
    if n_repeats < 1:
        raise ValueError(f"n_repeats must be at least 1, got {n_repeats}.")
    X = X if isinstance(X, pd.DataFrame) else np.asarray(X)
    y = np.asarray(y)
    check_consistent_length(X, y, sample_weight)
    rng = check_random_state(random_state)
    rows = _sample(len(y), max_samples, rng)
    X = X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows]
    y = y[rows]
    weight = {} if sample_weight is None else {"sample_weight": np.asarray(sample_weight)[rows]}
    score = check_scoring(estimator, scoring=scoring or _default_scoring(estimator, y))
    places = _places(estimator, X)
    base = score(estimator, X, y, **weight)
    drops = np.empty((len(places), n_repeats))
    for repeat in range(n_repeats):
        # One order for all: what differs between two columns is then the columns.
        order = rng.permutation(len(y))
        for j, (_, _, _, positions) in enumerate(places):
            shuffled = shuffle_columns(X, positions, order)
            drops[j, repeat] = base - score(estimator, shuffled, y, **weight)
    return _frame(places, drops)


def pool_importances(frames):
    """Pool importances that were measured on several folds; NaN-safe, as sets of columns differ.

    Parameters
    ----------
    frames : list of DataFrame
        As returned by `permutation_importance`.

    Returns
    -------
    DataFrame
        Of the same form; the spread is now over folds and permutations.
    """
    drops = pd.concat([frame.filter(regex=r"^repeat_\d+$") for frame in frames], axis=1)
    groups = pd.concat([frame["group"] for frame in frames])
    groups = groups[~groups.index.duplicated()]
    places = [(level, name, groups[level, name], None) for level, name in drops.index]
    return _frame(places, drops.to_numpy())


def shuffle_columns(X, positions, order):
    """Return `X` with some columns in another order of rows, the same for all of them.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_samples, n_features)
        Stays as it is.
    positions : list of int
        The columns.
    order : ndarray of shape (n_samples,)
        A permutation of the rows.

    Returns
    -------
    DataFrame or ndarray

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    >>> shuffle_columns(table, [1], [2, 0, 1])
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


def _places(estimator, X):
    """Return (level, name, group, positions) of all that is shuffled at once."""
    if isinstance(X, pd.DataFrame):
        columns = list(X.columns)
    else:
        columns = [f"x{j}" for j in range(X.shape[1])]
    of_column, of_group = _grouped(estimator, columns)
    if of_column is None:
        return [("column", name, "", [j]) for j, name in enumerate(columns)]
    return [
        *(("group", group, group, positions) for group, positions in of_group.items()),
        *(("column", name, group, positions) for name, (group, positions) in of_column.items()),
    ]


def _grouped(estimator, columns):
    """Return {name: (group, positions)} and {group: positions}, or None where nothing is known."""
    before, transformer = preprocessing(estimator)
    groups = part_with(estimator, "column_groups_")
    of_column: dict = {}
    of_group: dict = {}
    if transformer is not None and not before:
        described = describe_columns(transformer)
        position_of = {name: j for j, name in enumerate(columns)}
        for name, group in zip(described["column"], described["group"], strict=True):
            if group == "dropped":
                continue
            # Tables without names are described by position.
            place = position_of[name] if name in position_of else int(name)
            _note(of_column, of_group, columns[place], group, place)
    elif transformer is None and groups is not None:
        for spec in groups.column_groups_.inputs:
            for place in spec.positions:
                fitted = groups.column_groups_.columns[place]
                position = columns.index(fitted) if fitted in columns else place
                _note(of_column, of_group, parse_address(fitted)[1], spec.group, position)
    else:
        return None, None
    return of_column, of_group


def _note(of_column, of_group, name, group, place):
    """Enter a column, which may serve several groups, or be one of many of a feature."""
    groups, positions = of_column.get(name, (group, []))
    if group not in groups.split(", "):
        groups = f"{groups}, {group}"
    of_column[name] = groups, sorted({*positions, place})
    of_group.setdefault(group, []).append(place)


def _sample(n_rows, max_samples, rng):
    """Positions of the rows used, in ascending order."""
    whole = isinstance(max_samples, int | np.integer) and not isinstance(max_samples, bool)
    if not whole and not (isinstance(max_samples, float) and 0 < max_samples <= 1):
        raise ValueError(
            "max_samples must be a number of rows, or a share in (0, 1]; got " + repr(max_samples)
        )
    if whole and max_samples < 1:
        raise ValueError(f"max_samples must be at least 1, got {max_samples}.")
    wanted = min(max_samples, n_rows) if whole else max(1, round(max_samples * n_rows))
    if wanted == n_rows:
        return np.arange(n_rows)
    return np.sort(rng.choice(n_rows, wanted, replace=False))


def _default_scoring(estimator, y):
    if not is_classifier(estimator):
        return "r2"
    if y.ndim > 1:
        return "roc_auc"
    classes = getattr(estimator, "classes_", np.unique(y))
    return "roc_auc" if len(classes) == 2 else "roc_auc_ovr"


def _frame(places, drops):
    frame = pd.DataFrame(drops, columns=[f"repeat_{j}" for j in range(drops.shape[1])])
    known = ~np.isnan(drops)
    counts = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, drops, 0).sum(axis=1) / counts
    squares = np.where(known, (drops - mean[:, None]) ** 2, 0).sum(axis=1)
    frame.insert(0, "sd", np.sqrt(squares / np.maximum(counts - 1, 1)))
    frame.insert(0, "mean", mean)
    frame.insert(0, "group", [place[2] for place in places])
    frame.index = pd.MultiIndex.from_tuples(
        [place[:2] for place in places], names=["level", "name"]
    )
    rank = np.array([LEVELS.index(place[0]) for place in places])
    return frame.iloc[np.lexsort((-mean, rank))]
