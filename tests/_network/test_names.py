"""Names of groups and columns never collide with names of layers, whatever they are."""

import keras
import numpy as np
import pandas as pd
import pytest
from networks import token_frame
from sklearn.compose import ColumnTransformer

from skmultiinput import MultiInputClassifier, load, save
from skmultiinput._network.build import build_network
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.ensemble import mean_of, networks_of
from skmultiinput.branches._branch import layer_prefix
from skmultiinput.branches._default_branches import DEFAULT_BRANCHES
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.fusion._make_fusion import FUSIONS

Y = np.arange(24) % 2
TRUNK = ["head", "fusion", "members", "prediction", "hidden_0", "dropout_0", "logits", "network"]
PARTS = ["numeric_embedding", "numeric.embedding", "numeric_units", "numeric_1", "gates", "tokens"]
STRANGE = [
    "数",
    "имя",
    "é",
    "\x00",
    "a/b",
    "c>d",
    "numeric>embedding",
    " ",
    ".",
    "-",
]


def frame_of(names):
    rng = np.random.default_rng(0)
    columns = {
        f"{name}__{column}": values
        for name in names
        for column, values in (("x", rng.normal(size=24)), ("flag", rng.integers(0, 2, 24)))
    }
    return pd.DataFrame(columns)


def build(frame, fusion=None):
    specs = ColumnGroups.from_frame(frame).inputs
    branches = {spec.name: DEFAULT_BRANCHES[spec.kind]() for spec in specs}
    for branch in branches.values():
        branch.set_params(units=3, dropout=0.1)
    made = FUSIONS[fusion or "concat"](modality_dropout=0.1)
    return build_network(specs, branches, NetworkConfig(hidden_units=(4, 4), n_members=2), made)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("names", [TRUNK, PARTS, STRANGE], ids=["trunk", "parts", "strange"])
def test_any_names_of_groups_make_a_network(names, fusion, tmp_path):
    frame = frame_of(["numeric", *names])
    model = build(frame, fusion)
    layers = [layer.name for layer in model.layers]
    assert len(set(layers)) == len(layers)
    inputs = ColumnGroups.from_frame(frame).split(frame)
    assert len(model.inputs) == len(names) + 1
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))


def test_columns_of_one_group_keep_apart():
    names = ["review", "review_units", "review.units", "review>units", "review_1", "review__units"]
    texts = [["good"], ["bad", "fit"]] * 12
    frames = [
        token_frame(texts, 2).rename(columns=lambda c, n=name: c.replace("review", n))
        for name in names
    ]
    frame = pd.concat(frames, axis=1)
    model = build(frame, "gated")
    assert len(model.inputs) == len(names)
    assert model(ColumnGroups.from_frame(frame).split(frame)).shape == (24, 1)


def test_several_networks_have_names_of_their_own():
    frame = frame_of(["network", "network_0", "mean", "mean_of_networks", "average"])
    model = mean_of([build(frame), build(frame)])
    assert len(networks_of(model)) == 2
    assert model(ColumnGroups.from_frame(frame).split(frame)).shape == (24, 1)


def test_alike_names_stay_apart():
    names = ["a b", "a_b", "a:b", "a.b", "a-b", "数数", "имя", "network", "_", "__", "."]
    assert len({layer_prefix(name) for name in names}) == len(names)
    for name in [*names, *STRANGE]:
        assert layer_prefix(name)[0].isalnum()
        assert layer_prefix(name).isascii()


def test_names_that_a_column_transformer_takes_are_fitted_and_saved(tmp_path):
    names = ["numeric_embedding", "numeric", "head", "数", "имя", "é", "\x00", "a/b", "\n"]
    raw = pd.DataFrame({f"c{i}": np.linspace(0, 1, 24) ** (i + 1) for i in range(len(names))})
    transformer = ColumnTransformer(
        [(name, "passthrough", [f"c{i}"]) for i, name in enumerate(names)]
    ).set_output(transform="pandas")
    frame = transformer.fit_transform(raw)
    model = MultiInputClassifier(
        hidden_units=(4,), n_members=2, n_estimators=2, epochs=2, fusion="gated", random_state=0
    ).fit(frame, Y)
    save(model, tmp_path / "model.skmi")
    again = load(tmp_path / "model.skmi")
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))
