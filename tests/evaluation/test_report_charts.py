"""What the charts of the report show, in numbers."""

import numpy as np
import pytest

from skmultiinput.evaluation._report_charts import Ranking, reliability

RNG = np.random.default_rng(0)
SCORE = RNG.uniform(size=600)
TRUTH = (RNG.uniform(size=600) < SCORE).astype(float)


def intervals(weight):
    return reliability(Ranking("m", "m", TRUTH, SCORE, weight, np.arange(600)))


@pytest.mark.parametrize("size", [0.001, 1.0, 5000.0])
def test_equal_weights_change_no_interval(size):
    np.testing.assert_allclose(intervals(np.full(600, size)), intervals(None))


def test_unequal_weights_widen_the_intervals():
    plain, few = intervals(None), intervals(np.where(np.arange(600) % 4, 1e-9, 1.0))
    assert (few[3] - few[2] > 1.3 * (plain[3] - plain[2])).mean() > 0.8
