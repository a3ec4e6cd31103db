"""Assembling networks: shapes, members, reproducible weights, and what makes two of them equal."""

import json
import random
import threading
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.ops import convert_to_numpy as array

from skmultiinput._layers.member_layers import MemberMean, MemberScale
from skmultiinput._network.build import architecture, build_network, rounded_size
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.weights import reseed
from skmultiinput.branches._branch import Branch, BranchOutput
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.frame._column_groups import ColumnGroups


def typed(n_levels=4, n_rows=6):
    rng = np.random.default_rng(n_levels)
    dtype = pd.CategoricalDtype([f"l{i}" for i in range(n_levels)])
    codes = rng.integers(0, n_levels, n_rows)
    return pd.DataFrame(
        {
            "numeric__age": rng.normal(size=n_rows),
            "numeric__sum": rng.normal(size=n_rows),
            "numeric__flag": rng.integers(0, 2, n_rows),
            "category__id": pd.Categorical.from_codes(codes, dtype=dtype),
        }
    )


def read(frame):
    specs = ColumnGroups.from_frame(frame).inputs
    return specs, {"numeric": NumericBranch(), "category": CategoricalBranch()}


def build(frame=None, **kwargs):
    frame = typed() if frame is None else frame
    config = NetworkConfig(**{"hidden_units": (16, 8), **kwargs})
    return build_network(*read(frame), config)


def inputs_of(frame):
    return ColumnGroups.from_frame(frame).split(frame)


# --- Sizes.


@given(st.integers(0, 10**6))
def test_sizes_are_rounded_up_by_an_eighth_at_most(size):
    rounded = rounded_size(size)
    assert size <= rounded <= max(8, size * 9 / 8 + 1)
    assert rounded_size(rounded) == rounded
    assert rounded_size(size + 1) >= rounded


def test_there_are_eight_sizes_per_power_of_two():
    assert len({rounded_size(n) for n in range(513, 1025)}) == 8


# --- Shapes.


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize(
    ("n_outputs", "activation"), [(1, "sigmoid"), (3, "softmax"), (2, "linear")]
)
def test_networks_have_the_shapes_asked_for(n_members, n_outputs, activation):
    model = build(n_members=n_members, n_outputs=n_outputs, output_activation=activation)
    out = array(model(inputs_of(typed())))
    assert out.shape == (6, n_outputs)
    assert {tensor.name for tensor in model.inputs} == {"numeric", "category"}
    raw = model.get_layer("network>prediction").input
    members = (n_members,) if n_members > 1 else ()
    assert tuple(raw.shape[1:]) == (*members, n_outputs)
    if activation == "softmax":
        np.testing.assert_allclose(out.sum(axis=1), 1.0, rtol=1e-5)
    if activation == "sigmoid":
        assert ((out > 0) & (out < 1)).all()


def test_members_are_an_average_and_share_the_trunk():
    model = build(n_members=4)
    raw = keras.Model(model.inputs, model.get_layer("network>prediction").input)(inputs_of(typed()))
    expected = (1 / (1 + np.exp(-array(raw).astype("float64")))).mean(axis=1)
    np.testing.assert_allclose(model(inputs_of(typed())), expected, rtol=1e-5)
    assert model.get_layer("network>hidden_0").kernel.shape[-1] == 16
    assert isinstance(model.get_layer("network>prediction"), MemberMean)


def test_a_plain_network_has_no_member_layers():
    names = {type(layer).__name__ for layer in build(n_members=1).layers}
    assert not names & {"MemberScale", "MemberHeads", "MemberMean"}


def test_the_members_start_as_the_branches_ask():
    assert build().get_layer("network>members").distribution == "normal"
    plain = typed()[["numeric__age", "numeric__flag"]]
    specs = ColumnGroups.from_frame(plain).inputs
    model = build_network(specs, {"numeric": NumericBranch(embedding="plain")}, NetworkConfig())
    (scale,) = [layer for layer in model.layers if isinstance(layer, MemberScale)]
    assert (scale.distribution, scale.chunks) == ("signs", [1, 1])


def test_no_hidden_layers_no_dropout_and_penalties():
    model = build(hidden_units=(), dropout=0.0)
    assert not [layer for layer in model.layers if "hidden" in layer.name]
    model = build(l1=0.1, l2=0.2, dropout=0.0)
    kernels = [array(model.get_layer(f"network>hidden_{i}").kernel) for i in range(2)]
    expected = sum(0.1 * np.abs(w).sum() + 0.2 * (w**2).sum() for w in kernels)
    assert float(sum(array(loss) for loss in model.losses)) == pytest.approx(expected, rel=1e-4)
    assert not [layer for layer in model.layers if "dropout" in layer.name]


