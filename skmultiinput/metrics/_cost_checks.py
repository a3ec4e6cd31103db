"""Checks of what costs and labels a caller passed, and their messages."""

import numpy as np
import pandas as pd

BINARY_COSTS = ("cost_fp", "cost_fn", "cost_tp", "cost_tn")
_OBVIOUS_POSITIVE = ({0, 1}, {-1, 1})


def positive_label(*ys, pos_label=None):
    """Return the positive class of binary labels, given or obvious; refuse to guess.

    Examples
    --------
    >>> positive_label([0, 1, 1])
    1
    >>> positive_label(["No", "Yes"], pos_label="yes")
    Traceback (most recent call last):
        ...
    ValueError: pos_label='yes' is none of the labels ['No', 'Yes'].
    """
    seen = sorted({label for y in ys for label in np.unique(y).tolist()})
    if len(seen) > 2:
        raise ValueError(
            f"The four costs are for two classes, but there are {len(seen)} labels: "
            f"{_listed(seen)}. Pass a matrix instead."
        )
    if pos_label is None:
        # -1 alone, or 0 alone, says nothing new; one class of a fold may be absent.
        if any(set(seen) <= pair for pair in _OBVIOUS_POSITIVE):
            return 1
        raise ValueError(
            f"pos_label is needed for the labels {_listed(seen)}: which one is the positive class?"
        )
    # One label alone may be the other class of a small fold; two others are a mistake.
    if len(seen) == 2 and pos_label not in seen:
        raise ValueError(f"pos_label={pos_label!r} is none of the labels {_listed(seen)}.")
    return pos_label


def check_cost_matrix(cost_matrix, labels=None, *, name="cost_matrix"):
    """Return the matrix as (n_classes, n_classes) floats, and its labels as an array."""
    if isinstance(cost_matrix, pd.DataFrame):
        if set(cost_matrix.index) != set(cost_matrix.columns):
            raise ValueError(
                f"{name} must have the same labels as index (true) and columns (decided); got "
                f"{_listed(cost_matrix.index)} and {_listed(cost_matrix.columns)}."
            )
        if labels is None:
            labels = cost_matrix.index
        cost_matrix = cost_matrix.loc[list(labels), list(labels)]
    if labels is None:
        raise ValueError(f"{name} needs labels= in the order of its rows, or must be a DataFrame.")
    matrix, labels = np.asarray(cost_matrix, dtype=np.float64), np.asarray(labels)
    if matrix.shape != (len(labels), len(labels)):
        raise ValueError(
            f"{name} must be of shape ({len(labels)}, {len(labels)}) for {len(labels)} labels; "
            f"got {matrix.shape}."
        )
    if len(set(labels.tolist())) != len(labels):
        raise ValueError(f"labels must differ from each other; got {_listed(labels)}.")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} must hold finite numbers only.")
    return matrix, labels


def check_costs(value, n_samples, name):
    """Return a cost as (1,) or (n_samples,) floats, or say what is wrong with it."""
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


def positions(y, labels, name):
    """Return where each label of y stands among `labels`, (n_samples,) int."""
    order = {label: place for place, label in enumerate(labels.tolist())}
    unknown = sorted(set(np.unique(y).tolist()) - set(order))
    if unknown:
        raise ValueError(
            f"{name} has no row for the labels {_listed(unknown)}; it is for {_listed(labels)}."
        )
    return np.fromiter((order[label] for label in y.tolist()), dtype=np.intp, count=len(y))


def _listed(labels):
    labels = [label.item() if isinstance(label, np.generic) else label for label in labels]
    return repr(labels) if len(labels) <= 8 else repr(labels[:8])[:-1] + ", …]"


def refuse_missing(values, matrix_name):
    """Refuse costs that are None, with a ValueError; `values` is a dict by parameter."""
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} must be given: a number, or one number per row (passed as "
            f"metadata where it was named in the scorer); or pass {matrix_name}."
        )
