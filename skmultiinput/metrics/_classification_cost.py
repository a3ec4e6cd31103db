"""What wrong and right decisions cost, as metrics.

A cost or profit is money (or any other unit) *per row*; the unit is the caller's, and every
figure here comes back in the same unit.
"""

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d

from skmultiinput.metrics._cost_checks import (
    BINARY_COSTS,
    check_cost_matrix,
    check_costs,
    positions,
    positive_label,
    refuse_missing,
)

_BINARY_PROFITS = ("profit_tp", "profit_fp", "profit_fn", "profit_tn")


def classification_cost(
    y_true,
    y_pred,
    *,
    cost_fp=None,
    cost_fn=None,
    cost_tp=0.0,
    cost_tn=0.0,
    cost_matrix=None,
    labels=None,
    pos_label=None,
    sample_weight=None,
    reduction="mean",
):
    """Cost of the decisions `y_pred` where `y_true` was right.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels, not probabilities.
    cost_fp, cost_fn, cost_tp, cost_tn : float or array-like of shape (n_samples,)
        For two classes: what a false positive, false negative, true positive and true negative
        costs, in the caller's unit; one number, or one per row. Negative costs are gains.
    cost_matrix : array-like of shape (n_classes, n_classes) or DataFrame, default=None
        For any number of classes, instead of the four costs: ``cost_matrix[i, j]`` is what it
        costs to decide for class j where class i is right. A DataFrame has the true labels as
        its index and the decided ones as its columns.
    labels : array-like of shape (n_classes,), default=None
        The labels in the order of the matrix; needed unless the matrix is a DataFrame.
    pos_label : label, default=None
        The positive class. With labels 0 and 1, -1 and 1, or False and True it is the larger
        one; any other labels need it.
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
        do not go with `pos_label` or with `cost_matrix`.

    Examples
    --------
    Missing a churner costs 10, a needless call costs 1:

    >>> classification_cost([1, 1, 0, 0], [1, 0, 1, 0], cost_fp=1, cost_fn=10)
    2.75
    >>> classification_cost(["stay", "leave"], ["stay", "stay"], cost_fp=1, cost_fn=10)
    Traceback (most recent call last):
        ...
    ValueError: pos_label is needed for the labels ['leave', 'stay']: which one is the positive
    class?
    """
    rows = cost_per_row(
        y_true,
        y_pred,
        cost_fp=cost_fp,
        cost_fn=cost_fn,
        cost_tp=cost_tp,
        cost_tn=cost_tn,
        cost_matrix=cost_matrix,
        labels=labels,
        pos_label=pos_label,
    )
    return _reduce(rows, sample_weight, reduction)


def classification_profit(
    y_true,
    y_pred,
    *,
    profit_tp=None,
    profit_fp=None,
    profit_fn=0.0,
    profit_tn=0.0,
    profit_matrix=None,
    labels=None,
    pos_label=None,
    sample_weight=None,
    reduction="mean",
):
    """Profit of the decisions `y_pred` where `y_true` was right; higher is better.

    The mirror image of `classification_cost`; what an action costs is a negative profit.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels, not probabilities.
    profit_tp, profit_fp, profit_fn, profit_tn : float or array-like of shape (n_samples,)
        For two classes: what a true positive, false positive, false negative and true negative
        brings, in the caller's unit; one number, or one per row.
    profit_matrix : array-like of shape (n_classes, n_classes) or DataFrame, default=None
        For any number of classes, instead of the four: ``profit_matrix[i, j]`` is what it brings
        to decide for class j where class i is right.
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

    Examples
    --------
    >>> classification_profit([1, 1, 0, 0], [1, 0, 1, 0], profit_tp=50, profit_fp=-5)
    11.25
    """
    if profit_matrix is None:
        refuse_missing({"profit_tp": profit_tp, "profit_fp": profit_fp}, "profit_matrix")
    names = {"cost_" + name[-2:]: name for name in _BINARY_PROFITS}
    values = {"tp": profit_tp, "fp": profit_fp, "fn": profit_fn, "tn": profit_tn}
    rows = cost_per_row(
        y_true,
        y_pred,
        **{f"cost_{kind}": value for kind, value in values.items()},
        cost_matrix=profit_matrix,
        labels=labels,
        pos_label=pos_label,
        shown_as={**names, "cost_matrix": "profit_matrix"},
    )
    return _reduce(rows, sample_weight, reduction)


def cost_per_row(
    y_true,
    y_pred,
    *,
    cost_fp=None,
    cost_fn=None,
    cost_tp=0.0,
    cost_tn=0.0,
    cost_matrix=None,
    labels=None,
    pos_label=None,
    shown_as=None,
):
    """Cost of each decision; parameters as `classification_cost`.

    Returns
    -------
    ndarray of shape (n_samples,), dtype=float64
        In the caller's unit.

    Examples
    --------
    >>> cost_per_row([1, 1, 0], [1, 0, 1], cost_fp=[1, 1, 3], cost_fn=10)
    array([ 0., 10.,  3.])
    """
    shown_as = shown_as or {}
    y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
    check_consistent_length(y_true, y_pred)
    if len(y_true) == 0:
        raise ValueError("There are no rows to find the cost of.")
    if cost_matrix is not None:
        name = shown_as.get("cost_matrix", "cost_matrix")
        matrix, labels = check_cost_matrix(cost_matrix, labels, name=name)
        return matrix[positions(y_true, labels, name), positions(y_pred, labels, name)]
    refuse_missing({"cost_fp": cost_fp, "cost_fn": cost_fn}, "cost_matrix")
    positive = positive_label(y_true, y_pred, pos_label=pos_label)
    truth, decision = y_true == positive, y_pred == positive
    fp, fn, tp, tn = (
        check_costs(value, len(y_true), shown_as.get(name, name))
        for name, value in zip(BINARY_COSTS, (cost_fp, cost_fn, cost_tp, cost_tn), strict=True)
    )
    return np.where(truth, np.where(decision, tp, fn), np.where(decision, fp, tn))


def _reduce(rows, sample_weight, reduction):
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum'; got {reduction!r}.")
    if sample_weight is not None:
        sample_weight = column_or_1d(sample_weight)
        check_consistent_length(rows, sample_weight)
    if reduction == "sum":
        return float(rows.sum() if sample_weight is None else rows @ sample_weight)
    return float(np.average(rows, weights=sample_weight))
