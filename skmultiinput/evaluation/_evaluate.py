"""Cross-validated scores of one pipeline and its baselines: equal folds, nothing tuned on them."""

import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_consistent_length
from sklearn.utils.parallel import Parallel, delayed

from skmultiinput._checks import check_weights, to_builtin
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.evaluation._baselines import check_baselines
from skmultiinput.evaluation._cross_validated_scores import frame_of_rows
from skmultiinput.evaluation._evaluation_metrics import BOOKKEEPING, COSTS
from skmultiinput.evaluation._evaluation_progress import Progress, check_progress, fold_progress
from skmultiinput.evaluation._evaluation_result import EvaluationResult
from skmultiinput.evaluation._evaluation_task import (
    Task,
    as_rows,
    check_groups,
    check_target,
    make_task,
)
from skmultiinput.evaluation._fit_weights import make_fit_params, request_weights
from skmultiinput.evaluation._fold_drift import fold_drift
from skmultiinput.evaluation._leak_check import find_leaks
from skmultiinput.evaluation._learning_curve import curve_jobs, curve_metrics, split_curve
from skmultiinput.evaluation._make_folds import (
    Split,
    check_class_counts,
    inner_folds,
    make_folds,
)
from skmultiinput.evaluation._profile_columns import profile_columns
from skmultiinput.evaluation._run_fold import FoldOutcome, Job, final_thresholds, run_fold
from skmultiinput.evaluation._time_order import check_time_order


