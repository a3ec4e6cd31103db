"""Fitted networks inside pickles and copies of an estimator.

Keras's own pickle of a network keeps an optimizer's state that ours never has, and warns about it
when it is loaded; it refuses Lambda layers, which a pickle may hold as it may hold any code.
"""

import keras

from skmultiinput._compat import python_random_untouched
from skmultiinput.layers import to_numpy


class PackedNetwork(dict):
    """A network as plain values.

    A type of its own, because building one runs whatever code it holds: a file that is loaded
    without pickle must not be able to pass an ordinary dict off as one.
    """


def pack_network(network):
    """Return a network as plain values.

    Parameters
    ----------
    network : keras.Model
        A functional model.

    Returns
    -------
    PackedNetwork
    """
    packed = PackedNetwork(
        config=keras.saving.serialize_keras_object(network),
        values=[to_numpy(variable) for variable in _variables(network)],
    )
    if network.compiled:
        packed["optimizer"] = keras.saving.serialize_keras_object(network.optimizer)
        packed["loss"] = network.loss
    return packed


def unpack_network(packed):
    """Return the network that `pack_network` was given."""
    with python_random_untouched():
        network = keras.saving.deserialize_keras_object(packed["config"], safe_mode=False)
    for variable, value in zip(_variables(network), packed["values"], strict=True):
        variable.assign(value)
    if "optimizer" in packed:
        optimizer = keras.saving.deserialize_keras_object(packed["optimizer"])
        network.compile(optimizer=optimizer, loss=packed["loss"])
    return network


def _variables(network):
    return [*network.trainable_variables, *network.non_trainable_variables]
