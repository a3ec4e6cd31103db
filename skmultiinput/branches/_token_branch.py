"""The branch for text and other rows of symbols."""

import warnings
from numbers import Integral, Real

import keras
import numpy as np

from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.numeric_layers import HashDropout, SelectFeatures
from skmultiinput._layers.sequence_layers import MaskedPooling
from skmultiinput._layers.token_layers import HashedNgrams, TfidfEmbedding
from skmultiinput.branches._branch import (
    Branch,
    BranchOutput,
    check_kind,
    check_option,
    layer_prefix,
    make_penalty,
)
from skmultiinput.branches._sequence_blocks import convolve, recur
from skmultiinput.branches._word_vectors import read_vectors, vector_dimension
from skmultiinput.frame._column_groups import INFREQUENT, MISSING, PAD, UNKNOWN

POOLINGS = ("tfidf", "mean_max", "convolution", "recurrent")
# Below this share of words, the vectors are likely to be of another language or spelling.
_FEW_FOUND = 0.3


class TokenBranch(Branch):
    """Text: a linear path over all tokens and a narrow deep one, weighted by tf-idf.

    What wins on short texts is a linear model over words and pairs of words. So by default each
    token has a weight that goes straight to the outputs, and beside it a short vector; both are
    summed with tf-idf weights. Texts whose order matters may be read by convolutions or step by
    step instead; give these words only, without n-grams (``preprocess__text__ngram_range=(1, 1)``).

    Parameters
    ----------
    pooling : {"tfidf", "mean_max", "convolution", "recurrent"}
        How the tokens of a text become one vector: their tf-idf weighted sum; the mean and the
        maximum of their embeddings; filters that see some tokens at a time; an LSTM in both
        directions.
    embedding_dim : int or "auto"
        Width of the vector of a token; "auto" is 16 for "tfidf" and 64 for the others, or the
        width of the pretrained vectors.
    linear : bool
        Whether the outputs get a linear function of the tf-idf weighted tokens, too.
    linear_lr_scale, embedding_lr_scale : float
        How many times faster than the rest the linear path learns, and the vectors of tokens for
        "tfidf". Vectors that learn slowly hardly fit single rows by their rare tokens.
    relevance_smoothing : float or None
        The linear path learns faster from tokens that tell more of the target: by the distance
        of the mean target of the training rows that hold it from that of all rows, smoothed as
        if so many more rows held it. None treats all tokens alike.
    ngrams : int
        Up to this many neighbouring tokens count as one more token, hashed to buckets; 1 for
        none. Only for "tfidf" and "mean_max". Not needed where `TokenEncoder` makes n-grams.
    n_bits : int
        Hashed n-grams share ``2 ** n_bits`` buckets.
    token_dropout : float
        Share of the tokens left out in training, in [0, 1). For other poolings than "tfidf" they
        are replaced by "unknown", so that an unseen token meets a trained vector.
    pretrained : path, gensim KeyedVectors, mapping of {str: array} or None
        Word vectors to start from: a text file of GloVe or word2vec (plain or gzip), or vectors
        by word. They are aligned with the vocabulary by word.
    trainable : bool
        Whether the vectors of tokens are trained; False freezes pretrained ones, and tokens that
        have none are zero.
    units : int or None
        Width of a dense layer behind; None for none. Of the state, too, for "recurrent", and the
        number of filters for "convolution".
    activation : str
        Activation of that layer, as in Keras.
    dropout : float
        Share that is dropped of what enters the dense layer in training, in [0, 1).
    l1, l2 : float
        Penalties on kernels.

    Notes
    -----
    How many words of the vocabulary the pretrained vectors hold is told by
    `get_embeddings`, and by a warning where they are few.

    References
    ----------
    Cheng et al.: Wide & Deep Learning for Recommender Systems, DLRS 2016.

    Examples
    --------
    >>> TokenBranch(pooling="mean_max", embedding_dim=32)
    TokenBranch(embedding_dim=32, pooling='mean_max')
    """

    def __init__(
        self,
        pooling="tfidf",
        embedding_dim="auto",
        linear=True,
        linear_lr_scale=5.0,
        embedding_lr_scale=0.02,
        relevance_smoothing=10.0,
        ngrams=1,
        n_bits=16,
        token_dropout=0.3,
        pretrained=None,
        trainable=True,
        units=32,
        activation="relu",
        dropout=0.5,
        l1=0.0,
        l2=0.0,
    ):
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

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "tokens")
        check_option(self, "pooling", POOLINGS)
        given = self.relevance_smoothing
        if given is not None and not (isinstance(given, Real) and given > 0):
            raise ValueError(
                "The 'relevance_smoothing' parameter of TokenBranch must be a number of rows above 0, or "
                f"None. Got {given!r} instead."
            )
        ordered = self.pooling in ("convolution", "recurrent")
        codes, mask, name = group.tensor, group.mask, group.name
        size = group.vocabulary_sizes[0]
        if ordered and self.ngrams > 1:
            raise ValueError(
                "The 'ngrams' parameter of TokenBranch has no use for pooling="
                f"{self.pooling!r}, which reads tokens in their order. Set it to 1."
            )
        if self.ngrams > 1:
            codes, mask = HashedNgrams(self.ngrams, self.n_bits, size, name=f"{name}_ngrams")(
                [codes, mask]
            )
            size += 2**self.n_bits
        logits = None
        n_outputs = group.n_outputs if self.linear else 0
        if self.pooling == "tfidf":
            x, logits = self._weighted(name, codes, mask, size, n_outputs)
        else:
            if n_outputs:
                logits = TfidfEmbedding(
                    size,
                    n_outputs,
                    0,
                    self.linear_lr_scale,
                    dropout=self.token_dropout,
                    name=f"{name}_linear",
                )([codes, mask])
            x = self._embedded(name, codes, mask, size)
        if self.dropout:
            x = HashDropout(self.dropout, seed=0, name=f"{name}_dropout")(x)
        if self.units and not ordered:
            x = keras.layers.Dense(
                self.units,
                activation=self.activation,
                kernel_regularizer=make_penalty(self.l1, self.l2),
                name=f"{name}_units",
            )(x)
        return BranchOutput([x], logits)

    def adapt(self, model, spec, values, target=None):
        """Set padding, what is known of each token, pretrained vectors; see `Branch.adapt`."""
        super().adapt(model, spec, values, target)
        vocabulary, prefix = spec.categories[0], layer_prefix(spec.name)
        table = _layer(model, f"{prefix}_embedding")
        weighted = _layer(model, f"{prefix}_linear") or table
        if isinstance(weighted, TfidfEmbedding):
            found = _codes_and_mask(model, spec.name, weighted, values)
            weighted.learn(*found, target, self.relevance_smoothing)
        if isinstance(table, TokenEmbedding) and UNKNOWN in vocabulary:
            table.unknown.assign(np.int32(vocabulary.get_loc(UNKNOWN)))
        if self.pretrained is not None:
            vectors, found = read_vectors(self.pretrained, list(vocabulary))
            table.set_vectors(vectors, found)
            _warn_of_few(found, vocabulary, spec.name)

    def architecture_key(self):
        """Return the parameters, of pretrained vectors their width only."""
        params = self.get_params(deep=False)
        params.pop("relevance_smoothing")  # decides values of weights, nothing of the graph
        if self.pretrained is not None:
            params["pretrained"] = vector_dimension(self.pretrained)
        return params

    def _weighted(self, name, codes, mask, size, n_outputs):
        both = TfidfEmbedding(
            size,
            n_outputs,
            self._width(16, name),
            self.linear_lr_scale,
            self.embedding_lr_scale,
            dropout=self.token_dropout,
            trained=self.trainable,
            name=f"{name}_embedding",
        )([codes, mask])
        if not n_outputs:
            return both, None
        linear = SelectFeatures(range(n_outputs), name=f"{name}_path")(both)
        deep = SelectFeatures(range(n_outputs, both.shape[1]), name=f"{name}_deep")(both)
        return deep, linear

    def _embedded(self, name, codes, mask, size):
        x = TokenEmbedding(
            size,
            self._width(64, name),
            dropout=self.token_dropout,
            l2=self.l2,
            trained=self.trainable,
            name=f"{name}_embedding",
        )(codes)
        if self.pooling == "mean_max":
            return MaskedPooling(name=f"{name}_pooled")([x, mask])
        units = self.units or x.shape[-1]
        if self.pooling == "recurrent":
            return recur(x, mask, name, units=units, penalty=make_penalty(self.l1, self.l2))
        return convolve(
            x,
            mask,
            name,
            filters=(units, units),
            kernel_sizes=(3, 3),
            activation=self.activation,
            penalty=make_penalty(self.l1, self.l2),
        )

    def _width(self, default, name):
        """Width of a token's vector; pretrained vectors decide theirs."""
        given = self.embedding_dim
        if given != "auto" and not (isinstance(given, Integral) and given > 0):
            raise ValueError(
                "The 'embedding_dim' parameter of TokenBranch must be 'auto' or an int of at "
                f"least 1. Got {given!r} instead."
            )
        if self.pretrained is None:
            return default if given == "auto" else int(given)
        width = vector_dimension(self.pretrained)
        if given not in ("auto", width):
            raise ValueError(
                f"The pretrained word vectors of the input {name!r} are {width} wide, but the "
                f"'embedding_dim' parameter of TokenBranch is {given}. Leave it at 'auto'."
            )
        return width


def _layer(model, name):
    return next((layer for layer in model.layers if layer.name == name), None)


def _codes_and_mask(model, name, layer, values, chunk=8192):
    """Codes and mask as they reach a layer: with n-grams where the branch hashes them."""
    before = keras.Model(model.input[name], layer.input)
    parts = [before(values[i : i + chunk]) for i in range(0, len(values), chunk)]
    return [np.concatenate([to_numpy(part[k]) for part in parts]) for k in (0, 1)]


def _warn_of_few(found, vocabulary, name):
    words = [word for word in vocabulary if word not in (PAD, UNKNOWN, INFREQUENT, MISSING)]
    share = found.sum() / max(len(words), 1)
    if share < _FEW_FOUND:
        lost = [word for word, there in zip(vocabulary, found, strict=True) if not there]
        lost = [word for word in lost if word in set(words)][:5]
        warnings.warn(
            f"The pretrained word vectors hold {share:.0%} of the {len(words)} tokens of the input "
            f"{name!r}; not, for instance, {lost}. Check the language, and that words are written "
            "alike (lower case, accents).",
            UserWarning,
            stacklevel=2,
        )
