import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput.preprocessing import DatetimeParser
from skmultiinput.preprocessing._reading.dates import (
    FORMATS,
    find_date_formats,
    is_ambiguous,
)
from skmultiinput.preprocessing._reading.text_counts import TextCounts

moments = st.datetimes(pd.Timestamp("1900").to_pydatetime(), pd.Timestamp("2100").to_pydatetime())


@settings(max_examples=60, deadline=None)
@given(st.lists(moments, min_size=1, max_size=5), st.sampled_from(FORMATS[1:]))
def test_dates_written_in_a_known_format_are_found(dates, date_format):
    texts = sorted({date.replace(tzinfo=dt.UTC).strftime(date_format) for date in dates})
    formats, share = find_date_formats(TextCounts(texts))
    assert share == pytest.approx(1)
    # Another format may read all of them as well; it comes first then.
    assert FORMATS.index(formats[0]) <= FORMATS.index(date_format)


@pytest.mark.parametrize("gap", ["n/a", "0000-00-00", "unknown", " "])
def test_words_for_no_date_are_missing_without_a_warning(gap, recwarn):
    parser = DatetimeParser().fit(pd.DataFrame({"since": ["2020-01-31", "2021-05-01"]}))
    dates = parser.transform(pd.DataFrame({"since": [gap, gap, "2020-02-01"]}))
    assert dates["since"].isna().tolist() == [True, True, False]
    assert not recwarn


@pytest.mark.parametrize(
    "texts",
    [["basic", "plus"], ["1.5", "2.25"], ["10", "20"], [""], ["12-A", "3-B"], ["1/2 cup", "3/4"]],
)
def test_other_texts_are_no_dates(texts):
    assert find_date_formats(TextCounts(texts))[1] < 0.5


@pytest.mark.parametrize(
    ("text", "first_day"),
    [
        ("2024Q2", "2024-04-01"),
        ("Q4 2023", "2023-10-01"),
        ("2024-W05", "2024-01-29"),
        ("2024W053", "2024-01-31"),
        ("2024-03", "2024-03-01"),
        ("2024/03", "2024-03-01"),
        ("03.2024", "2024-03-01"),
        ("Mar 2024", "2024-03-01"),
        ("März 2024", "2024-03-01"),
        ("16. Januar 2024", "2024-01-16"),
        ("16 févr. 2024", "2024-02-16"),
        ("1er août 2024", "2024-08-01"),
        ("3 de mayo de 2024", "2024-05-03"),
        ("2024年1月16日", "2024-01-16"),
        ("Tuesday, March 5th, 2024", "2024-03-05"),
        ("16.01.2024, 14:05 Uhr", "2024-01-16 14:05"),
        ("20240116T140500", "2024-01-16 14:05"),
        ("2024-W60", None),
    ],
)
def test_periods_and_months_in_other_languages(text, first_day):
    if first_day is None:
        assert find_date_formats(TextCounts([text]))[0] == ()
        return
    parser = DatetimeParser().fit(pd.DataFrame({"d": [text]}))
    assert parser.transform(pd.DataFrame({"d": [text]}))["d"][0] == pd.Timestamp(first_day)


def test_day_first_is_told_by_the_cells():
    assert find_date_formats(TextCounts(["01/02/2024", "13/02/2024"]))[0] == ("%d/%m/%Y",)
    assert find_date_formats(TextCounts(["02/01/2024", "02/13/2024"]))[0] == ("%m/%d/%Y",)


def test_every_kind_of_date_becomes_a_datetime():
    day = dt.date(2024, 2, 1)
    frame = pd.DataFrame(
        {
            "datetime": pd.to_datetime([day, None]),
            "zone": pd.to_datetime([day, None]).tz_localize("Asia/Tokyo"),
            "period": pd.PeriodIndex(["2024-02", None], freq="M"),
            "object": [day, None],
            "text": ["2024-02-01", None],
            "arrow": pd.Series([pd.Timestamp(day), None], dtype="timestamp[ns][pyarrow]"),
            "category": pd.Categorical(["2024-02-01", None]),
        }
    )
    out = DatetimeParser().fit_transform(frame)
    assert (out.dtypes == "datetime64[ns]").all()
    assert (out.loc[0] == pd.Timestamp(day)).all()
    assert out.loc[1].isna().all()


def test_bad_and_far_dates_become_missing():
    column = ["2024-02-01", "9999-12-31", "0001-01-01", "2024-02-30", "soon", None, " 2024-02-01 "]
    out = DatetimeParser().fit_transform(pd.DataFrame({"d": column}))["d"]
    assert out.isna().tolist() == [False, *[True] * 5, False]


