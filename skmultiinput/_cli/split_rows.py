"""How the rows are split into folds: shuffled, in time, or by group."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import TimeSeriesSplit

from skmultiinput._cli.prepare_target import Target
from skmultiinput._cli.read_table import check_column
from skmultiinput._cli.table_file import TableError
from skmultiinput.evaluation._make_folds import make_folds
from skmultiinput.preprocessing import DatetimeParser


class Split(NamedTuple):
    """The rows, and how they are split, with a name for the folds.

    The target is sorted by time where there is one, and without the column of the groups. `cv` is
    as `evaluate` takes it; `validation`, "random" or "time", says which rows early stopping sets
    aside.
    """

    target: Target
    cv: Any
    groups: np.ndarray | None
    validation: str
    name: str


def split_rows(
    target: Target,
    folds: int,
    *,
    time: str | None,
    group: str | None,
    drop: Collection[str] = (),
) -> Split:
    """Split by a column of dates or numbers, by a column of groups, or at random.

    A column of times in `drop` only orders the rows; one of groups is no feature in any case.
    Raises TableError if a column is missing or has missing values, or the folds cannot be made.
    """
    if time is not None:
        return _in_time(target, folds, time, is_feature=time not in drop)
    if group is not None:
        return _by_group(target, folds, group)
    name = "folds" if target.task == "regression" else "stratified folds"
    return Split(target, folds, None, "random", name)


def _in_time(target: Target, folds: int, name: str, *, is_feature: bool) -> Split:
    check_column(target.X, name)
    times = target.X[name]
    if not pd.api.types.is_numeric_dtype(times):
        try:
            times = DatetimeParser().fit_transform(target.X[[name]])[name]
        except (TypeError, ValueError):
            first = times.dropna().iloc[:1].tolist()
            raise TableError(
                f"--time {name!r} needs a column of dates or numbers; it holds {first}."
            ) from None
    _refuse_missing(times, target.X[name], name, "time")
    order = np.argsort(times.to_numpy(), kind="stable")
    X = target.X if is_feature else _without(target, name, "time")
    X = X.iloc[order].reset_index(drop=True)
    target = Target(X, target.y[order], target.task, target.notes)
    cv = TimeSeriesSplit(folds)
    try:
        classes = None if target.task == "regression" else np.unique(target.y)
        make_folds(X, target.y, cv=cv, classes=classes)
    except ValueError as error:
        raise TableError(f"--time {name!r} with {folds} folds: {error}") from None
    return Split(target, cv, None, "time", f"folds in time, by {name!r}")


def _by_group(target: Target, folds: int, name: str) -> Split:
    check_column(target.X, name)
    groups = target.X[name]
    _refuse_missing(groups, groups, name, "group")
    if groups.nunique() < folds:
        raise TableError(
            f"--group {name!r} has {groups.nunique()} group(s); {folds} folds need as many."
        )
    X = _without(target, name, "group")
    target = Target(X, target.y, target.task, target.notes)
    codes = pd.factorize(groups)[0]
    return Split(target, folds, codes, "random", f"folds by group, {name!r}")


def _without(target: Target, name: str, option: str) -> pd.DataFrame:
    """Return the columns apart from one; there must be some."""
    if target.X.shape[1] == 1:
        raise TableError(f"There is no column left beside the target and the {option} {name!r}.")
    return target.X.drop(columns=name)


def _refuse_missing(values: pd.Series, cells: pd.Series, name: str, option: str) -> None:
    missing = values.isna()
    if missing.any():
        raise TableError(
            f"--{option} {name!r} needs a value in each row; {int(missing.sum())} of "
            f"{len(values)} rows have none that can be read, such as {cells[missing].iloc[0]!r}."
        )
