"""Checks of costs, and of the positive class that they refer to."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d

BINARY_COSTS = ("cost_fp", "cost_fn", "cost_tp", "cost_tn")
_OBVIOUS_PAIRS: tuple[set[Any], ...] = ({0, 1}, {-1, 1})


def check_labels(y: ArrayLike, name: str) -> np.ndarray:
    """Return labels as an array of shape (n_samples,), refusing missing ones."""
    labels = column_or_1d(y)
    missing = pd.isna(labels)
    if missing.any():
        raise ValueError(
            f"{name} has {missing.sum()} missing labels, the first in row "
            f"{int(np.argmax(missing))}; expected a label for every row."
        )
    return labels


def obvious_positive(labels: Iterable[Hashable]) -> int | None:
    """Return 1 if the labels are among 0 and 1, -1 and 1 or False and True, else None.

    Examples
    --------
    >>> obvious_positive([False, True]), obvious_positive(["No", "Yes"])
    (1, None)
    """
    return 1 if any(set(labels) <= pair for pair in _OBVIOUS_PAIRS) else None


def position_of_label(labels: Sequence[Any], pos_label: Any) -> int:
    """Return the position of the positive class among the labels, refusing another one."""
    if pos_label not in labels:
        raise ValueError(f"pos_label={pos_label!r} is none of the labels {_listed(labels)}.")
    return labels.index(pos_label)


def positive_label(*ys: ArrayLike, pos_label: Any = None) -> Any:
    """Return the positive class of binary labels: `pos_label`, or the obvious one.

    Examples
    --------
    >>> positive_label([0, 1, 1])
    1
    >>> positive_label(["No", "Yes"], pos_label="yes")
    Traceback (most recent call last):
        ...
    ValueError: pos_label='yes' is none of the labels ['No', 'Yes'].
    """
    labels = _distinct(*ys)
    if len(labels) > 2:
        raise ValueError(
            f"The four costs are for two classes, but there are {len(labels)} labels: "
            f"{_listed(labels)}. Pass a matrix instead."
        )
    if pos_label is None:
        pos_label = obvious_positive(labels)
        if pos_label is None:
            raise ValueError(
                f"pos_label is needed for the labels {_listed(labels)}: which one is the "
                "positive class?"
            )
    elif len(labels) == 2:  # a single label may be the other class of a small fold
        position_of_label(labels, pos_label)
    return pos_label


def check_cost_matrix(
    cost_matrix: ArrayLike | pd.DataFrame,
    labels: ArrayLike | None = None,
    *,
    name: str = "cost_matrix",
) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix as (n_classes, n_classes) floats, and its labels as an array."""
    if isinstance(cost_matrix, pd.DataFrame):
        if set(cost_matrix.index) != set(cost_matrix.columns):
            raise ValueError(
                f"{name} must have the same labels as index (true) and columns (predicted); got "
                f"{_listed(cost_matrix.index)} and {_listed(cost_matrix.columns)}."
            )
        labels = np.asarray(cost_matrix.index if labels is None else labels)
        cost_matrix = cost_matrix.reindex(index=labels, columns=labels)
    elif labels is None:
        raise ValueError(f"{name} needs labels= in the order of its rows, or must be a DataFrame.")
    matrix, classes = np.asarray(cost_matrix, dtype=np.float64), np.asarray(labels)
    if matrix.shape != (len(classes), len(classes)):
        raise ValueError(
            f"{name} must be of shape ({len(classes)}, {len(classes)}) for {len(classes)} labels; "
            f"got {matrix.shape}."
        )
    if len(set(classes.tolist())) != len(classes):
        raise ValueError(f"labels must differ from each other; got {_listed(classes)}.")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} must hold finite numbers only.")
    return matrix, classes


def check_costs(values: Mapping[str, Any], n_samples: int) -> dict[str, np.ndarray]:
    """Return costs, a dict by parameter, as (1,) or (n_samples,) floats."""
    return {name: _check_cost(name, value, n_samples) for name, value in values.items()}


def _check_cost(name: str, value: Any, n_samples: int) -> np.ndarray:
    try:
        costs = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or one number per row; got {value!r}.") from None
    if costs.ndim != 1 or len(costs) not in (1, n_samples):
        raise ValueError(
            f"{name} must be a number or one number per row ({n_samples} rows); got an array of "
            f"shape {costs.shape}."
        )
    if not np.isfinite(costs).all():
        raise ValueError(f"{name} must be finite; got {costs[~np.isfinite(costs)][0]}.")
    return costs


def positions(y: np.ndarray, labels: np.ndarray, name: str) -> np.ndarray:
    """Return the position of each label of y among `labels`, (n_samples,) int."""
    order = {label: position for position, label in enumerate(labels.tolist())}
    unknown = [label for label in _distinct(y) if label not in order]
    if unknown:
        raise ValueError(
            f"{name} has no row for the labels {_listed(unknown)}; it is for {_listed(labels)}."
        )
    return np.fromiter((order[label] for label in y.tolist()), dtype=np.intp, count=len(y))


def _distinct(*ys: ArrayLike) -> list:
    """Return the labels that occur, in order; of several types by their text."""
    labels = {label for y in ys for label in np.asarray(y).tolist()}
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=str)


def _listed(labels: Iterable[Any]) -> str:
    labels = [label.item() if isinstance(label, np.generic) else label for label in labels]
    return repr(labels) if len(labels) <= 8 else repr(labels[:8])[:-1] + ", …]"


def refuse_missing(values: Mapping[str, Any], matrix_name: str) -> None:
    """Refuse costs that are None; `values` is a dict by parameter."""
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} must be given: a number, or one number per row (passed as "
            f"metadata where the scorer names it); or pass {matrix_name}."
        )
