"""Files are written whole or not at all."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import skmultiinput
from skmultiinput._replacing import replacing, write_text

PACKAGE = Path(skmultiinput.__file__).parent


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
        "import sys, time; from skmultiinput._replacing import replacing\n"
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


def test_texts_are_files_that_replace_or_go_to_a_pipe(tmp_path):
    write_text(tmp_path / "report.html", "ä\n")
    assert (tmp_path / "report.html").read_bytes() == "ä\n".encode()
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "report.html", "\ud800")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == "ä\n".encode()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_text(pipe, "ready")
        assert reader.communicate()[0] == b"ready"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_files_of_the_package_are_written_by_one_module():
    """Whatever is written goes through `replacing`, so that no half file and no rest is left."""
    writes = re.compile(r"write_(text|bytes)\(|mkstemp|NamedTemporaryFile|\.open\(\s*\"[wax]")
    found = {
        path.relative_to(PACKAGE).as_posix(): line.strip()
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if writes.search(line) and ">>>" not in line and "..." not in line
    }
    calls = {file: line for file, line in found.items() if not line.startswith("write_text(")}
    assert set(calls) == {
        "_replacing.py",
        "_cli/check_writable.py",  # tries whether a file can be written
        "persistence/_export_network.py",  # in a folder that is renamed when it is complete
    }
