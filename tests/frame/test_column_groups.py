"""The typed frame: kinds of columns, split and join, and every message about them."""

import pickle
import re
import time
from html import unescape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import VOCABULARY, typed_frames

from skmultiinput.frame._column_groups import KINDS, MISSING, UNKNOWN, ColumnGroups, parse_address


def category(*values, categories=None):
    return pd.Categorical(values, categories=categories)


def image_cells(n_rows=2, shape=(2, 2, 3)):
    cells = np.empty(n_rows, dtype=object)
    cells[:] = [np.full(shape, i, dtype=np.uint8) for i in range(n_rows)]
    return cells


# --- Laws.


@settings(max_examples=60)
@given(typed_frames())
def test_join_is_the_inverse_of_split(frame):
    groups = ColumnGroups.from_frame(frame)
    again = groups.join(groups.split(frame), index=frame.index)
    pd.testing.assert_frame_equal(again, frame)


@settings(max_examples=40)
@given(typed_frames(), st.randoms())
def test_permuted_columns_and_rows_only_permute(frame, random):
    groups = ColumnGroups.from_frame(frame)
    expected = groups.split(frame)
    columns, rows = list(frame.columns), list(range(len(frame)))
    random.shuffle(columns)
    random.shuffle(rows)
    for name, values in groups.split(frame[columns].iloc[rows]).items():
        np.testing.assert_array_equal(values, expected[name][rows])


@settings(max_examples=40)
@given(typed_frames())
def test_split_returns_what_the_inputs_describe(frame):
    before = frame.copy()
    groups = ColumnGroups.from_frame(frame)
    arrays = groups.split(frame)
    assert list(arrays) == [spec.name for spec in groups.inputs]
    for spec in groups.inputs:
        values = arrays[spec.name]
        assert values.shape == (len(frame), *spec.shape)
        assert values.dtype == (np.int32 if spec.categories else np.float32)
        assert KINDS[len(spec.shape) * (spec.kind not in ("numeric", "categorical")),
                     bool(spec.categories)] == spec.kind  # fmt: skip
        for size in spec.vocabulary_sizes:
            assert 0 <= values.min() <= values.max() < size
    positions = np.concatenate([spec.positions for spec in groups.inputs])
    assert sorted(positions) == list(range(frame.shape[1]))
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=20)
@given(typed_frames())
def test_pickling_keeps_everything(frame):
    groups = ColumnGroups.from_frame(frame)
    shown = repr(groups)
    again = pickle.loads(pickle.dumps(groups))
    assert repr(again) == shown
    for name, values in again.split(frame).items():
        np.testing.assert_array_equal(values, groups.split(frame)[name])


# --- Kinds of columns.


@pytest.mark.parametrize(
    ("column", "address"),
    [
        ("age", (None, "age", ())),
        ("numeric__age", ("numeric", "age", ())),
        ("history__usage[3,1]", ("history", "usage", (3, 1))),
        ("photo__front[7,30,2]", ("photo", "front", (7, 30, 2))),
        ("a__b__c", ("a", "b__c", ())),
        ("numeric__load [kW]", ("numeric", "load [kW]", ())),
        ("numeric__x[]", ("numeric", "x[]", ())),
        ("numeric__x[-1]", ("numeric", "x[-1]", ())),
        ("[3]", (None, "[3]", ())),
        ("g__[3]", ("g", "[3]", ())),
        ("__x", (None, "__x", ())),
        ("x__", (None, "x__", ())),
        ("", (None, "", ())),
        (7, (None, "7", ())),
        (("a", "b"), (None, "('a', 'b')", ())),
    ],
)
def test_addresses(column, address):
    assert parse_address(column) == address


def test_the_kind_follows_from_indices_and_dtype():
    words = category("a", "b")
    groups = ColumnGroups.from_frame(
        pd.DataFrame(
            {
                "n__x": [1.5, 2.5],
                "c__x": words,
                "t__x[0]": words,
                "s__x[0]": [1.0, 2.0],
                "q__x[0,0]": [1.0, 2.0],
                "i__x[0,0,0]": [1.0, 2.0],
                "cells__x": image_cells(),
            }
        )
    )
    assert [(spec.name, spec.kind, spec.shape) for spec in groups.inputs] == [
        ("n", "numeric", (1,)),
        ("c", "categorical", (1,)),
        ("t", "tokens", (1,)),
        ("s", "series", (1,)),
        ("q", "sequence", (1, 1)),
        ("i", "image", (1, 1, 1)),
        ("cells", "image", (2, 2, 3)),
    ]


