"""The examples run and print a result; the gallery of the documentation is built from them."""

import re
import runpy
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("[0-9]*.py"))
FAST = {"01_numbers_and_categories", "19_drift_before_a_deploy"}
NEEDS = {
    "18_pruning_with_optuna": "optuna",
    "20_explanations": "shap",
    "21_intervals_and_sets": "mapie",
}


def test_they_are_numbered():
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    assert len(EXAMPLES) >= 20


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_short_and_has_a_title(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 85
    assert lines[0] == '"""'
    assert lines[2] == "=" * len(lines[1])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem in FAST else pytest.mark.slow, id=path.stem)
        for path in EXAMPLES
    ],
)
def test_it_runs_prints_a_result_and_draws(path, monkeypatch, tmp_path, capsys):
    if path.stem in NEEDS:
        pytest.importorskip(NEEDS[path.stem], reason="an extra of the package")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # the gallery would show them
        runpy.run_path(str(path), run_name="__main__")
    figures = plt.get_fignums()
    plt.close("all")
    out = capsys.readouterr().out
    assert figures, "the gallery needs a picture"
    assert re.search(r"\d\.\d", out)
    assert "nan" not in re.sub(r"\bNaN\b", "", out).lower() or "drift" in path.stem
    assert list(tmp_path.iterdir()) == []
