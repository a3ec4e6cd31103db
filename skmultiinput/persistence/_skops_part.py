"""The scikit-learn part of an archive: skops's format, looked at before anything is built."""

import io
import json
import warnings
import zipfile
from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from skmultiinput.persistence._archive import (
    ArtifactError,
    check_array,
    check_trusted,
    repack,
)
from skmultiinput.persistence._settings import drop_caches, unsafe_settings
from skmultiinput.persistence._trusted_types import is_trusted

_SCHEMA = "schema.json"
# Loaders of skops that build one type, whatever type the file names beside them.
_BUILDS = {
    "BytearrayNode": bytearray,
    "BytesNode": bytes,
    "DTypeNode": np.dtype,
    "DefaultDictNode": defaultdict,
    "MaskedArrayNode": np.ma.MaskedArray,
    "PartialNode": partial,
    "RandomGeneratorNode": np.random.Generator,
    "RandomStateNode": np.random.RandomState,
    "SliceNode": slice,
}


def pack(data: bytes) -> bytes:
    """Pack the text of a skops file, which shrinks to a tenth."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            method = zipfile.ZIP_DEFLATED if name == _SCHEMA else zipfile.ZIP_STORED
            target.writestr(name, source.read(name), method)
    return packed.getvalue()


def read_schema(schema: Any) -> dict[str, set[str]]:
    """Collect the types that a schema of skops names, with the loaders it names them for.

    Raises ArtifactError if a loader stands beside a type that it does not build, or if a part that
    occurs twice is not written in full each time: so a few bytes could describe any number of
    parts.
    """
    loaders: dict[str, set[str]] = defaultdict(set)
    sizes: dict[Any, float] = {}
    _read(schema, loaders, sizes)
    return loaders


def _read(value: Any, loaders: dict[str, set[str]], sizes: dict[Any, float]) -> int:
    """Return the number of nodes in `value`."""
    if isinstance(value, list):
        return sum(_read(item, loaders, sizes) for item in value)
    if not isinstance(value, dict):
        return 0
    loader, number = value.get("__loader__"), value.get("__id__")
    if not isinstance(loader, str):
        return sum(_read(item, loaders, sizes) for item in value.values())
    name = f"{value.get('__module__')}.{value.get('__class__')}"
    _check_loader(loader, name)
    loaders[name].add(loader)
    if number is None:
        return 1 + sum(_read(item, loaders, sizes) for item in value.values())
    # A part inside itself has no end.
    size_before = sizes.get(number, 0)
    sizes[number] = np.inf
    size = 1 + sum(_read(item, loaders, sizes) for item in value.values())
    if size < size_before:
        raise ArtifactError(f"The part {number!r} occurs twice, but is written in full only once.")
    sizes[number] = max(size, size_before)
    return size


def _check_loader(loader: str, name: str) -> None:
    cls = _BUILDS.get(loader)
    if loader == "CachedNode" or (cls and name != f"{cls.__module__}.{cls.__qualname__}"):
        raise ArtifactError(f"The file was altered: {loader} does not build {name}.")


class SkopsPart:
    """Objects in skops's format that were looked at, and can be built.

    `untrusted` names all types that would be built and are not known to be safe.
    """

    def __init__(self, data: bytes) -> None:
        self._data, parts = repack(data)
        for name, content in parts.items():
            _check_part(content, name)
        loaders = read_schema(json.loads(parts[_SCHEMA]))
        self._types = skops.io.get_untrusted_types(data=self._data)
        self.untrusted = {
            name
            for name in self._types
            if name not in loaders or not all(is_trusted(loader, name) for loader in loaders[name])
        }

    def load(self, trusted: set[str], name: str) -> Any:
        """Build the objects; only after all types were found to be trusted."""
        with warnings.catch_warnings():
            # `load` warns once, for all packages.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            built = skops.io.loads(self._data, trusted=self._types)
        check_trusted(unsafe_settings(built), trusted, name)
        drop_caches(built)
        return built


def _check_part(content: bytes, name: str) -> None:
    """Check that a member of the scikit-learn part holds as much as it claims."""
    if content[:6] == b"\x93NUMPY":
        check_array(content, name)
    elif content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # a sparse matrix
        for inner, array in repack(content)[1].items():
            check_array(array, f"{name}/{inner}")
