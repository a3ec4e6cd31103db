"""Whole numbers that are codes: as good as declared categories, and found nowhere else."""

import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier
from skmultiinput.preprocessing import describe_columns, make_preprocessor
from skmultiinput.preprocessing._detection.number_kind import have_code_gaps

DATA = Path(os.environ.get("SKMULTIINPUT_DATA", "no data"))
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
N_TEST = 7000


def codes_table(n_samples, n_levels, highest, *, pairs, seed=0):
    """A table in which levels, and pairs of levels, carry all the signal and numbers none."""
    rng = np.random.default_rng(seed)
    columns, logits = {}, np.zeros(n_samples)
    drawn = []
    for j in range(4):
        levels = rng.integers(0, n_levels, n_samples)
        columns[f"c{j}"] = rng.choice(highest, n_levels, replace=False)[levels]
        logits += rng.normal(size=n_levels)[levels]
        drawn.append(levels % 30)
    if pairs:
        logits += 1.5 * rng.normal(size=(30, 30))[drawn[0], drawn[1]]
    y = rng.random(n_samples) < 1 / (1 + np.exp(-0.75 * logits))
    return pd.DataFrame(columns), y.astype(int)


@cache
def scores(n_train, n_levels, highest, pairs):
    X, y = codes_table(n_train + N_TEST, n_levels, highest, pairs=pairs)
    result = {}
    for form in ("category", "int64", "str"):
        table = X.astype(form)
        model = make_pipeline(make_preprocessor(), MultiInputClassifier(random_state=0))
        model.fit(table[:n_train], y[:n_train])
        probabilities = model.predict_proba(table[n_train:])[:, 1]
        result[form] = roc_auc_score(y[n_train:], probabilities)
    return result


@pytest.mark.parametrize("form", ["int64", "str"])
@pytest.mark.parametrize(
    ("n_train", "n_levels", "highest", "pairs"),
    [
        (3000, 40, 10**6, False),
        pytest.param(3000, 60, 120, False, marks=pytest.mark.slow),
        pytest.param(6000, 40, 10**6, True, marks=pytest.mark.slow),
        pytest.param(6000, 300, 10**6, False, marks=pytest.mark.slow),
        pytest.param(20_000, 3000, 10**6, False, marks=pytest.mark.slow),
        pytest.param(20_000, 3000, 10**6, True, marks=pytest.mark.slow),
        pytest.param(20_000, 3000, 10_000, True, marks=pytest.mark.slow),
    ],
)
def test_codes_are_as_good_as_declared_categories(n_train, n_levels, highest, pairs, form):
    result = scores(n_train, n_levels, highest, pairs)
    assert result["category"] > 0.6
    assert result[form] > result["category"] - 0.005


@pytest.mark.parametrize("n_levels", [30, 400])
@pytest.mark.parametrize("density", [0.001, 0.1, 0.3, 0.5])
def test_codes_have_gaps(n_levels, density):
    rng = np.random.default_rng(0)
    levels = rng.choice(int(n_levels / density), n_levels, replace=False)
    assert have_code_gaps(rng.choice(levels, 4000).astype(float))


@pytest.mark.parametrize("n_samples", [300, 5000])
@pytest.mark.parametrize("scale", [10, 100, 1000])
@pytest.mark.parametrize("kind", ["lognormal", "pareto", "exponential", "normal", "uniform"])
def test_measurements_have_none(kind, scale, n_samples):
    rng = np.random.default_rng(0)
    draw = {
        "lognormal": lambda: rng.lognormal(0, 1.5, n_samples),
        "pareto": lambda: rng.pareto(1, n_samples),
        "exponential": lambda: rng.exponential(size=n_samples),
        "normal": lambda: rng.normal(5, 1, n_samples),
        "uniform": lambda: rng.uniform(size=n_samples),
    }[kind]
    assert not have_code_gaps(np.floor(draw() * scale))


@pytest.mark.skipif(not DATA.is_dir(), reason="SKMULTIINPUT_DATA is no folder")
def test_no_column_of_the_open_tables_is_taken_for_a_code(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import _tables

    for name in _tables.PLAIN:
        described = describe_columns(_tables.TASKS[name]().X)
        assert "code" not in set(described["kind"]), name
    for module in ("_tables", "_results"):
        sys.modules.pop(module, None)
