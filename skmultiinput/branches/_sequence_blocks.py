"""Pieces of a network that read steps under a mask: recurrent and convolutional."""

import keras

from skmultiinput._layers.numeric_layers import HashDropout
from skmultiinput._layers.sequence_layers import Hide, MaskedPooling, Reverse

# Keras divides by the square root of the variance plus this; steps of padding are all zero.
_EPSILON = 1e-3


def pool(x, mask, name):
    """Mean and maximum over the steps that count, a KerasTensor (None, 2 * width)."""
    if mask is None:
        mean = keras.layers.GlobalAveragePooling1D(name=f"{name}_mean")(x)
        largest = keras.layers.GlobalMaxPooling1D(name=f"{name}_max")(x)
        return keras.layers.Concatenate(name=f"{name}_pooled")([mean, largest])
    return MaskedPooling(name=f"{name}_pooled")([x, mask])


def recur(x, mask, name, *, cell="lstm", units=64, bidirectional=True, penalty=None):
    """Read steps one after the other.

    Parameters
    ----------
    x : KerasTensor of shape (None, length, width)
        Steps.
    mask : KerasTensor of shape (None, length) or None
        1 for steps that count; the others are passed over, wherever they stand.
    name : str
        Prefix of the layers' names.
    cell : {"lstm", "gru"}
    units : int
        Width of the state.
    bidirectional : bool
        Whether to read them backwards, too.
    penalty : keras.regularizers.Regularizer, optional
        On the kernels.

    Returns
    -------
    KerasTensor of shape (None, n_features)
        Mean and maximum of the states behind the steps that count, and of the steps themselves.
    """
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    if mask is not None:
        x = Hide(name=f"{name}_hide")([x, mask])

    def read(direction, *, backwards):
        reader = kind(
            units,
            return_sequences=True,
            go_backwards=backwards,
            kernel_regularizer=penalty,
            # cuDNN refuses padding in front.
            use_cudnn=False,
            name=f"{name}_{cell}{direction}",
        )
        states = reader(x) if mask is None else reader(x, mask=mask)
        return Reverse(name=f"{name}{direction}_turned")(states) if backwards else states

    states = read("", backwards=False)
    if bidirectional:
        # Two readers: a copy of Keras's Bidirectional has too many weights up to Keras 3.2.
        both = [states, read("_back", backwards=True)]
        states = keras.layers.Concatenate(name=f"{name}_both_ways")(both)
    pooled = [pool(states, mask, name), pool(x, mask, f"{name}_plain")]
    return keras.layers.Concatenate(name=f"{name}_seen")(pooled)


def convolve(x, mask, name, *, filters, kernel_sizes, activation="relu", dropout=0.0, penalty=None):
    """Slide filters along the steps.

    Parameters
    ----------
    x : KerasTensor of shape (None, length, width)
        Steps.
    mask : KerasTensor of shape (None, length) or None
        1 for steps that count; the others are zero in front of every layer, as is what lies
        beyond both ends.
    name : str
        Prefix of the layers' names.
    filters, kernel_sizes : sequence of int
        Per layer, the number of filters and how many steps one sees.
    activation : str
        As in Keras.
    dropout : float
        Behind each layer.
    penalty : keras.regularizers.Regularizer, optional
        On the kernels.

    Returns
    -------
    KerasTensor of shape (None, n_features)
        Mean and maximum of the last layer, and of the steps themselves: their level is lost on
        filters that are normalised.
    """
    steps = x
    for i, (n_filters, size) in enumerate(zip(filters, kernel_sizes, strict=True)):
        if mask is not None:
            x = Hide(name=f"{name}_hide_{i}")([x, mask])
        x = keras.layers.Conv1D(
            n_filters, size, padding="same", kernel_regularizer=penalty, name=f"{name}_conv_{i}"
        )(x)
        x = keras.layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_norm_{i}")(x)
        x = keras.layers.Activation(activation, name=f"{name}_activation_{i}")(x)
        if dropout:
            x = HashDropout(dropout, seed=0, name=f"{name}_dropout_{i}")(x)
    pooled = [pool(x, mask, name), pool(steps, mask, f"{name}_plain")]
    return keras.layers.Concatenate(name=f"{name}_seen")(pooled)


def look(x, name, *, filters, kernel_sizes, activation="relu", penalty=None):
    """Slide filters over pictures, and halve them as long as a side is longer than four.

    Parameters
    ----------
    x : KerasTensor of shape (None, height, width, channels)
    name : str
        Prefix of the layers' names.
    filters : sequence of int
        Per layer, the number of filters.
    kernel_sizes : sequence of int
        Per layer, the side of what a filter sees.
    activation : str
        As in Keras.
    penalty : keras.regularizers.Regularizer, optional
        On the kernels.

    Returns
    -------
    KerasTensor of shape (None, n_features)
    """
    for i, (n_filters, size) in enumerate(zip(filters, kernel_sizes, strict=True)):
        x = keras.layers.Conv2D(
            n_filters,
            size,
            padding="same",
            kernel_regularizer=penalty,
            name=f"{name}_conv_{i}",
        )(x)
        x = keras.layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_norm_{i}")(x)
        x = keras.layers.Activation(activation, name=f"{name}_activation_{i}")(x)
        if max(x.shape[1:3]) > 4:
            x = keras.layers.MaxPooling2D(2, padding="same", name=f"{name}_pool_{i}")(x)
    return keras.layers.Flatten(name=f"{name}_flat")(x)
