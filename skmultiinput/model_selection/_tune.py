"""A search in one call, by Optuna: it knows what to search, and says what it has gained."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.utils import check_consistent_length

from skmultiinput._checks import as_random_state, without_addresses
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.evaluation._evaluation_metrics import lower_is_better, resolve_scoring
from skmultiinput.evaluation._evaluation_task import Task, check_target, position_of, task_of
from skmultiinput.evaluation._make_folds import make_folds
from skmultiinput.model_selection._greedy_ensemble import greedy_ensemble
from skmultiinput.model_selection._score_candidates import Candidates, Outcome, Pruned
from skmultiinput.model_selection._search_space import search_space
from skmultiinput.model_selection._tuning_result import TuningResult

_METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_DEFAULTS = "defaults"


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
    space : {"small", "large"} or dict of {str: Optuna distribution}, default="small"
        What to search: as `search_space` gives it, or your own.
    cv : int, splitter or iterable, default=3
        As for `evaluate`.
    scoring : str or dict of one metric, default=None
        As for `evaluate`; None is ROC AUC for two classes, log-loss for more, RMSE for numbers.
    groups : array-like of shape (n_samples,), default=None
        As for `evaluate`.
    ensemble : int, default=0
        Choose that many candidates of this call, one by one and with replacement, so that their
        mean prediction is best; `best_estimator` is then a scikit-learn Voting estimator.
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
        If neither `seconds` nor `n_trials` is given, or a study is of other data, folds or metric.
    ImportError
        If optuna is not installed.

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
    y = check_target(y, pipeline)
    check_consistent_length(X, y, groups)
    X = X if hasattr(X, "iloc") or hasattr(X, "shape") else np.asarray(X)
    groups = None if groups is None else np.asarray(groups)
    seed = int(as_random_state(random_state).randint(np.iinfo(np.int32).max))
    task = _task(pipeline, y, scoring, seed)
    if ensemble and not task.own:
        raise ValueError("ensemble= needs a metric of `evaluate`, not a scorer of scikit-learn.")
    if isinstance(space, str):
        space = search_space(pipeline, size=space, X=X, kind="optuna")
    search = _Search(pipeline, task, dict(space), cv, ensemble)
    n_searches = 1 if nested is None else nested + 1
    budget = _Budget(None if seconds is None else seconds / n_searches, n_trials)
    with _quiet(), _bar(progress) as show:
        outer = None
        if nested is not None:
            outer = _nested(search, (X, y, groups), nested, budget, show)
        # The outer folds are done: the study is that of all rows.
        candidates = search.candidates((X, y, groups))
        opened = _open_study(candidates, study, storage)
        found = search.run(candidates, opened, budget, show)
    if refit:
        found.estimator.fit(X, y)
    sizes = np.array([(len(train), len(test)) for train, test in candidates.folds])
    scores = pd.DataFrame.from_dict(found.scores, orient="index")
    return TuningResult(
        metric=candidates.metric,
        lower_is_better=search.lower_is_better,
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


def _task(pipeline: Any, y: np.ndarray, scoring: Any, seed: int) -> Task:
    kind, classes = task_of(pipeline, y)
    own, scorers = resolve_scoring(scoring or _METRICS[kind], kind)
    if len(own) + len(scorers) != 1:
        raise ValueError(f"scoring must name one metric to search by; got {[*own, *scorers]}.")
    positive = position_of(None, y, classes, kind, None)
    return Task(kind, classes, positive, own, scorers, {}, None, None, None, seed)


class _Budget:
    """When a search ends."""

    def __init__(self, seconds: float | None, n_trials: int | None) -> None:
        self.seconds, self.n_trials = seconds, n_trials

    def is_over(self, start: float, n_trials: int) -> bool:
        late = self.seconds is not None and time.monotonic() - start >= self.seconds
        return late or (self.n_trials is not None and n_trials >= self.n_trials)


class _Found:
    """What a search has found."""

    def __init__(self) -> None:
        self.scores: dict[Any, list[float]] = {}
        self.best: Any = _DEFAULTS
        self.params: dict[str, Any] = {}
        self.estimator: Any = None
        self.ensemble: dict[Any, int] = {}


class _Search:
    """Searches one pipeline, on any rows."""

    def __init__(
        self, pipeline: Any, task: Task, distributions: dict[str, Any], cv: Any, ensemble: int
    ) -> None:
        self.pipeline, self.task, self.cv, self.ensemble = pipeline, task, cv, ensemble
        self.lower_is_better = bool(task.own) and lower_is_better(next(iter(task.own.values())))
        self.distributions, self.choices = _storable(distributions)

    def candidates(self, table: tuple[Any, np.ndarray, np.ndarray | None]) -> Candidates:
        X, y, groups = table
        folds = make_folds(
            X, y, cv=self.cv, groups=groups, classes=self.task.classes, seed=self.task.seed
        )
        return Candidates(self.pipeline, table, folds, self.task)

    def run(self, candidates: Candidates, study: Any, budget: _Budget, show: Any) -> _Found:
        """Score the defaults and new trials; the best of all trials of the study counts."""
        import optuna  # noqa: PLC0415 - optional

        start, found = time.monotonic(), _Found()
        predictions: dict[Any, list[np.ndarray]] = {}
        stored = study.user_attrs.get(_DEFAULTS)
        if stored is None or self.ensemble:
            outcome = candidates.score(candidates.estimator({}))
            predictions[_DEFAULTS], stored = outcome.predictions, outcome.scores
            study.set_user_attr(_DEFAULTS, stored)
        found.scores[_DEFAULTS] = stored
        done = 0
        while not budget.is_over(start, done):
            trial = study.ask(self.distributions)
            try:
                outcome = self._score(candidates, trial, -1 if not self.lower_is_better else 1)
            except Pruned:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            except FloatingPointError:  # training diverged
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            except BaseException:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                raise
            else:
                trial.set_user_attr("scores", outcome.scores)
                study.tell(trial, float(np.mean(outcome.scores)))
                if self.ensemble:
                    predictions[trial.number] = outcome.predictions
            done += 1
            show(done, budget, time.monotonic() - start)
        params = {}
        for trial in study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)):
            if "scores" in trial.user_attrs:
                found.scores[trial.number] = trial.user_attrs["scores"]
                params[trial.number] = self._params(trial.params)
        self._choose(candidates, found, params, predictions)
        return found

    def _score(self, candidates: Candidates, trial: Any, sign: int) -> Outcome:
        estimator = candidates.estimator(self._params(trial.params))
        return candidates.score(estimator, trial, sign)

    def _params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that the choices of a trial stand for."""
        return {name: self.choices.get(name, {}).get(v, v) for name, v in params.items()}

    def _choose(
        self,
        candidates: Candidates,
        found: _Found,
        params: dict[Any, dict[str, Any]],
        predictions: dict[Any, list[np.ndarray]],
    ) -> None:
        sign = 1 if self.lower_is_better else -1
        found.best = min(found.scores, key=lambda name: sign * float(np.mean(found.scores[name])))
        found.params = params.get(found.best, {})
        found.estimator = candidates.estimator(found.params)
        if not self.ensemble:
            return
        found.ensemble = greedy_ensemble(
            predictions,
            candidates.score_predictions,
            self.ensemble,
            lower_is_better=self.lower_is_better,
        )
        folds = range(len(candidates.folds))
        mean = [
            np.average(
                [predictions[name][fold] for name in found.ensemble],
                axis=0,
                weights=list(found.ensemble.values()),
            )
            for fold in folds
        ]
        found.scores["ensemble"], found.best, found.params = (
            candidates.score_predictions(mean),
            "ensemble",
            {},
        )
        parts = [(f"{name}", candidates.estimator(params.get(name, {}))) for name in found.ensemble]
        weights = list(found.ensemble.values())
        if is_classifier(self.pipeline):
            found.estimator = VotingClassifier(parts, voting="soft", weights=weights)
        else:
            found.estimator = VotingRegressor(parts, weights=weights)


