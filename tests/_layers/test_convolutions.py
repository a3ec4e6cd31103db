"""Convolutions in training: Keras's results, and gradients that are TensorFlow's up to rounding."""

import keras
import numpy as np
import pytest
from keras import ops

from skmultiinput._keras.backend import convolve, to_numpy
from skmultiinput._layers.convolutions import DeterministicConv1D, DeterministicConv2D

RNG = np.random.default_rng(0)
CASES = [((9, 3), 4), ((9, 3), 1), ((9, 1), 5), ((6, 7, 2), (3, 3)), ((6, 7, 1), (2, 5))]


@pytest.mark.parametrize(("shape", "size"), CASES)
def test_training_and_prediction_agree(shape, size):
    kind = DeterministicConv1D if len(shape) == 2 else DeterministicConv2D
    layer = kind(4, size, padding="same", activation="relu", bias_initializer="ones")
    rows = RNG.normal(size=(5, *shape)).astype("float32")
    np.testing.assert_array_equal(layer(rows, training=True), layer(rows))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's gradients")
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize(("shape", "size"), CASES)
def test_gradients(shape, size, dtype):
    import tensorflow as tf

    x = tf.constant(RNG.normal(size=(5, *shape)), dtype)
    kernel = tf.constant(RNG.normal(size=(*np.atleast_1d(size), shape[-1], 4)), dtype)
    weight = tf.constant(RNG.normal(size=(5, *shape[:-1], 4)), dtype)

    def gradients(function):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            total = tf.reduce_sum(function(x, kernel) * weight)
        return tape.gradient(total, [x, kernel])

    expected = gradients(
        lambda x, kernel: ops.conv(x, kernel, padding="same", data_format="channels_last")
    )
    for found, right in zip(gradients(convolve), expected, strict=True):
        scale = np.abs(to_numpy(right)).max()
        limit = 1e-5 if dtype == "float32" else 1e-2
        np.testing.assert_allclose(to_numpy(found), to_numpy(right), rtol=0, atol=limit * scale)
