"""Logarithms of probabilities from outputs before their activation: exact however small."""

from collections.abc import Sequence

import numpy as np
from scipy.special import log_expit, log_softmax, logsumexp


def log_probabilities(
    outputs: Sequence[np.ndarray], *, softmax: bool, ratio: np.ndarray | None
) -> np.ndarray:
    """Return the logarithm of the mean probability over members and networks.

    It has the shape (n_samples, n_classes) or (n_samples, n_labels). `outputs` are those of each
    network before its activation, a softmax or a sigmoid, of shape (n_samples, [n_members,]
    n_outputs). `ratio` is ``prior_ratio_``.

    Examples
    --------
    >>> log_probabilities([np.array([[-1000.0]])], softmax=False, ratio=None).tolist()
    [[0.0, -1000.0]]
    """
    logs = [_log_mean(raw.astype(np.float64), softmax) for raw in outputs]
    total = logsumexp(logs, axis=0) - np.log(len(logs))
    if not softmax:  # (n_samples, n_outputs, 2): without and with each label
        if total.shape[1] > 1:
            moved = total if ratio is None else _moved(total, ratio)
            return moved[:, :, 1]
        total = total[:, 0]
    return total if ratio is None else _moved(total, ratio)


def _log_mean(raw: np.ndarray, softmax: bool) -> np.ndarray:
    members = raw[:, None] if raw.ndim == 2 else raw
    if softmax:
        logs = log_softmax(members, axis=2)
    else:
        logs = np.stack([log_expit(-members), log_expit(members)], axis=-1)
    return logsumexp(logs, axis=1) - np.log(members.shape[1])


def _moved(logs: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Bring logarithms to another prior; the last axis is that of the classes."""
    with np.errstate(divide="ignore"):
        moved = logs + np.log(ratio)
    return moved - logsumexp(moved, axis=-1, keepdims=True)
