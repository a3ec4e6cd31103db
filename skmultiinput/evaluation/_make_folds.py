"""The folds of an evaluation: shuffled, stratified, groups kept together, checked."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    check_cv,
)

Split = tuple[np.ndarray, np.ndarray]


def make_folds(
    X: Any,
    y: np.ndarray,
    *,
    cv: Any,
    n_repeats: int = 1,
    groups: np.ndarray | None = None,
    classes: np.ndarray | None = None,
    seed: int = 0,
) -> list[Split]:
    """Return the (train, test) positions of every fold; see `evaluate` for the parameters.

    Classes must be in the training rows of each fold; a splitter that parts a group is refused.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, 1, 1])
    >>> folds = make_folds(np.zeros((6, 1)), y, cv=3, classes=np.unique(y))
    >>> [len(test) for train, test in folds]
    [2, 2, 2]
    """
    if not isinstance(n_repeats, int) or n_repeats < 1:
        raise ValueError(f"n_repeats must be a positive number; got {n_repeats!r}.")
    if isinstance(cv, int):
        if cv < 2:
            raise ValueError(f"cv must be at least 2 folds; got {cv}.")
        if cv > len(y):
            raise ValueError(f"cv={cv} folds need at least as many rows; got {len(y)}.")
        if groups is not None and (n_groups := len(np.unique(groups))) < cv:
            raise ValueError(f"cv={cv} folds need at least as many groups; got {n_groups}.")
        # Far apart, so that repetition 1 of seed 0 is not repetition 0 of seed 1.
        seeds = np.random.SeedSequence(seed).generate_state(n_repeats)
        splitters = [_splitter(cv, groups is not None, classes is not None, int(s)) for s in seeds]
    elif n_repeats > 1:
        raise ValueError("n_repeats is for a number of folds; cv here brings its own splits.")
    else:
        splitters = [check_cv(cv, y, classifier=classes is not None)]
    folds = [
        (_positions(train), _positions(test))
        for splitter in splitters
        for train, test in splitter.split(X, y, groups)
    ]
    if groups is not None:
        _refuse_parted_groups(folds, groups)
    if classes is not None:
        _refuse_absent_classes(folds, y, classes)
    return folds


def are_in_time(folds: list[Split]) -> bool:
    """Return whether all training rows come before the test rows, as in TimeSeriesSplit."""
    return all(train.max() < test.min() for train, test in folds)


def inner_folds(
    folds: list[Split],
    y: np.ndarray,
    *,
    cv: int,
    groups: np.ndarray | None,
    classes: np.ndarray | None,
    seed: int,
) -> list[list[Split]]:
    """Split the training rows of every fold again; positions are those of all rows.

    Where every training row comes before every test row, as in TimeSeriesSplit, so it is in the
    inner folds.
    """
    splitter = TimeSeriesSplit(cv) if are_in_time(folds) and groups is None else cv
    inner = []
    for number, (train, _) in enumerate(folds):
        in_groups = None if groups is None else groups[train]
        try:
            splits = make_folds(
                train, y[train], cv=splitter, groups=in_groups, classes=classes, seed=seed
            )
        except ValueError as error:
            raise ValueError(
                f"The threshold cannot be tuned on the training rows of fold {number}: {error}"
            ) from error
        inner.append([(train[first], train[second]) for first, second in splits])
    return inner


def check_class_counts(y: np.ndarray, n_folds: int, n_inner_folds: int = 0) -> None:
    """Refuse classes with fewer rows than folds, by name.

    Examples
    --------
    >>> check_class_counts(np.array(["a"] * 9 + ["b"]), 5)
    Traceback (most recent call last):
        ...
    ValueError: Class 'b' has 1 row(s), but 5 stratified folds need at least 5 of each class.
    Use fewer folds, join rare classes or drop them.
    """
    labels, counts = np.unique(y, return_counts=True)
    for label, count in zip(labels.tolist(), counts, strict=True):
        if count < n_folds:
            raise ValueError(
                f"Class {label!r} has {count} row(s), but {n_folds} stratified folds need at least "
                f"{n_folds} of each class. Use fewer folds, join rare classes or drop them."
            )
        # The smallest training set a class can be left with when its rows are spread evenly.
        left = count - -(-count // n_folds)
        if left < n_inner_folds:
            raise ValueError(
                f"Class {label!r} has {count} row(s), of which {left} are left for training; "
                f"tuning the threshold on {n_inner_folds} inner folds needs as many. Use a lower "
                "threshold_cv, or threshold='bayes'."
            )


def _positions(rows: ArrayLike) -> np.ndarray:
    """Return positions of rows, of which a caller's splits may also be masks or lists."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def _splitter(cv: int, grouped: bool, stratified: bool, seed: int) -> Any:
    if grouped and stratified:
        return StratifiedGroupKFold(cv, shuffle=True, random_state=seed)
    if grouped:
        return GroupKFold(cv, shuffle=True, random_state=seed)
    if stratified:
        return StratifiedKFold(cv, shuffle=True, random_state=seed)
    return KFold(cv, shuffle=True, random_state=seed)


def _refuse_parted_groups(folds: list[Split], groups: np.ndarray) -> None:
    for number, (train, test) in enumerate(folds):
        both = np.intersect1d(groups[train], groups[test])
        if len(both):
            raise ValueError(
                f"Group {both.tolist()[0]!r} has rows in the training and the test set of fold "
                f"{number}: cv ignores groups. Pass a splitter that keeps groups together, such as "
                "GroupKFold, or a number."
            )


def _refuse_absent_classes(folds: list[Split], y: np.ndarray, classes: np.ndarray) -> None:
    for number, (train, _) in enumerate(folds):
        present = np.unique(y[train])
        if len(present) < len(classes):
            absent = sorted(set(classes.tolist()) - set(present.tolist()))
            raise ValueError(
                f"The training rows of fold {number} have no row of {absent}; every class must "
                "be in every training set. Use fewer or stratified folds."
            )
