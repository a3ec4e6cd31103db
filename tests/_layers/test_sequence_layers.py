"""Layers for steps under a mask: against slow references, and through saving and loading."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.sequence_layers import (
    Hide,
    LastChannel,
    MaskedPooling,
    SegmentMeans,
    StepCount,
)

STEPS = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_pooling_is_mean_and_maximum_of_what_counts(masks):
    mask = np.array(masks, dtype="float32")
    pooled = to_numpy(MaskedPooling()([STEPS, mask]))
    for row, row_mask, row_steps in zip(pooled, mask, STEPS, strict=True):
        counting = row_steps[row_mask > 0]
        expected = np.zeros(4)
        if len(counting):
            expected = np.concatenate([counting.mean(axis=0), counting.max(axis=0)])
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_the_mask_is_the_last_channel_and_hides_the_rest():
    mask = to_numpy(LastChannel()(STEPS))
    np.testing.assert_array_equal(mask, STEPS[:, :, 1])
    hidden = to_numpy(Hide()([STEPS, (mask > 0).astype("float32")]))
    assert not hidden[mask <= 0].any()
    np.testing.assert_array_equal(hidden[mask > 0], STEPS[mask > 0])


@pytest.mark.parametrize("layer", [MaskedPooling(), Hide()])
def test_saving_and_loading_keeps_the_layer(layer, tmp_path):
    inputs = [keras.Input((5, 2)), keras.Input((5,))]
    model = keras.Model(inputs, layer(inputs))
    assert model.output.shape[1:] == layer.compute_output_shape([(None, 5, 2), (None, 5)])[1:]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    rows = [STEPS, np.ones((3, 5), "float32")]
    np.testing.assert_array_equal(to_numpy(model(rows)), to_numpy(again(rows)))


def slow_segment_means(steps, mask, n_segments):
    out = np.zeros((len(steps), n_segments, steps.shape[-1]))
    for row, observed in enumerate(mask > 0):
        values = steps[row, observed]
        for k in range(n_segments):
            place = (np.arange(len(values)) + 0.5) / max(len(values), 1)
            inside = (place >= k / n_segments) & (place < (k + 1) / n_segments)
            if inside.any():
                out[row, k] = values[inside].mean(axis=0)
    return out.reshape(len(steps), -1)


@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_segments_divide_the_steps_that_count(n_segments, length, seed):
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(4, length, 2)).astype("float32")
    mask = (rng.random((4, length)) < rng.random((4, 1))).astype("float32")
    expected = slow_segment_means(steps, mask, n_segments)
    got = to_numpy(SegmentMeans(n_segments)([steps, mask]))
    np.testing.assert_allclose(got, expected, atol=1e-5)
    whole = to_numpy(SegmentMeans(n_segments)([steps]))
    expected = slow_segment_means(steps, np.ones_like(mask), n_segments)
    np.testing.assert_allclose(whole, expected, atol=1e-5)


def test_the_number_of_steps_does_not_depend_on_their_places():
    mask = np.zeros((4, 600), dtype="float32")
    for row, places in enumerate((slice(0), slice(7), slice(593, None), slice(0, 511))):
        mask[row, places] = 1
    parts = to_numpy(StepCount()(mask))
    np.testing.assert_allclose(parts.sum(axis=1), [0, 6, 6, 18], atol=1e-5)
    np.testing.assert_allclose(parts[1, :7], [1] * 6 + [0], atol=1e-5)
