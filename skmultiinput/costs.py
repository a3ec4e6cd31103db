"""What wrong and right decisions cost, as metrics and as scorers.

A cost or profit is money (or any other unit) *per row*; the unit is the caller's, and every
figure here comes back in the same unit. Costs are better when lower, so the scorer of
`make_cost_scorer` is negative, as scikit-learn's ``neg_…`` scorers are.
"""

from collections.abc import Mapping

import numpy as np
from sklearn import get_config
from sklearn.metrics import make_scorer
from sklearn.utils import check_consistent_length, column_or_1d

from skmultiinput._cost_checks import (
    BINARY_COSTS,
    check_cost_matrix,
    check_costs,
    positions,
    positive_label,
)

_BINARY_PROFITS = ("profit_tp", "profit_fp", "profit_fn", "profit_tn")


def misclassification_cost(
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

    >>> misclassification_cost([1, 1, 0, 0], [1, 0, 1, 0], cost_fp=1, cost_fn=10)
    2.75
    >>> misclassification_cost(["stay", "leave"], ["stay", "stay"], cost_fp=1, cost_fn=10)
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

    The mirror image of `misclassification_cost`; what an action costs is a negative profit.

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
        As in `misclassification_cost`.

    Returns
    -------
    float
        Profit per row ("mean") or in total ("sum"), in the caller's unit.

    Raises
    ------
    ValueError
        As `misclassification_cost`.

    Examples
    --------
    >>> classification_profit([1, 1, 0, 0], [1, 0, 1, 0], profit_tp=50, profit_fp=-5)
    11.25
    """
    if profit_matrix is None:
        _refuse_missing({"profit_tp": profit_tp, "profit_fp": profit_fp}, "profit_matrix")
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
    """Cost of each decision; parameters as `misclassification_cost`.

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
    _refuse_missing({"cost_fp": cost_fp, "cost_fn": cost_fn}, "cost_matrix")
    positive = positive_label(y_true, y_pred, pos_label=pos_label)
    truth, decision = y_true == positive, y_pred == positive
    fp, fn, tp, tn = (
        check_costs(value, len(y_true), shown_as.get(name, name))
        for name, value in zip(BINARY_COSTS, (cost_fp, cost_fn, cost_tp, cost_tn), strict=True)
    )
    return np.where(truth, np.where(decision, tp, fn), np.where(decision, fp, tn))


def make_cost_scorer(
    *,
    cost_fp=None,
    cost_fn=None,
    cost_tp=0.0,
    cost_tn=0.0,
    cost_matrix=None,
    labels=None,
    pos_label=None,
    reduction="mean",
):
    """Make a scorer of what the decisions cost: minus the cost, so that greater is better.

    For ``scoring=`` of cross_val_score, GridSearchCV and TunedThresholdClassifierCV.

    Parameters
    ----------
    cost_fp, cost_fn, cost_tp, cost_tn : float or str
        What a false positive, false negative, true positive and true negative costs, per row,
        in your unit. A string is the name under which a cost *per row* is passed by metadata
        routing: ``make_cost_scorer(cost_fp=1, cost_fn="amount")`` reads
        ``cross_val_score(…, params={"amount": amounts})`` or ``search.fit(X, y,
        amount=amounts)``.
    cost_matrix, labels
        For any number of classes, as in `misclassification_cost`.
    pos_label : label, default=None
        The positive class; needed unless the labels are 0 and 1, -1 and 1, or booleans.
    reduction : {"mean", "sum"}, default="mean"
        "mean" scores the cost of an average row, whatever the size of the fold; "sum" the total.

    Returns
    -------
    scorer
        ``scorer(estimator, X, y)`` -> minus the cost, a float.

    Raises
    ------
    ValueError
        If a cost is missing or not finite, or if a cost is named while metadata routing is off.

    Notes
    -----
    `set_score_request` replaces the whole request of a scorer. To pass weights as well, name
    everything in it: ``.set_score_request(cost_fn="amount", sample_weight=True)``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> scorer = make_cost_scorer(cost_fp=1, cost_fn=10)
    >>> cross_val_score(LogisticRegression(), X, y, scoring=scorer).round(2)
    array([-0.55, -0.  , -0.5 , -0.5 , -1.  ])
    """
    values = {"cost_fp": cost_fp, "cost_fn": cost_fn, "cost_tp": cost_tp, "cost_tn": cost_tn}
    return _make_scorer(
        misclassification_cost,
        values,
        matrix={"cost_matrix": cost_matrix},
        labels=labels,
        pos_label=pos_label,
        reduction=reduction,
    )


def make_profit_scorer(
    *,
    profit_tp=None,
    profit_fp=None,
    profit_fn=0.0,
    profit_tn=0.0,
    profit_matrix=None,
    labels=None,
    pos_label=None,
    reduction="mean",
):
    """Make a scorer of what the decisions earn; greater is better.

    Parameters
    ----------
    profit_tp, profit_fp, profit_fn, profit_tn : float or str
        What each kind of decision earns, per row, in your unit; what it costs is negative. A
        string names the metadata that holds one profit per row, as in `make_cost_scorer`.
    profit_matrix, labels, pos_label, reduction
        As in `make_cost_scorer`.

    Returns
    -------
    scorer
        ``scorer(estimator, X, y)`` -> profit, a float.

    Raises
    ------
    ValueError
        As `make_cost_scorer`.

    Examples
    --------
    >>> make_profit_scorer(profit_tp=50, profit_fp=-5)
    make_scorer(classification_profit, response_method='predict', profit_tp=50, profit_fp=-5,
    ...)
    """
    values = {
        "profit_tp": profit_tp,
        "profit_fp": profit_fp,
        "profit_fn": profit_fn,
        "profit_tn": profit_tn,
    }
    return _make_scorer(
        classification_profit,
        values,
        matrix={"profit_matrix": profit_matrix},
        labels=labels,
        pos_label=pos_label,
        reduction=reduction,
    )


def _make_scorer(metric, values, *, matrix, labels, pos_label, reduction):
    """Turn fixed costs into arguments of the metric, and named ones into a metadata request."""
    [(matrix_name, matrix)] = matrix.items()
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum'; got {reduction!r}.")
    greater_is_better = metric is classification_profit
    if matrix is not None:
        given = [name for name, value in values.items() if isinstance(value, str) or value]
        if given:
            raise ValueError(f"Pass either {matrix_name} or {', '.join(given)}, not both.")
        matrix, labels = check_cost_matrix(matrix, labels, name=matrix_name)
        return make_scorer(
            metric,
            greater_is_better=greater_is_better,
            **{matrix_name: matrix},
            labels=labels,
            reduction=reduction,
        )
    _refuse_missing(values, matrix_name)
    named = {name: value for name, value in values.items() if isinstance(value, str)}
    fixed = {name: value for name, value in values.items() if name not in named}
    for name, value in fixed.items():
        check_costs(value, 1, name)
    scorer = make_scorer(
        metric,
        greater_is_better=greater_is_better,
        **fixed,
        pos_label=pos_label,
        reduction=reduction,
    )
    if named:
        if not get_config()["enable_metadata_routing"]:
            raise ValueError(
                f"{', '.join(f'{n}={v!r}' for n, v in named.items())} asks for one value per row "
                "by metadata routing, which is off. Turn it on first: "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        scorer.set_score_request(**named)
    return scorer


def _refuse_missing(values: Mapping, matrix_name):
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} must be given: a number, or one number per row (passed as "
            f"metadata where it was named in the scorer); or pass {matrix_name}."
        )


def _reduce(rows, sample_weight, reduction):
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum'; got {reduction!r}.")
    if sample_weight is not None:
        sample_weight = column_or_1d(sample_weight)
        check_consistent_length(rows, sample_weight)
    if reduction == "sum":
        return float(rows.sum() if sample_weight is None else rows @ sample_weight)
    return float(np.average(rows, weights=sample_weight))
