"""A network in a pickle: its configuration and its weights, nothing else.

Keras and SciKeras pickle networks through files with the optimizer's state, which a fitted
estimator has no use for, and warn when it is not there.
"""

import keras

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

    def __init__(self, model):
        self.config = keras.saving.serialize_keras_object(model)
        self.config.pop("compile_config", None)
        self.weights = model.get_weights()
        # Keras does not count the counters of random layers among the weights.
        self.counters = [to_numpy(variable) for variable in _counters(model)]
        self.optimizer = self.loss = None
        if model.compiled:
            self.optimizer = keras.saving.serialize_keras_object(model.optimizer)
            self.loss = model.loss

    def unpack(self):
        """Build the network again.

        Returns
        -------
        keras.Model
        """
        # What is unpickled is trusted, as any pickle has to be; `load` is for what is not.
        build = keras.saving.deserialize_keras_object
        with python_random_untouched():
            model = build(self.config, safe_mode=False)
        model.set_weights(self.weights)
        for variable, value in zip(_counters(model), self.counters, strict=True):
            variable.assign(value)
        if self.optimizer is not None:
            model.compile(optimizer=build(self.optimizer, safe_mode=False), loss=self.loss)
        return model


def _counters(model):
    counters = [v for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]
    return list({id(variable): variable for variable in counters}.values())
