"""Shapley values of the cells of rows, compared with background rows."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np

# (rows, background rows, masks of the cells that come from the row) -> outputs
Value = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

# Mixed rows that are predicted at a time.
_MAX_MIXED = 20_000


@dataclass(frozen=True, eq=False)
class Game:
    """Players are cells; a coalition takes its cells from a row, the others from the background.

    ``value(rows, background, masks)`` returns the outputs, (n_mixed, n_outputs). `same`, (n_rows,
    n_background, n_players), tells where a row and a background row have equal cells.
    """

    value: Value
    same: np.ndarray

    def coalitions(self, masks: np.ndarray) -> np.ndarray:
        """Return the value of coalitions, (n_rows, n_background, n_masks, n_outputs).

        `masks` is of shape (n_background or 1, n_masks, n_players).
        """
        n_rows, n_background, n_players = self.same.shape
        n_masks = masks.shape[1]
        # A cell that is the same on both sides is no difference, so that many mixed rows are equal.
        differs = ~self.same[:, :, None, :]
        taken = (masks[None] & differs).reshape(-1, n_players)
        rows, background = np.divmod(np.arange(n_rows * n_background), n_background)
        rows, background = np.repeat(rows, n_masks), np.repeat(background, n_masks)
        all_from_row = (masks[None] | ~differs).reshape(-1, n_players).all(axis=1)
        background = np.where(all_from_row, 0, background)
        rows = np.where(taken.any(axis=1) | all_from_row, rows, 0)
        taken |= all_from_row[:, None]
        keys = np.column_stack([rows, background, np.packbits(taken, axis=1)])
        keys = np.ascontiguousarray(keys.astype(np.int32))
        _, first, where = np.unique(
            keys.view([("", np.void, keys.strides[0])]), return_index=True, return_inverse=True
        )
        outputs = np.concatenate(
            [
                self.value(rows[part], background[part], taken[part])
                for part in np.split(first, range(_MAX_MIXED, len(first), _MAX_MIXED))
            ]
        )
        return outputs[where.ravel()].reshape(n_rows, n_background, n_masks, -1)

    def exact(self) -> tuple[np.ndarray, np.ndarray]:
        """Return exact values, (n_rows, n_players, n_outputs), and the base value, (n_outputs,)."""
        n = self.same.shape[2]
        masks = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)
        sizes = masks.sum(axis=1)
        with_player = np.array([1 / (n * comb(n - 1, max(k - 1, 0))) for k in range(n + 1)])
        without = np.array([1 / (n * comb(n - 1, min(k, n - 1))) for k in range(n + 1)])
        weights = np.where(masks.T, with_player[sizes], -without[sizes])
        values = self.coalitions(masks[None]).mean(axis=1)
        return np.einsum("pm,rmo->rpo", weights, values), values[0, 0]

    def sampled(self, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values over permutations and their reverses, and the base value.

        `orders` is of shape (n_background, n_permutations, n_players).
        """
        n_background, n_permutations, n = orders.shape
        # The first j players of each order, for j from 0 to n, and all players but those.
        ranks = np.argsort(orders, axis=2)
        first = ranks[:, :, None, :] < np.arange(n + 1)[:, None]
        masks = np.stack([first, ~first], axis=2).reshape(n_background, -1, n)
        values = self.coalitions(masks)
        shape = (len(self.same), n_background, n_permutations, 2, n + 1, values.shape[-1])
        values = values.reshape(shape)
        steps = np.diff(values, axis=4)
        steps = (steps[:, :, :, 0] - steps[:, :, :, 1]) / 2
        by_player = np.take_along_axis(steps, ranks[None, ..., None], axis=3)
        return by_player.mean(axis=(1, 2)), values[0, :, 0, 0, 0].mean(axis=0)


def balanced_orders(n_players: int, n_orders: int, rng: np.random.RandomState) -> np.ndarray:
    """Return permutations, (n_orders, n_players), in which each player is in each place equally.

    Examples
    --------
    >>> orders = balanced_orders(3, 6, np.random.RandomState(0))
    >>> sorted(orders[:, 0].tolist())
    [0, 0, 1, 1, 2, 2]
    """
    n_blocks = -(-n_orders // n_players)
    blocks = [rng.permutation(n_players) for _ in range(n_blocks)]
    rotations = (np.arange(n_players)[:, None] + np.arange(n_players)) % n_players
    return np.concatenate([block[rotations] for block in blocks])[:n_orders]
