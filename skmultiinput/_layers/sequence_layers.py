"""Keras layers for steps under a mask."""

import keras
import numpy as np  # noqa: F401 - the examples use it
from keras import ops

_register = keras.saving.register_keras_serializable(package="skmultiinput")


@_register
class MaskedPooling(keras.layers.Layer):
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

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # Keras's recurrent layers pass their mask on, too; it is read here, and ends here.
        self.supports_masking = True

    def compute_mask(self, inputs, previous_mask):
        return None

    def call(self, inputs):
        steps, mask = inputs
        mask = ops.expand_dims(ops.cast(mask, steps.dtype), -1)
        mean = ops.sum(steps * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0)
        largest = ops.max(ops.where(mask > 0, steps, -1e9), axis=1)
        largest = largest * ops.max(mask, axis=1)
        return ops.concatenate([mean, largest], axis=-1)

    def compute_output_shape(self, input_shape):
        n_samples, _, width = input_shape[0]
        return (n_samples, 2 * width)


@_register
class LastChannel(keras.layers.Layer):
    """The mask of a sequence: its last channel.

    Notes
    -----
    Input (n_samples, length, channels), output (n_samples, length).

    Examples
    --------
    >>> LastChannel()(np.array([[[7.0, 1.0], [0.0, 0.0]]])).numpy().tolist()
    [[1.0, 0.0]]
    """

    def call(self, inputs):
        return inputs[:, :, -1]

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1])


@_register
class Hide(keras.layers.Layer):
    """Set the steps that do not count to zero.

    Notes
    -----
    Inputs: steps (n_samples, length, width) and mask (n_samples, length); output like the steps.

    Examples
    --------
    >>> Hide()([np.array([[[7.0], [5.0]]]), np.array([[1.0, 0.0]])]).numpy().tolist()
    [[[7.0], [0.0]]]
    """

    def call(self, inputs):
        steps, mask = inputs
        return steps * ops.expand_dims(mask, -1)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])


@_register
class Reverse(keras.layers.Layer):
    """Turn the order of the steps around.

    Notes
    -----
    Input and output (n_samples, length, width).

    Examples
    --------
    >>> Reverse()(np.array([[[1.0], [2.0]]])).numpy().tolist()
    [[[2.0], [1.0]]]
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # A recurrent layer passes its mask on, in the order it has read; it ends here.
        self.supports_masking = True

    def compute_mask(self, inputs, previous_mask):
        return None

    def call(self, inputs):
        return ops.flip(inputs, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape
