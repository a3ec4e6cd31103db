"""What a column of text is: numbers, dates, files, lists, free text, categories or ids."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._detection.kinds import (
    ColumnFacts,
    category_facts,
    constant,
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
from skmultiinput.preprocessing._reading.lists import (
    are_level_lists,
    are_lists,
    are_objects,
    find_separator,
)
from skmultiinput.preprocessing._reading.numbers import are_levels, is_missing_word, unreadable
from skmultiinput.preprocessing._reading.parts import ID_WORDS, words_of
from skmultiinput.preprocessing._reading.quantities import (
    MOST_RANGES,
    READABLE,
    find_format,
    has_digit,
)
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Shares of the cells that hold something, above which text holds dates, files.
_DATE_SHARE = 0.9
_FILE_SHARE = 0.95
_MIXED_SHARE = 0.5
# Levels with an order have at least this many steps.
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
    """Return the facts of a column of text."""
    cells = TextCounts.of(column)
    if len(cells) == 1 and not facts.missing and cells.texts[0].strip():
        return constant(facts)
    cells = cells.where(str.strip)
    facts = replace(facts, levels=len(cells), missing=len(column) - cells.total)
    if not cells.total:
        return replace(facts, kind="constant", levels=0, note="all missing or blank")
    words = words_of(name)
    by_form = part_facts(cells, facts, words, threshold) or _written_dates(cells, facts, words)
    if by_form is None and words.isdisjoint(ID_WORDS):
        by_form = _written_numbers(cells, facts, threshold)
    if by_form is not None:
        return by_form
    if cells.share(_is_image_file) >= _FILE_SHARE:
        return replace(facts, kind="image", note="image files")
    if list_note := _describe_lists(cells, threshold):
        return replace(facts, kind="sequence", note=list_note)
    if _is_free_text(cells, threshold):
        return replace(facts, kind="text", note=_OBJECTS if are_objects(cells) else "")
    facts = category_facts(facts, cells.total, threshold)
    if are_objects(cells):
        return replace(facts, note=_OBJECTS)
    unsure = cells.where(is_missing_word)
    if len(unsure) and not facts.note:
        facts = replace(facts, note=f"{_listed(unsure)} may mean missing; kept as a level")
    return facts


def _describe_lists(cells: TextCounts, threshold: int) -> str:
    """Say how cells are lists, nothing if they are none."""
    if are_lists(cells):
        return "lists written as text"
    if len(cells) > threshold and are_level_lists(cells):
        return f"lists of levels, separated by {find_separator(cells)!r}"
    return ""


def _written_dates(cells: TextCounts, facts: ColumnFacts, words: set[str]) -> ColumnFacts | None:
    """Return the facts of dates, with few words among them; None for other texts."""
    if all(t.isascii() and t.isdigit() and len(t) < 20 for t in map(str.strip, cells.texts)):
        date_format = date_format_of(np.array(cells.texts, dtype=np.float64), words)
        return replace(facts, kind="date", note="dates written as digits") if date_format else None
    filled = cells.without(means_no_date)
    beside = filled.without(has_digit)
    if are_levels(beside):
        filled = filled.where(has_digit)
    if not 2 * filled.total > cells.total:
        return None
    formats, share = find_date_formats(filled)
    if share < _DATE_SHARE:
        return None
    notes = ["dates written as text"]
    if len(formats) > 1:
        notes.append(f"in {len(formats)} formats")
    if len(beside):
        notes.append(f"{_listed(beside)} read as missing")
    if is_ambiguous(cells.texts, formats):
        notes.append("month first, but all could have the day first: day_first=True")
    missing = facts.missing + cells.total - round(share * filled.total)
    return replace(facts, kind="date", missing=missing, note="; ".join(notes))


def _written_numbers(cells: TextCounts, facts: ColumnFacts, threshold: int) -> ColumnFacts | None:
    """Return the facts of numbers in any form, codes and ordered levels; None for other texts."""
    number_format, share = find_format(cells)
    if share < _MIXED_SHARE:
        return None
    table = number_format.read(cells.texts)
    read = cells.without(np.isnan(table).all(axis=1))
    facts = replace(facts, missing=facts.missing + cells.total - read.total)
    few = len(cells) <= MOST_RANGES
    if number_format.form == "order" or (number_format.form == "range" and few):
        if len(read) < _FEWEST_STEPS:
            return None  # two levels need no order
        return replace(facts, kind="ordinal", note=number_format.describe())
    words = cells.where(unreadable(cells.texts, table))
    if share < READABLE and not are_levels(words):
        return None
    if not _vary(table, each=number_format.form == "units", alone=not len(words)):
        return None
    # Words that repeat are kept as levels, beside numbers that repeat, too.
    has_levels = are_levels(words) and len(read) <= cells.total / 2
    described, notes = number_format.describe(), []
    if number_format.form == "plain":
        values = np.repeat(number_format.read(read.texts)[:, 0], read.counts)
        facts, _ = without_sentinels(facts, values)
        notes = [facts.note] * bool(facts.note)
        repeated = 2 * len(cells) <= cells.total
        if _are_codes(read.texts, values, threshold, repeated=repeated):
            has_levels |= repeated
            described = "whole numbers written as text" if has_levels else described
    if len(words):
        notes.insert(0, f"{_listed(words)} {'kept as levels' if has_levels else 'read as missing'}")
    note = "; ".join([described, *notes])
    return replace(facts, kind="code" if has_levels else "numeric", note=note)


def _vary(table: np.ndarray, *, each: bool, alone: bool) -> bool:
    """Return whether there are several numbers, of each unit where numbers have several.

    "1Fam" beside "Duplex", or "1. Yes" beside "2. No", are levels.
    """
    n_distinct = [len(np.unique(column[~np.isnan(column)])) for column in table.T]
    return min(n_distinct) > 1 if each else alone or max(n_distinct) > 1


def _are_codes(texts: np.ndarray, values: np.ndarray, threshold: int, *, repeated: bool) -> bool:
    """Return whether numbers are written, or spread, as codes are."""
    if all(text.strip().isdigit() for text in texts):
        return True
    # "12.0" is how numbers with gaps are written; "-12" is rarely a code.
    whole = repeated and bool((values == np.floor(values)).all())
    return whole and have_code_gaps(values, threshold)


def _listed(cells: TextCounts) -> str:
    pairs = zip(cells.texts[:3], cells.counts[:3], strict=True)
    return ", ".join(f"{text!r} ({count:,} cells)" for text, count in pairs)


def _is_image_file(text: str) -> bool:
    return text.strip().lower().endswith(IMAGE_SUFFIXES)


def _is_free_text(cells: TextCounts, threshold: int) -> bool:
    n_words = np.array([text.strip().count(" ") + 1 for text in cells.texts])
    if not all(text.isascii() for text in cells.texts[:1000]):
        n_words += [len(_UNSPACED.findall(text)) // 2 for text in cells.texts]
    words = np.average(n_words, weights=cells.counts)
    distinct = len(cells) / cells.total
    long_text = words >= _LONG_TEXT_WORDS and distinct >= _LONG_TEXT_DISTINCT and len(cells) > 2
    return bool(
        long_text
        or (words >= _TEXT_WORDS and distinct >= _TEXT_DISTINCT and len(cells) > threshold)
    )
