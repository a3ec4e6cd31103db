"""Pretrained word vectors: from files, gensim or mappings, aligned with a vocabulary by word."""

import gzip
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO, TypeAlias

import numpy as np

# A path, a mapping from words to vectors, or gensim's KeyedVectors, which have no type here.
VectorSource: TypeAlias = str | os.PathLike[str] | Mapping[str, Any] | Any


def vector_dimension(source: VectorSource) -> int:
    """Return the width of word vectors without reading them all.

    Parameters
    ----------
    source : path, mapping of {str: array} or gensim KeyedVectors
        A text file in the format of GloVe or word2vec (plain or gzip), or vectors by word.

    Returns
    -------
    int

    Raises
    ------
    FileNotFoundError
        If the file is not there.
    ValueError
        If the file or the mapping holds no vectors.
    TypeError
        If `source` is none of these.

    Examples
    --------
    >>> vector_dimension({"good": [1.0, 0.0, 2.0]})
    3
    """
    if isinstance(source, (str, os.PathLike)):
        with _open(source) as file:
            return _header(file.readline(), source)[0]
    if hasattr(source, "vector_size") and hasattr(source, "key_to_index"):
        return int(source.vector_size)
    if isinstance(source, Mapping):
        for vector in source.values():
            return int(np.size(vector))
        raise ValueError("The mapping of word vectors is empty.")
    raise TypeError(
        "Word vectors must be the path of a GloVe or word2vec text file, a gensim KeyedVectors or "
        f"a mapping from words to vectors, got {type(source).__name__}."
    )


def read_vectors(source: VectorSource, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Look words up in word vectors.

    Parameters
    ----------
    source : path, mapping of {str: array} or gensim KeyedVectors
        As for `vector_dimension`.
    words : sequence of str
        Each word once.

    Returns
    -------
    vectors : ndarray of shape (n_words, dimension), dtype=float32
        Zeros where the word was not found.
    found : ndarray of shape (n_words,), dtype=bool

    Raises
    ------
    ValueError
        If a vector has another width than the first; the line or the word is named.

    Examples
    --------
    >>> vectors, found = read_vectors({"good": [1.0, 2.0]}, ["bad", "good"])
    >>> vectors.tolist(), found.tolist()
    ([[0.0, 0.0], [1.0, 2.0]], [False, True])
    """
    dimension = vector_dimension(source)
    vectors = np.zeros((len(words), dimension), dtype=np.float32)
    found = np.zeros(len(words), dtype=bool)
    if isinstance(source, (str, os.PathLike)):
        pairs = _from_file(source, dimension, {word: i for i, word in enumerate(words)})
    else:
        known = source if isinstance(source, Mapping) else source.key_to_index
        pairs = ((i, source[word], word) for i, word in enumerate(words) if word in known)
    for i, vector, word in pairs:
        values = np.asarray(vector, dtype=np.float32).ravel()
        if len(values) != dimension:
            raise ValueError(
                f"The vector of {word!r} has {len(values)} numbers, expected {dimension} as in "
                "the first vector."
            )
        if not np.isfinite(values).all():
            raise ValueError(f"The vector of {word!r} has a number that is not finite.")
        vectors[i], found[i] = values, True
    return vectors, found


def _open(path: str | os.PathLike[str]) -> TextIO:
    opener = gzip.open if str(path).endswith(".gz") else open
    return opener(path, "rt", encoding="utf-8", errors="replace", newline="\n")


def _header(line: str, path: str | os.PathLike[str]) -> tuple[int, bool]:
    """Return the width of the vectors, and whether the first line is word2vec's header."""
    fields = line.rstrip().split(" ")
    if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
        return int(fields[1]), True
    try:
        [float(field) for field in fields[-2:]]
    except ValueError:
        fields = []
    if len(fields) < 2:
        raise ValueError(
            f"The file {os.fspath(path)!r} is no text file of word vectors: expected a word and "
            f"its numbers, separated by blanks, in the first line, got {line[:40]!r}. Read a "
            "binary file by gensim's KeyedVectors.load_word2vec_format(path, binary=True) and "
            "pass those."
        )
    return len(fields) - 1, False


def _from_file(
    path: str | os.PathLike[str], dimension: int, wanted: dict[str, int]
) -> Iterator[tuple[int, np.ndarray, str]]:
    """Yield place, vector and word of each word wanted; the first entry of a word counts."""
    rest = dict(wanted)
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            if (number == 1 and _header(line, path)[1]) or not line.strip():
                continue
            # Some words hold blanks themselves, so the numbers are cut off from the right.
            fields = line.rstrip().rsplit(" ", dimension)
            if len(fields) != dimension + 1:
                raise ValueError(_bad_line(path, number, dimension, len(fields) - 1))
            place = rest.pop(fields[0], None)
            if place is None:
                continue
            try:
                vector = np.array(fields[1:], dtype=np.float32)
            except ValueError:
                raise ValueError(_bad_line(path, number, dimension, "other text")) from None
            yield place, vector, fields[0]


def _bad_line(path: str | os.PathLike[str], number: int, dimension: int, got: object) -> str:
    return (
        f"Line {number} of {os.fspath(path)!r} should hold a word and {dimension} numbers as the "
        f"first line does, got {got}."
    )
