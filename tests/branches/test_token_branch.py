"""The branch for text: laws of padding and order, n-grams, pretrained vectors, messages."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import WORDS, network, predict, shake, token_frame, values
from sklearn.base import clone

from skmultiinput import MultiInputClassifier
from skmultiinput._keras.backend import to_numpy
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.inspection import get_embeddings
from skmultiinput.preprocessing import TokenEncoder

POOLINGS = {
    "tfidf": TokenBranch(),
    "bigrams": TokenBranch(ngrams=2, n_bits=8),
    "mean_max": TokenBranch("mean_max", embedding_dim=4),
    "convolution": TokenBranch("convolution", embedding_dim=4, units=4),
    "recurrent": TokenBranch("recurrent", embedding_dim=4, units=4),
}
TEXTS = st.lists(st.lists(st.sampled_from(WORDS[1:]), max_size=5), min_size=1, max_size=4)
FITTED_ON = token_frame([["good", "fit"], ["bad"], [], ["red", "red", "soft"]], 5)


def in_both(branch):
    """The same network for texts of five tokens and for texts of nine."""
    short = network(FITTED_ON, clone(branch))
    shake(short)
    longer = token_frame([["good"]], 9)
    long = network(longer, clone(branch))
    long.set_weights(short.get_weights())
    return short, long


@pytest.mark.parametrize("name", POOLINGS)
def test_padding_never_changes_a_prediction(name):
    short, long = in_both(POOLINGS[name])

    @given(TEXTS, st.booleans())
    @settings(max_examples=10, deadline=None)
    def law(texts, in_front):
        expected = predict(short, token_frame(texts, 5))
        got = predict(long, token_frame(texts, 9, in_front=in_front))
        np.testing.assert_allclose(got, expected, atol=1e-5)

    law()


@pytest.mark.parametrize(("name", "matters"), [("tfidf", False), ("bigrams", True)])
def test_order_matters_to_ngrams_only(name, matters):
    model = network(FITTED_ON, clone(POOLINGS[name]))
    shake(model)
    one = predict(model, token_frame([["good", "fit", "bad"]], 5))
    other = predict(model, token_frame([["bad", "fit", "good"]], 5))
    assert bool(np.abs(one - other).max() > 1e-5) is matters


def test_without_padding_in_the_vocabulary_no_code_is_padding():
    words = ["good", "bad", "fit"]
    frame = token_frame([["good", "bad"], ["fit", "good"]], 2, words=words)
    model = network(frame, TokenBranch("mean_max"))
    mask = model.get_layer("text>mask")
    assert to_numpy(mask(values(frame)["text"])).all()


def test_document_frequencies_come_from_the_rows_given():
    model = network(FITTED_ON, TokenBranch())
    idf = to_numpy(model.get_layer("text>embedding").idf)
    code = WORDS.index
    assert idf[code("red")] == pytest.approx(np.log(5 / 2) + 1)  # one of four rows, though twice
    assert idf[code("price")] == pytest.approx(np.log(5 / 1) + 1)


def test_the_linear_path_can_be_left_out():
    with_path = {layer.name for layer in network(FITTED_ON, TokenBranch()).layers}
    without = {layer.name for layer in network(FITTED_ON, TokenBranch(linear=False)).layers}
    assert {"text>path", "network>logits"} <= with_path
    assert not {"text>path", "network>logits"} & without


# --- Pretrained vectors.

VECTORS = {"good": [1.0, 0.0, 0.0], "bad": [-1.0, 0.0, 0.0], "fit": [0.0, 2.0, 0.0]}


@pytest.mark.parametrize("pooling", ["tfidf", "mean_max", "convolution", "recurrent"])
@pytest.mark.parametrize("trainable", [True, False])
def test_vectors_are_aligned_by_word(pooling, trainable):
    branch = TokenBranch(pooling, pretrained=VECTORS, trainable=trainable, units=4)
    table = network(FITTED_ON, branch).get_layer("text>embedding")
    vectors = table.vectors()
    for word, vector in VECTORS.items():
        np.testing.assert_allclose(vectors[WORDS.index(word)], vector, rtol=1e-6)
    assert table.units == 3
    in_training = {variable.path for variable in table.trainable_variables}
    assert any(path.endswith("embeddings") for path in in_training) is trainable
    assert vectors[WORDS.index("red")].any() == trainable


def test_frozen_vectors_stay_and_trained_ones_move():
    X = token_frame([["good", "fit"], ["bad", "red"]] * 30, 2)
    y = [1, 0] * 30
    for trainable in (False, True):
        branch = TokenBranch(pretrained=VECTORS, trainable=trainable, embedding_lr_scale=1.0)
        model = MultiInputClassifier(
            branches=[("text", branch)], hidden_units=(8,), epochs=3, random_state=0
        ).fit(X, y)
        frame = get_embeddings(model, "text")
        moved = not np.allclose(frame.loc["good", [0, 1, 2]], VECTORS["good"])
        assert moved is trainable
        assert frame.attrs["share_found"] == pytest.approx(3 / 6)
        assert frame.attrs["found"]["good"]
        assert not frame.attrs["found"]["red"]


def test_few_words_found_is_a_warning():
    branch = TokenBranch(pretrained={"Guten": [1.0], "good": [1.0]})
    with pytest.warns(UserWarning, match=r"have 17% of the 6 tokens of the input 'text'"):
        network(FITTED_ON, branch)


def test_the_signature_holds_the_width_of_vectors_only():
    one = TokenBranch(pretrained=VECTORS).architecture_key()
    other = TokenBranch(pretrained={"x": np.zeros(3)}).architecture_key()
    assert one == other
    assert one["pretrained"] == 3


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        (TokenBranch("sum"), "'pooling' parameter of TokenBranch must be a str among"),
        (TokenBranch("recurrent", ngrams=2), "'ngrams' parameter of TokenBranch must be 1"),
        (TokenBranch(embedding_dim=0), "'embedding_dim' parameter of TokenBranch must be an int"),
        (
            TokenBranch(embedding_dim=5, pretrained=VECTORS),
            "vectors of the input 'text' are 3 wide, but the 'embedding_dim' .* is 5",
        ),
    ],
)
def test_wrong_parameters_are_named(branch, message):
    with pytest.raises(ValueError, match=message):
        network(FITTED_ON, branch)


def test_numbers_are_no_tokens():
    with pytest.raises(ValueError, match=r"reads 'tokens' columns, but .* 'numeric' are of kind"):
        network(pd.DataFrame({"numeric__age": [1.0, 2.5]}), TokenBranch())


# --- In an estimator.


@pytest.fixture(scope="module")
def fitted():
    texts = ["good fit", "bad fit", "good price", "bad price", None, "red"] * 20
    raw = pd.DataFrame({"review": texts})
    encoder = TokenEncoder(ngram_range=(1, 2)).set_output(transform="pandas")
    X = encoder.fit_transform(raw).add_prefix("text__")
    y = [int("good" in str(text)) for text in texts]
    model = MultiInputClassifier(hidden_units=(8,), epochs=40, random_state=0).fit(X, y)
    return encoder, model, X, y


def test_text_is_learned(fitted):
    _, model, X, y = fitted
    assert model.score(X, y) == 1.0
    weights = get_embeddings(model, "text")["linear"]
    assert weights["good"] > 0 > weights["bad"]


@pytest.mark.parametrize("text", ["never seen", "", None, "!?", "good " * 50])
def test_no_text_is_too_odd_to_predict_for(fitted, text):
    encoder, model, _, _ = fitted
    row = encoder.transform(pd.DataFrame({"review": pd.Series([text], dtype=object)}))
    probabilities = model.predict_proba(row.add_prefix("text__"))
    assert np.isfinite(probabilities).all()


def test_the_network_is_saved_and_loaded_by_keras(fitted, tmp_path):
    _, model, X, _ = fitted
    model.model_.save(tmp_path / "text.keras")
    again = keras.models.load_model(tmp_path / "text.keras")
    inputs = model.column_groups_.split(X)
    np.testing.assert_array_equal(to_numpy(model.model_(inputs)), to_numpy(again(inputs)))


def reviews():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 80)
    texts = [["good" if label else "bad", "red", "soft"] for label in y]
    return token_frame(texts, 5), y


def test_the_linear_path_learns_faster_from_tokens_that_tell_more():
    X, y = reviews()
    options = {
        "n_members": 1,
        "n_estimators": 1,
        "hidden_units": (4,),
        "random_state": 0,
        "epochs": 1,
    }

    def speeds(**parameters):
        model = MultiInputClassifier(branches=[("text", TokenBranch(**parameters))], **options)
        layer = model.fit(X, y).model_.get_layer("text>embedding")
        return dict(zip(WORDS, to_numpy(layer.relevance)[: len(WORDS), 0], strict=True)), model

    told, model = speeds()
    assert told["good"] == pytest.approx(told["bad"], rel=0.2)
    assert told["good"] > 1.5 * told["red"] > 0
    alike, _ = speeds(relevance_smoothing=None)
    assert set(alike.values()) == {1.0}
    weights = get_embeddings(model, "text")["linear"]
    layer = model.model_.get_layer("text>embedding")
    expected = 5.0 * to_numpy(layer.linear)[: len(WORDS), 0] * list(told.values())
    np.testing.assert_allclose(weights[WORDS], expected, rtol=1e-5)


@pytest.mark.parametrize("wrong", [0, -1.0, "auto", float("nan")])
def test_a_wrong_relevance_is_named(wrong):
    X, y = reviews()
    with pytest.raises(
        ValueError, match="'relevance_smoothing' parameter of TokenBranch must be a float in"
    ):
        MultiInputClassifier(branches=[("text", TokenBranch(relevance_smoothing=wrong))]).fit(X, y)


def test_networks_that_differ_in_relevance_share_one_compiled_program():
    assert (
        TokenBranch(relevance_smoothing=1.0).architecture_key()
        == TokenBranch(relevance_smoothing=None).architecture_key()
    )
