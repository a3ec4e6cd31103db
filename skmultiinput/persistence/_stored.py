"""The members of an archive, looked at and ready to be built."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import keras

from skmultiinput._network.weights import keeps_constants
from skmultiinput._training.prediction import Predictor
from skmultiinput.persistence import _keras_names
from skmultiinput.persistence._archive import ArtifactError, check_trusted
from skmultiinput.persistence._networks import (
    StoredNetwork,
    StoredObject,
    write_network,
    write_object,
)
from skmultiinput.persistence._settings import parts_of
from skmultiinput.persistence._skops_part import SkopsPart, pack
from skmultiinput.persistence._standins import LOADING

_PIPELINE = "pipeline.skops"
# Networks without weights worth mentioning may be described by this many bytes.
_ALLOWANCE = 1 << 20


def members_of(data: bytes, networks: list[keras.Model], objects: list[Any]) -> dict[str, bytes]:
    """Return the members of an archive: a pipeline in skops's format, networks, Keras objects."""
    members = {_PIPELINE: pack(data)}
    for number, model in enumerate(networks):
        names = f"networks/{number}.json", f"networks/{number}.safetensors"
        members |= dict(zip(names, write_network(model), strict=True))
    for number, value in enumerate(objects):
        members[f"objects/{number}.json"] = write_object(value)
    return members


class Stored:
    """The members of an archive, looked at and ready to be built.

    `untrusted` names all that would be built and is not known to be safe.
    """

    def __init__(self, members: dict[str, bytes]) -> None:
        members = dict(members)
        _check_effort(members)
        self._part = SkopsPart(members.pop(_PIPELINE))
        self._networks = [
            StoredNetwork(config, members.pop(f"networks/{i}.safetensors"), f"network {i}")
            for i, config in enumerate(_numbered(members, "networks/{}.json"))
        ]
        self._objects = [StoredObject(data) for data in _numbered(members, "objects/{}.json")]
        if members:
            raise ArtifactError(f"The archive has an unexpected member: {min(members)!r}.")
        keras_names = {name for part in (*self._networks, *self._objects) for name in part.names}
        self.untrusted = _keras_names.untrusted(keras_names) | self._part.untrusted

    def load(self, trusted: set[str], name: str) -> Any:
        """Build the pipeline, if all its types are known to be safe or in `trusted`."""
        check_trusted(self.untrusted, trusted, name)
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
            pipeline = self._part.load(trusted, name)
        finally:
            LOADING.reset(token)
        if not hasattr(pipeline, "get_params"):
            raise ArtifactError(f"It holds a {type(pipeline).__name__}, which is no estimator.")
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
