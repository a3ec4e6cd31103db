"""Copy a pipeline for saving, with stand-ins for what skops cannot write."""

import copy
import json
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skmultiinput._compat import compiled_with
from skmultiinput._training.optimizers import leaves_biases_alone
from skmultiinput._training.prediction import Predictor
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.persistence._networks import write_object
from skmultiinput.persistence._settings import is_cache
from skmultiinput.persistence._standins import LONGEST_RANGE, StandIn
from skmultiinput.preprocessing._column_selector import SelectedColumns

# Sequences of texts and numbers that are at least this long are written as one text.
_LONG = 16
_TEXTS_AND_NUMBERS = {str, int, float, bool, type(None)}
_KEPT_AS_THEY_ARE = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    bytearray,
    slice,
    types.BuiltinFunctionType,
    types.MethodType,
    np.dtype,
    np.ufunc,
    np.generic,
    np.random.Generator,
    np.random.RandomState,
)


class PlainCopy:
    """Copies an object, and collects the networks and Keras objects it meets.

    `networks`, and `objects` such as optimizers, losses and metrics, are in the order of their
    numbers; `estimators` has the fitted estimators with the numbers of their networks. `dropped`
    lists what was left out: the ``memory`` of types, and metrics with the reason.
    """

    def __init__(self) -> None:
        self.networks: list[keras.Model] = []
        self.objects: list[Any] = []
        self.estimators: list[tuple[Any, int]] = []
        self.dropped: list[str] = []
        # By id; the object is kept beside its copy, so that no other one gets its id meanwhile.
        self._done: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        """Return `value`, or a copy of it with stand-ins."""
        if isinstance(value, _KEPT_AS_THEY_ARE):
            return value
        if id(value) in self._done:
            return self._done[id(value)][1]
        for types_, method in self._METHODS:
            if isinstance(value, types_):
                return self._keep(value, method(self, value))
        if value is pd.NA or value is pd.NaT:
            return StandIn.of("moment", "NA" if value is pd.NA else "NaT")
        return self._object(value)

    def _keep(self, value: Any, result: Any) -> Any:
        self._done[id(value)] = (value, result)
        return result

    # -- Keras -----------------------------------------------------------------------------------

    def _network(self, model: keras.Model) -> StandIn:
        self.networks.append(model)
        number = len(self.networks) - 1
        compiled: tuple[Any, ...] = (None, None, False)
        if model.compiled:
            # Keras leaves out of the configuration which weights are not decayed.
            compiled = (model.optimizer, model.loss, leaves_biases_alone(model.optimizer))
            settings = compiled_with(model)
            more = {"loss_weights": settings["loss_weights"], **self._saveable_metrics(settings)}
            compiled += ({name: value for name, value in more.items() if value is not None},)
        return StandIn.of("network", number, *map(self, compiled))

    def _saveable_metrics(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the metrics that a network was compiled with, if all of them can be saved."""
        names = ("metrics", "weighted_metrics")
        metrics = {name: settings[name] for name in names if settings[name]}
        try:
            for metric in keras.tree.flatten(metrics):
                if isinstance(metric, keras.metrics.Metric):
                    write_object(metric)
                self(metric)
        except (TypeError, ValueError) as error:
            reason = f"metrics that the network was compiled with: {error}"
            warnings.warn(f"Not saved are {reason}", stacklevel=2)
            self.dropped.append(reason)
            return {}
        return metrics

    def _keras_object(self, value: Any) -> StandIn:
        self.objects.append(value)
        return StandIn.of("keras object", len(self.objects) - 1)

    # -- containers ------------------------------------------------------------------------------

    def _list(self, values: Any) -> Any:
        if type(values) not in (list, tuple):
            if isinstance(values, tuple):  # a named one
                return type(values)(*map(self, values))
            result = copy.copy(values)
            result[:] = [self(value) for value in values]
            return result
        if len(values) >= _LONG and set(map(type, values)) <= _TEXTS_AND_NUMBERS:
            return _as_json(values, type(values).__name__)
        return type(values)([self(value) for value in values])

    def _dict(self, values: dict) -> Any:
        if type(values) is dict and not all(type(key) is str for key in values):
            return StandIn.of(
                "mapping", [self(key) for key in values], [self(value) for value in values.values()]
            )
        result = copy.copy(values)
        for key, value in values.items():
            result[key] = self(value)
        return result

    def _set(self, values: set | frozenset) -> Any:
        return type(values)(self(value) for value in values)

    def _array(self, values: np.ndarray) -> Any:
        if type(values) is not np.ndarray or values.dtype.kind != "O":
            return values
        cells = values.ravel().tolist()
        if set(map(type, cells)) <= _TEXTS_AND_NUMBERS:
            return _as_json(cells, "array", values.shape)
        return StandIn.of("cells", [self(cell) for cell in cells], values.shape)

    # -- pandas ----------------------------------------------------------------------------------

    def _dtype(self, dtype: Any) -> StandIn:
        if isinstance(dtype, pd.CategoricalDtype):
            categories = None if dtype.categories is None else self(dtype.categories)
            return StandIn.of("categorical dtype", categories, dtype.ordered)
        try:
            has_name = pd.api.types.pandas_dtype(str(dtype)) == dtype
        except TypeError:
            has_name = False
        if not has_name:
            raise TypeError(f"The dtype {dtype!r} has no name by which it could be found again.")
        return StandIn.of("dtype", str(dtype))

    def _pandas_array(self, values: Any) -> Any:
        if isinstance(values, pd.Categorical):
            return StandIn.of("array", np.asarray(values.codes), self(values.dtype))
        if isinstance(values.dtype, np.dtype):
            return self(values.to_numpy())
        return StandIn.of("array", self(np.asarray(values, dtype=object)), self(values.dtype))

    def _column(self, column: pd.Series | pd.Index) -> Any:
        """Copy the values of a Series or an Index."""
        return self(column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array)

    def _index(self, index: pd.Index) -> StandIn:
        if isinstance(index, pd.RangeIndex) and len(index) <= LONGEST_RANGE:
            return StandIn.of("range index", index.start, index.stop, index.step, self(index.name))
        if isinstance(index, pd.MultiIndex):
            parts = [self(index.get_level_values(i)) for i in range(index.nlevels)]
            return StandIn.of("multi index", parts, self(list(index.names)))
        return StandIn.of("index", self._column(index), self(index.name))

    def _table(self, table: pd.DataFrame | pd.Series) -> StandIn:
        single = isinstance(table, pd.Series)
        frame = table.to_frame(table.name) if isinstance(table, pd.Series) else table
        columns = [self._column(frame.iloc[:, j]) for j in range(frame.shape[1])]
        return StandIn.of("table", columns, self(frame.index), self(frame.columns), single)

    def _moment(self, moment: pd.Timestamp | pd.Timedelta) -> StandIn:
        span = isinstance(moment, pd.Timedelta)
        number = moment.to_numpy()
        unit = np.datetime_data(number.dtype)[0]
        zone = getattr(moment, "tz", None)
        return StandIn.of(
            "moment",
            "Timedelta" if span else "Timestamp",
            int(number.astype("int64")),
            unit,
            None if zone is None else str(zone),
        )

    # -- ours ------------------------------------------------------------------------------------

    def _selected(self, columns: SelectedColumns) -> StandIn:
        return StandIn.of("selected columns", self(list(columns)), self(columns.facts))

    def _groups(self, groups: ColumnGroups) -> Any:
        if type(groups) is not ColumnGroups:  # those of a feature_encoder
            return self._object(groups)
        unique: list[Any] = []
        codes = np.empty(len(groups.dtypes), dtype=np.int64)
        code_of: dict[int, int] = {}
        for i, dtype in enumerate(groups.dtypes):
            if id(dtype) not in code_of:
                # Columns of one feature have equal dtypes, which need not be the same object.
                same = (j for j, other in enumerate(unique) if _equal(other, dtype))
                code = next(same, len(unique))
                if code == len(unique):
                    unique.append(dtype)
                code_of[id(dtype)] = code
            codes[i] = code_of[id(dtype)]
        dtypes = [self(dtype) for dtype in unique]
        inputs = [self(spec) for spec in groups.inputs]
        return StandIn.of("column groups", self(groups.columns), dtypes, codes, inputs)

    def _predictor(self, predictor: Predictor) -> StandIn:
        return StandIn.of("predictor")

    def _named(self, value: Any) -> Any:
        """Pass a class or function on, if it can be found again by its name."""
        if isinstance(value, types.FunctionType) and value.__module__.startswith("keras."):
            return self._keras_object(value)
        module = sys.modules.get(value.__module__)
        if getattr(module, value.__name__, None) is not value:
            raise TypeError(
                f"{value.__qualname__!r} of {value.__module__} cannot be found by this name; "
                "define it at the top of a module"
            )
        return value

    def _object(self, value: Any) -> Any:
        """Copy an object without calling any of its methods, if it has only plain ones."""
        cls = self._named(type(value))
        plain = (
            hasattr(value, "__dict__")
            and cls.__reduce_ex__ is object.__reduce_ex__
            and cls.__reduce__ is object.__reduce__
            and not isinstance(value, types.ModuleType)
        )
        if not plain or any(vars(base).get("__slots__") for base in cls.__mro__):
            return value
        result = object.__new__(cls)
        self._keep(value, result)
        for name, part in vars(value).items():
            if isinstance(value, BaseEstimator) and is_cache(name, part):
                self.dropped.append(f"memory of {cls.__name__}")
                part = None  # noqa: PLW2901 - what is written in its place
            vars(result)[name] = self(part)
        if isinstance(getattr(value, "model_", None), keras.Model) and hasattr(
            value, "column_groups_"
        ):
            self.estimators.append((value, vars(result)["model_"].arguments[1]))
        return result

    _METHODS: tuple[tuple[Any, Callable[..., Any]], ...] = (
        ((type, types.FunctionType), _named),
        (keras.Model, _network),
        (
            (
                keras.optimizers.Optimizer,
                keras.optimizers.schedules.LearningRateSchedule,
                keras.losses.Loss,
                keras.metrics.Metric,
                keras.layers.Layer,
                keras.initializers.Initializer,
                keras.regularizers.Regularizer,
                keras.constraints.Constraint,
            ),
            _keras_object,
        ),
        (SelectedColumns, _selected),
        (ColumnGroups, _groups),
        (Predictor, _predictor),
        ((list, tuple), _list),
        (dict, _dict),
        ((set, frozenset), _set),
        (np.ndarray, _array),
        (pd.api.extensions.ExtensionDtype, _dtype),
        (pd.Index, _index),
        ((pd.Series, pd.DataFrame), _table),
        (pd.api.extensions.ExtensionArray, _pandas_array),
        ((pd.Timestamp, pd.Timedelta), _moment),
    )


def _equal(dtype: Any, other: Any) -> bool:
    """Whether dtypes are equal; to pandas, two with the same categories in another order are."""
    categorical = isinstance(dtype, pd.CategoricalDtype)
    return dtype == other and (not categorical or dtype.categories.equals(other.categories))


def _as_json(values: list | tuple, form: str, shape: tuple[int, ...] | None = None) -> StandIn:
    # Lone surrogates, which come from broken files, stay as they are.
    return StandIn.of("plain", json.dumps(list(values), ensure_ascii=False), form, shape)
