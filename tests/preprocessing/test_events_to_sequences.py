from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput.preprocessing import SequenceEncoder, events_to_sequences

EVENTS = pd.DataFrame(
    {
        "customer": ["ann", "bob", "ann", "ann", None, "bob"],
        "day": pd.to_datetime(
            ["2024-01-03", "2024-01-01", "2024-01-01", "2024-01-07", "2024-01-02", "2024-01-01"]
        ),
        "spent": [30.0, 5.0, 10.0, np.nan, 1.0, 6.0],
        "items": [3, 1, 1, 7, 1, 2],
        "page": ["c", "a", "b", "d", "a", "z"],
    },
    index=[4, 4, 3, 2, 1, 0],
)
NAMES = {"by": "customer", "order": "day"}


def plain(sequences):
    return [None if cell is None else np.asarray(cell).tolist() for cell in sequences]


def slow_sequences(events, ids, until):
    """For each id, its events before its moment, by time and then by row."""
    out = []
    for wanted, limit in zip(ids, until, strict=True):
        own = [
            (time, row, value)
            for row, (owner, time, value) in enumerate(events.itertuples(index=False))
            if owner == wanted and (limit is None or time < limit)
        ]
        out.append([value for _, _, value in sorted(own)] or None)
    return out


TABLES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.floats(-9, 9, width=32)), max_size=12
).map(
    lambda rows: pd.DataFrame(rows, columns=["id", "time", "value"]).astype(
        {"id": int, "time": int, "value": float}
    )
)


@given(TABLES, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=6))
@settings(deadline=None)
def test_agrees_with_a_slow_reference(events, wanted):
    ids, until = (list(part) for part in zip(*wanted, strict=True))
    found = events_to_sequences(events, by="id", order="time", values="value", ids=ids, until=until)
    assert plain(found) == slow_sequences(events, ids, until)
    assert found.index.tolist() == ids
    everything = events_to_sequences(events, by="id", order="time", values="value", ids=ids)
    assert plain(everything) == slow_sequences(events, ids, [None] * len(ids))


@given(TABLES, st.integers(0, 6), st.floats(-9, 9, width=32))
@settings(deadline=None)
def test_the_future_and_other_rows_never_matter(events, moment, value):
    """Whatever happens from the moment on, or to somebody else, leaves a sequence as it is."""
    ids = [0, 1]
    before = events_to_sequences(
        events, by="id", order="time", values="value", ids=ids, until=moment
    )
    later = pd.DataFrame({"id": [0, 1, 2], "time": [moment, moment + 1, 0], "value": value})
    after = events_to_sequences(
        pd.concat([later, events]), by="id", order="time", values="value", ids=ids, until=moment
    )
    assert plain(after) == plain(before)


def test_one_row_per_id_in_order_of_time_with_stable_ties():
    before = EVENTS.copy()
    spent = events_to_sequences(EVENTS, values="spent", **NAMES)
    assert spent.name == "spent"
    assert spent.index.tolist() == ["ann", "bob"]
    assert spent.index.name == "customer"
    np.testing.assert_array_equal(spent["ann"], [10, 30, np.nan])
    np.testing.assert_array_equal(spent["bob"], [5, 6])
    pd.testing.assert_frame_equal(EVENTS, before)
    spent["ann"][0] = -1
    pd.testing.assert_frame_equal(EVENTS, before)


def test_several_values_make_vectors_and_texts_make_categories():
    both = events_to_sequences(EVENTS, values=["spent", "items"], name="basket", **NAMES)
    assert both.name == "basket"
    np.testing.assert_array_equal(both["ann"], [[10, 1], [30, 3], [np.nan, 7]])
    assert events_to_sequences(EVENTS, values=["items"], **NAMES)["bob"].shape == (2, 1)
    pages = events_to_sequences(EVENTS, values="page", **NAMES)
    assert plain(pages) == [["b", "c", "d"], ["a", "z"]]
    assert SequenceEncoder().fit(pages.to_frame()).kinds_ == ["categories"]


