"""Fusion by concatenation, with a gate per branch."""

from keras import KerasTensor

from skmultiinput._layers.fusion_layers import ApplyGate, Gates
from skmultiinput.branches._branch import TRUNK, layer_prefix
from skmultiinput.fusion._fusion import Fusion, concatenate, flatten

# Name of the layer that computes the gates.
GATES = f"{TRUNK}gates"


class GatedFusion(Fusion):
    """Concatenate the outputs of the branches, each multiplied by a gate between 0 and 2.

    The gates of a row depend on all of its branches and start at 1. `get_fusion_gates` returns
    them: how much each branch counts, row by row.

    Parameters
    ----------
    modality_dropout : float, default=0.0
        As for `ConcatFusion`.

    See Also
    --------
    skmultiinput.inspection.get_fusion_gates : The gates of rows.
    ConcatFusion : The default.

    References
    ----------
    Arevalo, Solorio, Montes-y-Gómez, González: Gated Multimodal Units for Information Fusion,
    ICLR Workshop 2017.

    Examples
    --------
    >>> import keras
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = GatedFusion().build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 11), [1, 1, 1, 4, 4])
    """

    def __init__(self, modality_dropout: float = 0.0) -> None:
        self.modality_dropout = modality_dropout

    def build(self, outputs: dict[str, KerasTensor]) -> tuple[KerasTensor, list[int]]:
        """Fuse the outputs; see `Fusion.build`."""
        flat, chunks = flatten(outputs)
        gates = Gates(list(outputs), name=GATES)(concatenate(flat, f"{TRUNK}gates_input"))
        gated = [
            ApplyGate(i, name=f"{layer_prefix(name)}gated")([x, gates])
            for i, (name, x) in enumerate(zip(outputs, flat, strict=True))
        ]
        return concatenate(gated, f"{TRUNK}fusion"), chunks
