"""What is learned of tokens before training, against counting row by row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skmultiinput._layers.token_statistics import (
    distinct_tokens,
    inverse_frequencies,
    target_relevance,
)

SIZE = 6
TABLES = st.lists(
    st.lists(st.integers(0, SIZE - 1), min_size=4, max_size=4), min_size=1, max_size=8
)


def pairs(table):
    codes = np.array(table)
    return distinct_tokens(codes, codes != 0, SIZE)


@given(TABLES)
def test_pairs_and_frequencies(table):
    rows, tokens = pairs(table)
    held = [set(row) - {0} for row in table]
    assert list(zip(rows, tokens, strict=True)) == [
        (i, t) for i, r in enumerate(held) for t in sorted(r)
    ]
    idf = inverse_frequencies(tokens, len(table), SIZE)
    for token in range(SIZE):
        count = sum(token in row for row in held)
        assert idf[token] == pytest.approx(np.log((1 + len(table)) / (1 + count)) + 1)


def slow_relevance(table, target, smoothing):
    """Of one output."""
    mean = np.mean(target)
    distance = {}
    for token in range(1, SIZE):
        of_rows = [y for row, y in zip(table, target, strict=True) if token in row]
        if of_rows:
            smoothed = (sum(of_rows) + smoothing * mean) / (len(of_rows) + smoothing)
            distance[token] = abs(smoothed - mean)
    floor = np.mean(list(distance.values())) if distance else 0.0
    found = np.full(SIZE, floor)
    for token, value in distance.items():
        found[token] += value
    scale = np.sqrt(np.mean([found[token] ** 2 for token in distance])) if distance else 0.0
    return found / scale if scale > 1e-8 else np.ones(SIZE)


@settings(max_examples=50)
@given(TABLES, st.randoms(use_true_random=False), st.sampled_from([0.5, 5.0]))
def test_relevance_is_what_it_says(table, random, smoothing):
    codes = [random.randrange(3) for _ in table]
    numbers = np.array([[random.uniform(-3, 3), float(code == 1)] for code in codes])
    of_classes = target_relevance(*pairs(table), np.array(codes), SIZE, 3, smoothing)
    of_numbers = target_relevance(*pairs(table), numbers, SIZE, 2, smoothing)
    for k in range(3):
        expected = slow_relevance(table, [float(code == k) for code in codes], smoothing)
        np.testing.assert_allclose(of_classes[:, k], expected, atol=1e-5)
    for k in range(2):
        expected = slow_relevance(table, numbers[:, k], smoothing)
        np.testing.assert_allclose(of_numbers[:, k], expected, atol=1e-5)


@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_nothing(table, random):
    target = np.array([float(random.randrange(2)) for _ in table])
    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = target_relevance(*pairs([table[i] for i in order]), target[order], SIZE, 1, 5.0)
    np.testing.assert_allclose(
        shuffled, target_relevance(*pairs(table), target, SIZE, 1, 5.0), atol=1e-5
    )


def test_a_rare_token_says_less_than_a_frequent_one():
    table = [[1, 3]] * 20 + [[2, 3]] + [[3, 3]] * 21
    target = np.array([1.0] * 21 + [0.0] * 21)
    found = target_relevance(*pairs([[*row, 0, 0] for row in table]), target, SIZE, 1, 5.0).ravel()
    assert found[1] > 2 * found[2] > 2 * found[3] > 0
    assert found[4] == found[5] > 0, "of tokens never seen, as little as of the dullest"
