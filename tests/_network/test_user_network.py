"""Networks of one's own: a function of ``meta``, or a model."""

import pickle

import keras
import numpy as np
import pytest
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier

X, Y = small_table()


def ours(**params):
    return MultiInputClassifier(**{**SMALL, **params})


def two_towers(meta, units=4):
    groups = meta["column_groups_"]
    inputs = {s.name: keras.Input(s.shape, name=s.name) for s in groups.inputs}
    towers = [keras.layers.Dense(units, "relu")(x) for x in inputs.values()]
    x = keras.layers.Concatenate()(towers)
    return keras.Model(inputs, keras.layers.Dense(meta["n_outputs_"], "sigmoid")(x))


def test_a_function_builds_a_network_of_ones_own():
    model = ours(model=two_towers, model__units=6).fit(X, Y)
    assert model.model_.count_params() == 2 * 6 + 6 + 6 + 6 + 12 + 1
    again = ours(model=two_towers, model__units=6).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))
    other = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))


def test_a_network_of_ones_own_is_copied():
    groups = ours().initialize(X, Y).column_groups_
    mine = two_towers({"column_groups_": groups, "n_outputs_": 1})
    before = mine.get_weights()
    model = ours(model=mine, epochs=3).fit(X, Y)
    for a, b in zip(before, mine.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(before[0], model.model_.get_weights()[0])


def test_a_subclassed_network_is_refused():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()

        def call(self, x):
            return x

    for network in (Own(), Own):
        with pytest.raises(ValueError, match=r"must give a functional .* Got Own"):
            ours(model=network).fit(X, Y)


def test_own_networks_that_do_not_fit_are_refused():
    def wrong_inputs(meta):
        x = keras.Input((2,), name="numbers")
        return keras.Model({"numbers": x}, keras.layers.Dense(1)(x))

    def wrong_shape(meta):
        inputs = {s.name: keras.Input((7,), name=s.name) for s in meta["column_groups_"].inputs}
        x = keras.layers.Concatenate()(list(inputs.values()))
        return keras.Model(inputs, keras.layers.Dense(1)(x))

    def wrong_outputs(meta):
        return two_towers({**meta, "n_outputs_": 5})

    for network, message in (
        (
            wrong_inputs,
            r"inputs \['numbers'\], but the columns of X form .*\['category', 'numeric'\]",
        ),
        (wrong_shape, r"input '\w+' has shape \(7,\) per row, but the columns of X give"),
        (wrong_outputs, "this target needs one output of width 1"),
        (lambda meta: None, "must give a functional keras.Model"),
        (lambda units: None, "missing 1 required positional argument: 'units'"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            ours(model=network).fit(X, Y)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'width'.*'units'"):
        ours(model=two_towers, model__width=3).fit(X, Y)


def test_a_compiled_network_keeps_its_loss_and_optimizer():
    def compiled(meta):
        network = two_towers(meta)
        network.compile(keras.optimizers.SGD(0.05), "mean_squared_error")
        return network

    model = ours(model=compiled).fit(X, Y)
    assert isinstance(model.model_.optimizer, keras.optimizers.SGD)
    p = model.predict_proba(X)[:, 1]
    brier = np.mean((p - (Y == "stays")) ** 2)
    assert abs(model.history_["val_loss"][-1] - brier) < 0.1


def test_the_function_sees_what_was_fitted():
    seen = {}

    def look(meta, params):
        seen.update(meta, params=params)
        return two_towers(meta)

    ours(model=look).fit(X, Y)
    assert seen["classes_"].tolist() == ["leaves", "stays"]
    assert (seen["n_outputs_"], seen["n_features_in_"], seen["target_type_"]) == (1, 3, "binary")
    assert seen["params"]["epochs"] == SMALL["epochs"]
