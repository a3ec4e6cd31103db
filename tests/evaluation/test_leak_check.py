"""Likely leaks are named before the first fit: as a warning, in the result and in the report."""

import json
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_report import check

from skmultiinput.__main__ import main
from skmultiinput.evaluation import LeakWarning, evaluate
from skmultiinput.preprocessing import make_preprocessor

RNG = np.random.default_rng(0)
N = 300
TABLE = pd.DataFrame({"age": RNG.normal(40, 9, N), "plan": RNG.choice(["a", "b", "c"], N)})
LEFT = RNG.random(N) < 1 / (1 + np.exp(-(TABLE["age"] - 45) / 9))
LEAKING = TABLE.assign(reason=np.where(LEFT, RNG.choice(["moved", "price"], N), None))


def model():
    return make_pipeline(make_preprocessor(), LogisticRegression())


def test_a_leak_is_named_once_and_kept():
    with pytest.warns(LeakWarning) as caught:
        result = evaluate(model(), LEAKING, LEFT, cv=3, n_repeats=2, random_state=0)
    named = [str(w.message) for w in caught if w.category is LeakWarning]
    assert len(named) == 1
    for part in ("'reason' (ROC AUC 1.000 by itself)", "drop=['reason']"):
        assert part in named[0]
    assert result.leaks.index.tolist() == ["reason"]
    assert result.summary().loc[("pipeline", "roc_auc"), "mean"] > 0.99  # it was not left out
    text = check(result.to_html()).text
    assert "Likely leak: 'reason' (ROC AUC 1.000 by itself)." in text
    assert "makes every metric below too good" in text


def test_without_a_leak_nothing_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakWarning)
        result = evaluate(model(), TABLE, LEFT, cv=3, random_state=0)
    assert result.leaks.empty
    assert "leak" not in check(result.to_html()).text.lower()


def test_a_frozen_pipeline_stays_as_it_is():
    frozen = FrozenEstimator(model().fit(LEAKING[:90], LEFT[:90]))
    before = joblib.hash(frozen)
    with pytest.warns(LeakWarning):
        evaluate(frozen, LEAKING, LEFT, cv=2, random_state=0)
    assert joblib.hash(frozen) == before


def test_a_column_that_the_pipeline_leaves_out_is_no_leak():
    without = make_pipeline(make_preprocessor(drop=["reason"]), LogisticRegression())
    tuned = TunedThresholdClassifierCV(without, cv=2)
    by_hand = ColumnTransformer([("numbers", StandardScaler(), ["age"])])
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakWarning)
        for pipeline in (without, tuned, make_pipeline(by_hand, LogisticRegression())):
            assert evaluate(pipeline, LEAKING, LEFT, cv=2, random_state=0).leaks.empty


def test_arrays_of_numbers_and_quantities():
    y = RNG.normal(size=N)
    X = np.column_stack([RNG.normal(size=N), np.exp(y)])
    with pytest.warns(LeakWarning, match=r"Likely leak: 1 \(R² 1.000 by itself\)"):
        evaluate(Ridge(), X, y, cv=3, random_state=0)


def test_only_training_rows_are_looked_at():
    """A column that tells test rows alone is no leak that training rows could show."""
    first = np.arange(N) < N // 2
    telling = TABLE.assign(copy=np.where(first, RNG.normal(size=N), LEFT))
    folds = [(np.flatnonzero(first), np.flatnonzero(~first))]
    assert evaluate(model(), telling, LEFT, cv=folds).leaks.empty
    with pytest.warns(LeakWarning, match="'copy'"):
        evaluate(model(), telling, LEFT, cv=[folds[0][::-1]])


def test_the_command_line(tmp_path, capsys):
    LEAKING.assign(left=np.where(LEFT, "yes", "no")).to_csv(tmp_path / "table.csv", index=False)
    arguments = [tmp_path / "table.csv", "--target", "left", "--json", tmp_path / "out.json"]
    options = ["--folds", "2", "--preset", "fast", "--epochs", "1"]
    assert main([*map(str, arguments), *options]) == 0
    out, err = capsys.readouterr()
    assert "Likely leak: 'reason' (ROC AUC 1.000 by itself). Not left out: see --drop." in out
    # At once, not after minutes of folds.
    assert err.index("Likely leak: 'reason'") < err.index("[1/")
    assert err.count("Likely leak") == 1
    assert json.loads((tmp_path / "out.json").read_text())["leaks"] == {
        "reason": pytest.approx(1.0)
    }
