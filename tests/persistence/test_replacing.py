"""Files are written whole or not at all."""

import stat
import subprocess
import sys

import pytest

from skmultiinput.persistence._replacing import replacing


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.skmi"
    path.write_bytes(b"old")
    return path


class Killed(BaseException):
    pass


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Killed()])
def test_a_crash_while_writing_leaves_the_old_file(path, error):
    old = path.read_bytes()

    def crash():
        with replacing(path) as file:
            file.write(b"half of")
            raise error

    with pytest.raises(type(error)):
        crash()
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


def test_replacing_keeps_the_rights_and_follows_links(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_what_a_killed_process_has_left_goes_with_the_next_save(path):
    code = (
        "import sys, time; from skmultiinput.persistence._replacing import replacing\n"
        "with replacing(sys.argv[1]) as file:\n"
        "    file.write(b'half of'); file.flush(); print('ready', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        with replacing(path) as file:  # what another process is writing stays
            file.write(b"new")
        assert len(list(path.parent.iterdir())) == 2
        process.terminate()
        process.wait()
    assert len(list(path.parent.iterdir())) == 2
    with replacing(path.with_name("other.skmi")) as file:
        file.write(b"other")
    assert len(list(path.parent.iterdir())) == 3
    with replacing(path) as file:
        file.write(b"newer")
    assert {file.name for file in path.parent.iterdir()} == {path.name, "other.skmi"}
