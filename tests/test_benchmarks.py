"""The tables of benchmarks/README.md are those of the records."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def render():
    spec = importlib.util.spec_from_file_location("render", BENCHMARKS / "render.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_shows_the_records(render):
    text = render.README.read_text(encoding="utf-8")
    assert render.render(text) == text, "run: python benchmarks/render.py"


def test_every_record_is_shown(render):
    assert {path.stem for path in (BENCHMARKS / "results").iterdir()} <= set(render.TABLES)


def test_every_record_says_how_it_was_made():
    for path in (BENCHMARKS / "results").iterdir():
        record = json.loads(path.read_text(encoding="utf-8"))
        assert {"date", "seed", "machine", "python", "versions", "runs"} <= set(record), path.name


def test_no_number_is_typed_by_hand(render):
    """What stands outside of the tables describes the setting and has no results."""
    text = render.README.read_text(encoding="utf-8")
    prose = re.sub(r"<!-- (\w+) -->.*?<!-- end of \1 -->", "", text, flags=re.DOTALL)
    assert re.findall(r"\d\.\d", prose.replace("at 0.5", "")) == []


def test_every_benchmark_is_listed(render):
    text = render.README.read_text(encoding="utf-8")
    scripts = {path.name for path in BENCHMARKS.glob("[a-z]*.py")} - {"render.py"}
    listed = set(re.findall(r"^\| `python benchmarks/(\w+\.py)`", text, flags=re.MULTILINE))
    assert listed == scripts
