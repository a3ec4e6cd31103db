"""The base of all branches, and what they share."""

import re
import zlib
from dataclasses import dataclass, field

import keras
from sklearn.base import BaseEstimator

from skmultiinput._layers.numeric_layers import HashDropout
from skmultiinput.frame._column_groups import PAD

# What Keras's own layers would learn in ``adapt``, if it is not given to them.
_GIVEN = ("bin_boundaries", "input_mean")


@dataclass(frozen=True)
class BranchInput:
    """What a branch may know of the input it builds on.

    Everything here is part of the architecture: two tables with equal entries share one compiled
    network. Whatever else the data decide is set afterwards, in `Branch.adapt`.

    Attributes
    ----------
    name : str
        A prefix for the names of layers: the input's name in characters that all backends take.
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
    mask : keras.KerasTensor of shape (None, length), optional
        For tokens and sequences, 1 where there is a token or an observed step, 0 at padding.

    See Also
    --------
    Branch : The base class, with an example.
    """

    name: str
    kind: str
    tensor: keras.KerasTensor
    shape: tuple[int, ...]
    vocabulary_sizes: tuple[int, ...] = ()
    binary: tuple[bool, ...] = ()
    n_outputs: int = 1
    mask: keras.KerasTensor | None = None


@dataclass
class BranchOutput:
    """What a branch gives, where that is more than one tensor of features.

    Attributes
    ----------
    features : list of KerasTensor
        Each of shape (None, width) or (None, n_features, width).
    logits : KerasTensor of shape (None, n_outputs), optional
        Added to the outputs before their activation: a linear path around the network.

    See Also
    --------
    Branch : The base class, with an example.
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

    def adapt(self, model, spec, values, target=None):
        """Set what the data decide, after the network is built and before it is trained.

        Parameters
        ----------
        model : keras.Model
            The network.
        spec : InputSpec
            The input, with its vocabulary.
        values : ndarray of shape (n_samples, *spec.shape)
            The training rows.
        target : ndarray of shape (n_samples, n_outputs) or (n_samples,), optional
            What the outputs are to be for them: 0 or 1, or numbers brought to unit variance; for
            three or more classes the code of the output that is to be 1.
        """
        for layer in layers_behind(model, spec.name):
            given = any(getattr(layer, name, None) is not None for name in _GIVEN)
            if hasattr(layer, "adapt") and not given:
                layer.adapt(values)
            if hasattr(layer, "set_padding"):
                vocabulary = spec.categories[0]
                layer.set_padding(vocabulary.get_loc(PAD) if PAD in vocabulary else -1)

    def architecture_key(self):
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


def layer_prefix(name):
    """Return the name of an input in characters that all backends take in names of layers.

    Examples
    --------
    >>> layer_prefix("text__review"), layer_prefix("text__Review Text")
    ('text__review', 'text__Review_Text_28dc4918')
    """
    plain = re.sub(r"[^A-Za-z0-9_.]", "_", name)
    if plain == name and plain[0].isalnum():
        return plain
    # Two names that look alike now are still two.
    return f"{plain.lstrip('_.')}_{zlib.crc32(name.encode()):08x}"


def check_kind(branch, group, *kinds):
    """Refuse an input of a kind that a branch cannot read.

    Parameters
    ----------
    branch : Branch
    group : BranchInput
    *kinds : str
        The kinds it can read.

    Raises
    ------
    ValueError
        If the kind is another one; the input is named.
    """
    if group.kind not in kinds:
        raise ValueError(
            f"{type(branch).__name__} reads {' or '.join(map(repr, kinds))} columns, but the "
            f"columns of {group.name!r} are of kind {group.kind!r}."
        )


def check_option(branch, name, options):
    """Refuse the value of a parameter that is none of its options, with a ValueError."""
    value = getattr(branch, name)
    if value not in options:
        raise ValueError(
            f"The {name!r} parameter of {type(branch).__name__} must be one of "
            f"{', '.join(map(repr, options))}. Got {value!r} instead."
        )


def finish(branch, x, name, units="of branch"):
    """Dropout, then an optional dense layer: the tail that all branches share.

    Parameters
    ----------
    branch : Branch
        Has ``units``, ``activation``, ``dropout``, ``l1`` and ``l2``.
    x : KerasTensor of shape (None, width) or (None, n_features, width)
        What the branch has built.
    name : str
        Prefix of the layers' names.
    units : int or None, optional
        Width of the dense layer; that of the branch where it is not given.

    Returns
    -------
    KerasTensor
    """
    units = branch.units if units == "of branch" else units
    if units:
        if len(x.shape) > 2:
            x = keras.layers.Flatten(name=f"{name}_flat")(x)
        x = keras.layers.Dense(
            units,
            activation=branch.activation,
            kernel_regularizer=make_penalty(branch.l1, branch.l2),
            name=f"{name}_units",
        )(x)
    if branch.dropout:
        x = HashDropout(branch.dropout, seed=0, name=f"{name}_dropout")(x)
    return x


def make_penalty(l1: float, l2: float) -> keras.regularizers.L1L2 | None:
    """Return the penalty on a kernel, or None if both strengths are 0."""
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
