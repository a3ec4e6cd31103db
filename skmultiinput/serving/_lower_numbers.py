"""Lowerings of transformers of numbers: parsers, imputers, scalers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from skrub import SquashingScaler

from skmultiinput._compat import knn_training_rows
from skmultiinput.preprocessing._column_maps import Quantiles
from skmultiinput.preprocessing._noisy_quantile_transformer import (
    NoisyQuantileTransformer,
    column_maps,
)
from skmultiinput.preprocessing._number_parser import NumberParser
from skmultiinput.preprocessing._winsorizer import Winsorizer
from skmultiinput.serving._category_steps import FillCells
from skmultiinput.serving._lowering import (
    Columns,
    Lowered,
    Step,
    chained,
    names_out,
    on_numbers,
    passed_on,
    register_lowering,
)
from skmultiinput.serving._number_steps import (
    Affine,
    Clip,
    Impute,
    NearestRows,
    Power,
    ReadNumbers,
    SoftClip,
    Ufunc,
)

# The ends of scikit-learn's scale of a normal distribution.
_END = float(ndtri(1 - (1e-7 - np.spacing(1))))


@register_lowering(NumberParser)
def _number_parser(transformer: Any, columns: Columns) -> Lowered | None:
    if columns.kind != "cells":
        return None
    sentinels = [[float(value) for value in of_column] for of_column in transformer.sentinels_]
    step = ReadNumbers(list(transformer.formats_), sentinels)
    return step, Columns("numbers", names_out(transformer, columns))


def _fills_nan(transformer: Any) -> bool:
    gap = transformer.missing_values
    return isinstance(gap, float) and np.isnan(gap)


def _flags(transformer: Any) -> np.ndarray:
    if not transformer.add_indicator:
        return np.empty(0, dtype=np.int64)
    return np.asarray(transformer.indicator_.features_, dtype=np.int64)


@register_lowering(SimpleImputer)
def _simple_imputer(transformer: Any, columns: Columns) -> Lowered | None:
    values = transformer.statistics_
    if not _fills_nan(transformer):
        return None
    if all(isinstance(value, str) for value in values):
        if columns.kind != "cells" or transformer.add_indicator:
            return None
        return FillCells(list(values)), Columns("cells", names_out(transformer, columns))
    try:
        values = values.astype(np.float64)
    except (TypeError, ValueError):
        return None
    if np.isnan(values).any():
        return None  # a column without values is dropped, with a warning
    return on_numbers(transformer, columns, Impute(values, _flags(transformer)))


@register_lowering(KNNImputer)
def _knn_imputer(transformer: Any, columns: Columns) -> Lowered | None:
    rows = knn_training_rows(transformer)
    plain = transformer.weights == "uniform" and transformer.metric == "nan_euclidean"
    if rows is None or not plain or not _fills_nan(transformer):
        return None
    means = np.nanmean(np.where(np.isnan(rows).all(axis=0), 0.0, rows), axis=0)
    step = NearestRows(rows, means, int(transformer.n_neighbors), _flags(transformer))
    return on_numbers(transformer, columns, step)


# The centre and the scale of what is scaled, None where there is none.
_SCALES: dict[type, Callable[[Any], tuple[Any, Any]]] = {
    StandardScaler: lambda scaler: (scaler.mean_ if scaler.with_mean else None, scaler.scale_),
    RobustScaler: lambda scaler: (scaler.center_, scaler.scale_),
    MaxAbsScaler: lambda scaler: (None, scaler.scale_),
}


@register_lowering(*_SCALES)
def _scaler(transformer: Any, columns: Columns) -> Lowered | None:
    if getattr(transformer, "clip", False):  # of MaxAbsScaler
        return None
    centre, scale = _SCALES[type(transformer)](transformer)
    n = transformer.n_features_in_
    factor = np.ones(n) if scale is None else 1.0 / np.asarray(scale, dtype=np.float64)
    offset = np.zeros(n) if centre is None else -np.asarray(centre, dtype=np.float64) * factor
    return on_numbers(transformer, columns, Affine(factor, offset))


@register_lowering(MinMaxScaler)
def _min_max_scaler(transformer: Any, columns: Columns) -> Lowered | None:
    step: Step = Affine(transformer.scale_.astype(np.float64), transformer.min_.astype(np.float64))
    if transformer.clip:
        low, high = (np.full(transformer.n_features_in_, end) for end in transformer.feature_range)
        step = chained(step, Clip(low, high))
    return on_numbers(transformer, columns, step)


@register_lowering(SquashingScaler)
def _squashing_scaler(transformer: Any, columns: Columns) -> Lowered | None:
    n = transformer.n_features_in_
    factor, offset = np.zeros(n), np.zeros(n)  # columns of one value become 0
    robust, minmax = transformer.robust_cols_, transformer.minmax_cols_
    if robust.any():
        factor[robust] = 1.0 / transformer.robust_scaler_.scale_
        offset[robust] = -transformer.robust_scaler_.center_ * factor[robust]
    if minmax.any():
        factor[minmax] = transformer.minmax_scaler_.scale_
        offset[minmax] = -transformer.minmax_scaler_.median_ * factor[minmax]
    limit = SoftClip(float(transformer.max_absolute_value))
    return on_numbers(transformer, columns, chained(Affine(factor, offset), limit))


@register_lowering(Winsorizer)
def _winsorizer(transformer: Any, columns: Columns) -> Lowered | None:
    step = Clip(transformer.lower_limits_, transformer.upper_limits_)
    return on_numbers(transformer, columns, step)


@register_lowering(NoisyQuantileTransformer)
def _noisy_quantiles(transformer: Any, columns: Columns) -> Lowered | None:
    return on_numbers(transformer, columns, chained(*column_maps(transformer)))


@register_lowering(QuantileTransformer)
def _quantiles(transformer: Any, columns: Columns) -> Lowered | None:
    step = Quantiles(
        np.arange(transformer.n_features_in_),
        transformer.quantiles_.T.copy(),
        transformer.references_,
        transformer.output_distribution == "normal",
        _END,
    )
    return on_numbers(transformer, columns, step)


@register_lowering(PowerTransformer)
def _power_transformer(transformer: Any, columns: Columns) -> Lowered | None:
    curve = Power(transformer.lambdas_.astype(np.float64), transformer.method == "box-cox")
    step: Step = curve
    if transformer.standardize:
        # The scaler behind the curve is seen in what it does to two values.
        ends = np.array([np.full(transformer.n_features_in_, end) for end in (1.0, 2.0)])
        before, after = curve(ends), _transformed(transformer, ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = (after[1] - after[0]) / (before[1] - before[0])
        if not np.isfinite(factor).all():
            return None
        step = chained(curve, Affine(factor, after[0] - before[0] * factor))
    return on_numbers(transformer, columns, step)


@register_lowering(FunctionTransformer)
def _function_transformer(transformer: Any, columns: Columns) -> Lowered | None:
    function = transformer.func
    if function is None:
        return passed_on(columns)
    if transformer.kw_args or not isinstance(function, np.ufunc) or function.nargs != 2:
        return None
    return on_numbers(transformer, columns, Ufunc(function.__name__))


def _transformed(transformer: Any, x: np.ndarray) -> np.ndarray:
    """Transform an array, with the names that the transformer knows."""
    names = getattr(transformer, "feature_names_in_", None)
    return np.asarray(transformer.transform(x if names is None else pd.DataFrame(x, columns=names)))