def test_a_frame_without_prefixes_forms_one_group_per_kind():
    frame = pd.DataFrame({"age": [1, 2], "city": category("a", "b"), 3: [True, False]})
    groups = ColumnGroups.from_frame(frame)
    assert {spec.name: spec.features for spec in groups.inputs} == {
        "numeric": ("age", "3"),
        "categorical": ("city",),
    }


def test_a_group_with_several_inputs_names_each():
    frame = pd.DataFrame(
        {"t__title[0]": category("a"), "t__body[0]": category("b"), "t__length": [3.0]}
    )
    groups = ColumnGroups.from_frame(frame)
    assert [spec.name for spec in groups.inputs] == ["t__title", "t__body", "t__numeric"]
    assert groups.groups == ["t"]
    assert len(groups) == len(groups.of_group("t")) == 3
    assert groups["t__body"].features == ("body",)
    with pytest.raises(KeyError, match="nothing"):
        groups["nothing"]


def test_a_feature_may_have_the_name_of_a_kind():
    frame = pd.DataFrame({"g__age": [1.0], "g__categorical[0]": category("a")})
    groups = ColumnGroups.from_frame(frame)
    assert [(spec.name, spec.features) for spec in groups.inputs] == [
        ("g__numeric", ("age",)),
        ("g__categorical", ("categorical",)),
    ]


BRACKETS = ["sales[2023]", "sales[20230101]", "id[4915112345678]", "a[99999999,99999999]", "m[1,2]"]
BRACKETS += [f"x[{'9' * 5000}]", "load[3,1,4,1]", "[0]", "k\n[7]", "x[1] "]


@pytest.mark.parametrize("prefix", ["", "numeric__"])
@pytest.mark.parametrize("name", BRACKETS, ids=lambda name: repr(name[:20]))
def test_brackets_without_a_first_cell_are_part_of_the_name(name, prefix):
    frame = pd.DataFrame({f"{prefix}{name}": [1.0, 2.0], f"{prefix}age": [3.0, 4.0]})
    groups = ColumnGroups.from_frame(frame)
    assert [(s.name, s.features) for s in groups.inputs] == [("numeric", (name, "age"))]
    assert groups.split(frame)["numeric"].tolist() == [[1, 3], [2, 4]]
    codes = frame.astype("category")
    assert ColumnGroups.from_frame(codes).inputs[0].kind == "categorical"


def test_columns_counted_from_1_or_by_year_are_plain_features():
    frame = pd.DataFrame({f"s__x[{i}]": [float(i)] for i in (1, 2, 2023)})
    assert ColumnGroups.from_frame(frame)["s"].features == ("x[1]", "x[2]", "x[2023]")


def test_a_large_index_costs_nothing():
    frame = pd.DataFrame(np.zeros((2, 2)), columns=["x[0,0,0]", "x[999999999,999999999,999999999]"])
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"lacks \(0, 0, 1\)"):
        ColumnGroups.from_frame(frame)
    assert time.perf_counter() - start < 0.5


def test_indices_are_put_in_order():
    frame = pd.DataFrame({f"s__x[{i}]": [float(i)] for i in (10, 2, 0, 1, *range(3, 10))})
    values = ColumnGroups.from_frame(frame).split(frame)["s"]
    assert values.tolist() == [[float(i) for i in range(11)]]


def test_flags_are_distinguished_from_numbers():
    frame = pd.DataFrame({"g__flag": [0, 1], "g__bool": [True, False], "g__number": [0.0, 2.0]})
    assert ColumnGroups.from_frame(frame)["g"].binary == (True, True, False)


