"""The base of all branches, and what they share."""

import re
import zlib
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
from keras import KerasTensor
from sklearn.base import BaseEstimator

from skmultiinput._compat import Interval
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput._layers.initializers import glorot
from skmultiinput.frame._column_groups import PAD
from skmultiinput.frame._input_spec import InputSpec

# Constraints of the parameters that branches share.
POSITIVE = Interval(Integral, 1, None, closed="left")
SHARE = Interval(Real, 0, 1, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
TAIL: dict[str, list[Any]] = {
    "units": [Interval(Integral, 0, None, closed="left"), None],
    "activation": [str, callable, None],
    "dropout": [SHARE],
    "l1": [NOT_NEGATIVE],
    "l2": [NOT_NEGATIVE],
}
# What Keras's own layers learn in ``adapt`` unless it is passed to their constructor.
_PASSED_IN = ("bin_boundaries", "input_mean")


@dataclass(frozen=True)
class BranchInput:
    """What a branch knows of the input that it reads.

    All of this is part of the architecture: two tables with equal entries share one compiled
    network. Whatever else depends on the data is set later, by `Branch.adapt`.

    Attributes
    ----------
    name : str
        Name of the input.
    prefix : str
        Prefix for the names of the branch's layers, such as ``"numeric>"``. No other input's
        layers have it.
    kind : str
        Kind of the columns.
    tensor : keras.KerasTensor of shape (None, *shape)
        The input: float32 measurements or int32 codes.
    shape : tuple of int
        Shape of one row.
    vocabulary_sizes : tuple of int
        Number of levels per vocabulary, rounded up.
    binary : tuple of bool
        For numeric inputs, per feature, whether only 0 and 1 were seen.
    n_outputs : int
        Number of outputs of the network's head.
    mask : keras.KerasTensor of shape (None, length), optional
        For tokens and sequences, 1 for tokens and observed steps, 0 for padding.
    has_missing : bool
        For numeric inputs, whether numbers may be NaN; only for branches with ``allow_nan``.

    See Also
    --------
    Branch : The base class, with an example.
    """

    name: str
    prefix: str
    kind: str
    tensor: KerasTensor
    shape: tuple[int, ...]
    vocabulary_sizes: tuple[int, ...] = ()
    binary: tuple[bool, ...] = ()
    n_outputs: int = 1
    mask: KerasTensor | None = None
    has_missing: bool = False


@dataclass
class BranchOutput:
    """Output of a branch that is more than one tensor of features.

    Attributes
    ----------
    features : list of KerasTensor
        Each of shape (None, width) or (None, n_features, width).
    logits : KerasTensor of shape (None, n_outputs), optional
        Added to the outputs before their activation: a linear path around the network.
    numbers : KerasTensor of shape (None, n_features), optional
        Numbers from which, with those of the other branches, a linear model predicts beside the
        network; none may be missing.

    See Also
    --------
    Branch : The base class, with an example.
    """

    features: list[KerasTensor] = field(default_factory=list)
    logits: KerasTensor | None = None
    numbers: KerasTensor | None = None


class Branch(BaseEstimator):
    """Base class of all branches. To write your own, define ``build``.

    Attributes
    ----------
    allow_nan : bool
        Whether ``build`` takes missing numbers into account. Where some are, other branches are
        refused, since one NaN would make all predictions NaN.

    See Also
    --------
    NumericBranch : The branch of numbers, to read as an example.
    skmultiinput.estimators.MultiInputClassifier : Takes branches by group.

    Examples
    --------
    >>> class Squared(Branch):
    ...     def __init__(self, units=8):
    ...         self.units = units
    ...
    ...     def build(self, group):
    ...         dense = keras.layers.Dense(self.units, name=f"{group.prefix}dense")
    ...         return dense(group.tensor**2)
    >>> Squared().get_params()
    {'units': 8}
    """

    _parameter_constraints: dict[str, list[Any]] = {}
    allow_nan = False

    def build(self, group: BranchInput) -> KerasTensor | BranchOutput:
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

    def adapt(
        self,
        model: keras.Model,
        spec: InputSpec,
        values: np.ndarray,
        target: np.ndarray | None = None,
    ) -> None:
        """Set what depends on the data, after the network is built and before it is trained.

        Parameters
        ----------
        model : keras.Model
            The network.
        spec : InputSpec
            The input, with its vocabulary.
        values : ndarray of shape (n_samples, *spec.shape)
            The training rows.
        target : ndarray of shape (n_samples, n_outputs) or (n_samples,), optional
            The outputs they should have: 0 or 1, or standardised numbers; for three or more
            classes the code of the output that should be 1.
        """
        for layer in layers_behind(model, spec.name):
            passed_in = any(getattr(layer, name, None) is not None for name in _PASSED_IN)
            if hasattr(layer, "adapt") and not passed_in:
                layer.adapt(values)
            if hasattr(layer, "set_padding"):
                vocabulary = spec.categories[0]
                layer.set_padding(vocabulary.get_loc(PAD) if PAD in vocabulary else -1)

    def architecture_key(self) -> dict[str, Any]:
        """Return the parameters that are built into the network."""
        return self.get_params()


def layers_behind(model: keras.Model, name: str) -> list[keras.layers.Layer]:
    """Return the layers that read the input `name` and nothing else."""
    return [
        layer
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
        and isinstance(getattr(layer, "input", None), KerasTensor)
        and layer.input.name == name
    ]


# No input has this character in its name, and all layers that the package makes do.
SEPARATOR = ">"
# Prefix of the layers that belong to no input.
TRUNK = f"network{SEPARATOR}"


def layer_prefix(name: str) -> str:
    """Return the prefix of the names of an input's layers, in characters that all backends take.

    Examples
    --------
    >>> layer_prefix("text__review"), layer_prefix("text__Review Text")
    ('text__review>', 'text__Review_Text_28dc4918>')
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    prefix = f"{plain}{SEPARATOR}"
    if plain != name or not plain[:1].isalnum() or prefix == TRUNK:
        # A checksum tells names apart that look alike now.
        checksum = zlib.crc32(name.encode("utf-8", "surrogatepass"))
        prefix = f"{plain.lstrip('_.-') or 'input'}_{checksum:08x}{SEPARATOR}"
    return prefix


def check_kind(branch: Branch, group: BranchInput, *kinds: str) -> None:
    """Raise a ValueError that names the input if the branch cannot read its kind."""
    if group.kind not in kinds:
        raise ValueError(
            f"{type(branch).__name__} reads {' or '.join(map(repr, kinds))} columns, but the "
            f"columns of {group.name!r} are of kind {group.kind!r}."
        )


def check_missing(branch: Branch, spec: InputSpec) -> None:
    """Raise a ValueError that names the columns if the branch cannot read missing numbers."""
    if spec.has_missing and not branch.allow_nan:
        flagged = zip(spec.features, spec.missing, strict=True)
        names = [name for name, is_missing in flagged if is_missing]
        raise ValueError(
            f"{type(branch).__name__} does not read missing numbers, but {names[:5]} of "
            f"{spec.name!r} contain NaN. Impute them first, e.g. with SimpleImputer or "
            "make_preprocessor(); a branch whose build takes BranchInput.has_missing into account "
            "says so by allow_nan = True in its class."
        )


def make_penalty(l1: float, l2: float) -> keras.regularizers.L1L2 | None:
    """Return the penalty on a kernel, or None if both strengths are 0."""
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


def finish(branch: Any, x: KerasTensor, prefix: str) -> KerasTensor:
    """Apply an optional dense layer, then dropout: the tail that most branches share.

    The input is (None, width) or (None, n_features, width); the layers' names begin with `prefix`.
    """
    if branch.units:
        if len(x.shape) > 2:
            x = keras.layers.Flatten(data_format="channels_last", name=f"{prefix}flat")(x)
        x = keras.layers.Dense(
            branch.units,
            activation=branch.activation,
            kernel_regularizer=make_penalty(branch.l1, branch.l2),
            name=f"{prefix}units",
            kernel_initializer=glorot(),
        )(x)
    if branch.dropout:
        x = HashDropout(branch.dropout, seed=0, name=f"{prefix}dropout")(x)
    return x
