"""Encoders of a subclass: ``feature_encoder`` and ``target_encoder`` in the form of SciKeras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
import pandas as pd
from scikeras.wrappers import BaseWrapper
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.multiclass import type_of_target

from skmultiinput._training.table import OutputTargets
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec


@dataclass(frozen=True, eq=False)
class EncodedGroups(ColumnGroups):
    """Groups whose inputs a ``feature_encoder`` makes; `by_order`: its inputs have no names."""

    encoder: Any = None
    by_order: bool = False

    def split(self, X: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return what the encoder makes of a frame, by name of the input."""
        return _as_inputs(self.encoder.transform(self.align(X).to_numpy()))


def encode_features(estimator: Any, groups: ColumnGroups, X: pd.DataFrame) -> ColumnGroups:
    """Return the groups with what the ``feature_encoder`` of a subclass makes of the fit's rows.

    Without such an encoder the groups stay as they are.
    """
    if type(estimator).feature_encoder is BaseWrapper.feature_encoder:
        return groups
    if not estimator.has_own_network:
        raise ValueError(
            f"{type(estimator).__name__} has a feature_encoder, which needs a network of your own: "
            "pass model=, or write a branch for a column group instead."
        )
    encoder = estimator.feature_encoder
    encoder.fit(X.to_numpy())
    encoded = encoder.transform(X.to_numpy())
    specs = tuple(
        InputSpec(name, name, "numeric", (name,), np.arange(0), values.shape[1:])
        for name, values in _as_inputs(encoded).items()
    )
    by_order = not isinstance(encoded, Mapping)
    return EncodedGroups(groups.columns, groups.dtypes, specs, encoder, by_order)


def _as_inputs(encoded: Any) -> dict[str, np.ndarray]:
    """Return arrays of at least two dimensions by name; those of a list, or one, are numbered."""
    if not isinstance(encoded, Mapping):
        parts = encoded if isinstance(encoded, (list, tuple)) else [encoded]
        encoded = {f"input_{number}": part for number, part in enumerate(parts)}
    arrays = {name: _as_numbers(part) for name, part in encoded.items()}
    return {name: a[:, None] if a.ndim == 1 else a for name, a in arrays.items()}


def _as_numbers(values: Any) -> np.ndarray:
    """Return an array, numbers with a point in Keras's precision."""
    array = np.asarray(values)
    return array.astype(keras.config.floatx()) if array.dtype.kind in "fOb" else array


class CustomTarget(BaseEstimator):
    """A target that the ``target_encoder`` of a subclass encodes.

    ``fit`` and ``transform`` of the encoder take the target alone; for a classifier its
    ``inverse_transform`` takes ``return_proba``, too.

    `kind_` is what the target is, a key of `TASKS`, `type_` scikit-learn's name of it. The encoder
    makes `n_arrays_` arrays, one per output of the network, with `n_outputs_` columns; of several
    arrays, the columns are those of `y`.
    """

    widths = None

    def __init__(self, encoder: Any, is_classifier: bool) -> None:
        self.encoder = encoder
        self.is_classifier = is_classifier

    def fit(self, y: np.ndarray, other: Any = None) -> Self:
        """Fit the encoder; classes and weights, which it does not take, make no difference."""
        self.encoder.fit(y)
        kinds = {"binary": "binary", "multilabel-indicator": "multilabel"}
        if self.is_classifier:
            self.type_ = type_of_target(y)
            self.kind_ = kinds.get(self.type_, "multiclass")
        else:
            self.type_ = "continuous" if y.ndim == 1 else "continuous-multioutput"
            self.kind_ = "regression"
        encoded = self.transform(y)
        self.n_arrays_, columns = 1, encoded
        if isinstance(encoded, OutputTargets):
            self.n_arrays_, columns = len(encoded.arrays), y
        self.n_outputs_ = 1 if columns.ndim == 1 else columns.shape[1]
        return self

    def for_network(self, width: int, *, from_logits: bool) -> Self:
        """Return the target as a network learns it."""
        return self

    @property
    def metadata(self) -> dict[str, Any]:
        """What the encoder has to say to the function that builds the network."""
        return getattr(self.encoder, "get_metadata", dict)()

    def transform(self, y: np.ndarray) -> Any:
        """Encode a target as an array of numbers, or one for each output of the network."""
        encoded = self.encoder.transform(y)
        if not isinstance(encoded, (list, tuple, Mapping)):
            return _as_numbers(encoded)
        parts = dict(encoded) if isinstance(encoded, Mapping) else list(encoded)
        parts = keras.tree.map_structure(_as_numbers, parts)
        return OutputTargets(parts) if len(parts) > 1 else keras.tree.flatten(parts)[0]

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into probabilities."""
        return self.encoder.inverse_transform(outputs, return_proba=True)

    def inverse_transform(self, outputs: np.ndarray) -> np.ndarray:
        """Turn outputs of the network into what `y` was."""
        return self.encoder.inverse_transform(outputs)

    labels = inverse_transform


def new_target(estimator: Any) -> Any:
    """Return a new target encoder of an estimator, in the form that a fit needs."""
    encoder = estimator.target_encoder
    if hasattr(encoder, "for_network"):
        return encoder
    return CustomTarget(encoder, is_classifier(estimator))
