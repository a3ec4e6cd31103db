"""Fusion by concatenation."""

from keras import KerasTensor

from skmultiinput.branches._branch import TRUNK
from skmultiinput.fusion._fusion import Fusion, concatenate, flatten


class ConcatFusion(Fusion):
    """Concatenate the outputs of the branches.

    Parameters
    ----------
    modality_dropout : float, default=0.0
        Fraction of the inputs of a row that are treated as absent in training, in [0, 1); never
        all of them. A learned vector replaces them, as it does for rows that lack a text, a
        sequence or an image. 0.1 to 0.2 helps where rows to predict lack what training rows have;
        it costs a little accuracy on complete rows.

    See Also
    --------
    GatedFusion : Weighs the branches row by row.
    LateFusion : Adds the predictions of the branches.

    Examples
    --------
    >>> import keras
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = ConcatFusion().build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 11), [1, 1, 1, 4, 4])
    """

    def __init__(self, modality_dropout: float = 0.0) -> None:
        self.modality_dropout = modality_dropout

    def build(self, outputs: dict[str, KerasTensor]) -> tuple[KerasTensor, list[int]]:
        """Fuse the outputs; see `Fusion.build`."""
        flat, chunks = flatten(outputs)
        return concatenate(flat, f"{TRUNK}fusion"), chunks
