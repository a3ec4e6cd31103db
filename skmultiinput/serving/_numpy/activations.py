"""Keras's activations in NumPy, on float32."""

from collections.abc import Callable

import numpy as np
from scipy.special import erf, expit

Activation = Callable[[np.ndarray], np.ndarray]


def softmax(x: np.ndarray) -> np.ndarray:
    """Return the shares of the exponentials along the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _selu(x: np.ndarray) -> np.ndarray:
    return np.float32(1.0507009873554805) * np.where(
        x > 0, x, np.float32(1.6732632423543772) * np.expm1(np.minimum(x, 0))
    )


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x, np.float32(0))


def ordered_quantiles(median: int) -> Activation:
    """Return the activation whose outputs rise: the median, and steps away from it."""

    def activate(x: np.ndarray) -> np.ndarray:
        n, parts = x.shape[-1], [x[..., median : median + 1]]
        if median:
            steps = _softplus(x[..., :median])[..., ::-1] / median
            parts.insert(0, (parts[0] - np.cumsum(steps, axis=-1))[..., ::-1])
        if n > median + 1:
            steps = _softplus(x[..., median + 1 :]) / (n - median - 1)
            parts.append(x[..., median : median + 1] + np.cumsum(steps, axis=-1))
        return np.concatenate(parts, axis=-1)

    return activate


ACTIVATIONS: dict[str, Activation] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": expit,
    "softmax": softmax,
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": _selu,
    "gelu": lambda x: x * (np.float32(0.5) + np.float32(0.5) * erf(x * np.float32(2**-0.5))),
    "silu": lambda x: x * expit(x),
    "swish": lambda x: x * expit(x),
    "softplus": _softplus,
    "exponential": np.exp,
}
