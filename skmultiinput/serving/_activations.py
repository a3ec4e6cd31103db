"""Keras's activations in NumPy, on float32."""

from collections.abc import Callable

import numpy as np
from scipy.special import erf, expit

Activation = Callable[[np.ndarray], np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the logistic function of `x`."""
    return expit(x)


def softmax(x: np.ndarray) -> np.ndarray:
    """Return the shares of the exponentials along the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _selu(x: np.ndarray) -> np.ndarray:
    return np.float32(1.0507009873554805) * np.where(
        x > 0, x, np.float32(1.6732632423543772) * np.expm1(np.minimum(x, 0))
    )


def _gelu(x: np.ndarray) -> np.ndarray:
    return x * (np.float32(0.5) + np.float32(0.5) * erf(x * np.float32(2**-0.5)))


ACTIVATIONS: dict[str, Activation] = {
    "linear": lambda x: x,
    "relu": _relu,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "tanh": np.tanh,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": lambda x: x * expit(x),
    "swish": lambda x: x * expit(x),
    "softplus": lambda x: np.logaddexp(x, np.float32(0)),
    "exponential": np.exp,
}
