"""The base of all fusions, and what they share."""

from typing import Any

import keras
from keras import KerasTensor
from sklearn.base import BaseEstimator

from skmultiinput.branches._branch import SHARE, layer_prefix


class Fusion(BaseEstimator):
    """Base class of all fusions. To write your own, define ``build``.

    A fusion may have a parameter ``modality_dropout``, and a method ``views`` as `LateFusion` has.
    """

    _parameter_constraints: dict[str, list[Any]] = {"modality_dropout": [SHARE]}

    def build(self, outputs: dict[str, KerasTensor]) -> tuple[KerasTensor, list[int]]:
        """Fuse the outputs of the branches.

        Parameters
        ----------
        outputs : dict of {str: KerasTensor}
            Per input a tensor of shape (None, width) or (None, n_features, width).

        Returns
        -------
        tensor : KerasTensor of shape (None, total)
        chunks : list of int
            Widths of the features that the tensor consists of, in order.
        """
        raise TypeError(f"{type(self).__name__} must define build(outputs).")


def flatten(outputs: dict[str, KerasTensor]) -> tuple[list[KerasTensor], list[int]]:
    """Return outputs as tensors of shape (None, width), and the widths of their features."""
    flat: list[KerasTensor] = []
    chunks: list[int] = []
    for name, x in outputs.items():
        if len(x.shape) == 3:
            chunks += [x.shape[2]] * x.shape[1]
            layer = keras.layers.Flatten(
                data_format="channels_last", name=f"{layer_prefix(name)}flatten"
            )
            flat.append(layer(x))
        else:
            chunks += [1] * x.shape[1]
            flat.append(x)
    return flat, chunks


def concatenate(tensors: list[KerasTensor], name: str) -> KerasTensor:
    """Concatenate tensors of shape (None, width); one alone is returned as it is."""
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)
