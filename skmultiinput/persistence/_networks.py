"""Networks and Keras objects as bytes, and back, after a look at what the bytes ask for.

A network is its configuration as JSON and its weights in the safetensors format, which holds
nothing but names, shapes and numbers.
"""

import importlib
import json
import threading
import types
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import safetensors.numpy

from skmultiinput._keras.backend import refuse_distribution, to_numpy
from skmultiinput._network.copying import layers_of, own_parts_of
from skmultiinput.estimators._pickling import config_of, set_state, state_of
from skmultiinput.persistence._archive import ArtifactError
from skmultiinput.persistence._keras_names import (
    LAMBDA,
    full_names,
    names_in,
    public_names,
    untrusted,
)


def write_network(model: keras.Model) -> tuple[bytes, bytes]:
    """Return a network as JSON and safetensors; refuse Lambda layers, which are unsafe to load."""
    config = config_of(model)
    refuse_code(config)
    for layer in layers_of(model):
        for part in own_parts_of(layer, layer.get_config()).values():
            if not isinstance(part, types.FunctionType):
                _check_complete(part, keras.saving.serialize_keras_object(part))
    values = {
        f"{i:06d}": np.asarray(to_numpy(variable), order="C")
        for i, variable in enumerate(state_of(model))
    }
    return json.dumps(config).encode(), safetensors.numpy.save(values)


def write_object(value: Any) -> bytes:
    """Return a Keras object, such as an optimizer, as JSON."""
    config = keras.saving.serialize_keras_object(value)
    refuse_code(config)
    if isinstance(value, (keras.losses.Loss, keras.metrics.Metric)):
        _check_complete(value, config)
    return json.dumps(config).encode()


def refuse_code(config: Any) -> None:
    """Raise if a configuration holds a Lambda layer, or a lambda."""
    if LAMBDA in names_in(config):
        raise ValueError(
            "The network cannot be saved: a Lambda layer, or a lambda, is code that would have to "
            "be run from the file. Write a keras.layers.Layer subclass instead."
        )


def _check_complete(value: Any, config: dict[str, Any]) -> None:
    """Refuse a loss, a metric or a part of a layer whose configuration lacks one of its options.

    Some of Keras's own do (the delta of Huber in 3.15); they would come back with the default.
    """
    name = type(value).__name__
    advice = "Add it there, or pass a function that is defined at the top of a module."
    try:
        copy = vars(_build(config, safe_mode=False))
    except Exception as error:
        raise ValueError(
            f"{name} cannot be saved: its get_config() does not describe the arguments of its "
            f"__init__. {advice}"
        ) from error
    drawn = ("built", "seed")  # Keras draws a seed where none is given
    for key, option in vars(value).items():
        is_option = type(option) is dict or (
            type(option) in (bool, int, float, str) and key[0] != "_" and key not in drawn
        )
        if is_option and repr(option) != repr(copy.get(key, option)):
            raise ValueError(
                f"{name} cannot be saved: its get_config() lacks some of {key} = {option!r}. "
                f"{advice}"
            )


class StoredObject:
    """A Keras object as JSON that was looked at, and can be built.

    `names` are those of all classes and functions that building it would call.
    """

    def __init__(self, data: bytes) -> None:
        config = public_names(json.loads(data))
        self.names = names_in(config)
        # As text, because Keras takes a configuration apart when it builds from it.
        self.text = json.dumps(config)

    def load(self) -> Any:
        """Build the object; only after all `names` were found to be trusted."""
        return _build(json.loads(self.text), safe_mode=True)


class StoredNetwork(StoredObject):
    """A network, as JSON and safetensors, that was looked at, and can be built."""

    def __init__(self, data: bytes, weights: bytes, where: str) -> None:
        super().__init__(data)
        self.where = where
        values = safetensors.numpy.load(weights)
        self.values = [values[name] for name in sorted(values)]

    def load(self) -> keras.Model:
        """Build the network; only after all `names` were found to be trusted."""
        refuse_distribution("A network", loading=True)
        needed, stored = self._needed_shapes(), [value.shape for value in self.values]
        if needed != stored:
            raise ArtifactError(
                f"{self.where} describes a network of {_count(needed)} weights, but holds "
                f"{_count(stored)}, or others."
            )
        model = super().load()
        set_state(model, self.values)
        return model

    def _needed_shapes(self) -> list[tuple[int, ...]]:
        """Return the shapes of the weights, without allocating memory for any of them."""
        result: list[Any] = []

        def build() -> None:
            # Inside this scope Keras's variables have a shape and no value. Leaving it would give
            # them one, so it is never left: the thread ends, and what Keras kept for it is gone.
            keras.StatelessScope().__enter__()
            try:
                model = StoredObject.load(self)
                if not isinstance(model, keras.Model):
                    raise ArtifactError(f"{self.where} is no network.")  # noqa: TRY301 - goes on with the others
                result.append([tuple(variable.shape) for variable in state_of(model)])
            except Exception as error:  # noqa: BLE001 - raised again outside the thread
                result.append(error)

        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
        if isinstance(result[0], Exception):
            raise result[0]
        return result[0]


def _count(shapes: Iterable[tuple[int, ...]]) -> int:
    return sum(int(np.prod(shape, dtype=object)) for shape in shapes)


def _build(config: Any, *, safe_mode: bool) -> Any:
    """Build an object with the classes and functions that Keras does not know, all trusted."""
    trusted_objects = {}
    for name in untrusted(names_in(config)):
        module, _, last = name.rpartition(".")
        trusted_objects[name] = getattr(importlib.import_module(module), last)
    with keras.saving.custom_object_scope(trusted_objects):
        return keras.saving.deserialize_keras_object(
            full_names(config, trusted_objects), safe_mode=safe_mode
        )
