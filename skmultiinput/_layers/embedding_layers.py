"""Layers with a vector per code: categories and tokens."""

from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import seed_generator
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register, take_features


@register
class CategoryEmbedding(BaseLayer):
    """Embed the codes of several categorical features from one table.

    From codes, (n_samples, n_features), to (n_samples, len(sizes), units). `sizes` are those of the
    vocabularies, rounded up; each feature has one row more, which stands for "unknown" where the
    vocabulary has no category for it. In training the fraction `dropout` of the codes becomes
    "unknown", which trains this row. `l2` is the strength of the penalty on the squared table,
    `stddev` its initial standard deviation: 0 treats all categories alike at first. `features` are
    the positions of those to embed, all by default.

    Examples
    --------
    >>> CategoryEmbedding(sizes=[3, 8], units=4)(np.array([[0, 7], [2, 1]])).shape
    TensorShape([2, 2, 4])
    """

    def __init__(
        self,
        sizes: list[int],
        units: int = 8,
        dropout: float = 0.0,
        l2: float = 0.0,
        stddev: float = 0.05,
        features: list[int] | None = None,
        **kwargs: Any,
    ) -> None:
        # Codes are cast to integers as they are: half precision would merge large ones.
        super().__init__(**{**kwargs, "autocast": False})
        self.sizes = [int(size) for size in sizes]
        self.units = units
        self.dropout = dropout
        self.l2 = l2
        self.stddev = stddev
        self.features = features
        self.seed_generator = seed_generator(0)

    def build(self, input_shape: Shape) -> None:
        n_features = len(self.sizes)
        self.offsets = np.cumsum([0, *(size + 1 for size in self.sizes[:-1])]).astype("int32")
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=self.stddev, seed=0)
        self.embeddings = self.add_weight(
            shape=(sum(self.sizes) + n_features, self.units),
            initializer=self.embeddings_initializer,
            regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
            name="embeddings",
        )
        self.unknown = self.add_constant("unknown", (n_features,), dtype="int32")
        self.unknown.assign(np.array(self.sizes, dtype="int32"))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        codes = take_features(ops.cast(inputs, "int32"), self.features)
        if training and self.dropout:
            codes = replace_at_random(codes, self.unknown, self.dropout, self.seed_generator)
        return ops.take(self.embeddings, codes + ops.convert_to_tensor(self.offsets), axis=0)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], len(self.sizes), self.units)


class TokenVectors(BaseLayer):
    """Base of layers with a vector per token, which can be pretrained.

    Subclasses have the weights ``embeddings`` and ``is_pretrained``, and ``trained``: whether
    training changes the vectors. What they use is `vector_scale` times the embeddings.
    """

    embeddings: keras.Variable
    is_pretrained: keras.Variable
    trained: bool
    vector_scale: float = 1.0

    def set_vectors(self, vectors: np.ndarray, found: np.ndarray) -> None:
        """Set the vectors, (n_codes, units), of the codes `found`; the others keep theirs."""
        table = np.array(to_numpy(self.embeddings))
        flags = np.zeros(len(table), dtype=np.float32)
        if not self.trained:
            # A random vector that is never trained is noise.
            table[:] = 0.0
        table[: len(found)][found] = vectors[found] / self.vector_scale
        flags[: len(found)] = found
        self.embeddings.assign(table)
        self.is_pretrained.assign(flags)

    def vectors(self) -> np.ndarray:
        """Return the vector of each code, ndarray of shape (n_codes, units)."""
        return to_numpy(self.embeddings) * np.float32(self.vector_scale)


@register
class TokenEmbedding(TokenVectors):
    """Embed each token of a text: codes, (n_samples, length), to (n_samples, length, units).

    `size` is the number of codes. In training the fraction `dropout` of the tokens becomes
    "unknown", which trains its vector. `l2` is the strength of the penalty on the squared table,
    which training changes if it is `trained`. The weight `is_pretrained` is 1 for codes whose
    vector was set by `set_vectors`.

    Examples
    --------
    >>> TokenEmbedding(size=8, units=4)(np.array([[3, 5, 0]])).shape
    TensorShape([1, 3, 4])
    """

    def __init__(
        self,
        size: int,
        units: int,
        dropout: float = 0.0,
        l2: float = 0.0,
        trained: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "autocast": False})
        self.size = size
        self.units = units
        self.dropout = dropout
        self.l2 = l2
        self.trained = trained
        self.seed_generator = seed_generator(0)

    def build(self, input_shape: Shape) -> None:
        self.embeddings_initializer = keras.initializers.RandomNormal(stddev=0.05, seed=0)
        self.embeddings = self.add_weight(
            shape=(self.size, self.units),
            initializer=self.embeddings_initializer,
            regularizer=keras.regularizers.L2(self.l2) if self.l2 and self.trained else None,
            trainable=self.trained,
            name="embeddings",
        )
        self.unknown = self.add_constant("unknown", (), "ones", dtype="int32")
        self.is_pretrained = self.add_constant("is_pretrained", (self.size,))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        codes = ops.cast(inputs, "int32")
        if training and self.dropout:
            codes = replace_at_random(codes, self.unknown, self.dropout, self.seed_generator)
        return ops.take(self.embeddings, codes, axis=0)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.units)


def replace_at_random(codes: Tensor, by: Tensor, rate: float, seed: Any) -> Tensor:
    """Replace a fraction of the codes."""
    drawn = keras.random.uniform(ops.shape(codes), dtype="float32", seed=seed)
    return ops.where(drawn < rate, ops.convert_to_tensor(by), codes)
