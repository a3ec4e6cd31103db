"""Columns as people's tables have them, each with the groups that it belongs to."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from skmultiinput.preprocessing import describe_columns, make_preprocessor

N = 400
RNG = np.random.default_rng(0)
Y = np.arange(N) % 2
NUMERIC, BOTH, RANKED = {"numeric"}, {"numeric", "target"}, {"numeric", "onehot"}
FEW, MANY, DATE = {"onehot"}, {"target"}, {"date"}
DROPPED = {"dropped"}


def pick(*cells, dtype=object):
    return pd.Series([cells[i] for i in RNG.integers(0, len(cells), N)], dtype=dtype)


def each(make):
    return pd.Series([make(i) for i in range(N)], dtype=object)


def some(column, *words, share=0.3):
    """Replace a share of the cells by words."""
    gone = RNG.random(N) < share
    return column.astype(object).where(~gone, pick(*words))


def codes(n_levels, low=0, high=10**6):
    return pd.Series(RNG.choice(RNG.choice(np.arange(low, high), n_levels, replace=False), N))


def days(form, n_days=900):
    return pd.Series(
        [
            (pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(d))).strftime(form)
            for d in RNG.integers(0, n_days, N)
        ],
        dtype=object,
    )


def numbers(low=0, high=100):
    return pd.Series(RNG.integers(low, high, N))


CITIES = [f"city{i}" for i in range(30)]
WORDS = np.array(
    ["good", "bad", "slow", "fast", "price", "support", "cancel", "love", "hate", "fine", "renew"]
)
MADE = {
    # Numbers
    "income": (pd.Series(RNG.lognormal(10, 1, N)), NUMERIC),
    "age": (numbers(18, 90), NUMERIC),
    "children": (numbers(0, 4), NUMERIC),
    "rating": (pick(1, 2, 3, 4, 5, dtype="int64"), NUMERIC),
    "balance": (pd.Series(RNG.normal(size=N) * 1000), NUMERIC),
    "salary_rounded": (numbers(20, 150) * 1000, NUMERIC),
    "area": (pd.Series(RNG.normal(100, 20, N).round()), NUMERIC),
    "visits_skewed": (pd.Series(RNG.poisson(2, N) ** 3), NUMERIC),
    "year": (numbers(1950, 2024), NUMERIC),
    "latitude": (pd.Series(RNG.uniform(40, 41, N)), NUMERIC),
    "longitude": (pd.Series(RNG.uniform(-74, -73, N)), NUMERIC),
    "latitude_text": (each(lambda _: f"{RNG.uniform(40, 41):.6f}"), NUMERIC),
    "seconds": (pd.Series(pd.to_timedelta(RNG.integers(0, 9999, N), unit="s")), NUMERIC),
    "nullable": (numbers().astype("Int64").mask(RNG.random(N) < 0.2), NUMERIC),
    "arrow": (numbers().astype("int64[pyarrow]"), NUMERIC),
    "float32": (pd.Series(RNG.normal(size=N), dtype="float32"), NUMERIC),
    "group_sizes_sorted": (codes(40).sort_values(ignore_index=True), NUMERIC),
    # Numbers written as text
    "amount": (each(lambda _: f"{RNG.uniform(0, 9999):,.2f}"), NUMERIC),
    "dollars": (each(lambda _: f"${RNG.uniform(0, 999):.2f}"), NUMERIC),
    "usd": (each(lambda _: f"USD {RNG.integers(1, 999)}"), NUMERIC),
    "pounds": (each(lambda _: f"£{RNG.integers(1000, 99999):,}.00"), NUMERIC),
    "euros": (each(lambda _: f"{RNG.uniform(0, 999):.2f}".replace(".", ",")), NUMERIC),
    "percent": (each(lambda _: f"{RNG.uniform(0, 100):.1f}%"), NUMERIC),
    "accounting": (each(lambda i: f"({i + 0.5})" if i % 3 else f"{i + 0.5}"), NUMERIC),
    "charges": (some(each(lambda _: f"{RNG.uniform(0, 99):.2f}"), " "), NUMERIC),
    "score_unknown": (some(each(lambda _: f"{RNG.uniform(0, 9):.2f}"), "unknown"), NUMERIC),
    "score_na": (some(each(lambda _: f"{RNG.uniform(0, 9):.2f}"), "n/a", "?"), NUMERIC),
    "score_none_given": (some(each(lambda _: f"{RNG.uniform(0, 9):.2f}"), "None given"), NUMERIC),
    "scientific": (each(lambda _: f"{RNG.uniform(0, 9):.3e}"), NUMERIC),
    # Units, durations, times
    "weight": (each(lambda _: f"{RNG.integers(50, 99)} kg"), NUMERIC),
    "weight_mixed": (each(lambda i: "900 g" if i % 5 == 0 else f"{i % 9 + 1}.5 kg"), NUMERIC),
    "height": (each(lambda _: f"{RNG.integers(150, 199)}cm"), NUMERIC),
    "mileage": (each(lambda _: f"{RNG.uniform(10, 30):.1f} kmpl"), NUMERIC),
    "engine": (each(lambda _: f"{RNG.integers(900, 3000)} CC"), NUMERIC),
    "points": (each(lambda _: f"{RNG.integers(0, 999)} pts"), NUMERIC),
    "stars_text": (each(lambda i: f"{i % 30} star{'s' * (i % 30 != 1)}"), NUMERIC),
    "followers": (each(lambda i: f"{i / 10:.1f}K" if i % 2 else f"{i}"), NUMERIC),
    "market_cap": (each(lambda i: f"{i + 1}.2M" if i % 2 else f"{i + 1}.1B"), NUMERIC),
    "duration": (each(lambda i: f"{i % 9 + 1}h {i % 60}m"), NUMERIC),
    "minutes": (each(lambda i: f"{i % 90} min"), NUMERIC),
    "elapsed": (each(lambda i: f"{i % 50 + 20}:{i % 60:02d}:{i % 59:02d}"), NUMERIC),
    "timedelta_text": (each(lambda i: f"{i % 9} days {i % 24:02d}:10:00"), NUMERIC),
    "departure": (each(lambda i: f"{i % 24:02d}:{i % 60:02d}"), NUMERIC),
    "arrival": (each(lambda i: f"{i % 12 + 1}:{i % 60:02d} PM"), NUMERIC),
    "temperature": (each(lambda _: f"{RNG.integers(-9, 30)} °C"), NUMERIC),
    "disk": (each(lambda i: f"{i % 500 + 1} GB" if i % 3 else f"{i % 3 + 1} TB"), NUMERIC),
    "weight_unknown": (some(each(lambda i: f"{i % 50 + 50} kg"), "unknown"), NUMERIC),
    "coordinates": (each(lambda i: f"[{40 + i / N:.4f}, {-74 - i / N:.4f}]"), NUMERIC),
    "location": (each(lambda i: f"{40 + i / N:.4f}, {-74 - i / N:.4f}"), NUMERIC),
    # Sentinels
    "pdays": (pd.Series(np.where(RNG.random(N) < 0.6, 999, RNG.integers(0, 27, N))), NUMERIC),
    "depth": (pd.Series(np.where(RNG.random(N) < 0.1, -999, RNG.normal(5, 1, N))), NUMERIC),
    # Codes
    "department": (codes(60, 100_000, 130_000), BOTH),
    "role": (codes(100), BOTH),
    "bins": (codes(40), BOTH),
    "float_codes": (codes(40).astype(float).mask(RNG.random(N) < 0.1), BOTH),
    "text_codes": (codes(60).astype(str), BOTH),
    "text_ages": (numbers(18, 60).astype(str), BOTH),
    "text_flags": (pick("0", "1", "2"), RANKED),
    "codes_close_together": (codes(60, 0, 120), BOTH),
    "codes_and_unknown": (codes(60).where(RNG.random(N) < 0.9, -1), BOTH),
    "department_objects": (codes(60).astype(object), BOTH),
    "nullable_codes": (codes(60).astype("Int64").mask(RNG.random(N) < 0.1), BOTH),
    "arrow_codes": (codes(60).astype("int64[pyarrow]"), BOTH),
    "decimal_codes": (codes(60).map(Decimal), BOTH),
    "text_codes_and_gaps": (codes(60).astype(float).mask(RNG.random(N) < 0.1).astype(str), BOTH),
    "text_codes_negative": (codes(60, -500, 500).astype(str), BOTH),
    "two_peaks": (
        pd.Series(np.where(Y, RNG.normal(20, 5, N), RNG.normal(90, 5, N)).round().astype(int)),
        NUMERIC,
    ),
    "heavy_tail": (pd.Series((RNG.pareto(1, N) * 20).astype(int)), NUMERIC),
    "others": (some(codes(60).astype(str), "Others", share=0.1), BOTH),
    "others_rare": (some(codes(60).astype(str), "Others", share=0.03), BOTH),
    "user_id": (codes(50), MANY),
    "product id": (codes(50).astype(str), MANY),
    "sku": (codes(50), MANY),
    "leading_zeros": (each(lambda i: f"{i % 90:05d}"), MANY),
    "alphanumeric": (each(lambda i: f"A{i % 40}-{i % 3}"), MANY),
    "apartments": (each(lambda i: f"{i % 20}{'ABC'[i % 3]}"), MANY),
    "towns_numbered": (each(lambda i: f"town {i % 40}"), MANY),
    # Ordered text
    "bought": (pick("<1", *map(str, range(1, 21)), ">20"), BOTH),
    "experience": (pick("< 1 year", *[f"{i} years" for i in range(2, 10)], "10+ years"), BOTH),
    "tenure": (pick("1 year", "3 years", "5 years", "more than 7"), RANKED),
    "salary_range": (pick("0 to 19999", "20000 to 29000", "30000 to 39000"), RANKED),
    "bucket": (pick("0-50", "51-100", "101-200", "201+"), RANKED),
    "age_group": (pick("[0-10)", "[10-20)", "[20-30)"), RANKED),
    "age_over": (pick("under 18", "18-30", "31-60", "over 60"), RANKED),
    "level": (pick("Low", "Medium", "High"), RANKED),
    "level_gaps": (pick("low", "medium", "high", None, "n/a"), RANKED),
    "quality": (pick("Ex", "Gd", "TA", "Fa", "Po"), RANKED),
    "agreement": (pick("Strongly agree", "Agree", "Neutral", "Disagree"), RANKED),
    "shirt": (pick("S", "M", "L", "XL"), RANKED),
    "how_often": (pick("Never", "Rarely", "Sometimes", "Often", "Always"), RANKED),
    "rank": (pick("1st", "2nd", "3rd"), RANKED),
    "ordered": (
        pd.Series(pd.Categorical(pick("b", "a", "c"), ["c", "a", "b"], ordered=True)),
        RANKED,
    ),
    "ordered_numbers": (pd.Series(pd.Categorical(numbers(0, 5), ordered=True)), RANKED),
    "ordered_many": (pd.Series(pd.Categorical(numbers(0, 30), ordered=True)), BOTH),
    # Categories
    "plan": (pick("basic", "plus", "pro"), FEW),
    "city": (pick(*CITIES), MANY),
    "color": (pick("red", "green", "blue", None), FEW),
    "yes_no": (pick("yes", "no"), FEW),
    "low_high_only": (pick("Low", "High"), FEW),
    "flag": (pick(True, False, dtype=bool), FEW),
    "flag_gaps": (pick(True, False, None), FEW),
    "category": (pd.Series(pick("x", "y"), dtype="category"), FEW),
    "category_numbers": (pd.Series(numbers(0, 5), dtype="category"), FEW),
    "category_many": (pd.Series(numbers(0, 50), dtype="category"), MANY),
    "category_all_different": (pd.Series(pd.Categorical([f"c{i}" for i in range(N)])), MANY),
    "source_select": (pick("Select", "web", "ad"), FEW),
    "alley_na": (pick("NA", "Grvl", "Pave"), FEW),
    "string_dtype": (pick("a", "b", dtype="string"), FEW),
    "postcode_few": (pick("94107", "10001", "60601"), FEW),
    "versions": (pick("1.2.3", "1.3.0", "2.0.1"), FEW),
    # Parts
    "email": (each(lambda i: f"ann{i}@{['a', 'b', 'c'][i % 3]}.com"), FEW),
    "email_many": (each(lambda i: f"ann{i}@site{i % 30}.com"), MANY),
    "url": (each(lambda i: f"https://www.site{i % 20}.org/page/{i}"), MANY),
    "zip": (each(lambda i: f"{i % 12 + 100}{i % 97:02d}"), MANY),
    "zip_int": (each(lambda i: int(f"{i % 12 + 100}{i % 97:02d}")).astype("int64"), MANY),
    "phone": (each(lambda i: f"({200 + i % 20}) 555-{i:04d}"), MANY),
    # Dates
    "since": (pd.Series(pd.date_range("2020", periods=N)), DATE),
    "iso": (days("%Y-%m-%d"), DATE),
    "iso_time": (days("%Y-%m-%d %H:%M:%S"), DATE),
    "american": (days("%m/%d/%Y"), DATE),
    "european": (days("%d.%m.%Y"), DATE),
    "ambiguous": (pick("02/01/2020", "03/04/2020", "05/06/2021"), DATE),
    "written_out": (days("%B %d, %Y"), DATE),
    "short_month": (days("%d-%b-%y"), DATE),
    "mixed_formats": (days("%Y-%m-%d").where(RNG.random(N) < 0.6, days("%d/%m/%Y")), DATE),
    "digits": (days("%Y%m%d").astype("int64"), DATE),
    "digits_text": (days("%Y%m%d"), DATE),
    "epoch": (pd.Series(1_580_428_800 + RNG.integers(0, 10**7, N)), DATE),
    "created_ms": (pd.Series((1_580_428_800 + RNG.integers(0, 10**7, N)) * 1000), DATE),
    "dates_and_gaps": (some(days("%Y-%m-%d"), None, ""), DATE),
    "zone": (pd.Series(pd.date_range("2020", periods=N, tz="Asia/Tokyo")), DATE),
    # Texts, sequences, images
    "review": (each(lambda _: " ".join(RNG.choice(WORDS, 8))), {"text"}),
    "comment_numbers": (each(lambda i: f"order {i} came {i % 9} days late"), {"text"}),
    "lists": (each(lambda i: [1.0] * (i % 4)), {"sequence"}),
    "list_text": (each(lambda i: str([float(j) for j in range(i % 5 + 1)])), {"sequence"}),
    "list_of_words": (each(lambda i: str(["a", "b", "c"][: i % 3 + 1])), {"sequence"}),
    "list_blanks": (each(lambda i: " ".join(str(i + j) for j in range(4))), {"sequence"}),
    "list_bars": (each(lambda i: "|".join(str(i + j) for j in range(4))), {"sequence"}),
    "photo": (each(lambda i: f"photos/{i}.png"), {"image"}),
    # Nothing
    "one_value": (pick("x"), DROPPED),
    "no_value": (pick(None), DROPPED),
    "customer": (each(lambda i: f"C-{i:05d}x"), DROPPED),
    "uuid": (each(lambda i: f"{i:08x}-ab{i}"), DROPPED),
    "row_number": (pd.Series(np.arange(N)), DROPPED),
    "names": (each(lambda i: f"Ann Bell{i}"), DROPPED),
    # As accounts, shops and laboratories write numbers
    "rupees": (each(lambda i: f"₹{i % 99 + 1},{i % 90 + 10},{i % 900 + 100}"), NUMERIC),
    "rs": (each(lambda i: f"Rs. {i * 37 + 100:,}"), NUMERIC),
    "rupees_mark": (each(lambda i: f"{i * 7 + 100}/-"), NUMERIC),
    "zloty": (each(lambda i: f"{i % 99 + 1} {i % 900 + 100},{i % 90 + 10} zł"), NUMERIC),
    "australian": (each(lambda i: f"A${i + 0.5:.2f}"), NUMERIC),
    "won": (each(lambda i: f"₩{i + 1},{i % 900 + 100}"), NUMERIC),
    "minus_behind": (each(lambda i: f"{i + 0.25:.2f}" + "-" * (i % 3 == 0)), NUMERIC),
    "about": (each(lambda i: f"~{i + 0.5}"), NUMERIC),
    "starred": (each(lambda i: f"{i / 7:.2f}" + "*" * (i % 4 == 0)), NUMERIC),
    "footnotes": (each(lambda i: f"{i / 7:.2f}" + "[1]" * (i % 4 == 0)), NUMERIC),
    "sales_rank": (each(lambda i: f"#{i * 3 + 1}"), NUMERIC),
    "powers": (each(lambda i: f"{i % 90 / 10 + 1:.1f} x 10^{i % 5}"), NUMERIC),
    "detection_limit": (each(lambda i: "<0.05" if i % 4 == 0 else f"{i / 99 + 0.05:.3f}"), NUMERIC),
    "total_sqft": (each(lambda i: f"{i + 500} - {i + 900}" if i % 9 == 0 else f"{i + 5}"), NUMERIC),
    "lakhs": (each(lambda i: f"{i % 90 + 1}.5 Lac" if i % 2 else f"{i % 9 + 1}.2 Cr"), NUMERIC),
    "size": (each(lambda i: "Varies with device" if i % 7 == 0 else f"{i / 10:.1f}M"), NUMERIC),
    # Several numbers, several units
    "blood_pressure": (each(lambda i: f"{i % 90 + 90}/{i % 60 + 50}"), NUMERIC),
    "dimensions": (each(lambda i: f"{i % 99 + 1} x {i % 50 + 1} x {i % 20 + 1} cm"), NUMERIC),
    "power": (each(lambda i: f"{i % 240 + 60} bhp@{i + 3000}rpm"), NUMERIC),
    "aspect": (pick("16:9", "4:3", "21:9", "1:1"), FEW),
    "screen": (pick("1920x1080", "1280x720", "640x480"), FEW),
    "feet": (each(lambda i: f"{i % 3 + 4}'{i % 12}\""), NUMERIC),
    "feet_words": (each(lambda i: f"{i % 3 + 4} ft {i % 12} in"), NUMERIC),
    "account_age": (each(lambda i: f"{i % 30}yrs {i % 12}mon"), NUMERIC),
    "iso_duration": (each(lambda i: f"PT{i % 3 + 1}H{i % 60}M"), NUMERIC),
    "point_west": (each(lambda i: f"POINT ({-122 - i / N:.4f} {37 + i / N:.4f})"), NUMERIC),
    "point": (each(lambda i: f"POINT ({-74 - i / N:.4f} {40 + i / N:.4f})"), NUMERIC),
    # Dates of logs and months, and dates that are none
    "month_short": (days("%b-%y"), DATE),
    "month_long": (days("%B %Y"), DATE),
    "month_number": (days("%m/%Y"), DATE),
    "mail_date": (days("%a, %d %b %Y %H:%M:%S GMT"), DATE),
    "tweet_date": (days("%a %b %d %H:%M:%S +0000 %Y"), DATE),
    "log_date": (days("%d/%b/%Y:%H:%M:%S +0000"), DATE),
    "log_date_in_brackets": (days("[%d/%b/%Y:%H:%M:%S +0000]"), DATE),
    "quoted_date": (days("'%d.%m.%Y'"), DATE),
    "zero_dates": (some(days("%Y-%m-%d"), "0000-00-00"), DATE),
    "never": (some(days("%Y-%m-%d"), "never"), DATE),
    "dates_na": (some(days("%d.%m.%Y"), "n/a"), DATE),
    # Periods, and dates in other languages
    "week": (each(lambda i: f"202{i % 4}-W{i % 52 + 1:02d}"), DATE),
    "quarter": (each(lambda i: f"202{i % 4}Q{i % 4 + 1}"), DATE),
    "quarter_first": (each(lambda i: f"Q{i % 4 + 1} 202{i % 3}"), DATE),
    "year_month": (days("%Y-%m"), DATE),
    "year_month_slash": (days("%Y/%m"), DATE),
    "month_point": (days("%m.%Y"), DATE),
    "year_month_digits": (days("%Y%m").astype("int64"), DATE),
    "german": (each(lambda i: f"{i % 28 + 1}. {['Januar', 'März', 'Mai'][i % 3]} 2021"), DATE),
    "french": (each(lambda i: f"{i % 28 + 1} {['janvier', 'août', 'mai'][i % 3]} 2021"), DATE),
    "spanish": (each(lambda i: f"{i % 28 + 1} de {['enero', 'abril'][i % 2]} de 2021"), DATE),
    "chinese": (each(lambda i: f"2021年{i % 12 + 1}月{i % 28 + 1}日"), DATE),
    "weekday_date": (days("%A, %d %B %Y"), DATE),
    "ordinal_date": (each(lambda i: f"March {i % 3 + 1}{['st', 'nd', 'rd'][i % 3]}, 2021"), DATE),
    "sas": (days("%d%b%Y:10:00:00"), DATE),
    "digits_and_zeros": (days("%Y%m%d").astype("int64").where(RNG.random(N) < 0.9, 0), DATE),
    "since_1970": (pd.Series(1_580_428_800 + RNG.integers(0, 10**8, N)), DATE),
    "date_objects_and_words": (some(pd.Series(days("%Y-%m-%d")).map(pd.Timestamp), "n/a"), DATE),
    # Other languages, several units, misspelled levels
    "years_german": (pick("unter 1 Jahr", "1-2 Jahre", "3-5 Jahre", "über 5 Jahre"), RANKED),
    "years_french": (pick("moins de 1 an", "1 à 2 ans", "3 à 5 ans", "plus de 5 ans"), RANKED),
    "level_german": (pick("niedrig", "mittel", "hoch"), RANKED),
    "level_french": (pick("faible", "moyen", "élevé"), RANKED),
    "level_spanish": (pick("bajo", "medio", "alto"), RANKED),
    "level_misspelled": (some(pick("Low", "Medium", "High"), "Hihg", share=0.02), RANKED),
    "priority": (pick("P1", "P2", "P3"), RANKED),
    "stage": (pick("Stage I", "Stage II", "Stage III"), RANKED),
    "degree": (pick("High School", "Bachelor's", "Master's", "PhD"), RANKED),
    "unknown_german": (some(each(lambda i: f"{i / 7:.2f}"), "unbekannt"), NUMERIC),
    "temperatures": (each(lambda i: f"{i % 30} °C" if i % 2 else f"{i % 50 + 40} °F"), NUMERIC),
    "film_length": (each(lambda i: f"{i % 9 + 1} Seasons" if i % 3 else f"{i % 60} min"), NUMERIC),
    "hours_minutes": (each(lambda i: f"{i % 5}h{i % 60:02d}"), NUMERIC),
    "duration_german": (each(lambda i: f"{i % 9 + 1} Std. {i % 60} Min."), NUMERIC),
    "clock_german": (each(lambda i: f"{i % 24:02d}:{i % 60:02d} Uhr"), NUMERIC),
    "whole_hours": (each(lambda i: f"{i % 12 + 1} {['AM', 'PM'][i % 2]}"), NUMERIC),
    "consumption": (each(lambda i: f"{i % 7 + 4}.5 l/100km"), NUMERIC),
    "out_of_ten": (each(lambda i: f"{i % 10}/10"), NUMERIC),
    "years_old": (each(lambda i: f"{i % 60 + 18} years old"), NUMERIC),
    "plus_minus": (each(lambda i: f"{i % 50}.1 ± 0.{i % 9}"), NUMERIC),
    "south_west": (each(lambda i: f"{40 + i / N:.4f}° S, {73 + i / N:.4f}° W"), NUMERIC),
    "number_objects_and_words": (some(numbers(), "unknown", "n/a"), BOTH),
    "refused": (pd.Series(np.where(RNG.random(N) < 0.1, 888, numbers(0, 90))), NUMERIC),
    "email_and_gaps": (some(each(lambda i: f"ann{i}@site{i % 30}.com"), "none"), MANY),
    "address_without_http": (each(lambda i: f"shop{i % 12}.com/item/{i}"), MANY),
    "phone_digits": (pd.Series(RNG.integers(2_120_000_000, 2_190_000_000, N)), FEW),
    "braces": (each(lambda i: "{" + ",".join("1234"[: i % 4 + 1]) + "}"), {"sequence"}),
    # Marks of spreadsheets, one coordinate, telephone numbers and pages under any name
    "quoted": (each(lambda i: f"'{i / 7:.2f}"), NUMERIC),
    "quoted_zip": (each(lambda i: f"'0{i % 40 + 1000}"), MANY),
    "latitude_letter": (each(lambda i: f"{i / 9:.2f}{'NS'[i % 2]}"), NUMERIC),
    "longitude_letter": (each(lambda i: f"{i / 9:.4f}° E"), NUMERIC),
    "degrees_west": (each(lambda i: f"{i}°{'EW'[i % 2]}"), NUMERIC),
    "contact": (each(lambda i: f"+1 {200 + i % 20} 555{i:04d}"), MANY),
    "contact_in_brackets": (each(lambda i: f"({200 + i % 20}) 555-{i:04d}"), MANY),
    "page": (each(lambda i: f"https://a.org/{['cart', 'help'][i % 2]}/{i}?sid={i * 7}"), {"text"}),
    "agreement_refused": (
        pick("Agree", "Neutral", "Disagree", "Strongly agree", "Prefer not to say"),
        RANKED,
    ),
    "words_and_nat": (some(each(lambda i: "ab"[i % 2]), pd.NaT), FEW),
    "json": (each(lambda i: f'{{"a": {i % 50}, "b": "x"}}'), MANY),
    # What looks like one of these
    "decade": (pick("1980s", "1990s", "2000s"), FEW),
    "grades": (pick("A+", "A", "A-", "B+", "B"), FEW),
    "school_grades": (pick("1+", "1", "1-", "2+", "2", "2-"), FEW),
    "address": (each(lambda i: f"10.0.{i % 250}.{i % 99}"), DROPPED),
    "security_number": (each(lambda i: f"{i % 900 + 100}-{i % 90 + 10}-{i + 1000}"), DROPPED),
    "hex_color": (each(lambda i: f"#{i * 7919 % 2**24:06x}"), DROPPED),
    "diagnosis": (each(lambda i: f"{'ABCDEF'[i % 6]}{i % 40:02d}"), MANY),
    # Words beside numbers with units are levels; one number with words is no number
    "data_plan": (pick("5 GB", "10 GB", "20 GB", "Unlimited", "No data"), RANKED),
    "warranty": (pick("12 months", "24 months", "36 months", "lifetime", "as is"), RANKED),
    "building": (pick("1Fam", "Duplex", "Twnhs", "TwnhsE"), FEW),
    "job_class": (pick("1. Industrial", "2. Information"), FEW),
    "race_length": (pick("5k", "half-marathon", "marathon"), FEW),
    "seasons_or_minutes": (pick("1 Season", "2 Seasons", "90 min", "107 min"), NUMERIC),
    "panel_year": (pick(92, 95, 99, dtype=np.int64), NUMERIC),
}


def groups_of(column, name):
    table = pd.DataFrame({name: column, "other": RNG.normal(size=N)})
    described = describe_columns(table)
    return set(described.loc[described["column"] == name, "group"])


def test_there_are_enough_columns():
    assert len(MADE) >= 120


@pytest.mark.parametrize("name", MADE)
def test_the_groups_of_a_made_column(name):
    column, groups = MADE[name]
    assert groups_of(column, name) == groups


@pytest.mark.parametrize("name", [name for name in MADE if name != "photo"])
def test_a_made_column_is_encoded_without_gaps(name):
    column, groups = MADE[name]
    table = pd.DataFrame({name: column, "other": RNG.normal(size=N)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = make_preprocessor().fit(table, Y).transform(table)
    assert not frame.isna().any().any()
    assert {column.partition("__")[0] for column in frame} == (groups - DROPPED) | {"numeric"}
