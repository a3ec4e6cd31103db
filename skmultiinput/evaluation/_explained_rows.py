"""Why single predictions were made: contributions of columns to the most confident of a fold."""

import time
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.evaluation._evaluation_metrics import Predictions
from skmultiinput.inspection._explain import MAX_EXACT, contributions_of

# Limit of the time of a fold's explanations; with fewer background rows there are none.
_SECONDS = 10.0
_MAX_BACKGROUND, _FEWEST_BACKGROUND = 50, 5
_TIMED_ROWS = 1000
_N_ROWS, _N_OF_A_CLASS = 4, 2
_N_COLUMNS = 4
_MAX_LETTERS = 30


def explained_rows(
    estimator: Any, test: pd.DataFrame, train: pd.DataFrame, predictions: Predictions
) -> pd.DataFrame | None:
    """Explain the most confident right and wrong predictions of a fold.

    Of a quantity, the largest errors in both directions are explained; of several quantities,
    nothing. Background rows are drawn from `train`.

    The table is indexed by the index of the rows: ``right`` (None for a quantity), ``actual``,
    ``predicted``, ``probability`` of the predicted class, and ``columns``, a list of (name, cell,
    contribution) with the four that contribute most. It is None if the explanations would take more
    than about ten seconds.
    """
    choose = _largest_errors if predictions.proba is None else _most_confident
    positions = choose(predictions)
    n_background = _affordable_background(estimator, test, len(positions))
    if not len(positions) or n_background < _FEWEST_BACKGROUND:
        return None
    contributions = contributions_of(
        estimator,
        test.iloc[positions],
        background=train,
        max_background=n_background,
        random_state=0,
    )
    rows = [
        _explained(predictions, position, contributions.shapley[j], contributions.data.iloc[j])
        for j, position in enumerate(positions)
    ]
    return pd.DataFrame(rows, index=test.index[positions])


def _explained(
    predictions: Predictions, position: int, values: np.ndarray, cells: pd.Series
) -> dict[str, Any]:
    """Return a row of the table from contributions, (n_columns, n_outputs)."""
    right, probability, towards = None, np.nan, values[:, 0]
    if predictions.proba is not None:
        output = int(np.searchsorted(predictions.classes, predictions.predicted[position]))
        right = bool(predictions.y[position] == predictions.predicted[position])
        probability = float(predictions.proba[position, output])
        if values.shape[1] > 1:
            towards = values[:, output]
        elif output == 0:  # of two classes the log-odds of the second are explained
            towards = -towards
    most = np.argsort(-np.abs(towards), kind="stable")[:_N_COLUMNS]
    return {
        "right": right,
        "actual": predictions.y[position],
        "predicted": predictions.predicted[position],
        "probability": probability,
        "columns": [(str(cells.index[j]), _text(cells.iloc[j]), float(towards[j])) for j in most],
    }


def _text(cell: Any) -> str:
    """Write a cell for people, in a few words."""
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return "missing"
    text = f"{cell:.6g}" if isinstance(cell, float) else str(cell).removesuffix(" 00:00:00")
    return text if len(text) <= _MAX_LETTERS else f"{text[:_MAX_LETTERS]}…"


def _most_confident(predictions: Predictions) -> list[int]:
    """Return the most confident right, then the most confident wrong predictions."""
    actual = np.searchsorted(predictions.classes, predictions.y)
    of_actual = predictions.proba[np.arange(len(actual)), actual]
    right = predictions.predicted == predictions.y
    positions: list[int] = []
    for rows, order in ((right, -of_actual), (~right, of_actual)):
        candidates = np.flatnonzero(rows)
        candidates = candidates[np.argsort(order[candidates], kind="stable")]
        # Of an imbalanced target all would be of the frequent class.
        of_class = pd.Series(actual[candidates]).groupby(actual[candidates]).cumcount()
        positions += candidates[of_class < _N_OF_A_CLASS][:_N_ROWS].tolist()
    return positions


def _largest_errors(predictions: Predictions) -> list[int]:
    """Return the largest errors: predicted far too much, then far too little."""
    if predictions.y.ndim > 1:
        return []
    order = np.argsort(predictions.y - predictions.predicted, kind="stable")
    return np.unique(np.r_[order[:_N_OF_A_CLASS], order[-_N_OF_A_CLASS:]]).tolist()


def _affordable_background(estimator: Any, test: pd.DataFrame, n_explained: int) -> int:
    """Return how many background rows fit in the time."""
    predict = getattr(estimator, "predict_proba", estimator.predict)
    rows = test.iloc[:_TIMED_ROWS]
    start = time.perf_counter()
    predict(rows)
    seconds_per_row = (time.perf_counter() - start) / len(rows)
    n_columns = test.shape[1]
    coalitions = 2**n_columns if n_columns <= MAX_EXACT else 2 * n_columns
    affordable = _SECONDS / (seconds_per_row * coalitions * max(n_explained, 1))
    return int(min(affordable, _MAX_BACKGROUND))
