import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from sklearn.utils.estimator_checks import parametrize_with_checks
from strategies import category_frames
from test_category_encoder import EXPECTED_FAILED_CHECKS

from skmultiinput.frame._column_groups import MISSING
from skmultiinput.preprocessing import HashingEncoder


@parametrize_with_checks(
    [HashingEncoder()], expected_failed_checks=lambda _: EXPECTED_FAILED_CHECKS
)
def test_estimator_checks(estimator, check):
    check(estimator)


@settings(max_examples=40, deadline=None)
@given(category_frames(), category_frames())
def test_equal_levels_share_a_bucket_whatever_was_seen(train, other):
    encoder = HashingEncoder(n_buckets=7).fit(train)
    n = train.shape[1]
    new = pd.concat([other] * n, axis=1).iloc[:, :n].set_axis(train.columns, axis=1)
    encoded = encoder.transform(new)
    again = HashingEncoder(n_buckets=7).fit_transform(new)
    assert not encoded.isna().any().any()
    for j in range(n):
        assert encoded.iloc[:, j].tolist() == again.iloc[:, j].tolist()
        column = new.iloc[:, j].astype(object)
        blank = column.map(lambda cell: isinstance(cell, str) and not cell.strip())
        missing = (column.isna() | blank.astype(bool)).to_numpy()
        assert ((encoded.iloc[:, j] == MISSING).to_numpy() == missing).all()


def test_the_same_in_every_process():
    code = (
        "import pandas as pd; from skmultiinput.preprocessing import HashingEncoder;"
        "table = pd.DataFrame({'a': ['u1', 'u2', 3]});"
        "print(HashingEncoder(97).fit_transform(table)['a'].tolist())"
    )
    here = HashingEncoder(97).fit_transform(pd.DataFrame({"a": ["u1", "u2", 3]}))["a"].tolist()
    there = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert there.strip() == str(here)


def test_levels_spread_over_the_buckets():
    users = pd.DataFrame({"user": [f"u{i}" for i in range(1000)]})
    assert HashingEncoder(n_buckets=50).fit_transform(users)["user"].nunique() == 50


def test_list_cells_are_refused_with_the_name_of_the_column():
    with pytest.raises(TypeError, match="Column 'tags'"):
        HashingEncoder().fit_transform(pd.DataFrame({"tags": [["a"], ["b"]]}))
