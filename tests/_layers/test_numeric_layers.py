"""Layers for numbers, categories and members, each against a slow reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras.ops import convert_to_numpy as array

from skmultiinput._layers import member_layers
from skmultiinput._layers import numeric_layers as layers
from skmultiinput._layers.embedding_layers import CategoryEmbedding
from skmultiinput._layers.hash_dropout import HashDropout

NUMBERS = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
CODES = np.random.default_rng(0).integers(0, 3, size=(12, 3)).astype("int32")


# --- PiecewiseLinearEmbedding.


def slow_embedding(x, edges, kernel, bias, bin_kernel):
    """The formula, number by number."""
    out = np.zeros((*x.shape, kernel.shape[1]))
    for n, f in np.ndindex(x.shape):
        value = float(x[n, f])
        out[n, f] = value * kernel[f] + bias[f]
        n_bins = len(edges[f]) - 1
        for t in range(n_bins):
            left, right = edges[f][t], edges[f][t + 1]
            filled = (value - left) / (right - left)
            if t > 0:
                filled = max(filled, 0.0)
            if t < n_bins - 1:
                filled = min(filled, 1.0)
            out[n, f] += filled * bin_kernel[f, t]
    return out


columns = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 7.5]) | st.floats(-100, 100, width=16)


@settings(max_examples=15)
@given(hnp.arrays("float32", st.tuples(st.integers(1, 8), st.just(2)), elements=columns))
def test_embeddings_follow_the_formula(values):
    layer = layers.PiecewiseLinearEmbedding(units=3, n_bins=4)
    layer.adapt(values)
    rng = np.random.default_rng(0)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    x = np.concatenate([values, values - 30.0, values + 0.125])
    edges = layers.quantile_bins(values.astype("float64"), 4)
    expected = slow_embedding(
        x, edges, *(array(w) for w in (layer.kernel, layer.bias, layer.bin_kernel))
    )
    # Steep bins make large numbers out of small ones, in float32.
    scale = 1 + np.abs(expected).max()
    for training in (True, False):  # all bins of a number, or the one it lies in
        embedded = array(layer(x, training=training))
        np.testing.assert_allclose(embedded / scale, expected / scale, atol=1e-5)


def test_embeddings_start_as_lines():
    layer = layers.PiecewiseLinearEmbedding(units=3, n_bins=4)
    layer.adapt(NUMBERS)
    line = NUMBERS[:, :, None] * array(layer.kernel) + array(layer.bias)
    np.testing.assert_allclose(layer(NUMBERS), line, atol=1e-6)


@settings(max_examples=40)
@given(
    hnp.arrays("float64", st.tuples(st.integers(1, 30), st.just(2)), elements=columns),
    st.integers(1, 8),
)
def test_bins_are_increasing_and_span_the_values(values, n_bins):
    for column, edges in zip(values.T, layers.quantile_bins(values, n_bins), strict=True):
        assert 2 <= len(edges) <= n_bins + 1
        assert (np.diff(edges) > 0).all()
        assert edges[0] == column.min()
        assert edges[-1] == column.max() or (column == column[0]).all()


@settings(max_examples=20)
@given(st.floats(0.5, 0.97), st.integers(4, 48), st.integers(0, 100))
def test_a_value_that_most_rows_share_leaves_the_bins_to_the_others(share, n_bins, seed):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(5000) < share, 0.0, rng.normal(3.0, 1.0, 5000))
    (edges,) = layers.quantile_bins(values.reshape(-1, 1), n_bins)
    assert len(edges) >= n_bins - 1
    others = values[values != 0]
    within = np.histogram(others, edges[edges != 0])[0]
    assert within.max() < 3 * len(others) / (n_bins - 1) + 3


def test_equal_values_and_tiny_gaps_stay_finite():
    tiny = np.array([[0.0], [1e-44], [1.0]])
    for values in (np.zeros((5, 1)), tiny):
        layer = layers.PiecewiseLinearEmbedding(units=2, n_bins=8)
        layer.adapt(values)
        layer.bin_kernel.assign(np.ones(layer.bin_kernel.shape))
        numbers = np.array([[0.0], [0.5], [1e30], [-1e30]])
        for training in (True, False):
            assert np.isfinite(layer(numbers, training=training)).all()


# --- Members.


def test_member_scale_is_a_loop_over_members():
    layer = member_layers.MemberScale(4, [2, 1])
    out = array(layer(NUMBERS))
    scale = array(layer.scale)
    for n, row in enumerate(NUMBERS):
        for k in range(4):
            np.testing.assert_allclose(out[n * 4 + k], row * scale[k], rtol=1e-6)


@pytest.mark.parametrize("distribution", ["normal", "signs"])
def test_one_number_per_member_and_chunk(distribution):
    values = array(
        member_layers.ChunkedInitializer([3, 1, 2], distribution, seed=0)((50, 6), "float32")
    )
    assert (values[:, :1] == values[:, :3]).all()
    assert (values[:, 4] == values[:, 5]).all()
    assert not (values[:, 0] == values[:, 3]).all()
    if distribution == "signs":
        assert set(np.unique(values)) == {-1.0, 1.0}
    else:
        assert len(np.unique(values)) == 150
    again = member_layers.ChunkedInitializer([3, 1, 2], distribution, seed=0)
    np.testing.assert_array_equal(values, again((50, 6), "float32"))


def test_member_heads_are_a_loop_over_members():
    layer = member_layers.MemberHeads(4, 2)
    out = array(layer(NUMBERS))
    layer.bias.assign(np.arange(8.0).reshape(4, 2))
    out = array(layer(NUMBERS))
    kernel, bias = array(layer.kernel), array(layer.bias)
    assert out.shape == (3, 4, 2)
    for n, k in np.ndindex(3, 4):
        expected = NUMBERS[n * 4 + k] @ kernel[k] + bias[k]
        np.testing.assert_allclose(out[n, k], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", ["linear", "sigmoid", "softmax"])
def test_the_mean_is_taken_after_the_activation(activation):
    raw = NUMBERS.reshape(3, 4, 3)
    out = array(member_layers.MemberMean(activation)(raw))
    act = {
        "linear": lambda z: z,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "softmax": lambda z: np.exp(z) / np.exp(z).sum(),
    }[activation]
    for n in range(3):
        expected = sum(act(raw[n, k].astype("float64")) for k in range(4)) / 4
        np.testing.assert_allclose(out[n], expected, rtol=1e-5)


# --- HashDropout.


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.9])
def test_dropout_keeps_rate_and_mean(rate):
    x = np.ones((400, 250), dtype="float32")
    out = array(HashDropout(rate, seed=1)(x, training=True))
    kept = out != 0
    sigma = np.sqrt(rate * (1 - rate) / x.size)
    assert abs((~kept).mean() - rate) < 5 * sigma
    np.testing.assert_allclose(out[kept], 1 / (1 - rate), rtol=1e-6)
    # No row, no column and no neighbour is favoured.
    spread = np.sqrt(rate * (1 - rate))
    assert np.abs(kept.mean(axis=0) - (1 - rate)).max() < 5.5 * spread / np.sqrt(400)
    assert np.abs(kept.mean(axis=1) - (1 - rate)).max() < 5.5 * spread / np.sqrt(250)
    for a, b in ((kept[:, 1:], kept[:, :-1]), (kept[1:], kept[:-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5.5 / np.sqrt(a.size)


def test_each_call_and_each_seed_has_a_mask_of_its_own():
    x = np.ones((100, 100), dtype="float32")
    masks = []
    for seed in (0, 1):
        layer = HashDropout(0.5, seed=seed)
        masks += [array(layer(x, training=True)).ravel() for _ in range(3)]
    correlation = np.corrcoef(masks) - np.eye(6)
    assert np.abs(correlation).max() < 5.5 / 100
    again = HashDropout.from_config(HashDropout(0.5, seed=0).get_config())
    np.testing.assert_array_equal(array(again(x, training=True)).ravel(), masks[0])


def test_dropout_does_nothing_outside_of_training():
    layer = HashDropout(0.5, seed=0)
    np.testing.assert_array_equal(layer(NUMBERS), NUMBERS)
    np.testing.assert_array_equal(HashDropout(0.0)(NUMBERS, training=True), NUMBERS)


@pytest.mark.parametrize("rate", [1, 1.5, -0.1])
def test_a_rate_outside_of_the_interval_is_refused(rate):
    with pytest.raises(ValueError, match=str(rate)):
        HashDropout(rate)


# --- CategoryEmbedding.


def slow_lookup(codes, layer):
    tables, start = [], 0
    for size in layer.sizes:
        tables.append(array(layer.embeddings)[start : start + size + 1])
        start += size + 1
    assert start == layer.embeddings.shape[0]
    return np.array([[tables[f][code] for f, code in enumerate(row)] for row in codes])


def test_each_feature_has_a_table_of_its_own():
    layer = CategoryEmbedding([3, 8, 3], units=2)
    out = layer(CODES)
    np.testing.assert_array_equal(out, slow_lookup(CODES, layer))


def test_some_features_can_be_chosen():
    layer = CategoryEmbedding([3, 8], units=2, features=[2, 0])
    np.testing.assert_array_equal(layer(CODES), slow_lookup(CODES[:, [2, 0]], layer))


def test_dropped_codes_take_the_row_of_unknown():
    layer = CategoryEmbedding([3, 3, 3], units=2, dropout=0.4)
    codes = np.tile(CODES, (200, 1))
    layer(codes)
    # Where a vocabulary has no category for it, the extra row stands for "unknown".
    assert array(layer.unknown).tolist() == [3, 3, 3]
    layer.unknown.assign([1, 3, 2])
    out = array(layer(codes, training=True))
    plain, unknown = slow_lookup(codes, layer), slow_lookup(np.tile([1, 3, 2], (2400, 1)), layer)
    is_plain, is_unknown = (out == plain).all(axis=2), (out == unknown).all(axis=2)
    assert (is_plain | is_unknown).all()
    share = (~is_plain[:, 1]).mean()  # code 3 never occurs in the second feature
    assert abs(share - 0.4) < 5 * np.sqrt(0.24 / 2400)
    np.testing.assert_array_equal(layer(codes), plain)


def test_the_penalty_and_the_start_are_as_asked():
    layer = CategoryEmbedding([3], units=2, l2=0.5, stddev=0.0)
    layer.build((None, 1))
    assert not array(layer.embeddings).any()
    layer.embeddings.assign(np.ones((4, 2)))
    assert float(layer.losses[0]) == pytest.approx(0.5 * 8)