def evaluate(
    pipeline: BaseEstimator,
    X: TableLike,
    y: ArrayLike,
    *,
    cv: Any = 5,
    n_repeats: int = 1,
    groups: ArrayLike | None = None,
    scoring: Any = None,
    costs: Any = None,
    threshold: str | float | None = "auto",
    threshold_cv: int = 3,
    baselines: "str | Mapping[str, BaseEstimator] | None" = None,
    sample_weight: ArrayLike | None = None,
    params: Mapping[str, Any] | None = None,
    pos_label: Any = None,
    name: str = "pipeline",
    n_jobs: int | None = None,
    random_state: RandomState = None,
    progress: "bool | str | Callable[[Progress], Any] | None" = "auto",
    details: bool = False,
    learning_curve: bool = False,
) -> EvaluationResult:
    """Cross-validate a pipeline and its baselines on the same folds.

    Every fold fits a fresh clone through scikit-learn's `cross_validate`; only one fitted model
    per job is in memory at a time. Below 50,000 training rows OpenMP (boosted trees) has one
    thread, as more cost time there. Each different warning is shown once.

    Before the first fit, at most 20,000 training rows of the first fold are searched for leaks: a
    column that by itself predicts the target, out of fold, with a ROC AUC or R² of 0.99, or of 0.95
    where no other column reaches 0.75, is named in a `LeakWarning` and in the result. It is not
    left out.

    Folds that part a column of dates at random flatter a model of the future. On 5,000 rows small
    boosted trees compare them with folds in time; a clear difference is a `TimeOrderWarning`.

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
        where `groups` is given. Anything else is used as it is: for rows in time, a
        ``TimeSeriesSplit`` on a table sorted by time. Rows that no fold tests have no
        out-of-fold prediction.
    n_repeats : int, default=1
        Number of repetitions with other folds; only where `cv` is a number. Differences between
        models become clearer, for as many times the time.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group are never both in training and test, nor in the training and validation
        rows of early stopping.
    scoring : str, list of str or dict of {str: str or callable}, default=None
        The metrics; None means all of them. Names as in the result, or scikit-learn scorers. The
        latter see the fitted model: its ``predict``, and not a tuned threshold.
    costs : dict or matrix, default=None
        What decisions cost per row, in any unit: for two classes a dict with cost_fp, cost_fn
        and, if they are not 0, cost_tp, cost_tn, each a number or one number per row. For any
        number of classes a matrix, as in `classification_cost`: a DataFrame, or an array in
        the sorted order of the labels.
    threshold : {"auto", "tuned", "bayes"}, float or None, default="auto"
        How a probability becomes a decision for two classes. "tuned": the cheapest threshold on
        out-of-fold probabilities *inside the training rows* (`threshold_cv` more fits per
        fold, in time where `cv` is);
        "bayes": the optimal one for calibrated probabilities; a number; or None: the labels
        of `predict`. "auto" is "tuned" with costs and None without. With a matrix for more
        than two classes the decision with the least expected cost is taken.
    threshold_cv : int, default=3
        Number of inner folds when a threshold is tuned: that many more fits in each fold.
    baselines : None, "auto" or dict of {str: estimator}, default=None
        Models to compare with. "auto": the prior (or the mean), a linear model and
        HistGradientBoosting, on the preprocessing of `pipeline`; see `make_baselines`.
    sample_weight : array-like of shape (n_samples,), default=None
        Weight of each row, in fitting and in the metrics; callables of your own get them if they
        have a parameter ``sample_weight``.
    params : dict, default=None
        More parameters for ``fit`` of `pipeline`, as `cross_validate` takes them.
    pos_label : label, default=None
        The positive class of two. If None, the larger of 0 and 1, -1 and 1, False and True; of
        other labels the rarer one. With costs, other labels need it.
    name : str, default="pipeline"
        Name of `pipeline` in the result.
    n_jobs : int, default=None
        Folds at a time, as in joblib. Networks are fastest one at a time.
    random_state : int, RandomState or None, default=None
        Shuffles the folds. Models have their own.
    progress : {"auto"}, bool or callable, default="auto"
        "auto": a progress bar if stderr is a terminal. True: a bar there, else one line per fold.
        A callable is called with a `Progress` before and after each fold of each model.
    details : bool, default=False
        Also keep, for every fold of `pipeline`, the detected kind of each column, the training
        history and permutation importances on held-out rows; the distribution of each column, and
        how much it changes between folds in time; and explanations of the most confident
        predictions of the first fold, where they take no more than about ten seconds. The report
        shows all of them.
    learning_curve : bool, default=False
        Also fit `pipeline` on 25 % and 50 % of the training rows of each fold, which adds three
        quarters of its time, to see whether more rows would help.

    Returns
    -------
    EvaluationResult

    Raises
    ------
    ValueError
        If a class has too few rows for the folds, a metric is unknown, `y` has missing values or
        mixed types, lengths differ, or costs and labels do not match. Everything is checked
        before the first fit.
    TypeError
        If a model is no classifier with ``predict_proba`` and no regressor.

    See Also
    --------
    EvaluationResult : Scores, comparison and report.
    skmultiinput.model_selection.tune : Searches parameters on the same kind of folds.

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
    cv, n_repeats, threshold, threshold_cv, pos_label = (
        to_builtin(value) for value in (cv, n_repeats, threshold, threshold_cv, pos_label)
    )
    y = check_target(y, pipeline)
    check_consistent_length(X, y, groups, sample_weight)
    check_progress(progress)
    X = as_rows(X)
    if not isinstance(threshold_cv, int) or threshold_cv < 2:
        raise ValueError(f"threshold_cv must be 2 or more folds; got {threshold_cv!r}.")
    groups = check_groups(groups)
    weight = None if sample_weight is None else check_weights(sample_weight, y)
    task = make_task(
        pipeline,
        y,
        scoring,
        random_state,
        costs=costs,
        threshold=threshold,
        pos_label=pos_label,
        weight=weight,
    )
    kind, classes = task.kind, task.classes
    models = _models_to_fit(pipeline, baselines, name, task, params, groups)
    folds, inner = _nested_folds(X, y, cv, n_repeats, threshold_cv, groups, task)
    jobs = [
        Job(model, part, fold, *folds[fold], inner[fold], fit_params, details and model == name)
        for model, (part, fit_params) in models.items()
        for fold in range(len(folds))
    ]
    if learning_curve:
        common_metrics = curve_metrics(task)
        jobs += curve_jobs([job for job in jobs if job.model == name], y, groups, task)
    leaks = find_leaks(X, y, folds[0][0], kind, pipeline)
    time_order = check_time_order(X, y, folds, kind)
    metric = next(iter([*task.metrics, *task.scorers]), None)
    with fold_progress(progress, metric, len(folds)) as report, _repeated_warnings_once():
        scores, predictions, fold_details = _run(jobs, X, y, task, n_jobs, report)
    curve = None
    if learning_curve:
        scores, curve = split_curve(scores, name, common_metrics)
        predictions = {model: predictions[model] for model in models}
        fold_details = {job: kept for job, kept in fold_details.items() if job[0] in models}
    return EvaluationResult(
        task=kind,
        scores=scores,
        models=list(models),
        metrics=[str(column) for column in scores if column not in BOOKKEEPING],
        classes=classes,
        pos_label=None if task.positive is None else classes.tolist()[task.positive],
        y=y,
        index=X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(y)),
        test_indices=[test for _, test in folds],
        thresholds=final_thresholds(predictions, y, task),
        predictions=predictions,
        costs=task.costs,
        sample_weight=weight,
        details=fold_details,
        column_profiles=profile_columns(X) if details and isinstance(X, pd.DataFrame) else None,
        leaks=leaks,
        time_order=time_order,
        fold_drift=fold_drift(X, folds) if details else None,
        curve_scores=curve,
        known_metrics={**task.metrics, **{name: name for name in COSTS if name in scores}},
    )


def _models_to_fit(
    pipeline: BaseEstimator,
    baselines: Any,
    name: str,
    task: Task,
    params: Mapping[str, Any] | None,
    groups: np.ndarray | None,
) -> dict[str, tuple[BaseEstimator, dict[str, Any]]]:
    """Return the pipeline and its baselines by name, each with the parameters of its ``fit``."""
    models = {name: pipeline, **check_baselines(baselines, pipeline, name, task.kind, task.seed)}
    routed = task.weight is not None and get_config()["enable_metadata_routing"]
    return {
        model: (
            request_weights(clone(part)) if routed else part,
            make_fit_params(part, task.weight, model, params if model == name else None, groups),
        )
        for model, part in models.items()
    }


def _nested_folds(
    X: Any,
    y: np.ndarray,
    cv: Any,
    n_repeats: int,
    threshold_cv: int,
    groups: np.ndarray | None,
    task: Task,
) -> tuple[list[Split], list[list[Split]]]:
    """Return the folds, and the inner folds of each, on which a threshold is tuned."""
    tunes = task.threshold == "tuned"
    if task.classes is not None and isinstance(cv, int) and cv > 1:
        check_class_counts(y, cv, threshold_cv if tunes else 0)
    shared: dict[str, Any] = {"groups": groups, "classes": task.classes, "seed": task.seed}
    folds = make_folds(X, y, cv=cv, n_repeats=n_repeats, **shared)
    return folds, inner_folds(folds, y, cv=threshold_cv, **shared) if tunes else [[]] * len(folds)


def _run(
    jobs: list[Job],
    X: Any,
    y: np.ndarray,
    task: Task,
    n_jobs: int | None,
    report: Callable[[Progress], Any],
) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[tuple[str, int], dict[str, Any]]]:
    """Return the scores and details per job, and per model the mean prediction for each row."""
    outcomes = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_run_collecting_warnings)(job, X, y, task) for job in jobs
    )
    rows, details = {}, {}
    sums: dict[str, np.ndarray] = {}
    times_tested: dict[str, np.ndarray] = {}
    for done, job in enumerate(jobs):
        report(Progress(done, len(jobs), job.model, job.fold, None))
        (scores, predicted, details[job.model, job.fold]), caught = next(outcomes)
        for warning in caught:
            warnings.warn_explicit(*warning)
        rows[job.model, job.fold] = scores
        if job.model not in sums:
            sums[job.model] = np.zeros((len(y), *predicted.shape[1:]))
            times_tested[job.model] = np.zeros(len(y))
        sums[job.model][job.test] += predicted
        times_tested[job.model][job.test] += 1
        report(Progress(done + 1, len(jobs), job.model, job.fold, scores))
    predictions = {}
    for model, total in sums.items():
        times = np.where(times_tested[model] == 0, np.nan, times_tested[model])
        predictions[model] = total / times.reshape(-1, *[1] * (total.ndim - 1))
    return frame_of_rows(rows, ["model", "fold"]), predictions, details


def _run_collecting_warnings(
    job: Job, X: Any, y: np.ndarray, task: Task
) -> tuple[FoldOutcome, list[tuple[str, type[Warning], str, int]]]:
    """Run a job; a worker process returns its warnings, so that they are shown here, and once."""
    if multiprocessing.parent_process() is None:
        return run_fold(job, X, y, task), []
    with warnings.catch_warnings(record=True) as caught:
        outcome = run_fold(job, X, y, task)
    return outcome, [(str(w.message), w.category, w.filename, w.lineno) for w in caught]


@contextmanager
def _repeated_warnings_once() -> Iterator[None]:
    """Show a warning once, although every fold and model repeats it."""
    with warnings.catch_warnings():
        show, seen = warnings.showwarning, set()

        def show_once(message: Any, category: Any, *where: Any, **more: Any) -> None:
            key = category, str(message)
            if key not in seen:
                seen.add(key)
                show(message, category, *where, **more)

        warnings.showwarning = show_once
        yield
