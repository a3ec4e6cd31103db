"""Layers that make members: networks that share their layers, each with its own input and head."""

from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register


@register
class MemberScale(BaseLayer):
    """Multiply the features by a vector of its own for each member of an ensemble.

    The members are stacked along the batch axis, so that the layers behind stay ordinary ones and
    the members share them: (n_samples, width) to (n_samples * n_members, width). `chunks` are the
    widths of the features that make up the input. One random number, standard normal or, for
    "signs", -1 or 1, is drawn per member and feature, so that the parts of one embedding keep their
    proportions. After Gorishniy, Kotelnikov, Babenko: TabM, ICLR 2025.

    Examples
    --------
    >>> MemberScale(n_members=4, chunks=[2, 1])(np.ones((5, 3))).shape
    TensorShape([20, 3])
    """

    def __init__(
        self, n_members: int, chunks: list[int], distribution: str = "normal", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.n_members = n_members
        self.chunks = list(chunks)
        self.distribution = distribution

    def build(self, input_shape: Shape) -> None:
        self.scale_initializer = ChunkedInitializer(self.chunks, self.distribution)
        self.scale = self.add_weight(
            shape=(self.n_members, input_shape[-1]),
            initializer=self.scale_initializer,
            name="scale",
        )

    def call(self, inputs: Tensor) -> Tensor:
        scaled = ops.expand_dims(inputs, 1) * self.scale
        return ops.reshape(scaled, (-1, self.scale.shape[-1]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        n_samples, width = input_shape
        return (None if n_samples is None else n_samples * self.n_members, width)


@register
class ChunkedInitializer(keras.initializers.Initializer):
    """One random number per row and chunk, repeated over the chunk's width; see `MemberScale`."""

    def __init__(self, chunks: list[int], distribution: str = "normal", seed: int = 0) -> None:
        self.chunks = list(chunks)
        self.distribution = distribution
        self.seed = seed

    def __call__(self, shape: Shape, dtype: Any = None) -> Tensor:
        drawn = keras.random.normal((shape[0], len(self.chunks)), seed=self.seed, dtype=dtype)
        if self.distribution == "signs":
            drawn = ops.where(drawn < 0, -ops.ones_like(drawn), ops.ones_like(drawn))
        return ops.repeat(drawn, np.array(self.chunks), axis=1)

    def get_config(self) -> dict[str, Any]:
        return {"chunks": self.chunks, "distribution": self.distribution, "seed": self.seed}


@register
class MemberHeads(BaseLayer):
    """A linear head of its own for each member.

    From (n_samples * n_members, width) to (n_samples, n_members, units).

    Examples
    --------
    >>> MemberHeads(n_members=4, units=1)(np.ones((20, 3))).shape
    TensorShape([5, 4, 1])
    """

    def __init__(self, n_members: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_members = n_members
        self.units = units

    def build(self, input_shape: Shape) -> None:
        width = input_shape[-1]
        limit = width**-0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)
        self.kernel = self.add_weight(
            shape=(self.n_members, width, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.n_members, self.units), initializer="zeros", name="bias"
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        members = ops.reshape(inputs, (-1, self.n_members, inputs.shape[-1]))
        if self.units == 1 and not training:  # many small products take longer than one sum
            kernel = ops.cast(ops.squeeze(self.kernel, -1), members.dtype)
            return ops.sum(members * kernel, axis=-1, keepdims=True) + self.bias
        return ops.einsum("nkw,kwu->nku", members, self.kernel) + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        n_rows = input_shape[0]
        return (None if n_rows is None else n_rows // self.n_members, self.n_members, self.units)


@register
class MemberMean(BaseLayer):
    """Mean over the members of their activated outputs: the ensemble's prediction.

    From (n_samples, n_members, units) to (n_samples, units).

    Examples
    --------
    >>> MemberMean("sigmoid")(np.zeros((2, 4, 1))).numpy().tolist()
    [[0.5], [0.5]]
    """

    def __init__(self, activation: Any = "linear", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # In a saved network it is a name, or the configuration of an object.
        is_object = isinstance(activation, dict)
        self.activation = keras.activations.get(activation) if is_object else activation

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(keras.activations.get(self.activation)(inputs), axis=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], input_shape[2])
