"""What a release consists of agrees with itself."""

import configparser
import re
from pathlib import Path

from skmultiinput import __version__

ROOT = Path(__file__).parent.parent


def test_the_version_is_the_same_everywhere():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[([\d.]+)\]", changelog, flags=re.MULTILINE)[0] == __version__


def test_the_changelog_is_in_the_known_form():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for heading in re.findall(r"^## (.*)$", text, flags=re.MULTILINE):
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d\d-\d\d|Unreleased)", heading)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE)) <= kinds


def test_every_requirement_has_a_lower_bound_that_is_tested():
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    required = setup["options"]["install_requires"].split()
    tested = (ROOT / ".ci" / "lower-bounds.txt").read_text(encoding="utf-8")
    for requirement in required:
        name, bound = re.fullmatch(r"([\w.-]+)>=([\d.]+)", requirement).groups()
        assert re.search(rf"^{name}==", tested, flags=re.MULTILINE), (name, bound)
