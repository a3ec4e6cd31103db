"""Parts that branches share which read steps under a mask, or slide filters."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import KerasTensor

from skmultiinput._compat import StrOptions
from skmultiinput._layers.convolutions import DeterministicConv1D
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.initializers import glorot, orthogonal
from skmultiinput._layers.sequence_layers import (
    Hide,
    MaskedPooling,
    Reverse,
    SegmentMeans,
    StepCount,
)
from skmultiinput.branches._branch import POSITIVE, TAIL, BranchInput

# Kinds of columns that are steps in time.
STEPS = ("sequence", "series", "tokens")
# Arrays of this package have their channels last, whatever Keras is set to.
LAST = "channels_last"
# Keras divides by the square root of the variance plus this; steps of padding are all zero.
EPSILON = 1e-3
# Constraints of the parameters of convolutional branches.
CONVOLUTION: dict[str, list[Any]] = {
    **TAIL,
    "filters": ["array-like", StrOptions({"auto"})],
    "kernel_size": [POSITIVE, "array-like", StrOptions({"auto"})],
}


def pool(x: KerasTensor, mask: KerasTensor | None, prefix: str) -> KerasTensor:
    """Mean and maximum over the steps that count, a KerasTensor (None, 2 * width)."""
    if mask is None:
        mean = keras.layers.GlobalAveragePooling1D(LAST, name=f"{prefix}mean")(x)
        largest = keras.layers.GlobalMaxPooling1D(LAST, name=f"{prefix}max")(x)
        return keras.layers.Concatenate(name=f"{prefix}pooled")([mean, largest])
    return MaskedPooling(name=f"{prefix}pooled")([x, mask])


def recur(
    x: KerasTensor,
    mask: KerasTensor | None,
    prefix: str,
    *,
    cell: str = "lstm",
    units: int = 64,
    bidirectional: bool = True,
    penalty: keras.regularizers.Regularizer | None = None,
) -> KerasTensor:
    """Read steps, (None, length, width), by an LSTM or a GRU, one way or both.

    The mask is 1 for steps that count; the others are skipped, wherever they are. The features are
    mean and maximum of the states at the steps that count, and of the steps themselves.
    """
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    if mask is not None:
        x = Hide(name=f"{prefix}hide")([x, mask])

    def read(direction: str, *, backwards: bool) -> KerasTensor:
        reader = kind(
            units,
            return_sequences=True,
            go_backwards=backwards,
            kernel_regularizer=penalty,
            # cuDNN refuses padding in front.
            use_cudnn=False,
            name=f"{prefix}{cell}{direction}",
            kernel_initializer=glorot(),
            recurrent_initializer=orthogonal(),
            seed=0,
        )
        states = reader(x) if mask is None else reader(x, mask=mask)
        return Reverse(name=f"{prefix}turned{direction}")(states) if backwards else states

    states = read("", backwards=False)
    if bidirectional:
        # Two readers: a copy of Keras's Bidirectional has too many weights up to Keras 3.2.
        both = [states, read("_back", backwards=True)]
        states = keras.layers.Concatenate(name=f"{prefix}both_ways")(both)
    pooled = [pool(states, mask, prefix), pool(x, mask, f"{prefix}plain_")]
    return keras.layers.Concatenate(name=f"{prefix}features")(pooled)


def read_kernel_sizes(branch: Any, n_layers: int, auto: int | Sequence[int]) -> list[int]:
    """Return the kernel size of each layer; "auto" stands for `auto`."""
    sizes = auto if isinstance(branch.kernel_size, str) else branch.kernel_size
    sizes = [sizes] * n_layers if isinstance(sizes, int) else list(sizes)
    if len(sizes) != n_layers:
        raise ValueError(
            f"The 'filters' parameter of {type(branch).__name__} has {n_layers} layers, but "
            f"'kernel_size' has {len(sizes)}. Pass one size per layer or one int for all."
        )
    return sizes


def convolve(
    x: KerasTensor,
    mask: KerasTensor | None,
    prefix: str,
    *,
    filters: Sequence[int],
    kernel_sizes: Sequence[int],
    activation: str | Callable = "relu",
    penalty: keras.regularizers.Regularizer | None = None,
    n_segments: int = 0,
) -> KerasTensor:
    """Slide filters along steps, (None, length, width).

    Steps that do not count by the mask are set to zero before every layer, as is the padding at
    both ends. Each layer has its number of filters and how many steps one sees. The features are
    mean and maximum of the last layer and of the steps themselves, whose level the normalised
    filters lose; with `n_segments`, the means of segments and the number of steps that count.
    """
    steps = x
    for i, (n_filters, size) in enumerate(zip(filters, kernel_sizes, strict=True)):
        if mask is not None:
            x = Hide(name=f"{prefix}hide_{i}")([x, mask])
        x = DeterministicConv1D(
            n_filters,
            size,
            padding="same",
            data_format=LAST,
            kernel_regularizer=penalty,
            name=f"{prefix}conv_{i}",
            kernel_initializer=glorot(),
        )(x)
        x = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{prefix}norm_{i}")(x)
        x = keras.layers.Activation(activation, name=f"{prefix}activation_{i}")(x)
    pooled = [pool(x, mask, prefix), pool(steps, mask, f"{prefix}plain_")]
    if n_segments:
        segments = SegmentMeans(n_segments, name=f"{prefix}segments")
        pooled.append(segments([steps] if mask is None else [steps, mask]))
    if n_segments and mask is not None:
        pooled.append(StepCount(name=f"{prefix}step_count")(mask))
    return keras.layers.Concatenate(name=f"{prefix}features")(pooled)


def steps_of(branch: Any, group: BranchInput) -> KerasTensor:
    """Return steps (None, length, width): tokens are embedded, a series has one channel."""
    if group.kind == "tokens":
        embed = TokenEmbedding(
            group.vocabulary_sizes[0],
            branch.embedding_dim,
            l2=branch.l2,
            name=f"{group.prefix}embedding",
        )
        return embed(group.tensor)
    if group.kind == "series":
        return keras.layers.Reshape((*group.shape, 1), name=f"{group.prefix}steps")(group.tensor)
    return group.tensor
