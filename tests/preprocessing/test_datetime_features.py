import pickle

import numpy as np
import pandas as pd
import pytest
from skrub import DatetimeEncoder

from skmultiinput.preprocessing import DatetimeFeatures

DATES = pd.DataFrame(
    {
        "signup": pd.to_datetime(["2024-01-01", "2024-12-31", None, "2023-06-15"]),
        "login": pd.date_range("2024-01-01 05:00", periods=4, freq="37h"),
    }
)


def test_equals_skrub_column_by_column_with_one_flag_for_gaps():
    encoder = DatetimeFeatures(DatetimeEncoder(periodic_encoding="circular")).fit(DATES)
    out = encoder.transform(DATES)
    for name in DATES:
        expected = DatetimeEncoder(periodic_encoding="circular").fit_transform(DATES[name])
        pd.testing.assert_frame_equal(out[expected.columns], expected.astype(np.float32))
    assert out["signup_missing"].tolist() == [0, 0, 1, 0]
    assert "login_missing" not in out
    assert encoder.get_feature_names_out().tolist() == out.columns.tolist()
    assert (out.dtypes == np.float32).all()


def test_columns_do_not_change_each_other():
    more = DATES.assign(birth=pd.to_datetime(["1990-01-01", None, "1950-05-05", "2000-02-29"]))
    for base in (None, DatetimeEncoder(resolution="second"), DatetimeEncoder(resolution=None)):
        out = DatetimeFeatures(base).fit_transform(more)
        for name in more:
            alone = DatetimeFeatures(base).fit_transform(more[[name]])
            pd.testing.assert_frame_equal(out[alone.columns], alone)


TRIPS = pd.DataFrame({"start": pd.date_range("2024-01-01", periods=50, freq="37h")})
TRIPS["end"] = TRIPS["start"] + pd.to_timedelta(np.arange(50) % 7, unit="D")
TRIPS.loc[3, "end"] = pd.NaT


def test_days_between_dates_that_go_together():
    out = DatetimeFeatures().fit_transform(TRIPS)
    days = (TRIPS["end"] - TRIPS["start"]) / pd.Timedelta("1D")
    np.testing.assert_allclose(out["days_start_to_end"], days, atol=1e-3)
    turned = DatetimeFeatures().fit_transform(TRIPS[["end", "start"]])
    pd.testing.assert_frame_equal(turned[out.columns], out)
    assert "days_start_to_end" not in DatetimeFeatures(differences=False).fit_transform(TRIPS)
    apart = TRIPS.assign(start=TRIPS["start"].to_numpy()[::-1])
    assert not DatetimeFeatures().fit(apart).pairs_
    assert not DatetimeFeatures().fit(TRIPS.assign(end=pd.NaT)).pairs_


def test_of_many_dates_each_is_compared_with_the_next_one():
    steps = {f"d{i % 7}": TRIPS["start"] + pd.Timedelta(days=i % 7) for i in range(3, 10)}
    names = DatetimeFeatures().fit(pd.DataFrame(steps)).get_feature_names_out()
    assert [n for n in names if n.startswith("days")] == [
        f"days_d{i}_to_d{i + 1}" for i in range(6)
    ]


def test_days_between_dates_of_which_one_has_a_time_zone():
    mixed = TRIPS.assign(end=TRIPS["end"].dt.tz_localize("Asia/Tokyo"))
    days = DatetimeFeatures().fit_transform(mixed)["days_start_to_end"]
    expected = DatetimeFeatures().fit_transform(TRIPS)["days_start_to_end"] - 9 / 24
    np.testing.assert_allclose(days, expected, atol=1e-3)


def test_the_end_of_a_year_stands_next_to_its_start():
    parts = DatetimeFeatures().fit_transform(DATES)
    month = parts[["signup_month_circular_0", "signup_month_circular_1"]].to_numpy()
    new_year = np.linalg.norm(month[0] - month[1])
    summer = np.linalg.norm(month[0] - month[3])
    assert new_year < summer / 3


def test_one_row_and_all_missing():
    encoder = pickle.loads(pickle.dumps(DatetimeFeatures().fit(DATES)))
    pd.testing.assert_frame_equal(encoder.transform(DATES.iloc[[1]]), encoder.transform(DATES)[1:2])
    gap = pd.DataFrame({"signup": [pd.NaT], "login": [pd.NaT]})
    out = encoder.transform(gap)
    assert out.drop(columns="signup_missing").isna().all().all()
    assert out["signup_missing"].tolist() == [1]


def test_other_columns_are_named():
    with pytest.raises(TypeError, match="Column 'n' is of dtype int64, expected dates"):
        DatetimeFeatures().fit(DATES.assign(n=1))
