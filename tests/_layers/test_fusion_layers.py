"""Layers around the fusion: what is absent, gates, tokens of branches."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.fusion_layers import (
    ApplyGate,
    Gates,
    ModalityDropout,
    Presence,
    StackTokens,
    StandIn,
)


@given(
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=20),
    st.floats(0.05, 0.95),
)
@settings(max_examples=25, deadline=None)
def test_modality_dropout_never_takes_all_and_never_gives(rows, rate):
    present = np.array(rows, dtype="float32")
    columns = [present[:, j : j + 1] for j in range(3)]
    layer = ModalityDropout(rate)
    np.testing.assert_array_equal(to_numpy(layer(columns, training=False)), present)
    kept = to_numpy(layer(columns, training=True))
    assert (kept <= present).all()
    assert (kept.any(axis=1) == present.any(axis=1)).all()


def test_modality_dropout_drops_about_its_rate():
    present = [np.ones((4000, 1), "float32")] * 4
    kept = to_numpy(ModalityDropout(0.3)(present, training=True))
    # All four are drawn in 0.8 % of the rows, and one of them then stays.
    assert abs(kept.mean() - 0.7) < 0.03
    assert len(np.unique(kept, axis=0)) == 15


def test_presence_is_anything_that_is_not_zero():
    pictures = np.zeros((2, 3, 3, 1), "float32")
    pictures[1, 2, 0, 0] = -0.5
    assert to_numpy(Presence()(pictures)).tolist() == [[0], [1]]
    assert to_numpy(Presence(always=True)(pictures)).tolist() == [[1], [1]]


def test_the_vector_of_the_absent_is_learned_from_absent_rows_only():
    x = np.ones((3, 2, 2), "float32")
    present = np.array([[1, 1], [0, 1], [1, 0]], dtype="float32")
    layer = StandIn(which=0)
    layer([x, present])
    layer.absent.assign(np.full((2, 2), 5.0))
    assert to_numpy(layer([x, present]))[:, 0, 0].tolist() == [1, 5, 1]


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: Gates(["a", "b"])(a),
        lambda a, b: ApplyGate(1)([a, b]),
        lambda a, b: StackTokens()([a, b]),
        lambda a, b: StandIn(1)([a, b]),
        lambda a, b: ModalityDropout(0.2)([a, b]),
        lambda a, b: Presence(always=True)(a),
    ],
)
def test_saving_and_loading_keeps_the_layer(make, tmp_path):
    inputs = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(inputs, make(*inputs))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    rows = [np.eye(2, dtype="float32"), np.ones((2, 2), "float32")]
    assert [layer.get_config() for layer in again.layers] == [
        layer.get_config() for layer in model.layers
    ]
    np.testing.assert_array_equal(to_numpy(model(rows)), to_numpy(again(rows)))
