"""The figures of an evaluation: which there are for each task, and how one fold gets them."""

import difflib
from typing import Any, NamedTuple

import numpy as np
from sklearn import metrics
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.preprocessing import label_binarize

# Of these, less is better; of every other figure, and of every scikit-learn scorer, more is.
LOWER_IS_BETTER = frozenset(
    {"log_loss", "brier", "cost", "cost_at_0.5", "cost_argmax", "rmse", "mae"}
)

# What people call them; others are their own names with blanks.
NAMES = {
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
    """What one model said about the test rows of one fold.

    Attributes
    ----------
    y : ndarray of shape (n_samples,)
        The truth.
    decision : ndarray of shape (n_samples,)
        Decided labels, or predicted numbers.
    proba : ndarray of shape (n_samples, n_classes), dtype=float64, or None
        Probabilities in the order of `classes`; None for regression.
    classes : ndarray of shape (n_classes,), or None
        Every label, sorted.
    positive : int or None
        Position of the positive class in `classes`; None unless there are two.
    weight : ndarray of shape (n_samples,), or None
        Weight of each row.
    """

    y: np.ndarray
    decision: np.ndarray
    proba: Any
    classes: Any
    positive: Any
    weight: Any

    @property
    def score(self):
        """Probability of the positive class, or of every class where there are more than two."""
        return self.proba if self.positive is None else self.proba[:, self.positive]

    @property
    def truth(self):
        """0/1 truth: of the positive class, or one column per class."""
        if self.positive is None:
            return label_binarize(self.y, classes=self.classes)
        return (self.y == self.classes[self.positive]).astype(int)


def _ranking(metric):
    def figure(p):
        # Undefined where a class is absent from the fold; NaN says so.
        if len(np.unique(p.y)) < len(p.classes):
            return np.nan
        return metric(p.truth, p.score, average="macro", sample_weight=p.weight)

    return figure


def _decided(metric):
    def figure(p):
        if p.positive is None:
            how = {"average": "macro", "labels": p.classes}
        else:
            how = {"pos_label": p.classes[p.positive]}
        return metric(p.y, p.decision, sample_weight=p.weight, zero_division=0.0, **how)

    return figure


def _plain(metric):
    return lambda p: metric(p.y, p.decision, sample_weight=p.weight)


def _balanced_accuracy(p):
    present = np.unique(p.y)
    return metrics.recall_score(
        p.y, p.decision, labels=present, average="macro", sample_weight=p.weight, zero_division=0.0
    )


def _log_loss(p):
    return metrics.log_loss(p.y, p.proba, labels=p.classes, sample_weight=p.weight)


def _brier(p):
    squares = ((p.proba - (p.y[:, None] == p.classes)) ** 2).sum(axis=1)
    # For two classes both columns err alike, and Brier's score counts one of them.
    return np.average(squares, weights=p.weight) / (2 if p.positive is not None else 1)


_CLASSIFICATION = {
    "roc_auc": _ranking(metrics.roc_auc_score),
    "average_precision": _ranking(metrics.average_precision_score),
    "precision": _decided(metrics.precision_score),
    "recall": _decided(metrics.recall_score),
    "f1": _decided(metrics.f1_score),
    "balanced_accuracy": _balanced_accuracy,
    "accuracy": _plain(metrics.accuracy_score),
    "log_loss": _log_loss,
    "brier": _brier,
}

# Task -> name of a figure -> function of `Predictions`.
METRICS = {
    "binary": _CLASSIFICATION,
    # The same, as the plain mean over classes; ranking figures are one class against the rest.
    "multiclass": _CLASSIFICATION,
    "regression": {
        "rmse": lambda p: _plain(metrics.mean_squared_error)(p) ** 0.5,
        "mae": _plain(metrics.mean_absolute_error),
        "r2": _plain(metrics.r2_score),
    },
}


def resolve_scoring(scoring, task):
    """Tell our own figures from scikit-learn's scorers.

    Parameters
    ----------
    scoring : None, str, list of str, or dict of {str: str or callable}
        None means every figure of the task. Names are looked up among them first and among
        scikit-learn's scorers then.
    task : {"binary", "multiclass", "regression"}
        The kind of target.

    Returns
    -------
    own : dict of {str: function}
        Figures computed from `Predictions`.
    scorers : dict of {str: scorer}
        Scorers called with the fitted model.

    Raises
    ------
    ValueError
        If a name is unknown; close ones are suggested.

    Examples
    --------
    >>> own, scorers = resolve_scoring(["roc_auc", "neg_log_loss"], "binary")
    >>> list(own), list(scorers)
    (['roc_auc'], ['neg_log_loss'])
    >>> resolve_scoring("roc_acu", "binary")
    Traceback (most recent call last):
        ...
    ValueError: Unknown metric 'roc_acu' for a binary target; did you mean 'roc_auc'? ...
    """
    known = METRICS[task]
    if scoring is None:
        return dict(known), {}
    if isinstance(scoring, str):
        scoring = [scoring]
    named = scoring if isinstance(scoring, dict) else {name: name for name in scoring}
    own, scorers = {}, {}
    for name, value in named.items():
        if isinstance(value, str) and value in known:
            own[name] = known[value]
        elif callable(value):
            scorers[name] = value
        elif value in get_scorer_names():
            scorers[name] = get_scorer(value)
        else:
            raise ValueError(
                f"Unknown metric {value!r} for a {task} target{_hint(value, known)} Expected one "
                f"of {', '.join(known)}, or a scikit-learn scorer."
            )
    return own, scorers


def _hint(name, known):
    close = difflib.get_close_matches(str(name), [*known, *get_scorer_names()], n=1)
    return f"; did you mean {close[0]!r}?" if close else "."
