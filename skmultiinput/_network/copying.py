"""Copies of networks, whose functions and initializers need not be registered with Keras."""

import types
from collections.abc import Callable, Iterator
from typing import Any

import keras

from skmultiinput._compat import names_not_decayed, options_of


def layers_of(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield all layers, those of networks inside the network and of wrappers among them."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        elif isinstance(getattr(layer, "layer", None), keras.layers.Layer):
            yield layer.layer


def has_lambdas(model: keras.Model) -> bool:
    """Return whether a layer of the network has a function without a name."""
    return any(map(_named_lambdas, layers_of(model)))


def name_lambdas(model: keras.Model) -> None:
    """Give the functions without a name in a network one.

    Keras writes others by their source, which neither an interactive session nor a worker has.
    """
    for layer in layers_of(model):
        for name, function in _named_lambdas(layer).items():
            setattr(layer, name, function)


def _named_lambdas(layer: keras.layers.Layer) -> dict[str, Callable]:
    """Return the lambdas among a layer's attributes as functions with a name."""
    functions: dict[str, Callable] = {}
    for name, value in vars(layer).items():
        if isinstance(value, types.FunctionType) and value.__name__ == "<lambda>":
            parts = value.__code__, value.__globals__, "unnamed", value.__defaults__
            functions[name] = types.FunctionType(*parts, value.__closure__)
            functions[name].__kwdefaults__ = value.__kwdefaults__
    return functions


_PARTS = (
    types.FunctionType,
    keras.initializers.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


def own_parts_of(layer: keras.layers.Layer, config: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a layer that are not Keras's: activations, initializers, ..."""
    values = {name: getattr(layer, name, None) for name in config}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, _PARTS) and not (value.__module__ or "").startswith("keras.")
    }


def uncompiled(model: keras.Model) -> keras.Model:
    """Return a twin of the same layers that is not compiled.

    Keras writes and copies losses and metrics by a configuration, which those of one's own need
    not have.
    """
    twin = object.__new__(type(model))
    vars(twin).update({**vars(model), "compiled": False})
    return twin


def copy_network(model: keras.Model) -> keras.Model:
    """Copy a network, without its weights and without what it was compiled with."""
    return keras.models.clone_model(uncompiled(model), clone_function=_copy_layer)


def _copy_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    twin = object.__new__(type(layer))
    vars(twin).update({**vars(layer), **_named_lambdas(layer)})
    config = twin.get_config()
    # A function itself, not its name, by which Keras finds registered ones only.
    config |= own_parts_of(layer, config)
    if isinstance(layer, keras.layers.Lambda):  # which reads a function from its configuration
        return type(layer)(**config)
    return type(layer).from_config(config)


def copy_optimizer(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Copy an optimizer; its configuration lacks which weights it does not decay."""
    copied = type(optimizer).from_config(options_of(optimizer))
    pattern = names_not_decayed(optimizer)
    if pattern:
        copied.exclude_from_weight_decay(var_names=[pattern])
    return copied
