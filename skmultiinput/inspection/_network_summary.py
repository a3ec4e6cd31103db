"""Layers of a fitted network as a frame."""

from typing import Any

import numpy as np
import pandas as pd

from skmultiinput._compat import sources_of
from skmultiinput._network.ensemble import networks_of
from skmultiinput._unwrap import networks


def network_summary(estimator: Any) -> pd.DataFrame:
    """Return the layers of the fitted network, one row each.

    Parameters
    ----------
    estimator : estimator
        Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline, search, calibration or
        another wrapper around one. Of several
        networks, the first is described.

    Returns
    -------
    DataFrame of shape (n_layers, 5)
        Indexed by the name of the layer: ``layer`` (its class), ``input`` (the layers it reads),
        ``shape`` (of its output without the batch), ``trained`` and ``fixed`` (numbers of
        weights).

    See Also
    --------
    skmultiinput.persistence.export_network : The network for other runtimes.

    Examples
    --------
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"a__x": np.linspace(0, 1, 40)})
    >>> model = MultiInputClassifier(epochs=1, hidden_units=(8,), random_state=0)
    >>> network_summary(model.fit(X, [0, 1] * 20)).loc["network>hidden_0", :"shape"]
    layer              Dense
    input    network>members
    shape               (8,)
    Name: network>hidden_0, dtype: object
    """
    network = networks_of(networks(estimator)[0][1].model_)[0]
    rows: dict[str, dict[str, Any]] = {}
    for layer in network.layers:
        output = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
        rows[layer.name] = {
            "layer": type(layer).__name__,
            "input": ", ".join(dict.fromkeys(source.name for source in sources_of(layer))),
            "shape": tuple(output.shape[1:]),
            "trained": sum(int(np.prod(w.shape)) for w in layer.trainable_variables),
            "fixed": sum(int(np.prod(w.shape)) for w in layer.non_trainable_weights),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
