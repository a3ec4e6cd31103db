"""Chunks are read in the same order each time; the sample is one of all rows."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput.streaming._chunks import Chunk, Chunks, RowSample, stack

X = pd.DataFrame({"a": np.arange(10.0), "b": list("abcdefghij")})
Y = np.arange(10) % 2


def batches_of(source, target=None, chunk_size=4):
    return Chunks(source, target, chunk_size, "MultiInputClassifier")


@pytest.mark.parametrize(
    "source",
    [
        [(X[:6], Y[:6]), (X[6:], Y[6:])],
        lambda: iter([(X[:6], Y[:6]), (X[6:6], Y[6:6]), (X[6:], Y[6:])]),
        [(X[:6], Y[:6], None), (X[6:][["b", "a"]], pd.Series(Y[6:]))],
    ],
)
def test_every_pass_gives_the_same(source):
    reader = batches_of(source)
    for _ in range(2):
        found = list(reader)
        assert [(chunk.number, chunk.start, chunk.stop) for chunk in found] == [
            (0, 0, 6),
            (1, 6, 10),
        ]
        pd.testing.assert_frame_equal(pd.concat([chunk.X for chunk in found]), X)
        assert np.array_equal(np.concatenate([chunk.y for chunk in found]), Y)
    assert found[-1].digest == list(reader)[-1].digest


def test_the_digest_tells_another_order():
    digests = {
        list(batches_of([(X, y)]))[-1].digest for y in (Y, Y[::-1], 1 - Y, Y.astype(str), Y * 1.5)
    }
    assert len(digests) >= 4  # Y reversed is 1 - Y


@settings(max_examples=20)
@given(st.integers(1, 13), st.integers(1, 5), st.integers(1, 20))
def test_a_dataset_comes_in_batches_of_the_size_asked_for(tmp_path_factory, size, rows, group):
    path = tmp_path_factory.mktemp("data") / "x.parquet"
    pa.parquet.write_table(pa.table({**X, "y": Y}), path, row_group_size=group)
    found = list(batches_of(pa.dataset.dataset(path), "y", chunk_size=size))
    assert [len(chunk) for chunk in found[:-1]] == [size] * (len(found) - 1)
    assert 0 < len(found[-1]) <= size
    assert np.concatenate([chunk.X["a"] for chunk in found]).tolist() == X["a"].tolist()
    assert "y" not in found[0].X


def parts(frame, sizes):
    """A stream of chunks of these sizes, again and again."""
    start = number = 0
    while start < len(frame):
        stop = min(start + sizes[number % len(sizes)], len(frame))
        yield Chunk(frame[start:stop], np.arange(start, stop), None, number, start)
        start, number = stop, number + 1


@settings(max_examples=30)
@given(st.integers(1, 60), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.integers(1, 12))
def test_a_sample_is_of_the_rows_whatever_the_batches(n_rows, sizes, size):
    frame = pd.DataFrame({"row": np.arange(n_rows)})
    sample, whole = RowSample(size, 3), RowSample(size, 3)
    for chunk in parts(frame, sizes):
        sample.add(chunk)
    for chunk in parts(frame, [n_rows]):
        whole.add(chunk)
    # The reference: the rows that drew the smallest numbers.
    expected = np.sort(np.argsort(np.random.default_rng(3).random(n_rows))[:size])
    for found in (sample, whole):
        assert found.rows.tolist() == expected.tolist()
        assert found.X["row"].tolist() == found.y.tolist() == expected.tolist()


def test_all_rows_are_as_likely():
    counts = np.zeros(12)
    for seed in range(600):
        sample = RowSample(4, seed)
        for chunk in parts(pd.DataFrame({"row": np.arange(12)}), [5]):
            sample.add(chunk)
        counts[sample.rows] += 1
    assert (np.abs(counts - 200) < 5 * np.sqrt(600 * (1 / 3) * (2 / 3))).all()


def test_rows_that_weigh_nothing_are_not_sampled():
    sample = RowSample(3, 0)
    weight = np.array([0.0, 1, 0, 2, 3, 0, 1, 0, 0, 0])
    sample.add(Chunk(X, Y, weight))
    assert set(sample.rows) <= {1, 3, 4, 6}
    assert (sample.weight == weight[sample.rows]).all()


def test_vocabularies_are_united():
    first = pd.DataFrame({"c": pd.Categorical(["a", "b"]), "n": [1, 2]})
    second = pd.DataFrame({"c": pd.Categorical(["c"]), "n": [0.5]})
    both = stack([first, second])
    assert both["c"].tolist() == ["a", "b", "c"]
    assert list(both["c"].cat.categories) == ["a", "b", "c"]
    assert both["n"].tolist() == [1, 2, 0.5]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (iter([]), None, "one pass uses up"),
        ((item for item in ()), None, "generator, which one pass uses up"),
        ("data.parquet", None, "got str"),
        (X, None, "got DataFrame"),
        (3, None, "got int"),
        ([X], None, "Chunk 1 is a DataFrame. Expected"),
        ([X], "c", "Chunk 1 has no column 'c'"),
        ([(X,)], None, "Chunk 1 is a tuple"),
        ([(X, Y), (X[["a"]], Y)], None, r"Chunk 2 has other columns than the first: missing \['b'"),
        ([(X, Y), (X.assign(z=1), Y)], None, r"unexpected \['z'\]"),
        ([(X, Y[:3])], None, "inconsistent numbers of samples"),
        ([(X, np.full(10, np.nan))], None, "contains NaN"),
        ([(X, Y), (X, np.array([str(v) for v in Y]))], None, "chunk is text, e.g. .* numbers"),
        ([(X, Y), (X, np.column_stack([Y, Y]))], None, "chunk is numbers in 2 columns, .* numbers"),
        ([("a", X.assign(c=Y))], "c", "rows of chunk 1 are a str. Expected"),
        ([{"a": [1], "c": [1]}], "c", "rows of chunk 1 are a dict. Expected"),
        (pa.table({"a": [1]}), "a", "got Table"),
        (pa.dataset.dataset(pa.table({"a": [1]})).scanner(), "a", "got Scanner"),
        ([(X, Y, -np.ones(10))], None, "Negative values in sample_weight"),
        ([(X, Y, np.ones((10, 2)))], None, "Sample weights must be 1D"),
        (pa.dataset.dataset(pa.table({"a": [1]})), None, "without target="),
    ],
)
def test_what_gives_no_batches_is_refused(source, target, message):
    with pytest.raises((TypeError, ValueError), match=message):
        list(batches_of(source, target))


def test_errors_say_in_which_batch():
    with pytest.raises(ValueError, match="NaN") as raised:
        list(batches_of([(X, Y), (X, np.full(10, np.nan))]))
    assert raised.value.__notes__ == ["This is about chunk 2 of the pass."]
