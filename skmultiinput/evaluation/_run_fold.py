"""One fold of an evaluation: fit, tune the threshold on the training rows, predict, score."""

import time
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import cross_validate
from threadpoolctl import threadpool_limits

from skmultiinput._unwrap import part_with, preprocessing
from skmultiinput.evaluation._column_effects import N_COLUMNS, column_effects
from skmultiinput.evaluation._evaluation_metrics import METRICS, Predictions
from skmultiinput.evaluation._evaluation_task import Task, costs_of, take_rows
from skmultiinput.evaluation._explained_rows import explained_rows
from skmultiinput.evaluation._make_folds import Split
from skmultiinput.inspection._permutation_importance import permutation_importance
from skmultiinput.metrics._classification_cost import classification_cost
from skmultiinput.metrics._thresholds import bayes_threshold, min_cost_threshold
from skmultiinput.preprocessing import describe_columns

# Importances of a fold: enough rows and permutations to rank columns, pooled over the folds.
_IMPORTANCE_ROWS = 1000
_IMPORTANCE_REPEATS = 2
# Below this many rows threads gain boosted trees next to nothing, and where cores are busy with
# something else, threads that wait for each other cost them a factor of twenty.
_FEW_ROWS = 50_000


@dataclass(frozen=True, eq=False)
class Job:
    """One model on one fold; all rows are positions.

    `inner` are the splits of the training rows on which a threshold is tuned, empty where none is.
    """

    model: str
    estimator: BaseEstimator
    fold: int
    train: np.ndarray
    test: np.ndarray
    inner: list[Split]
    params: dict[str, Any]
    keep_details: bool = False


class FoldOutcome(NamedTuple):
    """Result of a job.

    `predicted` has probabilities of shape (n_test, n_classes), or numbers; `details` has
    ``confusion`` of a classifier, and ``columns``, ``history``, ``importances``, ``effects`` and
    ``explained`` if the job keeps details and the model has them.
    """

    scores: dict[str, float]
    predicted: np.ndarray
    details: dict[str, Any]


def run_fold(job: Job, X: Any, y: np.ndarray, task: Task) -> FoldOutcome:
    """Fit on the training rows, predict the test rows and score the predictions."""
    n_threads = 1 if len(job.train) < _FEW_ROWS else None
    try:
        with threadpool_limits(n_threads, user_api="openmp"):
            fitted = _fit(job, X, y, (job.train, job.test), scoring=_scoring(job, task))
            start = time.perf_counter()
            threshold = _tune(job, X, y, task) if job.inner else _fixed_threshold(task, job.test)
            tune_seconds = time.perf_counter() - start
            estimator = fitted["estimator"][0]
            start = time.perf_counter()
            predictions = _predict(estimator, job, X, y, task, threshold)
            predict_seconds = time.perf_counter() - start
            details = _details(estimator, X, predictions, job, task) if job.keep_details else {}
    except Exception as error:
        error.add_note(f"This happened in fold {job.fold} of model {job.model!r}.")
        raise
    known = METRICS[task.kind]
    scores = {name: float(known[metric](predictions)) for name, metric in task.metrics.items()}
    scores |= {name: float(fitted[f"test_{name}"][0]) for name in task.scorers}
    scores |= _cost_scores(predictions, threshold, job.test, task)
    if isinstance(threshold, float):
        scores["threshold"] = threshold
    scores["fit_seconds"] = float(fitted["fit_time"][0])
    if job.inner:
        scores["tune_seconds"] = tune_seconds
    scores["predict_seconds"] = predict_seconds
    scores |= {"n_train": len(job.train), "n_test": len(job.test)}
    if predictions.proba is None:
        return FoldOutcome(scores, predictions.predicted, details)
    counts = confusion_matrix(predictions.y, predictions.predicted, labels=task.classes)
    details["confusion"] = counts
    return FoldOutcome(scores, predictions.proba, details)


def final_thresholds(
    predictions: dict[str, np.ndarray], y: np.ndarray, task: Task
) -> dict[str, float]:
    """Return per model the cheapest threshold over all its out-of-fold probabilities."""
    if task.threshold != "tuned":
        return {}
    return {
        model: _min_cost(proba, np.flatnonzero(np.isfinite(proba[:, 0])), y, task)
        for model, proba in predictions.items()
    }


def _fit(job: Job, X: Any, y: np.ndarray, split: Split, scoring: Any) -> dict[str, Any]:
    return cross_validate(
        job.estimator,
        X,
        y,
        cv=[split],
        # Our metrics come from one set of predictions; only scorers need the model itself.
        scoring=scoring,
        params=job.params,
        return_estimator=True,
        error_score="raise",
    )


def _scoring(job: Job, task: Task) -> Any:
    """Return the scorers, with weights, which `cross_validate` by itself does not pass to them.

    A callable of the user's own may take none.
    """
    if task.weight is None or get_config()["enable_metadata_routing"]:
        return task.scorers or _no_score
    weight = task.weight[job.test]
    weighted = {
        name: partial(scorer, sample_weight=weight)
        for name, scorer in task.scorers.items()
        if {"sample_weight", "kwargs"} & signature(scorer).parameters.keys()
    }
    return {**task.scorers, **weighted} or _no_score


def _no_score(_estimator: BaseEstimator, _X: Any, _y: Any) -> float:
    return 0.0


