"""Copies of networks, whose functions need not be registered with Keras."""

import types
from collections.abc import Callable
from typing import Any

import keras


def functions_of(layer: keras.layers.Layer, config: dict[str, Any]) -> dict[str, Callable]:
    """Return the functions among a layer's parameters, such as its activation."""
    values = {name: getattr(layer, name, None) for name in config}
    return {name: v for name, v in values.items() if isinstance(v, types.FunctionType)}


def copy_network(model: keras.Model) -> keras.Model:
    """Copy a functional model, without its weights and without what it was compiled with."""

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        # A function itself, not its name, by which Keras finds registered ones only.
        config = layer.get_config()
        return type(layer).from_config(config | functions_of(layer, config))

    return keras.models.clone_model(model, clone_function=copy)
