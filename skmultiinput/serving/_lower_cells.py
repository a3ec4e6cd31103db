"""Lowerings of encoders of whole cells: texts and sequences."""

from typing import Any

from skmultiinput.preprocessing._reading.words import split_words
from skmultiinput.preprocessing._sequence_encoder import SequenceEncoder
from skmultiinput.preprocessing._token_encoder import TokenEncoder
from skmultiinput.preprocessing._vocabulary import look_up
from skmultiinput.serving._cell_steps import (
    CategorySequences,
    NumberSequences,
    Words,
)
from skmultiinput.serving._lowering import (
    Columns,
    Lowered,
    lower,
    names_out,
    register_lowering,
)


@register_lowering(TokenEncoder)
def _token_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    vectorizer = transformer.vectorizer_
    plain = (
        vectorizer.analyzer == "word"
        and vectorizer.tokenizer is split_words
        and vectorizer.preprocessor is None
        and vectorizer.strip_accents is None
        and vectorizer.stop_words is None
        and tuple(vectorizer.ngram_range) in ((1, 1), (1, 2))
    )
    joined = len(transformer.lengths_) > len(columns.names)
    if columns.kind != "cells" or not plain or joined:
        return None
    step = Words(
        [look_up(tokens) for tokens in transformer.vocabularies_],
        [int(length) for length in transformer.lengths_],
        bool(vectorizer.lowercase),
        tuple(vectorizer.ngram_range) == (1, 2),
    )
    return step, Columns("codes", names_out(transformer, columns), _levels(transformer))


@register_lowering(SequenceEncoder)
def _sequence_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    # A frame of codes beside numbers has no array of its own.
    if columns.kind != "cells" or transformer.join or len(set(transformer.kinds_)) > 1:
        return None
    sides = transformer.padding, transformer.truncation
    names = names_out(transformer, columns)
    if transformer.kinds_[0] == "categories":
        step = CategorySequences(
            [look_up(tokens) for tokens in transformer.vocabularies_],
            [int(length) for length in transformer.lengths_],
            list(transformer.separators_),
            *sides,
        )
        return step, Columns("codes", names, _levels(transformer))
    scalers: list[Any] = []
    for scaler, means in zip(transformer.scalers_, transformer.means_, strict=True):
        inner = None
        if scaler is not None:
            channels = tuple(f"x{i}" for i in range(len(means)))
            lowered = lower(scaler, Columns("numbers", channels))
            if lowered is None or len(lowered[1].names) != len(means):
                return None
            inner = lowered[0]
        scalers.append(inner)
    lengths = [int(length) for length in transformer.lengths_]
    return NumberSequences(lengths, list(transformer.means_), scalers, *sides), Columns(
        "numbers", names
    )


def _levels(transformer: Any) -> tuple[list[str], ...]:
    """Return the levels of each column that an encoder of tokens makes."""
    pairs = zip(transformer.vocabularies_, transformer.lengths_, strict=True)
    return tuple(list(tokens) for tokens, length in pairs for _ in range(length))
