"""A search: trials that an Optuna study asks for, scored on fixed folds; the best is chosen."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.ensemble import VotingClassifier, VotingRegressor

from skmultiinput.evaluation._evaluation_task import Task
from skmultiinput.evaluation._make_folds import make_folds
from skmultiinput.model_selection._greedy_ensemble import greedy_ensemble
from skmultiinput.model_selection._optuna_study import storable_choices
from skmultiinput.model_selection._score_candidates import Candidates, Outcome, Pruned

DEFAULTS = "defaults"
Report = Callable[[int, "Budget", float], None]
Table = tuple[Any, np.ndarray, np.ndarray | None]  # X, y, groups


@dataclass(frozen=True)
class Budget:
    """When a search ends."""

    seconds: float | None
    n_trials: int | None

    def is_over(self, elapsed: float, n_trials: int) -> bool:
        """Return whether no further trial may begin."""
        late = self.seconds is not None and elapsed >= self.seconds
        return late or (self.n_trials is not None and n_trials >= self.n_trials)


@dataclass
class Choice:
    """What a search has chosen, and the scores per fold of all candidates."""

    best: Any
    params: dict[str, Any]
    estimator: Any
    scores: dict[Any, list[float]]
    ensemble: dict[Any, int] = field(default_factory=dict)


class Search:
    """Searches one pipeline, on any rows."""

    def __init__(
        self, pipeline: Any, task: Task, space: Mapping[str, Any], cv: Any, ensemble: int
    ) -> None:
        self.pipeline, self.task, self.cv, self.ensemble = pipeline, task, cv, ensemble
        self.distributions, self.choices = storable_choices(space)

    def candidates(self, table: Table) -> Candidates:
        """Return what scores candidates on folds of these rows."""
        X, y, groups = table
        folds = make_folds(
            X, y, cv=self.cv, groups=groups, classes=self.task.classes, seed=self.task.seed
        )
        return Candidates(self.pipeline, table, folds, self.task)

    def run(self, candidates: Candidates, study: Any, budget: Budget, show: Report) -> Choice:
        """Score the defaults and new trials; the best of all trials of the study counts."""
        start = time.monotonic()
        predictions: dict[Any, list[np.ndarray]] = {}
        if DEFAULTS not in study.user_attrs or self.ensemble:
            outcome = candidates.score(candidates.estimator({}))
            _refuse_undefined(outcome.scores, candidates.metric)
            study.set_user_attr(DEFAULTS, outcome.scores)
            predictions[DEFAULTS] = outcome.predictions
        done = 0
        while not budget.is_over(time.monotonic() - start, done):
            trial = study.ask(self.distributions)
            finished = self._score_trial(candidates, study, trial)
            if finished is not None and self.ensemble:
                predictions[trial.number] = finished.predictions
            done += 1
            show(done, budget, time.monotonic() - start)
        scores, params = {DEFAULTS: study.user_attrs[DEFAULTS]}, {}
        for trial in study.trials:
            if trial.state.name == "COMPLETE" and "scores" in trial.user_attrs:
                scores[trial.number] = trial.user_attrs["scores"]
                params[trial.number] = self._values(trial.params)
        choice = _best(candidates, scores, params)
        return self._with_ensemble(choice, candidates, params, predictions)

    def _score_trial(self, candidates: Candidates, study: Any, trial: Any) -> Outcome | None:
        """Score a trial and tell the study; None where it was stopped or training diverged."""
        from optuna.trial import TrialState  # noqa: PLC0415 - optional

        try:
            outcome = candidates.score(candidates.estimator(self._values(trial.params)), trial)
        except Pruned:
            study.tell(trial, state=TrialState.PRUNED)
            return None
        except FloatingPointError:  # training diverged
            study.tell(trial, state=TrialState.FAIL)
            return None
        except BaseException:
            study.tell(trial, state=TrialState.FAIL)
            raise
        trial.set_user_attr("scores", outcome.scores)
        study.tell(trial, float(np.mean(outcome.scores)))
        return outcome

    def _values(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that the choices of a trial stand for."""
        return {name: self.choices.get(name, {}).get(v, v) for name, v in params.items()}

    def _with_ensemble(
        self,
        choice: Choice,
        candidates: Candidates,
        params: dict[Any, dict[str, Any]],
        predictions: dict[Any, list[np.ndarray]],
    ) -> Choice:
        """Replace the best candidate by an ensemble, where one is asked for."""
        if not self.ensemble:
            return choice
        picks = greedy_ensemble(
            predictions,
            candidates.score_predictions,
            self.ensemble,
            lower_is_better=candidates.lower_is_better,
        )
        weights = list(picks.values())
        mean = [
            np.average(fold, axis=0, weights=weights)
            for fold in zip(*(predictions[name] for name in picks), strict=True)
        ]
        scores = {**choice.scores, "ensemble": candidates.score_predictions(mean)}
        parts = [(f"{name}", candidates.estimator(params.get(name, {}))) for name in picks]
        if is_classifier(self.pipeline):
            voting = VotingClassifier(parts, voting="soft", weights=weights)
        else:
            voting = VotingRegressor(parts, weights=weights)
        return Choice("ensemble", {}, voting, scores, picks)


def _refuse_undefined(scores: list[float], metric: str) -> None:
    """Refuse a metric that is NaN: nothing can be chosen by it."""
    undefined = [fold for fold, score in enumerate(scores) if np.isnan(score)]
    if undefined:
        raise ValueError(
            f"The metric {metric!r} of the defaults is NaN in fold {undefined[0]}, so nothing can "
            "be chosen by it. Do its test rows lack a class? Pass fewer or stratified folds, or "
            "another metric, such as scoring='log_loss'."
        )


def _best(
    candidates: Candidates, scores: dict[Any, list[float]], params: dict[Any, dict[str, Any]]
) -> Choice:
    sign = 1 if candidates.lower_is_better else -1
    best = min(scores, key=lambda name: sign * float(np.mean(scores[name])))
    chosen = params.get(best, {})
    return Choice(best, chosen, candidates.estimator(chosen), scores)
