import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import column_names

from skmultiinput.frame._column_groups import parse_address
from skmultiinput.preprocessing import NumberParser
from skmultiinput.preprocessing._column_wise import plain_name, unique_names


@given(column_names())
def test_a_plain_name_has_no_index_and_others_are_kept(names):
    for name in names:
        _, _, index = parse_address(f"numeric__{plain_name(name)}")
        assert index == ()
        if parse_address(f"numeric__{name}")[2] == ():
            assert plain_name(name) == name


def test_duplicates_are_named():
    with pytest.raises(ValueError, match=r"more than once: \['a', 'b'\]"):
        NumberParser().fit(pd.DataFrame([[1] * 5], columns=["a", "b", "a", "c", "b"]))


@given(st.lists(st.sampled_from(["a", "b", "a (2)", "a (3)", "b (2)"])))
def test_unique_names_are_unique_and_the_first_keeps_its_name(names):
    unique = unique_names(names).tolist()
    assert len(set(unique)) == len(names)
    assert [unique[names.index(name)] for name in names] == names


def test_frames_and_arrays_are_checked_like_everywhere():
    parser = NumberParser().fit(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    with pytest.raises(ValueError, match="Feature names"):
        parser.transform(pd.DataFrame({"b": [1.0], "a": [2.0]}))
    with pytest.raises(ValueError, match="0 sample"):
        NumberParser().fit(pd.DataFrame({"a": []}))
    with pytest.raises(ValueError, match="0 feature"):
        NumberParser().fit(pd.DataFrame(index=[0, 1]))
    with pytest.raises(ValueError, match=r"2-dimensional|1D array"):
        NumberParser().fit(pd.Series([1.0]))
    out = NumberParser().fit_transform(np.array([[1, 2]]))
    assert out.columns.tolist() == ["x0", "x1"]