def test_the_hours_are_those_of_the_training_zone():
    noon = pd.Timestamp("2024-02-01 12:00", tz="Europe/Paris")
    parser = DatetimeParser().fit(pd.DataFrame({"d": [noon]}))
    new = pd.DataFrame({"d": [noon.tz_convert("Asia/Tokyo")]})
    assert parser.transform(new)["d"][0] == pd.Timestamp("2024-02-01 12:00")


def test_rows_that_are_all_missing_can_be_read():
    parser = DatetimeParser().fit(pd.DataFrame({"d": ["2024-02-01"]}))
    for cell in (None, np.nan, pd.NaT):
        assert parser.transform(pd.DataFrame({"d": [cell]}))["d"].isna().all()


def test_no_dates_is_an_error_that_names_the_column():
    with pytest.raises(ValueError, match="Column 'd': no cell could be read as a date"):
        DatetimeParser().fit(pd.DataFrame({"d": ["a", "b"]}))


def test_a_format_of_ones_own():
    out = DatetimeParser(format="%Y%m").fit_transform(pd.DataFrame({"d": ["202402", "2024"]}))["d"]
    assert out[0] == pd.Timestamp("2024-02-01")


def test_mixed_formats_are_read_cell_by_cell():
    cells = ["2024-05-13"] * 10 + ["14/05/2024"] * 8 + ["June 15, 2024"] * 5 + ["soon"]
    parser = DatetimeParser()
    out = parser.fit_transform(pd.DataFrame({"d": cells}))["d"]
    assert parser.formats_ == [("ISO8601", "%d/%m/%Y", "%B %d, %Y")]
    assert out.dt.day.iloc[[0, 10, 18]].tolist() == [13, 14, 15]
    assert out.isna().sum() == 1


def test_the_day_is_first_if_the_user_says_so():
    table = pd.DataFrame({"d": ["02/01/2020", "03/04/2020"]})
    assert DatetimeParser().fit_transform(table)["d"].dt.month.tolist() == [2, 3]
    assert DatetimeParser(day_first=True).fit_transform(table)["d"].dt.month.tolist() == [1, 4]
    assert is_ambiguous(table["d"], ["%m/%d/%Y"])
    assert not is_ambiguous(["02/01/2020", "03/24/2020"], ["%m/%d/%Y"])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([20200131, 20201231], "2020-01-31"),
        (["20200131", "20201231"], "2020-01-31"),
        ([20200131.0, np.nan], "2020-01-31"),
        ([1580428800, 1583020800], "2020-01-31"),
        ([1580428800000, 1583020800000], "2020-01-31"),
    ],
)
def test_numbers_that_are_dates(cells, expected):
    out = DatetimeParser().fit_transform(pd.DataFrame({"d": cells}))["d"]
    assert out[0] == pd.Timestamp(expected)


def test_a_column_of_another_format_is_named_when_it_is_transformed():
    parser = DatetimeParser().fit(pd.DataFrame({"d": ["2024-02-01", "2024-02-02"]}))
    with pytest.warns(UserWarning, match=r"Column 'd': 67% of the cells .* e.g. '13/05/2024'"):
        parser.transform(pd.DataFrame({"d": ["13/05/2024", "14/05/2024", "2024-01-01", None]}))


def test_words_beside_the_dates_of_the_fit_need_no_warning(recwarn):
    parser = DatetimeParser().fit(
        pd.DataFrame({"d": ["01.2024", "02.2024", "12.2025", *["new"] * 3]})
    )
    assert parser.words_ == [("new",)]
    assert parser.transform(pd.DataFrame({"d": ["new"]})).isna().all(axis=None)
    assert not recwarn
    with pytest.warns(UserWarning, match="Column 'd': 100% of the cells"):
        parser.transform(pd.DataFrame({"d": ["new", "old"]}))


def test_digits_that_are_no_number_are_no_date():
    with pytest.raises(ValueError, match=r"'d': no cell could be read as a date, e\.g\. '²'"):
        DatetimeParser().fit(pd.DataFrame({"d": ["²", "³"]}))


def test_objects_with_a_time_zone_keep_its_hours():
    noon = pd.Timestamp("2020-01-01 12:00", tz="Asia/Tokyo")
    table = pd.DataFrame({"d": pd.Series([noon, None], dtype=object)})
    parser = DatetimeParser().fit(table)
    assert parser.transform(table)["d"].iloc[0].hour == 12
    utc = pd.DataFrame({"d": pd.Series([noon.tz_convert("UTC")])})
    assert parser.transform(utc)["d"].iloc[0].hour == 12
