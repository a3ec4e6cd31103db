"""What all folds of an evaluation share, checked before the first fit."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils.multiclass import type_of_target

from skmultiinput._checks import draw_seed, missing_rows, to_pandas
from skmultiinput._typing import RandomState
from skmultiinput.evaluation._evaluation_metrics import resolve_scoring
from skmultiinput.metrics._cost_checks import (
    BINARY_COSTS,
    check_cost_matrix,
    check_costs,
    obvious_positive,
    position_of_label,
)
from skmultiinput.preprocessing._reading.amounts import as_quantity


class Task(NamedTuple):
    """What all folds of all models share.

    `kind` is "binary", "multiclass" or "regression"; `classes` the sorted labels, `positive` the
    position of the positive class of two; `metrics` are those of this package, `scorers` those of
    scikit-learn; `costs` has arrays of one cost or one per row, `matrix` the costs of more than two
    classes; `threshold` is "tuned", "bayes", a number or None.
    """

    kind: str
    classes: Any
    positive: Any
    metrics: dict[str, str]
    scorers: dict[str, Callable[..., float]]
    costs: dict[str, np.ndarray]
    matrix: Any
    threshold: str | float | None
    weight: np.ndarray | None
    seed: int


def make_task(
    pipeline: BaseEstimator,
    y: np.ndarray,
    scoring: Any,
    random_state: RandomState,
    *,
    costs: Any = None,
    threshold: Any = None,
    pos_label: Any = None,
    weight: np.ndarray | None = None,
) -> Task:
    """Check, and put together, the parameters of `evaluate` that depend on the target."""
    kind, classes = task_of(pipeline, y)
    positive = position_of(pos_label, y, classes, kind, costs)
    metrics, scorers = resolve_scoring(scoring, kind)
    costs, matrix = evaluation_costs(costs, kind, classes, positive, len(y))
    threshold = check_threshold(threshold, kind, costs)
    seed = draw_seed(random_state)
    return Task(kind, classes, positive, metrics, scorers, costs, matrix, threshold, weight, seed)


def as_rows(X: Any) -> Any:
    """Return a table whose rows can be taken by `take_rows`."""
    X = to_pandas(X)
    return X if hasattr(X, "shape") else np.asarray(X)


def take_rows(X: Any, rows: np.ndarray) -> Any:
    """Return rows of a table by position."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def check_groups(groups: Any) -> np.ndarray | None:
    """Return the group of each row as an array, without missing ones."""
    if groups is None:
        return None
    missing = missing_rows(to_pandas(groups))
    if missing.any():
        raise ValueError(
            f"groups has {missing.sum()} missing value(s), the first in row "
            f"{int(np.argmax(missing))}; give such rows groups of their own, or drop them."
        )
    return np.asarray(groups)


def guess_positive(y: Any) -> Any:
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


def check_target(y: Any, pipeline: Any = None) -> np.ndarray:
    """Return y as an array of plain labels or numbers, without missing values.

    For a regressor, amounts that are written as text become numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> check_target(pd.DataFrame({"churned": ["no", "yes"]}))
    array(['no', 'yes'], dtype='<U3')
    """
    y = to_pandas(y)
    missing = missing_rows(y)
    if len(missing) == 0:
        raise ValueError("y is empty; there is nothing to evaluate.")
    if missing.any():
        raise ValueError(
            f"y has {missing.sum()} missing value(s), the first in row "
            f"{int(np.argmax(missing))}; drop those rows first."
        )
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    values = _without_objects(values) if values.dtype == object else values
    return as_quantity(values) if hasattr(pipeline, "fit") and is_regressor(pipeline) else values


def _without_objects(values: np.ndarray) -> np.ndarray:
    """Return an array of objects as one of texts, numbers or bools."""
    types = {type(value).__name__: type(value) for value in values.ravel()}
    texts = [name for name, kind in types.items() if issubclass(kind, str)]
    if texts and len(texts) < len(types):
        raise ValueError(
            f"y mixes values of the types {', '.join(sorted(types))}; convert it to one type first."
        )
    plain = np.asarray(values.tolist())
    if plain.dtype != object:
        return plain
    try:
        return values.astype(np.float64)  # decimals, fractions
    except (TypeError, ValueError):
        raise ValueError(
            f"y has values of type {', '.join(sorted(types))}; expected texts, numbers or bools."
        ) from None


