"""Why the most confident predictions of a fold were made, right ones and wrong ones."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_report import check

from skmultiinput.evaluation import _explained_rows, evaluate

RNG = np.random.default_rng(0)
N = 400
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["strong", "weak", "noise"])
X.index = [f"row {i}" for i in range(N)]
LOGIT = 3 * X["strong"] - 0.5 * X["weak"] - 1
Y = np.where(RNG.random(N) < 1 / (1 + np.exp(-LOGIT)), "yes", "no")


def explained(y, model=None, **options):
    model = make_pipeline(StandardScaler(), model or LogisticRegression())
    result = evaluate(model, X, y, cv=2, random_state=0, details=True, **options)
    return result, result.details["pipeline", 0]["explained"]


@pytest.mark.parametrize("positive", ["yes", "no"])
def test_the_most_confident_right_and_wrong_rows_of_both_classes(positive):
    result, rows = explained(Y, pos_label=positive)
    assert "explained" not in result.details["pipeline", 1]
    fold = result.test_indices[0]
    proba, actual = result.out_of_fold().iloc[fold], pd.Series(Y[fold], X.index[fold])
    predicted = proba.idxmax(axis=1)
    assert rows["right"].tolist() == [True] * 4 + [False] * 4
    for right in (True, False):
        for label in ("yes", "no"):
            here = (actual == label) & ((predicted == actual) == right)
            expected = set(proba[here][label].sort_values(ascending=not right).index[:2])
            chosen = rows[(rows["right"] == right) & (rows["actual"] == label)]
            assert set(chosen.index) == expected
    for name, row in rows.iterrows():
        assert row["probability"] == pytest.approx(proba.loc[name, row["predicted"]])
        column, cell, by = row["columns"][0]
        assert column == "strong"
        assert float(cell) == pytest.approx(X.loc[name, "strong"], rel=1e-4)
        # What speaks for the class that was predicted.
        assert (by > 0) == ((X.loc[name, "strong"] > 0) == (row["predicted"] == "yes"))
    text = check(result.to_html()).text
    assert "the most confident right and wrong predictions of the first fold" in text
    assert "strong" in text


def test_contributions_add_up_to_log_odds():
    _, rows = explained(Y)
    sums = rows["columns"].map(lambda parts: sum(by for *_, by in parts))
    p = rows["probability"].to_numpy()
    # One base value for all, towards the class that was predicted.
    sign = np.where(rows["predicted"] == "yes", 1, -1)
    base = sign * (np.log(p / (1 - p)) - sums.to_numpy())
    assert np.ptp(base) < 1e-6


def test_three_classes_and_quantities():
    three = np.array(["a", "b", "c"])[np.digitize(LOGIT + RNG.normal(size=N), [-2, 1])]
    _, rows = explained(three)
    assert rows["right"].sum() == 4
    assert len(rows) == 8
    for name, row in rows[rows["right"]].iterrows():
        (by,) = (by for column, _, by in row["columns"] if column == "strong")
        if row["predicted"] != "b":
            assert (by > 0) == ((X.loc[name, "strong"] > 0) == (row["predicted"] == "c"))
    y = LOGIT.to_numpy() + RNG.normal(size=N)
    result, rows = explained(y, LinearRegression())
    residual = rows["actual"] - rows["predicted"]
    fold = result.test_indices[0]
    errors = np.sort(y[fold] - result.out_of_fold().to_numpy()[fold, 0])
    assert np.sort(residual) == pytest.approx(errors[[0, 1, -2, -1]])
    assert "the largest errors of the first fold" in check(result.to_html()).text


def test_nothing_is_explained_where_it_takes_too_long(monkeypatch):
    monkeypatch.setattr(_explained_rows, "_SECONDS", 1e-5)
    result, rows = explained(Y)
    assert rows is None
    assert "Why:" not in check(result.to_html()).text
