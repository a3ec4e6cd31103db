"""Initializers with a seed: Keras draws missing seeds from Python's process-wide generator.

The seed itself does not matter: `skmultiinput._network.weights.reseed` draws all weights again.
"""

import keras


def glorot() -> keras.initializers.Initializer:
    """Return Keras's default for kernels."""
    return keras.initializers.GlorotUniform(seed=0)


def orthogonal() -> keras.initializers.Initializer:
    """Return Keras's default for recurrent kernels."""
    return keras.initializers.Orthogonal(seed=0)
