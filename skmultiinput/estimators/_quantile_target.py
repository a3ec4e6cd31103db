"""A target whose quantiles are learned."""

from typing import Any, Self

import numpy as np

from skmultiinput._training.keras_objects import quantile_levels
from skmultiinput.estimators._targets import NumberTarget


class QuantileTarget(NumberTarget):
    """Numbers to scaled numbers, as `NumberTarget` does, and quantiles of scaled numbers back.

    Examples
    --------
    >>> target = QuantileTarget(quantiles=(0.1, 0.9)).fit(np.array([0.0, 10.0]))
    >>> outputs = np.array([[-1.0, 0.0, 1.0]])
    >>> target.inverse_transform(outputs).tolist(), target.quantiles_of(outputs).tolist()
    ([5.0], [[0.0, 10.0]])
    """

    def __init__(self, scaling: str = "standard", quantiles: Any = (0.1, 0.5, 0.9)) -> None:
        super().__init__(scaling)
        self.quantiles = quantiles

    @property
    def levels(self) -> list[float]:
        """The quantiles that the network predicts, the median among them."""
        return quantile_levels(self.quantiles)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the output that a network may have."""
        return (len(self.levels),)

    def fit(self, y: Any, sample_weight: Any = None) -> Self:
        """Learn mean and scale of the one target."""
        super().fit(y, sample_weight)
        if self.n_outputs_ > 1:
            raise ValueError(
                f"loss='quantile' is for one target, but y has {self.n_outputs_} columns. Fit an "
                "estimator for each (sklearn.multioutput.MultiOutputRegressor)."
            )
        return self

    def inverse_transform(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into medians of the target's shape."""
        return super().inverse_transform(outputs[..., [self.levels.index(0.5)]])

    def quantiles_of(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into the quantiles, (n_samples, n_quantiles)."""
        columns = [self.levels.index(level) for level in np.asarray(self.quantiles)]
        return np.asarray(outputs[:, columns], dtype=np.float64) * self.scale_ + self.mean_