class LinearPath(Branch):
    """Logits only, or logits beside features."""

    def __init__(self, features=True):
        self.features = features

    def build(self, group):
        x = keras.layers.Dense(group.n_outputs, use_bias=False, name="path")(group.tensor)
        return BranchOutput([group.tensor] if self.features else [], logits=x)


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("features", [True, False])
def test_a_linear_path_is_added_before_the_activation(n_members, features):
    frame = typed()[["numeric__age", "numeric__sum"]]
    specs = ColumnGroups.from_frame(frame).inputs
    config = NetworkConfig(n_members=n_members)
    model = build_network(specs, {"numeric": LinearPath(features)}, config)
    inputs = inputs_of(frame)
    with_path = array(model(inputs))
    for layer in model.layers:
        if layer.name == "path":
            weights = layer.get_weights()[0]
            layer.set_weights([np.zeros_like(weights)])
    without = array(model(inputs))
    assert with_path.shape == (6, 1)
    if not features:
        expected = 1 / (1 + np.exp(-inputs["numeric"] @ weights))
        np.testing.assert_allclose(with_path, expected, rtol=1e-5)
        np.testing.assert_allclose(without, 0.5)
    else:
        assert np.abs(with_path - without).max() > 1e-4


# --- Weights.


def test_weights_follow_from_the_generator_and_from_nothing_else():
    def draw(seed, process_seed):
        keras.utils.set_random_seed(process_seed)
        model = build()
        reseed(model, np.random.default_rng(seed))
        return model.get_weights()

    first, again, other = draw(0, 1), draw(0, 2), draw(5, 1)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != c).any() for a, c in zip(first, other, strict=True))


def test_every_random_weight_is_drawn_again():
    """A layer whose weights escape would make fits depend on the process-wide seed."""

    def weights(process_seed):
        keras.utils.set_random_seed(process_seed)
        model = build()
        before = {v.path: array(v).copy() for v in model.weights}
        reseed(model, np.random.default_rng(0))
        return before, {v.path: array(v) for v in model.weights}

    (before_a, after_a), (before_b, after_b) = weights(1), weights(2)
    # The initializers of the package have seeds, so that nothing comes from the process's.
    for path, values in before_a.items():
        np.testing.assert_array_equal(values, before_b[path], err_msg=path)
    random_ones = {path for path, values in before_a.items() if len(np.unique(values)) > 2}
    drawn_again = {path for path in before_a if (before_a[path] != after_a[path]).any()}
    assert len(random_ones) >= 5
    assert random_ones <= drawn_again
    for path, values in after_a.items():
        np.testing.assert_array_equal(values, after_b[path], err_msg=path)


def test_layers_of_one_network_do_not_share_their_numbers():
    model = build(hidden_units=(16, 16, 16))
    reseed(model, np.random.default_rng(0))
    a, b = (array(model.get_layer(f"network>hidden_{i}").kernel) for i in (1, 2))
    assert not (a == b).any()
    seeds = [
        tuple(array(v)) for v in model.non_trainable_variables if v.path.endswith("generator_state")
    ]
    assert len(seeds) == len(set(seeds)) >= 3


def test_seeding_leaves_the_process_alone():
    model = build()
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002 - the state that must not change
    before = random.getstate(), np.random.get_state()[1].tolist(), keras.config.floatx()  # noqa: NPY002 - likewise
    reseed(model, np.random.default_rng(0))
    after = random.getstate(), np.random.get_state()[1].tolist(), keras.config.floatx()  # noqa: NPY002 - likewise
    assert after == before


def test_building_leaves_the_generator_of_keras_alone():
    def draws():
        return [array(keras.random.normal((3,))).tolist() for _ in range(2)]

    def start():
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        keras.random.normal((1,))  # makes the generator

    start()
    expected = draws()
    start()
    build()
    assert draws() == expected


class Nested(Branch):
    """A branch with a model inside, whose layers are found as well."""

    def build(self, group):
        inner = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])
        return inner(group.tensor)


def test_layers_inside_of_layers_are_seeded():
    frame = typed()[["numeric__age"]]
    specs = ColumnGroups.from_frame(frame).inputs

    def draw():
        config = NetworkConfig(hidden_units=(), n_members=1)
        model = build_network(specs, {"numeric": Nested()}, config)
        reseed(model, np.random.default_rng(0))
        return model.get_weights()

    for a, b in zip(draw(), draw(), strict=True):
        np.testing.assert_array_equal(a, b)


# --- Architectures.


