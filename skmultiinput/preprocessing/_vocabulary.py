"""From lists of tokens to codes: counting, ranking, looking up.

A cell is given as its tokens in layers: layer 0 are the words or categories, a further layer are
n-grams of them. A token of layer 0 that the vocabulary lacks becomes ``<unknown>``; an n-gram that
it lacks is left out, because its words are there already.
"""

from collections import Counter
from itertools import chain, repeat
from math import ceil
from numbers import Integral

import numpy as np
import pandas as pd

from skmultiinput._compat import Interval, RealNotInt
from skmultiinput.frame._column_groups import PAD, UNKNOWN

PAD_CODE, UNKNOWN_CODE = 0, 1
# Constraints of parameters: a number of things, and a number or a share of rows.
COUNT = Interval(Integral, 1, None, closed="left")
FREQUENCY = [COUNT, Interval(RealNotInt, 0, 1, closed="neither")]


def least_count(frequency: float, n_rows: int) -> int:
    """Turn a minimum frequency, a number or a share of rows, into a number of rows."""
    return frequency if isinstance(frequency, Integral) else max(1, ceil(frequency * n_rows))


def learn_vocabulary(
    layers: list[list[list[str]]],
    least: list[int],
    *,
    max_tokens: int | None = None,
    reserved: tuple[str, ...] = (PAD, UNKNOWN),
) -> tuple[np.ndarray, np.ndarray]:
    """Rank the tokens by the number of cells they occur in, which has to be `least` in their layer.

    `layers` holds the tokens per layer and cell. Of all layers together the `max_tokens` most
    frequent ones are kept. Reserved ones come first; in a text they mean nothing. Ties are in
    alphabetical order: the order of the rows does not matter. Returned are tokens and their numbers
    of cells, 0 for the reserved ones.
    """
    counts: dict[str, int] = {}
    for cells, minimum in zip(layers, least, strict=True):
        seen = Counter(chain.from_iterable(map(set, cells)))
        # A token with a space in it may be a word and a pair of words; it is one token.
        counts.update(
            (token, max(count, counts.get(token, 0)))
            for token, count in seen.items()
            if count >= minimum and token not in reserved
        )
    strange = next((token for token in counts if not isinstance(token, str)), None)
    if strange is not None:
        raise TypeError(
            f"Expected tokens that are str, got {type(strange).__name__} {strange!r:.40}; check "
            "the tokenizer or analyzer given."
        )
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:max_tokens]
    tokens = np.array([*reserved, *(token for token, _ in ranked)], dtype=object)
    return tokens, np.array([0] * len(reserved) + [count for _, count in ranked], dtype=np.int64)


def look_up(tokens: np.ndarray | list[str]) -> dict[str, int]:
    """Return the code of each token; a text's own "<pad>" or "<unknown>" is none."""
    return {token: code for code, token in enumerate(tokens) if code > UNKNOWN_CODE}


def shared_dtype(tokens: np.ndarray | list[str]) -> pd.CategoricalDtype:
    """Return the category dtype of a vocabulary; object, because text may not be valid UTF-8."""
    return pd.CategoricalDtype(pd.Index(tokens, dtype=object))


def encode(
    layers: list[list[list[str]]], codes_of: dict[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Replace tokens by codes, of one cell after the other; return these and the cells' lengths.

    Within a cell, layer follows after layer.
    """
    parts, owners = [], []
    for depth, cells in enumerate(layers):
        lengths = np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
        absent = PAD_CODE if depth else UNKNOWN_CODE
        codes = np.fromiter(
            map(codes_of.get, chain.from_iterable(cells), repeat(absent)),
            dtype=np.int32,
            count=lengths.sum(),
        )
        if len(layers) == 1:
            return codes, lengths
        rows = np.repeat(np.arange(len(cells)), lengths)
        is_token = codes != PAD_CODE
        parts.append(codes[is_token])
        owners.append(rows[is_token])
    rows = np.concatenate(owners)
    order = np.argsort(rows, kind="stable")
    return np.concatenate(parts)[order], np.bincount(rows, minlength=len(layers[0]))
