"""Settings by which a pipeline opens files or calls methods that its own file has named.

The types are known to be safe; with these settings they are not, so `load` asks for them as it
asks for unknown types. A cache folder, in which pickles would be read, is never kept.
"""

import gc
import os
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skmultiinput.preprocessing._image_encoder import ImageEncoder

_METHODS = {"auto", "decision_function", "default", "predict", "predict_log_proba", "predict_proba"}
_OF_METHODS = ("_response_method", "response_method", "stack_method", "stack_method_")
_NOT_ENTERED = (type, ModuleType, FunctionType, BuiltinFunctionType, str, bytes, int, float)


def is_cache(name: str, value: Any) -> bool:
    """Whether a parameter of an estimator is a cache folder."""
    return name == "memory" and (isinstance(value, (str, os.PathLike)) or hasattr(value, "cache"))


def drop_caches(pipeline: Any) -> None:
    """Set ``memory`` of all estimators in a pipeline to None."""
    for part in parts_of(pipeline):
        if isinstance(part, BaseEstimator) and is_cache("memory", vars(part).get("memory")):
            vars(part)["memory"] = None


def unsafe_settings(pipeline: Any) -> dict[str, str]:
    """Return the types in a pipeline that have an unsafe setting, with that setting."""
    settings = {}
    for part in parts_of(pipeline):
        values = getattr(part, "__dict__", None)
        setting = _unsafe_setting(part, values) if isinstance(values, dict) else None
        if setting:
            settings[f"{type(part).__module__}.{type(part).__qualname__}"] = setting
    return settings


def _unsafe_setting(part: Any, values: dict[str, Any]) -> str | None:
    source = values.get("input")
    if isinstance(source, str) and source in ("file", "filename"):
        return f"input={source!r} opens files"
    if isinstance(values.get("pretrained"), (str, os.PathLike)):
        return f"pretrained={str(values['pretrained'])!r} is a file"
    fitted = isinstance(part, ImageEncoder) and any(name.endswith("_") for name in values)
    if fitted or isinstance(values.get("folder"), (str, os.PathLike)):
        return "it reads images from files"
    for name in _OF_METHODS:
        methods = values.get(name)
        for method in methods if isinstance(methods, (list, tuple)) else [methods]:
            if isinstance(method, str) and method not in _METHODS:
                return f"{name}={method!r} is called"
    return None


def parts_of(pipeline: Any) -> Iterator[Any]:
    """Yield all objects that can be reached from a pipeline, but not the inside of networks."""
    seen: dict[int, Any] = {}
    waiting = [pipeline]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, _NOT_ENTERED):
            continue
        seen[id(part)] = part
        if type(part).__module__.partition(".")[0] in ("keras", "tensorflow"):
            continue
        yield part
        # Arrays do not take part in garbage collection, so they do not tell their cells.
        is_cells = isinstance(part, np.ndarray) and part.dtype.hasobject
        waiting.extend(part.ravel().tolist() if is_cells else gc.get_referents(part))
