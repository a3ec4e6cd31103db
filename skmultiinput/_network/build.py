"""Assemble the network: inputs, branches, fusion, a shared trunk with members, a head."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._checks import with_builtin_params
from skmultiinput._layers.member_layers import MemberHeads, MemberMean, MemberScale
from skmultiinput._layers.numeric_layers import HashDropout
from skmultiinput._layers.sequence_layers import LastChannel
from skmultiinput._layers.token_layers import TokenMask
from skmultiinput._network.config import NetworkConfig
from skmultiinput.branches._branch import (
    Branch,
    BranchInput,
    BranchOutput,
    layer_prefix,
    make_penalty,
)
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.fusion._fusion import ConcatFusion, stand_in

# The layer whose input are the outputs before their activation, and whose output is the prediction.
PREDICTION = "prediction"


def rounded_size(size):
    """Round the size of a vocabulary up, so that folds of one table share an architecture.

    Parameters
    ----------
    size : int
        Number of symbols.

    Returns
    -------
    int
        The next of eight steps per power of two; at most an eighth is wasted.

    Examples
    --------
    >>> [rounded_size(n) for n in (3, 9, 17, 1000, 1001)]
    [8, 9, 18, 1024, 1024]
    """
    if size <= 8:
        return 8
    step = 1 << max(0, (size - 1).bit_length() - 4)
    return -(-size // step) * step


def build_network(
    specs: Sequence[InputSpec],
    branches: Mapping[str, Branch],
    config: NetworkConfig,
    fusion: Any = None,
) -> keras.Model:
    """Assemble a network.

    Parameters
    ----------
    specs : sequence of InputSpec
        The inputs.
    branches : dict of {str: Branch}
        The branch of each input, by the input's name.
    config : NetworkConfig
        What follows the fusion.
    fusion : fusion object, optional
        Makes one tensor of the branches' outputs; `ConcatFusion` by default.

    Returns
    -------
    keras.Model
        Takes a dict of arrays by input name and returns predictions (n_samples, n_outputs): the
        mean over the members. The last layer is called "prediction"; its input are the outputs
        before the activation, (n_samples, n_outputs), with members (n_samples, n_members,
        n_outputs).
    """
    fusion = with_builtin_params(fusion or ConcatFusion())
    n_outputs, n_members = config.n_outputs, config.n_members
    groups = {spec.name: branch_input(spec, n_outputs) for spec in specs}
    inputs = {name: group.tensor for name, group in groups.items()}
    outputs = {}
    for name, group in groups.items():
        output = with_builtin_params(branches[name]).build(group)
        outputs[name] = output if isinstance(output, BranchOutput) else BranchOutput([output])
    outputs = stand_in(groups, outputs, getattr(fusion, "modality_dropout", 0.0))
    views = (
        fusion.views({spec.name: spec.kind for spec in specs}) if hasattr(fusion, "views") else {}
    )
    trunks: dict[str, dict] = {}
    paths = []
    for name, output in outputs.items():
        for i, x in enumerate(output.features):
            trunk = trunks.setdefault(views.get(name, ""), {})
            trunk[f"{name}_{i}" if i else name] = x
        if output.logits is not None:
            paths.append(output.logits)
    with_members = bool(trunks) and n_members > 1
    logits = []
    for view, features in trunks.items():
        x, chunks = fusion.build(features)
        if with_members:
            # Embedded numbers may change sign and size freely; plain ones only their sign.
            start = "normal" if any(width > 1 for width in chunks) else "signs"
            x = MemberScale(n_members, chunks, start, name=f"{view}members")(x)
        x = _trunk(x, view, config)
        head = (
            MemberHeads(n_members, n_outputs, name=f"{view}head")
            if with_members
            else keras.layers.Dense(n_outputs, name=f"{view}head")
        )
        logits.append(head(x))
    for i, path in enumerate(paths):
        same_for_all = keras.layers.Reshape((1, n_outputs), name=f"path_{i}")
        logits.append(same_for_all(path) if with_members else path)
    x = logits[0] if len(logits) == 1 else keras.layers.Add(name="logits")(logits)
    last = MemberMean if with_members else keras.layers.Activation
    return keras.Model(
        inputs, last(config.output_activation, name=PREDICTION)(x), name="multi_input"
    )


def _trunk(x: keras.KerasTensor, view: str, config: NetworkConfig) -> keras.KerasTensor:
    """Stack the dense layers that all members share."""
    for i, units in enumerate(config.hidden_units):
        x = keras.layers.Dense(
            units,
            activation=config.activation,
            kernel_regularizer=make_penalty(config.l1, config.l2),
            name=f"{view}hidden_{i}",
        )(x)
        if config.dropout:
            x = HashDropout(config.dropout, seed=0, name=f"{view}dropout_{i}")(x)
    return x


def branch_input(spec, n_outputs):
    """Make the symbolic input that a branch builds on.

    Parameters
    ----------
    spec : InputSpec
        The input as read from the frame.
    n_outputs : int
        Number of outputs of the head.

    Returns
    -------
    BranchInput
    """
    dtype = "int32" if spec.categories else "float32"
    tensor = keras.Input(spec.shape, dtype=dtype, name=spec.name)
    prefix = layer_prefix(spec.name)
    reader = {"tokens": TokenMask, "sequence": LastChannel}.get(spec.kind)
    return BranchInput(
        name=prefix,
        kind=spec.kind,
        tensor=tensor,
        shape=spec.shape,
        vocabulary_sizes=tuple(rounded_size(size + 1) for size in spec.vocabulary_sizes),
        binary=spec.binary,
        n_outputs=n_outputs,
        mask=None if reader is None else reader(name=f"{prefix}_mask")(tensor),
    )


def reseed(model, rng):
    """Draw all weights and the starts of all random layers again, from one generator.

    Keras draws them from process-wide seeds; this gives each initializer a seed of its own and
    leaves everything else alone. It follows the convention of Keras's layers that the initializer
    of a weight ``kernel`` is the layer's attribute ``kernel_initializer``.

    Parameters
    ----------
    model : keras.Model
        A built model; its weights are set in place.
    rng : numpy.random.Generator
        Source of the seeds.
    """
    seen = set()
    for layer in _leaves(model):
        for variable in layer.trainable_variables:
            initializer = _initializer(layer, variable.name)
            if id(variable) in seen or not hasattr(initializer, "seed"):
                continue
            seen.add(id(variable))
            config = {**initializer.get_config(), "seed": int(rng.integers(2**31))}
            fresh = type(initializer).from_config(config)
            variable.assign(fresh(tuple(variable.shape), variable.dtype))
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state") and id(variable) not in seen:
            seen.add(id(variable))
            start = rng.integers(2**31, size=tuple(variable.shape)).astype("uint32")
            start[1:] = 0
            variable.assign(start)


def _initializer(layer, name):
    """Keras's own names: ``kernel_initializer``, but ``recurrent_initializer`` for its kernel."""
    own = getattr(layer, f"{name}_initializer", None)
    return own or getattr(layer, f"{name.removesuffix('_kernel')}_initializer", None)


