"""Keras objects in a pickle or a copy: by their type and what they hold, nothing else.

Keras and SciKeras pickle networks through files with the optimizer's state, which a fitted
estimator does not need. They pickle and copy losses, metrics and optimizers by a configuration,
which lacks some options (the delta of Huber in Keras 3.15) and wants each class registered.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._compat import compiled_with, names_not_decayed
from skmultiinput._keras.backend import refuse_distribution, to_numpy
from skmultiinput._keras.processes import prepare_process
from skmultiinput._network.copying import functions_of, uncompiled
from skmultiinput._training.optimizers import exclude_from_decay


def pack(value: Any) -> Any:
    """Return a value with stand-ins for the losses, metrics and optimizers in it.

    Examples
    --------
    >>> loss, activation = unpack(pack([keras.losses.Huber(delta=3.0), "relu"]))
    >>> float(loss([0.0], [10.0])), activation
    (25.5, 'relu')
    """
    if isinstance(value, (keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)):
        return PackedObject(value)
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
        self.content = dict(vars(value)) if self.by_attributes else value.get_config()
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
        self.config = config_of(model)
        self.values = [to_numpy(variable) for variable in state_of(model)]
        # By reference, so that they need not be registered with Keras.
        self.classes = {
            type(layer).__name__: type(layer)
            for layer in (model, *layers_of(model))
            if not type(layer).__module__.startswith("keras.")
        } | _own_functions(model)
        self.compiled = None
        if model.compiled:
            self.compiled = pack(compiled_with(model))

    def unpack(self) -> keras.Model:
        """Build the network again."""
        # What is unpickled is trusted, as any pickle has to be; `load` is for what is not.
        prepare_process()
        refuse_distribution("A network", loading=True)
        with keras.saving.custom_object_scope(self.classes):
            # Keras takes a configuration apart when it builds from it.
            config = copy.deepcopy(self.config)
            model = keras.saving.deserialize_keras_object(config, safe_mode=False)
        set_state(model, self.values)
        if self.compiled is not None:
            model.compile(**unpack(self.compiled))
        return model


def config_of(model: keras.Model) -> dict[str, Any]:
    """Return the architecture in Keras's form, without optimizer and loss."""
    config = keras.saving.serialize_keras_object(uncompiled(model))
    config.pop("compile_config", None)
    # Keras writes of a function that is not registered no more than its name.
    modules = {name: function.__module__ for name, function in _own_functions(model).items()}
    return _with_modules(config, modules) if modules else config


def _own_functions(model: keras.Model) -> dict[str, Callable]:
    """Return the functions in a network that are not Keras's, by name; no lambdas."""
    functions = [
        function
        for layer in layers_of(model)
        for function in functions_of(layer, layer.get_config()).values()
    ]
    return {
        function.__name__: function
        for function in functions
        if not function.__module__.startswith("keras.") and function.__name__ != "<lambda>"
    }


def _with_modules(config: Any, modules: dict[str, str]) -> Any:
    if isinstance(config, (list, tuple)):
        return type(config)(_with_modules(item, modules) for item in config)
    if not isinstance(config, dict):
        return config
    config = {name: _with_modules(value, modules) for name, value in config.items()}
    if config.get("class_name") == "function" and config.get("module") == "builtins":
        config["module"] = modules.get(config["config"], "builtins")
    return config


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


def layers_of(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield all layers, those of networks inside the network and of wrappers among them."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        elif isinstance(getattr(layer, "layer", None), keras.layers.Layer):
            yield layer.layer
