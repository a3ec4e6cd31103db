"""Late fusion: modalities predict by themselves, and their outputs are added."""

from keras import KerasTensor

from skmultiinput.branches._branch import TRUNK, layer_prefix
from skmultiinput.fusion._fusion import Fusion, concatenate, flatten


class LateFusion(Fusion):
    """Let each modality predict by itself, and add the outputs.

    All numbers and categories share one network of dense layers with members of its own; each
    text, sequence and image has another. Their outputs are added before the last activation, so
    modalities do not interact. Suits few rows and modalities that carry different information.

    Parameters
    ----------
    modality_dropout : float, default=0.0
        As for `ConcatFusion`.

    See Also
    --------
    ConcatFusion : The default: branches meet before the prediction.

    References
    ----------
    Baltrušaitis, Ahuja, Morency: Multimodal Machine Learning: A Survey and Taxonomy, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 41, 2019.

    Examples
    --------
    >>> LateFusion().views({"numeric": "numeric", "category": "categorical", "text": "tokens"})
    {'numeric': 'network>', 'category': 'network>', 'text': 'text>'}
    """

    def __init__(self, modality_dropout: float = 0.0) -> None:
        self.modality_dropout = modality_dropout

    def views(self, kinds: dict[str, str]) -> dict[str, str]:
        """Return which inputs predict together.

        Parameters
        ----------
        kinds : dict of {str: str}
            The kind of each input.

        Returns
        -------
        dict of {str: str}
            For each input the prefix of the layers that it shares with others of that prefix.
        """
        table = ("numeric", "categorical")
        return {n: TRUNK if kind in table else layer_prefix(n) for n, kind in kinds.items()}

    def build(self, outputs: dict[str, KerasTensor]) -> tuple[KerasTensor, list[int]]:
        """Fuse the outputs that predict together; see `Fusion.build`."""
        flat, chunks = flatten(outputs)
        return concatenate(flat, f"{layer_prefix(next(iter(outputs)))}fusion"), chunks