def _nested(
    search: _Search,
    table: tuple[Any, np.ndarray, np.ndarray | None],
    n_folds: int,
    budget: _Budget,
    show: Any,
) -> pd.DataFrame:
    """Compare the choices of searches with the defaults, on rows that they have not seen."""
    X, y, groups = table
    task = search.task
    folds = make_folds(X, y, cv=n_folds, groups=groups, classes=task.classes, seed=task.seed)
    rows = []
    for train, test in folds:
        part = X.iloc[train] if hasattr(X, "iloc") else X[train]
        inner = search.candidates((part, y[train], None if groups is None else groups[train]))
        found = search.run(inner, _open_study(inner, None, None), budget, show)
        outer = Candidates(search.pipeline, table, [(train, test)], task)
        scores = [
            outer.score(estimator).scores[0] for estimator in (outer.estimator({}), found.estimator)
        ]
        rows.append(dict(zip((_DEFAULTS, "tuned"), scores, strict=True)))
    return pd.DataFrame(rows).rename_axis("fold")


def _open_study(candidates: Candidates, study: Any, storage: Any) -> Any:
    """Create or continue a study; one of other data, folds or metric is refused."""
    try:
        import optuna  # noqa: PLC0415 - optional
    except ImportError as error:
        raise ImportError('tune needs optuna: pip install "skmultiinput[optuna]".') from error
    task = candidates.task
    lower = bool(task.own) and lower_is_better(next(iter(task.own.values())))
    if study is None or isinstance(study, str):
        study = optuna.create_study(
            storage=storage,
            study_name=study,
            load_if_exists=True,
            direction="minimize" if lower else "maximize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=3),
        )
        # Another seed than before, or a resumed search would draw what it has drawn.
        study.sampler = optuna.samplers.TPESampler(seed=(task.seed + len(study.trials)) % 2**32)
    pipeline = without_addresses(repr(clone(candidates.pipeline)))
    content = (pipeline, candidates.metric, candidates.folds, candidates.X, candidates.y)
    digest = joblib.hash(content)
    if study.user_attrs.setdefault("digest", digest) != digest:
        raise ValueError(
            f"The study {study.study_name!r} is of other rows, folds, metric or pipeline. "
            "Pass the same data, cv, scoring and random_state, or the name of a new study."
        )
    study.set_user_attr("digest", digest)
    return study


