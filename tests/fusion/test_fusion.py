"""Fusion: four ways, inputs that a row lacks, and the parameters of both."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import sequence_frame, shake, token_frame
from sklearn.base import clone

from skmultiinput import MultiInputClassifier
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import build_network
from skmultiinput._network.config import NetworkConfig
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.fusion import AttentionFusion, ConcatFusion, GatedFusion, LateFusion
from skmultiinput.fusion._make_fusion import FUSIONS, make_fusion
from skmultiinput.inspection import get_fusion_gates

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 2, "random_state": 0}
TEXTS = [["good", "fit"], [], ["bad"], ["red", "soft", "fit"]]


def mixed(n_rows=40, *, texts=None, histories=None):
    """Numbers, texts, histories and pictures; some rows lack some."""
    rng = np.random.default_rng(0)
    texts = texts or [TEXTS[i % 4] for i in range(n_rows)]
    histories = histories or [rng.normal(size=(i % 4, 2)) for i in range(n_rows)]
    pictures = rng.random((n_rows, 12)) * (np.arange(n_rows) % 3 > 0)[:, None]
    names = [f"photo__front[{h},{w},0]" for h in range(4) for w in range(3)]
    return pd.concat(
        [
            pd.DataFrame({"numeric__age": rng.normal(size=n_rows)}),
            token_frame(texts, 4),
            sequence_frame(histories, 4),
            pd.DataFrame(pictures, columns=names),
        ],
        axis=1,
    )


def build(frame, fusion, **kwargs):
    specs = ColumnGroups.from_frame(frame).inputs
    branches = {
        "numeric": NumericBranch(embedding_dim=4),
        "text": TokenBranch(),
        "history": Conv1DBranch(filters=(4,)),
        "photo": Conv2DBranch(filters=(4,)),
    }
    branches = {spec.name: branches[spec.name] for spec in specs}
    model = build_network(specs, branches, NetworkConfig(hidden_units=(8,), **kwargs), fusion)
    for spec in specs:
        branches[spec.name].adapt(
            model, spec, ColumnGroups.from_frame(frame).split(frame)[spec.name]
        )
    return model


@pytest.mark.parametrize("name", FUSIONS)
def test_the_chunks_cover_what_is_fused(name):
    a, b = keras.Input((3,)), keras.Input((2, 4))
    for outputs in ({"a": a, "b": b}, {"b": b}):
        tensor, chunks = make_fusion(name).build(outputs)
        assert sum(chunks) == tensor.shape[1]


def test_concat_is_in_the_order_of_the_branches():
    a, b = keras.Input((2,)), keras.Input((1, 2))
    model = keras.Model([a, b], ConcatFusion().build({"a": a, "b": b})[0])
    out = to_numpy(model([np.array([[1.0, 2.0]]), np.array([[[3.0, 4.0]]])]))
    assert out.tolist() == [[1, 2, 3, 4]]


def test_gates_multiply_each_branch():
    a, b = keras.Input((2,)), keras.Input((1,))
    model = keras.Model([a, b], GatedFusion().build({"a": a, "b": b})[0])
    rows = [np.array([[1.0, 2.0]]), np.array([[3.0]])]
    assert to_numpy(model(rows)).tolist() == [[1, 2, 3]]  # all gates start at 1
    model.get_layer("network>gates").bias.assign(np.array([-50.0, 50.0]))
    np.testing.assert_allclose(to_numpy(model(rows)), [[0, 0, 6]], atol=1e-6)


@pytest.mark.parametrize("name", FUSIONS)
def test_all_kinds_are_trained_together(name, tmp_path):
    X, y = mixed(), np.arange(40) % 2
    model = MultiInputClassifier(fusion=name, fusion__modality_dropout=0.3, **SMALL).fit(X, y)
    before = model.predict_proba(X)
    assert np.isfinite(before).all()
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), before)
    model.model_.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    inputs = model.column_groups_.split(X)
    np.testing.assert_array_equal(to_numpy(model.model_(inputs)), to_numpy(again(inputs)))
    mixed_columns = X[np.random.default_rng(0).permutation(X.columns)]
    np.testing.assert_array_equal(model.predict_proba(mixed_columns), before)
    if name == "gated":
        frame = get_fusion_gates(model, X)
        assert list(frame.columns) == ["numeric", "text", "history", "photo"]
        assert frame.index.equals(X.index)
        assert ((frame > 0) & (frame < 2)).all(axis=None)


@pytest.mark.parametrize("lost", ["text", "history", "photo"])
def test_what_a_row_lacks_is_what_was_learned_of_absence(lost):
    frame = mixed()
    model = build(frame, ConcatFusion())
    shake(model)
    inputs = ColumnGroups.from_frame(frame).split(frame)
    present = inputs[lost].reshape(len(frame), -1).any(axis=1)
    assert present.any()
    assert not present.all()
    before = to_numpy(model(inputs))
    for layer in model.layers:
        if layer.name.startswith((f"{lost}>or_absent", f"{lost}>path_or_absent")):
            layer.absent.assign(to_numpy(layer.absent) + 3.0)
    changed = np.abs(to_numpy(model(inputs)) - before).max(axis=1) > 1e-6
    np.testing.assert_array_equal(changed, ~present)


@given(st.lists(st.sampled_from(TEXTS), min_size=3, max_size=3))
@settings(max_examples=5, deadline=None)
def test_modality_dropout_is_for_training_only(texts):
    frame = mixed(3, texts=texts, histories=[np.ones((2, 2))] * 3)
    plain, dropping = (build(frame, ConcatFusion(rate)) for rate in (0.0, 0.5))
    inputs = ColumnGroups.from_frame(frame).split(frame)
    first = to_numpy(dropping(inputs))
    np.testing.assert_array_equal(first, to_numpy(dropping(inputs)))
    assert "numeric>or_absent_0" in {layer.name for layer in dropping.layers}
    assert "numeric>or_absent_0" not in {layer.name for layer in plain.layers}


def test_one_input_alone_is_never_dropped():
    frame = token_frame(TEXTS, 4)
    model = build(frame, ConcatFusion(modality_dropout=0.9))
    assert model.get_layer("network>present").rate == 0.0


@pytest.mark.parametrize(
    "fusion", [ConcatFusion(), GatedFusion(), AttentionFusion(units=8), LateFusion()]
)
def test_the_callers_fusion_stays_as_it_was(fusion):
    before = fusion.get_params()
    made = make_fusion(fusion, {"modality_dropout": 0.4})
    assert made.modality_dropout == 0.4
    assert fusion.get_params() == before
    assert clone(fusion).get_params() == before


def test_wrong_parameters_are_named():
    with pytest.raises(ValueError, match="'fusion' parameter must be one of 'concat', 'gated'"):
        make_fusion("sum")
    with pytest.raises(ValueError, match="'unit' for estimator AttentionFusion"):
        make_fusion("attention", {"unit": 3})
    with pytest.raises(ValueError, match=r"'modality_dropout' .* \[0.0, 1.0\). Got 1.0 instead"):
        build(mixed(4), ConcatFusion(modality_dropout=1.0))
    with pytest.raises(ValueError, match="'n_heads' parameter of AttentionFusion must be an int"):
        build(mixed(4), AttentionFusion(n_heads=0))
    X = pd.DataFrame({"numeric__age": [1.0, 2.0, 3.5, 4.0] * 5})
    with pytest.raises(ValueError, match="'fusion' parameter of MultiInputClassifier must be"):
        MultiInputClassifier(fusion="sum").fit(X, [0, 1] * 10)


def test_late_fusion_adds_what_each_modality_says():
    frame = mixed()
    model = build(frame, LateFusion(), n_members=2)
    inputs = ColumnGroups.from_frame(frame).split(frame)
    shake(model)
    logits = keras.Model(model.inputs, model.get_layer("network>logits").output)
    before = to_numpy(logits(inputs))
    # Two changes at once do what they do one by one: nothing passes between modalities.
    other = {name: values[::-1].copy() for name, values in inputs.items()}
    numbers = to_numpy(logits({**inputs, "numeric": other["numeric"]})) - before
    photo = to_numpy(logits({**inputs, "photo": other["photo"]})) - before
    both = to_numpy(logits({**inputs, "numeric": other["numeric"], "photo": other["photo"]}))
    assert np.abs(numbers).max() > 1e-4
    assert np.abs(photo).max() > 1e-4
    np.testing.assert_allclose(both - before, numbers + photo, atol=1e-4)


def test_late_fusion_lets_numbers_and_categories_meet():
    kinds = {"numeric": "numeric", "plan": "categorical", "text": "tokens", "photo": "image"}
    assert LateFusion().views(kinds) == {
        "numeric": "network>",
        "plan": "network>",
        "text": "text>",
        "photo": "photo>",
    }
