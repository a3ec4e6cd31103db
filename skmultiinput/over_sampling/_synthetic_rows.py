"""Values of synthetic rows: interpolated numbers and voted categories."""

from dataclasses import dataclass

import numpy as np


def interpolate(base: np.ndarray, neighbour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return values between two parents, in the parents' dtype and within their range.

    `weight` is the position between `base` (0) and `neighbour` (1). Integers are rounded.
    """
    low, high = np.minimum(base, neighbour), np.maximum(base, neighbour)
    share = np.where(base <= neighbour, weight[:, None], 1 - weight[:, None])
    if low.dtype.kind == "f":
        value = low + share * (high.astype(np.float64) - low)
        return np.minimum(value.astype(low.dtype), high)
    # Modulo 2**64 the difference of any two integers is right, where int8 would overflow.
    span = high.astype(np.uint64) - low.astype(np.uint64)
    offset = np.minimum(np.rint(share * span), 2.0**63).astype(np.uint64)
    return (low.astype(np.uint64) + np.minimum(offset, span)).astype(low.dtype)


@dataclass(frozen=True, eq=False)
class Family:
    """The parents of the synthetic rows of one class."""

    rows: np.ndarray  # (n_rows,) positions of the class in the frame
    near: np.ndarray  # (n_rows, k) neighbours of each row, as positions in `rows`
    base: np.ndarray  # (n_new,) base row, as a position in `rows`
    other: np.ndarray  # (n_new,) neighbour, as a position in `rows`
    weight: np.ndarray  # (n_new,) position between base row and neighbour

    @property
    def parents(self) -> np.ndarray:
        """Positions in the frame of base row and neighbour, (n_new, 2)."""
        return np.column_stack([self.rows[self.base], self.rows[self.other]]).astype(np.int64)

    def vote(self, codes: np.ndarray) -> np.ndarray:
        """Choose one parent's category for each synthetic row, given the codes of all rows.

        The base row and its neighbours vote; the nearer parent wins a tie.
        """
        codes = codes[self.rows]
        voters = codes[self.near[self.base]]
        base, other = codes[self.base], codes[self.other]
        for_base = 1 + (voters == base[:, None]).sum(axis=1)
        for_other = (voters == other[:, None]).sum(axis=1)
        takes_other = (for_other > for_base) | ((for_other == for_base) & (self.weight >= 0.5))
        return np.where(takes_other, other, base)
