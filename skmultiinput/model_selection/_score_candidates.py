"""Scores of candidates on fixed folds; a network's first fit may end early, by its epochs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.base import BaseEstimator, clone

from skmultiinput._unwrap import last_step
from skmultiinput.estimators._base import MultiInputMixin
from skmultiinput.estimators._presets import number_of_networks
from skmultiinput.evaluation._evaluation_metrics import METRICS, Predictions, lower_is_better
from skmultiinput.evaluation._evaluation_task import Task
from skmultiinput.evaluation._fit_weights import make_fit_params
from skmultiinput.evaluation._make_folds import Split
from skmultiinput.evaluation._run_fold import Job, run_fold


class Outcome(NamedTuple):
    """Scores of a candidate per fold, and its predictions of each fold's test rows."""

    scores: list[float]
    predictions: list[np.ndarray]


class Pruned(Exception):  # noqa: N818 - no error
    """The first epochs of a candidate look poor beside those of others."""


class EpochPruning(keras.callbacks.Callback):
    """Reports the validation loss of a trial's first network, and stops what looks poor.

    It stops training by Keras's own flag: an exception would drop the compiled network. The sign is
    1 where the study minimises, -1 where it maximises.
    """

    def __init__(self, trial: Any, sign: int) -> None:
        super().__init__()
        self.trial, self.sign = trial, sign
        self.pruned = self.over = False

    def __deepcopy__(self, memo: dict) -> "EpochPruning":
        return self  # what a fit reports is read after it

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("val_loss")
        if not self.over and loss is not None and np.isfinite(loss):
            self.trial.report(self.sign * float(loss), epoch)
            self.pruned = self.trial.should_prune()
        if self.pruned:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.over = True


class Candidates:
    """Scores candidates on the same folds of a table (X, y, groups), by one metric."""

    def __init__(
        self,
        pipeline: BaseEstimator,
        table: tuple[Any, np.ndarray, np.ndarray | None],
        folds: list[Split],
        task: Task,
    ) -> None:
        self.pipeline, self.folds, self.task = pipeline, folds, task
        self.X, self.y, self.groups = table
        self.metric = next(iter([*task.metrics, *task.scorers]))
        self.lower_is_better = self.metric in task.metrics and lower_is_better(
            task.metrics[self.metric]
        )

    def estimator(self, params: Mapping[str, Any]) -> Any:
        """Return the pipeline with other parameters, not fitted."""
        copied: Any = clone(self.pipeline)
        return copied.set_params(**{name: clone(v, safe=False) for name, v in params.items()})

    def score(self, estimator: Any, trial: Any = None) -> Outcome:
        """Return the scores of an estimator; raises `Pruned` where its trial looks poor."""
        scores, predictions = [], []
        sign = 1 if self.lower_is_better else -1
        for number, (train, test) in enumerate(self.folds):
            candidate, pruning = estimator, None
            if trial is not None and number == 0:
                candidate, pruning = _with_pruning(estimator, trial, sign)
            params = make_fit_params(candidate, None, "candidate", None, self.groups)
            job = Job("candidate", candidate, number, train, test, [], params)
            outcome = run_fold(job, self.X, self.y, self.task)
            if pruning is not None and pruning.pruned:
                raise Pruned
            scores.append(outcome.scores[self.metric])
            predictions.append(outcome.predicted)
        return Outcome(scores, predictions)

    def score_predictions(self, predictions: list[np.ndarray]) -> list[float]:
        """Return the scores per fold of predictions such as means over candidates."""
        task, scores = self.task, []
        metric = METRICS[task.kind][task.metrics[self.metric]]
        for (_, test), predicted in zip(self.folds, predictions, strict=True):
            if task.classes is None:
                p = Predictions(self.y[test], predicted, None, None, None, None)
            else:
                labels = task.classes[predicted.argmax(axis=1)]
                p = Predictions(self.y[test], labels, predicted, task.classes, task.positive, None)
            scores.append(float(metric(p)))
        return scores


def _with_pruning(estimator: Any, trial: Any, sign: int) -> tuple[Any, EpochPruning | None]:
    """Return an estimator whose network reports its epochs, where it has no callbacks yet."""
    prefix, network = last_step(estimator)
    if not isinstance(network, MultiInputMixin) or network.callbacks or network.memory:
        return estimator, None
    pruning = EpochPruning(trial, sign)
    # With callbacks, "auto" would be a single network.
    params = {"callbacks": [pruning], "n_estimators": number_of_networks(network)}
    copied = clone(estimator).set_params(**{f"{prefix}{key}": v for key, v in params.items()})
    return copied, pruning
