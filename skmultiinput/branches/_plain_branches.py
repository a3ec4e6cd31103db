"""Branches for numbers and for categories."""

from numbers import Integral

import keras
import numpy as np

from skmultiinput._layers.numeric_layers import (
    CategoryEmbedding,
    PiecewiseLinearEmbedding,
    SelectFeatures,
)
from skmultiinput._layers.periodic_layers import PeriodicEmbedding
from skmultiinput.branches._branch import (
    Branch,
    BranchOutput,
    check_kind,
    check_option,
    finish,
    layers_behind,
)
from skmultiinput.frame._column_groups import UNKNOWN


def embedding_width(n_symbols):
    """Width of the embedding of a vocabulary, by the rule of thumb of fastai."""
    return min(100, max(2, round(1.6 * n_symbols**0.56)))


class NumericBranch(Branch):
    """Numbers: embedded one by one, or as they are.

    Parameters
    ----------
    embedding : {"piecewise", "periodic", "plain"}
        "piecewise" gives each feature a line and a piecewise-linear function of its own, with
        bins at the training quantiles; "periodic" gives it waves of learned lengths, for scaled
        numbers. Features that are only 0 or 1 stay as they are. "plain" passes the numbers on.
    embedding_dim : int
        Width of the embedding of one feature.
    n_bins : int
        The most bins of one feature, for "piecewise".
    n_frequencies : int
        Number of waves of one feature, for "periodic".
    frequency_scale : float
        Standard deviation of their frequencies at the start, in waves per unit of the feature.
    units : int or None
        Width of a dense layer behind; None for none.
    activation : str
        Activation of that layer, as in Keras.
    dropout : float
        Share of the branch's outputs that is dropped in training, in [0, 1).
    l1, l2 : float
        Penalties on the dense layer's kernel.

    Examples
    --------
    >>> NumericBranch(embedding="plain", units=64)
    NumericBranch(embedding='plain', units=64)
    """

    def __init__(
        self,
        embedding="piecewise",
        embedding_dim=16,
        n_bins=48,
        n_frequencies=24,
        frequency_scale=0.05,
        units=None,
        activation="relu",
        dropout=0.0,
        l1=0.0,
        l2=0.0,
    ):
        self.embedding = embedding
        self.embedding_dim = embedding_dim
        self.n_bins = n_bins
        self.n_frequencies = n_frequencies
        self.frequency_scale = frequency_scale
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "numeric")
        check_option(self, "embedding", ("piecewise", "periodic", "plain"))
        x = group.tensor
        if self.embedding == "plain" or all(group.binary):
            return finish(self, x, group.name)
        curved = [j for j, binary in enumerate(group.binary) if not binary]
        flags = [j for j, binary in enumerate(group.binary) if binary]
        chosen = {"features": curved if flags else None, "name": f"{group.name}_embedding"}
        if self.embedding == "periodic":
            embed = PeriodicEmbedding(
                self.embedding_dim, self.n_frequencies, self.frequency_scale, **chosen
            )
        else:
            embed = PiecewiseLinearEmbedding(self.embedding_dim, self.n_bins, **chosen)
        embedded = embed(x)
        features = [finish(self, embedded, group.name)]
        if flags:
            features.append(SelectFeatures(flags, name=f"{group.name}_flags")(x))
        return BranchOutput(features)


class CategoricalBranch(Branch):
    """Categories: an embedding table over the fitted vocabularies.

    Parameters
    ----------
    embedding_dim : int or "auto"
        Width of the embedding of one feature; "auto" is ``min(100, 1.6 * n ** 0.56)`` for a
        vocabulary of n symbols, a rule that fastai found by trying.
    category_dropout : float
        Share of the symbols that are replaced by "unknown" in training, so that an unseen
        symbol meets a trained row; in [0, 1).
    units : int or None
        Width of a dense layer behind; None for none.
    activation : str
        Activation of that layer, as in Keras.
    dropout : float
        Share of the branch's outputs that is dropped in training, in [0, 1).
    l1, l2 : float
        Penalties on the dense layer's kernel; `l2` on the table, too.

    Examples
    --------
    >>> CategoricalBranch(embedding_dim=16)
    CategoricalBranch(embedding_dim=16)
    >>> [embedding_width(n) for n in (2, 100, 100_000)]
    [2, 21, 100]
    """

    def __init__(
        self,
        embedding_dim=8,
        category_dropout=0.1,
        units=None,
        activation="relu",
        dropout=0.0,
        l1=0.0,
        l2=0.0,
    ):
        self.embedding_dim = embedding_dim
        self.category_dropout = category_dropout
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "categorical")
        given = self.embedding_dim
        if given != "auto" and not (isinstance(given, Integral) and given > 0):
            raise ValueError(
                "The 'embedding_dim' parameter of CategoricalBranch must be 'auto' or an int of at "
                f"least 1. Got {given!r} instead."
            )
        widths = [
            embedding_width(size) if given == "auto" else int(given)
            for size in group.vocabulary_sizes
        ]
        embedded = []
        for width in dict.fromkeys(widths):
            features = [j for j, other in enumerate(widths) if other == width]
            name = f"{group.name}_embedding"
            table = CategoryEmbedding(
                [group.vocabulary_sizes[j] for j in features],
                width,
                dropout=self.category_dropout,
                l2=self.l2,
                features=None if len(features) == len(widths) else features,
                name=name if len(set(widths)) == 1 else f"{name}_{width}",
            )
            embedded.append(table(group.tensor))
        if len(embedded) > 1 and self.units:
            flat = [keras.layers.Flatten()(x) for x in embedded]
            embedded = [keras.layers.Concatenate(name=f"{group.name}_embeddings")(flat)]
        return BranchOutput(
            [
                finish(self, x, f"{group.name}_{i}" if i else group.name)
                for i, x in enumerate(embedded)
            ]
        )

    def adapt(self, model, spec, values, target=None):
        """Tell the tables which code of each vocabulary means "unknown"."""
        for table in layers_behind(model, spec.name):
            if not isinstance(table, CategoryEmbedding):
                continue
            chosen = range(len(spec.categories)) if table.features is None else table.features
            codes = [
                spec.categories[j].get_loc(UNKNOWN) if UNKNOWN in spec.categories[j] else size
                for j, size in zip(chosen, table.sizes, strict=True)
            ]
            table.unknown.assign(np.array(codes, dtype="int32"))
