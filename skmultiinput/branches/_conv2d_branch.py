"""The branch that slides filters over images."""

from collections.abc import Callable, Sequence

import keras
from keras import KerasTensor

from skmultiinput._layers.convolutions import DeterministicConv2D
from skmultiinput._layers.initializers import glorot
from skmultiinput.branches._branch import Branch, BranchInput, check_kind, finish, make_penalty
from skmultiinput.branches._sequence_blocks import CONVOLUTION, EPSILON, LAST, read_kernel_sizes


class Conv2DBranch(Branch):
    """Images, read by filters that slide over them.

    Height and width are halved after each layer while one of them is above four pixels.

    Parameters
    ----------
    filters : sequence of int or "auto", default="auto"
        Number of filters of each layer. "auto" is (32, 64), with more layers for larger images:
        each halves the sides, so that large images cost less.
    kernel_size : int, sequence of int or "auto", default="auto"
        Number of pixels in both directions that a filter sees, for all layers or per layer;
        "auto" is 3.
    units : int or None, default=64
        Width of a final dense layer; None for none.
    activation : str or callable, default="relu"
        Activation of all layers, as in Keras.
    dropout : float, default=0.1
        Fraction of the branch's outputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on the kernels.

    See Also
    --------
    skmultiinput.preprocessing.ImageEncoder : Makes the images.

    Examples
    --------
    >>> Conv2DBranch(filters=(16, 32), units=32)
    Conv2DBranch(filters=(16, 32), units=32)
    """

    _parameter_constraints = CONVOLUTION

    def __init__(
        self,
        filters: Sequence[int] | str = "auto",
        kernel_size: int | Sequence[int] | str = "auto",
        units: int | None = 64,
        activation: str | Callable = "relu",
        dropout: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> KerasTensor:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "image")
        auto = isinstance(self.filters, str)
        filters = image_filters(group.shape) if auto else self.filters
        sizes = read_kernel_sizes(self, len(filters), 3)
        x, prefix, penalty = group.tensor, group.prefix, make_penalty(self.l1, self.l2)
        for i, (n_filters, size) in enumerate(zip(filters, sizes, strict=True)):
            x = DeterministicConv2D(
                n_filters,
                size,
                padding="same",
                data_format=LAST,
                kernel_regularizer=penalty,
                name=f"{prefix}conv_{i}",
                kernel_initializer=glorot(),
            )(x)
            x = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{prefix}norm_{i}")(x)
            x = keras.layers.Activation(self.activation, name=f"{prefix}activation_{i}")(x)
            if max(x.shape[1:3]) > 4:
                x = keras.layers.MaxPooling2D(
                    2, padding="same", data_format=LAST, name=f"{prefix}pool_{i}"
                )(x)
        x = keras.layers.Flatten(data_format=LAST, name=f"{prefix}flat")(x)
        return finish(self, x, prefix)


def image_filters(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the filters of each layer, so that an image (height, width, channels) ends small.

    Examples
    --------
    >>> image_filters((8, 8, 1)), image_filters((64, 48, 3))
    ((32, 64), (32, 64, 64, 64))
    """
    n_layers, side = 2, max(shape[:2]) / 4
    while side > 4 and n_layers < 6:
        n_layers, side = n_layers + 1, side / 2
    return (32, *[64] * (n_layers - 1))
