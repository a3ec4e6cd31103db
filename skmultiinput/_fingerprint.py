"""Fingerprints of parameters by content: equal fingerprints mean equal behaviour.

Whatever is cached or reused (compiled programs, kept fits, checkpoints) is keyed by one. A value
whose behaviour cannot be read from its content, such as an open file, has no fingerprint.
"""

import functools
import hashlib
import types
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput._compat import options_of

# Functions and classes of these packages are known by name; what others do is read from code.
_KNOWN = frozenset(
    [
        "builtins",
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "imblearn",
        "keras",
        "tensorflow",
        "jax",
        "torch",
        "scikeras",
        "skmultiinput",
        "skrub",
        "functools",
        "operator",
        "math",
        "random",
        "collections",
        "pathlib",
        "datetime",
        "dataclasses",
    ]
)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), slice, range)


# Of a class: what says nothing about its behaviour. Copying an object adds the names of slots.
_NOT_CONTENT = {
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__slotnames__",
    "__static_attributes__",
    "__weakref__",
}


class NoFingerprintError(TypeError):
    """A value whose behaviour cannot be read from its content."""


def fingerprint(*values: Any) -> str:
    """Return a digest of values by content.

    Values are plain ones, arrays, tables, containers, functions (by code, closure and the globals
    they use), classes and objects (by class and attributes). What has no content to read, such as
    an open file or a lock, raises NoFingerprintError.

    Examples
    --------
    >>> fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    True
    >>> def scaled(by):
    ...     return lambda x: by * x
    >>> one, same, other = (fingerprint(scaled(by)) for by in (2, 2, 3))
    >>> one == same, one == other
    (True, False)
    """
    reader = _Reader()
    for value in values:
        reader.read(value)
    return reader.digest.hexdigest()


def fingerprint_or_none(*values: Any) -> str | None:
    """Return the fingerprint of values, or None where one of them has none."""
    try:
        return fingerprint(*values)
    except NoFingerprintError:
        return None