def _storable(distributions: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Replace choices that a data base cannot store, such as transformers, by their texts."""
    plain = (type(None), bool, int, float, str)
    storable, choices = {}, {}
    for name, distribution in distributions.items():
        values = getattr(distribution, "choices", ())
        if all(isinstance(value, plain) for value in values):
            storable[name] = distribution
            continue
        texts = [without_addresses(repr(value)) for value in values]
        if len(set(texts)) < len(texts):
            texts = [f"{number}: {text}" for number, text in enumerate(texts)]
        storable[name] = type(distribution)(texts)
        choices[name] = dict(zip(texts, values, strict=True))
    return storable, choices


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from logging each study, for as long as the search runs."""
    try:
        from optuna import logging  # noqa: PLC0415 - optional
    except ImportError:  # reported where the study is made
        yield
        return
    before = logging.get_verbosity()
    logging.set_verbosity(max(before, logging.WARNING))
    try:
        yield
    finally:
        logging.set_verbosity(before)


@contextmanager
def _bar(progress: bool | str) -> Iterator[Any]:
    """Yield what shows the number of trials."""
    console = Console(file=sys.stderr)
    if not (progress is True or (progress == "auto" and console.is_terminal)):
        yield lambda *_: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("searching", total=1.0)

        def show(done: int, budget: _Budget, elapsed: float) -> None:
            shares = [elapsed / budget.seconds] if budget.seconds else []
            shares += [done / budget.n_trials] if budget.n_trials else []
            bar.update(task, completed=min(1.0, max(shares)), description=f"{done} trials")

        yield show
