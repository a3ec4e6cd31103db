"""CONTRIBUTING.md names files that exist, and the floors of the layering test."""

import re
from pathlib import Path

from test_layering import FLOORS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_where_to_find_names_files_that_exist():
    rows = re.findall(r"^\| [^|]+ \| `([\w/]+\.py)` \|$", TEXT, flags=re.MULTILINE)
    assert len(rows) >= 10
    assert [name for name in rows if not (ROOT / "skmultiinput" / name).is_file()] == []


def test_the_floors_are_those_of_the_layering_test():
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", TEXT, flags=re.MULTILINE)
    floors = {int(number): set(re.findall(r"`(\w+)`", names)) for number, names in rows}
    for number, names in enumerate(FLOORS, start=1):
        folders = {name for name in names if (ROOT / "skmultiinput" / name).is_dir()}
        assert folders <= floors[number] or names == {"__main__"}


def test_paths_of_its_commands_exist():
    for path in re.findall(r"^\$ pytest .*?(tests/\S+)", TEXT, flags=re.MULTILINE):
        assert (ROOT / path).exists(), path
