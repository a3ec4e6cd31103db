"""Layers that read tokens: each against a slow reference, and through saving and loading."""

from collections import Counter

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.token_layers import (
    HashedNgrams,
    TfidfEmbedding,
    TokenMask,
    repeats_so_far,
)

ROWS = st.lists(st.lists(st.integers(1, 6), min_size=8, max_size=8), min_size=1, max_size=5)


def padded(rows, length):
    """Codes of texts with padding behind, and their mask."""
    codes = np.array([row + [0] * (length - len(row)) for row in rows], dtype="int32")
    return codes, (codes != 0).astype("float32")


@given(ROWS)
@settings(max_examples=25, deadline=None)
def test_repeats_are_counted_along_a_sorted_row(rows):
    rows = np.sort(np.array(rows), axis=1)
    expected = []
    for row in rows:
        seen = Counter()
        for code in row:
            seen[code] += 1
            expected.append(seen[code])
    assert to_numpy(repeats_so_far(rows)).ravel().tolist() == expected


def test_tfidf_is_that_of_scikit_learn():
    texts = ["a a b c", "b b b", "c d a", "d", "e e a b"]
    vectorizer = TfidfVectorizer(token_pattern=r"\w").fit(texts)
    expected = vectorizer.transform(texts).toarray()
    words = {word: i + 1 for i, word in enumerate(vectorizer.get_feature_names_out())}
    codes, mask = padded([[words[w] for w in text.split()] for text in texts], 6)

    layer = TfidfEmbedding(
        size=8, n_outputs=2, units=3, linear_lr_scale=4.0, embedding_lr_scale=0.5
    )
    layer([codes, mask])
    layer.adapt(codes, mask)
    rng = np.random.default_rng(0)
    linear, table = rng.normal(size=(9, 2)), rng.normal(size=(9, 3))
    layer.linear.assign(linear)
    layer.embeddings.assign(table)
    both = np.concatenate([4.0 * linear, 0.5 * table], axis=1)[1:6]
    np.testing.assert_allclose(to_numpy(layer([codes, mask])), expected @ both, atol=1e-5)
    np.testing.assert_allclose(layer.vectors(), 0.5 * table, rtol=1e-6)


@given(ROWS, st.integers(0, 5), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_tfidf_knows_neither_order_nor_padding(rows, n_pads, in_front, random):
    layer = TfidfEmbedding(size=8, n_outputs=1, units=4)
    codes, mask = padded(rows, 8)
    before = to_numpy(layer([codes, mask]))
    shuffled = []
    for row in rows:
        mixed = random.sample(row, len(row))
        shuffled.append([0] * n_pads + mixed if in_front else mixed + [0] * n_pads)
    codes, mask = padded(shuffled, 8 + n_pads)
    np.testing.assert_allclose(to_numpy(layer([codes, mask])), before, atol=1e-5)


def test_an_empty_text_weighs_nothing():
    layer = TfidfEmbedding(size=8, n_outputs=1, units=4)
    assert not to_numpy(layer(padded([[]], 3))).any()


def test_left_out_tokens_change_training_only():
    layer = TfidfEmbedding(size=8, n_outputs=0, units=4, dropout=0.5)
    codes, mask = padded([[1, 2, 3, 4]] * 50, 4)
    at_rest = to_numpy(layer([codes, mask]))
    assert (at_rest == at_rest[0]).all()
    in_training = to_numpy(layer([codes, mask], training=True))
    assert len(np.unique(in_training, axis=0)) > 5


def ngrams_of(row, n):
    return [tuple(row[i : i + n]) for i in range(len(row) - n + 1)]


@given(ROWS)
@settings(max_examples=20, deadline=None)
def test_equal_ngrams_share_a_code_wherever_they_stand(rows):
    codes, mask = padded([row[: 2 + i] for i, row in enumerate(rows)], 8)
    hashed, there = map(to_numpy, HashedNgrams(n=3, n_bits=20, size=8)([codes, mask]))
    assert hashed.shape == there.shape == (len(rows), 8 + 7 + 6)
    assert hashed[:, 8:].min() >= 8
    assert hashed.max() < 8 + 2**20
    known: dict = {}
    for row, row_codes, row_there in zip(codes, hashed, there, strict=True):
        grams = [gram for n in (1, 2, 3) for gram in ngrams_of(row.tolist(), n)]
        for gram, code, is_there in zip(grams, row_codes, row_there, strict=True):
            assert is_there == (0 not in gram)
            if is_there:
                assert known.setdefault(gram, code) == code


def test_ngrams_longer_than_the_text_are_left_out():
    codes, mask = padded([[1, 2]], 2)
    layer = HashedNgrams(n=5, n_bits=4, size=8)
    hashed, _ = layer([codes, mask])
    assert hashed.shape == (1, 3)
    assert layer.compute_output_shape([(None, 2), (None, 2)])[0] == (None, 3)


def test_padding_is_code_zero_until_told_otherwise():
    layer = TokenMask()
    codes = np.array([[0, 3, 1]])
    assert to_numpy(layer(codes)).tolist() == [[0, 1, 1]]
    layer.set_padding(3)
    assert to_numpy(layer(codes)).tolist() == [[1, 0, 1]]
    layer.set_padding(-1)
    assert to_numpy(layer(codes)).tolist() == [[1, 1, 1]]


def test_vectors_found_are_set_and_the_others_kept():
    for trained in (True, False):
        layer = TokenEmbedding(size=8, units=2, trained=trained)
        layer.build((None, 3))
        before = layer.vectors().copy()
        layer.set_vectors(np.full((4, 2), 7.0), np.array([False, True, False, True]))
        after = layer.vectors()
        assert (after[[1, 3]] == 7.0).all()
        assert (after[[0, 2, 4]] == (before[[0, 2, 4]] if trained else 0.0)).all()
        assert to_numpy(layer.is_pretrained).tolist() == [0, 1, 0, 1, 0, 0, 0, 0]
        assert bool(layer.trainable_variables) is trained


def test_dropped_tokens_become_unknown():
    layer = TokenEmbedding(size=4, units=1, dropout=0.5)
    layer(np.array([[2]]))
    layer.embeddings.assign(np.array([[0.0], [1.0], [2.0], [3.0]]))
    out = to_numpy(layer(np.full((200, 1), 3), training=True)).ravel()
    assert set(out) == {1.0, 3.0}


@pytest.mark.parametrize(
    "make",
    [
        lambda codes, mask: TfidfEmbedding(8, 1, 4, 3.0, 0.5, 0.2)([codes, mask]),
        lambda codes, mask: TfidfEmbedding(8, 1, 0)([codes, mask]),
        lambda codes, mask: TokenEmbedding(8, 4, dropout=0.1, l2=0.1)(codes),
        lambda codes, mask: HashedNgrams(2, 4, 8)([codes, mask])[0],
        lambda codes, mask: TokenMask()(codes),
    ],
)
def test_saving_and_loading_keeps_the_layer(make, tmp_path):
    codes, mask = padded([[1, 2, 2], [5]], 4)
    inputs = [keras.Input((4,), dtype="int32"), keras.Input((4,))]
    model = keras.Model(inputs, make(*inputs))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [layer.get_config() for layer in again.layers] == [
        layer.get_config() for layer in model.layers
    ]
    np.testing.assert_array_equal(to_numpy(model([codes, mask])), to_numpy(again([codes, mask])))
