import os

import pytest

from skmultiinput._cli.arguments import parse_arguments
from skmultiinput._cli.check_writable import check_outputs, check_writable
from skmultiinput._cli.table_file import TableError


def test_nothing_is_changed(tmp_path):
    (tmp_path / "old.json").write_text("{}")
    check_writable(str(tmp_path / "old.json"))
    check_writable(str(tmp_path / "new.json"))
    assert [p.name for p in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "{}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "it is a folder"),
        ("no/where/report.html", "there is no folder 'no/where'"),
        ("x" * 300 + ".html", "File name too long"),
        ("a\0b.html", "null"),
        ("/proc/report.html", "Cannot write"),
        (__file__ + "/report.html", "there is no folder"),
    ],
)
def test_what_cannot_be_written_to_is_refused(path, message):
    with pytest.raises(TableError, match=message) as caught:
        check_writable(path)
    assert str(caught.value).startswith("Cannot write to ")


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    check_writable(str(tmp_path / "pipe"))
    check_writable(os.devnull)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["t.csv", "--save", "./t.csv"], "--save './t.csv' would overwrite the table"),
        (["t.csv", "--json", "a", "--report", "a"], "--report 'a' would overwrite the file of --j"),
    ],
)
def test_outputs_do_not_overwrite_each_other(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a,b")
    with pytest.raises(TableError, match=message):
        check_outputs(parse_arguments(arguments))
    assert (tmp_path / "t.csv").read_text() == "a,b"


@pytest.mark.parametrize("option", ["--save", "--json", "--report"])
def test_they_are_checked_before_the_table_is_read(option):
    with pytest.raises(TableError, match="File name too long"):
        check_outputs(parse_arguments(["nowhere.csv", option, "x" * 300]))
