"""The branch that slides filters along steps."""

from collections.abc import Callable, Sequence

from keras import KerasTensor

from skmultiinput.branches._branch import (
    POSITIVE,
    Branch,
    BranchInput,
    check_kind,
    finish,
    make_penalty,
)
from skmultiinput.branches._sequence_blocks import (
    CONVOLUTION,
    STEPS,
    convolve,
    read_kernel_sizes,
    steps_of,
)

# Few enough for few rows, and enough to tell the beginning from the end.
N_SEGMENTS = 8


class Conv1DBranch(Branch):
    """Sequences, read by filters that slide along the steps.

    The features are mean and maximum of the last layer and of the steps themselves, and, except
    for tokens, the means of the steps in eight segments of equal length, which tell when
    something happened, and the number of steps. Masked steps do not count.

    Parameters
    ----------
    filters : sequence of int or "auto", default="auto"
        Number of filters of each layer; "auto" is (64, 64, 64). More see more, and take longer.
    kernel_size : int, sequence of int or "auto", default="auto"
        Number of steps that a filter sees, for all layers or per layer. "auto" is (7, 5, 3) for
        three layers, else 3.
    embedding_dim : int, default=32
        Width of the embedding of a token, if the steps are tokens.
    units : int or None, default=None
        Width of a final dense layer; None for none.
    activation : str or callable, default="relu"
        Activation of all layers, as in Keras.
    dropout : float, default=0.1
        Fraction of the branch's outputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on the kernels.

    See Also
    --------
    RecurrentBranch : Reads the steps in order.
    skmultiinput.preprocessing.SequenceEncoder : Makes the sequences.

    References
    ----------
    Wang, Yan, Oates: Time Series Classification from Scratch with Deep Neural Networks, IJCNN
    2017.

    Examples
    --------
    >>> Conv1DBranch(filters=(16, 32), kernel_size=3)
    Conv1DBranch(filters=(16, 32), kernel_size=3)
    """

    _parameter_constraints = {**CONVOLUTION, "embedding_dim": [POSITIVE]}

    def __init__(
        self,
        filters: Sequence[int] | str = "auto",
        kernel_size: int | Sequence[int] | str = "auto",
        embedding_dim: int = 32,
        units: int | None = None,
        activation: str | Callable = "relu",
        dropout: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> KerasTensor:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, *STEPS)
        filters = (64, 64, 64) if isinstance(self.filters, str) else self.filters
        x = convolve(
            steps_of(self, group),
            group.mask,
            group.prefix,
            filters=filters,
            kernel_sizes=read_kernel_sizes(
                self, len(filters), (7, 5, 3) if len(filters) == 3 else 3
            ),
            activation=self.activation,
            penalty=make_penalty(self.l1, self.l2),
            n_segments=0 if group.kind == "tokens" else N_SEGMENTS,
        )
        return finish(self, x, group.prefix)
