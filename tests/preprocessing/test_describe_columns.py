import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
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
    assert table.loc["town", ["group", "note"]].tolist() == ["dropped", "in no group"]
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


def test_tables_without_names():
    rng = np.random.default_rng(0)
    fitted = make_preprocessor().fit(rng.normal(size=(30, 2)))
    table = describe_columns(fitted)
    assert table["column"].tolist() == [0, 1]
    assert table["dtype"].tolist() == ["float64"] * 2


def test_unfitted():
    with pytest.raises(NotFittedError):
        describe_columns(make_preprocessor())
