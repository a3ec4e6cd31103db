"""Thresholds on probabilities, and the cost of the decisions they lead to."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d

from skmultiinput._checks import check_weights
from skmultiinput.metrics._cost_checks import check_costs, check_labels, positive_label


def cost_at_thresholds(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    cost_fp: ArrayLike,
    cost_fn: ArrayLike,
    cost_tp: ArrayLike = 0.0,
    cost_tn: ArrayLike = 0.0,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean cost of a row at every threshold that makes a difference.

    A row is predicted positive where its probability is at least the threshold, as in
    scikit-learn's TunedThresholdClassifierCV.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels.
    y_proba : array-like of shape (n_samples,)
        Probability of the positive class.
    cost_fp, cost_fn, cost_tp, cost_tn, pos_label, sample_weight
        As in `classification_cost`.

    Returns
    -------
    thresholds : ndarray of shape (n_thresholds,), dtype=float64
        Ascending; at the first every row is predicted positive, at the last none. Each lies half
        way between two neighbouring probabilities.
    cost : ndarray of shape (n_thresholds,), dtype=float64
        Mean cost of a row, in the caller's unit.

    See Also
    --------
    CostAtThresholdsDisplay : Plot of the costs.
    min_cost_threshold : The cheapest threshold.

    Notes
    -----
    ``sklearn.metrics.metric_at_thresholds`` (scikit-learn 1.9) evaluates any metric at the
    probabilities themselves, one threshold at a time. It cannot take a cost per row, because it
    sorts the rows.

    Examples
    --------
    >>> y, proba = [0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]
    >>> thresholds, cost = cost_at_thresholds(y, proba, cost_fp=1, cost_fn=4)
    >>> thresholds
    array([0.05, 0.25, 0.6 , 0.9 ])
    >>> cost
    array([0.5 , 0.25, 1.  , 2.  ])
    """
    labels = check_labels(y_true, "y_true")
    proba = column_or_1d(y_proba).astype(np.float64)
    check_consistent_length(labels, proba)
    if len(labels) == 0:
        raise ValueError("Found no rows; expected at least one.")
    if not np.all((proba >= 0) & (proba <= 1)):
        raise ValueError("y_proba must hold probabilities of the positive class, 0 to 1.")
    truth = labels == positive_label(labels, pos_label=pos_label)
    values = {"cost_fp": cost_fp, "cost_fn": cost_fn, "cost_tp": cost_tp, "cost_tn": cost_tn}
    fp, fn, tp, tn = check_costs(values, len(truth)).values()
    weight = check_weights(sample_weight, truth)
    if_positive = weight * np.where(truth, tp, fp)
    if_negative = weight * np.where(truth, fn, tn)
    levels, level_index = np.unique(proba, return_inverse=True)
    # Start with every row positive; each step up turns the rows of one probability negative.
    steps = np.bincount(
        level_index.ravel(), weights=if_negative - if_positive, minlength=len(levels)
    )
    total = if_positive.sum() + np.concatenate([[0.0], np.cumsum(steps)])
    return _between(levels), total / weight.sum()


def min_cost_threshold(y_true: ArrayLike, y_proba: ArrayLike, **costs: Any) -> float:
    """Threshold with the lowest cost on these rows.

    Tune it on rows the model was not fitted on. Of several equally cheap thresholds, the middle
    one is returned.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True labels.
    y_proba : array-like of shape (n_samples,)
        Probability of the positive class.
    **costs
        The other parameters of `cost_at_thresholds`, including the costs.

    Returns
    -------
    float
        Predict positive where the probability is at least this.

    See Also
    --------
    bayes_threshold : The best threshold for calibrated probabilities.
    cost_at_thresholds : The costs at all thresholds.

    Examples
    --------
    >>> min_cost_threshold([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8], cost_fp=1, cost_fn=4)
    0.25
    """
    return cheapest_threshold(*cost_at_thresholds(y_true, y_proba, **costs))


def cheapest_threshold(thresholds: np.ndarray, cost: np.ndarray) -> float:
    """Return the middle one of the thresholds with the lowest cost."""
    cheapest = np.flatnonzero(cost <= cost.min() + 1e-12 * max(1.0, np.abs(cost).max()))
    return float(thresholds[cheapest[len(cheapest) // 2]])


def bayes_threshold(
    *,
    cost_fp: ArrayLike,
    cost_fn: ArrayLike,
    cost_tp: ArrayLike = 0.0,
    cost_tn: ArrayLike = 0.0,
) -> float | np.ndarray:
    """Threshold with the lowest expected cost if the probabilities are calibrated [1]_.

    .. math:: t = (c_{fp} - c_{tn}) / (c_{fp} - c_{tn} + c_{fn} - c_{tp})

    Parameters
    ----------
    cost_fp, cost_fn, cost_tp, cost_tn : float or array-like of shape (n_samples,)
        As in `classification_cost`.

    Returns
    -------
    float or ndarray of shape (n_samples,)
        One threshold, or one per row where a cost is given per row.

    Raises
    ------
    ValueError
        If a mistake is cheaper than the right decision.

    See Also
    --------
    min_cost_threshold : The cheapest threshold on held-out rows.

    References
    ----------
    .. [1] Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI.

    Examples
    --------
    >>> round(bayes_threshold(cost_fp=1, cost_fn=10), 4)
    0.0909
    """
    values = {"cost_fp": cost_fp, "cost_fn": cost_fn, "cost_tp": cost_tp, "cost_tn": cost_tn}
    fp, fn, tp, tn = check_costs(values, max(map(np.size, values.values()))).values()
    needless, missed = fp - tn, fn - tp
    if np.any(needless < 0) or np.any(missed < 0) or np.any(needless + missed == 0):
        raise ValueError(
            "A mistake must not be cheaper than the right decision: expected cost_fp >= cost_tn "
            "and cost_fn >= cost_tp, not equal in both."
        )
    threshold = needless / (needless + missed)
    return float(threshold[0]) if threshold.size == 1 else threshold


def _between(values: np.ndarray) -> np.ndarray:
    """Thresholds below, between and above the ascending distinct probabilities."""
    middle = (values[1:] + values[:-1]) / 2
    # A midpoint that rounds down to its lower neighbour would include that row.
    middle = np.where(middle > values[:-1], middle, values[1:])
    above = (values[-1] + 1) / 2 if values[-1] < 1 else np.nextafter(1.0, 2.0)
    return np.concatenate([[values[0] / 2], middle, [above]])
