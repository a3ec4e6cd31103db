"""Copy a pipeline for saving, with stand-ins for what skops cannot keep."""

import copy
import sys
import types

import keras
import numpy as np
import pandas as pd

from skmultiinput._training.prediction import Predictor
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.persistence import _standins as kept
from skmultiinput.preprocessing._column_selector import SelectedColumns

# From this length on a list of texts or numbers is written as one array.
_LONG = 16
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
    np.ufunc,
    np.generic,
    np.random.Generator,
    np.random.RandomState,
)


class PlainCopy:
    """Copies an object, and gathers the networks and Keras objects it meets.

    Attributes
    ----------
    networks : list of keras.Model
        In the order of their numbers.
    objects : list of Keras objects
        Optimizers, losses, metrics and the like, in the order of their numbers.
    estimators : list of (estimator, int)
        The fitted estimators with the numbers of their networks.
    """

    def __init__(self):
        self.networks: list = []
        self.objects: list = []
        self.estimators: list = []
        # By id; the object is kept beside its copy, so that no other one gets its id meanwhile.
        self._done: dict[int, tuple] = {}

    def __call__(self, value):
        """Return `value`, or a copy of it with stand-ins."""
        if isinstance(value, _KEPT_AS_THEY_ARE):
            return value
        if id(value) in self._done:
            return self._done[id(value)][1]
        for types_, method in self._METHODS:
            if isinstance(value, types_):
                return self._keep(value, method(self, value))
        if value is pd.NA or value is pd.NaT:
            return kept.KeptMoment.of("NA" if value is pd.NA else "NaT")
        return self._object(value)

    def _keep(self, value, result):
        self._done[id(value)] = (value, result)
        return result

    # -- Keras -----------------------------------------------------------------------------------

    def _network(self, model):
        self.networks.append(model)
        return kept.KeptNetwork.of(len(self.networks) - 1)

    def _keras_object(self, value):
        self.objects.append(value)
        return kept.KeptObject.of(len(self.objects) - 1)

    # -- containers ------------------------------------------------------------------------------

    def _list(self, values):
        if type(values) not in (list, tuple):
            if isinstance(values, tuple):  # a named one
                return type(values)(*map(self, values))
            result = copy.copy(values)
            result[:] = [self(value) for value in values]
            return result
        form = type(values).__name__
        if len(values) >= _LONG:
            kinds = set(map(type, values))
            if kinds == {str}:
                return kept.KeptTexts.describe(values, form)
            if kinds in ({float}, {int}):
                array = np.array(values)
                if array.dtype.kind in "fi":  # huge ints have no array of their own
                    return kept.KeptNumbers.of(array, form)
        return type(values)([self(value) for value in values])

    def _dict(self, values):
        if type(values) is dict and not all(type(key) is str for key in values):
            return kept.KeptMapping.of(
                [self(key) for key in values], [self(value) for value in values.values()]
            )
        result = copy.copy(values)
        for key, value in values.items():
            result[key] = self(value)
        return result

    def _set(self, values):
        items = [self(value) for value in sorted(values, key=repr)]
        return kept.KeptFrozenSet.of(items) if isinstance(values, frozenset) else values

    def _array(self, values):
        if type(values) is not np.ndarray or values.dtype.kind != "O":
            return values
        cells = values.ravel().tolist()
        if cells and all(isinstance(cell, str) for cell in cells):
            return kept.KeptTexts.describe(cells, "array", values.shape)
        return kept.KeptCells.of([self(cell) for cell in cells], values.shape)

    # -- pandas ----------------------------------------------------------------------------------

    def _dtype(self, dtype):
        if isinstance(dtype, pd.CategoricalDtype):
            categories = None if dtype.categories is None else self(dtype.categories)
            return kept.KeptCategoricalDtype.of(categories, dtype.ordered)
        if isinstance(dtype, np.dtype):
            return dtype if dtype.names else kept.KeptDtype.of(dtype.str, "numpy")
        try:
            known = pd.api.types.pandas_dtype(str(dtype)) == dtype
        except TypeError:
            known = False
        if not known:
            raise TypeError(f"The dtype {dtype!r} has no name by which it could be found again.")
        return kept.KeptDtype.of(str(dtype), "pandas")

    def _pandas_array(self, values):
        if isinstance(values, pd.Categorical):
            return kept.KeptArray.of(np.asarray(values.codes), self(values.dtype))
        if isinstance(values.dtype, np.dtype):
            return self(values.to_numpy())
        return kept.KeptArray.of(self(np.asarray(values, dtype=object)), self(values.dtype))

    def _column(self, column):
        """Take the values of a Series or an Index."""
        return self(column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array)

    def _index(self, index):
        if isinstance(index, pd.RangeIndex):
            return kept.KeptIndex.of(
                "range", (index.start, index.stop, index.step), self(index.name)
            )
        if isinstance(index, pd.MultiIndex):
            parts = [self(index.get_level_values(i)) for i in range(index.nlevels)]
            return kept.KeptIndex.of("multi", parts, self(list(index.names)))
        return kept.KeptIndex.of("plain", self._column(index), self(index.name))

    def _table(self, table):
        single = isinstance(table, pd.Series)
        frame = table.to_frame() if single else table
        columns = [self._column(frame.iloc[:, j]) for j in range(frame.shape[1])]
        return kept.KeptTable.of(columns, self(frame.index), self(frame.columns), single)

    def _moment(self, moment):
        if moment is pd.NaT:
            return kept.KeptMoment.of("NaT")
        if isinstance(moment, pd.Timedelta):
            number = moment.to_timedelta64()
            return kept.KeptMoment.of(
                "Timedelta", int(number.astype("int64")), np.datetime_data(number.dtype)[0]
            )
        number = moment.to_datetime64()
        zone = None if moment.tz is None else str(moment.tz)
        unit = np.datetime_data(number.dtype)[0]
        return kept.KeptMoment.of("Timestamp", int(number.astype("int64")), unit, zone)

    # -- ours ------------------------------------------------------------------------------------

    def _selected(self, columns):
        return kept.KeptColumns.of(self(list(columns)), self(columns.facts))

    def _groups(self, groups):
        unique: list = []
        codes = np.empty(len(groups.dtypes), dtype=np.int64)
        places: dict = {}
        for i, dtype in enumerate(groups.dtypes):
            if id(dtype) not in places:
                # Columns of one feature have equal dtypes, which need not be the same object.
                place = next((j for j, other in enumerate(unique) if other == dtype), len(unique))
                if place == len(unique):
                    unique.append(dtype)
                places[id(dtype)] = place
            codes[i] = places[id(dtype)]
        dtypes = [self(dtype) for dtype in unique]
        inputs = [self(spec) for spec in groups.inputs]
        return kept.KeptColumnGroups.of(self(groups.columns), dtypes, codes, inputs)

    def _predictor(self, predictor):
        return kept.KeptPredictor.of()

    def _named(self, value):
        """Pass a class or function on, if it can be found again by its name."""
        module = sys.modules.get(value.__module__)
        if getattr(module, value.__name__, None) is not value:
            raise TypeError(
                f"{value.__qualname__!r} of {value.__module__} cannot be found by this name; "
                "define it at the top of a module"
            )
        return value

    def _object(self, value):
        """Copy an object without calling any of its methods, but for plain ones only."""
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
        vars(result).update({name: self(part) for name, part in vars(value).items()})
        if isinstance(getattr(value, "model_", None), keras.Model) and hasattr(
            value, "column_groups_"
        ):
            self.estimators.append((value, vars(result)["model_"].arguments[0]))
        return result

    _METHODS = (
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
        ((np.dtype, pd.api.extensions.ExtensionDtype), _dtype),
        (pd.Index, _index),
        ((pd.Series, pd.DataFrame), _table),
        (pd.api.extensions.ExtensionArray, _pandas_array),
        ((pd.Timestamp, pd.Timedelta), _moment),
    )
