"""Keras layers of the default network; each is registered, so that it survives saving.

Layers whose weights come from the data (bin edges, document frequencies) have a method
``adapt(values)``, as Keras's own preprocessing layers do; they stand directly behind an input.
"""

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import bitwise_operations, seed_generator

_xor, _right_shift = bitwise_operations()
# Rows that quantiles are taken from.
QUANTILE_ROWS = 50_000
# The largest shares are cut to the mean share of a bin, which this lowers; it settles soon.
_CAPPINGS = 10

_register = keras.saving.register_keras_serializable(package="skmultiinput")


def quantile_bins(values, n_bins):
    """Edges of the bins of each column: its quantiles, or all its values where they are few.

    A value that many rows share would take many quantiles; it takes one, and leaves the others to
    the values around it.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
        Training values.
    n_bins : int
        The most bins a column gets.

    Returns
    -------
    list of ndarray of shape (n_edges,)
        Increasing edges, at least two per column.

    Examples
    --------
    >>> [edges.tolist() for edges in quantile_bins(np.array([[0.0], [1.0], [1.0], [4.0]]), 2)]
    [[0.0, 1.0, 4.0]]
    >>> mostly_zero = np.r_[np.zeros(96), 1, 2, 3, 4].reshape(-1, 1)
    >>> [edges.tolist() for edges in quantile_bins(mostly_zero, 3)]
    [[0.0, 2.0, 4.0]]
    """
    edges = []
    for column in values.T:
        distinct, counts = np.unique(column, return_counts=True)
        if len(distinct) == 1:
            # A constant column has one edge; a bin of width one leaves its value in play.
            distinct = np.array([distinct[0], distinct[0] + 1.0])
        elif len(distinct) > n_bins + 1:
            share = counts.astype(float)
            for _ in range(_CAPPINGS):
                share = np.minimum(share, share.sum() / n_bins)
            reached = np.cumsum(share) / share.sum()
            steps = np.linspace(0.0, 1.0, n_bins + 1)[1:-1]
            places = np.searchsorted(reached, steps - 1e-9)
            distinct = distinct[np.unique([0, *places, len(distinct) - 1])]
        edges.append(distinct)
    return edges


@_register
class PiecewiseLinearEmbedding(keras.layers.Layer):
    """Embed each number by a line and a piecewise-linear function of its own.

    ``e = w * x + b + PLE(x) @ V`` per feature, where component t of ``PLE(x)`` runs from 0 to 1
    while x crosses bin t. ``V`` starts at zero, so that training starts from a linear embedding.

    Parameters
    ----------
    units : int
        Width of the embedding of one feature.
    n_bins : int
        The most bins of one feature. The edges are weights, padded to this number, so that
        tables with other edges have the same architecture.
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
    >>> layer = PiecewiseLinearEmbedding(units=4, n_bins=3)
    >>> layer.adapt(np.array([[0.0], [1.0], [2.0], [9.0]]))
    >>> layer(np.array([[0.5], [20.0]])).shape
    TensorShape([2, 1, 4])
    """

    def __init__(self, units=16, n_bins=48, features=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.n_bins = n_bins
        self.features = features

    def build(self, input_shape):
        n_features = self._width(input_shape)
        bins = (n_features, self.n_bins)
        for name, start in (
            ("left", "zeros"),
            ("rate", "zeros"),
            ("low", "zeros"),
            ("high", "ones"),
        ):
            setattr(
                self,
                name,
                self.add_weight(shape=bins, initializer=start, trainable=False, name=name),
            )
        limit = self.units**-0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit)
        self.bias_initializer = keras.initializers.RandomUniform(-limit, limit)
        self.kernel = self.add_weight(
            shape=(n_features, self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(n_features, self.units), initializer=self.bias_initializer, name="bias"
        )
        self.bin_kernel = self.add_weight(
            shape=(n_features, self.n_bins, self.units), initializer="zeros", name="bin_kernel"
        )

    def adapt(self, values):
        """Set the bins to the quantiles of `values`, an array (n_samples, n_features)."""
        if len(values) > QUANTILE_ROWS:
            # Evenly spaced rows: quantiles of a part are as good, at a fixed cost.
            values = values[np.linspace(0, len(values) - 1, QUANTILE_ROWS).astype(int)]
        values = np.asarray(values, dtype=np.float64)
        if not self.built:
            self.build(values.shape)
        if self.features is not None:
            values = values[:, self.features]
        shape = (values.shape[1], self.n_bins)
        left, rate, low, high = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.ones(shape)
        for j, edges in enumerate(quantile_bins(values, self.n_bins)):
            n = len(edges) - 1
            left[j, :n] = edges[:-1]
            rate[j, :n] = 1.0 / np.diff(edges)
            # The outer bins go on beyond the training range.
            low[j, 0], high[j, n - 1] = -np.inf, np.inf
        limit = float(np.finfo(np.float32).max)
        self.left.assign(left)
        self.rate.assign(np.minimum(rate, limit))
        self.low.assign(np.maximum(low, -limit))
        self.high.assign(np.minimum(high, limit))

    def call(self, inputs):
        if self.features is not None:
            inputs = ops.take(inputs, np.array(self.features, dtype="int32"), axis=-1)
        x = ops.expand_dims(inputs, -1)
        filled = ops.minimum(ops.maximum((x - self.left) * self.rate, self.low), self.high)
        bent = ops.einsum("nft,ftu->nfu", filled, self.bin_kernel)
        return x * self.kernel + self.bias + bent

    def _width(self, input_shape):
        return input_shape[-1] if self.features is None else len(self.features)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self._width(input_shape), self.units)

    def get_config(self):
        names = ("units", "n_bins", "features")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@_register
