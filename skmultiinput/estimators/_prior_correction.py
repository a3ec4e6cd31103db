"""Prior correction: probabilities learned from reweighted rows, brought back to the real ones."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PriorMass:
    """Total weights of the classes, before and after resampling and weighting.

    They are (n_classes,), or (n_labels, 2): of several labels, without and with each.
    """

    before: np.ndarray
    after: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Real prior of each class over the one trained on; 1 where a class lacks one of both."""
        before = self.before / self.before.sum(axis=-1, keepdims=True)
        after = self.after / self.after.sum(axis=-1, keepdims=True)
        both = (before > 0) & (after > 0)
        return np.where(both, before / np.where(both, after, 1.0), 1.0)

    @staticmethod
    def total(first: "PriorMass | None", second: "PriorMass | None") -> "PriorMass | None":
        """Add masses, of several networks or several calls."""
        if first is None or second is None:
            return first or second
        return PriorMass(first.before + second.before, first.after + second.after)
