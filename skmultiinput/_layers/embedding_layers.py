"""A vector per token: the layer, and how vectors that exist are put into a layer."""

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import seed_generator
from skmultiinput._keras.backend import to_numpy

_register = keras.saving.register_keras_serializable(package="skmultiinput")


class VectorTable:
    """What layers with a vector per token share; they have ``embeddings`` and ``found``."""

    def set_vectors(self, vectors, found):
        """Set the vectors of the codes found; the others keep theirs.

        Parameters
        ----------
        vectors : ndarray of shape (n_symbols, units)
        found : ndarray of shape (n_symbols,), bool
        """
        table = np.array(to_numpy(self.embeddings))
        flags = np.zeros(len(table), dtype=np.float32)
        if not self.trained:
            # A random vector that no training can put right says nothing.
            table[:] = 0.0
        table[: len(found)][found] = vectors[found] / self.speed
        flags[: len(found)] = found
        self.embeddings.assign(table)
        self.found.assign(flags)

    def vectors(self):
        """Return the vector of each code, ndarray of shape (n_codes, units)."""
        return to_numpy(self.embeddings) * np.float32(self.speed)


@_register
class TokenEmbedding(VectorTable, keras.layers.Layer):
    """Embed each token of a text.

    Parameters
    ----------
    size : int
        Number of codes.
    units : int
        Width of the embedding.
    dropout : float
        Share of the tokens that are replaced by "unknown" in training, which trains its vector.
    l2 : float
        Strength of the penalty on the squared table.
    trained : bool
        Whether training changes the table.

    Notes
    -----
    Input (n_samples, length) of codes, output (n_samples, length, units). `found` tells, per
    code, whether its vector was given.

    Examples
    --------
    >>> TokenEmbedding(size=8, units=4)(np.array([[3, 5, 0]])).shape
    TensorShape([1, 3, 4])
    """

    def __init__(self, size, units, dropout=0.0, l2=0.0, trained=True, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.units = units
        self.dropout = dropout
        self.l2 = l2
        self.trained = trained
        self.speed = 1.0
        self.seed_generator = seed_generator(0)

    def build(self, input_shape):
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=0.05)
        self.embeddings = self.add_weight(
            shape=(self.size, self.units),
            initializer=self.embeddings_initializer,
            regularizer=keras.regularizers.L2(self.l2) if self.l2 and self.trained else None,
            trainable=self.trained,
            name="embeddings",
        )
        self.unknown = self.add_weight(
            shape=(), dtype="int32", initializer="ones", trainable=False, name="unknown"
        )
        self.found = self.add_weight(
            shape=(self.size,), initializer="zeros", trainable=False, name="found"
        )

    def call(self, inputs, training=False):
        codes = ops.cast(inputs, "int32")
        if training and self.dropout:
            drawn = keras.random.uniform(ops.shape(codes), seed=self.seed_generator)
            codes = ops.where(drawn < self.dropout, ops.convert_to_tensor(self.unknown), codes)
        return ops.take(self.embeddings, codes, axis=0)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.units)

    def get_config(self):
        names = ("size", "units", "dropout", "l2", "trained")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
