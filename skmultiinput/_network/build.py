"""Assemble the network: inputs, branches, fusion, a shared trunk with members, a head."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import keras

from skmultiinput._checks import with_builtin_params
from skmultiinput._compat import validate_parameter_constraints
from skmultiinput._fingerprint import NoFingerprintError, fingerprint
from skmultiinput._keras.processes import prepare_process
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput._layers.initializers import glorot
from skmultiinput._layers.member_layers import MemberHeads, MemberMean, MemberScale
from skmultiinput._layers.plain_numbers import LinearPath
from skmultiinput._layers.sequence_layers import LastChannel
from skmultiinput._layers.token_layers import TokenMask
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.copying import name_lambdas
from skmultiinput.branches._branch import (
    SEPARATOR,
    TRUNK,
    Branch,
    BranchInput,
    BranchOutput,
    check_missing,
    layer_prefix,
    make_penalty,
)
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.fusion._absent_inputs import replace_absent
from skmultiinput.fusion._concat_fusion import ConcatFusion
from skmultiinput.fusion._fusion import concatenate

# Name of the layer whose input are the outputs before their activation, and whose output is the
# prediction.
PREDICTION = f"{TRUNK}prediction"
# Name of the layer that predicts linearly from numbers, beside the rest of the network.
LINEAR = f"{TRUNK}linear"


def rounded_size(size: int) -> int:
    """Round the size of a vocabulary up, so that folds of one table share an architecture.

    There are eight steps per power of two: at most an eighth is wasted.

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
    """Assemble a network that maps a dict of arrays by input name to predictions.

    Each input has its branch, by name. The predictions, (n_samples, n_outputs), are the mean over
    the members. The input of the last layer, `PREDICTION`, are the outputs before the activation,
    with members (n_samples, n_members, n_outputs). Under half precision, heads and outputs are in
    single precision.
    """
    prepare_process()
    for spec in specs:
        _check_parameters(branches[spec.name])
        check_missing(branches[spec.name], spec)
    fusion = with_builtin_params(fusion or ConcatFusion())
    _check_parameters(fusion)
    groups = {spec.name: branch_input(spec, config.n_outputs) for spec in specs}
    outputs = {}
    for name, group in groups.items():
        output = with_builtin_params(branches[name]).build(group)
        outputs[name] = output if isinstance(output, BranchOutput) else BranchOutput([output])
    outputs = replace_absent(groups, outputs, getattr(fusion, "modality_dropout", 0.0))
    trunks = _features_by_trunk(groups, outputs, fusion)
    with_members = bool(trunks) and config.n_members > 1
    logits = [
        _trunk(prefix, fusion.build(features), config, with_members)
        for prefix, features in trunks.items()
    ]
    logits += _logits_of_paths(groups, outputs, config, with_members)
    dtype = _output_dtype()
    total = keras.layers.Add(dtype=dtype, name=f"{TRUNK}logits")
    x = logits[0] if len(logits) == 1 else total(logits)
    last = MemberMean if with_members else keras.layers.Activation
    prediction = last(config.output_activation, dtype=dtype, name=PREDICTION)(x)
    inputs = {name: group.tensor for name, group in groups.items()}
    model = keras.Model(inputs, prediction, name="multi_input")
    name_lambdas(model)
    return model


def _features_by_trunk(
    groups: dict[str, BranchInput], outputs: dict[str, BranchOutput], fusion: Any
) -> dict[str, dict[str, keras.KerasTensor]]:
    """Return the features that each trunk reads, by the prefix of its layers: one, or several."""
    kinds = {name: group.kind for name, group in groups.items()}
    views = fusion.views(kinds) if hasattr(fusion, "views") else {}
    trunks: dict[str, dict[str, keras.KerasTensor]] = {}
    for name, output in outputs.items():
        for i, x in enumerate(output.features):
            trunk = trunks.setdefault(views.get(name, TRUNK), {})
            trunk[f"{name}{SEPARATOR}{i}" if i else name] = x
    return trunks


def _logits_of_paths(
    groups: dict[str, BranchInput],
    outputs: dict[str, BranchOutput],
    config: NetworkConfig,
    with_members: bool,
) -> list[keras.KerasTensor]:
    """Return what the paths around the trunks add to the logits: of branches, and of numbers."""
    dtype = _output_dtype()
    paths = {groups[n].prefix: out.logits for n, out in outputs.items() if out.logits is not None}
    numbers = [output.numbers for output in outputs.values() if output.numbers is not None]
    if numbers:
        x = concatenate(numbers, f"{TRUNK}numbers")
        paths[f"{LINEAR}_"] = LinearPath(config.n_outputs, dtype=dtype, name=LINEAR)(x)
    shape = (1, config.n_outputs) if with_members else (config.n_outputs,)
    return [
        keras.layers.Reshape(shape, dtype=dtype, name=f"{prefix}logits")(path)
        for prefix, path in paths.items()
    ]


