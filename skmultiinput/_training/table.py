"""What a network is trained on, as arrays."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np


@dataclass(frozen=True)
class TargetScale:
    """From what a network predicts to the unit of the target: ``mean + scale * prediction``."""

    mean: np.ndarray
    scale: np.ndarray

    def undo(self, values: np.ndarray) -> np.ndarray:
        """Return scaled values, (n_samples, n_outputs), in the unit of the target."""
        return np.asarray(values, dtype=np.float64) * self.scale + self.mean


@dataclass(frozen=True)
class OutputTargets:
    """The targets of a network with several outputs: a list or dict with an array for each."""

    arrays: Any

    def __len__(self) -> int:
        return len(keras.tree.flatten(self.arrays)[0])

    def __getitem__(self, rows: Any) -> "OutputTargets":
        return OutputTargets(keras.tree.map_structure(lambda array: array[rows], self.arrays))


@dataclass(frozen=True)
class Table:
    """Rows as arrays: the inputs by name, targets and weights, and how the targets were scaled.

    Targets are (n_samples,) or (n_samples, n_outputs), or OutputTargets; weights are float32.
    """

    inputs: dict[str, np.ndarray]
    y: Any
    weight: np.ndarray
    scale: TargetScale | None = None

    def __len__(self) -> int:
        return len(self.y)

    def part(self, rows: np.ndarray) -> tuple[dict[str, np.ndarray], Any, np.ndarray]:
        """Return inputs, targets and weights of some rows."""
        inputs = {name: values[rows] for name, values in self.inputs.items()}
        return inputs, self.y[rows], self.weight[rows]


@dataclass(frozen=True)
class SplitTable:
    """A table, and which of its rows are for training and which, if any, for validation."""

    table: Table
    training: np.ndarray
    validation: np.ndarray
