import decimal
import os
import pathlib
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import NumberParser, SequenceEncoder, make_preprocessor
from skmultiinput.preprocessing._column_kind import column_facts
from skmultiinput.preprocessing._reading.numbers import (
    is_missing_word,
    number_share,
    parse_number,
    parse_numbers,
)
from skmultiinput.preprocessing._reading.text_counts import TextCounts

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
        ("12,34,567", 1234567),
        ("12,3,567", nan),
        ("12.50-", -12.5),
        ("2-", nan),
        ("-12.50-", nan),
        ("~5", 5),
        ("ca. 5", 5),
        ("#5", 5),
        ("4.5*", 4.5),
        ("4.5[1]", 4.5),
        ("A$5", 5),
        ("Rs. 1,23,456/-", 123456),
        ("₩5", 5),
        ("1.5 x 10^3", 1500),
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
    assert number_share(TextCounts([text]))[0] in (0.0, 1.0)


def test_share_counts_cells_and_leaves_out_what_says_missing():
    assert number_share(TextCounts(["1", "x", "?"], [8, 2, 100])) == (0.8, ".")
    assert number_share(TextCounts(["?", " "])) == (0.0, ".")
    assert number_share(TextCounts(["007", "012"])) == (0.0, ".")
    assert number_share(TextCounts(["0", "0.5", "10"])) == (1.0, ".")
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
    assert [part.decimal for part in parser.formats_] == [",", "."]
    new = pd.DataFrame({"eu": ["1,500"], "us": ["1,500"]})
    assert parser.transform(new).iloc[0].tolist() == [1.5, 1500]


PRICES = np.random.default_rng(0).lognormal(8, 1, 60)
LEFT_ALONE = ([f"{v:.3f}" for v in PRICES], ["0", *(f"{v:.3f}" for v in PRICES)], ["1.250", "900"])


