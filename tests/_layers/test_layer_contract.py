"""What Keras asks of every layer, under every dtype policy, as its own ``run_layer_test`` does."""

import importlib
import pkgutil
import warnings

import keras
import numpy as np
import pytest

from skmultiinput import _layers
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.convolutions import DeterministicConv1D, DeterministicConv2D
from skmultiinput._layers.embedding_layers import CategoryEmbedding, TokenEmbedding
from skmultiinput._layers.fusion_layers import (
    ApplyGate,
    Gates,
    ModalityDropout,
    Presence,
    StackTokens,
    StandIn,
)
from skmultiinput._layers.hash_dropout import HashDropout
from skmultiinput._layers.member_layers import MemberHeads, MemberMean, MemberScale
from skmultiinput._layers.numeric_layers import (
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
)
from skmultiinput._layers.plain_numbers import FillMissing, LinearPath, SelectFeatures
from skmultiinput._layers.sequence_layers import (
    Hide,
    LastChannel,
    MaskedPooling,
    Reverse,
    SegmentMeans,
    StepCount,
)
from skmultiinput._layers.token_layers import HashedNgrams, TfidfEmbedding, TokenMask

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(12, 3)).astype("float32")
STEPS = RNG.normal(size=(12, 5, 3)).astype("float32")
CODES = RNG.integers(0, 3, size=(12, 3)).astype("int32")
TOKENS = RNG.integers(0, 8, size=(12, 5)).astype("int32")
# The second row is wholly masked.
MASK = (RNG.random((12, 5)) < np.where(np.arange(12) == 1, 0.0, 0.7)[:, None]).astype("float32")
FLAG = (RNG.random((12, 1)) < 0.7).astype("float32")

# Per name a constructor and the rows to call it with; none of the layers sees a batch of 12 only.
LAYERS = {
    "PiecewiseLinearEmbedding": (
        lambda **kw: PiecewiseLinearEmbedding(4, 5, features=[2, 0], **kw),
        NUMBERS,
    ),
    "PeriodicEmbedding": (lambda **kw: PeriodicEmbedding(4, 6, features=[1], **kw), NUMBERS),
    "PiecewiseLinearEmbedding with gaps": (
        lambda **kw: PiecewiseLinearEmbedding(4, 5, allow_nan=True, **kw),
        NUMBERS,
    ),
    "PeriodicEmbedding with gaps": (
        lambda **kw: PeriodicEmbedding(4, 6, allow_nan=True, **kw),
        NUMBERS,
    ),
    "FillMissing": (lambda **kw: FillMissing([2, 0], **kw), NUMBERS),
    "LinearPath": (lambda **kw: LinearPath(2, **kw), NUMBERS),
    "SelectFeatures": (lambda **kw: SelectFeatures([2, 0], **kw), NUMBERS),
    "MemberScale": (lambda **kw: MemberScale(4, [2, 1], "signs", **kw), NUMBERS),
    "MemberHeads": (lambda **kw: MemberHeads(4, 2, **kw), NUMBERS),
    "MemberMean": (lambda **kw: MemberMean("softmax", **kw), NUMBERS.reshape(3, 4, 3)),
    "HashDropout": (lambda **kw: HashDropout(0.25, seed=3, **kw), NUMBERS),
    "CategoryEmbedding": (
        lambda **kw: CategoryEmbedding([3, 8, 3], 2, dropout=0.5, l2=0.1, **kw),
        CODES,
    ),
    "TokenEmbedding": (lambda **kw: TokenEmbedding(8, 2, dropout=0.5, l2=0.1, **kw), TOKENS),
    "TokenMask": (TokenMask, TOKENS),
    "HashedNgrams": (lambda **kw: HashedNgrams(3, 4, 8, **kw), [TOKENS, MASK]),
    "TfidfEmbedding": (lambda **kw: TfidfEmbedding(8, 2, 3, dropout=0.3, **kw), [TOKENS, MASK]),
    "TfidfEmbedding linear": (lambda **kw: TfidfEmbedding(8, 2, 0, **kw), [TOKENS, MASK]),
    "TfidfEmbedding deep": (
        lambda **kw: TfidfEmbedding(8, 0, 3, embedding_lr_scale=0.02, trained=False, **kw),
        [TOKENS, MASK],
    ),
    "MaskedPooling": (MaskedPooling, [STEPS, MASK]),
    "SegmentMeans alone": (lambda **kw: SegmentMeans(3, **kw), [STEPS]),
    "SegmentMeans": (lambda **kw: SegmentMeans(3, **kw), [STEPS, MASK]),
    "StepCount": (lambda **kw: StepCount(3, **kw), MASK),
    "LastChannel": (LastChannel, STEPS),
    "Hide": (Hide, [STEPS, MASK]),
    "Reverse": (Reverse, STEPS),
    "DeterministicConv1D": (lambda **kw: DeterministicConv1D(2, 4, padding="same", **kw), STEPS),
    "DeterministicConv2D": (
        lambda **kw: DeterministicConv2D(2, (2, 3), padding="same", **kw),
        STEPS.reshape(12, 5, 3, 1),
    ),
    "Presence": (Presence, MASK),
    "Presence always": (lambda **kw: Presence(always=True, **kw), NUMBERS),
    "ModalityDropout": (lambda **kw: ModalityDropout(0.5, **kw), [FLAG, 1 - FLAG, FLAG]),
    "StandIn": (lambda **kw: StandIn(1, **kw), [STEPS, np.hstack([FLAG, 1 - FLAG])]),
    "Gates": (lambda **kw: Gates(["a", "b"], **kw), NUMBERS),
    "ApplyGate": (lambda **kw: ApplyGate(1, **kw), [NUMBERS, np.hstack([FLAG, FLAG])]),
    "StackTokens": (StackTokens, [NUMBERS, 2 * NUMBERS]),
}
POLICIES = ["float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
HALF = {"float16": 2e-3, "bfloat16": 2e-2}

every_layer = pytest.mark.parametrize("name", LAYERS)
every_policy = pytest.mark.parametrize("policy", POLICIES)


def listed(x):
    return x if isinstance(x, list) else [x]


def functional(layer, rows):
    inputs = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in listed(rows)]
    inputs = inputs if isinstance(rows, list) else inputs[0]
    return keras.Model(inputs, layer(inputs))


