"""The zip file: written whole or not at all, and refused where it is not what was written."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from skmultiinput.persistence._archive import (
    FORMAT,
    FORMAT_VERSION,
    ArtifactError,
    UntrustedTypesError,
    check_array,
    check_members,
    read_archive,
    read_member,
    repack,
    write_archive,
)

MEMBERS = {"pipeline.skops": b"first" * 50, "networks/0.keras": bytes(range(256))}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.skmi"
    write_archive(path, {"versions": {"skmultiinput": "0.1.0"}}, MEMBERS)
    return path


def forge(path, members, manifest=None, **changes):
    """Write an archive whose manifest agrees with the members, whatever these are."""
    digests = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
    }
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "members": digests,
        **(manifest or {}),
        **changes,
    }
    text = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", text)
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = hashlib.sha256(text).hexdigest().encode()


def test_what_was_written_is_read(path):
    manifest, members = read_archive(path)
    assert members == MEMBERS
    assert manifest["versions"] == {"skmultiinput": "0.1.0"}
    for name, data in MEMBERS.items():
        assert manifest["members"][name]["sha256"] == hashlib.sha256(data).hexdigest()
    assert read_archive(path, only_manifest=True) == (manifest, {})


def test_any_zip_tool_can_look_inside(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", *MEMBERS]


def test_every_truncation_is_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ArtifactError, match=r"model\.skmi (is no skmulti|was altered)"):
            read_archive(path)


def test_every_altered_byte_of_a_member_is_refused(path):
    whole = path.read_bytes()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with contextlib.suppress(ArtifactError):
            assert read_archive(path)[1] == MEMBERS  # a byte that carries nothing, such as a date


def rezip(path, change, *, comment=True):
    """Pack an archive anew, with other members, as an honest zip tool would."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        kept = archive.comment
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = kept if comment else b""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update({"pipeline.skops": b"other" * 50}), "pipeline.skops is not as it was"),
        (lambda m: m.update({"pipeline.skops": b"x"}), "pipeline.skops has another size"),
        (lambda m: m.pop("networks/0.keras"), "'networks/0.keras'"),
        (lambda m: m.update({"extra": b""}), "'extra'"),
        (lambda m: m.update({"manifest.json": m["manifest.json"] + b" "}), "manifest.json is not"),
        (lambda m: m.pop("manifest.json"), "holds no manifest.json"),
        (lambda m: m.update({"manifest.json": b"[]"}), "no skmultiinput artifact"),
        (lambda m: m.update({"manifest.json": b"[" * 100_000}), "no skmultiinput artifact"),
    ],
)
def test_an_altered_archive_is_refused(path, change, message):
    rezip(path, change)
    with pytest.raises(ArtifactError, match=message):
        read_archive(path)


def test_an_archive_packed_by_another_tool_is_refused(path):
    rezip(path, lambda members: None, comment=False)
    with pytest.raises(ArtifactError, match=r"manifest\.json is not as it was written"):
        read_archive(path)


@pytest.mark.parametrize(
    ("version", "advice"), [(FORMAT_VERSION + 1, "update skmultiinput"), (0, "fit it again")]
)
def test_other_formats_say_what_to_do(tmp_path, version, advice):
    forge(
        tmp_path / "a.skmi",
        MEMBERS,
        format_version=version,
        versions={"skmultiinput": "9.0"},
    )
    with pytest.raises(ArtifactError, match=rf"written by skmultiinput 9\.0.*{advice}"):
        read_archive(tmp_path / "a.skmi")


def test_other_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "none.skmi")
    (tmp_path / "text.skmi").write_text("age,churn\n1,2\n")
    with pytest.raises(ArtifactError, match=r"text\.skmi is no skmultiinput artifact"):
        read_archive(tmp_path / "text.skmi")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(ArtifactError, match=r"holds no manifest\.json"):
        read_archive(tmp_path / "other.zip")


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "C:/evil", "..\\evil", "a//b", ".", "a/", ". ."],
)
def test_names_that_lead_out_are_refused(tmp_path, name):
    forge(tmp_path / "a.skmi", {name: b"x"})
    with pytest.raises(ArtifactError, match="not a plain name inside it"):
        read_archive(tmp_path / "a.skmi")
    assert [file.name for file in tmp_path.iterdir()] == ["a.skmi"]


