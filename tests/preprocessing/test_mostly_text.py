"""Text among which JSON or a spreadsheet has made some cells numbers."""

import numpy as np
import pandas as pd
import pytest

from skmultiinput import describe_columns, make_preprocessor

N = 200
Y = np.arange(N) % 2
WORDS = ["good", "bad", "slow", "fast", "cheap", "kind", "cold", "loud", "new", "late"]


def column(levels, number):
    """`levels` in turn, but every tenth cell is a number."""
    cells = [levels[i % len(levels)] for i in range(N)]
    cells[::10] = [number] * (N // 10)
    return pd.DataFrame({"c": pd.Series(cells, dtype=object)})


def reviews():
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, 6)) for _ in range(N)]


@pytest.mark.parametrize("number", [1776, 12.5, np.int64(3)], ids=["int", "float", "NumPy"])
@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        (["red", "blue", "green"], "one-hot"),
        ([f"town {i}" for i in range(15)], "target-encoded"),
        (reviews(), "text"),
    ],
    ids=["few levels", "many levels", "text"],
)
def test_it_is_read_as_if_all_were_text(levels, kind, number):
    mixed = column(levels, number)
    as_text = mixed.astype({"c": str})
    assert describe_columns(mixed)["kind"].tolist() == [kind]
    result = make_preprocessor().fit(mixed, Y).transform(mixed)
    expected = make_preprocessor().fit(as_text, Y).transform(as_text)
    pd.testing.assert_frame_equal(result, expected)


def test_text_that_meets_numbers_only_later():
    levels = ["red", "blue", "green"]
    fitted = make_preprocessor().fit(column(levels, "red"), Y)
    np.testing.assert_array_equal(
        fitted.transform(column(levels, 7)), fitted.transform(column(levels, "seven"))
    )
