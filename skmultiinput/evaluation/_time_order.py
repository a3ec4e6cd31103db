"""Would folds in time tell a worse story than shuffled ones? Asked of each column of dates."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.model_selection import TimeSeriesSplit
from threadpoolctl import threadpool_limits

from skmultiinput.evaluation._intervals import corrected_interval
from skmultiinput.evaluation._make_folds import Split, are_in_time
from skmultiinput.preprocessing import DatetimeParser
from skmultiinput.preprocessing._column_kind import column_facts
from skmultiinput.preprocessing._leaking_columns import as_numbers
from skmultiinput.preprocessing._reading.plain_columns import plain_column

# At most this many rows are used, fewer where there are many columns; and the least number.
_MAX_ROWS, _MAX_CELLS, _FEWEST_ROWS = 5_000, 250_000, 1_000
_ENOUGH_ROWS, _ENOUGH_OF_A_CLASS, _ENOUGH_DATES = 300, 10, 20
_MOST_COLUMNS = 3
_MOSTLY = 0.9
_FOLDS = 5
_TREES = {"max_iter": 30, "max_leaf_nodes": 15, "categorical_features": "from_dtype"}
# HistGradientBoosting takes at most 255 categories.
_LEVELS = 200
# Differences below these are of no practical interest: of a ROC AUC, and as a share of an error.
_AUC_MARGIN, _ERROR_MARGIN = 0.02, 0.05


class TimeOrderWarning(UserWarning):
    """Rows have dates, folds are shuffled, and folds in time would be clearly worse.

    See Also
    --------
    evaluate : Compares folds in time with shuffled ones.
    """


def check_time_order(X: Any, y: np.ndarray, folds: list[Split], task: str) -> pd.DataFrame:
    """Compare shuffled folds with folds in time, for each column of dates, and warn.

    Boosted trees of the numbers, dates and categories are trained on earlier rows and tested on
    later ones, and as often on as many rows at random. Nothing is done where the folds are in time
    already, or no column, nor the index, has dates. Of several targets, the first one counts.

    The table has the columns in whose order the trees are clearly worse, the worst first:
    ``shuffled`` and ``in_time``, the mean ROC AUC (of several classes the mean, each against the
    rest) or, of a quantity, the mean absolute error.
    """
    worse = pd.DataFrame(columns=["shuffled", "in_time"], dtype=float)
    if not isinstance(X, pd.DataFrame) or len(X) < _ENOUGH_ROWS or are_in_time(folds):
        return worse
    n_rows = int(np.clip(_MAX_CELLS // max(X.shape[1], 1), _FEWEST_ROWS, _MAX_ROWS))
    shuffled_rows = np.random.default_rng(0).permutation(len(X))[:n_rows]
    table, target = X.iloc[shuffled_rows], y.reshape(len(y), -1)[shuffled_rows, 0]
    dates = dict(_dates_of(table))
    if not dates or any(_follow(at, shuffled_rows, folds) for at in dates.values()):
        return worse
    features = _features(table, dates)
    shuffled = _scores(features, target, task)
    means: dict[Any, np.ndarray] = {}
    for name, dated in dates.items():
        filled = np.flatnonzero(dated.notna())
        order = filled[np.argsort(dated.to_numpy()[filled], kind="stable")]
        in_time = _scores(features.iloc[order], target[order], task)
        if _clearly_worse(in_time, shuffled, len(table), task):
            means[name] = np.abs([np.nanmean(shuffled), np.nanmean(in_time)])
    worse = pd.DataFrame(list(means.values()), columns=worse.columns, dtype=float)
    worse.index = pd.Index(list(means), dtype=object, tupleize_cols=False)
    ratio = (worse["in_time"] / worse["shuffled"]).to_numpy()
    worse = worse.iloc[np.argsort(-ratio if task == "regression" else ratio, kind="stable")]
    if len(worse):
        warnings.warn(
            f"{time_order_sentence(worse, task)} To predict later rows than those of the training, "
            f"sort the table by {worse.index[0]!r} and pass cv=TimeSeriesSplit() here, and "
            "validation='time' to the network.",
            TimeOrderWarning,
            stacklevel=3,
        )
    return worse


def time_order_sentence(worse: pd.DataFrame, task: str) -> str:
    """Say how much worse folds in time are.

    Examples
    --------
    >>> worse = pd.DataFrame({"shuffled": [0.8], "in_time": [0.54]}, index=["day"])
    >>> print(time_order_sentence(worse, "binary"))
    Shuffled folds flatter: in the order of 'day', boosted trees reach a ROC AUC of 0.540 on later
    rows, and of 0.800 on shuffled ones.
    """
    metric = "a mean absolute error" if task == "regression" else "a ROC AUC"
    row = worse.iloc[0]
    digits = ".4g" if task == "regression" else ".3f"
    return (
        f"Shuffled folds flatter: in the order of {worse.index[0]!r}, boosted trees reach {metric} "
        f"of {row['in_time']:{digits}} on later rows, and of {row['shuffled']:{digits}} on "
        "shuffled ones."
    )


def _dates_of(table: pd.DataFrame) -> Iterator[tuple[Any, pd.Series]]:
    """Yield the first columns that hold a date in nearly every row, and an index of dates."""
    columns: list[tuple[Any, pd.Series]] = list(table.items())
    if isinstance(table.index, pd.DatetimeIndex):
        columns.insert(0, (table.index.name or "index", table.index.to_series()))
    n_columns = 0
    for name, column in columns:
        try:
            if column_facts(column, name).kind != "date":
                continue
            frame = column.reset_index(drop=True).to_frame("date")
            dated = DatetimeParser().fit_transform(frame)["date"]
        except (TypeError, ValueError):  # cells that nothing can read
            continue
        if dated.notna().mean() >= _MOSTLY and dated.nunique() >= _ENOUGH_DATES:
            yield name, dated
            n_columns += 1
        if n_columns == _MOST_COLUMNS:
            return


def _follow(dated: pd.Series, rows: np.ndarray, folds: list[Split]) -> bool:
    """Return whether the test rows of each fold are no earlier than its training rows."""
    return all(
        dated[np.isin(rows, train)].max() <= dated[np.isin(rows, test)].min()
        for train, test in folds
    )


def _features(table: pd.DataFrame, dates: dict[Any, pd.Series]) -> pd.DataFrame:
    """Return what boosted trees can read of a table: numbers, dates and frequent levels."""
    features: dict[str, Any] = {
        f"date {j}": as_numbers(dated) for j, dated in enumerate(dates.values())
    }
    for j, name in enumerate(table.columns):
        if name in dates:
            continue
        column = plain_column(table.iloc[:, j])
        try:
            numbers = as_numbers(column)
            if numbers is None:
                codes = pd.Series(pd.factorize(column)[0])
                frequent = codes[codes >= 0].value_counts().index[:_LEVELS]
                features[f"levels {j}"] = codes.where(codes.isin(frequent)).astype("category")
            else:
                features[f"numbers {j}"] = numbers
        except (TypeError, ValueError):  # cells that cannot be compared, such as lists
            continue
    return pd.DataFrame(features)


def _scores(features: pd.DataFrame, y: np.ndarray, task: str) -> np.ndarray:
    """Return a score per fold of rows in this order; more is better, NaN is unknown."""
    scores = []
    with threadpool_limits(1, user_api="openmp"):
        for train, test in TimeSeriesSplit(_FOLDS).split(features):
            # Boosted trees refuse a column of which no training row has a value.
            usable = features.loc[:, features.iloc[train].notna().any()]
            scores.append(_score(usable, y, train, test, task))
    return np.array(scores)


def _score(
    features: pd.DataFrame, y: np.ndarray, train: np.ndarray, test: np.ndarray, task: str
) -> float:
    if task == "regression":
        trees = HistGradientBoostingRegressor(**_TREES, random_state=0)
        predicted = trees.fit(features.iloc[train], y[train]).predict(features.iloc[test])
        return -float(mean_absolute_error(y[test], predicted))
    classes, counts = np.unique(y[test], return_counts=True)
    tested = classes[(counts >= _ENOUGH_OF_A_CLASS) & np.isin(classes, y[train])]
    if len(classes) < 2 or len(np.unique(y[train])) < 2 or not len(tested):
        return np.nan
    model = HistGradientBoostingClassifier(**_TREES, random_state=0)
    model.fit(features.iloc[train], y[train])
    proba = model.predict_proba(features.iloc[test])
    positions = np.searchsorted(model.classes_, tested)
    pairs = zip(tested, proba[:, positions].T, strict=True)
    return float(np.mean([roc_auc_score(y[test] == label, column) for label, column in pairs]))


def _clearly_worse(in_time: np.ndarray, shuffled: np.ndarray, n_rows: int, task: str) -> bool:
    """Return whether folds in time are worse: nearly all, by more than chance, by a margin."""
    losses = shuffled - in_time
    losses = losses[~np.isnan(losses)]
    if len(losses) < 3:
        return False
    n_test = n_rows // (_FOLDS + 1)
    spread = corrected_interval(shuffled, (n_rows - n_test) / 2, n_test)
    # Both means are uncertain, and about equally so.
    reach = np.sqrt(2) * (spread["high"] - spread["mean"])
    margin = _AUC_MARGIN if task != "regression" else -_ERROR_MARGIN * spread["mean"]
    return bool(losses.mean() > max(reach, margin) and (losses > 0).sum() >= len(losses) - 1)
