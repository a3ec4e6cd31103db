import decimal
import os
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import NumberParser, SequenceEncoder, make_preprocessor
from skmultiinput.preprocessing._reading.numbers import (
    is_missing_word,
    number_share,
    parse_number,
    parse_numbers,
)

DATA = pathlib.Path(os.environ.get("SKMULTIINPUT_DATA", "../shared/data"))
nan = np.nan


@parametrize_with_checks([NumberParser()])
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        (" 7 ", 7),
        ("1,234", 1234),
        ("1,234,567.5", 1234567.5),
        ("1 234", 1234),
        ("1'234", 1234),
        ("$5", 5),
        ("-$5.50", -5.5),
        ("$ -5", -5),
        ("€3", 3),
        ("3 EUR", 3),
        ("12%", 12),
        ("-1.5", -1.5),
        ("+2", 2),
        ("\u22123", -3),
        ("(3.5)", -3.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("1,23", nan),
        ("12,34,567", nan),
        ("1.2.3", nan),
        ("", nan),
        ("?", nan),
        ("n/a", nan),
        ("--5", nan),
        ("(5", nan),
        ("abc", nan),
        ("1a", nan),
        ("2024-01-02", nan),
        ("inf", nan),
    ],
)
def test_numbers_as_people_write_them(text, number):
    np.testing.assert_array_equal(parse_number(text), number)


def test_many_at_once_are_read_as_one_by_one():
    texts = ["5", " 7 ", "1,234", "$5", "?", "x", "-1e3", "(2)", "inf", "1.5%"]
    np.testing.assert_array_equal(parse_numbers(texts), [parse_number(t) for t in texts])


@settings(max_examples=100, deadline=None)
@given(st.floats(-1e12, 1e12).map(lambda x: round(x, 2)), st.sampled_from("$€"))
def test_written_and_read_again(number, sign):
    for text in (f"{number:,.2f}", f"{number:.2f}", f" {number:,.2f}%", f"{sign}{number:,.2f}"):
        assert parse_number(text) == number
    european = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_number(european, decimal=",") == number


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=50))
def test_no_text_raises(text):
    assert np.isfinite(parse_number(text)) or np.isnan(parse_number(text))
    assert number_share([text])[0] in (0.0, 1.0)


def test_share_counts_cells_and_leaves_out_what_says_missing():
    assert number_share(["1", "x", "?"], [8, 2, 100]) == (0.8, ".")
    assert number_share(["?", " "]) == (0.0, ".")
    assert number_share(["007", "012"]) == (0.0, ".")
    assert number_share(["0", "0.5", "10"]) == (1.0, ".")
    assert is_missing_word(" N/A ")


def test_every_dtype_becomes_float():
    frame = pd.DataFrame(
        {
            "int": [1, 2, 3],
            "float": np.array([1, nan, 3], dtype="float32"),
            "bool": [True, False, True],
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "arrow": pd.Series([1, None, 3], dtype="int64[pyarrow]"),
            "decimal": [decimal.Decimal("1.5"), None, decimal.Decimal(3)],
            "span": pd.to_timedelta([1, None, 3], unit="s"),
            "string": pd.array(["1", None, "3"], dtype="string"),
            "category": pd.Categorical(["1,000", None, "3"]),
            "mixed": pd.Series([1, "?", "3"], dtype=object),
        }
    )
    out = NumberParser().fit_transform(frame)
    assert (out.dtypes == np.float64).all()
    assert out.loc[0].tolist() == [1, 1, 1, 1, 1, 1, 1.5, 1, 1, 1000, 1]
    assert out.loc[1].isna().tolist() == [False, True, False, *[True] * 8]
    pd.testing.assert_frame_equal(NumberParser().fit(frame).transform(frame.iloc[:1]), out.iloc[:1])


def test_the_decimal_mark_is_learned():
    train = pd.DataFrame({"eu": ["1,5", "2,25", "1.000"], "us": ["1,500", "2.25", "3"]})
    parser = NumberParser().fit(train)
    assert parser.decimals_ == [",", "."]
    new = pd.DataFrame({"eu": ["1,500"], "us": ["1,500"]})
    assert parser.transform(new).iloc[0].tolist() == [1.5, 1500]


def test_what_cannot_be_read_later_is_missing():
    parser = NumberParser().fit(pd.DataFrame({"a": [1.0, 2.0]}))
    new = pd.DataFrame({"a": ["3", "three", None]})
    np.testing.assert_array_equal(parser.transform(new)["a"], [3, nan, nan])


def test_wrong_cells_are_named():
    with pytest.raises(ValueError, match="Column 'b' contains infinity in row 1"):
        NumberParser().fit(pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, -np.inf]}))
    with pytest.raises(TypeError, match=r"Column 'a' holds list \[1\]"):
        NumberParser().fit(pd.DataFrame({"a": [[1], 2]}))


@pytest.mark.skipif(not (DATA / "telco_churn").is_dir(), reason="real data: SKMULTIINPUT_DATA")
def test_telco_total_charges():
    table = pd.read_csv(DATA / "telco_churn" / "Telco-Customer-Churn.csv")
    out = NumberParser().fit_transform(table[["TotalCharges"]])["TotalCharges"]
    blank = table["TotalCharges"].str.strip() == ""
    assert blank.sum() == 11
    assert (out.isna() == blank).all()
    np.testing.assert_array_equal(out[~blank], table["TotalCharges"][~blank].astype(float))


@pytest.mark.parametrize("cell", [10**400, -(10**400), str(10**400), "1e999"])
def test_numbers_beyond_64_bits_are_missing(cell):
    cells = [1, 2.5, cell] if isinstance(cell, int) else ["1", "2.5", cell]
    table = pd.DataFrame({"n": pd.Series(cells, dtype=object)})
    assert NumberParser().fit_transform(table)["n"].isna().tolist() == [False, False, True]
    frame = make_preprocessor(scaling=None, numeric=["n"]).fit_transform(pd.concat([table] * 5))
    assert frame["numeric__missingindicator_n"].sum() == 5


def test_a_number_beyond_64_bits_in_a_sequence_is_named():
    with pytest.raises(ValueError, match="larger in row 1 of column 'usage'"):
        SequenceEncoder().fit(pd.Series([[1], [2, 10**400]], name="usage"))