def task_of(pipeline: BaseEstimator, y: np.ndarray) -> tuple[str, np.ndarray | None]:
    """Return the kind of target, and the labels of a classification."""
    if not hasattr(pipeline, "fit"):
        raise TypeError(
            f"Expected one estimator, such as a Pipeline, got {type(pipeline).__name__}. Models "
            "that evaluate compares it with are given as baselines={'name': model}."
        )
    if is_regressor(pipeline):
        if y.dtype.kind not in "biuf":
            raise ValueError(
                f"The pipeline is a regressor, but y has dtype {y.dtype}; expected numbers."
            )
        if not np.isfinite(y).all():
            raise ValueError("y has infinite values; drop those rows first.")
        return "regression", None
    if not is_classifier(pipeline):
        raise TypeError(
            f"evaluate needs a classifier or a regressor; {type(pipeline).__name__} is neither."
        )
    kind = type_of_target(y)
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"The pipeline is a classifier, but y is {kind!r}; expected one label per row."
        )
    check_predict_proba(pipeline, "the pipeline")
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(f"y has one class only: {classes[0]!r}; expected at least two.")
    return ("binary" if len(classes) == 2 else "multiclass"), classes


def check_predict_proba(model: BaseEstimator, name: str) -> None:
    """Refuse a classifier without probabilities."""
    if not hasattr(model, "predict_proba"):
        raise TypeError(
            f"evaluate needs predict_proba, which {type(model).__name__} ({name}) does not have; "
            "wrap the classifier in CalibratedClassifierCV."
        )


def position_of(
    pos_label: Any, y: np.ndarray, classes: np.ndarray | None, kind: str, costs: Any
) -> int | None:
    """Return the position of the positive class of two."""
    if kind != "binary" or classes is None:
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


def evaluation_costs(
    costs: Any, kind: str, classes: np.ndarray | None, positive: int | None, n_samples: int
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Return ({name: cost}, None), or ({}, matrix) for more than two classes."""
    if costs is None:
        return {}, None
    if classes is None:
        raise ValueError("costs are for classifiers; the pipeline is a regressor.")
    if isinstance(costs, Mapping):
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
        values = {name: costs.get(name, 0.0) for name in BINARY_COSTS}
        return check_costs(values, n_samples), None
    matrix, _ = check_cost_matrix(costs, classes, name="costs")
    if positive is None:
        return {}, matrix
    no, yes = 1 - positive, positive
    cells = {"cost_fp": (no, yes), "cost_fn": (yes, no), "cost_tp": (yes, yes), "cost_tn": (no, no)}
    return {name: matrix[cell].reshape(1) for name, cell in cells.items()}, None


def check_threshold(threshold: Any, kind: str, costs: Mapping[str, Any]) -> str | float | None:
    """Return "tuned", "bayes", a number or None."""
    if isinstance(threshold, str) and threshold == "auto":
        return "tuned" if costs else None
    if threshold is None:
        return None
    if kind != "binary":
        raise ValueError(f"threshold={threshold!r} is for two classes; the target is {kind}.")
    if isinstance(threshold, str) and threshold in ("tuned", "bayes"):
        if not costs:
            raise ValueError(f"threshold={threshold!r} needs costs=.")
        return threshold
    if not isinstance(threshold, int | float | np.number):
        raise ValueError(
            "threshold must be 'auto', 'tuned', 'bayes', a number from 0 to 1 or None; got "
            f"{threshold!r}."
        )
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1; got {threshold}.")
    return float(threshold)


def costs_of(costs: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the costs of some rows."""
    return {name: cost if len(cost) == 1 else cost[rows] for name, cost in costs.items()}
