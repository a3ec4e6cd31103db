"""Zip archives: written so that a crash loses nothing, read so that a hostile one does no harm."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from skmultiinput._replacing import check_file, replacing

FORMAT = "skmultiinput artifact"
# Raised with every change that an older release cannot read.
FORMAT_VERSION = 1
MANIFEST = "manifest.json"

# An archive may unpack to a small allowance plus a multiple of its own size; text that a saved
# pipeline consists of packs to about a twentieth, a bomb to a thousandth.
_ALLOWANCE = 8 << 20
_RATIO = 50
_MOST_MEMBERS = 100_000
_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class ArtifactError(ValueError):
    """A file that cannot be loaded: it is no artifact, damaged, altered, or of another version.

    See Also
    --------
    load : Raises it.
    """


class UntrustedTypesError(ArtifactError):
    """A file that holds types that are not known to be safe, at all or with their settings.

    Attributes
    ----------
    types : list of str
        Their names, as `load` takes them in ``trusted``.

    See Also
    --------
    load : Raises it; ``trusted=`` allows the types.
    """

    def __init__(self, types: Iterable[str], where: str = "The file") -> None:
        reasons = dict(types) if isinstance(types, Mapping) else dict.fromkeys(types, "")
        self.types = sorted(reasons)
        self._arguments = reasons, where
        names = ", ".join(map(repr, self.types))
        described = ", ".join(
            f"{name!r} ({reasons[name]})" if reasons[name] else repr(name) for name in self.types
        )
        super().__init__(
            f"{where} holds types that are not known to be safe: {described}. Building or using "
            "them can run code that came with the file or lies in these modules, or read files "
            "that the file names. Look at each; if you trust them and the file's source, load it "
            f"with trusted=[{names}]."
        )

    def __reduce__(self) -> tuple[type, tuple[dict[str, str], str]]:
        return type(self), self._arguments


def check_trusted(types: Iterable[str], trusted: set[str], where: str) -> None:
    """Refuse types that are not in `trusted`; a mapping says what is unsafe about each."""
    reasons = types if isinstance(types, Mapping) else dict.fromkeys(types, "")
    untrusted = {name: reason for name, reason in reasons.items() if name not in trusted}
    if untrusted:
        raise UntrustedTypesError(untrusted, where)


def write_archive(path: str | Path, manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    """Write an archive; the manifest gets the sizes and digests of the members."""
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **manifest,
        "members": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
        },
    }
    text = json.dumps(manifest, indent=2, allow_nan=False).encode()
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, text, zipfile.ZIP_DEFLATED)
        for name, data in members.items():
            # Weights do not pack, and arrays of zeros pack so well that they look like a bomb.
            archive.writestr(name, data, _METHODS[name.endswith(".json")])
        # The digest of the digests: no member can be exchanged alone, the manifest included.
        archive.comment = hashlib.sha256(text).hexdigest().encode()


def read_archive(
    path: str | Path, *, only_manifest: bool = False
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read the manifest and the members of an archive, checked against each other.

    Raises ArtifactError if it is no archive, damaged or altered, or written by another release.
    """
    name = Path(path).name
    check_file(Path(path))
    with Path(path).open("rb") as file, _explained(name), zipfile.ZipFile(file) as archive:
        infos = check_members(archive, os.fstat(file.fileno()).st_size)
        if MANIFEST not in infos:
            raise ArtifactError(f"{name} is a zip file, but holds no {MANIFEST}.")
        text = read_member(archive, infos.pop(MANIFEST))
        manifest = _read_manifest(text, name)
        _check_version(manifest, name)
        if hashlib.sha256(text).hexdigest().encode() != archive.comment:
            raise ArtifactError(f"{name} was altered: {MANIFEST} is not as it was written.")
        if only_manifest:
            return manifest, {}
        return manifest, _checked_members(archive, infos, manifest["members"], name)


