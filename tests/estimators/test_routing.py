"""Names of parameters and where they go."""

from functools import partial

import keras
import numpy as np
import pandas as pd
import pytest

from skmultiinput import ColumnGroups
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._default_branches import default_branch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.estimators._routing import (
    assemble_branches,
    check_activation,
    check_routes,
    check_units,
    routed,
    suggest,
)

GROUPS = ColumnGroups.from_frame(
    pd.DataFrame({"numeric__a": [0.5, 1.5], "category__c": pd.Categorical(["x", "y"])})
)


def assemble(branches="auto", **params):
    return assemble_branches(branches, GROUPS, params, default_branch, "Model")


def test_suggestions_end_a_sentence():
    assert suggest("epoch", ["epochs"]) == ", did you mean 'epochs'?"
    assert suggest("wings", ["epochs"]) == "."


def test_routed_takes_one_prefix_off():
    assert routed({"a__b__c": 1, "a__d": 2, "ab__c": 3, "a": 4}, "a") == {"b__c": 1, "d": 2}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"fit__epoch": 1}, "fit__epoch for Model, did you mean 'epochs'"),
        ({"fit__validation_split": 0.1}, "Expected one of .*'fit__batch_size'"),
        ({"predict__steps": 1}, "predict__steps"),
        ({"compile__run_eagerly": True}, "nothing it would set"),
        ({"callbacks": None, "callbacks__patience": 1}, "parameter of 'callbacks', which is None"),
        ({"metrics": None, "metrics__curve": "PR"}, "'metrics', which is None"),
        ({"model": None, "model__units": 1}, "'model', which is None"),
        ({"sampler": None, "sampler__k_neighbors": 1}, "'sampler', which is None"),
    ],
)
def test_routes_that_lead_nowhere_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        check_routes(params, "Model")


def test_routes_that_lead_somewhere_pass():
    check_routes({"fit__epochs": 3, "predict__batch_size": 2, "optimizer__epsilon": 1}, "Model")


def test_units_are_whole_numbers():
    assert check_units(np.array([4, 2])) == (4, 2)
    for wrong in [(0,), (8.5,), ("8",), (True,)]:
        with pytest.raises(ValueError, match="'hidden_units' parameter must hold whole numbers"):
            check_units(wrong)


def test_activations_are_known():
    assert check_activation("relu") == "relu"
    assert check_activation(keras.ops.tanh) is keras.ops.tanh
    layer = keras.layers.LeakyReLU(negative_slope=0.3)
    assert check_activation(layer) is layer
    with pytest.raises(ValueError, match="Unknown activation 'rlu', did you mean 'relu'"):
        check_activation("rlu")
    with pytest.raises(ValueError, match=r"Unknown activation 'rlu'.*'numeric__activation'"):
        assemble(numeric__activation="rlu")


@pytest.mark.parametrize(
    "wrong",
    [np.tanh, partial(keras.activations.elu, alpha=0.5), keras.layers.LeakyReLU],
    ids=["ufunc", "partial", "class"],
)
def test_activations_are_what_keras_can_store(wrong):
    with pytest.raises(TypeError, match=r"'activation' parameter must be a name .* of your own"):
        check_activation(wrong)


def test_each_input_gets_the_branch_of_its_kind():
    found = assemble(numeric__units=5)
    assert isinstance(found["numeric"], NumericBranch)
    assert isinstance(found["category"], CategoricalBranch)
    assert found["numeric"].units == 5


def test_given_branches_are_copied_and_parameters_go_to_the_copy():
    mine = NumericBranch(units=3)
    found = assemble([("numeric", mine)], numeric__embedding_dim=4)
    assert (found["numeric"].units, found["numeric"].embedding_dim) == (3, 4)
    assert mine.embedding_dim == NumericBranch().embedding_dim


@pytest.mark.parametrize(
    ("branches", "params", "message"),
    [
        ([("numbers", NumericBranch())], {}, r"group 'numbers', which is not in X"),
        ([("numeri", NumericBranch())], {}, "did you mean 'numeric'"),
        ([("numeric", NumericBranch())] * 2, {}, "names the column group 'numeric' twice"),
        ([NumericBranch()], {}, r"must be 'auto' or a list of \(name of a column group, branch\)"),
        ([("numeric", NumericBranch)], {}, "must be 'auto' or a list of"),
        ("auto", {"numbers__units": 3}, "no column group 'numbers' in X"),
        ("auto", {"numeric__unit": 3}, "NumericBranch has no parameter 'unit', did you mean"),
    ],
)
def test_what_fits_no_group_is_refused(branches, params, message):
    with pytest.raises(ValueError, match=message):
        assemble(branches, **params)
