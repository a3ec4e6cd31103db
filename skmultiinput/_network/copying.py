"""Copies of networks, whose functions need not be registered with Keras."""

import types
from collections.abc import Callable
from typing import Any

import keras

from skmultiinput._compat import names_not_decayed


def functions_of(layer: keras.layers.Layer, config: dict[str, Any]) -> dict[str, Callable]:
    """Return the functions among a layer's parameters, such as its activation."""
    values = {name: getattr(layer, name, None) for name in config}
    return {name: v for name, v in values.items() if isinstance(v, types.FunctionType)}


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

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        # A function itself, not its name, by which Keras finds registered ones only.
        config = layer.get_config()
        return type(layer).from_config(config | functions_of(layer, config))

    return keras.models.clone_model(uncompiled(model), clone_function=copy)


def copy_optimizer(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Copy an optimizer; its configuration lacks which weights it does not decay."""
    copied = type(optimizer).from_config(optimizer.get_config())
    pattern = names_not_decayed(optimizer)
    if pattern:
        copied.exclude_from_weight_decay(var_names=[pattern])
    return copied
