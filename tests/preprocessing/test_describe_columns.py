import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmultiinput.preprocessing import describe_columns, make_preprocessor

N = 40
TABLE = pd.DataFrame(
    {
        "age": [30.0, None] * (N // 2),
        "plan": ["a", "b", "c", None] * (N // 4),
        "town": [f"t{i % 15}" for i in range(N)],
        "total": ["1,200", " ", "?", "80"] * (N // 4),
        "version": ["1"] * N,
        "customer": [f"c{i}" for i in range(N)],
    }
)
Y = np.arange(N) % 2


def described(*, columns=None, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = describe_columns(make_preprocessor(**options).fit(TABLE, Y))
    return table if columns is None else table[columns]


def test_what_is_told_of_each_column():
    table = described().set_index("column")
    assert table["group"].to_dict() == {
        "age": "numeric",
        "plan": "onehot",
        "town": "target",
        "total": "numeric",
        "version": "dropped",
        "customer": "dropped",
    }
    assert table.loc["plan", ["missing", "levels"]].tolist() == [10, 3]
    assert table.loc["total", "missing"] == 20
    assert table.loc["total", "note"] == "numbers written as text"
    assert table.loc["version", "note"] == "one value in every row"
    assert "every row" in table.loc["customer", "note"]


def test_a_column_in_two_groups_has_two_rows():
    table = described(high_cardinality="embedding+target")
    assert table.loc[table["column"] == "town", "group"].tolist() == ["category", "target"]


def test_columns_that_were_named():
    table = described(drop=["town", "customer"], numeric=["version"]).set_index("column")
    shown = table.loc["town", ["kind", "group", "note"]].tolist()
    assert shown == ["dropped", "dropped", "named in drop="]
    assert table.loc["version", "group"] == "numeric"


@pytest.mark.parametrize("columns", [["age"], [0], slice(0, 1), "age", [True] + [False] * 5])
def test_a_transformer_made_by_hand(columns):
    scale = StandardScaler()
    if isinstance(columns, str):
        columns = [columns]
    fitted = ColumnTransformer([("n", scale, columns), ("o", OneHotEncoder(), ["plan"])]).fit(TABLE)
    table = describe_columns(fitted)
    assert table["column"].tolist() == TABLE.columns.tolist()
    assert table["group"].tolist() == ["n", "o", *["dropped"] * 4]
    assert table["missing"].isna().all()
    assert table.loc[table["column"] == "town", "note"].tolist() == ["in no group"]


def test_tables_without_names():
    rng = np.random.default_rng(0)
    fitted = make_preprocessor().fit(rng.normal(size=(30, 2)))
    table = describe_columns(fitted)
    assert table["column"].tolist() == [0, 1]
    assert table["dtype"].tolist() == ["float64"] * 2


def test_an_array_has_no_more_columns_for_one_in_two_groups():
    codes = np.array([101, 250, 777, 4200, 91000, 200, 310, 5555, 640, 8000])
    X = np.column_stack([np.tile(codes, 40), np.random.default_rng(0).normal(size=400)])
    described = describe_columns(X)
    assert described["column"].tolist() == [0, 0, 1]
    assert described["kind"].tolist() == ["code", "code", "numeric"]


def test_unfitted():
    with pytest.raises(NotFittedError):
        describe_columns(make_preprocessor())


def test_a_raw_table():
    table = describe_columns(TABLE).set_index("column")
    assert table["group"].to_dict() == described().set_index("column")["group"].to_dict()
    assert table.loc["town", "kind"] == "target-encoded"
    assert table.loc["plan", "kind"] == "one-hot"
    assert (table[["evidence", "treatment", "alternatives"]] != "").all().all()
    assert "target-encoded" in table._repr_html_()
    assert describe_columns(np.ones((5, 2)))["group"].tolist() == ["dropped", "dropped"]


def test_what_is_noted():
    n = 60
    table = pd.DataFrame(
        {
            "day": ["02/01/2020", "03/04/2020"] * (n // 2),
            "depth": [*np.linspace(0, 9.5, n - 3), -999, -999, -999],
            "source": ["Select", "web", "ad"] * (n // 3),
            "bins": [str(i % 9 * 7) for i in range(n - 6)] + ["Others"] * 6,
            "PAY_1": np.arange(n) % 7 + 0.5,
            "PAY_2": np.arange(n) % 5 + 0.5,
            "PAY_3": np.arange(n) % 3 + 0.5,
            "Jan": np.arange(n) % 3 == 0,
            "Feb": (np.arange(n) % 3 == 1) * 1,
            "Mar": (np.arange(n) % 3 == 2) * 1.0,
            "year": [92, 95, 99] * (n // 3),
        }
    )
    notes = describe_columns(table).groupby("column")["note"].first()
    assert "day_first=True" in notes["day"]
    assert "-999 read as missing (3 cells)" in notes["depth"]
    assert "'Select' (20 cells) may mean missing" in notes["source"]
    assert "'Others' (6 cells) kept as levels" in notes["bins"]
    assert "PAY_1 to PAY_3 may be one sequence" in notes["PAY_2"]
    # Neither indicators of months, nor a year far from the others.
    assert notes[["Feb", "Mar", "year"]].tolist() == ["", "", ""]


def test_a_model_with_a_preprocessor_inside_is_described_by_it():
    table = TABLE[["age", "plan", "town"]]
    preprocess = make_preprocessor()
    model = make_pipeline(preprocess, DummyClassifier())
    expected = describe_columns(make_preprocessor().fit(table, Y))
    search = GridSearchCV(model, {"dummyclassifier__strategy": ["prior"]}, cv=2)
    for fitted in (model.fit(table, Y), search.fit(table, Y)):
        pd.testing.assert_frame_equal(describe_columns(fitted), expected)
    with pytest.raises(NotFittedError):
        describe_columns(make_pipeline(make_preprocessor(), DummyClassifier()))
    with pytest.raises(ValueError, match=r"fitted ColumnTransformer.*DummyClassifier has none"):
        describe_columns(DummyClassifier().fit(table, Y))
