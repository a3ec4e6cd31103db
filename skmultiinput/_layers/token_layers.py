"""Keras layers that read tokens: masks, hashed n-grams, tf-idf pooling."""

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import bitwise_operations
from skmultiinput._keras.backend import to_numpy, weighted_rows
from skmultiinput._layers.embedding_layers import VectorTable
from skmultiinput._layers.numeric_layers import HashDropout, _mix, _uint32
from skmultiinput._layers.token_statistics import distinct, inverse_frequencies, relevance

_, _right_shift = bitwise_operations()
_register = keras.saving.register_keras_serializable(package="skmultiinput")


@_register
class TokenMask(keras.layers.Layer):
    """Tell where a token stands: 1 there, 0 where there is padding.

    Notes
    -----
    Input (n_samples, length) of codes, output (n_samples, length). Code 0 is padding until
    `set_padding` says otherwise.

    Examples
    --------
    >>> TokenMask()(np.array([[5, 2, 0]])).numpy().tolist()
    [[1.0, 1.0, 0.0]]
    """

    def build(self, input_shape):
        self.padding = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="padding"
        )

    def set_padding(self, code):
        """Set which code is padding, an int; -1 for none."""
        self.padding.assign(np.int32(code))

    def call(self, inputs):
        padding = ops.convert_to_tensor(self.padding)
        return ops.cast(ops.not_equal(ops.cast(inputs, "int32"), padding), "float32")

    def compute_output_shape(self, input_shape):
        return input_shape


@_register
class HashedNgrams(keras.layers.Layer):
    """Append the hashed pairs, triples, ... of neighbouring tokens to the tokens.

    Parameters
    ----------
    n : int
        Length of the longest n-gram, at least 2.
    n_bits : int
        N-grams share ``2 ** n_bits`` codes.
    size : int
        Number of codes of the tokens; the codes of n-grams follow.

    Notes
    -----
    Inputs: codes and mask, both (n_samples, length); outputs: both with
    ``length + (length - 1) + ...`` positions. An n-gram counts where all its tokens do.

    References
    ----------
    Weinberger et al.: Feature Hashing for Large Scale Multitask Learning, ICML 2009.

    Examples
    --------
    >>> codes, mask = HashedNgrams(n=2, n_bits=4, size=8)([np.array([[3, 5, 0]]),
    ...                                                    np.array([[1.0, 1.0, 0.0]])])
    >>> codes.shape, mask.numpy().tolist()
    (TensorShape([1, 5]), [[1.0, 1.0, 0.0, 1.0, 0.0]])
    """

    def __init__(self, n, n_bits, size, **kwargs):
        super().__init__(**kwargs)
        self.n = n
        self.n_bits = n_bits
        self.size = size

    def call(self, inputs):
        codes, mask = inputs
        codes, length = ops.cast(codes, "int32"), codes.shape[1]
        all_codes, all_masks = [codes], [mask]
        state = ops.cast(codes, "uint32")
        running = mask
        for n in range(2, min(self.n, length) + 1):
            end = length - n + 1
            state = _mix(state[:, :end] * _uint32(0x9E3779B1)) + ops.cast(
                codes[:, n - 1 :], "uint32"
            )
            running = running[:, :end] * mask[:, n - 1 :]
            bucket = _right_shift(_mix(state + _uint32(n)), _uint32(32 - self.n_bits))
            all_codes.append(ops.cast(bucket, "int32") + self.size)
            all_masks.append(running)
        return [ops.concatenate(all_codes, axis=1), ops.concatenate(all_masks, axis=1)]

    def compute_output_shape(self, input_shape):
        n_samples, length = input_shape[0]
        total = sum(length - n for n in range(min(self.n, length)))
        return [(n_samples, total), (n_samples, total)]

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape([x.shape for x in inputs])[0]
        return [keras.KerasTensor(shape, "int32"), keras.KerasTensor(shape, "float32")]

    def get_config(self):
        return {**super().get_config(), "n": self.n, "n_bits": self.n_bits, "size": self.size}


def repeats_so_far(codes):
    """How often each code of a sorted row has occurred up to its place.

    Parameters
    ----------
    codes : tensor of shape (n_samples, length)
        Each row in ascending order.

    Returns
    -------
    tensor of shape (n_samples, length), float32

    Examples
    --------
    >>> repeats_so_far(np.array([[2, 2, 2, 7]])).numpy().tolist()
    [[1.0, 2.0, 3.0, 1.0]]
    """
    codes = ops.cast(codes, "int32")
    length = codes.shape[1]
    place = ops.arange(length, dtype="int32")
    first = ops.concatenate(
        [ops.ones_like(codes[:, :1]), ops.cast(codes[:, 1:] != codes[:, :-1], codes.dtype)], axis=1
    )
    # Where the run of equal codes began: a running maximum, by doubling its reach.
    began, reach = first * place, 1
    while reach < length:
        earlier = ops.pad(began[:, :-reach], [[0, 0], [reach, 0]])
        began, reach = ops.maximum(began, earlier), 2 * reach
    return ops.cast(place - began + 1, "float32")


