"""Columns whose names count the steps of one sequence."""

import numpy as np
import pandas as pd
import pytest

from skmultiinput import describe_columns
from skmultiinput.preprocessing._detection.column_series import find_column_series

MONTHS = ["January", "February", "March", "April"]


@pytest.mark.parametrize(
    "names",
    [
        ["PAY_0", "PAY_2", "PAY_3"],
        ["bill1", "bill2", "bill3"],
        [str(year) for year in range(1962, 2021)],
        ["2019-11", "2019-12", "2020-01", "2020-02"],
        ["2019Q3", "2019Q4", "2020Q1"],
        MONTHS,
        [month[:3].upper() for month in MONTHS],
        [f"sales_{month[:3].lower()}" for month in MONTHS],
        [f"{month} sales" for month in MONTHS],
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    ],
    ids=lambda names: names[0],
)
def test_steps_are_found_in_their_order(names):
    shuffled = [names[i] for i in np.random.default_rng(0).permutation(len(names))]
    assert list(find_column_series(["age", *shuffled, "income"]).values()) == [names]


@pytest.mark.parametrize(
    "names",
    [
        ["Marital", "Decision", "Mayor"],
        ["V1", "V2", "V3"],
        ["x1", "x2", "x3"],
        ["2019-13", "2019-14", "2019-15"],
        ["Jan", "Feb"],
        ["sales_jan", "costs_feb", "tax_mar"],
        ["zone_1", "zone_500", "zone_9000"],
        [1962, 1963, 1964],
    ],
    ids=lambda names: str(names[0]),
)
def test_other_names_are_no_steps(names):
    assert find_column_series(names) == {}


def test_the_description_says_how_to_join_them():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(50, 4)), columns=["1962", "1963", "1964", "age"])
    notes = describe_columns(X).set_index("column")["note"]
    assert "sequence=" in notes["1962"]
    assert "sequence=" not in notes["age"]
