"""A checkpoint is read as it was written, or refused."""

import pytest

from skmultiinput.persistence import ArtifactError
from skmultiinput.streaming._checkpoint import read_checkpoint, write_checkpoint


class Refuses:
    def __reduce__(self):
        raise OSError("disk full")


def test_there_and_back(tmp_path):
    path = tmp_path / "run.checkpoint"
    assert read_checkpoint(path) is None
    write_checkpoint(path, {"pass": 3})
    write_checkpoint(path, {"pass": 4})
    assert read_checkpoint(path) == {"pass": 4}
    assert [file.name for file in tmp_path.iterdir()] == ["run.checkpoint"]


def test_a_crash_while_writing_leaves_the_old_one(tmp_path):
    path = tmp_path / "run.checkpoint"
    write_checkpoint(path, [1])
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(path, Refuses())
    assert read_checkpoint(path) == [1]


def test_damaged_ones_are_refused_before_they_are_unpickled(tmp_path):
    path = tmp_path / "run.checkpoint"
    write_checkpoint(path, list(range(50)))
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(ArtifactError, match="Remove it to start again"):
            read_checkpoint(path)
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ArtifactError, match=r"damaged|no checkpoint"):
            read_checkpoint(path)
