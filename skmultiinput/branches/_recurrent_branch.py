"""The branch that reads steps by a recurrent layer."""

from keras import KerasTensor

from skmultiinput._compat import StrOptions
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput.branches._branch import (
    POSITIVE,
    TAIL,
    Branch,
    BranchInput,
    check_kind,
    make_penalty,
)
from skmultiinput.branches._sequence_blocks import STEPS, recur, steps_of


class RecurrentBranch(Branch):
    """Sequences, read step by step by an LSTM or a GRU.

    The features are mean and maximum of its states and of the steps themselves. Masked steps are
    skipped, so neither the side nor the length of the padding matters.

    Parameters
    ----------
    cell : {"lstm", "gru"}, default="lstm"
        The recurrent layer.
    units : int, default=64
        Width of its state.
    bidirectional : bool, default=True
        Whether a second one reads the steps backwards, which takes twice as long.
    embedding_dim : int, default=32
        Width of the embedding of a token, if the steps are tokens.
    dropout : float, default=0.1
        Fraction of the branch's outputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on the kernels.

    See Also
    --------
    Conv1DBranch : Convolutions along the steps: the default, and faster.
    TokenBranch : The default for words.

    References
    ----------
    Hochreiter, Schmidhuber: Long Short-Term Memory, Neural Computation 1997.

    Examples
    --------
    >>> RecurrentBranch(cell="gru", units=16)
    RecurrentBranch(cell='gru', units=16)
    """

    _parameter_constraints = {
        **TAIL,
        "cell": [StrOptions({"lstm", "gru"})],
        "units": [POSITIVE],
        "bidirectional": ["boolean"],
        "embedding_dim": [POSITIVE],
    }

    def __init__(
        self,
        cell: str = "lstm",
        units: int = 64,
        bidirectional: bool = True,
        embedding_dim: int = 32,
        dropout: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.cell = cell
        self.units = units
        self.bidirectional = bidirectional
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> KerasTensor:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, *STEPS)
        x = recur(
            steps_of(self, group),
            group.mask,
            group.prefix,
            cell=self.cell,
            units=self.units,
            bidirectional=self.bidirectional,
            penalty=make_penalty(self.l1, self.l2),
        )
        if self.dropout:
            x = HashDropout(self.dropout, seed=0, name=f"{group.prefix}dropout")(x)
        return x