class SelectFeatures(keras.layers.Layer):
    """Pass on some of the features.

    Parameters
    ----------
    features : list of int
        Which ones.

    Examples
    --------
    >>> SelectFeatures([2, 0])(np.array([[1.0, 2.0, 3.0]])).numpy().tolist()
    [[3.0, 1.0]]
    """

    def __init__(self, features, **kwargs):
        super().__init__(**kwargs)
        self.features = list(features)

    def call(self, inputs):
        return ops.take(inputs, np.array(self.features, dtype="int32"), axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], len(self.features))

    def get_config(self):
        return {**super().get_config(), "features": self.features}


@_register
class HashDropout(keras.layers.Layer):
    """Dropout whose mask is an integer hash of a counter.

    In a small network most of a training step is spent on the random numbers of its dropout. A
    hash of the element's number costs a few integer operations, which a compiler fuses.

    Parameters
    ----------
    rate : float
        Share of the inputs that are set to zero, in [0, 1).
    seed : int, optional
        Start of the counter.

    Examples
    --------
    >>> layer = HashDropout(0.25, seed=0)
    >>> dropped = layer(np.ones((100, 100)), training=True).numpy()
    >>> print(f"{(dropped == 0).mean():.2f} {dropped.mean():.2f}")
    0.25 1.00
    """

    def __init__(self, rate, seed=None, **kwargs):
        # Not on top of Keras's Dropout, which makes a generator whose name nobody can choose.
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"The rate of HashDropout must be in [0, 1). Got {rate!r}.")
        self.rate = rate
        self.seed = seed
        self.supports_masking = True
        if rate:
            self.seed_generator = seed_generator(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        shape = ops.shape(inputs)
        size = 1
        for side in shape:
            size = size * side
        start, counter = ops.unstack(ops.cast(self.seed_generator.next(), "uint32"), 2)
        number = ops.cast(ops.arange(size, dtype="int32"), "uint32")
        mixed = number * _uint32(0x9E3779B1) + counter * _uint32(0x85EBCA77)
        mixed = _mix(mixed + _mix(start))
        kept = ops.cast(mixed >= _uint32(int(self.rate * 2**32)), inputs.dtype)
        return inputs * ops.reshape(kept, shape) * (1.0 / (1.0 - self.rate))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}

    @classmethod
    def from_config(cls, config):
        # A parameter of Keras's Dropout, which files of earlier versions hold.
        return cls(**{name: value for name, value in config.items() if name != "noise_shape"})


def _uint32(number):
    return ops.convert_to_tensor(np.uint32(number))


def _mix(x):
    """Spread the bits of 32-bit integers (the finisher of MurmurHash3)."""
    x = _xor(x, _right_shift(x, _uint32(16))) * _uint32(0x85EBCA6B)
    x = _xor(x, _right_shift(x, _uint32(13))) * _uint32(0xC2B2AE35)
    return _xor(x, _right_shift(x, _uint32(16)))


@_register
class CategoryEmbedding(keras.layers.Layer):
    """Embed the codes of several categorical features from one table.

    Parameters
    ----------
    sizes : list of int
        Vocabulary size of each feature, rounded up. One row more is kept for each feature, which
        stands for "unknown" where the vocabulary has no symbol for it.
    units : int
        Width of the embedding of one feature.
    dropout : float
        Share of the codes that are replaced by "unknown" in training, which trains its row.
    l2 : float
        Strength of the penalty on the squared table.
    start : float
        Standard deviation of the table at the start; 0 starts from no opinion on any level.
    features : list of int, optional
        Which of the input's features are embedded; all where it is not given.

    Notes
    -----
    Input (n_samples, n_features) of codes, output (n_samples, len(sizes), units).

    Examples
    --------
    >>> CategoryEmbedding(sizes=[3, 8], units=4)(np.array([[0, 7], [2, 1]])).shape
    TensorShape([2, 2, 4])
    """

    def __init__(self, sizes, units=8, dropout=0.0, l2=0.0, start=0.05, features=None, **kwargs):
        super().__init__(**kwargs)
        self.features = features
        self.sizes = [int(size) for size in sizes]
        self.units = units
        self.dropout = dropout
        self.l2 = l2
        self.start = start
        self.seed_generator = seed_generator(0)

    def build(self, input_shape):
        n_features = len(self.sizes)
        self.offsets = np.cumsum([0, *(size + 1 for size in self.sizes[:-1])]).astype("int32")
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=self.start)
        self.embeddings = self.add_weight(
            shape=(sum(self.sizes) + n_features, self.units),
            initializer=self.embeddings_initializer,
            regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
            name="embeddings",
        )
        self.unknown = self.add_weight(
            shape=(n_features,), dtype="int32", initializer="zeros", trainable=False, name="unknown"
        )
        self.unknown.assign(np.array(self.sizes, dtype="int32"))

    def call(self, inputs, training=False):
        codes = ops.cast(inputs, "int32")
        if self.features is not None:
            codes = ops.take(codes, np.array(self.features, dtype="int32"), axis=-1)
        if training and self.dropout:
            drawn = keras.random.uniform(ops.shape(codes), seed=self.seed_generator)
            codes = ops.where(drawn < self.dropout, ops.convert_to_tensor(self.unknown), codes)
        return ops.take(self.embeddings, codes + ops.convert_to_tensor(self.offsets), axis=0)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(self.sizes), self.units)

    def get_config(self):
        names = ("sizes", "units", "dropout", "l2", "start", "features")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
