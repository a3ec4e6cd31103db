"""When training stops, and which weights it keeps: decided here for every way to train."""

from collections.abc import Callable
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
    ...     stopping.update(loss, lambda: f"weights at {loss}")
    >>> stopping.is_over, stopping.best
    (True, 'weights at 0.4')
    """

    patience: int | None
    best: Any = None
    best_loss: float = np.inf
    waited: int = 0

    def update(self, loss: float, snapshot: Callable[[], Any]) -> None:
        """Note the validation loss of an epoch; ``snapshot()`` is kept if it is the lowest."""
        if loss < self.best_loss:
            self.best, self.best_loss, self.waited = snapshot(), loss, 0
        else:
            self.waited += 1

    @property
    def is_over(self) -> bool:
        """Whether the patience is used up."""
        return self.patience is not None and self.waited >= self.patience
