"""Targets: labels of every type, messages, and the way back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import DataConversionWarning

from skmultiinput import MultiInputRegressor
from skmultiinput.estimators._targets import ClassTarget, NumberTarget, read_target

LABELS = {
    "text": ["no", "yes", "no"],
    "bool": [False, True, False],
    "int": [3, -1, 3],
    "float": [0.0, 1.0, 1.0],
    "date": pd.to_datetime(["2024-01-01", "2025-01-01", "2024-01-01"]),
}
DTYPES = [
    (["a", "b", "a"], "category"),
    (["a", "b", "a"], "string"),
    (["a", "b", "a"], object),
    ([1, 2, 1], "Int64"),
    ([True, False, True], "boolean"),
    ([1, 2, 1], "float32"),
]


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_any_type_come_back(labels):
    y = read_target(labels, "Model")
    target = ClassTarget().fit(y)
    encoded = target.transform(y)
    assert encoded.dtype == np.float32
    assert encoded.shape == (3, 1)
    np.testing.assert_array_equal(target.labels(encoded), y)


@pytest.mark.parametrize(("values", "dtype"), DTYPES, ids=[str(d) for _, d in DTYPES])
def test_series_of_any_dtype_come_back(values, dtype):
    y = read_target(pd.Series(values, dtype=dtype), "Model")
    target = ClassTarget().fit(y)
    assert target.labels(target.transform(y)).tolist() == values


@given(
    st.lists(st.sampled_from("abcde"), min_size=2, max_size=30).filter(lambda y: len(set(y)) > 1)
)
@settings(max_examples=40)
def test_the_most_probable_label_is_the_label(labels):
    y = np.array(labels)
    target = ClassTarget().fit(y)
    codes = target.transform(y)
    outputs = codes if target.kind_ == "binary" else np.eye(target.n_outputs_)[codes] * 0.9 + 0.01
    np.testing.assert_array_equal(target.labels(outputs), y)
    probabilities = target.probabilities(outputs)
    assert probabilities.shape == (len(y), len(target.classes_))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_matrices_of_labels_are_multilabel():
    y = np.array([[0, 1], [1, 1], [0, 0]])
    target = ClassTarget().fit(y)
    assert (target.kind_, target.n_outputs_) == ("multilabel", 2)
    np.testing.assert_array_equal(target.labels(target.transform(y)), y)


def test_one_column_is_a_label_each_with_scikit_learns_warning():
    for y in (pd.DataFrame({"y": ["a", "b"]}), np.array([["a"], ["b"]])):
        with pytest.warns(DataConversionWarning):
            assert read_target(y, "Model").tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["a", None, "b"]),
        pd.Series([1, None, 2], dtype="Int64"),
        pd.Series(["a", pd.NA, "b"], dtype="string"),
        pd.DataFrame({"a": [1, 0, 1], "b": [1.0, np.nan, 0.0]}),
        np.array(["a", None, "b"], dtype=object),
        [0.0, np.nan, 1.0],
    ],
    ids=["object", "Int64", "string", "frame", "array", "list"],
)
def test_missing_targets_are_counted(y):
    with pytest.raises(ValueError, match=r"Input y contains NaN: 1 of 3 targets are missing. Drop"):
        read_target(y, "Model")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "Model requires y to be passed, but the target y is None"),
        ([0.0, np.inf], "Input y contains infinity"),
        (np.array(["a", 1], dtype=object), "y mixes values of the types int, str"),
        (np.zeros((2, 1, 2)), "dim 3"),
        (np.array([1.0, 2j]), "y holds complex numbers; expected labels or real numbers"),
    ],
)
def test_other_bad_targets_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        read_target(y, "Model")


def test_classes_are_checked():
    with pytest.raises(ValueError, match="y holds one class only: 'a'"):
        ClassTarget().fit(np.array(["a", "a"]))
    with pytest.raises(ValueError, match="continuous"):
        ClassTarget().fit(np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="multiclass-multioutput"):
        ClassTarget().fit(np.array([[0, 2], [1, 1]]))
    with pytest.raises(ValueError, match=r"outside the known classes \['a', 'b'\]: \['c'\]"):
        ClassTarget().fit(np.array(["a", "b"])).transform(np.array(["c"]))
    with pytest.raises(ValueError, match="outside the known classes"):
        ClassTarget().fit(np.array(["a", "c"]), classes=["a", "b"])
    target = ClassTarget().fit(np.array(["b", "b"]), classes=["b", "a", "c"])
    assert target.classes_.tolist() == ["a", "b", "c"]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20),
    st.integers(1, 3),
)
@settings(max_examples=40)
def test_numbers_come_back(values, n_outputs):
    y = np.array(values) if n_outputs == 1 else np.column_stack([values] * n_outputs)
    target = NumberTarget().fit(y)
    back = target.inverse_transform(target.transform(y))
    assert back.shape == y.shape
    np.testing.assert_allclose(back, y, rtol=1e-5, atol=1e-5 * np.ptp(values) + 1e-9)


def test_scale_is_that_of_the_weights():
    y, weight = np.array([0.0, 10.0, 99.0]), np.array([3.0, 1.0, 0.0])
    target = NumberTarget().fit(y, weight)
    repeated = NumberTarget().fit(np.array([0.0, 0.0, 0.0, 10.0]))
    np.testing.assert_allclose([target.mean_, target.scale_], [repeated.mean_, repeated.scale_])


def test_constant_numbers_have_scale_one():
    for constant in (7.0, 0.1, 1e9 + 0.1):
        target = NumberTarget().fit(np.full(60, constant))
        assert target.scale_.tolist() == [1.0]
        np.testing.assert_allclose(target.inverse_transform(np.zeros((2, 1))), constant)


@pytest.mark.parametrize("unit", [pd.to_datetime, pd.to_timedelta])
def test_times_are_no_numbers(unit):
    y = pd.Series(unit(np.arange(4) * 86_400 * 10**9))
    X = pd.DataFrame({"a": np.arange(4.0)})
    with pytest.raises(ValueError, match=r"but y holds times. Convert them .*total_seconds"):
        MultiInputRegressor(epochs=1).fit(X, y)


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match=r"expects numbers in y, but y holds 'cheap'. For classes"):
        NumberTarget().fit(np.array(["cheap", "dear"]))
    with pytest.raises(ValueError, match="too large: their standard deviation"):
        NumberTarget().fit(np.array([-1e300, 1e300]))
    with pytest.raises(ValueError, match=r"deviation is 1e\+30, .* single precision"):
        NumberTarget().fit(np.array([-1e30, 1e30]))
    with pytest.raises(ValueError, match="y`` to have 1 outputs, but 2 were seen"):
        NumberTarget().fit(np.zeros((3, 2))).transform(np.zeros(3))
