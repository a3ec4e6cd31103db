"""Branches: what the network does with one input before the inputs meet.

A branch is a parameter object in scikit-learn's style with one method, ``build``. It holds no
state: everything learned lives in the network.
"""

from dataclasses import dataclass, field

import keras
import numpy as np
from sklearn.base import BaseEstimator

from skmultiinput.frame import UNKNOWN
from skmultiinput.layers import (
    CategoryEmbedding,
    HashDropout,
    PiecewiseLinearEmbedding,
    SelectFeatures,
)


@dataclass(frozen=True)
class BranchInput:
    """What a branch may know of the input it builds on.

    Everything here is part of the architecture: two tables with equal entries share one compiled
    network. Whatever else the data decide is set afterwards, in `Branch.start`.

    Attributes
    ----------
    name : str
        Name of the input; a good prefix for the names of layers.
    kind : str
        Kind of the columns.
    tensor : keras.KerasTensor of shape (None, *shape)
        The input: float32 measurements or int32 codes.
    shape : tuple of int
        Shape of one row.
    vocabulary_sizes : tuple of int
        Number of symbols per vocabulary, rounded up.
    binary : tuple of bool
        For numeric inputs, per feature, whether only 0 and 1 were seen.
    n_outputs : int
        Number of outputs of the network's head.
    """

    name: str
    kind: str
    tensor: keras.KerasTensor
    shape: tuple[int, ...]
    vocabulary_sizes: tuple[int, ...] = ()
    binary: tuple[bool, ...] = ()
    n_outputs: int = 1


@dataclass
class BranchOutput:
    """What a branch gives, where that is more than one tensor of features.

    Attributes
    ----------
    features : list of KerasTensor
        Each of shape (None, width) or (None, n_features, width).
    logits : KerasTensor of shape (None, n_outputs), optional
        Added to the outputs before their activation: a linear path around the network.
    """

    features: list = field(default_factory=list)
    logits: keras.KerasTensor | None = None


class Branch(BaseEstimator):
    """Base class of all branches. Write your own by giving it a ``build``.

    Examples
    --------
    >>> class Squared(Branch):
    ...     def __init__(self, units=8):
    ...         self.units = units
    ...
    ...     def build(self, group):
    ...         return keras.layers.Dense(self.units)(group.tensor**2)
    >>> Squared().get_params()
    {'units': 8}
    """

    def build(self, group):
        """Build the branch.

        Parameters
        ----------
        group : BranchInput
            The input, with its symbolic tensor.

        Returns
        -------
        KerasTensor or BranchOutput
            Features of shape (None, width) or (None, n_features, width).
        """
        raise TypeError(f"{type(self).__name__} must define build(group).")

    def start(self, model, spec, values):
        """Set what the data decide, after the network is built and before it is trained.

        Parameters
        ----------
        model : keras.Model
            The network.
        spec : InputSpec
            The input, with its vocabulary.
        values : ndarray of shape (n_samples, *spec.shape)
            The training rows.
        """
        for layer in layers_behind(model, spec.name):
            if hasattr(layer, "adapt"):
                layer.adapt(values)

    def signature(self):
        """Return what of the parameters is built into the network, a dict."""
        return self.get_params()


def layers_behind(model, name):
    """Return the layers that stand directly behind an input of the network.

    Parameters
    ----------
    model : keras.Model
        A functional model.
    name : str
        Name of the input.

    Returns
    -------
    list of keras.layers.Layer
    """
    return [
        layer
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
        and isinstance(getattr(layer, "input", None), keras.KerasTensor)
        and layer.input.name == name
    ]


def finish(branch, x, name):
    """Dropout, then an optional dense layer: the tail that all branches share.

    Parameters
    ----------
    branch : Branch
        Has ``units``, ``activation``, ``dropout``, ``l1`` and ``l2``.
    x : KerasTensor of shape (None, width) or (None, n_features, width)
        What the branch has built.
    name : str
        Prefix of the layers' names.

    Returns
    -------
    KerasTensor
    """
    if branch.units:
        if len(x.shape) > 2:
            x = keras.layers.Flatten(name=f"{name}_flat")(x)
        x = keras.layers.Dense(
            branch.units,
            activation=branch.activation,
            kernel_regularizer=keras.regularizers.L1L2(branch.l1, branch.l2)
            if branch.l1 or branch.l2
            else None,
            name=f"{name}_units",
        )(x)
    if branch.dropout:
        x = HashDropout(branch.dropout, seed=0, name=f"{name}_dropout")(x)
    return x


class NumericBranch(Branch):
    """Numbers: embedded one by one, or as they are.

    Parameters
    ----------
    embedding : {"piecewise", "plain"}
        "piecewise" gives each feature a line and a piecewise-linear function of its own, with
        bins at the training quantiles; features that are only 0 or 1 stay as they are. "plain"
        passes the numbers on.
    embedding_dim : int
        Width of the embedding of one feature.
    n_bins : int
        The most bins of one feature.
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
        units=None,
        activation="relu",
        dropout=0.0,
        l1=0.0,
        l2=0.0,
    ):
        self.embedding = embedding
        self.embedding_dim = embedding_dim
        self.n_bins = n_bins
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        if self.embedding not in ("piecewise", "plain"):
            raise ValueError(
                "The 'embedding' parameter of NumericBranch must be 'piecewise' or 'plain'. "
                f"Got {self.embedding!r} instead."
            )
        x = group.tensor
        if self.embedding == "plain" or all(group.binary):
            return finish(self, x, group.name)
        curved = [j for j, binary in enumerate(group.binary) if not binary]
        flags = [j for j, binary in enumerate(group.binary) if binary]
        embedded = PiecewiseLinearEmbedding(
            self.embedding_dim,
            self.n_bins,
            features=curved if flags else None,
            name=f"{group.name}_embedding",
        )(x)
        features = [finish(self, embedded, group.name)]
        if flags:
            features.append(SelectFeatures(flags, name=f"{group.name}_flags")(x))
        return BranchOutput(features)


class CategoricalBranch(Branch):
    """Categories: an embedding table over the fitted vocabularies.

    Parameters
    ----------
    embedding_dim : int
        Width of the embedding of one feature.
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
    >>> CategoricalBranch(embedding_dim=16).embedding_dim
    16
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
        x = CategoryEmbedding(
            list(group.vocabulary_sizes),
            self.embedding_dim,
            dropout=self.category_dropout,
            l2=self.l2,
            name=f"{group.name}_embedding",
        )(group.tensor)
        return finish(self, x, group.name)

    def start(self, model, spec, values):
        """Tell the table which code of each vocabulary means "unknown"."""
        (table,) = layers_behind(model, spec.name)
        codes = [
            vocabulary.get_loc(UNKNOWN) if UNKNOWN in vocabulary else size
            for vocabulary, size in zip(spec.categories, table.sizes, strict=True)
        ]
        table.unknown.assign(np.array(codes, dtype="int32"))


# The branch that an input gets where the user names none.
DEFAULT_BRANCHES = {"numeric": NumericBranch, "categorical": CategoricalBranch}
