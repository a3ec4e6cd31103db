"""The metrics of an evaluation: which there are for each task, and how one fold gets them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn import metrics
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.preprocessing import label_binarize

from skmultiinput._checks import suggest

COSTS = ("cost", "cost_at_0.5", "cost_argmax")
# Of these, lower is better; of every other metric, and of every scikit-learn scorer, higher is.
_LOWER_IS_BETTER = frozenset({"log_loss", "brier", "rmse", "mae", *COSTS})
# Columns of `EvaluationResult.scores` that are no metric.
BOOKKEEPING = ("threshold", "fit_seconds", "tune_seconds", "predict_seconds", "n_train", "n_test")
_LABELS = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "f1": "F1",
    "log_loss": "log-loss",
    "brier": "Brier score",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "cost": "cost per row",
    "cost_at_0.5": "cost per row at 0.5",
    "fit_seconds": "seconds to fit",
    "predict_seconds": "seconds to predict",
}


class Predictions(NamedTuple):
    """Predictions of one model for the test rows of one fold.

    `predicted` has labels or numbers; `proba` is of shape (n_samples, n_classes) in the order of
    `classes`, and None for regression; `positive` is the position of the positive class of two.
    """

    y: np.ndarray
    predicted: np.ndarray
    proba: Any
    classes: Any
    positive: int | None
    weight: np.ndarray | None

    @property
    def score(self) -> np.ndarray:
        """Probability of the positive class, or of every class where there are more than two."""
        return self.proba if self.positive is None else self.proba[:, self.positive]

    @property
    def truth(self) -> np.ndarray:
        """0 or 1 for the positive class, or one such column per class."""
        if self.positive is None:
            return label_binarize(self.y, classes=self.classes)
        return (self.y == self.classes[self.positive]).astype(int)


Metric: TypeAlias = Callable[[Predictions], float]


def metric_label(metric: str) -> str:
    """Return the name of a metric for people.

    Examples
    --------
    >>> metric_label("roc_auc"), metric_label("balanced_accuracy")
    ('ROC AUC', 'balanced accuracy')
    """
    return _LABELS.get(metric, metric.replace("_", " "))


def decimals(value: float, most: int = 4) -> int:
    """Return how many decimals of a number are worth writing: 0.8461, 12.35, 48210."""
    return most if abs(value) < 10 else 2 if abs(value) < 1000 else 0


def _ranking(metric: Callable[..., float]) -> Metric:
    def score(p: Predictions) -> float:
        # Undefined where a class is absent from the fold.
        if len(np.unique(p.y)) < len(p.classes):
            return np.nan
        return metric(p.truth, p.score, average="macro", sample_weight=p.weight)

    return score


def _of_classes(metric: Callable[..., float]) -> Metric:
    def score(p: Predictions) -> float:
        if p.positive is None:
            options = {"average": "macro", "labels": p.classes}
        else:
            options = {"pos_label": p.classes[p.positive]}
        return metric(p.y, p.predicted, sample_weight=p.weight, zero_division=0.0, **options)

    return score


def _plain(metric: Callable[..., float]) -> Metric:
    return lambda p: metric(p.y, p.predicted, sample_weight=p.weight)


def _balanced_accuracy(p: Predictions) -> float:
    return metrics.recall_score(
        p.y,
        p.predicted,
        labels=np.unique(p.y),
        average="macro",
        sample_weight=p.weight,
        zero_division=0.0,
    )


def _of_probabilities(metric: Callable[..., float]) -> Metric:
    return lambda p: metric(p.y, p.proba, labels=p.classes, sample_weight=p.weight)


_CLASSIFICATION: dict[str, Metric] = {
    "roc_auc": _ranking(metrics.roc_auc_score),
    "average_precision": _ranking(metrics.average_precision_score),
    "precision": _of_classes(metrics.precision_score),
    "recall": _of_classes(metrics.recall_score),
    "f1": _of_classes(metrics.f1_score),
    "balanced_accuracy": _balanced_accuracy,
    "accuracy": _plain(metrics.accuracy_score),
    "log_loss": _of_probabilities(metrics.log_loss),
    "brier": _of_probabilities(metrics.brier_score_loss),
}
METRICS: dict[str, dict[str, Metric]] = {
    "binary": _CLASSIFICATION,
    # The unweighted mean over classes; ranking metrics are one class against the rest.
    "multiclass": _CLASSIFICATION,
    "regression": {
        "rmse": lambda p: _plain(metrics.mean_squared_error)(p) ** 0.5,
        "mae": _plain(metrics.mean_absolute_error),
        "r2": _plain(metrics.r2_score),
    },
}
# Lowest and highest possible values; an interval ends there.
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(_CLASSIFICATION, (0.0, 1.0)),
    **dict.fromkeys(("log_loss", "rmse", "mae"), (0.0, np.inf)),
    **dict.fromkeys(("fit_seconds", "predict_seconds"), (0.0, np.inf)),
    "r2": (-np.inf, 1.0),
}


def metric_range(metric: str | None) -> tuple[float, float]:
    """Return the lowest and the highest possible value of a metric; None is a scorer."""
    return _RANGES.get(metric or "", (-np.inf, np.inf))


def lower_is_better(metric: str | None) -> bool:
    """Return whether lower values of a metric are better; None is a scorer."""
    return metric in _LOWER_IS_BETTER


def resolve_scoring(
    scoring: "str | Sequence[str] | Mapping[str, str | Callable[..., float]] | None", task: str
) -> tuple[dict[str, str], dict[str, Callable[..., float]]]:
    """Separate own metrics, {name in the result: name in `METRICS`}, from scikit-learn's scorers.

    A name is looked up among the metrics of the task first; close ones are suggested.

    Examples
    --------
    >>> own, scorers = resolve_scoring(["roc_auc", "neg_log_loss"], "binary")
    >>> list(own), list(scorers)
    (['roc_auc'], ['neg_log_loss'])
    >>> resolve_scoring("roc_acu", "binary")
    Traceback (most recent call last):
        ...
    ValueError: Unknown metric 'roc_acu' for a binary target, did you mean 'roc_auc'? ...
    """
    metrics_of_task = METRICS[task]
    if scoring is None:
        return {name: name for name in metrics_of_task}, {}
    if isinstance(scoring, str):
        scoring = [scoring]
    by_name = scoring if isinstance(scoring, Mapping) else {name: name for name in scoring}
    if taken := sorted({*BOOKKEEPING, *COSTS} & set(by_name)):
        raise ValueError(f"scoring must not use the names {taken}, which evaluate uses.")
    own_metrics: dict[str, str] = {}
    scorers: dict[str, Callable[..., float]] = {}
    for name, value in by_name.items():
        if isinstance(value, str) and value in metrics_of_task:
            own_metrics[name] = value
        elif callable(value):
            scorers[name] = value
        elif value in get_scorer_names():
            scorers[name] = get_scorer(value)
        else:
            hint = suggest(str(value), [*metrics_of_task, *get_scorer_names()])
            raise ValueError(
                f"Unknown metric {value!r} for a {task} target{hint} Expected one of "
                f"{', '.join(metrics_of_task)}, or a scikit-learn scorer."
            )
    return own_metrics, scorers
