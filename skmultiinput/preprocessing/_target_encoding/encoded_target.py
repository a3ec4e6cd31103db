"""The numbers whose means encode categories: a target as one or more columns of floats."""

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import column_or_1d

from skmultiinput.preprocessing._reading.amounts import (
    amount_format,
    look_like_amounts,
    read_amounts,
)

# A target with more classes is encoded along directions instead of one column per class.
MAX_CLASSES = 10
# Most columns that all categories together become along directions, unless there are more
# categories; and most columns of a pair of them.
MAX_COLUMNS = 100
_PAIR_COLUMNS = 4
# Whole numbers are a quantity where they have fewer rows per value than this on average, or more
# values than _FEW with gaps this many times as wide as between the codes of classes.
_ROWS_PER_CLASS = 5
_FEW, _GAP = 100, 10
# Classes and levels beyond the most frequent ones are pooled while directions are learned.
_POOL_CLASSES = 256
_POOL_LEVELS = 1024


@dataclass
class EncodedTarget:
    """One target as numbers, (n_samples, n_outputs), to encode columns by.

    `kind` is "continuous", "binary" or "multiclass". Each output has a suffix, which follows the
    name of a column. `groups` are the classes by which folds are stratified, 0 for a quantity.
    `of_column` lists the outputs that each column is encoded by, `of_pair` those of a pair, the
    most important first.
    """

    kind: str
    numbers: np.ndarray
    suffixes: list[str]
    groups: np.ndarray
    of_column: list[list[int]]
    of_pair: list[int]


def read_targets(y: ArrayLike, n_samples: int) -> list[np.ndarray]:
    """Return the columns of `y`, each of numbers, bools or labels without missing values."""
    if isinstance(y, pd.DataFrame):
        columns = [y.iloc[:, j] for j in range(y.shape[1])]
    else:
        values = y if isinstance(y, pd.Series) else np.asarray(y)
        wide = values.ndim == 2 and values.shape[1] > 1
        columns = [*np.asarray(values).T] if wide else [values]  # type: ignore[list-item]  # rows of an array
    targets = [_plain(column) for column in columns]
    if len(targets[0]) != n_samples:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {n_samples} rows in X, "
            f"{len(targets[0])} in y."
        )
    return targets


def _plain(column: pd.Series | np.ndarray) -> np.ndarray:
    """Return one target as an array of floats, integers, bools or objects."""
    if isinstance(column, pd.Series):
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        if pd.api.types.is_extension_array_dtype(column.dtype) and numeric:
            column = column.to_numpy(np.float64, na_value=np.nan)
    values = column_or_1d(column, warn=True)
    n_missing = int(pd.isna(values).sum())
    if n_missing:
        raise ValueError(
            f"The target y contains NaN or another missing value in {n_missing} of {len(values)} "
            "rows. Drop these rows from X and y."
        )
    if values.dtype == object and all(isinstance(v, Real | Decimal | np.bool_) for v in values):
        values = values.astype(np.float64)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("The target y contains infinity, expected finite numbers.")
    return values