def _check_parameters(part: Any) -> None:
    """Check the parameters of a branch or a fusion by its constraints, as scikit-learn does."""
    constraints = getattr(part, "_parameter_constraints", {})
    validate_parameter_constraints(constraints, part.get_params(deep=False), type(part).__name__)


def _output_dtype() -> str:
    """Dtype of the outputs: half precision would spoil probabilities and losses."""
    return "float64" if keras.config.dtype_policy().compute_dtype == "float64" else "float32"


def _trunk(
    prefix: str,
    fused: tuple[keras.KerasTensor, list[int]],
    config: NetworkConfig,
    with_members: bool,
) -> keras.KerasTensor:
    """Stack the layers behind the fusion: members, dense layers that they share, heads."""
    x, chunks = fused
    if with_members:
        # Embedded numbers may change sign and size freely; plain ones only their sign.
        distribution = "normal" if any(width > 1 for width in chunks) else "signs"
        scale = MemberScale(config.n_members, chunks, distribution, name=f"{prefix}members")
        x = scale(x)
    for i, units in enumerate(config.hidden_units):
        x = keras.layers.Dense(
            units,
            activation=config.activation,
            kernel_regularizer=make_penalty(config.l1, config.l2),
            name=f"{prefix}hidden_{i}",
            kernel_initializer=glorot(),
        )(x)
        if config.dropout:
            x = HashDropout(config.dropout, seed=0, name=f"{prefix}dropout_{i}")(x)
    options: dict[str, Any] = {"dtype": _output_dtype(), "name": f"{prefix}head"}
    if with_members:
        return MemberHeads(config.n_members, config.n_outputs, **options)(x)
    return keras.layers.Dense(config.n_outputs, **options, kernel_initializer=glorot())(x)


def branch_input(spec: InputSpec, n_outputs: int) -> BranchInput:
    """Make the symbolic input that a branch builds on."""
    dtype = "int32" if spec.categories else "float32"
    tensor = keras.Input(spec.shape, dtype=dtype, name=spec.name)
    prefix = layer_prefix(spec.name)
    mask_layer = {"tokens": TokenMask, "sequence": LastChannel}.get(spec.kind)
    return BranchInput(
        name=spec.name,
        prefix=prefix,
        kind=spec.kind,
        tensor=tensor,
        shape=spec.shape,
        vocabulary_sizes=tuple(rounded_size(size + 1) for size in spec.vocabulary_sizes),
        binary=spec.binary,
        n_outputs=n_outputs,
        mask=None if mask_layer is None else mask_layer(name=f"{prefix}mask")(tensor),
        has_missing=spec.has_missing,
    )


def architecture(
    specs: Sequence[InputSpec],
    branches: Mapping[str, Branch],
    config: NetworkConfig,
    fusion: Any = None,
) -> tuple | None:
    """Return everything that `build_network` builds into the graph, as a value to compare and hash.

    Classes and functions are part of it, so that one that is defined again does not share the
    network of its predecessor. None if a parameter's behaviour cannot be read from its content.
    """
    fusion = with_builtin_params(fusion or ConcatFusion())
    parts: list = [keras.config.dtype_policy().name]
    try:
        for spec in specs:
            branch = with_builtin_params(branches[spec.name])
            sizes = tuple(rounded_size(size + 1) for size in spec.vocabulary_sizes)
            parts.append((spec.name, spec.kind, spec.shape, sizes, spec.binary, spec.has_missing))
            parts += [type(branch), _comparable(branch.architecture_key())]
        parts += [type(fusion), _comparable(fusion.get_params()), _comparable(vars(config))]
    except NoFingerprintError:
        return None
    return tuple(parts)


def _comparable(value: Any) -> Any:
    """Return a value that can be compared and hashed: functions themselves, others by content."""
    if isinstance(value, dict):
        return tuple((key, _comparable(value[key])) for key in sorted(value))
    if isinstance(value, (list, tuple)):
        return tuple(map(_comparable, value))
    return value if callable(value) and isinstance(value, Hashable) else fingerprint(value)
