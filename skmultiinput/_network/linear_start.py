"""Where the linear path of a network starts: at a ridge or logistic regression."""

import threading
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from threadpoolctl import threadpool_limits

from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import LINEAR

# Rows that a regression is fitted to: more hardly change it.
_MOST_ROWS = 10_000
# Rows that pass the network at once: all its inputs become tensors, texts and images, too.
_ROWS_AT_ONCE = 1000
_PENALTIES = np.logspace(-2, 4, 13)
# For matrices this small, several threads take longer than one, and round differently. Limits
# of two fits at once would be restored in the wrong order.
_ALONE = threading.Lock()


def start_linear_path(
    network: keras.Model,
    inputs: Mapping[str, np.ndarray],
    y: np.ndarray,
    weight: np.ndarray,
    rows: np.ndarray,
    activation: Any,
) -> None:
    """Set the layer `LINEAR` of a network, if it has one, by a regression on its training `rows`.

    `y` and `activation`, that of the outputs, decide on the regression: ridge for plain outputs,
    logistic for probabilities. Outputs with another activation start at zero. The penalty is the
    one of the ridge regression with the smallest leave-one-out error.
    """
    layer = next((layer for layer in network.layers if layer.name == LINEAR), None)
    if layer is None or activation not in ("linear", "sigmoid", "softmax") or len(rows) < 2:
        return
    if len(rows) > _MOST_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(int)]
    before = keras.Model(network.input, layer.input)
    X = np.concatenate(
        [
            to_numpy(before({name: values[part] for name, values in inputs.items()}))
            for part in np.array_split(rows, -(-len(rows) // _ROWS_AT_ONCE))
        ]
    )
    X, y, weight = X.astype(np.float64), np.asarray(y)[rows], weight[rows].astype(np.float64)
    center, spread = X.mean(axis=0), X.std(axis=0)
    spread[spread < 1e-6 * np.abs(center).clip(1e-30)] = 1.0
    X = (X - center) / spread
    if activation == "softmax" and y.ndim == 1:
        y = np.eye(layer.units)[y]
    y = y.reshape(len(y), -1).astype(np.float64)
    with _ALONE, threadpool_limits(1, user_api="blas"):
        # The default way takes twice as long for many columns in scikit-learn 1.9.
        ridge = RidgeCV(_PENALTIES, gcv_mode="svd").fit(X, y, sample_weight=weight)
        slope, start = ridge.coef_.reshape(-1, X.shape[1]), np.atleast_1d(ridge.intercept_)
        if activation != "linear":
            slope, start = _logistic(X, y, weight, float(ridge.alpha_), activation)
    layer.set_line(center, spread, slope.T, start)


def _logistic(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, penalty: float, activation: str
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression to classes, one-hot or each by itself; returns slopes and starts.

    The penalty, that of a ridge regression, is brought to the curvature of the logistic loss.
    """
    n_outputs = y.shape[1]
    slope, start = np.zeros((n_outputs, X.shape[1])), np.zeros(n_outputs)
    targets = [y.argmax(axis=1)] if activation == "softmax" else list(y.T.round().astype(int))
    for j, codes in enumerate(targets):
        classes = np.unique(codes)
        if len(classes) < 2:
            continue
        share = np.bincount(codes, weights=weight)[classes] / weight.sum()
        C = 1 / (penalty * np.mean(share * (1 - share)))
        model = LogisticRegression(C=C, max_iter=1000, tol=1e-3).fit(X, codes, sample_weight=weight)
        # For two classes there is one slope: that of the second.
        two = [classes[1]] if activation == "softmax" else [j]
        outputs = classes if len(model.coef_) > 1 else two
        slope[outputs], start[outputs] = model.coef_, model.intercept_
    return slope, start