def _leaves(layer):
    """All layers below, each before the layer that contains it."""
    for inner in getattr(layer, "_layers", None) or getattr(layer, "layers", ()):
        yield from _leaves(inner)
    yield layer


def keeps_constants(model):
    """Whether a layer keeps what it learns outside of its variables, as some of Keras's own do.

    Compiled code then is for this network alone.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    bool

    Examples
    --------
    >>> x = keras.Input((2,))
    >>> keeps_constants(keras.Model(x, keras.layers.Normalization()(x)))
    True
    >>> keeps_constants(keras.Model(x, keras.layers.Dense(1)(x)))
    False
    """
    return any(hasattr(layer, "finalize_state") for layer in _leaves(model))


def architecture(
    specs: Sequence[InputSpec],
    branches: Mapping[str, Branch],
    config: NetworkConfig,
    fusion: Any = None,
) -> tuple:
    """Everything that `build_network` builds into the graph, as a value to compare and hash.

    Parameters
    ----------
    specs, branches, config, fusion
        As for `build_network`.

    Returns
    -------
    tuple
        Of plain values. The classes of branches and fusion are part of it, so that a class that
        is defined again does not meet the network of its predecessor.
    """
    parts: list = []
    for spec in specs:
        branch = with_builtin_params(branches[spec.name])
        sizes = tuple(rounded_size(size + 1) for size in spec.vocabulary_sizes)
        parts.append((spec.name, spec.kind, spec.shape, sizes, spec.binary))
        parts.append((type(branch), _plain(branch.architecture_key())))
    fusion = with_builtin_params(fusion or ConcatFusion())
    parts.append((type(fusion), _plain(fusion.get_params())))
    parts.append(_plain(vars(config)))
    return tuple(parts)


def _plain(value):
    if isinstance(value, dict):
        return tuple((key, _plain(value[key])) for key in sorted(value))
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(_plain(item) for item in value)
    if isinstance(value, (str, int, float, bool, type(None), np.generic)):
        return value
    return repr(value) if not callable(value) else value
