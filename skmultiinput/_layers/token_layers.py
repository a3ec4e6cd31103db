"""Layers that read tokens: masks, hashed n-grams, tf-idf pooling."""

from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._keras.backend import to_numpy, weighted_rows
from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register
from skmultiinput._layers.embedding_layers import TokenVectors
from skmultiinput._layers.hash_dropout import HashDropout, as_uint32, keep_high_bits, mix_bits
from skmultiinput._layers.token_statistics import (
    distinct_tokens,
    inverse_frequencies,
    target_relevance,
)


@register
class TokenMask(BaseLayer):
    """Mark tokens by 1 and padding by 0, (n_samples, length) of codes.

    Code 0 is padding until `set_padding` says otherwise.

    Examples
    --------
    >>> TokenMask()(np.array([[5, 2, 0]])).numpy().tolist()
    [[1.0, 1.0, 0.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})

    def build(self, input_shape: Shape) -> None:
        self.padding = self.add_constant("padding", (), dtype="int32")

    def set_padding(self, code: int) -> None:
        """Set which code is padding, an int; -1 for none."""
        self.padding.assign(np.int32(code))

    def call(self, inputs: Tensor) -> Tensor:
        padding = ops.convert_to_tensor(self.padding)
        return ops.cast(ops.not_equal(ops.cast(inputs, "int32"), padding), self.compute_dtype)


@register
class HashedNgrams(BaseLayer):
    """Append the hashed pairs, triples, ..., up to length `n`, of neighbouring tokens.

    From codes and mask, both (n_samples, length), to both with ``length + (length - 1) + ...``
    positions. An n-gram counts where all its tokens do. The `size` codes of the tokens are followed
    by the ``2 ** n_bits`` codes that n-grams share.

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

    def __init__(self, n: int, n_bits: int, size: int, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.n = n
        self.n_bits = n_bits
        self.size = size

    def call(self, inputs: list[Tensor]) -> list[Tensor]:
        codes, mask = inputs
        codes, length = ops.cast(codes, "int32"), codes.shape[1]
        mask = ops.cast(mask, self.compute_dtype)
        all_codes, all_masks = [codes], [mask]
        state = ops.cast(codes, "uint32")
        running = mask
        for n in range(2, min(self.n, length) + 1):
            end = length - n + 1
            state = mix_bits(state[:, :end] * as_uint32(0x9E3779B1))
            state = state + ops.cast(codes[:, n - 1 :], "uint32")
            running = running[:, :end] * mask[:, n - 1 :]
            bucket = keep_high_bits(mix_bits(state + as_uint32(n)), self.n_bits)
            all_codes.append(bucket + self.size)
            all_masks.append(running)
        return [ops.concatenate(all_codes, axis=1), ops.concatenate(all_masks, axis=1)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        n_samples, length = input_shape[0]
        total = sum(length - n for n in range(min(self.n, length)))
        return [(n_samples, total), (n_samples, total)]

    def compute_output_spec(self, inputs: list[Tensor]) -> list[keras.KerasTensor]:
        shape = self.compute_output_shape([x.shape for x in inputs])[0]
        return [keras.KerasTensor(shape, "int32"), keras.KerasTensor(shape, self.compute_dtype)]


def repeats_so_far(codes: Tensor) -> Tensor:
    """How often each code has occurred up to its place, in rows of ascending codes.

    Examples
    --------
    >>> repeats_so_far(np.array([[2, 2, 2, 7]])).numpy().tolist()
    [[1.0, 2.0, 3.0, 1.0]]
    """
    codes = ops.cast(codes, "int32")
    length = codes.shape[1]
    position = ops.arange(length, dtype="int32")
    first = ops.concatenate(
        [ops.ones_like(codes[:, :1]), ops.cast(codes[:, 1:] != codes[:, :-1], codes.dtype)], axis=1
    )
    # Where the run of equal codes began: a running maximum, by doubling its reach.
    began, reach = first * position, 1
    while reach < length:
        earlier = ops.pad(began[:, :-reach], [[0, 0], [reach, 0]])
        began, reach = ops.maximum(began, earlier), 2 * reach
    return ops.cast(position - began + 1, "float32")


@register
class TfidfEmbedding(TokenVectors):
    """The tf-idf vector of a text, times one matrix for a linear path and one for a deep one.

    The vector counts each token, weighs it by its inverse document frequency and is brought to
    length 1. It is never made: the rows of both matrices that belong to the tokens at hand are
    added up. From codes (`size` of them) and mask, both (n_samples, length), to (n_samples,
    n_outputs + units): the width of the linear path, which starts at zero, and that of the deep
    one, whose matrix training changes if it is `trained`. Each width may be 0.

    `linear_lr_scale` and `embedding_lr_scale` are factors of the learning rate of the two paths. An
    optimizer that adapts its steps to the gradients, as Adam does, moves every weight by about the
    learning rate; the layer multiplies the weights by this number. In training the fraction
    `dropout` of the tokens is left out.

    `adapt` sets document frequencies and lets the linear path learn faster from tokens that are
    more relevant to the target; until then all tokens are alike. Weights of tokens are computed in
    at least single precision under every dtype policy.

    Examples
    --------
    >>> layer = TfidfEmbedding(size=8, n_outputs=1, units=4)
    >>> layer([np.array([[3, 5, 3]]), np.array([[1.0, 1.0, 1.0]])]).shape
    TensorShape([1, 5])
    """

    def __init__(
        self,
        size: int,
        n_outputs: int,
        units: int,
        linear_lr_scale: float = 5.0,
        embedding_lr_scale: float = 1.0,
        dropout: float = 0.0,
        trained: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.size = size
        self.n_outputs = n_outputs
        self.units = units
        self.linear_lr_scale = linear_lr_scale
        self.embedding_lr_scale = self.vector_scale = embedding_lr_scale
        self.dropout = dropout
        self.trained = trained
        self.leave_out = HashDropout(dropout, seed=0, dtype=self.precise_dtype, name="leave_out")
        # Keras compiles a network by XLA where all of its layers say that it can.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    def build(self, input_shape: Any) -> None:
        # The last row stands for what the mask hides.
        n_rows = self.size + 1
        self.idf = self.add_constant("idf", (n_rows,), "ones", dtype=self.precise_dtype)
        if self.n_outputs:
            shape = (n_rows, self.n_outputs)
            self.linear = self.add_weight(shape=shape, initializer="zeros", name="linear")
            self.relevance = self.add_constant("relevance", shape, "ones")
        if not self.units:
            return
        stddev = 0.1 / self.embedding_lr_scale
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=stddev, seed=0)
        self.embeddings = self.add_weight(
            shape=(n_rows, self.units),
            initializer=self.embeddings_initializer,
            trainable=self.trained,
            name="embeddings",
        )
        self.is_pretrained = self.add_constant("is_pretrained", (n_rows,))

    def adapt(
        self,
        codes: np.ndarray,
        mask: np.ndarray,
        target: np.ndarray | None = None,
        smoothing: float | None = None,
    ) -> None:
        """Set document frequencies, and the relevance of each token to the target.

        Codes, mask and target are as for `call` and `target_relevance`. `smoothing` is in rows;
        None leaves all tokens equally relevant.
        """
        rows, tokens = distinct_tokens(codes, mask, self.size)
        size = self.size + 1
        self.idf.assign(inverse_frequencies(tokens, len(codes), size))
        if self.n_outputs and target is not None and smoothing is not None:
            self.relevance.assign(
                target_relevance(rows, tokens, target, size, self.n_outputs, smoothing)
            )

    def linear_weights(self) -> np.ndarray:
        """Return what each token adds to the outputs, ndarray of shape (n_codes, n_outputs)."""
        return to_numpy(self.linear) * to_numpy(self.relevance) * np.float32(self.linear_lr_scale)

    def call(self, inputs: list[Tensor], training: bool = False) -> Tensor:
        codes, mask = inputs
        precise = self.precise_dtype
        codes = ops.sort(ops.where(mask > 0, ops.cast(codes, "int32"), self.size), axis=1)
        idf = ops.take(self.idf, codes) * ops.cast(codes < self.size, precise)
        # The sum of the odd numbers up to 2 m - 1 is m squared: the norm over distinct tokens.
        odd = 2.0 * ops.cast(repeats_so_far(codes), precise) - 1.0
        squared = ops.sum(idf * idf * odd, axis=1, keepdims=True)
        weight = self.leave_out(idf * ops.rsqrt(ops.maximum(squared, 1e-12)), training=training)
        weight = ops.cast(weight, self.compute_dtype)
        tables = []
        if self.n_outputs:
            tables.append(self.linear * (self.linear_lr_scale * self.relevance))
        if self.units:
            tables.append(ops.convert_to_tensor(self.embeddings))
        parts = [weighted_rows(table, codes, weight, training=training) for table in tables]
        if self.units:
            parts[-1] = self.embedding_lr_scale * parts[-1]
        return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0][0], self.n_outputs + self.units)