def test_beside_a_table_of_customers():
    customers = pd.DataFrame(
        {
            "customer": ["bob", "eve", "ann", "ann", None],
            "asked": pd.to_datetime([f"2024-01-0{day}" for day in (9, 9, 3, 4, 9)]),
        },
        index=[10, 20, 30, 40, 50],
    )
    customers["spent"] = events_to_sequences(
        EVENTS, values="spent", ids=customers["customer"], until=customers["asked"], **NAMES
    )
    assert plain(customers["spent"]) == [[5, 6], None, [10], [10, 30], None]
    frame = SequenceEncoder(scale=None).fit_transform(customers["spent"])
    assert frame.iloc[:, 1::2].to_numpy().sum(axis=1).tolist() == [2, 0, 1, 2, 0]


@pytest.mark.parametrize(
    "until",
    [
        pd.Timestamp("2024-01-03"),
        "2024-01-03",
        pd.Series(pd.to_datetime(["2024-01-03", "2024-01-03"]), index=["bob", "ann"]),
        pd.to_datetime(["2024-01-03", "2024-01-03"]),
        [pd.Timestamp("2024-01-03")] * 2,
    ],
)
def test_ways_to_say_until(until):
    pages = events_to_sequences(EVENTS, values="page", until=until, **NAMES)
    assert plain(pages) == [["b"], ["a", "z"]]


def test_no_events_at_all():
    found = events_to_sequences(EVENTS.iloc[:0], values="spent", ids=["ann", "eve"], **NAMES)
    assert plain(found) == [None, None]
    assert events_to_sequences(EVENTS.iloc[:0], values="spent", **NAMES).empty


def test_a_batch_of_new_customers_is_legal():
    found = events_to_sequences(EVENTS, values="spent", ids=["eve", "joe"], **NAMES)
    assert plain(found) == [None, None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"by": "client"}, r"no column 'client' \(by=\); their columns are 'customer', 'day'"),
        ({"order": "time"}, r"no column 'time' \(order=\)"),
        ({"values": ["spent", "sum"]}, r"no column 'sum' \(values=\)"),
        ({"values": []}, "names no column"),
        ({"values": ["spent", "page"]}, "Column 'page' .*made of numbers"),
        ({"until": 5}, "cannot be compared"),
        ({"until": pd.Timestamp("2024-01-03", tz="UTC")}, "cannot be compared"),
        ({"until": [pd.Timestamp("2024-01-03")]}, "2 of them, got 1"),
        ({"until": [pd.Timestamp("2024-01-03"), None]}, "no moment for row 'bob'"),
        ({"until": pd.Series(pd.Timestamp("2024"), index=["ann"])}, "no moment for row 'bob'"),
        ({"until": pd.Series(pd.Timestamp("2024"), index=["ann"] * 2)}, "not unique"),
        ({"ids": [17, 18]}, "column 'customer' .* holds string values such as 'ann', ids= integer"),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    arguments = {"values": "spent", **NAMES, **changes}
    with pytest.raises(ValueError, match=message):
        events_to_sequences(EVENTS, **arguments)


def test_events_need_a_table_and_a_time():
    with pytest.raises(TypeError, match="one row per event, got dict"):
        events_to_sequences({}, values="spent", **NAMES)
    gap = EVENTS.assign(day=EVENTS["day"].mask(EVENTS["page"] == "b"))
    with pytest.raises(ValueError, match=r"1 event.* no time \(order=\), .* row 3 of column 'day'"):
        events_to_sequences(gap, values="spent", **NAMES)
    twice = pd.concat([EVENTS, EVENTS[["day"]]], axis=1)
    with pytest.raises(ValueError, match="2 columns named 'day'"):
        events_to_sequences(twice, values="spent", **NAMES)


def test_an_ordered_category_as_time():
    steps = pd.CategoricalDtype(["low", "high", "done"], ordered=True)
    events = pd.DataFrame({"c": ["a"] * 3, "t": ["high", "low", "done"], "v": [1.0, 2.0, 3.0]})
    events = events.astype({"t": steps})
    gather = partial(events_to_sequences, events, by="c", order="t", values="v", ids=["a"])
    assert gather(until="done")["a"].tolist() == [2.0, 1.0]
    with pytest.raises(ValueError, match="cannot be compared"):
        gather(until="never")
