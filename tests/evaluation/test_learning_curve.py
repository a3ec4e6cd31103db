"""Fits on parts of the training rows: drawn fairly, scored on the same folds, put into words."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from test_report import check

from skmultiinput.__main__ import main
from skmultiinput.evaluation import evaluate

COSTS = {"cost_fp": 1, "cost_fn": 5}
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(600, 2)), columns=["a", "b"])
RINGS = (np.hypot(X["a"], X["b"]) + 0.1 * RNG.normal(size=600) > 1.2).astype(int).to_numpy()


class Rows(LogisticRegression):
    """Notes the rows of each fit."""

    seen: list = []

    def fit(self, X, y):
        self.seen.append((X.index.to_numpy(), np.asarray(y)))
        return super().fit(X, y)


@pytest.fixture
def seen():
    Rows.seen.clear()
    return Rows.seen


def test_parts_keep_the_shares_of_the_classes(seen):
    y = (np.arange(600) % 30 == 0).astype(int)
    result = evaluate(Rows(), X, y, cv=4, random_state=0, learning_curve=True)
    sizes = [len(rows) for rows, _ in seen]
    assert sizes == pytest.approx([450] * 4 + [113] * 4 + [225] * 4, abs=1)
    for rows, labels in seen:
        assert abs(labels.mean() - 1 / 30) < 0.01
        assert (np.diff(rows) > 0).all()  # in the order of the table
    for fold, test in enumerate(result.test_indices):
        for of_part in (seen[4 + fold], seen[8 + fold]):
            assert not set(of_part[0]) & set(test)
            assert set(of_part[0]) <= set(seen[fold][0])
    assert list(result.scores.index.unique("model")) == ["pipeline"]
    assert list(result.predictions) == ["pipeline"]
    assert {model for model, _ in result.details} <= {"pipeline"}


def test_groups_stay_whole(seen):
    groups = np.arange(600) // 6
    evaluate(Rows(), X, RINGS, cv=3, groups=groups, random_state=0, learning_curve=True)
    for rows, _ in seen:
        assert set(np.bincount(groups[rows])) <= {0, 6}
    assert [len(rows) for rows, _ in seen[3:6]] == pytest.approx([100] * 3, abs=12)


def test_it_says_whether_more_rows_help():
    model = KNeighborsClassifier(30)
    scoring = ["log_loss", "roc_auc"]
    result = evaluate(model, X, RINGS, cv=4, scoring=scoring, random_state=0, learning_curve=True)
    curve = result.learning_curve()
    auc = curve.loc["roc_auc"]
    assert auc.index.tolist() == [0.25, 0.5, 1.0]
    assert auc["mean"].is_monotonic_increasing
    whole = result.summary().loc[("pipeline", "roc_auc"), "mean"]
    assert auc.loc[1.0, "mean"] == pytest.approx(whole)
    assert auc.loc[1.0, "difference"] == pytest.approx(auc["mean"].diff().iloc[-1])
    assert curve["better"].loc[("log_loss", 1.0)]  # where less is better
    assert "More rows would likely help: by log-loss" in check(result.to_html()).text
    result = evaluate(DummyClassifier(), X, RINGS, cv=4, random_state=0, learning_curve=True)
    assert "More rows promise no clear gain" in check(result.to_html()).text


def test_a_tuned_threshold_leaves_the_metrics_that_it_does_not_change():
    model = LogisticRegression()
    result = evaluate(model, X, RINGS, cv=3, costs=COSTS, random_state=0, learning_curve=True)
    names = set(result.learning_curve().index.unique("metric"))
    assert names == {"roc_auc", "average_precision", "log_loss", "brier"}
    with pytest.raises(ValueError, match="does not depend on a tuned threshold"):
        evaluate(model, X, RINGS, costs=COSTS, scoring=["f1"], learning_curve=True)
    fixed = evaluate(
        model, X, RINGS, cv=3, scoring=["f1"], threshold=0.3, random_state=0, learning_curve=True
    )
    assert fixed.learning_curve().index.unique("metric").tolist() == ["f1"]


def test_quantities_weights_and_no_curve():
    y = X["a"].to_numpy() + RNG.normal(size=600)
    weight = RNG.integers(1, 3, 600)
    result = evaluate(Ridge(), X, y, cv=3, sample_weight=weight, learning_curve=True)
    assert result.learning_curve().loc[("rmse", 0.25), "n_train"] == 100
    plain = evaluate(Ridge(), X, y, cv=3)
    with pytest.raises(ValueError, match="learning_curve=True"):
        plain.learning_curve()
    assert "Would more rows help?" in check(plain.to_html()).text


def test_the_command_line(tmp_path, capsys):
    X.assign(ring=np.where(RINGS, "outer", "inner")).to_csv(tmp_path / "t.csv", index=False)
    options = ["--target", "ring", "--folds", "2", "--preset", "fast", "--epochs", "1"]
    assert main([str(tmp_path / "t.csv"), *options, "--learning-curve"]) == 0
    out, _ = capsys.readouterr()
    assert re.search(
        r"network: ROC AUC by training rows 0\.\d+ \(7[56]\), 0\.\d+ \(15\d\), 0\.\d+ \(300\): ",
        out,
    )