@_register
class TfidfEmbedding(VectorTable, keras.layers.Layer):
    """The tf-idf vector of a text, times one matrix for a linear path and one for a deep one.

    The vector counts each token, weighs it by its inverse document frequency and is brought to
    length 1. It is never made: the rows of both matrices that belong to the tokens at hand are
    added up.

    Parameters
    ----------
    size : int
        Number of codes.
    n_outputs : int
        Width of the linear path, which starts at zero; 0 for none.
    units : int
        Width of the deep path; 0 for none.
    linear_lr_scale, speed : float
        How many times faster, or slower, the linear path and the matrix of the deep one learn. An
        optimizer that adapts its steps to the gradients, as Adam does, moves every weight by
        about the learning rate; what is used here is this number times the weights it moves.
    dropout : float
        Share of the tokens that are left out in training.
    trained : bool
        Whether training changes the matrix of the deep path.

    Notes
    -----
    Inputs: codes and mask, both (n_samples, length); output (n_samples, n_outputs + units).
    Document frequencies are set by `learn`, which also lets the linear path learn faster from
    tokens that tell more of the target; until then all tokens are the same.

    Examples
    --------
    >>> layer = TfidfEmbedding(size=8, n_outputs=1, units=4)
    >>> layer([np.array([[3, 5, 3]]), np.array([[1.0, 1.0, 1.0]])]).shape
    TensorShape([1, 5])
    """

    def __init__(
        self,
        size,
        n_outputs,
        units,
        linear_lr_scale=5.0,
        speed=1.0,
        dropout=0.0,
        trained=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.size = size
        self.n_outputs = n_outputs
        self.units = units
        self.linear_lr_scale = linear_lr_scale
        self.speed = speed
        self.dropout = dropout
        self.trained = trained
        self.leave_out = HashDropout(dropout, seed=0)
        # Keras compiles a network by XLA where all of its layers say that it can.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    def build(self, input_shape):
        # The last row stands for what the mask hides.
        self.idf = self.add_weight(
            shape=(self.size + 1,), initializer="ones", trainable=False, name="idf"
        )
        if self.n_outputs:
            shape = (self.size + 1, self.n_outputs)
            self.linear = self.add_weight(shape=shape, initializer="zeros", name="linear")
            self.relevance = self.add_weight(
                shape=shape, initializer="ones", trainable=False, name="relevance"
            )
        if not self.units:
            return
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=0.1 / self.speed)
        self.embeddings = self.add_weight(
            shape=(self.size + 1, self.units),
            initializer=self.embeddings_initializer,
            trainable=self.trained,
            name="embeddings",
        )
        self.found = self.add_weight(
            shape=(self.size + 1,), initializer="zeros", trainable=False, name="found"
        )

    def learn(self, codes, mask, target=None, smoothing=None):
        """Learn document frequencies, and how much each token says about the target.

        Parameters
        ----------
        codes, mask : ndarray of shape (n_samples, length)
            As for `call`.
        target : ndarray, optional
            As for `skmultiinput._layers.token_statistics.relevance`.
        smoothing : float or None, optional
            In rows; None leaves all tokens equally fast.
        """
        rows, tokens = distinct(codes, mask, self.size)
        size = self.size + 1
        self.idf.assign(inverse_frequencies(tokens, len(codes), size))
        if self.n_outputs and target is not None and smoothing is not None:
            speeds = relevance(rows, tokens, target, size, self.n_outputs, smoothing)
            self.relevance.assign(speeds)

    def linear_weights(self):
        """Return what each token adds to the outputs, ndarray of shape (n_codes, n_outputs)."""
        return to_numpy(self.linear) * to_numpy(self.relevance) * np.float32(self.linear_lr_scale)

    def call(self, inputs, training=False):
        codes, mask = inputs
        codes = ops.sort(ops.where(mask > 0, ops.cast(codes, "int32"), self.size), axis=1)
        idf = ops.take(self.idf, codes) * ops.cast(codes < self.size, "float32")
        # The sum of the odd numbers up to 2 m - 1 is m squared: the norm over distinct tokens.
        squared = ops.sum(idf * idf * (2.0 * repeats_so_far(codes) - 1.0), axis=1, keepdims=True)
        weight = self.leave_out(idf * ops.rsqrt(ops.maximum(squared, 1e-12)), training=training)
        parts = []
        if self.n_outputs:
            table = self.linear * (self.linear_lr_scale * self.relevance)
            parts.append(weighted_rows(table, codes, weight, training=training))
        if self.units:
            table = ops.convert_to_tensor(self.embeddings)
            parts.append(self.speed * weighted_rows(table, codes, weight, training=training))
        return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)

    def load_own_variables(self, store):
        """Load what Keras has saved; files of old have no `relevance`, which stays at 1."""
        names = ("idf", "linear", "relevance", "embeddings", "found")
        made = {name: getattr(self, name) for name in names if hasattr(self, name)}
        if len(store.keys()) == len(made) - 1:
            made.pop("relevance", None)
        # Keras numbers them in the order they were made, trained ones first.
        for i, variable in enumerate(sorted(made.values(), key=lambda v: not v.trainable)):
            variable.assign(store[str(i)])

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], self.n_outputs + self.units)

    def get_config(self):
        names = ("size", "n_outputs", "units", "linear_lr_scale", "speed", "dropout", "trained")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
