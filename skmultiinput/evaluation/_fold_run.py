"""One fold of an evaluation: fit, tune the threshold on the training rows, predict, count."""

import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import cross_val_predict, cross_validate

from skmultiinput.evaluation._folds import make_folds
from skmultiinput.evaluation._protocol import costs_of
from skmultiinput.evaluation._scores import Predictions
from skmultiinput.inspection._permutation_importance import permutation_importance
from skmultiinput.inspection._unwrap import part_with, preprocessing
from skmultiinput.metrics._classification_cost import cost_per_row
from skmultiinput.metrics._thresholds import bayes_threshold, min_cost_threshold
from skmultiinput.preprocessing import describe_columns

# Importances of a fold: enough rows and permutations to rank columns, pooled over the folds.
_IMPORTANCE_ROWS = 1000
_IMPORTANCE_REPEATS = 2


class Job(NamedTuple):
    """One model on one fold; `train` and `test` are positions of rows."""

    model: str
    estimator: Any
    fold: int
    train: np.ndarray
    test: np.ndarray
    params: dict
    looks_inside: bool = False


def run_fold(job, X, y, task):
    """Fit on the training rows and predict the others.

    Returns
    -------
    scores : dict of {str: float}
        The figures of the fold.
    predicted : ndarray of shape (n_test, n_classes), (n_test,) or (n_test, n_outputs)
        Probabilities, or predicted numbers.
    details : dict
        ``confusion`` of a classifier; with ``job.looks_inside`` also ``columns``, ``history`` and
        ``importances``, where the model has them.
    """
    tunes = isinstance(task.threshold, str) and task.threshold == "tuned"
    try:
        fitted = cross_validate(
            job.estimator,
            X,
            y,
            cv=[(job.train, job.test)],
            # Figures come from one set of predictions; only scorers need the model itself.
            scoring=task.scorers or _nothing,
            params=job.params,
            return_estimator=True,
            error_score="raise",
        )
        start = time.perf_counter()
        tuned = _tune(job, X, y, task) if tunes else None
        tune_seconds = time.perf_counter() - start
        estimator = fitted["estimator"][0]
        said, predict_seconds, cut = _predict(estimator, job, X, y, task, tuned=tuned)
        details = _look_inside(estimator, X, said, job, task) if job.looks_inside else {}
    except Exception as error:
        error.add_note(f"This happened in fold {job.fold} of model {job.model!r}.")
        raise
    scores = {name: float(figure(said)) for name, figure in task.own.items()}
    scores |= {name: float(fitted[f"test_{name}"][0]) for name in task.scorers}
    scores |= _cost_figures(said, cut, job.test, task)
    if cut is not None and np.ndim(cut) == 0:
        scores["threshold"] = float(cut)
    scores["fit_seconds"] = float(fitted["fit_time"][0])
    if tunes:
        scores["tune_seconds"] = tune_seconds
    scores["predict_seconds"] = predict_seconds
    scores |= {"n_train": len(job.train), "n_test": len(job.test)}
    if said.proba is None:
        return scores, said.decision, details
    details["confusion"] = confusion_matrix(said.y, said.decision, labels=said.classes)
    return scores, said.proba, details


def _look_inside(estimator, X, said, job, task):
    """Keep what a report shows of a fitted model, before it is let go."""
    found: dict = {}
    network, transformer = part_with(estimator, "history_"), preprocessing(estimator)[1]
    if network is not None:
        found["history"] = {name: list(values) for name, values in network.history_.items()}
    if transformer is not None:
        found["columns"] = describe_columns(transformer)
    # Without one of the classes, no ranking of the rows can be scored.
    if said.classes is None or len(np.unique(said.y)) == len(said.classes):
        found["importances"] = permutation_importance(
            estimator,
            _rows(X, job.test),
            said.y,
            n_repeats=_IMPORTANCE_REPEATS,
            max_samples=min(_IMPORTANCE_ROWS, len(job.test)),
            random_state=task.seed % 2**32,
        )
    return found


def _predict(estimator, job, X, y, task, *, tuned):
    """Return the predictions, the seconds they took and the threshold used."""
    X_test, y_test = _rows(X, job.test), y[job.test]
    weight = None if task.weight is None else task.weight[job.test]
    start = time.perf_counter()
    if task.classes is None:
        numbers = np.asarray(estimator.predict(X_test), dtype=np.float64).reshape(y_test.shape)
        seconds = time.perf_counter() - start
        return Predictions(y_test, numbers, None, None, None, weight), seconds, None
    proba = _probabilities(estimator, X_test, task.classes)
    seconds = time.perf_counter() - start
    cut = _fixed_cut(task, job.test) if tuned is None else tuned
    decision = _decide(estimator, X_test, proba, cut, task)
    said = Predictions(y_test, decision, proba, task.classes, task.positive, weight)
    return said, seconds, cut


