"""Stand-ins: what skops cannot keep, or only at length, described by plain arrays.

Saving makes a copy of the pipeline in which such objects are replaced by a stand-in; the copy
shares everything else with the original, which is left alone. A stand-in is written as a call of
its class with plain arguments, and that call, when loading, gives the object itself back.
"""

from contextvars import ContextVar

import numpy as np
import pandas as pd

from skmultiinput._training.prediction import Predictor
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.preprocessing._column_selector import SelectedColumns

# While a file is loaded: functions that give its networks and other Keras objects by number.
LOADING: ContextVar = ContextVar("LOADING")


class StandIn:
    """An object that is written as ``type(self)(*arguments)``."""

    __slots__ = ("arguments",)

    @classmethod
    def of(cls, *arguments):
        """Return a stand-in; the call of the class itself returns what it stands for."""
        self = object.__new__(cls)
        self.arguments = arguments
        return self

    def __reduce__(self):
        return type(self), self.arguments


class KeptNetwork(StandIn):
    """A network, by its number."""

    __slots__ = ()

    def __new__(cls, number):
        """Return the network."""
        return LOADING.get()["networks"](number)


class KeptObject(StandIn):
    """An optimizer, a loss, a metric or another Keras object, by its number."""

    __slots__ = ()

    def __new__(cls, number):
        """Return the object."""
        return LOADING.get()["objects"](number)


class KeptPredictor(StandIn):
    """What predicts; it compiles again when it is first used."""

    __slots__ = ()

    def __new__(cls):
        """Return a new predictor."""
        return Predictor(None)


class KeptTexts(StandIn):
    """Many texts: one array of bytes and their lengths; a list, a tuple or an array of them."""

    __slots__ = ()

    @classmethod
    def describe(cls, texts, form, shape=None):
        """Return the stand-in."""
        # Lone surrogates come in with broken files; they stay what they are.
        encoded = [str(text).encode("utf-8", "surrogatepass") for text in texts]
        lengths = np.array([len(text) for text in encoded], dtype=np.int64)
        return cls.of(np.frombuffer(b"".join(encoded), np.uint8), lengths, form, shape)

    def __new__(cls, data, lengths, form, shape):
        """Return the texts."""
        data, ends = np.asarray(data, np.uint8).tobytes(), np.cumsum(lengths)
        if np.any(np.asarray(lengths) < 0) or (len(ends) and ends[-1] != len(data)):
            raise ValueError("The lengths of texts do not add up.")
        texts = [
            data[end - length : end].decode("utf-8", "surrogatepass")
            for end, length in zip(ends.tolist(), np.asarray(lengths).tolist(), strict=True)
        ]
        return _in_form(texts, form, shape)


class KeptNumbers(StandIn):
    """Many Python floats or ints: one array."""

    __slots__ = ()

    def __new__(cls, values, form):
        """Return the list or tuple."""
        return _in_form(np.asarray(values).tolist(), form, None)


class KeptCells(StandIn):
    """An array of objects of any shape."""

    __slots__ = ()

    def __new__(cls, cells, shape):
        """Return the array."""
        return _in_form(_given(cells), "array", shape)


class KeptMapping(StandIn):
    """A dict whose keys are not all text."""

    __slots__ = ()

    def __new__(cls, keys, values):
        """Return the dict."""
        return dict(zip(_given(keys), _given(values), strict=True))


class KeptFrozenSet(StandIn):
    """A frozenset."""

    __slots__ = ()

    def __new__(cls, items):
        """Return the frozenset."""
        return frozenset(_given(items))


class KeptDtype(StandIn):
    """A dtype, by its name."""

    __slots__ = ()

    def __new__(cls, name, kind):
        """Return the dtype."""
        return np.dtype(str(name)) if kind == "numpy" else pd.api.types.pandas_dtype(str(name))


class KeptCategoricalDtype(StandIn):
    """A categorical dtype with its vocabulary."""

    __slots__ = ()

    def __new__(cls, categories, ordered):
        """Return the dtype."""
        return pd.CategoricalDtype(categories, ordered)


class KeptMoment(StandIn):
    """A Timestamp, a Timedelta, NaT or NA."""

    __slots__ = ()

    def __new__(cls, kind, value=None, unit=None, zone=None):
        """Return it."""
        if kind == "NA":
            return pd.NA
        if kind == "NaT":
            return pd.NaT
        if kind == "Timedelta":
            return pd.Timedelta(np.timedelta64(value, unit))
        moment = pd.Timestamp(np.datetime64(value, unit))
        return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


class KeptArray(StandIn):
    """A pandas array, as NumPy's array and a dtype."""

    __slots__ = ()

    def __new__(cls, values, dtype):
        """Return the array."""
        if isinstance(dtype, pd.CategoricalDtype):
            return pd.Categorical.from_codes(values, dtype=dtype)
        return pd.array(values, dtype=dtype)


class KeptIndex(StandIn):
    """A pandas Index."""

    __slots__ = ()

    def __new__(cls, kind, values, name):
        """Return the index."""
        if kind == "range":
            return pd.RangeIndex(*values, name=name)
        if kind == "multi":
            return pd.MultiIndex.from_arrays(values, names=name)
        # Without the dtype, pandas would take objects that are all text for its text dtype.
        return pd.Index(values, dtype=values.dtype, name=name, copy=False)


class KeptTable(StandIn):
    """A DataFrame, or a Series as its only column."""

    __slots__ = ()

    def __new__(cls, columns, index, names, single):
        """Return the frame or the series."""
        frame = pd.DataFrame(dict(enumerate(columns)), index=index)
        frame.columns = names
        return frame.iloc[:, 0] if single else frame


class KeptColumns(StandIn):
    """The columns of a group and what is known of them."""

    __slots__ = ()

    def __new__(cls, columns, facts):
        """Return the list."""
        return SelectedColumns(columns, facts)


class KeptColumnGroups(StandIn):
    """The groups of a typed frame; each distinct dtype is kept once."""

    __slots__ = ()

    def __new__(cls, columns, dtypes, codes, inputs):
        """Return the groups."""
        taken = tuple(dtypes[code] for code in np.asarray(codes).tolist())
        if len(columns) != len(taken):
            raise ValueError("The columns and their dtypes do not agree.")
        return ColumnGroups(columns, taken, tuple(inputs), frozenset(columns))


STAND_INS = (
    KeptNetwork,
    KeptObject,
    KeptPredictor,
    KeptTexts,
    KeptNumbers,
    KeptCells,
    KeptMapping,
    KeptFrozenSet,
    KeptDtype,
    KeptCategoricalDtype,
    KeptMoment,
    KeptArray,
    KeptIndex,
    KeptTable,
    KeptColumns,
    KeptColumnGroups,
)


def _given(items):
    """Refuse what only describes its items, such as a range: it could be longer than any file."""
    if not isinstance(items, list):
        raise TypeError(f"Expected a list, got {type(items).__name__}.")
    return items


def _in_form(items, form, shape):
    if form == "list":
        return items
    if form == "tuple":
        return tuple(items)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(tuple(shape))
