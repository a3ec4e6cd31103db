"""Choosing pairs of categories that explain a target better together than alone."""

from functools import partial
from itertools import combinations

import numpy as np
from scipy.stats import norm

from skmultiinput.preprocessing._target_encoding.cross_fitting import cross_fitted_means

# The choice uses at most this many rows, targets and folds: more would cost time and rarely
# change which pair is best.
_MOST_ROWS = 50_000
_MOST_TARGETS = 4
_N_FOLDS = 5
# The mean of a level counts as much as the mean of all rows if the level has this many rows.
_SHRINKAGE = 5.0
# Probability of choosing any pair when none explains anything, for normal encodings.
_FALSE_ALARM = 0.001


def choose_pairs(
    codes: np.ndarray,
    values: np.ndarray,
    *,
    most: int,
    max_candidates: int,
    rng: np.random.RandomState,
) -> list[tuple[int, int]]:
    """Choose the pairs of columns that explain more together than alone, the best first.

    `codes` are levels, (n_samples, n_features); of `values`, the target, only the first few columns
    are used. No more than `max_candidates` pairs are tried.
    """
    n_samples, n_features = codes.shape
    if n_samples > _MOST_ROWS:
        rows = rng.permutation(n_samples)[:_MOST_ROWS]
        codes, values = codes[rows], values[rows]
    values = values[:, :_MOST_TARGETS] - values[:, :_MOST_TARGETS].mean(axis=0)
    values = values[:, values.std(axis=0) > 0]
    n_samples = len(codes)
    n_folds = min(_N_FOLDS, n_samples)
    if n_folds < 2 or not values.shape[1]:
        return []
    folds = rng.permutation(n_samples) % n_folds
    encode = partial(cross_fitted_means, values=values, folds=folds, shrinkage=_SHRINKAGE)
    singles = np.stack([encode(codes[:, j]) for j in range(n_features)], axis=1)
    order = np.argsort(-_explained(singles, values), kind="stable")
    by_rank = sorted(combinations(range(n_features), 2), key=sum)[:max_candidates]
    ranked = [(int(order[i]), int(order[j])) for i, j in by_rank]
    pairs = [(min(pair), max(pair)) for pair in ranked]
    candidates = np.stack([encode(_joined(codes[:, a], codes[:, b])) for a, b in pairs], axis=1)
    # Two rows of a level are in the encodings of each other, so each product of two targets counts
    # twice, and the variance of the sum is twice that of independent terms.
    limit = 2 * norm.isf(_FALSE_ALARM / candidates[0].size) ** 2
    return [pairs[i] for i in _forward(singles, candidates, values, most, limit)]


def _joined(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.unique(a * (b.max() + 1) + b, return_inverse=True)[1].ravel()


def _explained(encodings: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the sum of the squared correlations of each encoding, shape (n_encodings,)."""
    centred = encodings - encodings.mean(axis=0)
    covered = np.einsum("njk,nk->jk", centred, values) ** 2
    lengths = (centred**2).sum(axis=0) * (values**2).sum(axis=0)
    return np.divide(covered, lengths, out=np.zeros_like(covered), where=lengths > 0).sum(axis=1)


def _forward(
    singles: np.ndarray, candidates: np.ndarray, values: np.ndarray, most: int, limit: float
) -> list[int]:
    """Choose candidates step by step, given the singles; return their positions.

    `limit` is the smallest squared t statistic of a choice. Encodings have the shape
    (n_samples, n_encodings, n_numbers).
    """
    remaining, residuals = [], []
    for k in range(values.shape[1]):
        basis = np.column_stack([np.ones(len(values)), singles[:, :, k]])
        basis = np.linalg.qr(basis)[0]
        remaining.append(candidates[:, :, k] - basis @ (basis.T @ candidates[:, :, k]))
        residuals.append(values[:, k] - basis @ (basis.T @ values[:, k]))
    initial_lengths = [(part**2).sum(axis=0) for part in remaining]
    chosen: list[int] = []
    while len(chosen) < min(most, candidates.shape[1]):
        gains, best = np.zeros(candidates.shape[1]), np.zeros(candidates.shape[1])
        for part, residual, initial in zip(remaining, residuals, initial_lengths, strict=True):
            lengths, covered = (part**2).sum(axis=0), part.T @ residual
            # The rest of an encoding that others explain is rounding noise; cross-fitting gives
            # a useless pair a negative correlation.
            valid = (lengths > 1e-6 * initial) & (covered > 0) & (lengths > 0)
            share = np.zeros_like(covered)
            share[valid] = covered[valid] ** 2 / lengths[valid] / max(residual @ residual, 1e-30)
            gains += share
            best = np.maximum(best, len(values) * share)
        gains[chosen] = -1.0
        gains[best <= limit] = -1.0
        winner = int(np.argmax(gains))
        if gains[winner] <= 0:
            break
        chosen.append(winner)
        for k, part in enumerate(remaining):
            length = np.linalg.norm(part[:, winner])
            if length > 0:
                direction = part[:, winner] / length
                remaining[k] = part - np.outer(direction, direction @ part)
                residuals[k] = residuals[k] - direction * (direction @ residuals[k])
    return chosen
