"""Networks that the user builds: the ``model=`` parameter."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from skmultiinput._compat import compiled_with
from skmultiinput._keras.processes import prepare_process
from skmultiinput._network.copying import copy_network, copy_optimizer
from skmultiinput.frame._input_spec import InputSpec

# Methods of a network that Keras calls in training; a network that overrides one is trained by
# Keras itself.
_TRAINING_METHODS = ("fit", "train_step", "test_step", "compute_loss", "compute_metrics")


def build_user_network(
    model: Any,
    arguments: Mapping[str, Any],
    offered: Mapping[str, Callable[[], Any]],
    specs: Sequence[InputSpec],
    widths: Sequence[int] | None,
    *,
    n_outputs: int = 1,
    by_order: bool = False,
) -> keras.Model:
    """Build the network that ``model=`` describes, with a dict of inputs, one per entry of `specs`.

    `model` is a function that returns a network, or a network, of which a copy is made. The
    function gets the `arguments`, and of those `offered`, each made by a call, the ones that it has
    a parameter for. `widths` are those that the target can be learned with, None for any. With
    `by_order`, inputs of other names are matched by their order. What does not fit raises TypeError
    or ValueError.
    """
    prepare_process()
    if isinstance(model, keras.Model):
        # Only a Sequential may get its inputs later; Keras cannot copy other networks without any.
        copyable = isinstance(model, keras.Sequential) or getattr(model, "inputs", None)
        network = _copied(model) if copyable else model
    elif callable(model):
        network = model(**_arguments(model, arguments, offered))
    else:
        raise TypeError(
            "``model`` must be a function that returns a keras.Model, or a "
            f"keras.Model. Got {model!r} instead."
        )
    if isinstance(network, keras.Sequential) and not network.built and len(specs) == 1:
        network.build((None, *specs[0].shape))
    if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
        raise ValueError(
            "The 'model' parameter must give a functional keras.Model with one keras.Input per "
            f"column group. Got {type(network).__name__}."
        )
    inputs = _matched_inputs(network, specs, by_order)
    output = _checked_output(network, widths, n_outputs)
    structure = _structure(network)
    as_is = (
        isinstance(structure, dict)
        and (n_outputs > 1 or not keras.tree.is_nested(network.output))
        and all(name == tensor.name for name, tensor in structure.items())
        and set(structure) == set(inputs)
    )
    return network if as_is else _rebuilt(network, inputs, output)


def trains_by_itself(network: keras.Model) -> bool:
    """Return whether a network has to be trained by Keras, as it was compiled.

    It overrides a part of Keras's training, or has several outputs.
    """
    return bool(_overridden(network)) or len(network.outputs) > 1


def _overridden(network: keras.Model) -> list[str]:
    """Return the names of what Keras calls while it trains that a network has its own of."""
    kind = type(network)
    return [n for n in _TRAINING_METHODS if getattr(kind, n) is not getattr(keras.Model, n)]


def _copied(model: keras.Model) -> keras.Model:
    network = copy_network(model)
    if _overridden(model) and type(network) is not type(model):
        raise ValueError(
            f"Keras cannot copy a {type(model).__name__}, which has a constructor of its own. Pass "
            "a function that builds it as 'model'."
        )
    network.set_weights(model.get_weights())
    if model.compiled:
        network.compile(**{**compiled_with(model), "optimizer": copy_optimizer(model.optimizer)})
    return network


def _structure(network: keras.Model) -> Any:
    """Return the inputs as the network was built with: a tensor, a list or a dict."""
    return network.inputs[0] if isinstance(network, keras.Sequential) else network.input


def _matched_inputs(
    network: keras.Model, specs: Sequence[InputSpec], by_order: bool
) -> dict[str, keras.KerasTensor]:
    """Return the inputs of a network by the names of the inputs that the columns form."""
    structure = _structure(network)
    if isinstance(structure, dict):
        inputs = dict(structure)
    else:
        inputs = {tensor.name: tensor for tensor in network.inputs}
    specs_by_name = {spec.name: spec for spec in specs}
    if set(inputs) != set(specs_by_name):
        if len(inputs) != len(specs) or not (len(specs) == 1 or by_order):
            raise ValueError(
                f"The network has the inputs {sorted(inputs)}, but the columns of X form the "
                f"inputs {sorted(specs_by_name)}. Name one keras.Input after each of these."
            )
        inputs = dict(zip(specs_by_name, inputs.values(), strict=True))
    for name, spec in specs_by_name.items():
        shape = tuple(inputs[name].shape[1:])
        fits = len(shape) == len(spec.shape) and all(
            size in (None, width) for size, width in zip(shape, spec.shape, strict=True)
        )
        if not fits:
            raise ValueError(
                f"The network's input {inputs[name].name!r} has shape {shape} per row, but the "
                f"columns of X give {tuple(spec.shape)}."
            )
    return inputs


def _checked_output(network: keras.Model, widths: Sequence[int] | None, n_outputs: int) -> Any:
    """Return the output of a network, several in the structure that they have."""
    shapes = [tuple(output.shape) for output in network.outputs]
    if len(shapes) == n_outputs > 1:
        return network.output
    single = n_outputs == 1 == len(shapes) and len(shapes[0]) == 2
    if not single or (widths is not None and shapes[0][1] not in widths):
        needed = "" if widths is None else f" of width {' or '.join(map(str, widths))}"
        count = "one output" if n_outputs == 1 else f"{n_outputs} outputs"
        raise ValueError(
            f"The network has outputs of shape {shapes}, but this target needs {count}{needed}."
        )
    return network.outputs[0]


def _rebuilt(
    network: keras.Model, inputs: dict[str, keras.KerasTensor], output: Any
) -> keras.Model:
    """Return a network of the same layers whose inputs are a dict."""
    kind, overridden = keras.Model, _overridden(network)
    if overridden:
        kind, is_sequential = type(network), isinstance(network, keras.Sequential)
        if is_sequential or "__init__" in vars(kind):
            derive = "Derive it from keras.Model and build" if is_sequential else "Build"
            raise ValueError(
                f"{kind.__name__} overrides {', '.join(overridden)} of Keras's training and "
                f"cannot be given other inputs. {derive} it with the inputs "
                f"{{{', '.join(f'{n!r}: keras.Input(..., name={n!r})' for n in inputs)}}} and one "
                "output that is not in a list."
            )
    if any(name != tensor.name for name, tensor in inputs.items()):
        fresh = {
            name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
            for name, tensor in inputs.items()
        }
        by_tensor = {id(tensor): fresh[name] for name, tensor in inputs.items()}
        flat = [by_tensor[id(tensor)] for tensor in network.inputs]
        # The layers are called again, on the new inputs; no layer is made.
        result = network.call(keras.tree.pack_sequence_as(_structure(network), flat))
        inputs = fresh
        output = result if len(network.outputs) > 1 else keras.tree.flatten(result)[0]
    rebuilt = kind(inputs, output, name=network.name)
    if network.compiled:
        rebuilt.compile(**compiled_with(network))
    return rebuilt


def _arguments(
    function: Callable, arguments: Mapping[str, Any], offered: Mapping[str, Callable[[], Any]]
) -> dict[str, Any]:
    signature = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.values())
    unknown = [name for name in arguments if name not in signature]
    if unknown and not takes_any:
        raise TypeError(
            f"The function given as 'model' got an unexpected keyword argument {unknown[0]!r} "
            f"(model__{unknown[0]}); it takes {list(signature)}."
        )
    extra = {name: make() for name, make in offered.items() if name in signature or takes_any}
    return {**arguments, **extra}
