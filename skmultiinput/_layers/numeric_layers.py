"""Layers that read numbers: piecewise-linear and periodic embeddings."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._keras.backend import count_true
from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register, take_features
from skmultiinput.frame._column_arrays import column_medians

# Number of rows that quantiles are computed from.
QUANTILE_ROWS = 50_000
# The largest shares are cut to the mean share of a bin, which this lowers; it settles soon.
_CAPPINGS = 10
_MAX_HALF = float(np.finfo(np.float16).max)
# A product of this limit and a number of the half types is finite.
_LIMIT = float(np.finfo(np.float32).max)


def quantile_bins(values: np.ndarray, n_bins: int) -> list[np.ndarray]:
    """Return the edges of the bins of each column: quantiles, or all values where they are few.

    A value that many rows share would take many quantiles; it takes one, and leaves the others to
    the values around it. NaN among the values, (n_samples, n_features), is passed over. A column
    has at most `n_bins`, and two edges at least.

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
        distinct, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if len(distinct) == 0:
            distinct = np.array([0.0, 1.0])
        elif len(distinct) == 1:
            # A constant column has one edge; a bin of width one leaves its value in play.
            distinct = np.array([distinct[0], distinct[0] + 1.0])
        elif len(distinct) > n_bins + 1:
            share = counts.astype(float)
            for _ in range(_CAPPINGS):
                share = np.minimum(share, share.sum() / n_bins)
            reached = np.cumsum(share) / share.sum()
            steps = np.linspace(0.0, 1.0, n_bins + 1)[1:-1]
            positions = np.searchsorted(reached, steps - 1e-9)
            distinct = distinct[np.unique([0, *positions, len(distinct) - 1])]
        edges.append(distinct)
    return edges


def sample_rows(values: np.ndarray) -> np.ndarray:
    """Return evenly spaced rows in double precision: as good for quantiles, at a fixed cost."""
    if len(values) > QUANTILE_ROWS:
        values = values[np.linspace(0, len(values) - 1, QUANTILE_ROWS).astype(int)]
    return np.asarray(values, dtype=np.float64)


class FeatureEmbedding(BaseLayer):
    """Base of layers that embed each number by functions of its own.

    Subclasses have ``units``, the width of the embedding, ``features``, the positions of the
    features to embed, or None for all, and ``allow_nan``. With it, a missing number is embedded as
    the median of its feature plus a learned vector, which starts at zero.
    """

    units: int
    features: list[int] | None
    allow_nan: bool

    def __init__(self, **kwargs: Any) -> None:
        # Half precision would merge close bin edges and blur angles.
        super().__init__(**{**kwargs, "autocast": False})

    def width(self, input_shape: Shape) -> int:
        """Return the number of features that are embedded."""
        return input_shape[-1] if self.features is None else len(self.features)

    def build(self, input_shape: Shape) -> None:
        if not self.allow_nan:
            return
        n_features = self.width(input_shape)
        self.median = self.add_constant("median", (n_features,), dtype=self.precise_dtype)
        self.missing = self.add_weight(
            shape=(n_features, self.units), initializer="zeros", name="missing"
        )

    def adapt(self, values: np.ndarray) -> None:
        """Learn what depends on the data from `values`, an array (n_samples, n_features)."""
        values = sample_rows(values)
        if not self.built:
            self.build(values.shape)
        values = values if self.features is None else values[:, self.features]
        if self.allow_nan:
            self.median.assign(column_medians(values))
        self.set_bins(values)

    def set_bins(self, values: np.ndarray) -> None:
        """Learn from the values of the features to embed; nothing by default."""

    def embed(self, x: Tensor) -> Tensor:
        """Embed numbers (n_samples, n_features) that are not missing."""
        raise NotImplementedError

    def embed_for_prediction(self, x: Tensor) -> Tensor:
        """Embed as `embed` does, in a way that is faster where nothing is trained."""
        return self.embed(x)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        embed = self.embed if training else self.embed_for_prediction
        x = ops.cast(take_features(inputs, self.features), self.precise_dtype)
        if not self.allow_nan:
            return embed(x)
        is_missing = ops.isnan(x)
        embedded = embed(ops.where(is_missing, self.median, x))
        flags = ops.expand_dims(ops.cast(is_missing, embedded.dtype), -1)
        return embedded + flags * ops.cast(self.missing, embedded.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.width(input_shape), self.units)