def key(frame=None, branches=None, **kwargs):
    specs, default = read(typed() if frame is None else frame)
    return architecture(specs, branches or default, NetworkConfig(**kwargs))


def without_last_levels(frame):
    ids = frame["category__id"].cat
    return frame.assign(category__id=ids.set_categories(ids.categories[:98])).dropna()


def test_folds_of_one_table_share_an_architecture():
    frame = typed(n_levels=100, n_rows=40)
    assert key(frame) == key(frame.iloc[:30])
    assert hash(key(frame)) == hash(key(frame.iloc[:30]))
    assert key(frame) == key(without_last_levels(frame))


def test_other_parameters_are_other_architectures():
    frame = typed()
    renamed = frame.rename(columns=lambda name: name.replace("category", "ids"))
    specs = ColumnGroups.from_frame(renamed).inputs
    keys = [
        key(),
        key(typed(n_levels=30)),
        key(frame.drop(columns="numeric__age")),
        key(frame.assign(numeric__flag=0.5)),
        architecture(
            specs, {"numeric": NumericBranch(), "ids": CategoricalBranch()}, NetworkConfig()
        ),
        key(branches={"numeric": NumericBranch(n_bins=9), "category": CategoricalBranch()}),
        key(branches={"numeric": LinearPath(), "category": CategoricalBranch()}),
        key(hidden_units=(8,)),
        key(hidden_units=(8, 8)),
        key(n_members=2),
        key(n_members=2, dropout=0.5),
        key(activation=keras.activations.relu),
        key(output_activation="softmax"),
    ]
    assert len(set(keys)) == len(keys)


def test_equal_architectures_have_equal_graphs():
    """What the pool relies on: the weights of one fit into the other."""
    frame = typed(n_levels=100, n_rows=40)
    other = without_last_levels(frame)
    assert key(frame) == key(other)
    first, second = build(frame), build(other)
    assert [v.path for v in first.weights] == [v.path for v in second.weights]
    second.set_weights(first.get_weights())
    inputs = inputs_of(frame)
    np.testing.assert_array_equal(first(inputs), second(inputs))


def test_a_class_defined_again_is_another_architecture():
    def define():
        class Mine(Branch):
            def build(self, group):
                return group.tensor

        return {"numeric": Mine(), "category": CategoricalBranch()}

    assert key(branches=define()) != key(branches=define())


class Weighted(Branch):
    """A branch with a table among its parameters."""

    def __init__(self, table=None):
        self.table = table

    def build(self, group):
        return group.tensor * self.table["weight"].to_numpy()[100]


def test_parameters_are_compared_by_their_content():
    """The repr of a table shows its first and last rows only."""

    def key_of(middle):
        table = pd.DataFrame({"weight": np.ones(200)})
        table.loc[100, "weight"] = middle
        return key(branches={"numeric": Weighted(table), "category": CategoricalBranch()})

    assert key_of(1.0) == key_of(1.0) != key_of(2.0)


@dataclass
class Scaled:
    """An activation that cannot be hashed, as dataclasses are by default."""

    factor: float

    def __call__(self, x):
        return self.factor * x

    def get_config(self):
        return {"factor": self.factor}


def test_activations_that_cannot_be_hashed_are_compared_by_their_content():
    keys = [key(activation=Scaled(factor)) for factor in (1.0, 1.0, 2.0)]
    assert keys[0] == keys[1] != keys[2]
    assert hash(keys[0]) == hash(keys[1])


def test_a_parameter_whose_content_cannot_be_read_makes_no_key():
    locked = Weighted(threading.Lock())
    assert key(branches={"numeric": locked, "category": CategoricalBranch()}) is None


def test_numpy_scalars_make_the_same_network_as_builtin_ones():
    branches = [
        {
            "numeric": NumericBranch(embedding_dim=8, n_bins=9, units=4),
            "category": CategoricalBranch(3),
        },
        {
            "numeric": NumericBranch(
                embedding_dim=np.int64(8), n_bins=np.int32(9), units=np.int64(4)
            ),
            "category": CategoricalBranch(np.int64(3)),
        },
    ]
    config = NetworkConfig(
        hidden_units=(np.int64(8),),
        n_members=np.int64(2),
        dropout=np.float64(0.25),
        l2=np.float32(0.5),
    )
    specs, _ = read(typed())
    keys = [architecture(specs, of_one, config) for of_one in branches]
    assert keys[0] == keys[1]
    model = build_network(specs, branches[1], config)
    json.loads(model.to_json())
    assert config == NetworkConfig(hidden_units=(8,), n_members=2, dropout=0.25, l2=0.5)