def test_images_in_cells_are_stacked():
    frame = pd.DataFrame({"p__front": image_cells()})
    groups = ColumnGroups.from_frame(frame)
    values = groups.split(frame)["p"]
    assert values.dtype == np.float32
    assert values[:, 0, 0, 0].tolist() == [0.0, 1.0]
    again = groups.join({"p": values})
    np.testing.assert_array_equal(groups.split(again)["p"], values)
    assert groups.split(frame[:0])["p"].shape == (0, 2, 2, 3)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, 0], dtype="Int64"),
        pd.array([1.0, 0.0], dtype="Float32"),
        pd.array([True, False], dtype="boolean"),
        pd.array([1, 0], dtype="int64[pyarrow]"),
        pd.arrays.SparseArray([1.0, 0.0]),
        np.array([1, 0], dtype=object),
        np.array([True, False], dtype=object),
        np.array([1, 0], dtype=np.uint8),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_of_any_dtype_are_measurements(values):
    frame = pd.DataFrame({"n__x": values})
    groups = ColumnGroups.from_frame(frame)
    assert groups.split(frame)["n"].tolist() == [[1.0], [0.0]]
    pd.testing.assert_frame_equal(groups.join(groups.split(frame)), frame)


def test_an_empty_frame_has_no_inputs():
    groups = ColumnGroups.from_frame(pd.DataFrame(index=range(3)))
    assert len(groups) == 0
    assert groups.split(pd.DataFrame(index=range(3))) == {}


def test_a_notebook_shows_the_same_table():
    frame = pd.DataFrame({"<b>__age": [1.0], "category__city": pd.Categorical(["Bern"])})
    groups = ColumnGroups.from_frame(frame)
    html = groups._repr_html_()
    assert "<b>" not in html
    assert html.count("<tr") == 3
    cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", html)
    assert [unescape(cell) for cell in cells] == repr(groups).split()[1:]


def test_repr_shows_a_small_table():
    frame = pd.DataFrame(
        {"numeric__a": [1.0], **{f"c__x{i}": category("a", "b")[:1] for i in range(30)}}
    )
    assert repr(ColumnGroups.from_frame(frame)) == (
        "ColumnGroups\n"
        "group    kind         features  shape  vocabulary\n"
        "numeric  numeric      1         (1,)   -\n"
        "c        categorical  30        (30,)  "
        "2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2..."
    )


# --- Categories at prediction time.


def test_other_categories_are_recoded_to_the_fitted_ones():
    fitted = pd.DataFrame({"c__x": category("a", "b", categories=[UNKNOWN, MISSING, "a", "b"])})
    groups = ColumnGroups.from_frame(fitted)
    later = pd.DataFrame({"c__x": category("b", "new", None, "a", categories=["new", "b", "a"])})
    assert groups.split(later)["c"].ravel().tolist() == [3, 0, 1, 2]


def test_an_unused_category_is_accepted():
    groups = ColumnGroups.from_frame(pd.DataFrame({"c__x": category("a", "b")}))
    later = pd.DataFrame({"c__x": category("b", categories=["new", "b"])})
    assert groups.split(later)["c"].tolist() == [[1]]


# --- Messages.

