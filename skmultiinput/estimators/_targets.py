"""Targets: from labels or numbers to what the network is trained on, and back."""

import copy
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skmultiinput._checks import missing_rows, to_pandas
from skmultiinput._training.keras_objects import quantile_levels
from skmultiinput.metrics._class_probabilities import class_probabilities, most_probable

# Beyond this standard deviation, a squared error of a few of them is infinite.
_LARGEST_SPREAD = 1e17


def read_target(y: Any, name: str, *, warn: bool = True) -> np.ndarray:
    """Check labels or numbers and return them as an array, of one dimension for one output.

    `name` is that of the estimator. A single column is warned of, as in scikit-learn's `fit`. A
    target that is None, empty, or holds NaN or infinity raises ValueError.
    """
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    y = to_pandas(y)
    if hasattr(y, "toarray"):  # sparse
        y = y.toarray()
    refuse_missing(missing_rows(y))
    if isinstance(y, (pd.Series, pd.DataFrame)):
        y = _plain_array(y)
    if getattr(getattr(y, "dtype", None), "kind", "") == "c":
        raise ValueError("y holds complex numbers; expected labels or real numbers.")
    y = check_array(
        y,
        ensure_2d=False,
        dtype=None,
        ensure_all_finite=False,
        ensure_min_samples=0,
        input_name="y",
    )
    if y.dtype.kind in "fO":
        check_array(y, ensure_2d=False, dtype=None, ensure_min_samples=0, input_name="y")
    if y.dtype.kind == "O":
        y = _plain_objects(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=warn)
    return y


def _plain_array(y: pd.Series | pd.DataFrame) -> np.ndarray:
    """Return the values by NumPy's own types, where pandas has extension types."""
    if isinstance(y, pd.DataFrame):
        columns = [_plain_array(y.iloc[:, i]) for i in range(y.shape[1])]
        # Truth values beside numbers are the numbers 0 and 1.
        mixed = len({column.dtype.kind for column in columns}) > 1
        columns = [c.astype(np.int64) if mixed and c.dtype.kind == "b" else c for c in columns]
        return np.column_stack(columns)
    if pd.api.types.is_numeric_dtype(y.dtype) and pd.api.types.is_extension_array_dtype(y.dtype):
        whole = np.int64 if pd.api.types.is_integer_dtype(y.dtype) else np.float64
        return y.to_numpy(bool if pd.api.types.is_bool_dtype(y.dtype) else whole)
    return y.to_numpy()


def _plain_objects(y: np.ndarray) -> np.ndarray:
    """Return numbers among objects, such as Decimals, as an array of numbers; refuse a mixture."""
    if not all(isinstance(value, (Real, Decimal)) for value in y.ravel()):
        kinds = sorted({type(value).__name__ for value in y.ravel()})
        if "str" in kinds and len(kinds) > 1:
            raise ValueError(
                f"y mixes values of the types {', '.join(kinds)}; expected one type. Convert them "
                "all to str, or all to numbers."
            )
        return y
    if all(isinstance(value, (bool, np.bool_)) for value in y.ravel()):
        return y.astype(bool)
    numbers = y.astype(np.float64)
    whole = all(isinstance(value, Integral) for value in y.ravel())
    return numbers.astype(np.int64) if whole and (np.abs(numbers) < 2**53).all() else numbers


def refuse_missing(rows: np.ndarray) -> None:
    """Raise if a target is missing; `rows` says which are."""
    if rows.any():
        raise ValueError(
            f"Input y contains NaN: {int(rows.sum())} of {len(rows)} targets are missing. "
            "Drop these rows before fitting."
        )


def is_one_hot(y: np.ndarray) -> bool:
    """Return whether each row of a matrix holds a single 1, and 0 otherwise."""
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "fiub":
        return False
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _check_n_outputs(n_outputs: int, expected: int) -> None:
    """Raise if a target has another number of columns than the one of the fit."""
    if n_outputs != expected:
        raise ValueError(
            f"Detected ``y`` to have {n_outputs} outputs, but {expected} were seen in fit."
        )


