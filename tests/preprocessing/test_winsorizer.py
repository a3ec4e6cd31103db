import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.compose import ColumnTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import Winsorizer


@parametrize_with_checks([Winsorizer()])
def test_estimator_checks(estimator, check):
    check(estimator)


tables = arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.integers(1, 3)),
    elements=st.floats(-1e9, 1e9) | st.just(np.nan),
)


@settings(max_examples=80, deadline=None)
@given(tables)
def test_equals_a_column_by_column_reference(X):
    out = Winsorizer(lower=0.1, upper=0.8).fit_transform(X)
    for j in range(X.shape[1]):
        seen = sorted(x for x in X[:, j] if not np.isnan(x))
        expected = X[:, j]
        if seen:
            # The neighbours of the quantile's place among the sorted values, outwards.
            low = seen[int(np.floor(0.1 * (len(seen) - 1)))]
            high = seen[int(np.ceil(0.8 * (len(seen) - 1)))]
            if low < high:
                expected = np.where(np.isnan(expected), np.nan, expected.clip(low, high))
        np.testing.assert_array_equal(out[:, j], expected)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_a_second_time_changes_nothing_and_gaps_stay(X):
    winsorizer = Winsorizer(lower=0.2, upper=0.9).fit(X)
    once = winsorizer.transform(X)
    np.testing.assert_array_equal(winsorizer.transform(once), once)
    np.testing.assert_array_equal(np.isnan(once), np.isnan(X))


def test_limits_come_from_the_training_rows():
    winsorizer = Winsorizer(lower=0, upper=1).fit([[0.0], [10.0]])
    np.testing.assert_array_equal(winsorizer.transform([[-5.0], [99.0]]), [[0.0], [10.0]])


def test_a_rare_flag_survives():
    flag = np.zeros((1000, 1))
    flag[:3] = 1
    np.testing.assert_array_equal(Winsorizer().fit_transform(flag), flag)


def test_float32_is_kept_and_whole_numbers_become_floats():
    assert Winsorizer().fit_transform(np.ones((5, 2), dtype=np.float32)).dtype == np.float32
    assert Winsorizer().fit_transform(np.ones((5, 2), dtype=int)).dtype == np.float64


def test_inside_a_column_transformer():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 500.0], "b": list("xyxy")})
    transformer = ColumnTransformer([("numeric", Winsorizer(upper=0.5), ["a"])])
    out = transformer.set_output(transform="pandas").fit_transform(frame)
    assert out["numeric__a"].tolist() == [1.0, 2.0, 3.0, 3.0]


def test_wrong_limits():
    with pytest.raises(ValueError, match="lower < upper"):
        Winsorizer(lower=0.5, upper=0.5).fit([[1.0]])
    with pytest.raises(ValueError, match="'upper' parameter of Winsorizer"):
        Winsorizer(upper=99).fit([[1.0]])
    with pytest.raises(ValueError, match="infinity"):
        Winsorizer().fit([[np.inf]])
