"""What a column of text is: numbers, dates, files, lists, free text, categories or ids."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._detection.kinds import (
    ColumnFacts,
    category_facts,
    constant,
    levels_of,
    part_facts,
    without_sentinels,
)
from skmultiinput.preprocessing._detection.number_kind import date_format_of, have_code_gaps
from skmultiinput.preprocessing._reading.cell_types import IMAGE_SUFFIXES
from skmultiinput.preprocessing._reading.dates import (
    find_date_formats,
    is_ambiguous,
    means_no_date,
)
from skmultiinput.preprocessing._reading.lists import are_lists, are_objects
from skmultiinput.preprocessing._reading.numbers import are_levels, is_missing_word
from skmultiinput.preprocessing._reading.parts import ID_WORDS, words_of
from skmultiinput.preprocessing._reading.quantities import (
    MOST_RANGES,
    READABLE,
    find_format,
    have_digits,
)

# Shares of the cells that hold something, above which text holds dates, files.
_DATE_SHARE = 0.9
_FILE_SHARE = 0.95
_MIXED_SHARE = 0.5
# Levels with an order: at least so many.
_FEWEST_STEPS = 3
# Free text: this many words on average, and mostly different from row to row.
_TEXT_WORDS = 3
_TEXT_DISTINCT = 0.2
_LONG_TEXT_WORDS = 5
_LONG_TEXT_DISTINCT = 0.5
_OBJECTS = "JSON objects: make columns of them, e.g. by pandas.json_normalize"
# Scripts written without blanks between the words: about two characters make one word.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def string_facts(  # noqa: PLR0911  (a ladder of rules)
    column: pd.Series, name: object, facts: ColumnFacts, threshold: int
) -> ColumnFacts:
    texts, counts = levels_of(column)
    blank = np.array([not text.strip() for text in texts], dtype=bool)
    facts = replace(facts, levels=len(texts), missing=facts.missing + int(counts[blank].sum()))
    n = int(counts[~blank].sum())
    if not n:
        return replace(facts, kind="constant", levels=0, note="all missing or blank")
    if len(texts) == 1 and n == len(column):
        return constant(facts)
    texts, counts = texts[~blank], counts[~blank]
    words = words_of(name)
    named = not words.isdisjoint(ID_WORDS)
    found = part_facts(texts, counts, facts, words, threshold)
    found = found or _written_dates(texts, counts, facts, words)
    found = found or (None if named else _written_numbers(texts, counts, facts, threshold))
    if found is not None:
        return found
    if _share(texts, counts, _is_image_file) >= _FILE_SHARE:
        return replace(facts, kind="image", note="image files")
    if are_lists(texts, counts):
        return replace(facts, kind="sequence", note="lists written as text")
    if _is_free_text(texts, counts, threshold):
        return replace(facts, kind="text", note=_OBJECTS if are_objects(texts, counts) else "")
    facts = category_facts(facts, n, threshold)
    if are_objects(texts, counts):
        return replace(facts, note=_OBJECTS)
    unsure = [
        f"{text.strip()!r} ({count:,} cells)"
        for text, count in zip(texts, counts, strict=True)
        if is_missing_word(text)
    ]
    if unsure and not facts.note:
        facts = replace(facts, note=f"{', '.join(unsure[:3])} may mean missing; kept as a level")
    return facts


def _written_dates(
    texts: np.ndarray, counts: np.ndarray, facts: ColumnFacts, words: set[str]
) -> ColumnFacts | None:
    if all(text.strip().isascii() and text.strip().isdigit() and len(text) < 20 for text in texts):
        found = date_format_of(np.array(texts, dtype=np.float64), words)
        return replace(facts, kind="date", note="dates written as digits") if found else None
    n = int(counts.sum())
    gap = np.array([means_no_date(text) for text in texts], dtype=bool)
    word = ~gap & ~have_digits(texts)
    beside = _counted(texts[word], counts[word])
    filled = ~gap & ~word if are_levels(beside) else ~gap
    if not 2 * counts[filled].sum() > n:
        return None
    formats, share = find_date_formats(texts[filled], counts[filled])
    if share < _DATE_SHARE:
        return None
    notes = ["dates written as text"]
    if len(formats) > 1:
        notes.append(f"in {len(formats)} formats")
    if beside:
        notes.append(_read_as_missing(beside))
    if is_ambiguous(texts, formats):
        notes.append("month first, but all could have the day first: day_first=True")
    missing = facts.missing + n - round(share * int(counts[filled].sum()))
    return replace(facts, kind="date", missing=missing, note="; ".join(notes))


def _written_numbers(  # noqa: PLR0911  (a ladder of rules)
    texts: np.ndarray, counts: np.ndarray, facts: ColumnFacts, threshold: int
) -> ColumnFacts | None:
    number_format, share = find_format(texts, counts)
    if share < _MIXED_SHARE:
        return None
    readable = ~np.isnan(number_format.read(texts)).all(axis=1)
    n_read, n = int(counts[readable].sum()), int(counts.sum())
    facts = replace(facts, missing=facts.missing + n - n_read)
    few = len(texts) <= MOST_RANGES
    ordered = number_format.form == "order" or (number_format.form == "range" and few)
    if ordered and readable.sum() < _FEWEST_STEPS:
        return None  # two levels need no order
    if ordered:
        return replace(facts, kind="ordinal", note=number_format.describe())
    word = ~readable
    word[word] = [not is_missing_word(text) for text in texts[word]]
    words = _counted(texts[word], counts[word])
    levels_beside = are_levels(words)
    if share < READABLE and not levels_beside:
        return None
    notes = [number_format.describe()]
    if words:
        notes.append(_read_as_missing(words))
    if number_format.form != "plain":
        return replace(facts, kind="numeric", note="; ".join(notes))
    values = np.repeat(number_format.read(texts[readable])[:, 0], counts[readable])
    facts, _ = without_sentinels(facts, values)
    notes += [facts.note] * bool(facts.note)
    whole = all(text.strip().isdigit() for text in texts[readable])
    repeated = 2 * len(texts) <= n
    # "12.0" is how numbers with gaps are written; "-12" is rarely a code.
    if not whole and repeated and (values == np.floor(values)).all():
        whole = have_code_gaps(values, threshold)
    if (whole and repeated) or (levels_beside and readable.sum() <= n / 2):
        notes[0] = "whole numbers written as text" if whole else notes[0]
        return replace(facts, kind="code", note="; ".join(notes))
    return replace(facts, kind="numeric", note="; ".join(notes))


def _counted(texts: np.ndarray, counts: np.ndarray) -> dict[str, int]:
    return {text: int(count) for text, count in zip(texts, counts, strict=True)}


def _read_as_missing(words: dict[str, int]) -> str:
    shown = ", ".join(f"{text!r} ({count:,})" for text, count in list(words.items())[:3])
    return f"{shown} read as missing"


def _share(texts: np.ndarray, counts: np.ndarray, test: Callable[[str], bool]) -> float:
    matches = np.array([test(text) for text in texts], dtype=bool)
    return float(counts[matches].sum() / counts.sum())


def _is_image_file(text: str) -> bool:
    return text.strip().lower().endswith(IMAGE_SUFFIXES)


def _is_free_text(texts: np.ndarray, counts: np.ndarray, threshold: int) -> bool:
    n_words = np.array([text.strip().count(" ") + 1 for text in texts])
    if not all(text.isascii() for text in texts[:1000]):
        n_words = n_words + np.array([len(_UNSPACED.findall(text)) // 2 for text in texts])
    words = np.average(n_words, weights=counts)
    distinct = len(texts) / counts.sum()
    long_text = words >= _LONG_TEXT_WORDS and distinct >= _LONG_TEXT_DISTINCT and len(texts) > 2
    return bool(
        long_text
        or (words >= _TEXT_WORDS and distinct >= _TEXT_DISTINCT and len(texts) > threshold)
    )
