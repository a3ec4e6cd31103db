"""Honest figures for one pipeline and its baselines: the same folds, nothing tuned on them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import has_fit_parameter

from skmultiinput.evaluation._baselines import make_baselines
from skmultiinput.evaluation._evaluation_result import BOOKKEEPING, EvaluationResult
from skmultiinput.evaluation._fold_run import Job, final_thresholds, run_fold, sliceable
from skmultiinput.evaluation._folds import check_class_counts, make_folds
from skmultiinput.evaluation._protocol import (
    Task,
    check_target,
    check_threshold,
    evaluation_costs,
    guess_positive,
    position_of,
    task_of,
)
from skmultiinput.evaluation._scores import resolve_scoring

__all__ = ["EvaluationResult", "Progress", "evaluate", "guess_positive"]


class Progress(NamedTuple):
    """What `evaluate` tells its ``progress`` callback, before and after each fold of each model.

    Attributes
    ----------
    done, total : int
        Folds finished and folds in all, over all models.
    model : str
        Name of the model at work.
    fold : int
        Number of the fold, from 0.
    scores : dict of {str: float} or None
        The figures of the fold; None while it is still at work.
    """

    done: int
    total: int
    model: str
    fold: int
    scores: dict | None


def evaluate(
    pipeline,
    X,
    y,
    *,
    cv=5,
    n_repeats=1,
    groups=None,
    scoring=None,
    costs=None,
    threshold="auto",
    threshold_cv=3,
    baselines=None,
    sample_weight=None,
    params=None,
    pos_label=None,
    name="pipeline",
    n_jobs=None,
    random_state=None,
    progress=None,
    details=False,
):
    """Cross-validate a pipeline and its baselines on the same folds.

    Every fold fits a fresh clone through scikit-learn's `cross_validate`; only one fitted model
    per job is in memory at a time.

    Parameters
    ----------
    pipeline : estimator
        A classifier with ``predict_proba``, or a regressor; as a rule a Pipeline that begins
        with the preprocessing.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Raw data, as `pipeline` takes it.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or numbers.
    cv : int, splitter or iterable of (train, test), default=5
        A number means shuffled folds: stratified for classifiers, and never parting a group
        where `groups` is given. Anything else is used as it is.
    n_repeats : int, default=1
        How often a cross-validation with a number of folds is repeated with other folds.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group are never both in training and test.
    scoring : str, list of str or dict of {str: str or callable}, default=None
        Which figures; None means all of them. Names of figures as in the result, or scikit-learn
        scorers.
    costs : dict or matrix, default=None
        What decisions cost per row, in any unit: for two classes a dict with cost_fp, cost_fn
        and, if they are not 0, cost_tp, cost_tn, each a number or one number per row. For any
        number of classes a matrix, as in `classification_cost`: a DataFrame, or an array in
        the sorted order of the labels.
    threshold : {"auto", "tuned", "bayes"}, float or None, default="auto"
        How a probability becomes a decision for two classes. "tuned": the cheapest threshold on
        out-of-fold probabilities *inside the training rows* (`threshold_cv` more fits a fold);
        "bayes": the one that is right for calibrated probabilities; a number; or None: what
        `predict` says. "auto" is "tuned" with costs and None without. With a matrix for more
        than two classes the decision with the least expected cost is taken.
    threshold_cv : int, default=3
        Number of inner folds when a threshold is tuned.
    baselines : None, "auto" or dict of {str: estimator}, default=None
        Models to compare with. "auto": the prior (or the mean), a linear model and
        HistGradientBoosting, on the preprocessing of `pipeline`; see `make_baselines`.
    sample_weight : array-like of shape (n_samples,), default=None
        Weight of each row, in fitting and in the figures.
    params : dict, default=None
        More parameters for ``fit`` of `pipeline`, as `cross_validate` takes them.
    pos_label : label, default=None
        The positive class of two. If None, the larger of 0 and 1, -1 and 1, False and True; of
        other labels the rarer one. With costs, other labels need it.
    name : str, default="pipeline"
        What the result calls `pipeline`.
    n_jobs : int, default=None
        Folds at a time, as in joblib. Networks are fastest one at a time.
    random_state : int, RandomState or None, default=None
        Shuffles the folds. Models have their own.
    progress : callable, default=None
        Called with a `Progress` before and after each fold of each model.
    details : bool, default=False
        Also keep, for every fold of `pipeline`, what each column was taken for, the training
        history and permutation importances on held-out rows: the report shows them.

    Returns
    -------
    EvaluationResult

    Raises
    ------
    ValueError
        If a class has too few rows for the folds, a metric is unknown, `y` has missing values,
        lengths differ, or costs and labels do not go together.

    References
    ----------
    Nadeau, C., Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
    239-281. (The standard errors.)

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = make_classification(300, weights=[0.8], random_state=0)
    >>> result = evaluate(LogisticRegression(), X, y, random_state=0,
    ...                   scoring=["roc_auc"], costs={"cost_fp": 1, "cost_fn": 10})
    >>> result.scores[["roc_auc", "cost", "cost_at_0.5"]].round(2).iloc[:2]
                   roc_auc  cost  cost_at_0.5
    model    fold
    pipeline 0        ...
             1        ...
    >>> bool(result.threshold_gain().loc["pipeline", "difference"] < 0)
    True
    """
    y = check_target(y)
    check_consistent_length(X, y, groups, sample_weight)
    X = sliceable(X)
    kind, classes = task_of(pipeline, y)
    seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    positive = position_of(pos_label, y, classes, kind, costs)
    own, scorers = resolve_scoring(scoring, kind)
    costs, matrix = evaluation_costs(costs, kind, classes, positive, len(y))
    threshold = check_threshold(threshold, kind, costs)
    if classes is not None and isinstance(cv, int):
        check_class_counts(y, cv, threshold_cv if threshold == "tuned" else 0)
    folds = make_folds(X, y, cv=cv, n_repeats=n_repeats, groups=groups, classes=classes, seed=seed)
    task = Task(
        kind=kind,
        classes=classes,
        positive=positive,
        own=own,
        scorers=scorers,
        costs=costs,
        matrix=matrix,
        threshold=threshold,
        threshold_cv=threshold_cv,
        groups=None if groups is None else np.asarray(groups),
        weight=None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64),
        seed=seed,
    )
    models = {name: pipeline, **_baselines(baselines, pipeline, name, kind, seed)}
    jobs = [
        Job(
            model=model,
            estimator=estimator,
            fold=fold,
            train=train,
            test=test,
            params=({} if params is None or model != name else dict(params))
            | _weight_params(estimator, task.weight, model),
            looks_inside=details and model == name,
        )
        for model, estimator in models.items()
        for fold, (train, test) in enumerate(folds)
    ]
    scores, predictions, found = _run(jobs, X, y, task, n_jobs=n_jobs, progress=progress)
    return EvaluationResult(
        task=kind,
        scores=scores,
        models=list(models),
        metrics=[column for column in scores if column not in BOOKKEEPING],
        classes=classes,
        pos_label=None if positive is None else classes[positive].item(),
        y=y,
        index=X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(y)),
        test_indices=[test for _, test in folds],
        thresholds=final_thresholds(predictions, y, task),
        predictions=predictions,
        costs=costs,
        sample_weight=task.weight,
        details=found,
    )


def _run(jobs, X, y, task, *, n_jobs, progress):
    """Return the figures and details per job, and per model the mean prediction for each row."""
    tell = progress or (lambda _: None)
    outcomes = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(run_fold)(job, X, y, task) for job in jobs
    )
    rows, sums, times_tested, details = {}, {}, {}, {}
    for done, job in enumerate(jobs):
        tell(Progress(done, len(jobs), job.model, job.fold, None))
        scores, predicted, details[job.model, job.fold] = next(outcomes)
        rows[job.model, job.fold] = scores
        if job.model not in sums:
            sums[job.model] = np.zeros((len(y), *predicted.shape[1:]))
            times_tested[job.model] = np.zeros(len(y))
        sums[job.model][job.test] += predicted
        times_tested[job.model][job.test] += 1
        tell(Progress(done + 1, len(jobs), job.model, job.fold, scores))
    frame = pd.DataFrame(list(rows.values()))
    frame.index = pd.MultiIndex.from_tuples(list(rows), names=["model", "fold"])
    predictions = {}
    for model, total in sums.items():
        times = np.where(times_tested[model] == 0, np.nan, times_tested[model])
        predictions[model] = total / times.reshape(-1, *[1] * (total.ndim - 1))
    return frame, predictions, details


def _baselines(baselines, pipeline, name, kind, seed):
    if baselines is None:
        return {}
    if isinstance(baselines, str):
        if baselines != "auto":
            raise ValueError(
                f"baselines must be None, 'auto' or a dict of estimators; got {baselines!r}."
            )
        baselines = make_baselines(pipeline, random_state=seed)
    if not isinstance(baselines, Mapping):
        raise TypeError(
            "baselines must be None, 'auto' or a dict of {name: estimator}; got "
            f"{type(baselines).__name__}."
        )
    if name in baselines:
        raise ValueError(f"A baseline has the name of the pipeline, {name!r}; rename one of them.")
    is_kind = is_regressor if kind == "regression" else is_classifier
    for label, model in baselines.items():
        if not is_kind(model):
            raise ValueError(f"Baseline {label!r} is not fit for a {kind} target: {model!r}.")
    return dict(baselines)


def _weight_params(estimator, weight, model):
    if weight is None:
        return {}
    last, key = estimator, "sample_weight"
    if isinstance(estimator, Pipeline):
        last, key = estimator.steps[-1][1], f"{estimator.steps[-1][0]}__sample_weight"
    if not has_fit_parameter(last, "sample_weight"):
        raise ValueError(
            f"sample_weight was given, but {type(last).__name__} of model {model!r} does not "
            "take it in fit."
        )
    return {key: weight}