def outputs_of(model, rows, **kwargs):
    return listed(model(rows, **kwargs))


def set_weights(model):
    """Move all weights off their initial values, so that a lost one shows."""
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if keras.backend.is_float_dtype(variable.dtype):
            variable.assign(rng.uniform(0.5, 1.5, size=tuple(variable.shape)))
    for layer in model.layers:
        if isinstance(layer, PiecewiseLinearEmbedding):  # bins have to be in order
            layer.set_bins(rng.uniform(-1.0, 1.0, size=(50, layer.left.shape[0])))


def test_every_layer_is_listed():
    defined = set()
    for module in pkgutil.iter_modules(_layers.__path__):
        names = vars(importlib.import_module(f"{_layers.__name__}.{module.name}"))
        defined |= {
            name
            for name, value in names.items()
            if isinstance(value, type)
            and issubclass(value, keras.layers.Layer)
            and value.__module__.endswith(module.name)
            and not value.__subclasses__()
        }
    assert defined == {name.partition(" ")[0] for name in LAYERS}


@every_policy
@every_layer
def test_shapes_and_dtypes_are_those_announced(name, policy):
    make, rows = LAYERS[name]
    model = functional(make(dtype=policy), rows)
    (layer,) = (x for x in model.layers if not isinstance(x, keras.layers.InputLayer))
    assert layer.compute_dtype == policy.removeprefix("mixed_")
    for training in (False, True):
        for symbol, out in zip(
            listed(model.output), outputs_of(model, rows, training=training), strict=True
        ):
            assert keras.backend.standardize_dtype(out.dtype) == symbol.dtype
            assert symbol.dtype in (layer.compute_dtype, "int32")
            assert all(a in (None, b) for a, b in zip(symbol.shape, out.shape, strict=True))
            assert np.isfinite(to_numpy(out).astype("float64")).all()
    shapes = [x.shape for x in listed(rows)]
    announced = layer.compute_output_shape(shapes if isinstance(rows, list) else shapes[0])
    announced = announced if isinstance(announced, list) else [announced]
    assert [tuple(s) for s in announced] == [tuple(x.shape) for x in outputs_of(model, rows)]
    for variable in layer.trainable_variables:
        assert variable.dtype == layer.variable_dtype


