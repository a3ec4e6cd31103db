"""The cost or profit of decisions, as metrics.

Costs and profits are given per row, in any unit; the metrics are in the same unit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length

from skmultiinput._checks import check_weights
from skmultiinput.metrics._cost_checks import (
    check_cost_matrix,
    check_costs,
    check_labels,
    positions,
    positive_label,
    refuse_missing,
)


def classification_cost(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    cost_fp: ArrayLike | None = None,
    cost_fn: ArrayLike | None = None,
    cost_tp: ArrayLike = 0.0,
    cost_tn: ArrayLike = 0.0,
    cost_matrix: ArrayLike | pd.DataFrame | None = None,
    labels: ArrayLike | None = None,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float:
    """Cost of predicting `y_pred` where `y_true` is right.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels, not probabilities.
    cost_fp, cost_fn, cost_tp, cost_tn : float or array-like of shape (n_samples,)
        For two classes: the cost of a false positive, false negative, true positive and true
        negative, in the caller's unit; one number, or one per row. Negative costs are gains.
    cost_matrix : array-like of shape (n_classes, n_classes) or DataFrame, default=None
        For any number of classes, instead of the four costs: ``cost_matrix[i, j]`` is the
        cost of predicting class j where class i is right. A DataFrame has the true labels as
        its index and the predicted ones as its columns.
    labels : array-like of shape (n_classes,), default=None
        The labels in the order of the matrix; needed unless the matrix is a DataFrame.
    pos_label : label, default=None
        The positive class. With labels 0 and 1, -1 and 1, or False and True it is the larger
        one; other labels need it.
    sample_weight : array-like of shape (n_samples,), default=None
        Weight of each row.
    reduction : {"mean", "sum"}, default="mean"
        "mean" gives the (weighted) mean cost of a row, "sum" the (weighted) total.

    Returns
    -------
    float
        The cost; lower is better.

    Raises
    ------
    ValueError
        If a cost is missing, not finite or of another length than `y_true`, or if the labels
        do not match `pos_label` or `cost_matrix`.

    See Also
    --------
    classification_profit : The same with its sign turned.
    make_cost_scorer : As a scorer for searches.

    Examples
    --------
    Missing a churner costs 10, an unnecessary call costs 1:

    >>> classification_cost([1, 1, 0, 0], [1, 0, 1, 0], cost_fp=1, cost_fn=10)
    2.75
    >>> classification_cost(["stay", "leave"], ["stay", "stay"], cost_fp=1, cost_fn=10)
    Traceback (most recent call last):
        ...
    ValueError: pos_label is needed for the labels ['leave', 'stay']: which one is the positive
    class?
    """
    values = {"cost_fp": cost_fp, "cost_fn": cost_fn, "cost_tp": cost_tp, "cost_tn": cost_tn}
    rows = _value_per_row(
        y_true, y_pred, values, {"cost_matrix": cost_matrix}, labels=labels, pos_label=pos_label
    )
    return _reduce(rows, sample_weight, reduction)


def classification_profit(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    profit_tp: ArrayLike | None = None,
    profit_fp: ArrayLike | None = None,
    profit_fn: ArrayLike = 0.0,
    profit_tn: ArrayLike = 0.0,
    profit_matrix: ArrayLike | pd.DataFrame | None = None,
    labels: ArrayLike | None = None,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float:
    """Profit of predicting `y_pred` where `y_true` is right; higher is better.

    The counterpart of `classification_cost`; a cost is a negative profit.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels, not probabilities.
    profit_tp, profit_fp, profit_fn, profit_tn : float or array-like of shape (n_samples,)
        For two classes: the profit of a true positive, false positive, false negative and true
        negative, in the caller's unit; one number, or one per row.
    profit_matrix : array-like of shape (n_classes, n_classes) or DataFrame, default=None
        For any number of classes, instead of the four: ``profit_matrix[i, j]`` is the
        profit of predicting class j where class i is right.
    labels, pos_label, sample_weight, reduction
        As in `classification_cost`.

    Returns
    -------
    float
        Profit per row ("mean") or in total ("sum"), in the caller's unit.

    Raises
    ------
    ValueError
        As `classification_cost`.

    See Also
    --------
    classification_cost : What decisions cost.

    Examples
    --------
    >>> classification_profit([1, 1, 0, 0], [1, 0, 1, 0], profit_tp=50, profit_fp=-5)
    11.25
    """
    values = {
        "profit_fp": profit_fp,
        "profit_fn": profit_fn,
        "profit_tp": profit_tp,
        "profit_tn": profit_tn,
    }
    rows = _value_per_row(
        y_true, y_pred, values, {"profit_matrix": profit_matrix}, labels=labels, pos_label=pos_label
    )
    return _reduce(rows, sample_weight, reduction)


def _value_per_row(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    values: Mapping[str, ArrayLike | None],
    matrix: Mapping[str, ArrayLike | pd.DataFrame | None],
    *,
    labels: ArrayLike | None,
    pos_label: Any,
) -> np.ndarray:
    """Return the value of each prediction, from four values or a matrix, under their names."""
    right, decided = check_labels(y_true, "y_true"), check_labels(y_pred, "y_pred")
    check_consistent_length(right, decided)
    if len(right) == 0:
        raise ValueError("Found no rows; expected at least one.")
    [(name, of_classes)] = matrix.items()
    if of_classes is not None:
        table, classes = check_cost_matrix(of_classes, labels, name=name)
        return table[positions(right, classes, name), positions(decided, classes, name)]
    refuse_missing(values, name)
    positive = positive_label(right, decided, pos_label=pos_label)
    fp, fn, tp, tn = check_costs(values, len(right)).values()
    is_positive = decided == positive
    return np.where(right == positive, np.where(is_positive, tp, fn), np.where(is_positive, fp, tn))


def _reduce(rows: np.ndarray, sample_weight: ArrayLike | None, reduction: str) -> float:
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum'; got {reduction!r}.")
    weight = check_weights(sample_weight, rows)
    return float(rows @ weight if reduction == "sum" else np.average(rows, weights=weight))
