"""Prior correction: probabilities learned from reweighted rows, brought back to the real ones."""

from dataclasses import dataclass

import numpy as np


def prior_ratio(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Divide the real prior of each class by the one the network was trained on.

    `before` and `after` are total weights, of which only the proportions count: (n_classes,), or
    (n_labels, 2), without and with each label. The ratio is 1 for classes that one of both lacks.
    """
    before = before / before.sum(axis=-1, keepdims=True)
    after = after / after.sum(axis=-1, keepdims=True)
    both = (before > 0) & (after > 0)
    return np.where(both, before / np.where(both, after, 1.0), 1.0)


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
