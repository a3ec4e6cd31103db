"""Pretrained word vectors: from files, gensim or mappings, aligned with a vocabulary by word."""

import gzip
import os
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeAlias

import numpy as np

# A path, a mapping from words to vectors, or gensim's KeyedVectors, which have no type here.
VectorSource: TypeAlias = str | os.PathLike[str] | Mapping[str, Any] | Any
# Bounds of what a file can make us do; real word vectors are far from each of them.
MAX_DIMENSION = 10_000
MAX_LINE = 2**20
MAX_EXPANSION = 100


def vector_dimension(source: VectorSource) -> int:
    """Return the width of word vectors without reading them all.

    They are a text file in the format of GloVe or word2vec (plain or gzip), or vectors by word.

    Examples
    --------
    >>> vector_dimension({"good": [1.0, 0.0, 2.0]})
    3
    """
    if isinstance(source, (str, os.PathLike)):
        with closing(_lines(source)) as lines:
            return _header(next(lines, ""), source)[0]
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
    """Look distinct words up in word vectors.

    Returned are vectors, (n_words, dimension) of float32, zeros for words that are not there, and a
    flag for each word that was found. One that has another width than the first raises ValueError
    with its line or word.

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
        vocabulary = source if isinstance(source, Mapping) else source.key_to_index
        pairs = ((i, source[word], word) for i, word in enumerate(words) if word in vocabulary)
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


def _lines(path: str | os.PathLike[str]) -> Generator[str, None, None]:
    """Yield the lines of a text file, plain or gzip, with bounds on what is read."""
    zipped = str(path).endswith(".gz")
    size = os.path.getsize(path)  # noqa: PTH202 - any path
    left = max(MAX_EXPANSION * size, MAX_LINE) if zipped else sys.maxsize
    opener = gzip.open if zipped else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
        while line := file.readline(MAX_LINE):
            left -= len(line)
            if len(line) == MAX_LINE or left < 0:
                what = (
                    f"has a line of more than {MAX_LINE:,} characters"
                    if len(line) == MAX_LINE
                    else f"expands to more than {MAX_EXPANSION} times its size"
                )
                raise ValueError(f"The file {os.fspath(path)!r} is no word vectors: it {what}.")
            yield line


def _header(line: str, path: str | os.PathLike[str]) -> tuple[int, bool]:
    """Return the width of the vectors, and whether the first line is word2vec's header."""
    fields = line.rstrip().split(" ")
    is_header = len(fields) == 2 and all(f.isascii() and f.isdigit() for f in fields)
    if is_header and len(fields[1]) > len(str(MAX_DIMENSION)):
        width = MAX_DIMENSION + 1
    else:
        width = int(fields[1]) if is_header else len(fields) - 1
    if not 1 <= width <= MAX_DIMENSION or not _are_numbers(
        fields[-2:] if width > 1 else fields[1:]
    ):
        raise ValueError(
            f"The file {os.fspath(path)!r} is no text file of word vectors: expected a word and "
            f"1 to {MAX_DIMENSION:,} numbers, separated by blanks, in the first line, got "
            f"{line[:40]!r}. Read a binary file by gensim's "
            "KeyedVectors.load_word2vec_format(path, binary=True) and pass those."
        )
    return width, is_header


def _are_numbers(fields: Sequence[str]) -> bool:
    try:
        [float(field) for field in fields]
    except ValueError:
        return False
    return True


def _from_file(
    path: str | os.PathLike[str], dimension: int, wanted: dict[str, int]
) -> Iterator[tuple[int, np.ndarray, str]]:
    """Yield place, vector and word of each word wanted; the first entry of a word counts."""
    rest = dict(wanted)
    for number, line in enumerate(_lines(path), start=1):
        if not rest:
            return
        if (number == 1 and _header(line, path)[1]) or not line.strip():
            continue
        # Some words hold blanks themselves, so the numbers are cut off from the right.
        fields = line.rstrip().rsplit(" ", dimension)
        if len(fields) != dimension + 1:
            raise ValueError(_bad_line(path, number, dimension, len(fields) - 1))
        position = rest.pop(fields[0], None)
        if position is None:
            continue
        try:
            vector = np.array(fields[1:], dtype=np.float32)
        except ValueError:
            raise ValueError(_bad_line(path, number, dimension, "other text")) from None
        yield position, vector, fields[0]


def _bad_line(path: str | os.PathLike[str], number: int, dimension: int, got: object) -> str:
    return (
        f"Line {number} of {os.fspath(path)!r} should hold a word and {dimension} numbers as the "
        f"first line does, got {got}."
    )
