"""The distinct texts of a column, counted: what all rules of detection and reading look at."""

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

# Which texts: a flag for each, or a test that is true of them.
Choice = np.ndarray | Callable[[str], object]


class TextCounts:
    """Distinct texts, and in how many cells each occurs (in one, without `counts`).

    Examples
    --------
    >>> cells = TextCounts(["a", "b1", "c2"], [6, 3, 1])
    >>> cells.share(str.isalpha), cells.where(str.isalpha).texts.tolist()
    (0.6, ['a'])
    """

    def __init__(self, texts: ArrayLike, counts: ArrayLike | None = None) -> None:
        self.texts = np.asarray(texts, dtype=object)
        self.counts = np.ones(len(self.texts), int) if counts is None else np.asarray(counts)

    @classmethod
    def of(cls, column: pd.Series) -> Self:
        """Count the cells of a column, as text; missing ones are left out."""
        counts = column.value_counts(sort=False)
        return cls([str(cell) for cell in counts.index], counts.to_numpy(np.int64))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def total(self) -> int:
        """Number of cells."""
        return int(self.counts.sum())

    def flags(self, choice: Choice) -> np.ndarray:
        """Return for each text whether it is chosen."""
        if isinstance(choice, np.ndarray):
            return choice
        return np.array([bool(choice(text)) for text in self.texts], dtype=bool)

    def share(self, choice: Choice) -> float:
        """Return the share of the cells whose texts are chosen; 0 if there are no cells."""
        return float(self.counts[self.flags(choice)].sum() / self.total) if self.total else 0.0

    def where(self, choice: Choice) -> Self:
        """Return the texts that are chosen."""
        flags = self.flags(choice)
        return type(self)(self.texts[flags], self.counts[flags])

    def without(self, choice: Choice) -> Self:
        """Return the texts that are not chosen."""
        return self.where(~self.flags(choice))