@pytest.mark.parametrize("number", ["{}", "{} kg", "{}/{}"])
def test_words_beside_the_numbers_of_the_fit_need_no_warning(number):
    texts = [number.format(i, i) for i in range(40)]
    parser = NumberParser().fit(pd.DataFrame({"x": [*texts, *["never"] * 5, "tybo"]}))
    assert parser.formats_[0].words == ()  # a word that is seen once may be a slip
    parser = NumberParser().fit(pd.DataFrame({"x": [*texts, *["never"] * 5]}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parser.transform(pd.DataFrame({"x": ["never"]})).isna().all(axis=None)
    with pytest.warns(UserWarning, match="Column 'x': 100% of the cells that are not missing"):
        parser.transform(pd.DataFrame({"x": ["never", "old"]}))


@pytest.mark.parametrize("sign", ["", " km", " €"])
def test_points_separate_thousands(sign):
    texts = [f"{v:,.0f}".replace(",", ".") + sign for v in PRICES]
    assert min(PRICES) < 1000 < max(PRICES)
    numbers = NumberParser().fit_transform(pd.DataFrame({"price": texts}))["price"]
    assert numbers.tolist() == PRICES.round().tolist()


@pytest.mark.parametrize("texts", LEFT_ALONE)
def test_points_that_may_be_decimal_are(texts):
    assert number_share(TextCounts(texts)) == (1, ".")


def test_a_zero_has_no_thousands():
    assert number_share(TextCounts(["0,375", "1,250", "12,000"])) == (1, ",")


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


def read(cells, **options):
    return NumberParser(**options).fit_transform(pd.DataFrame({"x": pd.Series(cells)}))


def test_units_that_cannot_be_converted_are_a_column_each():
    out = read(["3 Seasons", "107 min", "1 Season", "90 min", "unknown", "95 min"])
    assert out.columns.tolist() == ["x_min", "x_season"]
    np.testing.assert_array_equal(out["x_min"], [nan, 107, nan, 90, nan, 95])
    np.testing.assert_array_equal(out["x_season"], [3, nan, 1, nan, nan, nan])


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["81 kg", "75 kg", "60.5kg", "unknown"], [81, 75, 60.5, nan]),
        (["500 g", "1.2 kg", "3 kg"], [0.5, 1.2, 3]),
        (["3.4K", "1.2M", "500"], [3400, 1.2e6, 500]),
        (["1.234,5 kg", "2,5 kg"], [1234.5, 2.5]),
        (["1 star", "4 stars"], [1, 4]),
        (["2h 10m", "1h", "45m"], [7800, 3600, 2700]),
        (["34 min", "5 min"], [2040, 300]),
        (["2:10:00", "30:05:10"], [7800, 108310]),
        (["1:23.4", "12:05.75", "0:59.001"], [83.4, 725.75, 59.001]),
        (["0 days 02:10:00", "1 days 00:05:00"], [7800, 86700]),
        (["<1", "1", "2", ">20"], [0.5, 1, 2, 20.5]),
        (["3 years", "more than 7", "1 year"], [3, 7.5, 1]),
        (["20000 to 29000", "30k-39k"], [24500, 34500]),
        (["[70-80)", "[80-90)"], [75, 85]),
        (["1st", "2nd", "10th"], [1, 2, 10]),
        (["Low", "HIGH", "medium", "n/a"], [0, 2, 1, nan]),
        (["Ex", "Po", "TA", "Gd", "Fa"], [4, 0, 2, 3, 1]),
        (["20 °C", "30°C", "50 °F", "25 °C"], [20, 30, 10, 25]),
        (["85 m²", "100 sqm", "60 m2", "1,076.391 sq ft"], [85, 100, 60, 100]),
        (["900 sqft", "1,200 sq.ft.", "850 square feet"], [900, 1200, 850]),
        (["min. 3 years", "1-2 years", "5+ years"], [3.5, 1.5, 5.5]),
        (["2h10", "1h05", "0h45"], [7800, 3900, 2700]),
        (["1,5 Std.", "2 Std. 30 Min."], [5400, 9000]),
        (["8.1M", "19M"], [8.1e6, 19e6]),
        (["45°", "90°", "12.5°"], [45, 90, 12.5]),
        (["$12/month", "$9.50/month"], [12, 9.5]),
        (["2 Std. 10 Min.", "1 heure et 5 minutes"], [7800, 3900]),
        (["7/10", "10/10", "3/10"], [7, 10, 3]),
        (["18 years old", "1 year old"], [18, 1]),
        (["unter 1 Jahr", "1-3 Jahre", "über 3 Jahre"], [0.5, 2, 3.5]),
        (["P1", "P3", "P2"], [1, 3, 2]),
        (["Stage II", "Stage I", "Stage IV"], [1, 0, 2]),
    ],
)
def test_text_that_holds_numbers_in_every_form(cells, numbers):
    np.testing.assert_allclose(read(cells)["x"], numbers)


def test_times_and_coordinates_are_two_numbers():
    out = read(["06:00", "12:00", "2:00 AM"])
    assert out.columns.tolist() == ["x_sin", "x_cos"]
    np.testing.assert_allclose(out.iloc[:2], [[1, 0], [0, -1]], atol=1e-9)
    out = read(["[40.7, -74.0]", "41.1, -73.9"])
    assert out.to_dict("list") == {"x_0": [40.7, 41.1], "x_1": [-74.0, -73.9]}


SALARIES = [f"${low:,} - ${low + 9500:,}" for low in range(20_000, 80_000, 500)]
PHONES = [
    f"{a}-{b}" for a, b in np.random.default_rng(0).integers([100, 1000], [999, 9999], (120, 2))
]


def test_ranges_of_which_there_are_many_are_read_if_their_ends_agree():
    assert read(SALARIES)["x"].tolist() == list(range(24_750, 84_750, 500))
    assert number_share(TextCounts(PHONES))[0] == 0
    kinds = [column_facts(pd.Series(cells * 2), "x").kind for cells in (SALARIES, PHONES)]
    assert kinds == ["numeric", "high"]


