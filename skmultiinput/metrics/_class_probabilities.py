"""Probabilities of classes from the outputs of a network, and their correction to another prior."""

from collections.abc import Sequence

import numpy as np
from scipy import special

# Rounding of single precision that probabilities may be off by.
TOLERANCE = 1e-5


def class_probabilities(outputs: np.ndarray, kind: str, *, from_logits: bool) -> np.ndarray:
    """Turn outputs of a network into a probability per class, (n_samples, n_classes) float64.

    To the network, labels are of the kind "binary", "multiclass" or "multilabel". With
    `from_logits` the outputs come before their activation. Outputs that are no probabilities raise
    ValueError.

    Examples
    --------
    >>> class_probabilities(np.array([[0.25]]), "binary", from_logits=False).tolist()
    [[0.75, 0.25]]
    """
    outputs = np.asarray(outputs, dtype=np.float64)
    if from_logits:
        outputs = special.softmax(outputs, 1) if kind == "multiclass" else special.expit(outputs)
    elif len(outputs) and (outputs.min() < -TOLERANCE or outputs.max() > 1 + TOLERANCE):
        raise ValueError(
            f"The network gives outputs from {outputs.min():g} to {outputs.max():g}; expected "
            "probabilities in [0, 1]. End it with a sigmoid (softmax for several classes), or "
            "use a loss with from_logits=True."
        )
    if kind == "multilabel":
        return outputs
    if kind == "binary" and outputs.shape[1] == 1:
        return np.hstack([1 - outputs, outputs])
    return outputs / outputs.sum(axis=1, keepdims=True)


def most_probable(
    probabilities: np.ndarray, kind: str, classes: np.ndarray, *, one_hot: bool
) -> np.ndarray:
    """Return the most probable label of each row; with `one_hot` as rows with a single 1."""
    if kind == "multilabel":
        return (probabilities > 0.5).astype(int)
    codes = probabilities.argmax(axis=1)
    return np.eye(len(classes), dtype=int)[codes] if one_hot else classes[codes]


def correct_prior(probabilities: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    r"""Move probabilities from the prior of training to the real prior.

    .. math:: p(c \mid x) \propto p_t(c \mid x) \, \frac{\pi(c)}{\pi_t(c)}

    where :math:`\pi` is the prior of the rows as they are and :math:`\pi_t` that of the rows the
    network was trained on, after resampling and weighting. `ratio` is ``prior_ratio_``.

    References
    ----------
    Elkan: The Foundations of Cost-Sensitive Learning, IJCAI 2001.
    Saerens, Latinne, Decaestecker: Adjusting the Outputs of a Classifier to New a Priori
    Probabilities, Neural Computation 14, 2002.

    Examples
    --------
    A network trained on as many positive as negative rows, where 10 % are positive:

    >>> correct_prior(np.array([[0.5, 0.5]]), np.array([0.9, 0.1]) / 0.5).tolist()
    [[0.9, 0.1]]
    """
    if ratio.ndim == 2:
        present = probabilities * ratio[:, 1]
        return present / (present + (1 - probabilities) * ratio[:, 0])
    moved = probabilities * ratio
    return moved / moved.sum(axis=1, keepdims=True)


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
    total = special.logsumexp(logs, axis=0) - np.log(len(logs))
    if not softmax:  # (n_samples, n_outputs, 2): without and with each label
        if total.shape[1] > 1:
            moved = total if ratio is None else _moved(total, ratio)
            return moved[:, :, 1]
        total = total[:, 0]
    return total if ratio is None else _moved(total, ratio)


def _log_mean(raw: np.ndarray, softmax: bool) -> np.ndarray:
    members = raw[:, None] if raw.ndim == 2 else raw
    if softmax:
        logs = special.log_softmax(members, axis=2)
    else:
        logs = np.stack([special.log_expit(-members), special.log_expit(members)], axis=-1)
    return special.logsumexp(logs, axis=1) - np.log(members.shape[1])


def _moved(logs: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Bring logarithms to another prior; the last axis is that of the classes."""
    with np.errstate(divide="ignore"):
        moved = logs + np.log(ratio)
    return moved - special.logsumexp(moved, axis=-1, keepdims=True)
