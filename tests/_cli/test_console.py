import io

import pandas as pd
import pytest

from skmultiinput._cli.console import make_console, print_columns, print_line


def described(n_columns, name="c"):
    return pd.DataFrame(
        {
            "column": [f"{name}{i}" for i in range(n_columns)],
            "kind": "numeric",
            "group": "numeric",
            "missing": 0,
            "levels": None,
            "note": "",
        }
    )


@pytest.fixture
def console():
    return make_console(io.StringIO())


def test_many_columns_are_shortened_and_all_can_be_shown(console):
    print_columns(console, described(81))
    short = console.file.getvalue()
    assert "and 41 more columns; --all-columns shows them" in short
    assert "c39" in short
    assert "c40" not in short
    print_columns(console, described(81), show_all=True)
    rest = console.file.getvalue().removeprefix(short)
    assert all(f"c{i} " in rest for i in range(81))
    assert "more columns" not in rest


def test_kinds_are_named_as_describe_columns_does(console):
    table = described(3).assign(
        kind=["target-encoded", "one-hot", "constant"], group=["target", "onehot", "dropped"]
    )
    print_columns(console, table)
    shown = console.file.getvalue()
    assert all(word in shown for word in ("target-encoded", "one-hot", "dropped"))
    assert "onehot" not in shown


def test_a_column_in_two_groups_is_shown_once(console):
    table = described(2, name="rating").assign(
        column="rating", kind="ordinal", group=["numeric", "onehot"]
    )
    print_columns(console, table)
    assert console.file.getvalue().count("rating") == 1


def test_terminal_escapes_are_shown_and_not_obeyed(console):
    print_columns(console, described(1, name="\x1b[2J\x1b]0;title\x07"))
    print_line(console, "error in \x1b[31mred")
    text = console.file.getvalue()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert r"\x1b[2J\x1b]0;title\x070" in text
    assert r"error in \x1b[31mred" in text


def test_markup_in_names_is_text(console):
    print_columns(console, described(1, name="[bold]x[/bold]"))
    assert "[bold]x[/bold]0" in console.file.getvalue()
