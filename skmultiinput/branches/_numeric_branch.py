"""The branch for numbers."""

from collections.abc import Callable
from numbers import Real

from skmultiinput._compat import Interval, StrOptions
from skmultiinput._layers.numeric_layers import PeriodicEmbedding, PiecewiseLinearEmbedding
from skmultiinput._layers.plain_numbers import FillMissing, SelectFeatures
from skmultiinput.branches._branch import (
    POSITIVE,
    TAIL,
    Branch,
    BranchInput,
    BranchOutput,
    check_kind,
    finish,
)


class NumericBranch(Branch):
    """Numbers, each embedded by functions of its own or passed on as they are.

    Where numbers are missing (NaN), an embedding is that of the feature's median plus a vector that
    is learned for the feature; without an embedding, the median and a flag take their place.

    Parameters
    ----------
    embedding : {"piecewise", "periodic", "plain"}, default="piecewise"
        "piecewise" gives each feature a line and a piecewise-linear function of its own, with
        bins at the training quantiles; "periodic" gives it waves of learned frequencies, for
        scaled numbers. Features that are only 0 or 1 are not embedded. "plain" embeds none: a fit
        is about a fifth faster, and less accurate on most tables.
    embedding_dim : int, default=16
        Width of the embedding of one feature. The branches that ``preset="default"`` makes have 8.
    n_bins : int, default=48
        Maximum number of bins of one feature, for "piecewise". More follow finer steps, at hardly
        any cost of time; 16 were a little worse.
    n_frequencies : int, default=24
        Number of waves of one feature, for "periodic".
    frequency_scale : float, default=0.05
        Initial standard deviation of the frequencies, in waves per unit of the feature.
    linear : bool, default=True
        Whether the outputs also depend on the numbers linearly, around the network. Training
        starts from a ridge or logistic regression on the numbers of all such branches; branches
        of flags alone take no part. Branches that a classifier makes by itself have the path
        where there are 1 to 20 rows for each number.
    units : int or None, default=None
        Width of a final dense layer; None for none.
    activation : str or callable, default="relu"
        Activation of that layer, as in Keras.
    dropout : float, default=0.0
        Fraction of the branch's outputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on the dense layer's kernel.

    See Also
    --------
    skmultiinput.preprocessing.NoisyQuantileTransformer : Scales the numbers by default.

    Examples
    --------
    >>> NumericBranch(embedding="plain", units=64)
    NumericBranch(embedding='plain', units=64)
    """

    _parameter_constraints = {
        **TAIL,
        "embedding": [StrOptions({"piecewise", "periodic", "plain"})],
        "embedding_dim": [POSITIVE],
        "n_bins": [POSITIVE],
        "n_frequencies": [POSITIVE],
        "frequency_scale": [Interval(Real, 0, None, closed="neither")],
        "linear": ["boolean"],
    }
    allow_nan = True

    def __init__(
        self,
        embedding: str = "piecewise",
        embedding_dim: int = 16,
        n_bins: int = 48,
        n_frequencies: int = 24,
        frequency_scale: float = 0.05,
        linear: bool = True,
        units: int | None = None,
        activation: str | Callable = "relu",
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.embedding = embedding
        self.embedding_dim = embedding_dim
        self.n_bins = n_bins
        self.n_frequencies = n_frequencies
        self.frequency_scale = frequency_scale
        self.linear = linear
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> BranchOutput:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "numeric")
        x = filled = group.tensor
        is_linear = self.linear and not all(group.binary)
        is_plain = self.embedding == "plain" or all(group.binary)
        if group.has_missing and (is_plain or is_linear):
            filled = FillMissing(name=f"{group.prefix}filled")(x)
        numbers = filled if is_linear else None
        if is_plain:
            return BranchOutput([finish(self, filled, group.prefix)], numbers=numbers)
        continuous = [j for j, binary in enumerate(group.binary) if not binary]
        flags = [j for j, binary in enumerate(group.binary) if binary]
        features, name = continuous if flags else None, f"{group.prefix}embedding"
        if self.embedding == "periodic":
            embedded = PeriodicEmbedding(
                self.embedding_dim,
                self.n_frequencies,
                self.frequency_scale,
                features,
                group.has_missing,
                name=name,
            )(x)
        else:
            embedded = PiecewiseLinearEmbedding(
                self.embedding_dim, self.n_bins, features, group.has_missing, name=name
            )(x)
        outputs = [finish(self, embedded, group.prefix)]
        if flags:
            select = FillMissing if group.has_missing else SelectFeatures
            outputs.append(select(flags, name=f"{group.prefix}flags")(x))
        return BranchOutput(outputs, numbers=numbers)
