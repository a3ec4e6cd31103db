"""Levels encoded by the mean of a target in other rows: folds, and means out of fold."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def stratified_folds(groups: np.ndarray, n_folds: int, rng: Any) -> np.ndarray:
    """Return the fold of each row; each fold has its share of each group. `rng` shuffles rows."""
    shuffled = rng.permutation(len(groups))
    folds = np.empty(len(groups), dtype=np.int64)
    # Rows of one group stand together and are dealt to the folds in turn.
    folds[shuffled[np.argsort(groups[shuffled], kind="stable")]] = np.arange(len(groups)) % n_folds
    return folds


def cross_fitted_means(
    codes: np.ndarray, values: np.ndarray, folds: np.ndarray, *, shrinkage: float
) -> np.ndarray:
    """Return the mean of each row's level in the other folds, (n_samples, n_values) float32.

    `values` have the mean 0, to which the means are drawn as if by `shrinkage` more rows.

    Examples
    --------
    >>> codes, values = np.array([0, 0, 1, 1]), np.array([[1.0], [1.0], [-1.0], [-1.0]])
    >>> cross_fitted_means(codes, values, np.array([0, 1, 0, 1]), shrinkage=1.0).ravel().tolist()
    [0.5, 0.5, -0.5, -0.5]
    """
    n_levels, n_folds = codes.max() + 1, folds.max() + 1
    cells = folds * n_levels + codes
    shape = (n_folds, n_levels)
    counts = np.bincount(cells, minlength=n_folds * n_levels).reshape(shape)
    others = counts.sum(axis=0) - counts + shrinkage
    means = np.empty(values.shape, dtype=np.float32)
    for k, column in enumerate(values.T):
        sums = np.bincount(cells, column, minlength=n_folds * n_levels).reshape(shape)
        means[:, k] = ((sums.sum(axis=0) - sums) / others).ravel()[cells]
    return means


def with_pairs(
    columns: list[np.ndarray],
    pairs: Iterable[tuple[int, int]],
    sizes: Sequence[int],
    unknown: Sequence[int],
) -> list[np.ndarray]:
    """Return columns of codes, followed by one of whole numbers per pair, -1 for unknown levels.

    For each column, `sizes` has the number of codes, `unknown` the one of unknown levels.
    """
    joined = list(columns)
    for a, b in pairs:
        both = columns[a].astype(np.int64) * sizes[b] + columns[b]
        joined.append(np.where((columns[a] == unknown[a]) | (columns[b] == unknown[b]), -1, both))
    return joined
