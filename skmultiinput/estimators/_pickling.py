"""Keras objects in a pickle or a copy: by their type and what they hold, nothing else.

Keras and SciKeras pickle networks through files with the optimizer's state, which a fitted
estimator does not need. They pickle and copy losses, metrics and optimizers by a configuration,
which lacks some options (the delta of Huber in Keras 3.15) and wants each class registered.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._compat import compiled_with, names_not_decayed, options_of
from skmultiinput._keras.backend import refuse_distribution, to_numpy
from skmultiinput._keras.processes import prepare_process
from skmultiinput._network.copying import (
    copy_network,
    has_lambdas,
    layers_of,
    name_lambdas,
    own_parts_of,
    uncompiled,
)
from skmultiinput._training.optimizers import exclude_from_decay


def pack(value: Any) -> Any:
    """Return a value with stand-ins for the networks, losses, metrics and optimizers in it.

    Examples
    --------
    >>> loss, activation = unpack(pack([keras.losses.Huber(delta=3.0), "relu"]))
    >>> float(loss([0.0], [10.0])), activation
    (25.5, 'relu')
    """
    if isinstance(value, (keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)):
        return PackedObject(value)
    if isinstance(value, keras.Model) and value.built:
        return PackedNetwork(value)
    return _of_items(pack, value)


def unpack(value: Any) -> Any:
    """Return the value that `pack` was called with, made anew."""
    if isinstance(value, (PackedNetwork, PackedObject)):
        return value.unpack()
    return _of_items(unpack, value)


def _of_items(function: Callable, value: Any) -> Any:
    """Apply a function to each item of a plain container; return anything else as it is."""
    if type(value) in (list, tuple):
        return type(value)(map(function, value))
    if type(value) is dict:
        return {name: function(item) for name, item in value.items()}
    return value


class PackedObject:
    """A loss by its attributes; a metric or an optimizer, which hold variables, by its options."""

    def __init__(self, value: Any) -> None:
        self.type = type(value)
        self.by_attributes = isinstance(value, keras.losses.Loss)
        self.content = dict(vars(value)) if self.by_attributes else _options(value)
        self.not_decayed = names_not_decayed(value)

    def unpack(self) -> Any:
        """Make the object again."""
        if self.by_attributes:
            copied = object.__new__(self.type)
            vars(copied).update(copy.deepcopy(self.content))
            return copied
        made = self.type.from_config(copy.deepcopy(self.content))
        if self.not_decayed:
            exclude_from_decay(made, self.not_decayed)
        return made


def _options(value: Any) -> dict[str, Any]:
    is_optimizer = isinstance(value, keras.optimizers.Optimizer)
    return options_of(value) if is_optimizer else value.get_config()


class PackedNetwork:
    """A functional model as plain values, to be pickled in its place.

    Examples
    --------
    >>> x = keras.Input((2,))
    >>> model = keras.Model(x, keras.layers.Dense(1)(x))
    >>> copy = PackedNetwork(model).unpack()
    >>> [bool((a == b).all()) for a, b in zip(model.get_weights(), copy.get_weights())]
    [True, True]
    """

    def __init__(self, model: keras.Model) -> None:
        # By reference, so that they need not be registered with Keras.
        self.objects: dict[str, Any] = {}
        self.config = config_of(model, self._keep)
        self.values = [to_numpy(variable) for variable in state_of(model)]
        self.compiled = None
        if model.compiled:
            self.compiled = pack(compiled_with(model))

    def _keep(self, value: Any) -> str:
        key = f"object_{len(self.objects)}"
        self.objects[key] = value
        return key

    def unpack(self) -> keras.Model:
        """Build the network again."""
        # What is unpickled is trusted, as any pickle has to be; `load` is for what is not.
        prepare_process()
        refuse_distribution("A network", loading=True)
        with keras.saving.custom_object_scope(self.objects):
            # Keras takes a configuration apart when it builds from it.
            config = copy.deepcopy(self.config)
            model = keras.saving.deserialize_keras_object(config, safe_mode=False)
        set_state(model, self.values)
        if self.compiled is not None:
            model.compile(**unpack(self.compiled))
        return model


def config_of(model: keras.Model, keep: Callable[[Any], str] | None = None) -> dict[str, Any]:
    """Return the architecture in Keras's form, without optimizer and loss.

    With `keep`, classes and functions that are not Keras's go by the names that it returns, else by
    their own with their modules.
    """
    if has_lambdas(model):
        model = copy_network(model)
        name_lambdas(model)
    config = keras.saving.serialize_keras_object(uncompiled(model))
    config.pop("compile_config", None)
    return _with_names(config, model, keep)


def _with_names(
    config: dict[str, Any], layer: keras.layers.Layer, keep: Callable[[Any], str] | None
) -> dict[str, Any]:
    """Name the functions and the class of a layer, and of the layers inside it."""
    inner = dict(config["config"])
    for name, part in own_parts_of(layer, inner).items():
        if keep is not None:  # Keras looks up any object by the form of a function
            inner[name] = _function(keep(part), "builtins")
        elif isinstance(inner[name], dict) and inner[name].get("module") == "builtins":
            # Keras writes of a function that is not registered no more than its name.
            inner[name] = _function(part.__name__, part.__module__)
    parts = {part.name: part for part in getattr(layer, "layers", [])}
    if "layers" in inner:
        inner["layers"] = [
            _with_names(entry, parts[entry["config"]["name"]], keep)
            if entry["config"].get("name") in parts
            else entry
            for entry in inner["layers"]
        ]
    elif isinstance(getattr(layer, "layer", None), keras.layers.Layer):
        inner["layer"] = _with_names(inner["layer"], layer.layer, keep)
    renamed = {**config, "config": inner}
    if keep is not None and not type(layer).__module__.startswith("keras."):
        renamed["registered_name"] = keep(type(layer))
    return renamed


def _function(name: str, module: str) -> dict[str, Any]:
    """Return Keras's form of a function."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def state_of(model: keras.Model) -> list[keras.Variable]:
    """Return the weights, and the counters of random layers, which Keras leaves out of them."""
    counters = [v for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]
    return list({id(v): v for v in (*model.weights, *counters)}.values())


def set_state(model: keras.Model, values: Sequence[np.ndarray]) -> None:
    """Assign what `state_of` gave for a network of the same configuration."""
    for variable, value in zip(state_of(model), values, strict=True):
        variable.assign(value)
    for layer in layers_of(model):
        if hasattr(layer, "finalize_state"):  # it computes with constants made of its weights
            layer.finalize_state()
