"""Layers for numbers as they are: selection, stand-ins for missing values, a linear path."""

from typing import Any

import numpy as np
from keras import ops

from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register, take_features
from skmultiinput._layers.numeric_layers import sample_rows
from skmultiinput.frame._column_arrays import column_medians


@register
class SelectFeatures(BaseLayer):
    """Select features by their positions.

    Examples
    --------
    >>> SelectFeatures([2, 0])(np.array([[1.0, 2.0, 3.0]])).numpy().tolist()
    [[3.0, 1.0]]
    """

    def __init__(self, features: list[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.features = list(features)

    def call(self, inputs: Tensor) -> Tensor:
        return take_features(inputs, self.features)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], len(self.features))


@register
class FillMissing(BaseLayer):
    """Select features, put the median in place of missing numbers, and flag these.

    From (n_samples, n_features) to (n_samples, 2 * len(features)): numbers, then flags. `features`
    are positions, all by default.

    Examples
    --------
    >>> layer = FillMissing()
    >>> layer.adapt(np.array([[1.0], [3.0], [np.nan], [2.0]]))
    >>> layer(np.array([[np.nan], [5.0]])).numpy().tolist()
    [[2.0, 1.0], [5.0, 0.0]]
    """

    def __init__(self, features: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.features = features

    def build(self, input_shape: Shape) -> None:
        width = input_shape[-1] if self.features is None else len(self.features)
        self.median = self.add_constant("median", (width,))

    def adapt(self, values: np.ndarray) -> None:
        """Learn the medians of `values`, an array (n_samples, n_features)."""
        if not self.built:
            self.build(values.shape)
        values = sample_rows(values)
        values = values if self.features is None else values[:, self.features]
        self.median.assign(column_medians(values))

    def call(self, inputs: Tensor) -> Tensor:
        x = take_features(inputs, self.features)
        missing = ops.isnan(x)
        flags = ops.cast(missing, self.compute_dtype)
        return ops.concatenate([ops.where(missing, self.median, x), flags], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        width = input_shape[-1] if self.features is None else len(self.features)
        return (*input_shape[:-1], 2 * width)


@register
class LinearPath(BaseLayer):
    """Predict linearly from numbers, around the network.

    From (n_samples, n_features) to (n_samples, units). The output is 0 until `set_line` or training
    has set the weights. They are for standardised numbers: their learning rate fits any unit.

    Examples
    --------
    >>> layer = LinearPath(1)
    >>> layer(np.array([[1.0, 3.0]])).numpy().tolist()
    [[0.0]]
    >>> layer.set_line(np.zeros(2), np.array([1.0, 2.0]), np.array([[3.0], [4.0]]), np.ones(1))
    >>> layer(np.array([[1.0, 3.0]])).numpy().tolist()
    [[10.0]]
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Shape) -> None:
        width = input_shape[-1]
        self.kernel = self.add_weight(shape=(width, self.units), initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.center = self.add_constant("center", (width,))
        self.spread = self.add_constant("spread", (width,), "ones")

    def set_line(
        self, center: np.ndarray, spread: np.ndarray, kernel: np.ndarray, bias: np.ndarray
    ) -> None:
        """Set how numbers are standardised, and the weights for standardised numbers."""
        self.center.assign(center)
        self.spread.assign(spread)
        self.kernel.assign(kernel)
        self.bias.assign(bias)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.matmul((inputs - self.center) / self.spread, self.kernel) + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)
