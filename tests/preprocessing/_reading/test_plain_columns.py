"""Types that databases and files have of their own are read as the same values elsewhere."""

import datetime as dt
import enum
import ipaddress
import uuid
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skmultiinput import make_preprocessor
from skmultiinput.evaluation._time_order import _features
from skmultiinput.inspection import explain
from skmultiinput.inspection._column_drift import column_drift
from skmultiinput.preprocessing._leaking_columns import column_scores
from skmultiinput.preprocessing._reading.plain_columns import plain_frame

N = 120
RNG = np.random.default_rng(0)
NUMBERS = RNG.integers(1, 9999, N).tolist()
WORDS = RNG.choice(["aa", "bb", "cc"], N).tolist()
SPANS = pd.Series(pd.to_timedelta(NUMBERS, unit="s"))
TIMES = [dt.time(number % 24, number % 60) for number in NUMBERS]
LISTS = [RNG.normal(size=n % 4 + 1).tolist() for n in NUMBERS]
WORD_LISTS = [RNG.choice(["x", "y"], 3).tolist() for _ in NUMBERS]
IDS = [uuid.UUID(int=number % 40 + 2**100) for number in NUMBERS]
ADDRESSES = [ipaddress.ip_address(f"10.0.0.{number % 40}") for number in NUMBERS]
TEXTS = [f"some text of row {number} {word}" for number, word in zip(NUMBERS, WORDS, strict=True)]


class Size(enum.Enum):
    SMALL = "aa"
    MEDIUM = "bb"
    LARGE = "cc"


class WrittenSize(str, enum.Enum):  # noqa: UP042 - its str is not its value
    SMALL = "aa"
    MEDIUM = "bb"
    LARGE = "cc"


def arrow(values, arrow_type):
    array = pd.array(pa.array(values, type=arrow_type), dtype=pd.ArrowDtype(arrow_type))
    return pd.Series(array)


def objects(values):
    return pd.Series(values, dtype=object)


def encoded(texts):
    return objects([text.encode() for text in texts])


# What the column is, and the same in a type of its own.
CASES = {
    "timedelta": (SPANS, objects([span.to_pytimedelta() for span in SPANS])),
    "timedelta64": (SPANS, objects([np.timedelta64(span) for span in SPANS])),
    "duration": (SPANS, SPANS.astype("duration[us][pyarrow]")),
    "time": (objects([str(time) for time in TIMES]), objects(TIMES)),
    "time64": (objects([str(time) for time in TIMES]), arrow(TIMES, pa.time64("us"))),
    "list": (objects(LISTS), arrow(LISTS, pa.list_(pa.float64()))),
    "list of text": (objects(WORD_LISTS), arrow(WORD_LISTS, pa.large_list(pa.string()))),
    "bytes": (objects(WORDS), encoded(WORDS)),
    "binary": (objects(WORDS), arrow([word.encode() for word in WORDS], pa.binary())),
    "bytes of numbers": (objects([*map(str, NUMBERS)]), encoded(map(str, NUMBERS))),
    "bytes of lists": (objects([*map(str, LISTS)]), encoded(map(str, LISTS))),
    "bytes of texts": (objects(TEXTS), encoded(TEXTS)),
    "UUID": (objects([*map(str, IDS)]), objects(IDS)),
    "address": (objects([*map(str, ADDRESSES)]), objects(ADDRESSES)),
    "Enum": (objects(WORDS), objects([Size(word) for word in WORDS])),
    "Enum of text": (objects(WORDS), objects([WrittenSize(word) for word in WORDS])),
    "Fraction": (objects([n / 8 for n in NUMBERS]), objects([Fraction(n, 8) for n in NUMBERS])),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_frame_in_fit_and_in_transform(case):
    plain, own = (pd.DataFrame({"c": column, "x": NUMBERS}) for column in CASES[case])
    y = np.arange(N) % 2
    preprocessor = make_preprocessor()
    expected = preprocessor.fit_transform(plain, y)
    assert len(preprocessor.transformers_) > 1
    pd.testing.assert_frame_equal(make_preprocessor().fit_transform(own, y), expected)
    expected = preprocessor.transform(plain)
    pd.testing.assert_frame_equal(preprocessor.transform(own), expected)
    row = own[3:4]
    pd.testing.assert_frame_equal(preprocessor.transform(row), expected[3:4])
    gaps = own.astype({"c": object})
    gaps.loc[::3, "c"] = None
    missing = plain.astype({"c": object})
    missing.loc[::3, "c"] = None
    pd.testing.assert_frame_equal(
        preprocessor.transform(gaps), preprocessor.transform(missing), check_exact=True
    )


@pytest.mark.parametrize("case", CASES)
def test_drift_and_leaks(case):
    plain, own = (column.to_frame("c") for column in CASES[case])
    y = np.arange(N) % 2
    preprocessor = make_preprocessor().fit(plain, y)
    for _, transformer, columns in preprocessor.transformers_:
        for step in getattr(transformer, "named_steps", {}).values():
            if list(columns) == ["c"] and hasattr(step, "formats_"):
                assert column_drift(step, own) == column_drift(step, plain)
    pd.testing.assert_series_equal(column_scores(own, y), column_scores(plain, y))


def test_other_bytes_and_frames_stay():
    pixels = pd.DataFrame({"c": objects([b"\x89PNG\xff"] * 3), "x": 1.0})
    assert plain_frame(pixels) is pixels
    table = pd.DataFrame({"a": ["x", "y"], "b": [[1], [2]], "c": objects([1, "a"])})
    assert plain_frame(table) is table


@pytest.mark.parametrize("case", ["list", "timedelta", "time64", "UUID"])
def test_explanations_and_the_check_of_time(case):
    plain, own = (pd.DataFrame({"c": column, "x": NUMBERS}) for column in CASES[case])
    y = np.arange(N) % 2
    model = make_pipeline(make_preprocessor(), DecisionTreeClassifier(max_depth=3)).fit(plain, y)
    found, expected = (
        explain(model, table[:3], background=table[:20], random_state=0) for table in (own, plain)
    )
    np.testing.assert_array_equal(found.values, expected.values)
    pd.testing.assert_frame_equal(_features(own, {}), _features(plain, {}))


@pytest.mark.parametrize(
    "cells",
    [LISTS, WORD_LISTS, [RNG.uniform(size=(8, 8, 3)) for _ in range(N)]],
    ids=["lists", "categories", "images"],
)
def test_blank_text_beside_lists_and_images_is_missing(cells):
    gaps = pd.DataFrame({"c": objects(cells), "x": NUMBERS})
    gaps.loc[::4, "c"] = None
    blanks = gaps.copy()
    blanks["c"] = objects([" " if cell is None else cell for cell in gaps["c"]])
    y = np.arange(N) % 2
    preprocessor = make_preprocessor()
    expected = preprocessor.fit_transform(gaps, y)
    pd.testing.assert_frame_equal(preprocessor.transform(blanks), expected)
    pd.testing.assert_frame_equal(make_preprocessor().fit_transform(blanks, y), expected)
