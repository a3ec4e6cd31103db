"""The cost or profit of decisions, as scorers for cross-validation and searches."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.metrics import make_scorer

from skmultiinput.metrics._classification_cost import classification_cost, classification_profit
from skmultiinput.metrics._cost_checks import check_cost_matrix, check_costs, refuse_missing


def make_cost_scorer(
    *,
    cost_fp: float | str | None = None,
    cost_fn: float | str | None = None,
    cost_tp: float | str = 0.0,
    cost_tn: float | str = 0.0,
    cost_matrix: ArrayLike | pd.DataFrame | None = None,
    labels: ArrayLike | None = None,
    pos_label: Any = None,
    reduction: str = "mean",
) -> Callable[..., float]:
    """Make a scorer that returns minus the cost of the predictions, so that greater is better.

    Pass it as ``scoring=`` to cross_val_score, GridSearchCV or TunedThresholdClassifierCV.

    Parameters
    ----------
    cost_fp, cost_fn, cost_tp, cost_tn : float or str
        Cost of a false positive, false negative, true positive and true negative, per row, in
        any unit. A string is the name under which one cost *per row* is passed by metadata
        routing: ``make_cost_scorer(cost_fp=1, cost_fn="amount")`` reads
        ``cross_val_score(…, params={"amount": amounts})`` or ``search.fit(X, y,
        amount=amounts)``.
    cost_matrix, labels
        For any number of classes, as in `classification_cost`.
    pos_label : label, default=None
        The positive class; needed unless the labels are 0 and 1, -1 and 1, or booleans.
    reduction : {"mean", "sum"}, default="mean"
        "mean" scores the mean cost of a row, whatever the size of the fold; "sum" the total.

    Returns
    -------
    scorer
        ``scorer(estimator, X, y)`` -> minus the cost, a float.

    Raises
    ------
    ValueError
        If a cost is missing or not finite, or if a cost is named while metadata routing is off.

    See Also
    --------
    classification_cost : What decisions cost.
    make_profit_scorer : Where profit is known.

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
        classification_cost,
        values,
        matrix={"cost_matrix": cost_matrix},
        labels=labels,
        pos_label=pos_label,
        reduction=reduction,
    )


def make_profit_scorer(
    *,
    profit_tp: float | str | None = None,
    profit_fp: float | str | None = None,
    profit_fn: float | str = 0.0,
    profit_tn: float | str = 0.0,
    profit_matrix: ArrayLike | pd.DataFrame | None = None,
    labels: ArrayLike | None = None,
    pos_label: Any = None,
    reduction: str = "mean",
) -> Callable[..., float]:
    """Make a scorer that returns the profit of the predictions; greater is better.

    Parameters
    ----------
    profit_tp, profit_fp, profit_fn, profit_tn : float or str
        Profit of each kind of decision, per row, in any unit; costs are negative. A string names
        the metadata that holds one profit per row, as in `make_cost_scorer`.
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

    See Also
    --------
    make_cost_scorer : Where costs are known.

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


def _make_scorer(
    metric: Callable[..., float],
    values: Mapping[str, Any],
    *,
    matrix: Mapping[str, Any],
    labels: ArrayLike | None,
    pos_label: Any,
    reduction: str,
) -> Callable[..., float]:
    """Turn fixed costs into arguments of the metric, and named ones into a metadata request."""
    [(matrix_name, cost_matrix)] = matrix.items()
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum'; got {reduction!r}.")
    named = {name: value for name, value in values.items() if isinstance(value, str)}
    if cost_matrix is not None:
        both = [name for name, value in values.items() if name in named or value]
        if both:
            raise ValueError(f"Pass either {matrix_name} or {', '.join(both)}, not both.")
        cost_matrix, labels = check_cost_matrix(cost_matrix, labels, name=matrix_name)
        arguments = {matrix_name: cost_matrix, "labels": labels}
    else:
        refuse_missing(values, matrix_name)
        fixed = {name: value for name, value in values.items() if name not in named}
        check_costs(fixed, 1)
        arguments = {**fixed, "pos_label": pos_label}
    scorer = make_scorer(
        metric,
        greater_is_better=metric is classification_profit,
        **arguments,
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
