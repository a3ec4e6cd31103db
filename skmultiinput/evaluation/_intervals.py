"""Intervals of means over folds, which share training rows."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def corrected_interval(
    values: ArrayLike, n_train: float, n_test: float, confidence: float = 0.95
) -> dict[str, float]:
    """Mean of scores from overlapping training sets, with an interval that allows for it [1]_.

    The folds of a cross-validation share most of their training rows, so their scores are
    positively correlated and ``sd / sqrt(J)`` is far too small. For J folds the variance of the
    mean is taken as ``(1 / J + n_test / n_train) * sd ** 2``, with J - 1 degrees of freedom; the
    same holds for repeated cross-validation [2]_.

    `values` holds a score, or a difference of scores, per fold. Returned are mean, sd (over folds),
    se (corrected), low, high (of the interval) and p_value (two-sided, of a mean of 0). With fewer
    than two folds all but the mean are NaN.

    References
    ----------
    .. [1] Nadeau, C., Bengio, Y. (2003). Inference for the generalization error. Machine
       Learning 52, 239-281.
    .. [2] Bouckaert, R. R., Frank, E. (2004). Evaluating the replicability of significance tests
       for comparing learning algorithms. PAKDD.

    Examples
    --------
    >>> result = corrected_interval([0.80, 0.82, 0.84, 0.82, 0.82], n_train=80, n_test=20)
    >>> {name: round(value, 4) for name, value in result.items() if name != "p_value"}
    {'mean': 0.82, 'sd': 0.0141, 'se': 0.0095, 'low': 0.7937, 'high': 0.8463}
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, such as 0.95; got {confidence!r}.")
    scores = np.asarray(values, dtype=np.float64)
    scores = scores[~np.isnan(scores)]
    n_folds = len(scores)
    if n_folds < 2:
        mean = float(scores.mean()) if n_folds else np.nan
        return {"mean": mean, **dict.fromkeys(("sd", "se", "low", "high", "p_value"), np.nan)}
    mean, sd = float(scores.mean()), float(scores.std(ddof=1))
    se = float(np.sqrt(1 / n_folds + n_test / n_train)) * sd
    reach = float(stats.t.ppf((1 + confidence) / 2, n_folds - 1)) * se
    statistic = abs(mean) / se if se > 0 else (np.inf if mean else 0.0)
    p_value = 2 * float(stats.t.sf(statistic, n_folds - 1))
    ends = {"low": mean - reach, "high": mean + reach}
    return {"mean": mean, "sd": sd, "se": se, **ends, "p_value": p_value}
