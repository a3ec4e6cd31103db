"""Convolutions whose training does not depend on the number of threads."""

from typing import Any

import keras
import numpy as np  # noqa: F401 - the examples use it

from skmultiinput._keras.backend import convolve
from skmultiinput._layers.base_layer import Tensor, register


class _Deterministic:
    """Keras's convolution of stride 1, padding "same" and channels last.

    TensorFlow's gradient of the filters is added up thread by thread. A last digit that differs
    becomes another network within some epochs.
    """

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        return None

    def call(self: Any, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return super().call(inputs)  # type: ignore[misc]  # Keras's, by the other base class
        outputs = convolve(inputs, self.kernel)
        return self.activation(outputs + self.bias)


@register
class DeterministicConv1D(_Deterministic, keras.layers.Conv1D):
    """Filters along steps: (n_samples, length, width) to (n_samples, length, filters).

    Examples
    --------
    >>> layer = DeterministicConv1D(1, 3, padding="same", kernel_initializer="ones")
    >>> layer(np.array([[[1.0], [2.0], [4.0]]]), training=True).numpy().ravel().tolist()
    [3.0, 7.0, 6.0]
    """


@register
class DeterministicConv2D(_Deterministic, keras.layers.Conv2D):
    """Filters over images.

    From (n_samples, height, width, channels) to (n_samples, height, width, filters).

    Examples
    --------
    >>> layer = DeterministicConv2D(1, (1, 3), padding="same", kernel_initializer="ones")
    >>> layer(np.array([[[[1.0], [2.0], [4.0]]]]), training=True).numpy().ravel().tolist()
    [3.0, 7.0, 6.0]
    """
