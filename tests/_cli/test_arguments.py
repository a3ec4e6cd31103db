import subprocess
import sys
import time

import pytest

from skmultiinput._cli.arguments import parse_arguments, printable


def test_drop_takes_several_names_and_may_be_repeated():
    args = parse_arguments(["t.csv", "--drop", "a", "b", "--target", "y", "--drop", "c d"])
    assert args.table == "t.csv"
    assert args.drop == ["a", "b", "c d"]


def test_the_defaults():
    args = parse_arguments([])
    assert (args.table, args.folds, args.seed, args.preset) == (None, 5, 0, "default")
    assert args.drop == []
    assert not args.all_columns


def test_help_says_that_importances_take_time(capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    assert "importances can double the time" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("age", "age"),
        ("größe 年齢 α²", "größe 年齢 α²"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202etxt", r"\u202etxt"),
        ("\udcff", r"\udcff"),
        ("x\u200cy", "x\u200cy"),
    ],
)
def test_only_what_can_be_shown_is_shown(text, shown):
    assert printable(text) == shown


def test_help_is_fast():
    command = [sys.executable, "-m", "skmultiinput", "--help"]
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5


def test_help_imports_no_library():
    code = (
        "import sys, contextlib, io; from skmultiinput._cli.run import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'rich', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
