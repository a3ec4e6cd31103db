"""The scikit-learn part of an archive: skops's format, looked at before anything is built."""

import io
import json
import warnings
import zipfile
from typing import Any

import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from skmultiinput.persistence._archive import check_array, check_trusted, repack
from skmultiinput.persistence._schema import read_schema
from skmultiinput.persistence._settings import drop_caches, unsafe_settings
from skmultiinput.persistence._trusted_types import is_trusted

_SCHEMA = "schema.json"


def pack(data: bytes) -> bytes:
    """Pack the text of a skops file, which shrinks to a tenth."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            method = zipfile.ZIP_DEFLATED if name == _SCHEMA else zipfile.ZIP_STORED
            target.writestr(name, source.read(name), method)
    return packed.getvalue()


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