@register
class PiecewiseLinearEmbedding(FeatureEmbedding):
    """Embed each number by a line and a piecewise-linear function of its own.

    ``e = w * x + b + PLE(x) @ V`` per feature, where component t of ``PLE(x)`` runs from 0 to 1
    while x crosses bin t. ``V`` starts at zero, so that training starts from a linear embedding.

    From (n_samples, n_features) to (n_samples, len(features), units); `features` are positions, all
    by default. The edges of at most `n_bins` bins are weights, padded to this number, so that
    tables with other edges have the same architecture. Bins are computed in at least single
    precision under every dtype policy. With `allow_nan` numbers may be missing.

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

    def __init__(
        self,
        units: int = 16,
        n_bins: int = 48,
        features: list[int] | None = None,
        allow_nan: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.n_bins = n_bins
        self.features = features
        self.allow_nan = allow_nan

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        n_features = self.width(input_shape)
        shape, precise = (n_features, self.n_bins), self.precise_dtype
        self.left = self.add_constant("left", shape, dtype=precise)
        self.rate = self.add_constant("rate", shape, dtype=precise)
        self.low = self.add_constant("low", shape, dtype=precise)
        self.high = self.add_constant("high", shape, "ones", dtype=precise)
        limit = self.units**-0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)
        self.bias_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)
        self.kernel = self.add_weight(
            shape=(n_features, self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(n_features, self.units), initializer=self.bias_initializer, name="bias"
        )
        self.bin_kernel = self.add_weight(
            shape=(n_features, self.n_bins, self.units), initializer="zeros", name="bin_kernel"
        )

    def set_bins(self, values: np.ndarray) -> None:
        """Set the bins to the quantiles of `values`, an array (n_samples, n_features)."""
        shape = (values.shape[1], self.n_bins)
        left, rate, low, high = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.ones(shape)
        for j, edges in enumerate(quantile_bins(values, self.n_bins)):
            n = len(edges) - 1
            left[j, :n] = edges[:-1]
            rate[j, :n] = 1.0 / np.diff(edges)
            # The outer bins go on beyond the training range.
            low[j, 0], high[j, n - 1] = -np.inf, np.inf
        self.left.assign(left)
        self.rate.assign(np.minimum(rate, _LIMIT))
        self.low.assign(np.maximum(low, -_LIMIT))
        self.high.assign(np.minimum(high, _LIMIT))

    def fill(self, x: Tensor) -> Tensor:
        """Return how far numbers (..., 1) have crossed each bin, (..., n_bins)."""
        return ops.minimum(ops.maximum((x - self.left) * self.rate, self.low), self.high)

    def embed(self, x: Tensor) -> Tensor:
        x, dtype = ops.expand_dims(x, -1), self.compute_dtype
        filled = self.fill(x)
        if dtype == "float16":
            # Infinity times a weight of zero would be NaN.
            filled, x = ops.clip(filled, -_MAX_HALF, _MAX_HALF), ops.clip(x, -_MAX_HALF, _MAX_HALF)
        bent = ops.einsum("nft,ftu->nfu", ops.cast(filled, dtype), self.bin_kernel)
        return ops.cast(x, dtype) * self.kernel + self.bias + bent

    def embed_for_prediction(self, x: Tensor) -> Tensor:
        """Embed by the bin that each number lies in: all bins before it are full, none after it."""
        if self.compute_dtype != self.precise_dtype:
            return self.embed(x)
        n_features, n_bins, units = self.bin_kernel.shape
        # Where bins begin; the first has no beginning, and what is no bin is never reached.
        left, rate = ops.convert_to_tensor(self.left), ops.convert_to_tensor(self.rate)
        begins = ops.where(rate > 0, left, np.inf)[:, 1:]
        begins = ops.pad(begins, ((0, 0), (0, -begins.shape[1] % 8)), constant_values=np.inf)
        bin_index = count_true(ops.expand_dims(x, -1) >= begins)
        bin_index = bin_index + np.arange(n_features, dtype=np.int32) * n_bins
        # Within a bin it is a line, from the sum of the bins before it and the overall line on.
        left, rate = ops.expand_dims(left, -1), ops.expand_dims(rate, -1)
        kernel, bias = ops.expand_dims(self.kernel, 1), ops.expand_dims(self.bias, 1)
        start = ops.cumsum(self.bin_kernel, axis=1) - self.bin_kernel + bias + left * kernel
        slope = ops.clip(self.bin_kernel * rate + kernel, -_LIMIT, _LIMIT)
        # No product of a slope and a distance up to here is infinite.
        reach = _LIMIT / 4 / ops.maximum(ops.max(ops.abs(slope), axis=-1, keepdims=True), 1.0)
        within = ops.reshape(ops.concatenate([left, reach], axis=-1), (-1, 2))
        left, reach = ops.unstack(ops.take(within, bin_index, axis=0), axis=-1)
        distance = ops.expand_dims(ops.minimum(ops.maximum(x - left, -reach), reach), -1)
        start, slope = (ops.reshape(table, (-1, units)) for table in (start, slope))
        return ops.take(start, bin_index, axis=0) + distance * ops.take(slope, bin_index, axis=0)


@register
class PeriodicEmbedding(FeatureEmbedding):
    """Embed each number by waves of learned frequencies.

    ``e = relu([cos(2 pi f x), sin(2 pi f x)] @ W + b)`` per feature, with `n_frequencies` f whose
    initial standard deviation is `scale`, in waves per unit of x. Shapes, `features`, `allow_nan`
    and the reference are those of `PiecewiseLinearEmbedding`.

    Examples
    --------
    >>> PeriodicEmbedding(units=4)(np.array([[0.5], [2.0]])).shape
    TensorShape([2, 1, 4])
    """

    def __init__(
        self,
        units: int = 16,
        n_frequencies: int = 24,
        scale: float = 0.05,
        features: list[int] | None = None,
        allow_nan: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.n_frequencies = n_frequencies
        self.scale = scale
        self.features = features
        self.allow_nan = allow_nan

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        n_features = self.width(input_shape)
        # No draw far out: a high frequency turns a number into noise, and training cannot undo it.
        self.frequencies_initializer = keras.initializers.TruncatedNormal(stddev=self.scale, seed=0)
        limit = (2 * self.n_frequencies) ** -0.5
        self.kernel_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)
        self.bias_initializer = keras.initializers.RandomUniform(-limit, limit, seed=0)
        self.frequencies = self.add_weight(
            shape=(n_features, self.n_frequencies),
            initializer=self.frequencies_initializer,
            autocast=False,
            name="frequencies",
        )
        self.kernel = self.add_weight(
            shape=(n_features, 2 * self.n_frequencies, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(n_features, self.units), initializer=self.bias_initializer, name="bias"
        )

    def embed(self, x: Tensor) -> Tensor:
        frequencies = ops.cast(self.frequencies, self.precise_dtype)
        angle = 2.0 * math.pi * ops.expand_dims(x, -1) * frequencies
        waves = ops.concatenate([ops.cos(angle), ops.sin(angle)], axis=-1)
        waves = ops.cast(waves, self.compute_dtype)
        return ops.relu(ops.einsum("nft,ftu->nfu", waves, self.kernel) + self.bias)