def _tune(job: Job, X: Any, y: np.ndarray, task: Task) -> float:
    """Return the cheapest threshold on out-of-fold probabilities of the training rows alone."""
    proba = np.full((len(y), len(task.classes)), np.nan)
    for train, test in job.inner:
        model = _fit(job, X, y, (train, test), scoring=_no_score)["estimator"][0]
        proba[test] = _probabilities(model, take_rows(X, test), task.classes)
    return _min_cost(proba, np.flatnonzero(np.isfinite(proba[:, 0])), y, task)


def _min_cost(proba: np.ndarray, rows: np.ndarray, y: np.ndarray, task: Task) -> float:
    threshold = min_cost_threshold(
        y[rows],
        np.clip(proba[rows, task.positive], 0, 1),
        **costs_of(task.costs, rows),
        pos_label=task.classes[task.positive],
        sample_weight=None if task.weight is None else task.weight[rows],
    )
    return float(threshold)


def _fixed_threshold(task: Task, test: np.ndarray) -> float | np.ndarray | None:
    """Return the threshold that needs no tuning; an array where costs differ between rows."""
    if task.threshold == "bayes":
        return bayes_threshold(**costs_of(task.costs, test))
    # Where a part of the training rows is fitted on, nothing is tuned.
    return None if task.threshold in (None, "tuned") else float(task.threshold)


def _predict(
    estimator: BaseEstimator,
    job: Job,
    X: Any,
    y: np.ndarray,
    task: Task,
    threshold: float | np.ndarray | None,
) -> Predictions:
    X_test, y_test = take_rows(X, job.test), y[job.test]
    weight = None if task.weight is None else task.weight[job.test]
    if task.classes is None:
        numbers = np.asarray(estimator.predict(X_test), dtype=np.float64).reshape(y_test.shape)
        return Predictions(y_test, numbers, None, None, None, weight)
    proba = _probabilities(estimator, X_test, task.classes)
    if task.matrix is not None:
        labels = task.classes[np.argmin(proba @ task.matrix, axis=1)]
    elif threshold is None:
        labels = np.asarray(estimator.predict(X_test)).reshape(-1)
    else:
        labels = _at_threshold(proba, threshold, task)
    return Predictions(y_test, labels, proba, task.classes, task.positive, weight)


def _at_threshold(proba: np.ndarray, threshold: float | np.ndarray, task: Task) -> np.ndarray:
    yes, no = task.classes[task.positive], task.classes[1 - task.positive]
    return np.where(proba[:, task.positive] >= threshold, yes, no)


def _details(
    estimator: BaseEstimator, X: Any, predictions: Predictions, job: Job, task: Task
) -> dict[str, Any]:
    """Return what a report shows of a fitted model."""
    details: dict[str, Any] = {}
    network, transformer = part_with(estimator, "history_"), preprocessing(estimator)[1]
    if network is not None:
        details["history"] = {name: list(values) for name, values in network.history_.items()}
    if transformer is not None:
        details["columns"] = describe_columns(transformer)
    # Without one of the classes, no ranking of the rows can be scored, nor can a single row.
    n_classes = 1 if task.classes is None else len(task.classes)
    if len(job.test) > 1 and len(np.unique(predictions.y)) >= n_classes:
        details["importances"] = permutation_importance(
            estimator,
            take_rows(X, job.test),
            predictions.y,
            n_repeats=_IMPORTANCE_REPEATS,
            max_samples=min(_IMPORTANCE_ROWS, len(job.test)),
            sample_weight=predictions.weight,
            random_state=task.seed % 2**32,
        )
        if hasattr(X, "columns") and task.kind != "multiclass" and predictions.y.ndim == 1:
            by_column = details["importances"].xs("column", level="level")
            details["effects"] = column_effects(
                estimator, take_rows(X, job.test), list(by_column.index[:N_COLUMNS]), task.positive
            )
    if job.fold == 0 and isinstance(X, pd.DataFrame) and X.columns.is_unique:
        details["explained"] = explained_rows(
            estimator, X.iloc[job.test], X.iloc[job.train], predictions
        )
    return details


def _cost_scores(
    predictions: Predictions, threshold: float | np.ndarray | None, test: np.ndarray, task: Task
) -> dict[str, float]:
    if task.matrix is not None:
        how: dict[str, Any] = {"cost_matrix": task.matrix, "labels": task.classes}
        plain, name = task.classes[predictions.proba.argmax(axis=1)], "cost_argmax"
    elif task.costs:
        how = {**costs_of(task.costs, test), "pos_label": task.classes[task.positive]}
        plain, name = _at_threshold(predictions.proba, 0.5, task), "cost_at_0.5"
    else:
        return {}

    def mean_cost(labels: np.ndarray) -> float:
        return classification_cost(predictions.y, labels, sample_weight=predictions.weight, **how)

    scores = {"cost": mean_cost(predictions.predicted)}
    if task.matrix is not None or threshold is not None:
        scores[name] = mean_cost(plain)
    return scores


def _probabilities(estimator: BaseEstimator, X: Any, classes: np.ndarray) -> np.ndarray:
    """Return probabilities as float64 with a sum of exactly 1, which log-loss insists on."""
    proba = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    if proba.shape != (X.shape[0], len(classes)):
        raise ValueError(
            f"predict_proba must give {X.shape[0]} rows with one column for each of the "
            f"{len(classes)} classes; got shape {proba.shape}."
        )
    if not np.isfinite(proba).all():
        raise ValueError("predict_proba gave NaN or infinite probabilities.")
    return proba / proba.sum(axis=1, keepdims=True)
