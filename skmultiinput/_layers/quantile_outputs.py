"""Quantiles that never cross, as the activation of a network's outputs."""

from dataclasses import dataclass
from typing import Any

from keras import ops

from skmultiinput._layers.base_layer import Tensor, register


@register
@dataclass(frozen=True)
class OrderedQuantiles:
    """From outputs of a network to quantiles that rise along the last axis, (..., n_quantiles).

    One output, at the position `median`, is the median; the others are steps away from it, made
    positive by softplus.

    Examples
    --------
    >>> import numpy as np
    >>> bool((np.diff(OrderedQuantiles(1)(np.array([[3.0, 0.0, -5.0]]))) > 0).all())
    True
    """

    median: int

    def __call__(self, x: Tensor) -> Tensor:
        """Compute the quantiles."""
        first, n_quantiles = self.median, x.shape[-1]
        middle = x[..., first : first + 1]
        parts = [middle]
        if first:
            steps = ops.flip(ops.softplus(x[..., :first]), axis=-1) / first
            parts.insert(0, ops.flip(middle - ops.cumsum(steps, axis=-1), axis=-1))
        if n_quantiles > first + 1:
            steps = ops.softplus(x[..., first + 1 :]) / (n_quantiles - first - 1)
            parts.append(middle + ops.cumsum(steps, axis=-1))
        return ops.concatenate(parts, axis=-1) if len(parts) > 1 else middle

    def get_config(self) -> dict[str, Any]:
        """Return what a saved network keeps."""
        return {"median": self.median}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OrderedQuantiles":
        """Build it again."""
        return cls(**config)
