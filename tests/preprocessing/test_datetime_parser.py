import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput.preprocessing import DatetimeParser
from skmultiinput.preprocessing._reading.dates import FORMATS, find_date_format

moments = st.datetimes(pd.Timestamp("1900").to_pydatetime(), pd.Timestamp("2100").to_pydatetime())


@settings(max_examples=60, deadline=None)
@given(st.lists(moments, min_size=1, max_size=5), st.sampled_from(FORMATS[1:]))
def test_dates_written_in_a_known_format_are_found(dates, date_format):
    texts = sorted({date.strftime(date_format) for date in dates})
    found, share = find_date_format(texts)
    assert share == 1
    # Another format may read all of them as well; it comes first then.
    assert FORMATS.index(found) <= FORMATS.index(date_format)


@pytest.mark.parametrize(
    "texts",
    [["basic", "plus"], ["1.5", "2.25"], ["10", "20"], [""], ["12-A", "3-B"], ["1/2 cup", "3/4"]],
)
def test_other_texts_are_no_dates(texts):
    assert find_date_format(texts)[1] < 0.5


def test_day_first_is_told_by_the_cells():
    assert find_date_format(["01/02/2024", "13/02/2024"])[0] == "%d/%m/%Y"
    assert find_date_format(["02/01/2024", "02/13/2024"])[0] == "%m/%d/%Y"


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
