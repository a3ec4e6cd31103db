"""A greedy ensemble of candidates."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def greedy_ensemble(
    predictions: Mapping[Any, list[np.ndarray]],
    score: Callable[[list[np.ndarray]], list[float]],
    n_picks: int,
    *,
    lower_is_better: bool,
) -> dict[Any, int]:
    """Choose candidates one by one, with replacement, so that their mean prediction is best [1]_.

    The out-of-fold predictions have one array per fold, and `score` scores them per fold. There are
    `n_picks` choices at most; those after the best ensemble are dropped. Returned is how often each
    was chosen.

    References
    ----------
    .. [1] Caruana, R., Niculescu-Mizil, A., Crew, G., Ksikes, A. (2004). Ensemble selection from
       libraries of models. ICML.

    Examples
    --------
    >>> predictions = {"a": [np.array([0.0, 2.0])], "b": [np.array([2.0, 0.0])]}
    >>> error = lambda folds: [float(np.abs(fold - 1).mean()) for fold in folds]
    >>> greedy_ensemble(predictions, error, 4, lower_is_better=True)
    {'a': 1, 'b': 1}
    """
    sign = 1 if lower_is_better else -1
    chosen: list[Any] = []
    best, best_size = np.inf, 0
    total: list[np.ndarray] | None = None
    for size in range(1, n_picks + 1):
        losses, sums = {}, {}
        for name, folds in predictions.items():
            added = folds if total is None else [t + p for t, p in zip(total, folds, strict=True)]
            sums[name] = added
            losses[name] = sign * float(np.mean(score([fold / size for fold in added])))
        name = min(losses, key=losses.__getitem__)
        chosen.append(name)
        total = sums[name]
        if losses[name] < best - 1e-12:
            best, best_size = losses[name], size
    return dict(Counter(chosen[:best_size]))
