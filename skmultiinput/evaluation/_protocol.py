"""What an evaluation agrees on before it starts: the kind of target, the costs, the threshold."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.multiclass import type_of_target

from skmultiinput.metrics._cost_checks import (
    BINARY_COSTS,
    check_cost_matrix,
    check_costs,
    obvious_positive,
    position_of_label,
)


class Task(NamedTuple):
    """What all folds of all models share."""

    kind: str
    classes: Any
    positive: Any
    own: dict
    scorers: dict
    costs: dict
    matrix: Any
    threshold: Any
    threshold_cv: int
    groups: Any
    weight: Any
    seed: int


def guess_positive(y):
    """Return the positive class of two: the larger of 0 and 1 and the like, else the rarer one.

    Examples
    --------
    >>> guess_positive(["No", "Yes", "No"])
    'Yes'
    """
    labels, counts = np.unique(y, return_counts=True)
    labels = labels.tolist()
    if obvious_positive(labels) is not None:
        return labels[1]
    return labels[0] if counts[0] < counts[1] else labels[1]


def check_target(y):
    """Return y as plain labels or numbers, without missing values."""
    y = y if isinstance(y, pd.DataFrame | pd.Series) else np.asarray(y)
    missing = pd.isna(y)
    missing = np.asarray(missing).reshape(len(missing), -1).any(axis=1) if len(y) else missing
    if len(y) == 0:
        raise ValueError("y is empty; there is nothing to evaluate.")
    if missing.any():
        raise ValueError(
            f"y has {missing.sum()} missing value(s), the first in row "
            f"{int(np.argmax(missing))}; drop those rows first."
        )
    if isinstance(y, pd.Series):
        # pandas' own dtypes (category, string, Int64) become plain labels.
        return np.asarray(y.tolist())
    return np.asarray(y)


def task_of(pipeline, y):
    """Return the kind of target, and the labels of a classification."""
    if is_regressor(pipeline):
        return "regression", None
    if not is_classifier(pipeline):
        raise TypeError(
            f"evaluate needs a classifier or a regressor; {type(pipeline).__name__} says it is "
            "neither."
        )
    kind = type_of_target(y)
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"The pipeline is a classifier, but y is {kind!r}; expected one label per row."
        )
    if not hasattr(pipeline, "predict_proba"):
        raise TypeError(
            f"evaluate needs predict_proba, which {type(pipeline).__name__} does not have; wrap "
            "the classifier in CalibratedClassifierCV."
        )
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"y has one class only: {classes[0]!r}; expected at least two.")
    return ("binary" if len(classes) == 2 else "multiclass"), classes


def position_of(pos_label, y, classes, kind, costs):
    """Return the position of the positive class of two."""
    if kind != "binary":
        if pos_label is not None:
            raise ValueError(f"pos_label={pos_label!r} is for two classes; the target is {kind}.")
        return None
    labels = classes.tolist()
    if pos_label is None:
        if isinstance(costs, Mapping) and obvious_positive(labels) is None:
            raise ValueError(
                f"costs need pos_label for the labels {labels}: which one is the positive class?"
            )
        pos_label = guess_positive(y)
    return position_of_label(labels, pos_label)


def evaluation_costs(costs, kind, classes, positive, n_samples):
    """Return ({name: cost}, None), or ({}, matrix) for more than two classes."""
    if costs is None:
        return {}, None
    if kind == "regression":
        raise ValueError("costs are for classifiers; the pipeline is a regressor.")
    if isinstance(costs, Mapping) and not isinstance(costs, pd.DataFrame):
        unknown = sorted(set(costs) - set(BINARY_COSTS))
        missing = [name for name in BINARY_COSTS[:2] if name not in costs]
        if unknown or missing:
            raise ValueError(
                "costs must be a dict with cost_fp and cost_fn, and cost_tp and cost_tn if "
                f"needed; got {sorted(costs)}."
            )
        if kind != "binary":
            raise ValueError(
                f"costs as a dict are for two classes; the target has {len(classes)}. Pass a "
                "matrix instead."
            )
        return {
            name: check_costs(costs.get(name, 0.0), n_samples, name) for name in BINARY_COSTS
        }, None
    labels = classes
    matrix, _ = check_cost_matrix(costs, labels, name="costs")
    if kind != "binary":
        return {}, matrix
    no, yes = 1 - positive, positive
    cells = {"cost_fp": (no, yes), "cost_fn": (yes, no), "cost_tp": (yes, yes), "cost_tn": (no, no)}
    return {name: matrix[cell].reshape(1) for name, cell in cells.items()}, None


def check_threshold(threshold, kind, costs):
    """Return "tuned", "bayes", a number or None."""
    if isinstance(threshold, str) and threshold == "auto":
        return "tuned" if costs else None
    if threshold is None:
        return None
    if kind != "binary":
        raise ValueError(f"threshold={threshold!r} is for two classes; the target is {kind}.")
    if isinstance(threshold, str):
        if threshold not in ("tuned", "bayes"):
            raise ValueError(
                "threshold must be 'auto', 'tuned', 'bayes', a number from 0 to 1 or None; got "
                f"{threshold!r}."
            )
        if not costs:
            raise ValueError(f"threshold={threshold!r} needs costs=.")
        return threshold
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1; got {threshold}.")
    return float(threshold)


def costs_of(costs, rows):
    """Return the costs of some rows."""
    return {name: cost if len(cost) == 1 else cost[rows] for name, cost in costs.items()}
