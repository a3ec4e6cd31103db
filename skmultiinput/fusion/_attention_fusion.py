"""Fusion by attention between the branches."""

from numbers import Integral

import keras
from keras import KerasTensor

from skmultiinput._compat import Interval
from skmultiinput._layers.fusion_layers import StackTokens
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput._layers.initializers import glorot
from skmultiinput.branches._branch import POSITIVE, SHARE, TRUNK, layer_prefix
from skmultiinput.fusion._fusion import Fusion, flatten


class AttentionFusion(Fusion):
    """Let the branches attend to each other: each is a token of a small transformer.

    Parameters
    ----------
    units : int, default=64
        Width of a token.
    n_layers : int, default=1
        Number of blocks, each of attention and dense layers.
    n_heads : int, default=4
        Number of heads of the attention.
    dropout : float, default=0.1
        Fraction of each block's outputs that are dropped in training, in [0, 1).
    modality_dropout : float, default=0.0
        As for `ConcatFusion`.

    See Also
    --------
    GatedFusion : Weighs branches by gates, with fewer weights.
    ConcatFusion : The default.

    References
    ----------
    Vaswani et al.: Attention Is All You Need, NeurIPS 2017.

    Examples
    --------
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = AttentionFusion(units=8).build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 16), [8, 8])
    """

    _parameter_constraints = {
        "modality_dropout": [SHARE],
        "units": [POSITIVE],
        "n_layers": [Interval(Integral, 0, None, closed="left")],
        "n_heads": [POSITIVE],
        "dropout": [SHARE],
    }

    def __init__(
        self,
        units: int = 64,
        n_layers: int = 1,
        n_heads: int = 4,
        dropout: float = 0.1,
        modality_dropout: float = 0.0,
    ) -> None:
        self.units = units
        self.n_layers = n_layers
        self.n_heads = n_heads
        self.dropout = dropout
        self.modality_dropout = modality_dropout

    def build(self, outputs: dict[str, KerasTensor]) -> tuple[KerasTensor, list[int]]:
        """Fuse the outputs; see `Fusion.build`."""
        flat, _ = flatten(outputs)
        tokens = [
            _dense(self.units, f"{layer_prefix(name)}token")(x)
            for name, x in zip(outputs, flat, strict=True)
        ]
        x = StackTokens(name=f"{TRUNK}tokens")(tokens)
        for i in range(self.n_layers):
            attended = keras.layers.LayerNormalization(name=f"{TRUNK}attention_norm_{i}")(x)
            attended = keras.layers.MultiHeadAttention(
                self.n_heads,
                max(self.units // self.n_heads, 1),
                name=f"{TRUNK}attention_{i}",
                kernel_initializer=glorot(),
            )(attended, attended)
            x = keras.layers.Add(name=f"{TRUNK}attention_sum_{i}")(
                [x, self._dropped(attended, f"a{i}")]
            )
            wide = keras.layers.LayerNormalization(name=f"{TRUNK}mlp_norm_{i}")(x)
            wide = _dense(2 * self.units, f"{TRUNK}mlp_{i}", "relu")(wide)
            wide = _dense(self.units, f"{TRUNK}mlp_out_{i}")(wide)
            x = keras.layers.Add(name=f"{TRUNK}mlp_sum_{i}")([x, self._dropped(wide, f"m{i}")])
        x = keras.layers.LayerNormalization(name=f"{TRUNK}fusion_norm")(x)
        return keras.layers.Flatten(data_format="channels_last", name=f"{TRUNK}fusion")(x), [
            self.units
        ] * len(outputs)

    def _dropped(self, x: KerasTensor, name: str) -> KerasTensor:
        if not self.dropout:
            return x
        return HashDropout(self.dropout, seed=0, name=f"{TRUNK}attention_dropout_{name}")(x)


def _dense(units: int, name: str, activation: str | None = None) -> keras.layers.Layer:
    return keras.layers.Dense(units, activation, name=name, kernel_initializer=glorot())
