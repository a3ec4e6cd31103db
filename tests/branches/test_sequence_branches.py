"""Branches for steps and images: padding, channels, missing inputs, messages."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network, predict, sequence_frame, shake, token_frame
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch, image_filters
from skmultiinput.branches._recurrent_branch import RecurrentBranch
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.preprocessing import SequenceEncoder

BRANCHES = {
    "lstm": RecurrentBranch(units=3),
    "gru": RecurrentBranch(cell="gru", units=3, bidirectional=False),
    "convolution": Conv1DBranch(filters=(4, 4), kernel_size=(4, 3), units=3),
}
NUMBERS = st.floats(-3, 3, width=32)
SEQUENCES = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4), min_size=1, max_size=4)


@pytest.mark.parametrize("name", BRANCHES)
def test_padding_never_changes_a_prediction(name):
    short = network(sequence_frame([[(0, 0)]], 4), clone(BRANCHES[name]))
    shake(short)
    long = network(sequence_frame([[(0, 0)]], 9), clone(BRANCHES[name]))
    long.set_weights(short.get_weights())

    @given(SEQUENCES, st.booleans())
    @settings(max_examples=10, deadline=None)
    def law(sequences, in_front):
        expected = predict(short, sequence_frame(sequences, 4))
        got = predict(long, sequence_frame(sequences, 9, in_front=in_front))
        np.testing.assert_allclose(got, expected, atol=1e-5)

    law()


@pytest.mark.parametrize("name", BRANCHES)
def test_a_zero_is_no_padding(name):
    model = network(sequence_frame([[(0, 0)]], 4), clone(BRANCHES[name]))
    shake(model)
    one = predict(model, sequence_frame([[(1, 2)]], 4))
    with_zero = predict(model, sequence_frame([[(1, 2), (0, 0)]], 4))
    assert np.abs(one - with_zero).max() > 1e-5


def test_tokens_and_series_are_steps_too():
    tokens = token_frame([["good", "fit"], []], 3)
    series = pd.DataFrame(np.eye(3), columns=[f"load__kw[{i}]" for i in range(3)])
    for branch in BRANCHES.values():
        for frame in (tokens, series):
            model = network(frame, clone(branch))
            assert predict(model, frame).shape == (len(frame), 2)


def image_frame(images):
    """Images (n_samples, height, width, channels) as a typed frame."""
    images = np.asarray(images, dtype="float32")
    names = [f"photo__front[{h},{w},{c}]" for h, w, c in np.ndindex(images.shape[1:])]
    return pd.DataFrame(images.reshape(len(images), -1), columns=names)


@pytest.mark.parametrize("shape", [(1, 1, 1), (8, 8, 1), (5, 9, 3), (20, 3, 1)])
def test_images_of_any_shape_are_read(shape):
    frame = image_frame(np.random.default_rng(0).random((2, *shape)))
    model = network(frame, Conv2DBranch(units=4))
    assert predict(model, frame).shape == (2, 2)


@given(st.tuples(st.integers(1, 600), st.integers(1, 600)))
@settings(deadline=None)
def test_larger_images_get_more_layers(sides):
    filters = image_filters((*sides, 3))
    assert 2 <= len(filters) <= 6
    larger = image_filters((2 * sides[0], 2 * sides[1], 3))
    assert len(filters) <= len(larger) <= len(filters) + 1


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        (RecurrentBranch(cell="rnn"), "'cell' parameter of RecurrentBranch must be a str among"),
        (Conv1DBranch("many"), "'filters' parameter of Conv1DBranch must be an array-like"),
        (
            Conv1DBranch(kernel_size="many"),
            "'kernel_size' parameter of Conv1DBranch must be an int",
        ),
        (Conv1DBranch(embedding_dim=0), r"parameter of Conv1DBranch must be an int in the range"),
        (RecurrentBranch(units=2.5), r"'units' parameter of RecurrentBranch must be an int in"),
        (RecurrentBranch(dropout=1.0), r"'dropout' parameter of RecurrentBranch must be a float"),
        (Conv1DBranch((4, 4), kernel_size=(3,)), "has 2 layers, but 'kernel_size' has 1"),
        (Conv2DBranch(), "Conv2DBranch reads 'image' columns, but .* of kind 'sequence'"),
        (TokenBranch(), "TokenBranch reads 'tokens' columns, but .* of kind 'sequence'"),
    ],
)
def test_wrong_parameters_are_named(branch, message):
    with pytest.raises(ValueError, match=message):
        network(sequence_frame([[(0, 0)]], 4), branch)


def test_penalties_and_dropout_are_built_in():
    frame = sequence_frame([[(1, 1)]], 4)
    for branch in BRANCHES.values():
        plain = network(frame, clone(branch).set_params(dropout=0.0))
        assert not plain.losses
        assert "history>dropout" not in {layer.name for layer in plain.layers}
        strict = network(frame, clone(branch).set_params(l2=0.1, dropout=0.2))
        assert strict.losses
        assert "history>dropout" in {layer.name for layer in strict.layers}


# --- In an estimator.


@pytest.fixture(scope="module", params=["recurrent", "convolution"])
def fitted(request):
    rng = np.random.default_rng(0)
    cells = [rng.normal(size=(n, 2)) + 2 * (i % 2) for i, n in enumerate(rng.integers(1, 6, 80))]
    raw = pd.DataFrame({"usage": pd.Series(cells, dtype=object)})
    encoder = SequenceEncoder(max_length=6).set_output(transform="pandas")
    X = encoder.fit_transform(raw).add_prefix("history__")
    y = np.arange(80) % 2
    branch = BRANCHES["lstm" if request.param == "recurrent" else "convolution"]
    model = MultiInputClassifier(
        branches=[("history", branch)],
        hidden_units=(8,),
        n_members=2,
        n_estimators=1,
        epochs=40,
        early_stopping=False,
        learning_rate=1e-2,
        random_state=0,
    )
    return encoder, model.fit(X, y), X, y


def test_sequences_are_learned_and_twice_the_same(fitted):
    _, model, X, y = fitted
    assert model.score(X, y) > 0.8
    again = clone(model).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_columns_are_matched_by_name(fitted):
    _, model, X, _ = fitted
    mixed = X[np.random.default_rng(1).permutation(X.columns)]
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(mixed))


@pytest.mark.parametrize("cell", [None, [], [[1.0, 2.0]] * 40, [[0.0, None]]])
def test_no_sequence_is_too_odd_to_predict_for(fitted, cell):
    encoder, model, _, _ = fitted
    column = pd.Series([None], dtype=object)
    column[0] = cell
    row = encoder.transform(pd.DataFrame({"usage": column})).add_prefix("history__")
    assert np.isfinite(model.predict_proba(row)).all()


def test_the_time_of_an_event_is_a_feature():
    """Global means and maxima alone cannot tell an early peak from a late one."""
    early, late = (np.zeros((8, 2)) for _ in range(2))
    early[1], late[6] = 3.0, 3.0
    model = network(sequence_frame([early], 8), Conv1DBranch(filters=(), kernel_size=()))
    shake(model)
    first, second = (predict(model, sequence_frame([steps], 8)) for steps in (early, late))
    assert np.abs(first - second).max() > 1e-3


@pytest.mark.slow
def test_few_sequences_are_learned_better_than_by_logistic_regression():
    """Four classes that differ in when things happen, in 314 sequences of 19 to 129 steps."""
    rng = np.random.default_rng(0)
    y, cells = rng.integers(0, 4, 714), []
    for label in y:
        time = np.linspace(0, 1, rng.integers(19, 130))[:, None]
        peak, height = 0.25 + 0.12 * label + rng.normal(0, 0.05), rng.normal(1, 0.3, (2, 4))
        wave = height[0] * np.exp(-(((time - peak) / 0.12) ** 2))
        wave -= height[1] * np.exp(-(((time - 1 + peak) / 0.12) ** 2))
        cells.append(wave + rng.normal(0, 0.3, wave.shape) + rng.normal(0, 0.5, 4))
    X = pd.DataFrame({"move": pd.Series(cells, dtype=object)})
    flat = np.zeros((len(cells), 129, 4))
    for row, cell in zip(flat, cells, strict=True):
        row[: len(cell)] = cell
    flat = flat.reshape(len(cells), -1)
    train, test = slice(0, 314), slice(314, None)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    ours = make_pipeline(
        make_preprocessor(sequence=["move"]), MultiInputClassifier(preset="fast", random_state=0)
    )
    reference = linear.fit(flat[train], y[train]).score(flat[test], y[test])
    assert ours.fit(X[train], y[train]).score(X[test], y[test]) > reference + 0.05


def test_the_length_of_a_sequence_is_a_feature():
    """Means, maxima and segments of equal steps are equal, whatever their number."""
    model = network(sequence_frame([[(0, 0)]], 9), Conv1DBranch(filters=(), kernel_size=()))
    shake(model)
    frame = sequence_frame([[(1, 2)] * length for length in (1, 2, 5, 9)], 9)
    assert len(np.unique(predict(model, frame).round(6), axis=0)) == 4
