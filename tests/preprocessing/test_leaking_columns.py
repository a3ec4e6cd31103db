"""Columns that give the target away are named; others, however good, are not."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from skmultiinput import make_customers
from skmultiinput.preprocessing import describe_columns
from skmultiinput.preprocessing._leaking_columns import column_scores, likely_leaks

N = 600
RNG = np.random.default_rng(0)
LEFT = RNG.random(N) < 0.25
PRICE = np.exp(RNG.normal(10, 1, N))
HONEST = pd.DataFrame(
    {
        "age": RNG.integers(18, 90, N) + 10 * LEFT,
        "city": RNG.choice([f"city {i}" for i in range(40)], N),
        "row": [f"r{i}" for i in range(N)],
        "noise": RNG.normal(size=N),
        "list": [[1, 2]] * N,
    }
)


def leaks(column, y, **options):
    return likely_leaks(column_scores(HONEST.assign(leak=column), y, **options))


@pytest.mark.parametrize(
    "column",
    [
        LEFT,
        np.where(LEFT, "yes", "no"),
        np.where(LEFT, RNG.choice(["price", "moved"], N), None),
        np.where(LEFT, RNG.choice([3, 8, 15], N), RNG.choice([1, 7, 20], N)),
        pd.Series(pd.Timestamp("2024-01-01"), range(N)).mask(LEFT),
        LEFT + RNG.normal(0, 0.1, N),
        -1000.0 * LEFT + RNG.normal(0, 1, N),
        pd.Categorical(np.where(LEFT, "closed", "open")),
        pd.array(np.where(LEFT, 1, None), dtype="Int64"),
    ],
    ids=["copy", "words", "reason", "codes", "date", "score", "falling", "category", "nullable"],
)
def test_what_gives_classes_away(column):
    found = leaks(column, np.where(LEFT, "left", "stayed"))
    assert found.index.tolist() == ["leak"]
    assert found.iloc[0] > 0.98


@pytest.mark.parametrize(
    "column",
    [
        PRICE * 1.2 + 3,
        np.log(PRICE),
        -PRICE.round(-2),
        [f"£{price:,.2f}" for price in PRICE],
        pd.Series(PRICE).mask(RNG.random(N) < 0.1),
    ],
    ids=["units", "log", "rounded", "text", "gaps"],
)
def test_what_gives_a_quantity_away(column):
    assert leaks(column, PRICE).index.tolist() == ["leak"]


def test_of_several_classes_and_targets():
    classes = RNG.integers(4, size=N)
    assert leaks(classes * 7, classes).index.tolist() == ["leak"]
    targets = np.column_stack([RNG.normal(size=N), PRICE])
    assert leaks(PRICE, targets).index.tolist() == ["leak"]


def test_a_score_far_above_all_others():
    good = pd.Series({"rating": 0.97, "age": 0.6, "list": np.nan})
    assert likely_leaks(good).index.tolist() == ["rating"]
    assert likely_leaks(good[["rating"]]).empty
    assert likely_leaks(good.replace(0.6, 0.8)).empty


def test_no_false_alarm():
    assert likely_leaks(column_scores(HONEST, LEFT)).empty
    assert likely_leaks(column_scores(HONEST, PRICE)).empty
    for load in (load_iris, load_breast_cancer):
        assert likely_leaks(column_scores(*load(return_X_y=True, as_frame=True))).empty
    assert likely_leaks(column_scores(*make_customers(1000, random_state=0))).empty
    # Ids tell one row from another and nothing else; few rows tell nothing.
    assert column_scores(HONEST, LEFT)["row"] < 0.6
    assert column_scores(HONEST[:20], LEFT[:20]).isna().all()
    rare = np.arange(N) < 3
    assert column_scores(HONEST.assign(copy=rare), rare).isna().all()


def test_the_cost_is_bounded(monkeypatch):
    lengths = []
    original = pd.factorize
    monkeypatch.setattr(
        pd, "factorize", lambda x, **kw: lengths.append(len(x)) or original(x, **kw)
    )
    y = np.arange(100_000) % 2 == 0
    scores = column_scores(pd.DataFrame({"a": y, "b": ~y}), y)
    assert scores.tolist() == [1.0, 1.0]
    assert set(lengths) == {20_000}
    wide = pd.DataFrame(np.repeat(y[:2000, None], 3000, axis=1))
    lengths.clear()
    assert (column_scores(wide, y[:2000]) == 1.0).all()
    assert set(lengths) == {1333}


DATA = Path(os.environ.get("SKMULTIINPUT_DATA", "no data"))


@pytest.mark.skipif(not DATA.is_dir(), reason="SKMULTIINPUT_DATA is no folder")
def test_public_tables():
    churn = pd.read_csv(DATA / "telco_churn" / "Telco-Customer-Churn.csv")
    assert likely_leaks(column_scores(churn, churn.pop("Churn"))).empty
    adult = pd.read_csv(DATA / "adult" / "adult-train.csv.gz", header=None, skipinitialspace=True)
    assert likely_leaks(column_scores(adult, adult.pop(14))).empty
    clothing = pd.read_csv(DATA / "womens_clothing" / "womens_clothing.csv.gz")
    leaks = likely_leaks(column_scores(clothing, clothing.pop("Recommended IND")))
    assert leaks.index.tolist() == ["Rating"]
    calls = pd.read_csv(DATA / "bank_marketing" / "bank-additional-full.csv.gz", sep=";")
    scores = column_scores(calls, calls.pop("y"))
    assert scores.idxmax() == "duration"  # the best column, but far from all there is to know
    assert likely_leaks(scores).empty


def test_described_with_the_target():
    table = HONEST[["age", "city"]].assign(reason=np.where(LEFT, "moved", None))
    described = describe_columns(table, LEFT).set_index("column")
    assert described["note"]["reason"].startswith("likely leak: predicts the target by itself")
    assert "leak" not in described["note"]["age"]
    assert described["score"]["reason"] > 0.98
    assert described["score"]["city"] < 0.6
    assert "score" not in describe_columns(table)
    assert describe_columns(table.to_numpy(), LEFT)["score"].max() > 0.98
    with pytest.raises(ValueError, match="missing value in 1 of 600 rows"):
        describe_columns(table, pd.Series(LEFT, dtype="boolean").mask(np.arange(N) == 5))
    with pytest.raises(ValueError, match="600 rows in X, 599 in y"):
        describe_columns(table, LEFT[1:])
