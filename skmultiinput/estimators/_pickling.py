"""A network in a pickle: its configuration and its weights, nothing else.

Keras and SciKeras pickle networks through files with the optimizer's state, which a fitted
estimator does not need, and warn when it is missing.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._compat import python_random_untouched
from skmultiinput._keras.backend import to_numpy


class PackedNetwork:
    """A network as plain values, to be pickled in its place.

    Parameters
    ----------
    model : keras.Model
        A functional model.

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
            for layer in layers_of(model)
            if not type(layer).__module__.startswith("keras.")
        }
        self.optimizer = self.loss = None
        if model.compiled:
            self.optimizer = type(model.optimizer), model.optimizer.get_config()
            self.loss = model.loss

    def unpack(self) -> keras.Model:
        """Build the network again."""
        # What is unpickled is trusted, as any pickle has to be; `load` is for what is not.
        with python_random_untouched(), keras.saving.custom_object_scope(self.classes):
            # Keras takes a configuration apart when it builds from it.
            config = copy.deepcopy(self.config)
            model = keras.saving.deserialize_keras_object(config, safe_mode=False)
        set_state(model, self.values)
        if self.optimizer is not None:
            optimizer, config = self.optimizer
            model.compile(optimizer=optimizer.from_config(config), loss=self.loss)
        return model


def config_of(model: keras.Model) -> dict[str, Any]:
    """Return the architecture in Keras's form, without optimizer and loss."""
    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    return config


def state_of(model: keras.Model) -> list[keras.Variable]:
    """Return the weights, and the counters of random layers, which Keras leaves out of them."""
    counters = [v for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]
    return list({id(v): v for v in (*model.weights, *counters)}.values())


def set_state(model: keras.Model, values: Sequence[np.ndarray]) -> None:
    """Assign what `state_of` gave for a network of the same configuration."""
    for variable, value in zip(state_of(model), values, strict=True):
        variable.assign(value)


def layers_of(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield all layers, those of networks inside the network and of wrappers among them."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        elif isinstance(getattr(layer, "layer", None), keras.layers.Layer):
            yield layer.layer