TOKENS = {"t__x[0]": category("a"), "t__x[1]": category("a")}
UNREADABLE = {
    "text": ({"a__city": ["Rome"]}, "'a__city'.*string.*'Rome'.*CategoryEncoder"),
    "text dtype": ({"a__city": pd.array(["Rome"], dtype="string")}, "'a__city'.*'Rome'"),
    "mixed": ({"a__x": np.array([1, "b"], dtype=object)}, "'a__x'.*mixed-integer.*'b'"),
    "lists": ({"a__x": [[1, 2], None]}, "'a__x'.*holds list values"),
    "of several types": ({"a__x": [[1, 2], {}]}, "'a__x'.*mixed"),
    "dates": ({"a__day": pd.to_datetime(["2024-01-01"])}, "'a__day'.*dates.*DatetimeEncoder"),
    "durations": ({"a__t": pd.to_timedelta(["1D"])}, "'a__t'.*durations"),
    "periods": ({"a__t": pd.period_range("2024", periods=1, freq="M")}, "'a__t'.*period"),
    "complex": ({"a__z": [1j]}, "'a__z'.*complex"),
    "two indices of a category": (
        {"a__x[0,0]": category("b")},
        r"'a__x\[0,0\]'.*2 indices.*category",
    ),
    "four indices": ({"a__x[0,0,0,0]": [1.0]}, r"'a__x\[0,0,0,0\]'.*4 indices"),
    "no group, four": ({"x[0,0,0,0]": [1.0]}, r"'x\[0,0,0,0\]'.*4 indices"),
    "gap": ({"s__x[0]": [1.0], "s__x[2]": [1.0]}, r"'x' in group 's'.*\(1,\).*rename"),
    "gap far away": ({"x[0]": [1.0], "x[20230101]": [1.0]}, r"'x'.*lacks \(1,\), \(2,\), \(3,\)"),
    "box of gaps": ({"x[0,0]": [1.0], "x[99999999,9]": [1.0]}, r"'x'.*lacks \(0, 1\), \(0, 2\)"),
    "not a box": ({"q__x[0,0]": [1.0], "q__x[1,1]": [1.0]}, r"'x'.*\(0, 1\), \(1, 0\)"),
    "twice": ({"s__x[0]": [1.0], "s__x[00]": [1.0]}, r"'s__x\[0\]' and 's__x\[00\]'"),
    "with and without": ({"numeric__x": [1.0], "x": [2.0]}, "'numeric__x' and 'x'"),
    "dimensions": ({"s__x[0]": [1.0], "s__x[0,0]": [1.0]}, "'x' in group 's'.*number of indices"),
    "half categories": ({"s__x[0]": [1.0], "s__x[1]": category("a")}, "'x' in group 's'.*mix"),
    "vocabularies": (TOKENS | {"t__x[1]": category("b")}, "'x' in group 't'.*different"),
    "flat cells": ({"p__x": image_cells(1, (2, 2))}, r"'p__x'.*\(2, 2\).*SequenceEncoder"),
    "one name": ({"a/b__x": [1.0], "a|b__x": [1.0]}, r"'a\|b'.*[Rr]ename"),
    "name of a kind": (
        {"g__age": [1.0], "g__numeric[0]": category("a")},
        "Two inputs.*'g__numeric'.*Rename",
    ),
    "infinity": ({"n__y": [1.0, float("nan"), float("inf")]}, "infinity.*'n__y', row 2"),
    "too large": ({"n__y": [1e300]}, "too large for float32.*'n__y'"),
}


