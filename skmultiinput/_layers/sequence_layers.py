"""Layers that read steps under a mask."""

from typing import Any

import numpy as np  # noqa: F401 - the examples use it
from keras import ops

from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register


@register
class MaskedPooling(BaseLayer):
    """Mean and maximum of the steps that count.

    Notes
    -----
    Inputs: steps (n_samples, length, width) and mask (n_samples, length); output
    (n_samples, 2 * width), zeros where no step counts.

    Examples
    --------
    >>> steps = np.array([[[1.0], [3.0], [9.0]]])
    >>> MaskedPooling()([steps, np.array([[1.0, 1.0, 0.0]])]).numpy().tolist()
    [[2.0, 3.0]]
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        steps, mask = inputs
        mask = ops.expand_dims(ops.cast(mask, self.precise_dtype), -1)
        total = ops.sum(ops.cast(steps, self.precise_dtype) * mask, axis=1)
        count = ops.sum(mask, axis=1)
        mean = ops.cast(total / ops.maximum(count, 1.0), steps.dtype)
        lowest = -6e4 if self.compute_dtype == "float16" else -1e30
        # Keras refuses the maximum of an empty batch unless it is given one to begin with.
        largest = ops.max(ops.where(mask > 0, steps, lowest), axis=1, initial=lowest)
        largest = ops.where(count > 0, largest, ops.zeros_like(largest))
        return ops.concatenate([mean, largest], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        n_samples, _, width = input_shape[0]
        return (n_samples, 2 * width)


@register
class LastChannel(BaseLayer):
    """The mask of a sequence: its last channel.

    Notes
    -----
    Input (n_samples, length, channels), output (n_samples, length).

    Examples
    --------
    >>> LastChannel()(np.array([[[7.0, 1.0], [0.0, 0.0]]])).numpy().tolist()
    [[1.0, 0.0]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return inputs[:, :, -1]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape[:-1])


@register
class Hide(BaseLayer):
    """Set the steps that do not count to zero.

    Notes
    -----
    Inputs: steps (n_samples, length, width) and mask (n_samples, length); output like the steps.

    Examples
    --------
    >>> Hide()([np.array([[[7.0], [5.0]]]), np.array([[1.0, 0.0]])]).numpy().tolist()
    [[[7.0], [0.0]]]
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        steps, mask = inputs
        return steps * ops.expand_dims(mask, -1)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return tuple(input_shape[0])


@register
class Reverse(BaseLayer):
    """Reverse the order of the steps.

    Notes
    -----
    Input and output (n_samples, length, width).

    Examples
    --------
    >>> Reverse()(np.array([[[1.0], [2.0]]])).numpy().tolist()
    [[[2.0], [1.0]]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.flip(inputs, axis=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape
