"""The rows that `fit` gets: read once, then split, resampled, weighted and encoded."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length

from skmultiinput._checks import check_weights, routed
from skmultiinput._training.losses import loss_name
from skmultiinput._training.table import SplitTable, Table, TargetScale
from skmultiinput._typing import TableLike
from skmultiinput.estimators._encoders import CustomTarget, encode_features, new_target
from skmultiinput.estimators._fit_config import FitConfig
from skmultiinput.estimators._prior_correction import PriorMass
from skmultiinput.estimators._read_input import (
    read_features,
    read_groups_and_times,
    shape_of,
)
from skmultiinput.estimators._resampling import (
    RowMass,
    check_classes,
    resample_rows,
    weigh_classes,
)
from skmultiinput.estimators._targets import ClassTarget, NumberTarget, is_one_hot
from skmultiinput.estimators._text_targets import read_estimator_target
from skmultiinput.estimators._validation_split import (
    split_by_group,
    split_in_time,
    split_validation,
)
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.over_sampling._is_synthetic import is_synthetic

Target = ClassTarget | NumberTarget | CustomTarget
# Losses that are for one label per row, which may come one-hot.
ONE_LABEL_LOSSES = ("categorical_crossentropy", "categorical_focal_crossentropy")


@dataclass(frozen=True)
class TrainingData:
    """Validated rows.

    `rows` are those of positive weight: the others take no part. `attributes` are
    ``n_features_in_``, and where known ``feature_names_in_`` and ``target_format_``. `real` says
    which rows are not synthetic, where that is known. `validation` are rows given to `fit`, as
    inputs of the network, and their targets; `classes` all labels, given to `partial_fit`. With
    `one_hot`, `y` came as a matrix with a single 1 per row, and holds the numbers of the columns.
    `row_groups` and `times` are the group and the time of each row, by which validation rows are
    set aside.
    """

    X: pd.DataFrame
    y: np.ndarray
    weight: np.ndarray
    rows: np.ndarray
    groups: ColumnGroups
    attributes: dict[str, Any]
    real: np.ndarray | None
    validation: tuple[dict[str, np.ndarray], np.ndarray] | None = None
    classes: Any = None
    one_hot: bool = False
    row_groups: np.ndarray | None = None
    times: np.ndarray | None = None

    @cached_property
    def inputs(self) -> dict[str, np.ndarray]:
        """The rows as inputs of the network."""
        return self.groups.split(self.X)


def read_training_data(
    reader: Any,
    X: TableLike,
    y: Any,
    sample_weight: Any = None,
    *,
    validation: tuple[Any, Any] = (None, None),
    groups: ColumnGroups | None = None,
    classes: Any = None,
    metadata: tuple[Any, Any] = (None, None),
) -> TrainingData:
    """Read and validate what `fit` or `partial_fit` gets.

    The reader keeps the names and the number of the columns: it must not be the caller's own
    estimator unless that is fitted. `validation` is (X_val, y_val), `metadata` groups and times of
    the rows. `groups` are those of a fit that goes on; else they are read from the columns.
    """
    X_val, y_val = validation
    if (X_val is None) != (y_val is None):
        passed, missing = ("y_val", "X_val") if X_val is None else ("X_val", "y_val")
        raise ValueError(f"{passed} was passed to fit without {missing}; expected both or neither.")
    frame = read_features(reader, X, reset=groups is None)
    y = read_estimator_target(reader, y, labels=groups is not None or classes is not None)
    check_consistent_length(frame, y)
    weight = check_weights(sample_weight, frame)
    one_hot = _reads_one_hot(reader, y, continues=groups is not None)
    if one_hot:
        classes = np.arange(y.shape[1])
    if groups is None:
        groups = ColumnGroups.from_frame(frame, allow_nan=not reader.has_own_network)
        groups = reader.column_groups_ = encode_features(reader, groups, frame)
    names = ("n_features_in_", "feature_names_in_", "target_format_")
    attributes = {name: getattr(reader, name) for name in names if hasattr(reader, name)}
    validation_rows = None
    if X_val is not None:
        frame_val = read_features(reader, X_val, reset=False)
        y_val = read_estimator_target(reader, y_val, labels=True)
        check_consistent_length(frame_val, y_val)
        validation_rows = groups.split(frame_val), y_val.argmax(axis=1) if one_hot else y_val
    synthetic = is_synthetic(X)
    row_groups, times = read_groups_and_times(*metadata, frame)
    return TrainingData(
        X=frame,
        y=y.argmax(axis=1) if one_hot else y,
        weight=weight,
        rows=np.flatnonzero(weight),
        groups=groups,
        attributes=attributes,
        real=None if synthetic is None else ~synthetic,
        validation=validation_rows,
        classes=classes,
        one_hot=one_hot,
        row_groups=row_groups,
        times=times,
    )


def _reads_one_hot(reader: Any, y: np.ndarray, *, continues: bool) -> bool:
    """Return whether a matrix of 0 and 1 is one label per row, not several."""
    if not is_classifier(reader) or y.ndim != 2:
        return False
    if continues:
        return getattr(reader.target_encoder_, "one_hot_", False)
    exclusive = reader.has_own_network or loss_name(reader.loss) in ONE_LABEL_LOSSES
    return exclusive and is_one_hot(y) and isinstance(new_target(reader), ClassTarget)


def target_attributes(data: TrainingData, target: Target) -> dict[str, Any]:
    """Return what is known before the network is built.

    The names are those of SciKeras, which a function given as ``model=`` may read.
    """
    y, dtypes = data.y, list(data.X.dtypes)
    numeric = all(isinstance(dtype, np.dtype) for dtype in dtypes)
    learned = {
        **data.attributes,
        "column_groups_": data.groups,
        "target_encoder_": target,
        "target_type_": target.type_,
        "n_outputs_": target.n_outputs_,
        "n_outputs_expected_": 1,
        "X_shape_": (len(data.X), *shape_of(data.groups)),
        "X_dtype_": np.result_type(*dtypes) if numeric else np.dtype(object),
        "y_dtype_": y.dtype,
        "y_ndim_": 2 if data.one_hot else y.ndim,
    }
    if hasattr(target, "classes_"):
        learned |= {"classes_": target.classes_, "n_classes_": len(target.classes_)}
    if isinstance(target, CustomTarget):
        learned |= target.metadata
    encoder = getattr(data.groups, "encoder", None)
    return learned | getattr(encoder, "get_metadata", dict)()


def split_rows(
    config: FitConfig, data: TrainingData, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Set validation rows aside: stratified where each row has one label, by group, or in time."""
    if data.validation is not None or not config.early_stopping:
        return data.rows, data.rows[:0]
    codes, most = None, len(data.rows)
    if config.is_classifier and data.y.ndim == 1:
        _, codes, counts = np.unique(data.y[data.rows], return_inverse=True, return_counts=True)
        most = counts.max()
    # Beside a network of the user's own, early stopping is not what was asked for.
    if config.model is not None and most < 2:
        warnings.warn(
            f"{'y' if codes is None else 'Each class of y'} has only 1 sample, so {config.owner} "
            "trains without validation rows and early stopping. early_stopping=False silences it.",
            stacklevel=2,
        )
        return data.rows, data.rows[:0]
    rows, fraction = data.rows, config.params["validation_fraction"]
    real, row_groups = (None if v is None else v[rows] for v in (data.real, data.row_groups))
    if config.params["validation"] == "time":
        times = rows if data.times is None else data.times[rows]
        return split_in_time(rows, times, fraction, groups=row_groups, candidates=real)
    if row_groups is not None:
        return split_by_group(rows, row_groups, fraction, rng, y=codes, candidates=real)
    return split_validation(rows, fraction, rng, y=codes, candidates=real)


def learn_labels(config: FitConfig, data: TrainingData) -> ClassTarget | CustomTarget | None:
    """Learn the labels from all rows; None for a regressor."""
    if not config.is_classifier:
        return None
    target = config.new_target().fit(data.y, data.classes)
    if data.one_hot:
        target.one_hot_, target.type_ = True, "multilabel-indicator"
    return target


def learn_scale(
    config: FitConfig, data: TrainingData, training: np.ndarray
) -> NumberTarget | CustomTarget:
    """Learn the scale of numbers from the training rows."""
    return config.new_target().fit(data.y[training], data.weight[training])


def prepare_table(
    config: FitConfig,
    data: TrainingData,
    target: Target,
    split: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    seen: RowMass | None = None,
) -> tuple[SplitTable, PriorMass | None, RowMass]:
    """Resample, weight and encode the rows of one network, which has `seen` others before.

    Returns how its prior was moved, and the mass of the rows, too.
    """
    training, validation = split
    y, weight, inputs = data.y, data.weight, data.inputs
    before = None
    if isinstance(target, ClassTarget):
        before = class_masses(target, y[training], weight[training])
    if config.sampler is not None or data.validation is not None:
        parts = [_training_part(config, data, training, rng), _validation_part(data, validation)]
        training = np.arange(len(parts[0][1]))
        validation = len(training) + np.arange(len(parts[1][1]))
        inputs = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
        y = np.concatenate([part[1] for part in parts])
        weight = np.concatenate([part[2] for part in parts])
    encoded = encode_target(config, target, y)
    weight = weight.astype(np.float64)
    if config.class_weight is not None:
        weight[training] = weigh_classes(config.class_weight, y[training], weight[training])
    prior = None
    if before is not None:
        prior = PriorMass(before, _masses_after(config, target, y[training], weight[training]))
        held_out = y[validation], weight[validation]
        weight[validation] = _weigh_held_out(target, *held_out, prior.ratio)
    # A mean of one keeps the step sizes and penalties what they are without weights. It is that of
    # all calls: between chunks of rows, weights count as they do within one.
    mass = RowMass(weight[training].sum(), len(training))
    weight = (weight / RowMass.total(seen, mass).mean).astype(np.float32)
    table = Table(inputs, encoded, weight, target_scale(target))
    return SplitTable(table, training, validation), prior, mass


