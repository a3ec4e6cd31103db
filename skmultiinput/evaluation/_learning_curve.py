"""Would more rows help? The scores of models that are fitted on a part of the training rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.evaluation._evaluation_task import Task
from skmultiinput.evaluation._run_fold import Job

SHARES = (0.25, 0.5)
# Metrics of decisions: at a tuned threshold of the whole, at that of `predict` for a part.
_OF_DECISIONS = frozenset({"precision", "recall", "f1", "balanced_accuracy", "accuracy"})


def curve_jobs(jobs: list[Job], y: np.ndarray, groups: np.ndarray | None, task: Task) -> list[Job]:
    """Return jobs that fit on a share of the training rows of these jobs, drawn at random.

    Classes keep their shares, groups stay whole, and the order of the rows stays. A threshold is
    not tuned again.
    """
    return [
        replace(
            job,
            model=curve_name(job.model, share),
            train=_draw_share(job.train, share, y, groups, task),
            inner=[],
            keep_details=False,
        )
        for share in SHARES
        for job in jobs
    ]


def curve_name(model: str, share: float) -> str:
    """Name a model that was fitted on a share of the training rows."""
    return f"{model}, {share:.0%} of the rows"


def curve_metrics(task: Task) -> list[str]:
    """Return the metrics that a part of the rows and all of them have in common; at least one."""
    metrics = [name for name, metric in task.metrics.items() if metric not in _OF_DECISIONS]
    if task.threshold != "tuned":
        metrics = list(task.metrics)
    metrics = [*metrics, *task.scorers]
    if not metrics:
        raise ValueError(
            "learning_curve=True needs a metric that does not depend on a tuned threshold: add "
            "'roc_auc' or 'log_loss' to scoring, or pass threshold=None."
        )
    return metrics


def _draw_share(
    train: np.ndarray, share: float, y: np.ndarray, groups: np.ndarray | None, task: Task
) -> np.ndarray:
    rng = np.random.default_rng(task.seed)
    shuffled = rng.permutation(train)
    labels = np.zeros(len(shuffled), int) if task.classes is None else pd.factorize(y[shuffled])[0]
    if groups is None:
        rank = pd.Series(labels).groupby(labels).cumcount().to_numpy()
        chosen = rank < np.ceil(share * np.bincount(labels))[labels]
        return train[np.isin(train, shuffled[chosen])]
    codes = pd.factorize(groups[shuffled])[0]  # in a random order
    by_group = np.argsort(codes, kind="stable")
    n_classes = pd.Series(~pd.Series(labels[by_group]).duplicated()).cumsum().to_numpy()
    enough = (np.arange(1, len(train) + 1) >= share * len(train)) & (n_classes == n_classes[-1])
    last = codes[by_group][enough.argmax()]
    return train[np.isin(train, shuffled[codes <= last])]


def split_curve(
    scores: pd.DataFrame, model: str, metrics: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate the scores of the models proper from those on parts of the rows.

    The latter are indexed by share and fold, the whole included.
    """
    names: dict[Any, float] = {curve_name(model, share): share for share in SHARES}
    is_part = scores.index.get_level_values("model").isin(names)
    parts = [scores.xs(name, level="model")[[*metrics, "n_train"]] for name in [*names, model]]
    curve = pd.concat(parts, keys=[*names.values(), 1.0], names=["share", "fold"])
    return scores[~is_part], curve
