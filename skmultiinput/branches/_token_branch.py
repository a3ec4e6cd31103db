"""The branch for text and other rows of tokens."""

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import KerasTensor

from skmultiinput._compat import Interval, StrOptions
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput._layers.initializers import glorot
from skmultiinput._layers.plain_numbers import SelectFeatures
from skmultiinput._layers.sequence_layers import MaskedPooling
from skmultiinput._layers.token_layers import HashedNgrams, TfidfEmbedding
from skmultiinput.branches._branch import (
    POSITIVE,
    SHARE,
    TAIL,
    Branch,
    BranchInput,
    BranchOutput,
    check_kind,
    layer_prefix,
    make_penalty,
)
from skmultiinput.branches._sequence_blocks import convolve, recur
from skmultiinput.branches._word_vectors import VectorSource, read_vectors, vector_dimension
from skmultiinput.frame._column_groups import INFREQUENT, MISSING, PAD, UNKNOWN
from skmultiinput.frame._input_spec import InputSpec

ABOVE_ZERO = Interval(Real, 0, None, closed="neither")
# Poolings that read the tokens in order.
ORDERED = ("convolution", "recurrent")
# Rows whose tokens are hashed at once.
_ROWS_AT_ONCE = 8192
# Below this share of words, the vectors are probably of another language or spelling.
_FEW_WORDS = 0.3


