"""Resampling and weighting inside ``fit``, after the validation rows have been set aside."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import check_consistent_length
from sklearn.utils.class_weight import compute_sample_weight


@dataclass(frozen=True)
class RowMass:
    """Total weight of the rows trained on, and their number."""

    weight: float
    n_rows: int

    @property
    def mean(self) -> float:
        """Mean weight of a row."""
        return self.weight / self.n_rows

    @staticmethod
    def total(first: "RowMass | None", second: "RowMass") -> "RowMass":
        """Add masses, of several networks or several calls."""
        if first is None:
            return second
        return RowMass(first.weight + second.weight, first.n_rows + second.n_rows)


def resample_rows(
    sampler: Any,
    X: pd.DataFrame,
    y: np.ndarray,
    weight: np.ndarray,
    rng: np.random.Generator,
    options: dict[str, Any] | None = None,
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return training rows, targets and weights, resampled by a clone of a sampler.

    `options` are set on it first; it is seeded from `rng` where its ``random_state`` is None. A row
    that was chosen keeps its weight; a synthetic row gets the mean weight of its class.
    """
    if not hasattr(sampler, "fit_resample"):
        raise ValueError(
            "The 'sampler' parameter must be an imbalanced-learn sampler with a fit_resample "
            f"method. Got {sampler!r} instead."
        )
    sampler = clone(sampler).set_params(**(options or {}))
    if "random_state" in sampler.get_params() and sampler.random_state is None:
        sampler.set_params(random_state=int(rng.integers(2**31)))
    try:
        X_new, y_new = sampler.fit_resample(X, y)
    except (TypeError, ValueError) as error:
        _name_what_is_no_number(X, error)
        raise
    y_new = np.asarray(y_new)
    _check_columns(sampler, X, X_new)
    check_consistent_length(X_new, y_new)
    if (weight == weight[0]).all():
        return X_new, y_new, np.full(len(y_new), weight[0])
    if hasattr(sampler, "sample_indices_"):
        return X_new, y_new, weight[sampler.sample_indices_]
    means = pd.Series(weight).groupby(y).mean()
    weights = means.loc[y_new].to_numpy(copy=True)
    if _starts_with(X_new, X):
        weights[: len(weight)] = weight
    return X_new, y_new, weights


def _name_what_is_no_number(X: pd.DataFrame, error: Exception) -> None:
    """Add to an error of a sampler which columns are no numbers, and who takes them."""
    others = [column for column in X if not pd.api.types.is_numeric_dtype(X[column])]
    if others:
        error.add_note(
            f"{len(others)} of the {X.shape[1]} columns of X hold no numbers, such as "
            f"{others[0]!r}, and most samplers take numbers only. MultiInputSMOTE, "
            "RandomOverSampler and RandomUnderSampler take columns of every kind."
        )


def _check_columns(sampler: Any, X: pd.DataFrame, X_new: Any) -> None:
    """Raise if a sampler returned something else than rows of the columns it got."""
    columns = list(getattr(X_new, "columns", []))
    if set(columns) != set(X.columns):
        raise ValueError(
            f"The sampler, {type(sampler).__name__}, must return a DataFrame with the columns of "
            f"the one it gets, such as {list(X.columns[:5])}. Got {type(X_new).__name__}, columns "
            f"{columns[:5]}."
        )


def check_classes(sampler: Any, y: np.ndarray, y_new: np.ndarray) -> None:
    """Raise if a sampler has removed a class."""
    lost = np.setdiff1d(y, y_new)
    if len(lost):
        raise ValueError(
            f"The sampler, {type(sampler).__name__}, left no row of the classes "
            f"{lost[:5].tolist()}, so the network would not learn them. Choose a sampling_strategy "
            "that keeps some, or drop their rows before fit."
        )


def _starts_with(X_new: pd.DataFrame, X: pd.DataFrame) -> bool:
    """Over-samplers return the original rows first; those that also clean up do not."""
    first = X_new.iloc[: len(X)]
    return first.reset_index(drop=True).equals(X.reset_index(drop=True))


def weigh_classes(class_weight: Any, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weights of rows, each times that of its class; raise if none is left."""
    if isinstance(class_weight, str):  # "balanced": of the weights, not of the numbers of rows
        of_classes = np.prod([_balance(column, weight) for column in np.atleast_2d(y.T)], axis=0)
    else:
        of_classes = compute_sample_weight(class_weight, y)
    if not ((of_classes >= 0) & np.isfinite(of_classes)).all():
        raise ValueError(
            "The 'class_weight' parameter must hold finite weights of at least 0. Got "
            f"{class_weight!r}."
        )
    weight = weight * of_classes
    if not weight.any():
        raise ValueError(
            "class_weight, times sample_weight, is zero for all training rows: there is nothing to "
            f"train on. Got {class_weight!r}."
        )
    return weight


def _balance(y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return factors of weights by which all classes weigh the same."""
    classes, codes = np.unique(y, return_inverse=True)
    masses = np.bincount(codes, weights=weight)
    return (masses.sum() / (len(classes) * masses))[codes]