def test_members_that_occur_twice_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.skmi", "w") as archive:
        archive.writestr("manifest.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("manifest.json", "{}")
    with pytest.raises(ArtifactError, match=r"'manifest\.json' twice"):
        read_archive(tmp_path / "a.skmi")


def bomb(n_bytes):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(n_bytes))
    return data.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = bomb(200 << 20)
    assert len(data) < 1 << 20
    with pytest.raises(ArtifactError, match="claims to unpack to 209715200 bytes"):
        repack(data)


def test_a_bomb_that_lies_about_its_size_is_refused():
    data = bytearray(bomb(100 << 20))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    import tracemalloc

    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        infos = check_members(archive, len(data))
        tracemalloc.start()
        with pytest.raises((ArtifactError, zipfile.BadZipFile)):
            read_member(archive, infos["zeros"])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16 << 20


def test_members_that_share_their_bytes_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a", bytes(1 << 20))
        info = archive.getinfo("a")
        for i in range(100):
            twin = zipfile.ZipInfo(f"a{i}")
            twin.header_offset, twin.CRC = info.header_offset, info.CRC
            twin.file_size = twin.compress_size = info.file_size
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
    with pytest.raises(ArtifactError, match="cannot be an honest one"):
        repack(data.getvalue())


def test_repack_keeps_the_members():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "b" * 100)
    packed, members = repack(data.getvalue())
    assert members == {"a": b"b" * 100}
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.getinfo("a").compress_type == zipfile.ZIP_STORED
        assert archive.read("a") == b"b" * 100


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    "array", [np.arange(5), np.zeros((0, 3)), np.array(1.5), np.array(["a", "bc"]), np.zeros(0)]
)
def test_honest_arrays_pass(array):
    check_array(npy(array), "array")


def test_an_array_that_claims_too_much_is_refused():
    data = npy(np.zeros(10)).replace(b"(10,), } ", b"(10**9,),")
    with pytest.raises(ArtifactError, match="is no array"):
        check_array(data, "array")
    data = npy(np.zeros(10)).replace(b"(10,), }         ", b"(1000000000,), } ")
    with pytest.raises(ArtifactError, match="claims 1000000000 cells"):
        check_array(data, "array")


def test_pickled_arrays_are_refused():
    with pytest.raises(ArtifactError, match="never read"):
        check_array(npy(np.array([{}], dtype=object)), "array")


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_files_are_written_and_read(tmp_path, kind):
    path = {"pipe": tmp_path / "pipe", "device": Path("/dev/null"), "folder": tmp_path}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    mode = path.stat().st_mode
    with pytest.raises(OSError, match="Expected the path of a file"):
        write_archive(path, {}, {})
    with pytest.raises(OSError, match="Expected the path of a file"):
        read_archive(path)
    assert path.stat().st_mode == mode
    assert list(tmp_path.iterdir()) == ([path] if kind == "pipe" else [])


@pytest.mark.parametrize("name", ["x" * 250 + ".skmi", "é" * 127, "模" * 85])
def test_every_legal_name_is_written(tmp_path, name):
    write_archive(tmp_path / name, {}, MEMBERS)
    assert read_archive(tmp_path / name)[1] == MEMBERS
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_archive(tmp_path / "none" / "a.skmi", {}, {})


def test_the_error_names_the_types_and_survives_pickling():
    error = pickle.loads(pickle.dumps(UntrustedTypesError({"b.B", "a.A"}, "model.skmi")))
    assert error.types == ["a.A", "b.B"]
    assert "trusted=['a.A', 'b.B']" in str(error)
    assert isinstance(error, ArtifactError)