@pytest.mark.parametrize("policy", POLICIES[1:])
@every_layer
def test_results_agree_with_single_precision(name, policy):
    make, rows = LAYERS[name]
    expected, model = functional(make(), rows), functional(make(dtype=policy), rows)
    set_weights(expected)
    model.set_weights(expected.get_weights())
    tolerance = HALF.get(policy.removeprefix("mixed_"), 1e-5)
    for out, reference in zip(outputs_of(model, rows), outputs_of(expected, rows), strict=True):
        scale = np.abs(to_numpy(reference)).max()
        np.testing.assert_allclose(
            to_numpy(out).astype("float64"), to_numpy(reference), rtol=0, atol=4 * tolerance * scale
        )


@every_policy
@every_layer
def test_configurations_round_trip(name, policy):
    layer = LAYERS[name][0](dtype=policy)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    serialized = keras.saving.serialize_keras_object(layer)
    assert keras.saving.deserialize_keras_object(serialized).get_config() == layer.get_config()


@every_policy
@every_layer
def test_saving_and_loading_keeps_the_layer(name, policy, tmp_path):
    make, rows = LAYERS[name]
    model = functional(make(dtype=policy), rows)
    set_weights(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()
    for a, b in zip(outputs_of(loaded, rows), outputs_of(model, rows), strict=True):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))


@every_policy
# TensorFlow's own convolution along steps gives an empty batch the shape of its input.
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "DeterministicConv1D"])
def test_an_empty_batch_gives_an_empty_output(name, policy):
    make, rows = LAYERS[name]
    model = functional(make(dtype=policy), rows)
    empty = [x[:0] for x in rows] if isinstance(rows, list) else rows[:0]
    for training in (False, True):
        outputs = outputs_of(model, empty, training=training)
        for out, reference in zip(outputs, outputs_of(model, rows), strict=True):
            assert tuple(out.shape) == (0, *reference.shape[1:])


@every_layer
def test_masks_of_keras_end_without_a_warning(name):
    make, rows = LAYERS[name]
    tensors = [keras.ops.convert_to_tensor(x) for x in listed(rows)]
    for tensor in tensors:
        mask = np.ones(tensor.shape[:2] if len(tensor.shape) > 1 else tensor.shape[:1], bool)
        keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make()(tensors if isinstance(rows, list) else tensors[0])


@every_policy
def test_rows_that_are_wholly_masked_are_zero(policy):
    masked = np.zeros_like(MASK)
    pooled = to_numpy(MaskedPooling(dtype=policy)([STEPS, masked]))
    assert not pooled.any()
    tfidf = TfidfEmbedding(8, 2, 3, dtype=policy)
    assert not to_numpy(tfidf([TOKENS, masked])).any()


@every_policy
def test_mean_and_maximum_ignore_hidden_steps_of_any_size(policy):
    steps = np.array([[[-5e4], [-6e4], [6e4]]], dtype="float32")
    pooled = to_numpy(MaskedPooling(dtype=policy)([steps, np.array([[1.0, 1.0, 0.0]])]))
    np.testing.assert_allclose(pooled.astype("float64"), [[-5.5e4, -5e4]], rtol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_bins_closer_than_half_precision_stay_apart(policy):
    values = 1000.0 + np.linspace(0, 1, 50)[:, None]
    layer = PiecewiseLinearEmbedding(units=2, n_bins=8, dtype=policy)
    layer.adapt(values)
    layer.kernel.assign(np.zeros((1, 2)))
    layer.bias.assign(np.zeros((1, 2)))
    layer.bin_kernel.assign(np.ones((1, 8, 2)))
    out = to_numpy(layer(values.astype("float32"))).astype("float64")[:, 0, 0]
    np.testing.assert_allclose(out, np.linspace(0, 8, 50), atol=0.1)