class _Reader:
    """Feeds values to a digest, each with its type in front; cycles are cut by position."""

    def __init__(self) -> None:
        self.digest = hashlib.blake2b(digest_size=20)
        self.seen: dict[int, int] = {}
        self.alive: list[Any] = []  # an id stays taken as long as its object lives

    def put(self, *parts: Any) -> None:
        self.digest.update(repr(parts).encode("utf-8", "backslashreplace"))

    def read(self, value: Any) -> None:
        if isinstance(value, np.generic):
            value = value.item() if value.dtype.kind not in "Mm" else (str(value.dtype), str(value))
        if isinstance(value, _PLAIN):
            self.put(type(value).__name__, value)
            return
        if id(value) in self.seen:
            self.put("seen", self.seen[id(value)])
            return
        self.seen[id(value)] = len(self.seen)
        self.alive.append(value)
        self._read_new(value)

    def _read_new(self, value: Any) -> None:
        for kinds, read in _READERS:
            if isinstance(value, kinds):
                read(self, value)
                return
        self._object(value)

    def _items(self, name: str, values: Any) -> None:
        self.put(name, len(values))
        for value in values:
            self.read(value)

    def read_sequence(self, value: Any) -> None:
        self._items(type(value).__name__, value)

    def read_mapping(self, value: Mapping) -> None:
        self.put("mapping", type(value).__name__, len(value))
        for key in sorted(value, key=repr):
            self.read(key)
            self.read(value[key])

    def read_set(self, value: AbstractSet) -> None:
        self._items("set", sorted(value, key=repr))

    def read_pandas(self, value: Any) -> None:
        self.put("pandas", type(value).__name__, str(getattr(value, "dtype", "")))
        self._items("columns", list(getattr(value, "columns", [])))
        parts = [value.iloc[:, i] for i in range(value.shape[1])] if value.ndim == 2 else [value]
        for part in parts:
            self.read_array(np.asarray(part))
            self.read(getattr(part.dtype, "categories", None))

    def read_by_repr(self, value: Any) -> None:
        self.put(type(value).__name__, repr(value))

    def read_partial(self, value: functools.partial) -> None:
        self._items("partial", [value.func, value.args, value.keywords])

    def read_method(self, value: types.MethodType) -> None:
        self._items("method", [value.__self__, value.__func__])

    def read_builtin(self, value: Any) -> None:
        name = getattr(value, "__qualname__", repr(value))
        self.put("builtin", getattr(value, "__module__", ""), name)
        self.read(value.__self__ if _is_bound(value) else None)

    def read_module(self, value: types.ModuleType) -> None:
        self.put("module", value.__name__)

    def read_descriptor(self, value: Any) -> None:
        functions = [getattr(value, name, None) for name in ("fget", "fset", "__func__")]
        self._items(type(value).__name__, functions)

    def read_array(self, values: np.ndarray) -> None:
        if values.dtype == object:
            self.put("array", values.shape)
            self._items("cells", values.ravel().tolist())
            return
        self.put("array", values.dtype.str, values.shape)
        self.digest.update(np.ascontiguousarray(values).tobytes())

    def read_function(self, function: types.FunctionType) -> None:
        self.put("function", function.__module__, function.__qualname__)
        if _is_known(function):
            return
        self.read(function.__code__)
        self.read(function.__defaults__)
        self.read(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.read(cell.cell_contents)
            except ValueError:  # not filled yet
                self.put("empty")
        self._globals(function.__code__, function.__globals__)

    def _globals(self, code: types.CodeType, names: dict[str, Any]) -> None:
        """Read the globals that code uses, that of functions defined in it included."""
        for name in sorted(set(code.co_names)):
            if name in names:
                self.put("global", name)
                self.read(names[name])
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._globals(constant, names)

    def read_code(self, code: types.CodeType) -> None:
        self.put("code", code.co_code, code.co_names, code.co_varnames, code.co_freevars)
        self._items("constants", code.co_consts)

    def read_class(self, cls: type) -> None:
        self.put("class", cls.__module__, cls.__qualname__)
        if _is_known(cls):
            return
        self._items("bases", cls.__bases__)
        for name in sorted(set(vars(cls)) - _NOT_CONTENT):
            member = vars(cls)[name]
            if not isinstance(member, (types.MemberDescriptorType, types.GetSetDescriptorType)):
                self.put("member", name)
                self.read(member)

    def _object(self, value: Any) -> None:
        self.read(type(value))
        if hasattr(value, "get_params") and not isinstance(value, type):
            self.read(value.get_params(deep=False))
            return
        if hasattr(value, "get_config"):
            self._keras(value)
            return
        if hasattr(value, "__array__"):
            self.read_array(np.asarray(value))
            return
        state = _state_of(value)
        if state is None:
            raise NoFingerprintError(
                f"{value!r} has no fingerprint: its behaviour cannot be read from its content."
            )
        self.read(state)

    def _keras(self, value: Any) -> None:
        """Read an object of Keras: its configuration, and the attributes that it leaves out."""
        is_optimizer = hasattr(value, "apply_gradients")
        try:
            config = options_of(value) if is_optimizer else value.get_config()
        except NotImplementedError:
            config = {}
        # Keras numbers the names of optimizers that are given none.
        self.read({n: v for n, v in config.items() if not (is_optimizer and n == "name")})
        if not is_optimizer:  # which is rebuilt from its configuration
            skipped = {"_auto_config", "_tracker", "_dtype_policy"}
            self.read({name: part for name, part in vars(value).items() if name not in skipped})


def _state_of(value: Any) -> dict[str, Any] | None:
    """Return the attributes of an object, or None where it keeps its state elsewhere."""
    slots = [n for c in type(value).__mro__ for n in getattr(c, "__slots__", ()) if n[:2] != "__"]
    if not hasattr(value, "__dict__") and not slots:
        return {} if type(value) is object else None
    state = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return {**state, **getattr(value, "__dict__", {})}


def _is_bound(value: Any) -> bool:
    """Whether a built-in function is a method bound to an object."""
    owner = getattr(value, "__self__", None)
    return owner is not None and not isinstance(owner, types.ModuleType)


def _is_known(value: Any) -> bool:
    """Whether a name says all about a function or class; one made in a function has a closure."""
    package = (value.__module__ or "").partition(".")[0]
    return "<locals>" not in value.__qualname__ and package in _KNOWN


# How values of each kind are read; the first that fits.
_READERS: tuple[tuple[Any, Callable[[_Reader, Any], None]], ...] = (
    ((list, tuple), _Reader.read_sequence),
    (Mapping, _Reader.read_mapping),
    (AbstractSet, _Reader.read_set),
    (np.ndarray, _Reader.read_array),
    ((pd.DataFrame, pd.Series, pd.Index, pd.api.extensions.ExtensionArray), _Reader.read_pandas),
    ((PurePath, Enum, np.dtype, pd.api.extensions.ExtensionDtype), _Reader.read_by_repr),
    (type, _Reader.read_class),
    (functools.partial, _Reader.read_partial),
    (types.MethodType, _Reader.read_method),
    (types.FunctionType, _Reader.read_function),
    ((types.BuiltinFunctionType, np.ufunc), _Reader.read_builtin),
    (types.ModuleType, _Reader.read_module),
    (types.CodeType, _Reader.read_code),
    ((property, staticmethod, classmethod), _Reader.read_descriptor),
)
