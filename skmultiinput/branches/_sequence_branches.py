"""Branches for steps in time and for pictures: recurrent and convolutional."""

import keras

from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.numeric_layers import HashDropout
from skmultiinput.branches._branch import Branch, check_kind, check_option, finish, make_penalty
from skmultiinput.branches._sequence_blocks import convolve, look, recur

STEPS = ("sequence", "series", "tokens")


class RecurrentBranch(Branch):
    """Sequences, read step by step by an LSTM or a GRU.

    Mean and maximum of its states and of the steps themselves are passed on. Steps that the mask
    leaves out are passed over, so neither the side of the padding nor its length plays a part.

    Parameters
    ----------
    cell : {"lstm", "gru"}
        What reads the steps.
    units : int
        Width of its state.
    bidirectional : bool
        Whether a second one reads them backwards.
    embedding_dim : int
        Width of the embedding of a token, where the steps are tokens.
    dropout : float
        Share of the branch's outputs that is dropped in training, in [0, 1).
    l1, l2 : float
        Penalties on the kernels.

    References
    ----------
    Hochreiter, Schmidhuber: Long Short-Term Memory, Neural Computation 1997.

    Examples
    --------
    >>> RecurrentBranch(cell="gru", units=16)
    RecurrentBranch(cell='gru', units=16)
    """

    def __init__(
        self,
        cell="lstm",
        units=64,
        bidirectional=True,
        embedding_dim=32,
        dropout=0.1,
        l1=0.0,
        l2=0.0,
    ):
        self.cell = cell
        self.units = units
        self.bidirectional = bidirectional
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, *STEPS)
        check_option(self, "cell", ("lstm", "gru"))
        x = recur(
            _steps(self, group),
            group.mask,
            group.name,
            cell=self.cell,
            units=self.units,
            bidirectional=self.bidirectional,
            penalty=make_penalty(self.l1, self.l2),
        )
        if self.dropout:
            x = HashDropout(self.dropout, seed=0, name=f"{group.name}_dropout")(x)
        return x


class ConvBranch(Branch):
    """Sequences and pictures, seen by filters that slide over them.

    Over steps, mean and maximum of the last layer and of the steps themselves are passed on;
    masked steps count nowhere.
    Pictures are halved behind each layer as long as a side is longer than four pixels.

    Parameters
    ----------
    filters : sequence of int or "auto"
        Number of filters of each layer. "auto" is (64, 64, 64) for steps; for pictures (32, 64),
        and more layers where they are larger.
    kernel_size : int, sequence of int or "auto"
        How many steps, or pixels in both directions, a filter sees, for all layers or per layer.
        "auto" is (7, 5, 3) for steps and 3 for pictures.
    embedding_dim : int
        Width of the embedding of a token, where the steps are tokens.
    units : int, None or "auto"
        Width of a dense layer behind; None for none. "auto" is None for steps and 64 for pictures.
    activation : str
        Of all layers, as in Keras.
    dropout : float
        Share of the branch's outputs that is dropped in training, in [0, 1).
    l1, l2 : float
        Penalties on the kernels.

    References
    ----------
    Wang, Yan, Oates: Time Series Classification from Scratch with Deep Neural Networks, IJCNN
    2017.

    Examples
    --------
    >>> ConvBranch(filters=(16, 32), kernel_size=3)
    ConvBranch(filters=(16, 32), kernel_size=3)
    """

    def __init__(
        self,
        filters="auto",
        kernel_size="auto",
        embedding_dim=32,
        units="auto",
        activation="relu",
        dropout=0.1,
        l1=0.0,
        l2=0.0,
    ):
        self.filters = filters
        self.kernel_size = kernel_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group):
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, *STEPS, "image")
        picture = group.kind == "image"
        filters = self.filters
        if isinstance(filters, str):
            check_option(self, "filters", ("auto",))
            filters = picture_filters(group.shape) if picture else (64, 64, 64)
        sizes = self.kernel_size
        if isinstance(sizes, str):
            check_option(self, "kernel_size", ("auto",))
            sizes = 3 if picture or len(filters) != 3 else (7, 5, 3)
        sizes = [sizes] * len(filters) if isinstance(sizes, int) else list(sizes)
        if len(sizes) != len(filters):
            raise ValueError(
                f"ConvBranch has {len(filters)} layers by 'filters' and {len(sizes)} by "
                "'kernel_size'; expected as many, or one int for all."
            )
        how = {"filters": filters, "kernel_sizes": sizes, "activation": self.activation}
        how["penalty"] = make_penalty(self.l1, self.l2)
        if picture:
            x = look(group.tensor, group.name, **how)
        else:
            x = convolve(_steps(self, group), group.mask, group.name, **how)
        units = self.units
        if isinstance(units, str):
            check_option(self, "units", ("auto",))
            units = 64 if picture else None
        return finish(self, x, group.name, units)


def picture_filters(shape):
    """Return the filters of each layer, so that a picture (height, width, channels) ends small.

    Examples
    --------
    >>> picture_filters((8, 8, 1)), picture_filters((64, 48, 3))
    ((32, 64), (32, 64, 64, 64))
    """
    n_layers, side = 2, max(shape[:2]) / 4
    while side > 4 and n_layers < 6:
        n_layers, side = n_layers + 1, side / 2
    return (32, *[64] * (n_layers - 1))


def _steps(branch, group):
    """Return steps (None, length, width): tokens are embedded, a series has one channel."""
    if group.kind == "tokens":
        embed = TokenEmbedding(
            group.vocabulary_sizes[0],
            branch.embedding_dim,
            l2=branch.l2,
            name=f"{group.name}_embedding",
        )
        return embed(group.tensor)
    if group.kind == "series":
        return keras.layers.Reshape((*group.shape, 1), name=f"{group.name}_steps")(group.tensor)
    return group.tensor