def _nothing(_estimator, _X, _y):
    return 0.0


def _tune(job, X, y, task):
    """Cheapest threshold on out-of-fold probabilities of the training rows alone."""
    train = job.train
    X_train, y_train = _rows(X, train), y[train]
    inner = make_folds(
        X_train,
        y_train,
        cv=task.threshold_cv,
        groups=None if task.groups is None else task.groups[train],
        classes=task.classes,
        seed=task.seed,
    )
    params = {
        name: _rows(sliceable(value), train) if _is_per_row(value, len(y)) else value
        for name, value in job.params.items()
    }
    proba = cross_val_predict(
        clone(job.estimator), X_train, y_train, cv=inner, method="predict_proba", params=params
    )
    return min_cost_threshold(
        y_train,
        _clean(proba)[:, task.positive],
        **costs_of(task.costs, train),
        pos_label=task.classes[task.positive],
        sample_weight=None if task.weight is None else task.weight[train],
    )


def final_thresholds(predictions, y, task):
    """Per model the cheapest threshold over all its out-of-fold probabilities."""
    if not (isinstance(task.threshold, str) and task.threshold == "tuned"):
        return {}
    found = {}
    for model, proba in predictions.items():
        tested = np.flatnonzero(~np.isnan(proba[:, 0]))
        found[model] = min_cost_threshold(
            y[tested],
            np.clip(proba[tested, task.positive], 0, 1),
            **costs_of(task.costs, tested),
            pos_label=task.classes[task.positive],
            sample_weight=None if task.weight is None else task.weight[tested],
        )
    return found


def _fixed_cut(task, test):
    if isinstance(task.threshold, str):
        return bayes_threshold(**costs_of(task.costs, test))
    return task.threshold


def _decide(estimator, X, proba, cut, task):
    if task.matrix is not None:
        return task.classes[np.argmin(proba @ task.matrix, axis=1)]
    if cut is None:
        return np.asarray(estimator.predict(X)).reshape(-1)
    yes, no = task.classes[task.positive], task.classes[1 - task.positive]
    return np.where(proba[:, task.positive] >= cut, yes, no)


def _cost_figures(said, cut, test, task):
    weight, classes = said.weight, task.classes
    if task.matrix is not None:
        how = {"cost_matrix": task.matrix, "labels": classes}
        plain, name = classes[said.proba.argmax(axis=1)], "cost_argmax"
    elif task.costs:
        how = {**costs_of(task.costs, test), "pos_label": classes[task.positive]}
        half = said.score >= 0.5
        plain = np.where(half, classes[task.positive], classes[1 - task.positive])
        name = "cost_at_0.5"
    else:
        return {}
    figures = {"cost": np.average(cost_per_row(said.y, said.decision, **how), weights=weight)}
    if task.matrix is not None or cut is not None:
        figures[name] = np.average(cost_per_row(said.y, plain, **how), weights=weight)
    return {figure: float(value) for figure, value in figures.items()}


def _probabilities(estimator, X, classes):
    proba = np.asarray(estimator.predict_proba(X))
    if proba.shape != (X.shape[0], len(classes)):
        raise ValueError(
            f"predict_proba must give {X.shape[0]} rows with one column for each of the "
            f"{len(classes)} classes; got shape {proba.shape}."
        )
    return _clean(proba)


def _clean(proba):
    """Bring float32 probabilities to a sum of exactly 1, which log-loss insists on."""
    proba = np.asarray(proba, dtype=np.float64)
    if not np.isfinite(proba).all():
        raise ValueError("predict_proba gave NaN or infinite probabilities.")
    return proba / proba.sum(axis=1, keepdims=True)


def sliceable(X):
    """Turn lists into arrays, and leave what can be sliced by rows as it is."""
    return X if hasattr(X, "iloc") or hasattr(X, "shape") else np.asarray(X)


def _is_per_row(value, n_samples):
    return hasattr(value, "__len__") and not isinstance(value, str) and len(value) == n_samples


def _rows(X, rows):
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]