class ClassTarget(TransformerMixin, BaseEstimator):
    """Labels to the numbers that a network is trained on, and its outputs to labels.

    `kind_` is what the labels are to the network, "binary", "multiclass" or "multilabel": two
    classes may be learned as several. `type_` is scikit-learn's name of it, as `type_of_target`
    gives it. `classes_` are the sorted labels, for multilabel targets the numbers of the columns.
    The network needs `n_outputs_` outputs, and gives them before their activation if
    `from_logits_`. With `one_hot_` labels came, and are predicted, as a matrix with a single 1 per
    row.

    Examples
    --------
    >>> target = ClassTarget().fit(np.array(["no", "yes", "no"]))
    >>> target.transform(np.array(["yes"])).tolist(), target.labels(np.array([[0.7]])).tolist()
    ([[1.0]], ['yes'])
    """

    from_logits_ = False
    one_hot_ = False

    def fit(self, y: np.ndarray, classes: Any = None) -> Self:
        """Learn the labels, or take them from `classes`."""
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multiclass-multioutput":
            raise ValueError(
                "y has several columns with more than two classes (multiclass-multioutput), which "
                "is not supported. Expected one column of labels, or a matrix of 0 and 1."
            )
        if kind == "multilabel-indicator":
            self.kind_, self.type_ = "multilabel", kind
            self.classes_ = np.arange(y.shape[1])
            self.n_outputs_ = y.shape[1]
            return self
        seen = np.unique(y)
        self.classes_ = seen if classes is None else np.unique(classes)
        self._check_known(seen)
        if len(self.classes_) < 2:
            raise ValueError(
                "A classifier needs samples of at least 2 classes in y, but y holds one class "
                f"only: {str(self.classes_[0])!r}."
            )
        self.kind_ = self.type_ = "binary" if len(self.classes_) == 2 else "multiclass"
        self.n_outputs_ = 1 if self.kind_ == "binary" else len(self.classes_)
        return self

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the output that a network may have."""
        return (1, 2) if self.kind_ == "binary" else (self.n_outputs_,)

    def for_network(self, width: int, *, from_logits: bool) -> Self:
        """Return the target as a network with an output of this width learns it."""
        target = copy.copy(self)
        target.from_logits_ = from_logits
        if self.kind_ == "binary" and width == 2:
            target.kind_, target.n_outputs_ = "multiclass", 2
        return target

    def transform(self, y: Any) -> np.ndarray:
        """Turn labels into numbers.

        Binary: float32 (n_samples, 1); multiclass: int32 (n_samples,); multilabel: float32
        (n_samples, n_labels).
        """
        n_columns = np.shape(y)[1] if np.ndim(y) == 2 else 1
        expected = len(self.classes_) if self.kind_ == "multilabel" else 1
        _check_n_outputs(n_columns, expected)
        if self.kind_ == "multilabel":
            return np.asarray(y, dtype=np.float32)
        self._check_known(np.unique(y))
        codes = np.searchsorted(self.classes_, y)
        if self.kind_ == "binary":
            return codes.astype(np.float32)[:, None]
        return codes.astype(np.int32)

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into a probability per class, (n_samples, n_classes)."""
        return class_probabilities(outputs, self.kind_, from_logits=self.from_logits_)

    def labels(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into the most probable labels."""
        probabilities = self.probabilities(outputs)
        return most_probable(probabilities, self.kind_, self.classes_, one_hot=self.one_hot_)

    def inverse_transform(self, outputs: np.ndarray, return_proba: bool = False) -> np.ndarray:
        """Turn outputs into labels, or probabilities; SciKeras's form."""
        return self.probabilities(outputs) if return_proba else self.labels(outputs)

    def _check_known(self, seen: np.ndarray) -> None:
        unknown = np.setdiff1d(seen, self.classes_)
        if len(unknown):
            raise ValueError(
                "Found unknown categories in y, outside the known classes "
                f"{self.classes_.tolist()}: {unknown[:5].tolist()}."
            )


class NumberTarget(TransformerMixin, BaseEstimator):
    """Numbers to scaled numbers, and back.

    The scaling "standard" subtracts the mean and divides by the standard deviation; "mean" divides
    by the mean, for targets that cannot be negative; "none" leaves numbers as they are. `mean_` is
    subtracted, and the rest divided by `scale_`, both (n_outputs,); a constant target has scale 1.
    `n_dimensions_` are those of the target.

    Examples
    --------
    >>> target = NumberTarget().fit(np.array([0.0, 10.0]))
    >>> target.transform(np.array([5.0, 10.0])).tolist()
    [[0.0], [1.0]]
    """

    kind_ = "regression"

    @property
    def type_(self) -> str:
        """scikit-learn's name of what the numbers are."""
        return "continuous" if self.n_dimensions_ == 1 else "continuous-multioutput"

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the output that a network may have."""
        return (self.n_outputs_,)

    def for_network(self, width: int, *, from_logits: bool) -> Self:
        """Return the target as a network learns it."""
        return self

    def __init__(self, scaling: str = "standard") -> None:
        self.scaling = scaling

    def fit(self, y: Any, sample_weight: Any = None) -> Self:
        """Learn mean and scale, weighted where weights are given."""
        values = self._matrix(y)
        self.n_dimensions_ = np.ndim(y)
        self.n_outputs_ = values.shape[1]
        self.mean_, self.scale_ = np.zeros(self.n_outputs_), np.ones(self.n_outputs_)
        if self.scaling == "none":
            return self
        mean = np.average(values, axis=0, weights=sample_weight)
        if self.scaling == "mean":
            if (values < 0).any():
                raise ValueError(
                    "This loss is for targets that cannot be negative, but y holds "
                    f"{values.min():g}."
                )
            self.scale_ = np.where(mean > 0, mean, 1.0)
            return self
        # Divided by the largest deviation first: squares of tiny and of huge numbers get lost.
        largest = np.abs(values - mean).max(axis=0, initial=0)
        with np.errstate(over="ignore", invalid="ignore"):  # reported below
            relative = (values - mean) / np.where(largest > 0, largest, 1.0)
            spread = largest * np.sqrt(np.average(relative**2, axis=0, weights=sample_weight))
            # Losses are squares of these, in single precision.
            in_range = (spread < _LARGEST_SPREAD).all()
        if not in_range:
            raise ValueError(
                f"The values of y are too large: their standard deviation is {spread.max():.3g}, "
                "and losses are computed in single precision. Divide them by a constant."
            )
        # The mean of a constant may be off by the last digits, which is no spread.
        noise = 10 * np.finfo(np.float64).eps * np.abs(mean)
        self.mean_, self.scale_ = mean, np.where(spread > noise, spread, 1.0)
        return self

    def transform(self, y: Any) -> np.ndarray:
        """Turn numbers into float32 (n_samples, n_outputs)."""
        values = self._matrix(y)
        _check_n_outputs(values.shape[1], self.n_outputs_)
        return ((values - self.mean_) / self.scale_).astype(np.float32)

    def inverse_transform(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into numbers of the target's shape, float64 where scaled."""
        values = np.asarray(outputs)
        if self.scaling != "none":
            values = values.astype(np.float64) * self.scale_ + self.mean_
        return values[:, 0] if self.n_dimensions_ == 1 else values

    def _matrix(self, y: Any) -> np.ndarray:
        if np.asarray(y).dtype.kind in "mM":
            raise ValueError(
                "A regressor expects numbers in y, but y holds times. Convert them to a unit that "
                "suits, such as `y.dt.total_seconds()` or `(y - y.min()).dt.days`."
            )
        try:
            values = np.asarray(y, dtype=np.float64)
        except (TypeError, ValueError):
            example = next(v for v in np.ravel(y) if not isinstance(v, Real))
            raise ValueError(
                f"A regressor expects numbers in y, but y holds {str(example)!r}. For classes use "
                "MultiInputClassifier."
            ) from None
        return values[:, None] if values.ndim == 1 else values


class QuantileTarget(NumberTarget):
    """Numbers to scaled numbers, as `NumberTarget` does, and quantiles of scaled numbers back.

    Examples
    --------
    >>> target = QuantileTarget(quantiles=(0.1, 0.9)).fit(np.array([0.0, 10.0]))
    >>> outputs = np.array([[-1.0, 0.0, 1.0]])
    >>> target.inverse_transform(outputs).tolist(), target.quantiles_of(outputs).tolist()
    ([5.0], [[0.0, 10.0]])
    """

    def __init__(self, scaling: str = "standard", quantiles: Any = (0.1, 0.5, 0.9)) -> None:
        super().__init__(scaling)
        self.quantiles = quantiles

    @property
    def levels(self) -> list[float]:
        """The quantiles that the network predicts, the median among them."""
        return quantile_levels(self.quantiles)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the output that a network may have."""
        return (len(self.levels),)

    def fit(self, y: Any, sample_weight: Any = None) -> Self:
        """Learn mean and scale of the one target."""
        super().fit(y, sample_weight)
        if self.n_outputs_ > 1:
            raise ValueError(
                f"loss='quantile' is for one target, but y has {self.n_outputs_} columns. Fit an "
                "estimator for each (sklearn.multioutput.MultiOutputRegressor)."
            )
        return self

    def inverse_transform(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into medians of the target's shape."""
        return super().inverse_transform(outputs[..., [self.levels.index(0.5)]])

    def quantiles_of(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into the quantiles, (n_samples, n_quantiles)."""
        columns = [self.levels.index(level) for level in np.asarray(self.quantiles)]
        return np.asarray(outputs[:, columns], dtype=np.float64) * self.scale_ + self.mean_
