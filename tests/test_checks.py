"""Small rules that several parts of the package share."""

import numpy as np
import pytest

from skmultiinput._checks import (
    as_generator,
    as_random_state,
    draw_seed,
    to_builtin,
    with_builtin_params,
)
from skmultiinput.branches import NumericBranch


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.float64(7.5), 7.5),
        (np.bool_(True), True),
        (np.str_("relu"), "relu"),
        ((np.int32(3), [np.float16(0.5)]), (3, [0.5])),
        ({np.str_("beta_1"): np.float64(0.9)}, {"beta_1": 0.9}),
    ],
)
def test_numpy_scalars_become_builtin(value, expected):
    def types(x):
        if isinstance(x, (list, tuple)):
            return [types(item) for item in x]
        return (
            [types(item) for pair in x.items() for item in pair] if isinstance(x, dict) else type(x)
        )

    result = to_builtin(value)
    assert result == expected
    assert types(result) == types(expected)


@pytest.mark.parametrize("value", [3, "relu", None, (1, 2), [0.5], {"a": (1,)}, np.ones(2), object])
def test_other_values_stay_the_same_object(value):
    assert to_builtin(value) is value


def test_parameters_of_an_object_become_builtin_in_a_copy():
    branch = NumericBranch(units=np.int64(8), dropout=np.float32(0.5))
    plain = with_builtin_params(branch)
    assert (type(plain.units), type(plain.dropout)) == (int, float)
    assert type(branch.units) is np.int64
    assert with_builtin_params(plain) is plain


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, int])
def test_every_kind_of_random_state_gives_the_same_draws_again(make):
    def draws(seed):
        return (
            draw_seed(make(seed)),
            as_generator(make(seed)).integers(2**31),
            as_random_state(make(seed)).randint(2**31 - 1),
        )

    assert draws(3) == draws(3)
    assert draws(3) != draws(4)