@pytest.mark.parametrize("text", ["{} kW ({} PS)", "{} ({}.5%)", "{}/{}", "{}.5 kg ({} lb)"])
def test_two_numbers_in_a_cell(text):
    out = read([text.format(i, 2 * i) for i in range(30)])
    assert out.columns.tolist() == ["x_0", "x_1"]
    assert out.round().astype(int)["x_1"].iloc[[1, 2, 29]].tolist() == [2, 4, 58]


def test_the_order_that_the_user_gives_takes_precedence():
    out = read(["b", "a", "c", "a"], ordinal={"x": ["c", "b", "a"]})["x"]
    assert out.tolist() == [1, 2, 0, 2]
    ordered = pd.Categorical(["low", "high", "new"], ["new", "low", "high"], ordered=True)
    assert read(ordered)["x"].tolist() == [1, 2, 0]
    assert read(["5", "1", "3"], ordinal={"x": [5, 3, 1]})["x"].tolist() == [0, 2, 1]


def test_whole_numbers_keep_their_order_where_a_gap_makes_them_floats():
    assert read([1, 3, None, 2], ordinal={"x": [3, 2, 1]})["x"].tolist()[:2] == [2, 0]
    ordered = pd.DataFrame({"x": pd.Categorical([1, 2, 3], ordered=True)})
    later = NumberParser().fit(ordered).transform(pd.DataFrame({"x": [3.0, 1.0, nan]}))["x"]
    assert later.tolist()[:2] == [2, 0]


def test_levels_that_an_order_leaves_out_are_named():
    with pytest.warns(UserWarning, match=r"'x': 2 cells hold levels that ordinal= does not list"):
        out = read(["b", "a", "c", "c", None], ordinal={"x": ["a", "b"]})["x"]
    assert out.tolist()[:2] == [1, 0]
    assert out[2:].isna().all()


@pytest.mark.parametrize(
    ("values", "sentinels"),
    [
        ([*range(30), 999, 999, 999], [999]),
        ([*range(30), -999, -999, -999, 9999, 9999, 9999], [-999, 9999]),
        ([*range(30), -32768, -32768, -32768], [-32768]),
        ([*range(60, 90), 99, 99, 99], []),  # not far from the others
        ([*range(30), 999, 999], []),  # not repeated
        ([*range(30), 1000, 1000, 1000], []),  # no such number
        ([*range(0, 3000, 100), 999, 999, 999], []),  # among the others
    ],
)
def test_sentinels(values, sentinels):
    parser = NumberParser().fit(pd.DataFrame({"x": np.array(values, dtype=float)}))
    assert parser.sentinels_ == [sentinels]
    out = parser.transform(pd.DataFrame({"x": [5.0, *sentinels]}))["x"]
    assert out.isna().tolist() == [False, *[True] * len(sentinels)]
    assert not read(np.array(values, dtype=float), sentinels=None)["x"].isna().any()
    assert read(np.array([1.0, 7.0, 7.0]), sentinels=[7])["x"].isna().sum() == 2


@pytest.mark.parametrize(
    ("fitted", "new", "message"),
    [
        ([31.0, 45.0], ["old", "young", "40", None], "67% of the cells .* e.g. '(old|young)'"),
        (["81 kg", "75 kg"], ["12 inches", "13 inches"], r"100% of .*numbers in kg.* '12 inches'"),
        (["2h 10m", "45m"], ["soon", "1h"], None),
        ([31.0, 45.0], [None, "n/a"], None),
    ],
)
def test_a_column_that_cannot_be_read_is_named_once(fitted, new, message):
    parser = NumberParser().fit(pd.DataFrame({"age": fitted}))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parser.transform(pd.DataFrame({"age": new}))
    assert len(caught) == (message is not None)
    if message is not None:
        assert re.search(f"Column 'age': {message}", str(caught[0].message))


@pytest.mark.parametrize("cells", [["1 kg", "500 g"], ["500 g", "1 kg"]])
def test_the_unit_does_not_depend_on_the_order_of_the_rows(cells):
    out = read(cells, sentinels=None)["x"]
    assert dict(zip(cells, out, strict=True)) == {"1 kg": 1000, "500 g": 500}
