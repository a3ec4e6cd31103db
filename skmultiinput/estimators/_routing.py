"""Parameters of the estimators: their names, and where they are routed."""

import copy
import inspect
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import keras

from skmultiinput._checks import routed, suggest, without_addresses
from skmultiinput.branches._branch import Branch
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec

# First parts of routed names that SciKeras knows; everything else before ``__`` is a column group.
PREFIXES = ("model", "fit", "compile", "predict", "optimizer", "loss", "metrics", "callbacks")
# What ``fit__`` and ``predict__`` may set: the parameters of the same name.
FIT_NAMES = ("batch_size", "epochs", "verbose", "callbacks")
# Parameters that are objects, whose own parameters are routed to them.
_OBJECTS = ("model", "metrics", "callbacks", "sampler", "fusion")


def refuse_fit_arguments(unknown: Mapping[str, Any], owner: str, params: list[str]) -> None:
    """Raise TypeError for arguments that `fit` does not take, naming the parameter to use."""
    for name, value in unknown.items():
        if name in ("validation_data", "eval_set"):
            advice = "Pass the validation rows as fit(X, y, X_val=..., y_val=...)."
        elif name == "validation_split":
            advice = f"Set {owner}(validation_fraction={value!r}) instead."
        elif name in params:
            advice = f"Set {owner}({name}={value!r}) or set_params({name}={value!r}) instead."
        else:
            advice = "Parameters of training are set in the constructor."
        raise TypeError(f"{owner}.fit() got an unexpected keyword argument {name!r}. {advice}")


def refuse_partial_fit_arguments(unknown: Mapping[str, Any], owner: str) -> None:
    """Raise TypeError for arguments that `partial_fit` does not take."""
    for name in unknown:
        raise TypeError(
            f"Invalid argument {name!r} of {owner}.partial_fit(), which always trains one epoch. "
            "Parameters of training are set in the constructor."
        )


def check_routes(params: dict[str, Any], owner: str) -> None:
    """Refuse routed parameters that nothing would read, among all parameters of an estimator."""
    for prefix, names in {"fit": FIT_NAMES, "predict": ("batch_size", "verbose")}.items():
        for name in routed(params, prefix):
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {prefix}__{name} for {owner}{suggest(name, names)} "
                    f"Expected one of {[f'{prefix}__{n}' for n in names]}."
                )
    for name in params:
        head, separator, _ = name.partition("__")
        if separator and head in ("compile", "branches"):
            raise ValueError(
                f"Invalid parameter {name} for {owner}: there is nothing it would set."
            )
        if separator and head in _OBJECTS and params.get(head) is None:
            raise ValueError(
                f"Invalid parameter {name} for {owner}: it would set a parameter of {head!r}, "
                f"which is None."
            )


def check_units(units: Any) -> tuple[int, ...]:
    """Return the widths of layers as a tuple of int; raise if one is no positive whole number.

    Examples
    --------
    >>> check_units([64, 32])
    (64, 32)
    """
    for width in units:
        if not isinstance(width, Integral) or isinstance(width, bool) or width < 1:
            raise ValueError(
                "The 'hidden_units' parameter must hold whole numbers of at least 1, one per "
                f"layer. Got {width!r} in {units!r}."
            )
    return tuple(int(width) for width in units)


def check_activation(activation: Any, name: str = "activation") -> Any:
    """Return the activation; raise if Keras cannot have it. `name` is that of the parameter."""
    if isinstance(activation, str):
        try:
            keras.activations.get(activation)
        except ValueError:
            known = [n for n in dir(keras.activations) if n.islower() and not n.startswith("_")]
            raise ValueError(
                f"Unknown activation {activation!r}{suggest(activation, known)} The {name!r} "
                "parameter must be a name known to Keras or a function."
            ) from None
    elif activation is not None and not (
        inspect.isfunction(activation)
        or (hasattr(activation, "get_config") and not inspect.isclass(activation))
    ):
        # Keras stores a function by its name, anything else by its configuration.
        raise TypeError(
            f"The {name!r} parameter must be a name known to Keras, a function or a Keras layer. "
            f"Got {without_addresses(repr(activation))}; call it in a function of your own: "
            "def activation(x): ..."
        )
    return activation


def assemble_branches(
    branches: str | list[tuple[str, Branch]],
    groups: ColumnGroups,
    params: dict[str, Any],
    default: Callable[[InputSpec], Branch],
    owner: str,
) -> dict[str, Branch]:
    """Give every input its branch, with the parameters routed to its group.

    The branches are copies: those given by group, else what `default` makes for the input. From all
    parameters of the estimator, those named ``group__parameter`` are applied. A group that is not
    in X, and an unknown parameter, raise ValueError.
    """
    given = {} if isinstance(branches, str) else _by_group(branches)
    names = groups.groups
    for group in given:
        if group not in names:
            raise ValueError(
                f"branches names the column group {group!r}, which is not in X"
                f"{suggest(group, names)} The groups of X are {names}."
            )
    options = _params_by_group(params, names, owner)
    assembled: dict[str, Branch] = {}
    for spec in groups.inputs:
        branch = copy.deepcopy(given[spec.group]) if spec.group in given else default(spec)
        known = branch.get_params()
        for parameter, value in options.get(spec.group, {}).items():
            if parameter not in known:
                raise ValueError(
                    f"Invalid parameter {spec.group}__{parameter} for {owner}: "
                    f"{type(branch).__name__} has no parameter {parameter!r}"
                    f"{suggest(parameter, known)} It has {sorted(known)}."
                )
            branch.set_params(**{parameter: value})
        if "activation" in known:
            check_activation(branch.get_params()["activation"], f"{spec.group}__activation")
        assembled[spec.name] = branch
    return assembled


def _params_by_group(
    params: dict[str, Any], groups: list[str], owner: str
) -> dict[str, dict[str, Any]]:
    """Return the parameters named ``group__parameter`` by group; refuse those of other groups."""
    by_group: dict[str, dict[str, Any]] = {}
    for name, value in params.items():
        group, separator, parameter = name.partition("__")
        if not separator or group in PREFIXES or group in ("sampler", "fusion", "branches"):
            continue
        if group not in groups:
            raise ValueError(
                f"Invalid parameter {name!r} for {owner}: there is no column group {group!r} in X"
                f"{suggest(group, [*groups, *PREFIXES])} The groups of X are {groups}."
            )
        by_group.setdefault(group, {})[parameter] = value
    return by_group


def _by_group(branches: list[tuple[str, Branch]]) -> dict[str, Branch]:
    by_group: dict[str, Branch] = {}
    for entry in branches:
        if not isinstance(entry, (tuple, list)) or len(entry) != 2 or not _is_branch(entry[1]):
            raise ValueError(
                "The 'branches' parameter must be 'auto' or a list of (name of a column group, "
                f"branch) pairs, such as [('text', RecurrentBranch())]. Got {entry!r} in it."
            )
        if entry[0] in by_group:
            raise ValueError(f"branches names the column group {entry[0]!r} twice.")
        by_group[entry[0]] = entry[1]
    return by_group


def _is_branch(value: Any) -> bool:
    return hasattr(value, "build") and hasattr(value, "get_params") and not inspect.isclass(value)
