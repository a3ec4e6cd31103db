"""The periodic embedding of numbers, a Keras layer."""

import math

import keras
import numpy as np
from keras import ops

_register = keras.saving.register_keras_serializable(package="skmultiinput")


@_register
class PeriodicEmbedding(keras.layers.Layer):
    """Embed each number by waves of learned lengths.

    ``e = relu([cos(2 pi f x), sin(2 pi f x)] @ W + b)`` per feature.

    Parameters
    ----------
    units : int
        Width of the embedding of one feature.
    n_frequencies : int
        Number of frequencies f of one feature.
    scale : float
        Their standard deviation at the start, in waves per unit of x.
    features : list of int, optional
        Which of the input's features are embedded; all where it is not given.

    Notes
    -----
    Input (n_samples, n_features), output (n_samples, len(features), units).

    References
    ----------
    Gorishniy, Rubachev, Babenko: On Embeddings for Numerical Features in Tabular Deep Learning,
    NeurIPS 2022.

    Examples
    --------
    >>> PeriodicEmbedding(units=4)(np.array([[0.5], [2.0]])).shape
    TensorShape([2, 1, 4])
    """

    def __init__(self, units=16, n_frequencies=24, scale=0.05, features=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.n_frequencies = n_frequencies
        self.scale = scale
        self.features = features

    def build(self, input_shape):
        n_features = self._width(input_shape)
        # No draw far out: a high frequency makes noise of a number, and training cannot undo it.
        self.frequencies_initializer = keras.initializers.TruncatedNormal(stddev=self.scale)
        limit = (2 * self.n_frequencies) ** -0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit)
        self.bias_initializer = keras.initializers.RandomUniform(-limit, limit)
        for name, shape in (
            ("frequencies", (n_features, self.n_frequencies)),
            ("kernel", (n_features, 2 * self.n_frequencies, self.units)),
            ("bias", (n_features, self.units)),
        ):
            start = getattr(self, f"{name}_initializer")
            setattr(self, name, self.add_weight(shape=shape, initializer=start, name=name))

    def call(self, inputs):
        if self.features is not None:
            inputs = ops.take(inputs, np.array(self.features, dtype="int32"), axis=-1)
        angle = 2.0 * math.pi * ops.expand_dims(inputs, -1) * self.frequencies
        waves = ops.concatenate([ops.cos(angle), ops.sin(angle)], axis=-1)
        return ops.relu(ops.einsum("nft,ftu->nfu", waves, self.kernel) + self.bias)

    def _width(self, input_shape):
        return input_shape[-1] if self.features is None else len(self.features)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self._width(input_shape), self.units)

    def get_config(self):
        names = ("units", "n_frequencies", "scale", "features")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
