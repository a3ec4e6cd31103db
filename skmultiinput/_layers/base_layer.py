"""What all layers of the package share: registration, configuration, precision."""

import inspect
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

# A tensor of Keras's backend, or a symbolic one.
Tensor: TypeAlias = Any
Shape: TypeAlias = tuple[Any, ...]

register = keras.saving.register_keras_serializable(package="skmultiinput")


class BaseLayer(keras.layers.Layer):
    """A layer whose configuration is its constructor's parameters, and where Keras's masks end.

    Its output has the shape of its input, or of the first of several.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    @property
    def precise_dtype(self) -> str:
        """Dtype of what half precision would spoil: bin edges, angles, counts, norms."""
        return "float64" if self.compute_dtype == "float64" else "float32"

    def add_constant(
        self, name: str, shape: Shape, initializer: str = "zeros", *, dtype: str | None = None
    ) -> keras.Variable:
        """Add a weight that training does not change; with a `dtype` of its own it is not cast."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            autocast=dtype is None,
            trainable=False,
            name=name,
        )

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None

    def compute_output_shape(self, input_shape: Any) -> Shape:
        several = any(isinstance(part, (list, tuple)) for part in input_shape)
        return tuple(input_shape[0] if several else input_shape)

    def get_config(self) -> dict[str, Any]:
        names = [name for name in inspect.signature(type(self)).parameters if name != "kwargs"]
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def take_features(x: Tensor, features: list[int] | None) -> Tensor:
    """Select features on the last axis; None selects all."""
    return x if features is None else ops.take(x, np.array(features, dtype="int32"), axis=-1)
