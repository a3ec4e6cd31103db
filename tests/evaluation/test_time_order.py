"""Dates, shuffled folds, and a model that would be worse in time: said before the first fit."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from test_report import check

from skmultiinput.__main__ import main
from skmultiinput.evaluation import TimeOrderWarning, evaluate
from skmultiinput.evaluation._time_order import check_time_order
from skmultiinput.preprocessing import make_preprocessor

N = 1200
RNG = np.random.default_rng(0)
DAY = pd.Series(pd.date_range("2020-01-01", periods=N, freq="D"))
STEADY = pd.DataFrame(
    {"day": DAY, "age": RNG.normal(size=N), "plan": RNG.choice(["a", "b", "c"], N)}
)
LEFT = RNG.random(N) < 1 / (1 + np.exp(-STEADY["age"] - (STEADY["plan"] == "a")))
# How things went each month: those of a month know it, those of the next one do not.
MONTH = DAY.dt.to_period("M").factorize()[0]
MOOD = RNG.permutation(np.linspace(-3, 3, MONTH.max() + 1))[MONTH]
MOODY = RNG.random(N) < 1 / (1 + np.exp(-MOOD))


def model():
    return make_pipeline(make_preprocessor(), LogisticRegression())


def shuffle(table, y, seed=0):
    order = np.random.default_rng(seed).permutation(len(table))
    return table.iloc[order].reset_index(drop=True), y[order]


@pytest.mark.parametrize("written", ["dates", "text", "index"])
def test_months_that_differ_are_told_by_their_dates(written):
    X, y = shuffle(STEADY, MOODY)
    name = "day"
    if written == "text":
        X["day"] = X["day"].dt.strftime("%d.%m.%Y")
    elif written == "index":
        X, name = X.set_index("day").rename_axis(None), "index"
    with pytest.warns(TimeOrderWarning) as caught:
        result = evaluate(model(), X, y, cv=3, scoring="roc_auc", random_state=0)
    (message,) = [str(w.message) for w in caught if w.category is TimeOrderWarning]
    for part in (f"order of '{name}'", "TimeSeriesSplit()", "validation='time'"):
        assert part in message
    ((shuffled, in_time),) = result.time_order.to_numpy()
    assert result.time_order.index.tolist() == [name]
    assert shuffled > 0.75
    assert in_time < 0.65
    text = check(result.to_html()).text
    assert f"a ROC AUC of {in_time:.3f} on later rows, and of {shuffled:.3f} on shuffled" in text


def test_columns_that_trees_cannot_read_and_names_of_any_kind():
    odd = STEADY.assign(
        later=np.where(np.arange(N) < N - 50, np.nan, 1.0),  # recorded in the last weeks only
        empty=np.nan,
        steps=[[1, 2]] * N,
        facts=[{"a": 1}] * N,
        huge=np.inf,
    )
    odd.columns = pd.MultiIndex.from_product([["table"], odd.columns])
    X, y = shuffle(odd, MOODY)
    folds = [(np.arange(N // 2), np.arange(N // 2, N)), (np.arange(N // 2, N), np.arange(N // 2))]
    with pytest.warns(TimeOrderWarning, match="'table', 'day'"):
        found = check_time_order(X, y, folds, "binary")
    assert found.index.tolist() == [("table", "day")]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_said_of_a_table_that_does_not_change(seed):
    X, y = shuffle(STEADY, LEFT.to_numpy(), seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error", TimeOrderWarning)
        result = evaluate(model(), X, y, cv=3, scoring="roc_auc", random_state=0)
    assert result.time_order.empty
    assert "Shuffled folds flatter" not in result.to_html()


def test_nothing_is_said_where_folds_are_in_time_or_nothing_has_dates():
    dated = STEADY.assign(day=DAY.dt.strftime("%Y-%m-%d"))
    X, y = shuffle(dated, MOODY)
    order = np.argsort(X["day"].to_numpy())
    by_day = [(order[train], order[test]) for train, test in TimeSeriesSplit(3).split(X)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", TimeOrderWarning)
        evaluate(model(), dated, MOODY, cv=TimeSeriesSplit(3), scoring="roc_auc")
        evaluate(model(), X, y, cv=by_day, scoring="roc_auc")
        evaluate(model(), X.drop(columns="day"), y, cv=3, scoring="roc_auc")
        evaluate(model(), X[:200], y[:200], cv=3, scoring="roc_auc")  # too few to know


@pytest.mark.parametrize("trend", [True, False])
def test_quantities_that_grow(trend):
    y = STEADY["age"].to_numpy() + trend * np.arange(N) / 100
    X, y = shuffle(STEADY, y)
    result = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = evaluate(make_pipeline(make_preprocessor(), Ridge()), X, y, cv=3, random_state=0)
    assert [w.category for w in caught].count(TimeOrderWarning) == trend
    assert len(result.time_order) == trend
    if trend:
        assert result.time_order.loc["day", "in_time"] > 2 * result.time_order["shuffled"].item()


def test_the_command_line_says_which_option_to_pass(tmp_path, capsys):
    X, y = shuffle(STEADY, MOODY)
    path = tmp_path / "table.csv"
    X.assign(left=np.where(y, "yes", "no")).to_csv(path, index=False)
    options = ["--target", "left", "--folds", "2", "--preset", "fast", "--epochs", "1"]
    assert main([str(path), *options, "--json", str(tmp_path / "out.json")]) == 0
    out, err = capsys.readouterr()
    assert "Shuffled folds flatter" in out
    assert "pass --time 'day'." in out
    assert "warning: Shuffled" not in err
    written = json.loads((tmp_path / "out.json").read_text())["time_order"]
    assert set(written["day"]) == {"shuffled", "in_time"}