def _training_part(
    config: FitConfig, data: TrainingData, rows: np.ndarray, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    if config.sampler is None:
        return _rows_of(data, rows)
    rows = np.sort(rows)
    part = data.X.iloc[rows], data.y[rows], data.weight[rows]
    options = routed(config.params, "sampler")
    X, y, weight = resample_rows(config.sampler, *part, rng, options)
    if config.is_classifier:
        check_classes(config.sampler, part[1], y)
    return data.groups.split(X), y, weight


def _validation_part(
    data: TrainingData, rows: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    if data.validation is None:
        return _rows_of(data, rows)
    inputs, y = data.validation
    return inputs, y, np.ones(len(y))


def _rows_of(
    data: TrainingData, rows: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    inputs = {name: values[rows] for name, values in data.inputs.items()}
    return inputs, data.y[rows], data.weight[rows]


def class_masses(target: ClassTarget, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sum the weights of each class; of a matrix of labels, without and with each."""
    if y.ndim == 2:
        present = weight @ y
        return np.column_stack([weight.sum() - present, present])
    codes = np.searchsorted(target.classes_, y)
    return np.bincount(codes, weights=weight, minlength=len(target.classes_))


def _masses_after(
    config: FitConfig, target: Target, y: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    masses = class_masses(target, y, weight)
    if config.balanced_batches:
        masses = masses / np.maximum(class_masses(target, y, np.ones(len(y))), 1)
    return masses


def encode_target(config: FitConfig, target: Target, y: np.ndarray) -> Any:
    """Turn labels or numbers into what the loss of the network takes."""
    if isinstance(target, CustomTarget):
        return target.transform(y)
    encoded = target.transform(y)
    name = config.loss_name_for(target.kind_)
    if name == "gamma" and (encoded <= 0).any():
        raise ValueError(f"loss='gamma' needs positive targets, but y holds {np.min(y):g}.")
    if "categorical" in name and target.kind_ != "multiclass":
        raise ValueError(
            f"loss={name!r} is for one label of three or more per row, but y is {target.kind_}. "
            "Use loss='auto'; if y is a matrix with a single 1 per row, pass y.argmax(axis=1)."
        )
    if target.kind_ == "multiclass" and not name.startswith("sparse"):
        return np.eye(target.n_outputs_, dtype=np.float32)[encoded]
    return encoded


def target_scale(target: Target) -> TargetScale | None:
    """Return how a target is scaled, None where it is not."""
    if isinstance(target, NumberTarget) and target.scaling != "none":
        return TargetScale(target.mean_, target.scale_)
    return None


def class_codes(config: FitConfig, target: Target, split: SplitTable) -> np.ndarray | None:
    """Return the class codes of the training rows where batches are balanced, else None."""
    if not config.balanced_batches:
        return None
    if target.kind_ == "multilabel":
        raise ValueError("balanced_batches=True needs one label per row; y has several.")
    codes = split.table.y[split.training]
    return codes.argmax(axis=1) if codes.ndim > 1 and codes.shape[1] > 1 else codes.ravel()


def held_out_table(
    config: FitConfig,
    target: Target,
    y: np.ndarray,
    weight: np.ndarray,
    prior_ratio: np.ndarray | None,
) -> SplitTable:
    """Return rows that are only validated on, without their inputs."""
    encoded, everything = encode_target(config, target, y), np.arange(len(y))
    weight = _weigh_held_out(target, y, weight, prior_ratio).astype(np.float32)
    table = Table({}, encoded, weight, target_scale(target))
    return SplitTable(table, everything, everything)


def _weigh_held_out(
    target: Target, y: np.ndarray, weight: np.ndarray, prior_ratio: np.ndarray | None
) -> np.ndarray:
    """Weight validation rows, which are not resampled, as the problem of the training rows does.

    Several labels per row stay as they are.
    """
    if prior_ratio is None or prior_ratio.ndim > 1:
        return weight
    return weight / prior_ratio[np.searchsorted(target.classes_, y)]
