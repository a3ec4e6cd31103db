"""When training stops, and which weights it keeps: decided here for every way to train."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class EarlyStopping:
    """Keeps what the caller wants of the best epoch, and counts the epochs since.

    After `patience` epochs without a lower validation loss training stops; None never stops.

    Examples
    --------
    >>> stopping = EarlyStopping(patience=2)
    >>> for loss in (0.5, 0.4, 0.45, 0.41):
    ...     if stopping.update(loss):
    ...         stopping.best = f"weights at {loss}"
    >>> stopping.is_over, stopping.best
    (True, 'weights at 0.4')
    """

    patience: int | None
    best: Any = None
    best_loss: float = np.inf
    waited: int = 0

    def update(self, loss: float) -> bool:
        """Note the validation loss of an epoch; return whether it is the lowest so far."""
        improves = loss < self.best_loss
        self.best_loss = loss if improves else self.best_loss
        self.waited = 0 if improves else self.waited + 1
        return improves

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.patience is not None and self.waited >= self.patience
