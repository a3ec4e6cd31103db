"""Fusion: the outputs of the branches become one tensor."""

import keras
from sklearn.base import BaseEstimator


class ConcatFusion(BaseEstimator):
    """Lay the branches' outputs side by side.

    Examples
    --------
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = ConcatFusion().build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 11), [1, 1, 1, 4, 4])
    """

    def build(self, outputs):
        """Fuse the outputs.

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
        flat, chunks = [], []
        for name, x in outputs.items():
            if len(x.shape) == 3:
                chunks += [x.shape[2]] * x.shape[1]
                x = keras.layers.Flatten(name=f"{name}_flatten")(x)  # noqa: PLW2901 - the flat form of the same thing
            else:
                chunks += [1] * x.shape[1]
            flat.append(x)
        if len(flat) == 1:
            return flat[0], chunks
        return keras.layers.Concatenate(name="fusion")(flat), chunks
