"""Lists written as text: ``"[1.0, 2.0]"``, ``"1 2 3"``, ``"red; green"``."""

import json
import re
from collections import Counter

import numpy as np

from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Share of the cells that must be lists, and the least number of values of lists without brackets.
_SHARE = 0.95
_FEWEST_VALUES = 3
_BRACKETS = re.compile(r"\s*[\[({].*[\])}]\s*\Z", re.DOTALL)
_NUMBERS = re.compile(
    r"\s*[+-]?[\d.]+(?:e[+-]?\d+)?(?:\s*[,;|\s]\s*[+-]?[\d.]+(?:e[+-]?\d+)?)+\s*\Z", re.IGNORECASE
)
_OBJECTS = re.compile(r"""\s*\[?\s*\{\s*(?:["'].*["']\s*:.*)?\}\s*\]?\s*\Z""", re.DOTALL)
# What stands between levels, the surest first; and the least share of the cells that have it.
_SEPARATORS = (";", "|", ">", ",")
_SEPARATED = 0.2
# Lists of levels: this many levels and words of a level on average at least and at most, this many
# times as many different cells as levels, and the largest share of levels seen less often.
_FEWEST_LEVELS, _MOST_WORDS = 1.5, 3
_CELLS_PER_LEVEL = 2
_SEEN, _RARE = 3, 0.1
_SEPARATOR = re.compile(r"\s*[,;|]\s*|\s+")


def parse_list(text: str) -> list | None:
    """Return the values of a list written as text; None if it is no list, or one of objects.

    Examples
    --------
    >>> parse_list("[1.0, 2.0]"), parse_list("1 2 3"), parse_list("['a', 'b']"), parse_list("red")
    ([1.0, 2.0], [1.0, 2.0, 3.0], ['a', 'b'], None)
    """
    if _NUMBERS.match(text):
        return _floats(_SEPARATOR.split(text.strip()))
    if not _BRACKETS.match(text):
        return None
    inner = text.strip()[1:-1].strip()
    values = _floats(_SEPARATOR.split(inner)) if inner else []
    if values is not None:
        return values
    for candidate in (f"[{inner}]", f"[{inner}]".replace("'", '"').replace("None", "null")):
        try:
            parsed = json.loads(candidate)
        except ValueError:
            continue
        if not all(map(_is_step, parsed)):
            return None
        return [np.nan if value is None else value for value in parsed]
    return None


def looks_like_list(text: str) -> bool:
    """Return whether a text has the form of a list, at a fraction of the cost of reading it."""
    return bool(_BRACKETS.match(text) or _NUMBERS.match(text))


def _is_step(value: object) -> bool:
    """Return whether a value of a list is a word, a number or a list of numbers."""
    if isinstance(value, list):
        return all(number is None or isinstance(number, int | float) for number in value)
    return not isinstance(value, dict)


def _floats(values: list[str]) -> list[float] | None:
    try:
        return [
            np.nan if value.lower() in ("nan", "none", "null", "") else float(value)
            for value in values
        ]
    except ValueError:
        return None


def are_objects(cells: TextCounts) -> bool:
    """Return whether nearly all cells are JSON objects, or lists of them."""
    return cells.share(_OBJECTS.match) >= _SHARE


def are_lists(cells: TextCounts) -> bool:
    """Return whether nearly all cells are lists."""
    if cells.share(looks_like_list) < _SHARE:
        return False
    lists = [parse_list(text) for text in cells.texts]
    bare = [
        len(values)
        for text, values in zip(cells.texts, lists, strict=True)
        if values is not None and not _BRACKETS.match(text)
    ]
    enough = not bare or bool(np.median(bare) >= _FEWEST_VALUES)
    readable = np.array([values is not None for values in lists], dtype=bool)
    return enough and cells.share(readable) >= _SHARE


def find_separator(cells: TextCounts) -> str | None:
    """Return what separates the levels in cells such as "red; green", None if nothing does."""
    for separator in _SEPARATORS:
        if cells.share(np.array([separator in text for text in cells.texts])) >= _SEPARATED:
            return separator
    return None


def split_levels(text: str, separator: str) -> list[str]:
    """Return the levels of a text.

    Examples
    --------
    >>> split_levels("red; green;", ";")
    ['red', 'green']
    """
    return [level for part in text.split(separator) if (level := part.strip())]


def are_level_lists(cells: TextCounts) -> bool:
    """Return whether cells are lists of levels that repeat, combined in many ways.

    Examples
    --------
    >>> several = ["a;b", "a;c", "b;c", "a;b;c", "a", "b", "c", "b;a"]
    >>> are_level_lists(TextCounts(several)), are_level_lists(TextCounts(["Rome, IT", "Oslo, NO"]))
    (True, False)
    """
    separator = find_separator(cells)
    if separator is None or cells.share(_BRACKETS.match) > 1 - _SHARE:
        return False
    counts: Counter[str] = Counter()
    for text, count in zip(cells.texts, cells.counts, strict=True):
        counts.update(dict.fromkeys(split_levels(text, separator), int(count)))
    total = counts.total()
    n_words = sum(count * len(level.split()) for level, count in counts.items())
    rare = sum(count for count in counts.values() if count < _SEEN)
    return (
        total >= _FEWEST_LEVELS * cells.total
        and n_words <= _MOST_WORDS * total
        and _CELLS_PER_LEVEL * len(counts) <= len(cells)
        and rare <= _RARE * total
    )
