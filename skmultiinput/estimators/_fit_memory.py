"""Fits that go on from a kept fit of fewer epochs: for searches whose resource is the epochs."""

import os
import pickle
import re
import tempfile
from pathlib import Path

import joblib
import numpy as np

from skmultiinput._version import __version__
from skmultiinput.estimators._read_input import read_features, read_weight
from skmultiinput.estimators._targets import read_target
from skmultiinput.frame._column_groups import ColumnGroups

# What two fits may differ in for one to go on from the other.
_MAY_DIFFER = ("epochs", "memory", "verbose", "fit__epochs", "fit__verbose")


def fit_from_memory(estimator, fit, n_epochs, X, y, sample_weight, X_val, y_val):
    """Fit, starting from what the folder `estimator.memory` has of an equal fit.

    Parameters
    ----------
    estimator : MultiInputClassifier or MultiInputRegressor
    fit : callable
        ``fit(until)`` trains to so many epochs in all: from the start with None.
    n_epochs : int
        Number of epochs asked for.
    X, y, sample_weight, X_val, y_val
        As for `fit` of the estimator.

    Returns
    -------
    estimator
    """
    if not isinstance(estimator.random_state, (int, np.integer, type(None))):
        return fit(None)  # a generator in use says not where it started
    folder = Path(estimator.memory)
    folder.mkdir(parents=True, exist_ok=True)
    key = _key(estimator, X, y, sample_weight, X_val, y_val)
    path = folder / f"{type(estimator).__name__}-{key}.pickle"
    kept = _read(path)
    if kept is None or kept["asked"] > n_epochs:
        fit(None)
    else:
        vars(estimator).update(kept["learned"])
        stopped = estimator.n_iter_ < kept["asked"]
        if not stopped and kept["asked"] < n_epochs:
            fit(n_epochs)
    _write(path, {"asked": n_epochs, "learned": _learned(estimator)})
    return estimator


def _learned(estimator):
    """Return what `fit` has set: everything but the parameters, networks packed for a pickle."""
    parameters = estimator.get_params(deep=False)
    return {n: v for n, v in estimator.__getstate__().items() if n not in parameters}


def _read(path):
    try:
        with path.open("rb") as file:
            kept = pickle.load(file)  # noqa: S301 - the user's own folder, as with joblib.Memory
    except FileNotFoundError:
        return None
    except (EOFError, pickle.UnpicklingError):
        return None  # damaged: it is written again
    learned = kept["learned"]
    if hasattr(learned["model_"], "unpack"):
        learned["model_"] = learned["model_"].unpack()
    return kept


def _write(path, kept):
    """Write at once, so that a reader never meets half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        pickle.dump(kept, file, protocol=pickle.HIGHEST_PROTOCOL)
    Path(name).replace(path)


def _key(estimator, X, y, sample_weight, X_val, y_val):
    """Return a digest of the rows and of all parameters that make a difference."""
    parameters = {
        # Addresses in memory say nothing.
        name: re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
        for name, value in sorted(estimator.get_params(deep=True).items())
        if name not in _MAY_DIFFER
    }
    # Reading sets names of columns: on an estimator that is thrown away.
    rows = read_features(type(estimator)(), X, reset=True)
    parts = [__version__, parameters, *_content(rows, y), read_weight(sample_weight, rows)[0]]
    if X_val is not None:
        parts += _content(read_features(type(estimator)(), X_val, reset=True), y_val)
    return joblib.hash(parts)


def _content(frame, y):
    """Return what a frame and its target hold, as arrays and lists that can be hashed."""
    groups = ColumnGroups.from_frame(frame)
    vocabularies = [[list(map(repr, v)) for v in spec.categories or ()] for spec in groups.inputs]
    labels, codes = np.unique(read_target(y, "fit"), return_inverse=True)
    names = list(map(str, frame.columns))
    return groups.split(frame), names, vocabularies, list(map(repr, labels)), codes
