import datetime as dt
import decimal
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from strategies import category_columns, date_columns, number_columns

from skmultiinput.preprocessing._column_kind import column_facts

N = 120
RNG = np.random.default_rng(0)


def repeat(*cells, dtype=object):
    return pd.Series(list(cells) * (N // len(cells)), dtype=dtype)


def objects(make):
    cells = np.empty(N, dtype=object)
    for i in range(N):
        cells[i] = make(i)
    return pd.Series(cells)


def combined(i, separator):
    return separator.join(level for bit, level in enumerate("abcdef") if i % 64 >> bit & 1)


KINDS = {
    "float": (pd.Series(RNG.normal(size=N)), "numeric"),
    "all different floats": (pd.Series(np.arange(N) + 0.5), "numeric"),
    "counts": (repeat(0, 1, 2, 50, dtype="int64"), "numeric"),
    "flag of numbers": (repeat(0, 1, dtype="int64"), "numeric"),
    "all different and far apart": (pd.Series(RNG.permutation(N) * 1000), "numeric"),
    "Int64": (repeat(1, None, 3, dtype="Int64"), "numeric"),
    "arrow int": (repeat(1, None, 3, dtype="int64[pyarrow]"), "numeric"),
    "decimals": (repeat(decimal.Decimal("1.5"), decimal.Decimal(2)), "numeric"),
    "spans": (pd.Series(pd.to_timedelta(np.arange(N) % 7, unit="h")), "numeric"),
    "one value and gaps": (repeat(1.0, None, dtype="float64"), "numeric"),
    "text numbers": (repeat("1,234", "?", "$5", " "), "numeric"),
    "numbers and question marks": (repeat(3, "?", 4.5), "numeric"),
    "bool": (repeat(True, False, dtype=bool), "onehot"),
    "boolean": (repeat(True, None, dtype="boolean"), "onehot"),
    "objects of bool": (repeat(True, False, None), "onehot"),
    "words": (repeat("a", "b", None), "onehot"),
    "string": (repeat("a", "b", None, dtype="string"), "onehot"),
    "few long sentences": (repeat("this is a rather long answer", "this is the other"), "onehot"),
    "codes": (repeat("02139", "10001", "00501"), "onehot"),
    "category": (repeat("a", "b", dtype="category"), "onehot"),
    "category of numbers": (repeat(1, 2, dtype="category"), "onehot"),
    "seasons": (repeat("2020/21", "2021/22", "2022/23"), "onehot"),
    "towns": (pd.Series([f"town {i % 40}" for i in range(N)]), "high"),
    "datetime": (pd.Series(pd.date_range("2024", periods=N)), "date"),
    "zone": (pd.Series(pd.date_range("2024", periods=N, tz="Asia/Tokyo")), "date"),
    "period": (pd.Series(pd.period_range("2000", periods=N, freq="M")), "date"),
    "date objects": (repeat(dt.date(2024, 1, 1), dt.date(2024, 1, 2), None), "date"),
    "text dates": (repeat("2024-01-01", "2024-02-01", None, ""), "date"),
    "reviews": (objects(lambda i: f"order {i} came late and it was broken again"), "text"),
    "short titles": (objects(lambda i: f"love this {i}"), "text"),
    "unspaced reviews": (objects(lambda i: f"この商品{i}はとても良いです。また買います"), "text"),
    "several levels": (objects(lambda i: combined(i, ";")), "sequence"),
    "several levels, commas": (objects(lambda i: combined(i, ", ")), "sequence"),
    "cities of states": (objects(lambda i: f"city{i % 40}, state{i % 40 % 12}"), "high"),
    "names in order": (objects(lambda i: f"Bell{i}, Ann"), "identifier"),
    "lists": (objects(lambda i: list(range(i % 5))), "sequence"),
    "tuples and gaps": (objects(lambda i: (1.0, 2.0) if i % 2 else None), "sequence"),
    "series of vectors": (objects(lambda i: np.ones((i % 5 + 1, 2))), "sequence"),
    "long series of vectors": (objects(lambda i: np.ones((100, 9))), "sequence"),
    "grey pictures": (objects(lambda i: np.ones((8, 8))), "image"),
    "pictures": (objects(lambda i: np.ones((4, 4, 3))), "image"),
    "pillow": (objects(lambda i: Image.new("RGB", (4, 4))), "image"),
    "files": (objects(lambda i: f"photos/{i}.JPG"), "image"),
    "paths": (objects(lambda i: pathlib.Path(f"{i}.png")), "image"),
    "constant": (repeat("x"), "constant"),
    "constant number": (repeat(7, dtype="int64"), "constant"),
    "all missing": (repeat(None), "constant"),
    "all NaN": (repeat(np.nan, dtype="float64"), "constant"),
    "blank": (repeat("", "  "), "constant"),
    "customer": (objects(lambda i: f"{i:04d}-XYZ"), "identifier"),
    "names": (objects(lambda i: f"Ann Bell{i}"), "identifier"),
    "row number": (pd.Series(RNG.permutation(N)), "identifier"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind(name):
    column, kind = KINDS[name]
    assert column_facts(column, name).kind == kind


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("user_id", pd.Series(np.arange(N) % 50), "high"),
        ("productID", pd.Series(np.arange(N) % 50), "high"),
        ("Clothing ID", pd.Series(np.arange(N) % 50), "high"),
        ("zip", pd.Series(np.arange(N) % 5), "onehot"),
        ("id", pd.Series((np.arange(N) % 50).astype(float)).mask(np.arange(N) == 3), "high"),
        ("user_id", pd.Series([str(i % 50) for i in range(N)]), "high"),
        ("EmployeeNumber", pd.Series(RNG.permutation(N) * 1000), "identifier"),
        ("customerId", pd.Series(RNG.permutation(N) * 1000), "identifier"),
        ("Unnamed: 0", pd.Series(np.arange(N)), "identifier"),
        ("paid", pd.Series(np.arange(N) % 50), "numeric"),
        ("width", pd.Series(np.arange(N) % 50), "numeric"),
        ("number of visits", pd.Series(np.arange(N) % 50), "numeric"),
        ("id", pd.Series(np.arange(N) % 50 + 0.5), "numeric"),
    ],
)
def test_names_tell_ids_from_measurements(name, column, kind):
    assert column_facts(column, name).kind == kind


def test_what_is_counted():
    facts = column_facts(pd.Series(["1", "?", None, " ", "x", *["2"] * 95]), "n")
    assert (facts.kind, facts.missing, facts.levels) == ("code", 4, 4)
    facts = column_facts(pd.Series(["a", None, "b", "a"], dtype=object), "c")
    assert (facts.kind, facts.missing, facts.levels, facts.dtype) == ("onehot", 1, 2, "object")
    assert column_facts(pd.Series([1.5, None, 2.5]), "f").missing == 1


def test_the_threshold():
    column = pd.Series([f"t{i % 9}" for i in range(N)])
    assert column_facts(column, "c").kind == "high"
    assert column_facts(column, "c", cardinality_threshold=9).kind == "onehot"


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (repeat("a", 1, 2.5), r"'c' mixes float \(40 cells, e.g. 2.5\), int .* and str"),
        (repeat(True, "yes"), r"'c' mixes bool .* and str"),
        (repeat([1], "a"), r"'c' mixes list .* and str"),
        (objects(lambda i: {"k": i}), r"'c' holds cells of type dict .* pandas.json_normalize"),
        (objects(lambda i: [{"k": i}]), r"'c' holds cells of type list of dict .* one field"),
        (objects(lambda i: np.array([{"k": i}])), r"'c' holds cells of type ndarray of dict"),
        (objects(lambda i: b"\xff"), r"'c' holds cells of type bytes"),
        (pd.Series(np.ones(N) * 1j), r"'c' holds complex numbers"),
    ],
)
def test_cells_that_are_of_no_use_are_named(column, message):
    with pytest.raises(TypeError, match=f"Column {message}"):
        column_facts(column, "c")


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(category_columns(20), number_columns(20), date_columns(20)),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_plays_no_part(column, random):
    order = list(range(len(column)))
    random.shuffle(order)
    try:
        facts = column_facts(column, "c")
    except TypeError:
        with pytest.raises(TypeError):
            column_facts(column.iloc[order], "c")
    else:
        assert column_facts(column.iloc[order], "c") == facts
