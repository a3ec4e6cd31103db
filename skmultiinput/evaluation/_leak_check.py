"""Columns that give the target away, looked for before the first fit."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skmultiinput._unwrap import preprocessing
from skmultiinput.preprocessing._describe_columns import describe_columns
from skmultiinput.preprocessing._leaking_columns import column_scores, likely_leaks


class LeakWarning(UserWarning):
    """One column alone predicts the target so well that it likely gives it away.

    See Also
    --------
    evaluate : Looks for leaks before the first fit.
    skmultiinput.preprocessing.describe_columns : Scores each column by itself.
    """


def find_leaks(X: Any, y: np.ndarray, rows: np.ndarray, task: str, pipeline: Any) -> pd.Series:
    """Return the scores of columns that likely give the target away, and warn about them.

    They are ROC AUC or R² by column on the training rows of a fold, the highest first. Anything but
    a frame or an array of two dimensions is not looked at. Nor are columns that the preprocessing
    of the pipeline leaves out.
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        X = pd.DataFrame(X)
    if not isinstance(X, pd.DataFrame):
        return pd.Series(dtype=float)
    leaks = likely_leaks(column_scores(X.iloc[rows], y[rows], regression=task == "regression"))
    if len(leaks):
        leaks = leaks.drop(_left_out(pipeline, X.iloc[rows], y[rows]), errors="ignore")
    if len(leaks):
        names = list(leaks.index[:5])
        warnings.warn(
            f"{leak_sentence(leaks, task)} Leave out what is not known yet when predictions are "
            f"made: make_preprocessor(drop={names!r}), or --drop on the command line.",
            LeakWarning,
            stacklevel=3,
        )
    return leaks


def _left_out(pipeline: Any, X: pd.DataFrame, y: np.ndarray) -> list:
    """Columns that a ColumnTransformer at the start of a pipeline does not use."""
    before, transformer = preprocessing(pipeline)
    if before or transformer is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the fits of the folds will say it
        described = describe_columns(clone(transformer).fit(X, y))
    return described.loc[described["group"] == "dropped", "column"].tolist()


def leak_sentence(leaks: pd.Series, task: str) -> str:
    """Name likely leaks.

    Examples
    --------
    >>> leak_sentence(pd.Series({"reason": 1.0, "closed": 0.9951}), "binary")
    "Likely leak: 'reason' (ROC AUC 1.000 by itself), 'closed' (0.995)."
    """
    metric = "R²" if task == "regression" else "ROC AUC"
    shown = [f"{name!r} ({score:.3f})" for name, score in leaks.iloc[:5].items()]
    shown[0] = f"{leaks.index[0]!r} ({metric} {leaks.iloc[0]:.3f} by itself)"
    more = f" and {len(leaks) - 5} more columns" if len(leaks) > 5 else ""
    return f"Likely leak: {', '.join(shown)}{more}."
