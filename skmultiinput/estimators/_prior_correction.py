"""Prior correction: probabilities learned from reweighted rows, brought back to the real ones."""

from dataclasses import dataclass

import numpy as np


def prior_ratio(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Divide the real prior of each class by the one the network was trained on.

    Parameters
    ----------
    before, after : ndarray of shape (n_classes,) or (n_labels, 2)
        Total weight of each class; for labels of a matrix without and with each. Only their
        proportions count.

    Returns
    -------
    ndarray of the same shape
        1 for classes that one of both lacks.
    """
    before = before / before.sum(axis=-1, keepdims=True)
    after = after / after.sum(axis=-1, keepdims=True)
    both = (before > 0) & (after > 0)
    return np.where(both, before / np.where(both, after, 1.0), 1.0)


def correct_prior(probabilities: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    r"""Move probabilities from the prior of training to the real prior.

    .. math:: p(c \mid x) \propto p_t(c \mid x) \, \frac{\pi(c)}{\pi_t(c)}

    where :math:`\pi` is the prior of the rows as they are and :math:`\pi_t` that of the rows the
    network was trained on, after resampling and weighting.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
    ratio : ndarray of shape (n_classes,) or (n_labels, 2)
        As `prior_ratio` gives it.

    Returns
    -------
    ndarray of the shape of `probabilities`

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


@dataclass(frozen=True)
class PriorMass:
    """Masses of the classes, before and after resampling and weighting.

    Attributes
    ----------
    before, after : ndarray of shape (n_classes,) or (n_labels, 2)
    """

    before: np.ndarray
    after: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Real prior of each class over the one that was trained on; see `prior_ratio`."""
        return prior_ratio(self.before, self.after)

    @staticmethod
    def total(first: "PriorMass | None", second: "PriorMass | None") -> "PriorMass | None":
        """Add masses, of several networks or several calls."""
        if first is None or second is None:
            return first or second
        return PriorMass(first.before + second.before, first.after + second.after)
