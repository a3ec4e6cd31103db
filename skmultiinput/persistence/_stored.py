"""The members of an archive, looked at and ready to be built."""

import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from skmultiinput._network.weights import keeps_constants
from skmultiinput._training.prediction import Predictor
from skmultiinput.persistence import _keras_names
from skmultiinput.persistence._archive import (
    ArtifactError,
    UntrustedTypesError,
    check_array,
    repack,
)
from skmultiinput.persistence._networks import (
    StoredNetwork,
    StoredObject,
    write_network,
    write_object,
)
from skmultiinput.persistence._schema import read_schema
from skmultiinput.persistence._settings import drop_caches, parts_of, unsafe_settings
from skmultiinput.persistence._standins import LOADING
from skmultiinput.persistence._trusted_types import is_trusted

_PIPELINE = "pipeline.skops"
_SCHEMA = "schema.json"
# Networks without weights worth mentioning may be described by this many bytes.
_ALLOWANCE = 1 << 20


def members_of(data: bytes, networks: list[keras.Model], objects: list[Any]) -> dict[str, bytes]:
    """Return the members of an archive: a pipeline in skops's format, networks, Keras objects."""
    members = {_PIPELINE: _packed(data)}
    for number, model in enumerate(networks):
        names = f"networks/{number}.json", f"networks/{number}.safetensors"
        members |= dict(zip(names, write_network(model), strict=True))
    for number, value in enumerate(objects):
        members[f"objects/{number}.json"] = write_object(value)
    return members


def _packed(data: bytes) -> bytes:
    """Pack the text of a skops file, which shrinks to a tenth."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            method = zipfile.ZIP_DEFLATED if name == _SCHEMA else zipfile.ZIP_STORED
            target.writestr(name, source.read(name), method)
    return packed.getvalue()


class Stored:
    """The members of an archive, looked at and ready to be built.

    Parameters
    ----------
    members : dict of {str: bytes}

    Attributes
    ----------
    untrusted : set of str
        Names of all that would be built and is not known to be safe.
    """

    def __init__(self, members: dict[str, bytes]) -> None:
        members = dict(members)
        _check_effort(members)
        self._data, parts = repack(members.pop(_PIPELINE))
        for name, content in parts.items():
            _check_part(content, name)
        self._networks = [
            StoredNetwork(config, members.pop(f"networks/{i}.safetensors"), f"network {i}")
            for i, config in enumerate(_numbered(members, "networks/{}.json"))
        ]
        self._objects = [StoredObject(data) for data in _numbered(members, "objects/{}.json")]
        if members:
            raise ArtifactError(f"The archive has an unexpected member: {min(members)!r}.")
        loaders = read_schema(json.loads(parts[_SCHEMA]))
        self._types = skops.io.get_untrusted_types(data=self._data)
        keras_names = {name for part in (*self._networks, *self._objects) for name in part.names}
        self.untrusted = _keras_names.untrusted(keras_names) | {
            name
            for name in self._types
            if name not in loaders or not all(is_trusted(loader, name) for loader in loaders[name])
        }

    def load(self, trusted: set[str], name: str) -> Any:
        """Build the pipeline, if all its types are known to be safe or in `trusted`."""
        _check_trusted(dict.fromkeys(self.untrusted, ""), trusted, name)
        keys: dict[int, tuple[str, str]] = {}

        @cache
        def networks(number: int) -> keras.Model:
            stored = self._networks[_index(number)]
            model = stored.load()
            if not keeps_constants(model):
                keys[id(model)] = ("loaded", stored.text)
            return model

        objects = cache(lambda number: self._objects[_index(number)].load())
        token = LOADING.set({"networks": networks, "objects": objects})
        try:
            with warnings.catch_warnings():
                # `load` warns once, for all packages.
                warnings.simplefilter("ignore", InconsistentVersionWarning)
                pipeline = skops.io.loads(self._data, trusted=self._types)
        finally:
            LOADING.reset(token)
        if not hasattr(pipeline, "get_params"):
            raise ArtifactError(f"It holds a {type(pipeline).__name__}, which is no estimator.")
        _check_trusted(unsafe_settings(pipeline), trusted, name)
        drop_caches(pipeline)
        _share_programs(pipeline, keys)
        return pipeline


def _share_programs(pipeline: Any, keys: dict[int, tuple[str, str]]) -> None:
    """Let equal networks of several loads predict by one compiled program."""
    for part in parts_of(pipeline):
        values = getattr(part, "__dict__", {})
        key = keys.get(id(values.get("model_"))) if isinstance(values, dict) else None
        if key is not None:
            predictors = [name for name, value in values.items() if isinstance(value, Predictor)]
            values.update({name: Predictor(key) for name in predictors})


def _check_trusted(types: dict[str, str], trusted: set[str], name: str) -> None:
    types = {name: reason for name, reason in types.items() if name not in trusted}
    if types:
        raise UntrustedTypesError(types, where=name)


def _check_effort(members: dict[str, bytes]) -> None:
    """Refuse networks whose descriptions are out of proportion, which Keras takes long to build."""
    described = sum(len(data) for name, data in members.items() if name.endswith(".json"))
    weights = sum(len(data) for name, data in members.items() if name.endswith(".safetensors"))
    if described > _ALLOWANCE + weights:
        raise ArtifactError(
            f"The networks are described by {described} bytes, but have {weights} bytes of weights."
        )


def _index(number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"There is no network {number!r}.")
    return number


def _numbered(members: dict[str, bytes], pattern: str) -> Iterator[bytes]:
    number = 0
    while pattern.format(number) in members:
        yield members.pop(pattern.format(number))
        number += 1


def _check_part(content: bytes, name: str) -> None:
    """Check that a member of the scikit-learn part holds as much as it claims."""
    if content[:6] == b"\x93NUMPY":
        check_array(content, name)
    elif content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # a sparse matrix
        for inner, array in repack(content)[1].items():
            check_array(array, f"{name}/{inner}")
