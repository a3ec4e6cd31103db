"""Layers that make members: networks that share their layers, each with its own input and head."""

import random

import keras
import numpy as np
from keras import ops

_register = keras.saving.register_keras_serializable(package="skmultiinput")


@_register
class MemberScale(keras.layers.Layer):
    """Give each member of an ensemble its own view: the features times a vector of its own.

    The members are stacked along the batch axis, so that the layers behind stay ordinary ones
    and the members share them.

    Parameters
    ----------
    n_members : int
        Number of members.
    chunks : list of int
        Widths of the features that make up the input; one random number is drawn per member and
        feature, so that the parts of one embedding keep their proportions.
    start : {"normal", "signs"}
        Distribution of the random numbers: standard normal, or -1 and 1.

    Notes
    -----
    Input (n_samples, width), output (n_samples * n_members, width).

    References
    ----------
    Gorishniy, Kotelnikov, Babenko: TabM, ICLR 2025.

    Examples
    --------
    >>> MemberScale(n_members=4, chunks=[2, 1])(np.ones((5, 3))).shape
    TensorShape([20, 3])
    """

    def __init__(self, n_members, chunks, start="normal", **kwargs):
        super().__init__(**kwargs)
        self.n_members = n_members
        self.chunks = list(chunks)
        self.start = start

    def build(self, input_shape):
        self.scale_initializer = ChunkedInitializer(self.chunks, self.start)
        self.scale = self.add_weight(
            shape=(self.n_members, input_shape[-1]),
            initializer=self.scale_initializer,
            name="scale",
        )

    def call(self, inputs):
        scaled = ops.expand_dims(inputs, 1) * self.scale
        return ops.reshape(scaled, (-1, self.scale.shape[-1]))

    def compute_output_shape(self, input_shape):
        return (None, input_shape[-1])

    def get_config(self):
        config = {"n_members": self.n_members, "chunks": self.chunks, "start": self.start}
        return {**super().get_config(), **config}


@_register
class ChunkedInitializer(keras.initializers.Initializer):
    """One random number per row and chunk, repeated over the chunk's width.

    Parameters
    ----------
    chunks : list of int
        Widths; their sum is the number of columns.
    start : {"normal", "signs"}
        Standard normal numbers, or -1 and 1.
    seed : int, optional
        Makes the draw reproducible.
    """

    def __init__(self, chunks, start="normal", seed=None):
        self.chunks = list(chunks)
        self.start = start
        self.seed = seed

    def __call__(self, shape, dtype=None):
        # Without a seed, Keras would draw from, and advance, its process-wide generator.
        seed = random.randrange(2**31) if self.seed is None else self.seed  # noqa: S311 - no secret
        drawn = keras.random.normal((shape[0], len(self.chunks)), seed=seed, dtype=dtype)
        if self.start == "signs":
            drawn = ops.where(drawn < 0, -ops.ones_like(drawn), ops.ones_like(drawn))
        return ops.repeat(drawn, np.array(self.chunks), axis=1)

    def get_config(self):
        return {"chunks": self.chunks, "start": self.start, "seed": self.seed}


@_register
class MemberHeads(keras.layers.Layer):
    """A linear head of its own for each member.

    Parameters
    ----------
    n_members : int
        Number of members stacked along the batch axis of the input.
    units : int
        Number of outputs of each head.

    Notes
    -----
    Input (n_samples * n_members, width), output (n_samples, n_members, units).

    Examples
    --------
    >>> MemberHeads(n_members=4, units=1)(np.ones((20, 3))).shape
    TensorShape([5, 4, 1])
    """

    def __init__(self, n_members, units, **kwargs):
        super().__init__(**kwargs)
        self.n_members = n_members
        self.units = units

    def build(self, input_shape):
        width = input_shape[-1]
        limit = width**-0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit)
        self.kernel = self.add_weight(
            shape=(self.n_members, width, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.n_members, self.units), initializer="zeros", name="bias"
        )

    def call(self, inputs):
        members = ops.reshape(inputs, (-1, self.n_members, inputs.shape[-1]))
        return ops.einsum("nkw,kwu->nku", members, self.kernel) + self.bias

    def compute_output_shape(self, input_shape):
        return (None, self.n_members, self.units)

    def get_config(self):
        return {**super().get_config(), "n_members": self.n_members, "units": self.units}


@_register
class MemberMean(keras.layers.Layer):
    """Mean over the members of their activated outputs: the ensemble's prediction.

    Parameters
    ----------
    activation : {"linear", "sigmoid", "softmax"}
        Applied to each member before the mean.

    Notes
    -----
    Input (n_samples, n_members, units), output (n_samples, units).

    Examples
    --------
    >>> MemberMean("sigmoid")(np.zeros((2, 4, 1))).numpy().tolist()
    [[0.5], [0.5]]
    """

    def __init__(self, activation="linear", **kwargs):
        super().__init__(**kwargs)
        self.activation = activation

    def call(self, inputs):
        return ops.mean(keras.activations.get(self.activation)(inputs), axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])

    def get_config(self):
        return {**super().get_config(), "activation": self.activation}
