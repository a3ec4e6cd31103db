"""Gates of a fitted network as a frame."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd

from skmultiinput._checks import to_pandas
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.ensemble import networks_of
from skmultiinput._training.prediction import predict_in_chunks
from skmultiinput._typing import TableLike
from skmultiinput._unwrap import networks, transformed
from skmultiinput.fusion._gated_fusion import GATES


def get_fusion_gates(estimator: Any, X: TableLike) -> pd.DataFrame:
    """Return the weight of each branch for each row, in a network with gated fusion.

    Parameters
    ----------
    estimator : estimator
        Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline, search, calibration or
        another wrapper around one. It was fitted
        with ``fusion="gated"``.
    X : DataFrame of shape (n_samples, n_columns)
        Rows as for ``predict``.

    Returns
    -------
    DataFrame of shape (n_samples, n_branches)
        Gates between 0 and 2; 1 leaves a branch unchanged. The mean over all networks of the
        estimator.

    Raises
    ------
    ValueError
        If the network has no gates.

    See Also
    --------
    skmultiinput.fusion.GatedFusion : The fusion that has gates.

    Examples
    --------
    >>> import numpy as np
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"a__x": np.linspace(0, 1, 40), "b__x": np.linspace(1, 0, 40)})
    >>> model = MultiInputClassifier(fusion="gated", epochs=1, random_state=0)
    >>> get_fusion_gates(model.fit(X, [0, 1] * 20), X).columns.tolist()
    ['a', 'b']
    """
    table = to_pandas(X)
    index = table.index if isinstance(table, pd.DataFrame) else None
    frames = []
    for before, model in networks(estimator):
        inputs = model.column_groups_.split(transformed(before, table))
        for network in networks_of(model.model_):
            layer = next((layer for layer in network.layers if layer.name == GATES), None)
            if layer is None:
                raise ValueError(
                    "The network has no gates; fit the estimator with fusion='gated' to read them."
                )
            gates = predict_in_chunks(_reader(network, layer), inputs, len(table))
            frames.append(pd.DataFrame(gates, columns=layer.branches, index=index))
    return sum(frames[1:], frames[0]) / len(frames)


def _reader(network: keras.Model, layer: keras.layers.Layer) -> Callable[[Any], np.ndarray]:
    """Return a function from inputs to the outputs of a layer."""
    part = keras.Model(network.inputs, layer.output)
    return lambda inputs: to_numpy(part(inputs))
