"""A search in one call, by Optuna: it knows what to search, and says what it has gained."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length

from skmultiinput._typing import RandomState, TableLike
from skmultiinput.evaluation._evaluation_task import (
    Task,
    as_rows,
    check_groups,
    check_target,
    make_task,
    take_rows,
    task_of,
)
from skmultiinput.evaluation._fit_weights import make_fit_params
from skmultiinput.evaluation._make_folds import make_folds
from skmultiinput.model_selection._optuna_study import open_study, quiet_optuna
from skmultiinput.model_selection._score_candidates import Candidates
from skmultiinput.model_selection._search import DEFAULTS, Budget, Report, Search, Table
from skmultiinput.model_selection._search_space import search_space
from skmultiinput.model_selection._tuning_result import TuningResult

_METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def tune(
    pipeline: BaseEstimator,
    X: TableLike,
    y: ArrayLike,
    *,
    seconds: float | None = None,
    n_trials: int | None = None,
    space: "str | Mapping[str, Any]" = "small",
    cv: Any = 3,
    scoring: Any = None,
    groups: ArrayLike | None = None,
    ensemble: int = 0,
    nested: int | None = None,
    refit: bool = True,
    study: Any = None,
    storage: Any = None,
    random_state: RandomState = None,
    progress: bool | str = "auto",
) -> TuningResult:
    """Search better parameters of a pipeline by Optuna, and say how much better they are.

    The defaults are scored first. All candidates are scored on the same folds, each by a fit of
    the whole pipeline. The first network of a trial reports its validation loss after each epoch:
    trials below the median of the others are stopped.

    Parameters
    ----------
    pipeline : estimator
        As for `evaluate`.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Raw data.
    y : array-like of shape (n_samples,)
        Labels or numbers.
    seconds : float, default=None
        No trial begins later. A trial that has begun is finished.
    n_trials : int, default=None
        Number of trials. One of both is needed.
    space : {"small", "large"} or dict of {str: Optuna distribution or list}, default="small"
        What to search: as `search_space` gives it, or your own; a list is a choice. "large" needs
        many more trials.
    cv : int, splitter or iterable, default=3
        As for `evaluate`. More folds choose more reliably, and take longer for each trial.
    scoring : str or dict of one metric, default=None
        As for `evaluate`; None is ROC AUC for two classes, log-loss for more, RMSE for numbers.
    groups : array-like of shape (n_samples,), default=None
        As for `evaluate`, also in the last fit. Without metadata routing, scikit-learn's Voting
        estimators do not pass them on, so an ensemble is fitted without them.
    ensemble : int, default=0
        Choose that many candidates of this call, one by one and with replacement, so that their
        mean prediction is best; `best_estimator` is then a scikit-learn Voting estimator, whose
        predictions take as much longer as it has members.
    nested : int, default=None
        Number of outer folds. Each is held out from a search of its own, whose choice is compared
        with the defaults there: the gain is not flattered by the choice. `seconds` are shared
        between these searches and the final one; `n_trials` are for each.
    refit : bool, default=True
        Fit the best estimator on all rows.
    study : str or optuna.Study, default=None
        A study, or its name in `storage`. If it has trials, the search goes on from them.
    storage : str or optuna storage, default=None
        Where the study is kept, e.g. ``"sqlite:///study.db"``.
    random_state : int, RandomState or None, default=None
        For the folds and the choice of candidates. To resume a study, pass the same int.
    progress : {"auto"} or bool, default="auto"
        A progress bar; "auto" shows it on a terminal.

    Returns
    -------
    TuningResult

    Raises
    ------
    ValueError
        If neither `seconds` nor `n_trials` is given, a number is out of range, the metric of the
        defaults is NaN in a fold, or a study is of other data, folds or metric.
    ImportError
        If optuna is not installed.

    See Also
    --------
    search_space : What is searched, also for scikit-learn's searches.
    TuningResult : Scores, gain and best pipeline.
    skmultiinput.evaluation.evaluate : Compares the result with simpler models.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
    >>> X, y = make_customers(200, random_state=0)
    >>> network = MultiInputClassifier(preset="fast", epochs=2, random_state=0)
    >>> pipeline = make_pipeline(make_preprocessor(), network)
    >>> result = tune(pipeline, X[["age", "income"]], y, n_trials=1, cv=2, random_state=0)
    >>> result.scores.shape, sorted(result.improvement())
    ((2, 2), ['high', 'low', 'mean', 'p_value', 'sd', 'se'])
    """
    if seconds is None and n_trials is None:
        raise ValueError("Pass seconds= or n_trials=: how long to search.")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"seconds must be above 0; got {seconds!r}.")
    for name, value, least in (
        ("n_trials", n_trials, 1),
        ("ensemble", ensemble, 0),
        ("nested", nested, 2),
    ):
        if value is not None and not (isinstance(value, Integral) and value >= least):
            raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}.")
    if isinstance(study, str) and storage is None:
        raise ValueError(f"study={study!r} is a name; pass storage= too, where the study is kept.")
    y = check_target(y, pipeline)
    check_consistent_length(X, y, groups)
    X = as_rows(X)
    groups = check_groups(groups)
    task = _task(pipeline, y, scoring, random_state)
    if ensemble and not task.metrics:
        raise ValueError("ensemble= needs a metric of `evaluate`, not a scorer of scikit-learn.")
    if isinstance(space, str):
        space = search_space(pipeline, size=space, X=X, kind="optuna")
    search = Search(pipeline, task, space, cv, ensemble)
    n_searches = 1 if nested is None else nested + 1
    budget = Budget(None if seconds is None else seconds / n_searches, n_trials)
    with quiet_optuna(), _bar(progress) as show:
        outer = None
        if nested is not None:
            outer = _nested(search, (X, y, groups), nested, budget, show)
        # The outer folds are done: the study is that of all rows.
        candidates = search.candidates((X, y, groups))
        opened = open_study(candidates, study, storage)
        found = search.run(candidates, opened, budget, show)
    if refit:
        params = make_fit_params(found.estimator, None, "best", None, groups)
        found.estimator.fit(X, y, **params)
    sizes = np.array([(len(train), len(test)) for train, test in candidates.folds])
    scores = pd.DataFrame.from_dict(found.scores, orient="index")
    return TuningResult(
        metric=candidates.metric,
        lower_is_better=candidates.lower_is_better,
        scores=scores.rename_axis(index="candidate", columns="fold"),
        n_train=float(sizes[:, 0].mean()),
        n_test=float(sizes[:, 1].mean()),
        best=found.best,
        best_params=found.params,
        best_estimator=found.estimator,
        ensemble=found.ensemble,
        study=opened,
        nested=outer,
    )


def _task(pipeline: Any, y: np.ndarray, scoring: Any, random_state: RandomState) -> Task:
    task = make_task(pipeline, y, scoring or _METRICS[task_of(pipeline, y)[0]], random_state)
    named = [*task.metrics, *task.scorers]
    if len(named) != 1:
        raise ValueError(f"scoring must name one metric to search by; got {named}.")
    return task


def _nested(
    search: Search,
    table: Table,
    n_folds: int,
    budget: Budget,
    show: Report,
) -> pd.DataFrame:
    """Compare the choices of searches with the defaults, on rows that they have not seen."""
    X, y, groups = table
    task = search.task
    folds = make_folds(X, y, cv=n_folds, groups=groups, classes=task.classes, seed=task.seed)
    rows = []
    for train, test in folds:
        part = take_rows(X, train)
        inner = search.candidates((part, y[train], None if groups is None else groups[train]))
        found = search.run(inner, open_study(inner, None, None), budget, show)
        outer = Candidates(search.pipeline, table, [(train, test)], task)
        scores = [
            outer.score(estimator).scores[0] for estimator in (outer.estimator({}), found.estimator)
        ]
        rows.append(dict(zip((DEFAULTS, "tuned"), scores, strict=True)))
    return pd.DataFrame(rows).rename_axis("fold")


@contextmanager
def _bar(progress: bool | str) -> Iterator[Report]:
    """Yield what shows the number of trials."""
    console = Console(file=sys.stderr)
    if not (progress is True or (progress == "auto" and console.is_terminal)):
        yield lambda *_: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("searching", total=1.0)

        def show(done: int, budget: Budget, elapsed: float) -> None:
            shares = [elapsed / budget.seconds] if budget.seconds else []
            shares += [done / budget.n_trials] if budget.n_trials else []
            bar.update(task, completed=min(1.0, max(shares)), description=f"{done} trials")

        yield show