@pytest.mark.parametrize(("columns", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_columns_are_refused_by_name(columns, message):
    with pytest.raises(ValueError, match=message):
        ColumnGroups.from_frame(pd.DataFrame(columns))


def test_duplicated_columns_are_named():
    frame = pd.DataFrame([[1.0, 2.0, 3.0]], columns=["n__x", "n__y", "n__x"])
    with pytest.raises(ValueError, match=r"more than once: \['n__x'\]"):
        ColumnGroups.from_frame(frame)
    groups = ColumnGroups.from_frame(frame.iloc[:, :2])
    with pytest.raises(ValueError, match=r"more than once: \['n__x'\]"):
        groups.split(frame)


FITTED = {
    "n__x": [1.0, 2.0],
    "c__x": category("a", "b"),
    "p__x": image_cells(),
}
LATER = {
    "missing": ({"n__x": None}, "now missing:\n- n__x"),
    "extra": ({"n__new": [1.0, 2.0]}, "unseen at fit time:\n- n__new"),
    "infinity": ({"n__x": [1.0, -np.inf]}, "infinity.*'n__x', row 1"),
    "digits": ({"n__x": ["1.5", "2.5"]}, "'n__x'.*string.*'1.5'"),
    "category": ({"n__x": category(1, 2)}, "'n__x' is a pandas category, but held numbers"),
    "dates": ({"n__x": pd.to_datetime(["2024-01-01"] * 2)}, "'n__x' holds dates"),
    "no category": ({"c__x": ["a", "b"]}, "'c__x'.*was a pandas category in fit"),
    "codes": ({"c__x": [0, 1]}, "'c__x'.*was a pandas category in fit"),
    "outside": ({"c__x": category("a", "z")}, "'c__x' holds categories outside.*: z"),
    "no level": ({"c__x": category("a", None)}, f"'c__x'.*no '{MISSING}' level"),
    "no array": ({"p__x": [1.0, 2.0]}, "Row 0 of column 'p__x' holds float"),
    "shape": ({"p__x": image_cells(2, (3, 2, 3))}, r"Row 0.*'p__x' holds \(3, 2, 3\)"),
    "pixel": ({"p__x": [np.full((2, 2, 3), np.nan)] * 2}, "NaN.*'p__x'.*row 0"),
}


@pytest.mark.parametrize(("change", "message"), LATER.values(), ids=LATER)
def test_mismatches_at_prediction_time_are_refused_by_name(change, message):
    groups = ColumnGroups.from_frame(pd.DataFrame(FITTED))
    columns = {name: cells for name, cells in {**FITTED, **change}.items() if cells is not None}
    with pytest.raises(ValueError, match=message):
        groups.split(pd.DataFrame(columns))


def test_many_wrong_columns_are_abbreviated():
    groups = ColumnGroups.from_frame(pd.DataFrame({f"n__x{i}": [1.0] for i in range(9)}))
    with pytest.raises(ValueError, match=r"- n__x4\n- \.\.\."):
        groups.split(pd.DataFrame({"n__new": [1.0]}))


def test_arrays_of_words_are_not_images():
    words = image_cells(1).copy()
    words[0] = words[0].astype(str).astype(object)
    words[0][:] = "w"
    frame = pd.DataFrame({"p__x": words})
    with pytest.raises(ValueError, match="convert") as caught:
        ColumnGroups.from_frame(frame).split(frame)
    assert "'p__x'" in caught.value.__notes__[0]


@pytest.mark.parametrize("data", [np.zeros((2, 2)), [[1.0]], pd.Series([1.0]), None])
def test_only_frames_are_read(data):
    with pytest.raises(TypeError, match=type(data).__name__):
        ColumnGroups.from_frame(data)
    with pytest.raises(TypeError, match=type(data).__name__):
        ColumnGroups.from_frame(pd.DataFrame({"x": [1.0]})).split(data)


@pytest.mark.parametrize("gaps", [False, True])
def test_missing_numbers_are_an_input_or_become_medians(gaps):
    frame = pd.DataFrame({"n__x": [1.0, np.nan if gaps else 2.0, 9.0], "n__y": [0.0, 1.0, 1.0]})
    groups = ColumnGroups.from_frame(frame)
    (spec,) = groups.inputs
    assert (spec.missing, spec.has_missing) == ((gaps, False), gaps)
    assert spec.binary == (False, True)
    later = groups.split(pd.DataFrame({"n__y": [1.0, None], "n__x": [None, 3.0]}, dtype="Float64"))
    first, second = later["n"].tolist()
    assert second == [3.0, pytest.approx(np.nan, nan_ok=True) if gaps else 1.0]
    assert first == [pytest.approx(np.nan, nan_ok=True) if gaps else 2.0, 1.0]
    with pytest.raises(
        ValueError, match=r"infinity.*'n__y', row 0\. Expected finite numbers or NaN"
    ):
        groups.split(pd.DataFrame({"n__y": [np.inf], "n__x": [None]}, dtype=float))


def test_missing_numbers_can_be_refused():
    complete = pd.DataFrame({"n__x": [1.0, 2.0]})
    for cells in ([1.0, np.nan], pd.array([1, None], dtype="Int64"), np.array([1, None], object)):
        gap = pd.DataFrame({"n__x": cells})
        with pytest.raises(ValueError, match=r"NaN in column 'n__x', row 1\..*impute"):
            ColumnGroups.from_frame(gap, allow_nan=False)
        with pytest.raises(ValueError, match=r"NaN in column 'n__x', row 1\..*impute"):
            ColumnGroups.from_frame(complete, allow_nan=False).split(gap)


def test_series_and_images_have_no_gaps():
    frame = pd.DataFrame({"n__x[0]": [1.0], "n__x[1]": [np.nan]})
    with pytest.raises(ValueError, match=r"NaN in column 'n__x\[1\]', row 0\..*impute"):
        ColumnGroups.from_frame(frame).split(frame)


# --- Cost, as a ratio to what making the frame costs.


def best_of(n_times, function):
    times = []
    for _ in range(n_times):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def test_reading_many_columns_costs_little():
    codes = np.random.default_rng(0).integers(0, len(VOCABULARY), (3000, 50))
    dtype = pd.CategoricalDtype(VOCABULARY)

    def build():
        columns = [pd.Categorical.from_codes(column, dtype=dtype) for column in codes]
        return pd.DataFrame({f"t__x[{i}]": column for i, column in enumerate(columns)})

    frame = build()
    groups = ColumnGroups.from_frame(frame)
    making = best_of(3, build)
    assert best_of(5, lambda: ColumnGroups.from_frame(frame)) < making / 1.5
    # Columns as in fit are recognised without looking at any of them.
    assert best_of(5, lambda: groups.align(frame)) < making / 1000
    assert groups.align(frame) is frame
