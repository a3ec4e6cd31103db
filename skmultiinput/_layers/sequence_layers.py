"""Layers that read steps under a mask."""

from typing import Any

import numpy as np
from keras import ops

from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register


@register
class MaskedPooling(BaseLayer):
    """Mean and maximum of the steps that count.

    From steps, (n_samples, length, width), and mask, (n_samples, length), to (n_samples, 2 *
    width), zeros where no step counts.

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
class SegmentMeans(BaseLayer):
    """Mean of the steps that count in each of several segments of equal length.

    Segments divide the steps that count, so neither the side nor the length of the padding matters.
    From steps, (n_samples, length, width), and, optionally, mask, (n_samples, length), to
    (n_samples, n_segments * width), zeros for segments without a step.

    Examples
    --------
    >>> steps = np.array([[[1.0], [3.0], [5.0], [6.0], [9.0]]])
    >>> SegmentMeans(2)([steps, np.array([[1.0, 1.0, 1.0, 1.0, 0.0]])]).numpy().tolist()
    [[2.0, 5.5]]
    """

    def __init__(self, n_segments: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_segments = n_segments

    def call(self, inputs: list[Tensor]) -> Tensor:
        steps, *masks = inputs
        mask = masks[0] if masks else ops.ones_like(steps[:, :, 0])
        mask = ops.cast(mask, self.precise_dtype)
        count = ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1.0)
        # Half a step more keeps rounding away from the ends of segments.
        progress = (ops.cumsum(mask, axis=1) - 0.5) / count
        segment = ops.cast(ops.floor(progress * self.n_segments), "int32")
        member = ops.one_hot(segment, self.n_segments, dtype=self.precise_dtype)
        member = member * ops.expand_dims(mask, -1)
        total = ops.einsum("nls,nlw->nsw", member, ops.cast(steps, self.precise_dtype))
        size = ops.expand_dims(ops.maximum(ops.sum(member, axis=1), 1.0), -1)
        means = ops.cast(total / size, steps.dtype)
        return ops.reshape(means, (-1, self.n_segments * steps.shape[-1]))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        n_samples, _, width = input_shape[0]
        return (n_samples, self.n_segments * width)


@register
class StepCount(BaseLayer):
    """How many steps count, as the filling of parts of which two stand for a doubling.

    Means and maxima do not know how long a sequence is. Several parts let a linear layer learn any
    smooth function of its length; they do not depend on the padding. From (n_samples, length) to
    (n_samples, n_parts), from 0 to 1; 18 parts tell sequences of up to 511 steps apart.

    Examples
    --------
    >>> StepCount(6)(np.array([[0.0, 1.0, 1.0, 1.0]])).numpy().tolist()
    [[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]]
    """

    def __init__(self, n_parts: int = 18, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_parts = n_parts

    def call(self, inputs: Tensor) -> Tensor:
        count = ops.sum(ops.cast(inputs, self.precise_dtype), axis=1, keepdims=True)
        filled = ops.log(count + 1) * (2 / np.log(2))
        before = ops.arange(self.n_parts, dtype=self.precise_dtype)
        return ops.cast(ops.clip(filled - before, 0.0, 1.0), self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.n_parts)


@register
class LastChannel(BaseLayer):
    """The mask of a sequence: its last channel.

    From (n_samples, length, channels) to (n_samples, length).

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

    From steps, (n_samples, length, width), and mask, (n_samples, length), to the shape of the
    steps.

    Examples
    --------
    >>> Hide()([np.array([[[7.0], [5.0]]]), np.array([[1.0, 0.0]])]).numpy().tolist()
    [[[7.0], [0.0]]]
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        steps, mask = inputs
        return steps * ops.expand_dims(mask, -1)


@register
class Reverse(BaseLayer):
    """Reverse the order of the steps, (n_samples, length, width).

    Examples
    --------
    >>> Reverse()(np.array([[[1.0], [2.0]]])).numpy().tolist()
    [[[2.0], [1.0]]]
    """

    def call(self, inputs: Tensor) -> Tensor:
        return ops.flip(inputs, axis=1)