class TokenBranch(Branch):
    """Text and sequences of categories, with a linear path over all tokens.

    On short texts, linear models over words and pairs of words are hard to beat. So by default
    each token has a weight that goes straight to the outputs, and beside it a short vector; both
    are summed with tf-idf weights. Texts whose order matters can be read by convolutions or a
    recurrent layer instead, from words without n-grams
    (``preprocess__text__ngram_range=(1, 1)``). Sequences of categories are read by convolutions,
    with ``dropout=0.1``, unless you name a branch.

    Parameters
    ----------
    pooling : {"tfidf", "mean_max", "convolution", "recurrent"}, default="tfidf"
        How the tokens of a text become one vector: their tf-idf weighted sum; mean and maximum of
        their embeddings; filters that slide along the tokens; an LSTM in both directions.
    embedding_dim : int or "auto", default="auto"
        Width of the vector of a token; "auto" is 16 for "tfidf" and 64 for the others, or the
        width of the pretrained vectors.
    linear : bool, default=True
        Whether a linear function of the tf-idf weighted tokens is added to the outputs.
    linear_lr_scale, embedding_lr_scale : float, default=5.0 and 0.02
        Factors of the learning rate of the linear path, and of the vectors of tokens for "tfidf".
        Vectors that learn slowly hardly overfit rare tokens.
    relevance_smoothing : float or None, default=10.0
        The linear path learns faster from tokens that are relevant to the target: the further
        the mean target of the training rows that hold a token is from the overall mean. This
        many rows with the overall mean are added to those of each token. None treats all tokens
        alike.
    ngrams : int, default=1
        Length of the longest sequence of neighbouring tokens that is one more token, hashed to
        buckets; 1 for none. Only for "tfidf" and "mean_max". Not needed if `TokenEncoder` makes
        n-grams.
    n_bits : int, default=16
        Hashed n-grams share ``2 ** n_bits`` buckets.
    token_dropout : float, default=0.3
        Fraction of the tokens that are left out in training, in [0, 1). Except for "tfidf" they
        are replaced by "unknown", so that an unseen token meets a trained vector.
    pretrained : path, gensim KeyedVectors, mapping of {str: array} or None, default=None
        Initial word vectors: a text file of GloVe or word2vec (plain or gzip), or vectors by
        word. They are aligned with the vocabulary by word.
    trainable : bool, default=True
        Whether the vectors of tokens are trained; False freezes pretrained ones, and tokens that
        have none are zero.
    units : int or None, default=32
        Width of a final dense layer; None for none. For "recurrent" the width of the state, for
        "convolution" the number of filters.
    activation : str or callable, default="relu"
        Activation of that layer, as in Keras.
    dropout : float, default=0.5
        Fraction of the dense layer's inputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on kernels.

    See Also
    --------
    skmultiinput.preprocessing.TokenEncoder : Makes the tokens.
    RecurrentBranch : Reads tokens in order.
    skmultiinput.inspection.explain_words : Which words made a prediction.

    Notes
    -----
    `get_embeddings` returns which words have a pretrained vector; a warning is given if few have.

    References
    ----------
    Cheng et al.: Wide & Deep Learning for Recommender Systems, DLRS 2016.

    Examples
    --------
    >>> TokenBranch(pooling="mean_max", embedding_dim=32)
    TokenBranch(embedding_dim=32, pooling='mean_max')
    """

    _parameter_constraints = {
        **TAIL,
        "pooling": [StrOptions({"tfidf", "mean_max", *ORDERED})],
        "embedding_dim": [POSITIVE, StrOptions({"auto"})],
        "linear": ["boolean"],
        "linear_lr_scale": [ABOVE_ZERO],
        "embedding_lr_scale": [ABOVE_ZERO],
        "relevance_smoothing": [ABOVE_ZERO, None],
        "ngrams": [POSITIVE],
        "n_bits": [Interval(Integral, 1, 30, closed="both")],
        "token_dropout": [SHARE],
        "trainable": ["boolean"],
    }

    def __init__(
        self,
        pooling: str = "tfidf",
        embedding_dim: int | str = "auto",
        linear: bool = True,
        linear_lr_scale: float = 5.0,
        embedding_lr_scale: float = 0.02,
        relevance_smoothing: float | None = 10.0,
        ngrams: int = 1,
        n_bits: int = 16,
        token_dropout: float = 0.3,
        pretrained: VectorSource | None = None,
        trainable: bool = True,
        units: int | None = 32,
        activation: str | Callable = "relu",
        dropout: float = 0.5,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.pooling = pooling
        self.embedding_dim = embedding_dim
        self.linear = linear
        self.linear_lr_scale = linear_lr_scale
        self.embedding_lr_scale = embedding_lr_scale
        self.relevance_smoothing = relevance_smoothing
        self.ngrams = ngrams
        self.n_bits = n_bits
        self.token_dropout = token_dropout
        self.pretrained = pretrained
        self.trainable = trainable
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> BranchOutput:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "tokens")
        if self.pooling in ORDERED and self.ngrams > 1:
            raise ValueError(
                "The 'ngrams' parameter of TokenBranch must be 1 for pooling="
                f"{self.pooling!r}, which reads the tokens in order. Got {self.ngrams!r}."
            )
        codes, mask, prefix = group.tensor, group.mask, group.prefix
        size = group.vocabulary_sizes[0]
        if self.ngrams > 1:
            hashed = HashedNgrams(self.ngrams, self.n_bits, size, name=f"{prefix}ngrams")
            codes, mask = hashed([codes, mask])
            size += 2**self.n_bits
        logits = None
        n_outputs = group.n_outputs if self.linear else 0
        if self.pooling == "tfidf":
            x, logits = self._weigh(group, codes, mask, size)
        else:
            if n_outputs:
                logits = TfidfEmbedding(
                    size,
                    n_outputs,
                    0,
                    self.linear_lr_scale,
                    dropout=self.token_dropout,
                    name=f"{prefix}linear",
                )([codes, mask])
            x = self._embed(group, codes, mask, size)
        if self.dropout:
            x = HashDropout(self.dropout, seed=0, name=f"{prefix}dropout")(x)
        if self.units and self.pooling not in ORDERED:
            x = keras.layers.Dense(
                self.units,
                activation=self.activation,
                kernel_regularizer=make_penalty(self.l1, self.l2),
                name=f"{prefix}units",
                kernel_initializer=glorot(),
            )(x)
        return BranchOutput([x], logits)

    def adapt(
        self,
        model: keras.Model,
        spec: InputSpec,
        values: np.ndarray,
        target: np.ndarray | None = None,
    ) -> None:
        """Set padding, statistics of tokens and pretrained vectors; see `Branch.adapt`."""
        super().adapt(model, spec, values, target)
        vocabulary, prefix = spec.categories[0], layer_prefix(spec.name)
        layers = {layer.name: layer for layer in model.layers}
        table = layers[f"{prefix}embedding"]
        weighted = layers.get(f"{prefix}linear", table)
        if isinstance(weighted, TfidfEmbedding):
            codes, mask = _codes_and_mask(model, spec.name, weighted, values)
            weighted.adapt(codes, mask, target, self.relevance_smoothing)
        if isinstance(table, TokenEmbedding) and UNKNOWN in vocabulary:
            table.unknown.assign(np.array(vocabulary.get_loc(UNKNOWN), dtype="int32"))
        if self.pretrained is not None:
            vectors, found = read_vectors(self.pretrained, list(vocabulary))
            table.set_vectors(vectors, found)
            _warn_of_few_words(found, vocabulary, spec.name)

    def architecture_key(self) -> dict[str, Any]:
        """Return the parameters; of pretrained vectors only their width."""
        params = self.get_params(deep=False)
        params.pop("relevance_smoothing")  # decides values of weights, nothing of the graph
        if self.pretrained is not None:
            params["pretrained"] = vector_dimension(self.pretrained)
        return params

    def _weigh(
        self, group: BranchInput, codes: KerasTensor, mask: KerasTensor, size: int
    ) -> tuple[KerasTensor, KerasTensor | None]:
        """Return the deep path and the linear one, if there is one."""
        prefix, n_outputs = group.prefix, group.n_outputs if self.linear else 0
        both = TfidfEmbedding(
            size,
            n_outputs,
            self._width(16, group),
            self.linear_lr_scale,
            self.embedding_lr_scale,
            dropout=self.token_dropout,
            trained=self.trainable,
            name=f"{prefix}embedding",
        )([codes, mask])
        if not n_outputs:
            return both, None
        linear = SelectFeatures(list(range(n_outputs)), name=f"{prefix}path")(both)
        deep = list(range(n_outputs, both.shape[1]))
        return SelectFeatures(deep, name=f"{prefix}deep")(both), linear

    def _embed(
        self, group: BranchInput, codes: KerasTensor, mask: KerasTensor, size: int
    ) -> KerasTensor:
        """Embed the tokens one by one and pool them."""
        prefix, penalty = group.prefix, make_penalty(self.l1, self.l2)
        x = TokenEmbedding(
            size,
            self._width(64, group),
            dropout=self.token_dropout,
            l2=self.l2,
            trained=self.trainable,
            name=f"{prefix}embedding",
        )(codes)
        if self.pooling == "mean_max":
            return MaskedPooling(name=f"{prefix}pooled")([x, mask])
        units = self.units or x.shape[-1]
        if self.pooling == "recurrent":
            return recur(x, mask, prefix, units=units, penalty=penalty)
        return convolve(
            x,
            mask,
            prefix,
            filters=(units, units),
            kernel_sizes=(3, 3),
            activation=self.activation,
            penalty=penalty,
        )

    def _width(self, default: int, group: BranchInput) -> int:
        """Width of a token's vector; pretrained vectors decide theirs."""
        dim = self.embedding_dim
        if self.pretrained is None:
            return default if dim == "auto" else int(dim)
        width = vector_dimension(self.pretrained)
        if dim not in ("auto", width):
            raise ValueError(
                f"The pretrained word vectors of the input {group.name!r} are {width} wide, but "
                f"the 'embedding_dim' parameter of TokenBranch is {dim}. Leave it at 'auto'."
            )
        return width


def _codes_and_mask(
    model: keras.Model, name: str, layer: TfidfEmbedding, values: np.ndarray
) -> list[np.ndarray]:
    """Return codes and mask as they reach a layer, hashed n-grams among them."""
    before = keras.Model(model.input[name], layer.input)
    parts = [before(values[i : i + _ROWS_AT_ONCE]) for i in range(0, len(values), _ROWS_AT_ONCE)]
    return [np.concatenate([to_numpy(part[k]) for part in parts]) for k in (0, 1)]


def _warn_of_few_words(found: np.ndarray, vocabulary: pd.Index, name: str) -> None:
    words = [word for word in vocabulary if word not in (PAD, UNKNOWN, INFREQUENT, MISSING)]
    share = found.sum() / max(len(words), 1)
    if share < _FEW_WORDS:
        found_words = set(vocabulary[found])
        missing = [word for word in words if word not in found_words][:5]
        warnings.warn(
            f"The pretrained word vectors have {share:.0%} of the {len(words)} tokens of the input "
            f"{name!r}; for example, they lack {missing}. Check that language and spelling (lower "
            "case, accents) are the same.",
            UserWarning,
            stacklevel=2,
        )
