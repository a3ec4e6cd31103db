"""What a network does behind its branches, as a value."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from skmultiinput._checks import to_builtin


@dataclass(frozen=True)
class NetworkConfig:
    """The part of the network behind the fusion; equal values are equal architectures.

    `hidden_units` are the widths of its dense layers, `activation` is theirs, `dropout` the share
    of their outputs that is dropped in training, `l1` and `l2` are penalties on their kernels. The
    members share these layers and differ in a scale of their inputs and in their heads; 1 member is
    a plain network.

    Examples
    --------
    >>> NetworkConfig(hidden_units=[64], dropout=0.2).hidden_units
    (64,)
    """

    hidden_units: tuple[int, ...] = (256, 256)
    n_members: int = 8
    activation: str | Callable = "relu"
    dropout: float = 0.1
    l1: float = 0.0
    l2: float = 0.0
    n_outputs: int = 1
    output_activation: str | Callable = "sigmoid"

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, to_builtin(getattr(self, field.name)))
        object.__setattr__(self, "hidden_units", tuple(self.hidden_units))
