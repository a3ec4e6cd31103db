"""Reading word vectors: files of GloVe and word2vec, gensim's object, mappings, and bad ones."""

import gzip
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skmultiinput.branches._word_vectors import read_vectors, vector_dimension

WORDS = ["good", "bad", "été", ". . ."]
TABLE = {word: np.arange(3) + 10.0 * i for i, word in enumerate(WORDS)}


class KeyedVectors:
    """The part of gensim's class that is read."""

    vector_size = 3
    key_to_index = {word: i for i, word in enumerate(WORDS)}

    def __getitem__(self, word):
        return TABLE[word]


def lines():
    return [f"{word} {' '.join(map(str, vector))}" for word, vector in TABLE.items()]


@pytest.fixture(params=["glove", "word2vec", "gzip", "mapping", "gensim"])
def source(request, tmp_path):
    if request.param == "mapping":
        return TABLE
    if request.param == "gensim":
        return KeyedVectors()
    header = ["4 3"] if request.param == "word2vec" else []
    text = "\n".join([*header, *lines()]) + "\n"
    path = tmp_path / ("v.txt.gz" if request.param == "gzip" else "v.txt")
    if request.param == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def test_vectors_are_looked_up_by_word(source):
    assert vector_dimension(source) == 3
    vectors, found = read_vectors(source, ["été", "nothing", "good", ". . ."])
    assert found.tolist() == [True, False, True, True]
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[20, 21, 22], [0, 0, 0], [0, 1, 2], [30, 31, 32]]


@given(st.lists(st.sampled_from([*WORDS, "x", "y"]), unique=True))
def test_a_word_is_found_exactly_if_it_is_there(words):
    vectors, found = read_vectors(TABLE, words)
    assert found.tolist() == [word in TABLE for word in words]
    for word, vector, there in zip(words, vectors, found, strict=True):
        assert vector.tolist() == (TABLE[word].tolist() if there else [0, 0, 0])


def test_the_first_of_two_entries_counts(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("a 1 2\na 3 4\n")
    assert read_vectors(path, ["a"])[0].tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no text file of word vectors"),
        ("hello world foo\n", "is no text file of word vectors"),
        ("a 1 2 3\nb 1 2\n", r"Line 2 of .* should hold a word and 3 numbers .* got 2"),
        ("a 1 2\nb 1 x\n", r"Line 2 of .* got other text"),
    ],
)
def test_files_that_are_none_are_refused(text, message, tmp_path):
    path = tmp_path / "v.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_vectors(path, ["a", "b"])


def test_other_sources_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt"):
        vector_dimension(tmp_path / "nothing.txt")
    with pytest.raises(TypeError, match=r"gensim KeyedVectors or a mapping .* got int"):
        vector_dimension(3)
    with pytest.raises(ValueError, match="empty"):
        vector_dimension({})
    with pytest.raises(ValueError, match="vector of 'b' has 1 numbers, expected 2"):
        read_vectors({"a": [1, 2], "b": [1]}, ["a", "b"])
    with pytest.raises(ValueError, match="vector of 'b' has a number that is not finite"):
        read_vectors({"a": [1, 2], "b": [1, np.nan]}, ["a", "b"])


# --- Files that are no word vectors cannot fill memory or hang.


def peak_memory(call):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"is no (text file of )?word vectors"):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "header", ["400000 2000000000", "3 99999999999999999999999999", f"3 {'9' * 5000}", "3 0"]
)
def test_a_header_with_an_impossible_width_is_refused(header, tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(f"{header}\ngood 1 2\n")
    assert peak_memory(lambda: vector_dimension(path)) < 2**24
    assert peak_memory(lambda: read_vectors(path, ["good"])) < 2**24


@pytest.mark.parametrize(
    "unit", [b"0" * 2**20, b"\n" * 2**20, b"good 0 0\n" * 2**16, b" 0" * 2**19], ids=repr
)
@pytest.mark.parametrize("first", [b"", b"word 1 2\n"])
def test_a_gzip_bomb_is_refused(first, unit, tmp_path):
    path = tmp_path / "vectors.txt.gz"
    with gzip.open(path, "wb") as file:
        file.write(first)
        for _ in range(20):
            file.write(unit)
    assert path.stat().st_size < 2**17
    peak = peak_memory(lambda: read_vectors(path, ["word", "other"]))
    assert peak < 2**25


def test_reading_ends_when_all_words_have_vectors(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 2\nthe rest is not looked at\n")
    assert read_vectors(path, ["good"])[0].tolist() == [[1.0, 2.0]]


def test_a_narrow_file_has_a_word_and_a_number(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1.5\nbad -1\n")
    vectors, found = read_vectors(path, ["bad", "good", "fit"])
    assert vectors.ravel().tolist() == [-1.0, 1.5, 0.0]
    assert found.tolist() == [True, True, False]
