"""Predict with a network, or with the mean of several, by the compiled forward pass."""

import keras
import numpy as np

from skmultiinput._compat import python_random_untouched
from skmultiinput._network.ensemble import networks_of
from skmultiinput._network.weights import keeps_constants
from skmultiinput._training.compile_cache import pooled
from skmultiinput._training.program import Forward

# Rows per call when no gradient is needed: large enough to be fast, small enough for any memory.
CHUNK = 4096


def forward_of(model, key):
    """Return the compiled forward pass of a network.

    Parameters
    ----------
    model : keras.Model
    key : hashable, optional
        What is built into its graph; networks with equal keys share the compiled pass.

    Returns
    -------
    Forward
    """
    if key is None:
        return Forward(model)
    # A pooled graph outlives this network, and the user may change the network.
    return pooled((key, keras.config.floatx()), lambda: Forward(_copy(model)))


def _copy(model):
    with python_random_untouched():
        return keras.models.clone_model(model)


class Predictor:
    """Predicts with a network by its compiled forward pass.

    Parameters
    ----------
    key : hashable, optional
        What is built into the graph of the network, or into the graphs of each of several.
    """

    def __init__(self, key):
        self.key = key
        self._bound = None

    def __call__(self, model, inputs, n_rows):
        """Predict ``n_rows`` rows of `inputs`, an ndarray (n_rows, n_outputs)."""
        if self._bound is None or self._bound[0] is not model:
            self._bound = (model, _bind(networks_of(model), self.key))
        return predict_in_chunks(self._bound[1], inputs, n_rows)

    def __getstate__(self):
        return {"key": self.key, "_bound": None}


def _bind(networks, key):
    """Return a function that predicts a batch by the mean of networks."""
    if len(networks) == 1 or not any(map(keeps_constants, networks)):
        return forward_of(networks[0], key).bind(networks)
    # Their constants are compiled in, and differ.
    alone = [Forward(network).bind([network]) for network in networks]
    return lambda batch: np.mean([predict(batch) for predict in alone], axis=0)


def predict_in_chunks(predict, inputs, n_rows, rows=None):
    """Predictions of any number of rows in bounded memory.

    Parameters
    ----------
    predict : callable
        ``predict(batch) -> ndarray`` of shape (n_samples, n_outputs).
    inputs : dict of {str: ndarray}
    n_rows : int
    rows : ndarray of int, optional
        Which rows of the inputs; the first `n_rows` where it is not given.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
    """
    parts = []
    for i in range(0, max(n_rows, 1), CHUNK):
        chunk = slice(i, i + CHUNK) if rows is None else rows[i : i + CHUNK]
        parts.append(predict({name: values[chunk] for name, values in inputs.items()}))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
