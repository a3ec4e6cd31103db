"""Folds in time and by group on the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from skmultiinput import load
from skmultiinput.__main__ import main
from skmultiinput._cli.prepare_target import Target
from skmultiinput._cli.split_rows import split_rows
from skmultiinput._cli.table_file import TableError
from skmultiinput.evaluation._make_folds import make_folds

DAYS = pd.Series(pd.date_range("2024-01-01", periods=60)).dt.strftime("%d.%m.%Y")


def target(**columns):
    X = pd.DataFrame({"a": np.arange(60.0), **columns})[::-1].reset_index(drop=True)
    return Target(X, np.arange(60.0)[::-1], "regression", [])


@pytest.mark.parametrize(
    "times", [DAYS, pd.Series(np.arange(60)), pd.to_datetime(DAYS, dayfirst=True)]
)
def test_training_rows_are_earlier_than_test_rows(times):
    split = split_rows(target(day=times), 3, time="day", group=None)
    assert split.target.X["a"].is_monotonic_increasing
    assert (split.target.y == split.target.X["a"]).all()
    for train, test in make_folds(split.target.X, split.target.y, cv=split.cv):
        assert train.max() < test.min()
    assert split.validation == "time"


@pytest.mark.parametrize("name", ["time", "group"])
def test_a_column_that_is_dropped_may_still_split(name):
    table = target(day=DAYS, shop=np.arange(60) % 7)
    how = {"time": "day" if name == "time" else None, "group": "shop" if name == "group" else None}
    split = split_rows(table, 3, **how, drop=["day", "shop"])
    assert list(split.target.X) == [*table.X.columns.drop(how[name])]


def test_groups_stay_together_and_are_no_feature():
    split = split_rows(target(customer=np.arange(60) % 7), 3, time=None, group="customer")
    assert list(split.target.X) == ["a"]
    assert len(np.unique(split.groups)) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time": "dai", "group": None}, "did you mean 'day'"),
        ({"time": "day", "group": None}, "1 of 60 rows have none that can be read"),
        ({"time": "one", "group": None}, "needs a column of dates or numbers; it holds .'same'"),
        ({"time": None, "group": "one"}, "has 1 group"),
    ],
)
def test_columns_that_cannot_split_are_named(options, message):
    table = target(day=DAYS.where(DAYS.index != 5, "?"), one=["same"] * 60)
    with pytest.raises(TableError, match=message):
        split_rows(table, 3, **options)


@pytest.mark.parametrize("option", [["--time", "day"], ["--group", "customer"]])
def test_the_whole_job(option, tmp_path, capsys):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(size=200).round(3)})
    table["day"] = pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d")
    table["customer"] = np.arange(200) // 4
    table["left"] = np.where(table["age"] + rng.normal(size=200) > 0, "yes", "no")
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "t.csv", index=False)
    arguments = [str(tmp_path / "t.csv"), "--target", "left", "--folds", "2", "--preset", "fast"]
    outputs = ["--epochs", "2", "--json", str(tmp_path / "o.json"), "--save", str(tmp_path / "m")]
    assert main([*arguments, *outputs, *option]) in (0, None)
    out = capsys.readouterr().out
    assert ("folds in time, by 'day'" if option[0] == "--time" else "folds by group") in out
    assert json.loads((tmp_path / "o.json").read_text())[option[0][2:]] == option[1]
    features = table.drop(columns=["left", *([] if option[0] == "--time" else ["customer"])])
    assert load(tmp_path / "m").predict_proba(features).shape == (200, 2)
