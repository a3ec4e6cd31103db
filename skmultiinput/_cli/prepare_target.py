"""The target column: separated, cleaned, and recognized as labels or as a quantity."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.model_selection import train_test_split

from skmultiinput._cli.table_file import TableError
from skmultiinput.evaluation._evaluation_task import guess_positive
from skmultiinput.preprocessing._reading.amounts import (
    amount_format,
    look_like_amounts,
    read_amounts,
)

# Numbers with more different values than this are a quantity, not labels.
MAX_NUMERIC_CLASSES = 20
# Text with more different values than this is not a label.
MAX_CLASSES = 100


class Target(NamedTuple):
    """A target that is ready for fitting, and the rows that have one, without it.

    `task` is "classification" or "regression". The notes say what was changed, for the user.
    """

    X: pd.DataFrame
    y: np.ndarray
    task: str
    notes: list[str]


def prepare_target(
    table: pd.DataFrame,
    name: str,
    *,
    task: str = "auto",
    rows: int | None = None,
    seed: int = 0,
) -> Target:
    """Separate the target from a table, and decide between labels and a quantity.

    "auto" means regression for numbers with more than 20 different values, and classification for
    everything else. `rows` draws a random sample of that many, with the same shares of the labels.
    Raises TableError if no row has a target, if there are too many labels, or if a number is
    expected and there is none.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [31, 64, 45], "churn": ["no", "yes", " "]})
    >>> target = prepare_target(table, "churn")
    >>> target.task, target.y.tolist(), target.notes
    ('classification', ['no', 'yes'], ["1 row(s) without a value of 'churn' were left out."])
    """
    column, notes = _read_column(table[name], name, task)
    X = table.loc[column.index].drop(columns=name)
    if X.shape[1] == 0:
        raise TableError(f"There is no column left beside the target {name!r}.")
    if task == "regression" and not is_numeric_dtype(column):
        raise TableError(_no_number(column, name))
    n_values = column.nunique()
    if task == "auto":
        quantity = is_numeric_dtype(column) and n_values > MAX_NUMERIC_CLASSES
        task = "regression" if quantity else "classification"
    if task == "regression":
        y = column.to_numpy(dtype=np.float64)
        if not np.isfinite(y).all():
            raise TableError(f"The target {name!r} holds infinite numbers.")
    else:
        y = _labels(column, name, n_values)
    if rows is not None and rows < len(y):
        X, y = _sample(X, y, task, rows, seed)
        notes.append(f"A random sample of {rows:,} of {len(table):,} rows is used.")
    return Target(X.reset_index(drop=True), y, task, notes)


def check_counts(target: Target, folds: int) -> None:
    """Refuse a target with too few rows for the folds, or for the folds of one of its classes."""
    if folds < 2:
        raise TableError(f"At least 2 folds are needed; got {folds}.")
    if target.task == "regression":
        if len(target.y) < 2 * folds:
            raise TableError(f"{len(target.y)} row(s) are too few for {folds} folds.")
        return
    labels, counts = np.unique(target.y, return_counts=True)
    for label, count in zip(labels.tolist(), counts, strict=True):
        # The network sets rows of each class aside for validation and trains on the others.
        needed = max(folds, 3)
        if count < needed:
            raise TableError(
                f"Class {label!r} of the target has {count} row(s), but {folds} folds need at "
                f"least {needed} of each class; use fewer folds, or drop or join rare classes."
            )


def positive_of(target: Target, wanted: str | None = None) -> Any:
    """Return the positive label of two classes, None for any other target.

    It is the label that reads as `wanted`; else 1 of 0 and 1, and of other labels the rarer one.
    """
    labels = [] if target.task == "regression" else np.unique(target.y).tolist()
    if len(labels) != 2:
        return None
    if wanted is None:
        return guess_positive(target.y)
    by_text = {str(label): label for label in labels}
    if wanted not in by_text:
        raise TableError(
            f"The positive class cannot be {wanted!r}; the labels are "
            f"{' and '.join(map(repr, by_text))}."
        )
    return by_text[wanted]


def describe_target(name: str, target: Target, positive: Any) -> str:
    """Describe the target in one line."""
    y = target.y
    if target.task == "regression":
        return (
            f"Target {name!r}: a quantity from {y.min():g} to {y.max():g} (mean {y.mean():g}, "
            f"sd {y.std():g})"
        )
    if positive is not None:
        share = np.mean(y == positive)
        return f"Target {name!r}: two classes; positive is {positive!r} ({share:.1%} of the rows)"
    labels, counts = np.unique(y, return_counts=True)
    shares = [
        f"{label!r} {count / len(y):.1%}"
        for label, count in zip(labels.tolist(), counts, strict=True)
    ]
    more = f" and {len(shares) - 8} more" if len(shares) > 8 else ""
    return f"Target {name!r}: {len(shares)} classes: {', '.join(shares[:8])}{more}"


def _read_column(column: pd.Series, name: str, task: str) -> tuple[pd.Series, list[str]]:
    """Return the target of the rows that have one, amounts written as text as numbers; notes."""
    notes, n_rows = [], len(column)
    column = column.dropna()
    if not is_numeric_dtype(column):
        column = column[[not isinstance(v, str) or bool(v.strip()) for v in column]]
        values = np.asarray(column, dtype=object)
        find = {"regression": amount_format, "auto": look_like_amounts}.get(task)
        number_format = find(values) if find and len(values) else None
        if number_format is not None:
            notes = [f"The target {name!r} is read as {number_format.describe()}."]
            try:
                numbers = read_amounts(values, number_format)
            except ValueError as error:
                raise TableError(f"The target {name!r}: {error}") from None
            column = pd.Series(numbers, index=column.index).dropna()
    n_missing = n_rows - len(column)
    if n_missing:
        notes.append(f"{n_missing} row(s) without a value of {name!r} were left out.")
    if len(column) == 0:
        raise TableError(f"The target {name!r} has no value in any row.")
    return column, notes


def _no_number(y: pd.Series, name: str) -> str:
    numbers = pd.to_numeric(y, errors="coerce")
    first = y[numbers.isna()].iloc[0] if numbers.isna().any() else y.iloc[0]
    return f"Regression needs numbers, but the target {name!r} holds {first!r}."


def _labels(y: pd.Series, name: str, n_values: int) -> np.ndarray:
    if n_values == 1:
        raise TableError(
            f"The target {name!r} has the one value {y.tolist()[0]!r} in all {len(y):,} rows; "
            "a classifier needs at least two classes."
        )
    if is_numeric_dtype(y) and not is_bool_dtype(y):
        numbers = y.to_numpy(dtype=np.float64)
        if not np.array_equal(numbers, np.floor(numbers)):
            raise TableError(
                f"Classification needs labels, but the target {name!r} holds fractions; use "
                "--task regression."
            )
        # Whole numbers that became floats because some were missing.
        y = pd.Series(numbers.astype(np.int64))
    if n_values > MAX_CLASSES:
        raise TableError(
            f"The target {name!r} has {n_values:,} different values in {len(y):,} rows; at most "
            f"{MAX_CLASSES} classes are expected."
        )
    values = np.asarray(y.tolist())
    return values if values.dtype.kind in "biu" else values.astype(str)


def _sample(
    X: pd.DataFrame, y: np.ndarray, task: str, rows: int, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    counts = np.unique(y, return_counts=True)[1] if task == "classification" else [2]
    # Shares cannot be kept where a class has a single row, or the sample fewer rows than classes.
    keep_shares = task == "classification" and min(counts) > 1 and rows >= len(counts)
    keep_shares = keep_shares and len(y) - rows >= len(counts)
    X, _, y, _ = train_test_split(
        X, y, train_size=rows, random_state=seed, stratify=y if keep_shares else None
    )
    return X, y