def _classes(target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted classes and the position of each row's class."""
    try:
        classes, codes = np.unique(target, return_inverse=True)
    except TypeError:  # labels of several types
        classes, codes = np.unique([str(label) for label in target], return_inverse=True)
    return classes, codes.ravel()


def encode_target(target: np.ndarray, target_type: str, codes: np.ndarray) -> EncodedTarget:
    """Turn one target into the numbers that encodings are means of.

    "auto" takes numbers with decimals for a quantity, whole numbers of many values that rarely
    repeat or lie far apart, and text with many amounts such as prices; everything else for classes.
    `codes` are the levels of the columns to encode.

    There is one output for a quantity and for two classes, one per class up to 10 classes. With
    more, directions in which the shares of the classes differ between the levels; whole numbers may
    be a quantity after all, so for them the first output is the number itself.
    """
    n_features = codes.shape[1]
    numbers = _quantity(target, target_type)
    if numbers is not None:
        groups = np.zeros(len(target), dtype=np.int64)
        return EncodedTarget("continuous", numbers[:, None], [""], groups, [[0]] * n_features, [0])
    classes, groups = _classes(target)
    if target_type == "binary" or len(classes) <= 2:
        values = (groups == len(classes) - 1)[:, None].astype(np.float64)
        return EncodedTarget("binary", values, [""], groups, [[0]] * n_features, [0])
    if len(classes) <= MAX_CLASSES:
        suffixes = [f"_{label}" for label in classes]
        order = np.argsort(-np.bincount(groups), kind="stable").tolist()
        of_column = [list(range(len(classes)))] * n_features
        return EncodedTarget(
            "multiclass", np.eye(len(classes))[groups], suffixes, groups, of_column, order
        )
    quantity = target.dtype.kind in "iufb" and target_type == "auto"
    directions, of_column = class_directions(codes, groups, least=0 if quantity else 1)
    suffixes = [f"_direction{i}" for i in range(directions.shape[1])]
    values = directions[groups]
    if quantity:
        values = np.column_stack([target.astype(np.float64), values])
        suffixes = ["", *suffixes]
        of_column = [[0, *(k + 1 for k in outputs)] for outputs in of_column]
    of_pair = list(range(min(_PAIR_COLUMNS, len(suffixes))))
    return EncodedTarget("multiclass", values, suffixes, groups, of_column, of_pair)


def _quantity(target: np.ndarray, target_type: str) -> np.ndarray | None:
    """Return the numbers of a target that is a quantity; None for classes."""
    if target.dtype.kind in "OU" and target_type in ("auto", "continuous"):
        find = amount_format if target_type == "continuous" else look_like_amounts
        number_format = find(target)
        if number_format is not None:
            return read_amounts(target, number_format)
    numeric = target.dtype.kind in "iufb"
    if target_type != "continuous" and not (
        target_type == "auto" and numeric and _is_amount(target)
    ):
        return None
    try:
        return target.astype(np.float64)
    except ValueError as error:
        raise ValueError(
            f"target_type='continuous' expects numbers as y, got {target[0]!r}."
        ) from error


def _is_amount(target: np.ndarray) -> bool:
    """Return whether numbers cannot be the codes of classes."""
    target = target.astype(np.float64)
    if (target != np.floor(target)).any():
        return True
    values = np.unique(target)
    if len(values) <= MAX_CLASSES:
        return False
    rare = len(target) < _ROWS_PER_CLASS * len(values)
    far_apart = len(values) > _FEW and values[-1] - values[0] > _GAP * len(values)
    return bool(rare or far_apart)


def class_directions(
    codes: np.ndarray, groups: np.ndarray, *, least: int = 1
) -> tuple[np.ndarray, list[list[int]]]:
    """Find the directions in which the shares of the classes differ most between levels.

    These are the principal components of the shares of the classes in each level, over all columns:
    (n_classes, n_directions). There are at most 100 unless there are more features. A column is
    encoded along those in which its levels differ by more than chance, at least the first `least`;
    which they are is returned as well.
    """
    n_samples, n_classes = len(groups), int(groups.max()) + 1
    class_of = _pooled(groups, _POOL_CLASSES)
    pooled, size = class_of[groups], int(class_of.max()) + 1
    shares = np.bincount(pooled, minlength=size) / n_samples
    spreads, chances = [], []
    for levels in codes.T:
        level_of = _pooled(levels, _POOL_LEVELS)
        length = int(level_of.max()) + 1
        cells = level_of[levels] * size + pooled
        table = np.bincount(cells, minlength=length * size).reshape(length, size) / n_samples
        rows = table.sum(axis=1, keepdims=True)
        centred = (table - rows * shares) / np.sqrt(np.maximum(rows, 1 / n_samples))
        spreads.append(centred.T @ centred)
        n_levels = np.count_nonzero(rows)
        # The largest ratio of variances that independent levels and classes show.
        chances.append((np.sqrt(n_levels) + np.sqrt(size)) ** 2 / n_samples)
    vectors = np.linalg.eigh(sum(spreads))[1][:, ::-1][:, :MAX_COLUMNS]
    # The sign of an eigenvector is arbitrary; here the largest entry is positive.
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(vectors.shape[1])])
    total = (shares[:, None] * vectors**2).sum(axis=0) - (shares @ vectors) ** 2
    total = np.maximum(total, 1e-12)
    ratios = np.stack([np.einsum("kd,kl,ld->d", vectors, s, vectors) / total for s in spreads])
    excess = ratios / np.array(chances)[:, None]
    excess[:, :least] = np.inf
    chosen = np.argsort(-excess, axis=None, kind="stable")[: max(MAX_COLUMNS, len(spreads))]
    chosen = chosen[excess.ravel()[chosen] > 1]
    of_column: list[list[int]] = [[] for _ in spreads]
    for j, k in zip(*np.unravel_index(np.sort(chosen), excess.shape), strict=True):
        of_column[j].append(int(k))
    return vectors[class_of[np.arange(n_classes)]], of_column


def _pooled(codes: np.ndarray, most: int) -> np.ndarray:
    """Return for each code its position among the most frequent ones, or the one for the rest."""
    counts = np.bincount(codes)
    position = np.full(len(counts), min(most, len(counts) - 1))
    frequent = np.argsort(-counts, kind="stable")[:most]
    position[frequent] = np.arange(len(frequent))
    return position
