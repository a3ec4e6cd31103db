"""What the scikit-learn part of a file would build, by its text, before anything is built."""

from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np

from skmultiinput.persistence._archive import ArtifactError

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
