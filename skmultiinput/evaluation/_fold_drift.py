"""Columns whose values change between the training and the later test rows of folds in time."""

from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.evaluation._make_folds import Split, are_in_time
from skmultiinput.preprocessing._leaking_columns import column_scores

# A column by itself tells later rows from earlier ones with this ROC AUC, on average.
LIMIT = 0.7


def fold_drift(X: Any, folds: list[Split]) -> pd.DataFrame | None:
    """Return how well each column by itself tells test rows from training rows, per fold in time.

    It is the ROC AUC, out of fold, as in `column_scores`: 0.5 for a column whose values stay the
    same, 1 for one whose values are all new. The column that changes most is the first. None where
    folds are not in time, or `X` is no frame.

    Examples
    --------
    >>> X = pd.DataFrame({"same": [1, 2, 3, 4] * 50, "rate": np.arange(200) // 50})
    >>> fold_drift(X, [(np.arange(100), np.arange(100, 200))]).round(1)
          fold 1
    rate     1.0
    same     0.5
    """
    if not isinstance(X, pd.DataFrame) or not are_in_time(folds):
        return None
    scores = {}
    for number, (train, test) in enumerate(folds, start=1):
        rows = np.concatenate([train, test])
        is_test = np.repeat([False, True], [len(train), len(test)])
        # Numbers that shrink score below 0.5 as they are, but their bins do not.
        scores[f"fold {number}"] = column_scores(X.iloc[rows], is_test, regression=False)
    drift = pd.DataFrame(scores)
    return drift.loc[drift.mean(axis=1).sort_values(ascending=False, kind="stable").index]
