"""The examples run, small, and print their figure; CI runs a chosen few of the slow ones."""

import re
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("[0-9]*.py"))
FAST = {"01_numbers_and_categories", "04_recommender"}


def test_there_are_twelve():
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, 13))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_short_and_says_what_it_shows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith('"""')


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem in FAST else pytest.mark.slow, id=path.stem)
        for path in EXAMPLES
    ],
)
def test_it_runs_and_prints_its_figure(path, monkeypatch, tmp_path, capsys):
    if path.stem == "12_explanations":
        pytest.importorskip("shap", reason="an extra")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(path), "--small"])
    runpy.run_path(str(path), run_name="__main__")
    plt.close("all")
    out = capsys.readouterr().out
    assert re.search(r"\d\.\d", out)
    assert "nan" not in out.lower()
    # What it says it writes is there.
    text = path.read_text(encoding="utf-8").split('"""')[1]
    for name in re.findall(r"\w+\.(?:png|html)", text):
        assert (tmp_path / name).stat().st_size > 1000
