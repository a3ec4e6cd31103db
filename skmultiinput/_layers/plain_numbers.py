"""Layers that pass numbers on as they are: selection, and stand-ins for missing values."""

from typing import Any

import numpy as np
from keras import ops

from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register, take_features
from skmultiinput._layers.numeric_layers import sample_rows
from skmultiinput.frame._column_arrays import column_medians


@register
class SelectFeatures(BaseLayer):
    """Select features.

    Parameters
    ----------
    features : list of int
        Their positions.

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

    Parameters
    ----------
    features : list of int, optional
        Their positions; all by default.

    Notes
    -----
    Input (n_samples, n_features), output (n_samples, 2 * len(features)): numbers, then flags.

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
        self.median = self.add_weight(
            shape=(width,), initializer="zeros", trainable=False, name="median"
        )

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