def _checked_members(
    archive: zipfile.ZipFile,
    infos: dict[str, zipfile.ZipInfo],
    declared: dict[str, dict[str, Any]],
    name: str,
) -> dict[str, bytes]:
    if set(infos) != set(declared):
        odd = sorted(set(infos) ^ set(declared))[:3]
        raise ArtifactError(f"{name} was altered: {odd} do not agree with {MANIFEST}.")
    members = {}
    for member, info in infos.items():
        if info.file_size != declared[member]["size"]:
            raise ArtifactError(f"{name} was altered: {member} has another size than written.")
        data = read_member(archive, info)
        if hashlib.sha256(data).hexdigest() != declared[member]["sha256"]:
            raise ArtifactError(f"{name} was altered: {member} is not as it was written.")
        members[member] = data
    return members


def _read_manifest(text: bytes, name: str) -> dict[str, Any]:
    manifest = json.loads(text)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtifactError(f"{name} is a zip file, but no {FORMAT}.")
    return manifest


def _check_version(manifest: dict[str, Any], name: str) -> None:
    version = manifest.get("format_version")
    if version == FORMAT_VERSION:
        return
    by = dict(manifest.get("versions") or {}).get("skmultiinput", "another release")
    advice = (
        "update skmultiinput to load it"
        if isinstance(version, int) and version > FORMAT_VERSION
        else "save the pipeline again with the release that wrote it, or fit it again"
    )
    raise ArtifactError(
        f"{name} has format {version!r}, written by skmultiinput {by}; this release reads "
        f"format {FORMAT_VERSION}: {advice}."
    )


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever a damaged file makes the libraries raise into one clear error."""
    try:
        yield
    except ArtifactError:
        raise
    except Exception as error:
        raise ArtifactError(
            f"{name} is no {FORMAT}, or a damaged one ({type(error).__name__}: {error}). Was it "
            "copied completely?"
        ) from error


def check_members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name; refuse a directory that is not an honest one.

    A name must not lead out of the archive or occur twice, nor may the members unpack to far more
    than `size`, the bytes of the whole archive.
    """
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise ArtifactError(f"The archive has {len(infos)} members; at most {_MOST_MEMBERS}.")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_name(info)
        if info.filename in members:
            raise ArtifactError(f"The archive has the member {info.filename!r} twice.")
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise ArtifactError(f"The member {info.filename!r} is encrypted or oddly packed.")
        members[info.filename] = info
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if packed > size or unpacked > _ALLOWANCE + _RATIO * size:
        raise ArtifactError(
            f"The archive of {size} bytes claims to unpack to {unpacked} bytes; a file of this "
            "size cannot be an honest one."
        )
    return members


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.split("/")
    # ZipInfo cuts a name at a NUL; two spellings of one name are no better than two members.
    if (
        name != getattr(info, "orig_filename", name)
        or "\\" in name
        or ":" in name
        or not all(parts)
        or any(part.strip(". ") == "" for part in parts)
    ):
        raise ArtifactError(
            f"The archive has a member with the name {info.orig_filename!r:.100}, which is not a "
            "plain name inside it."
        )


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read a member in blocks, so that one which lies about its size cannot fill the memory."""
    data = io.BytesIO()
    with archive.open(info) as file:
        while block := file.read(_BLOCK):
            data.write(block)
            if data.tell() > info.file_size:
                break
    if data.tell() != info.file_size:
        raise ArtifactError(f"The member {info.filename!r} has not the size it claims.")
    return data.getvalue()


def repack(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Check an archive inside the archive; return it without compression, and its members.

    Any library can read the result at no risk to the memory.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = check_members(archive, len(data))
        members = {name: read_member(archive, info) for name, info in infos.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue(), members


def check_array(data: bytes, name: str) -> None:
    """Refuse an array in NumPy's format that claims more cells than follow."""
    file = io.BytesIO(data)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        shape, _, dtype = readers[np.lib.format.read_magic(file)](file)
    except Exception as error:
        raise ArtifactError(f"{name} is no array in a known version of NumPy's format.") from error
    if dtype.hasobject:
        raise ArtifactError(f"{name} holds pickled objects, which are never read.")
    count = 1
    for length in shape:
        count *= length
    # Cells without width cost nothing to claim, but something to make.
    if count < 0 or count * max(dtype.itemsize, 1) > max(len(data), 1024):
        raise ArtifactError(f"{name} claims {count} cells of {dtype}, more than it holds.")
