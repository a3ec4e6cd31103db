"""The table of kinds, what is known of a column, and what several rules share."""

from dataclasses import dataclass, field, replace

import numpy as np

from skmultiinput.preprocessing._reading.number_columns import find_sentinels
from skmultiinput.preprocessing._reading.parts import PARTS, find_part, part_of
from skmultiinput.preprocessing._reading.text_counts import TextCounts


@dataclass(frozen=True)
class Kind:
    """One row of the table of kinds: evidence, treatment, and what else a user may prefer.

    `groups` is where its columns go; "few" stands for the group of categories with few levels,
    "many" for that of categories with more, "levels" for one of them by the number of levels.
    `alternatives` are parameters of `make_preprocessor`.
    """

    groups: tuple[str, ...]
    evidence: str
    treatment: str
    alternatives: tuple[str, ...]


KINDS = {
    "numeric": Kind(
        ("numeric",),
        "numbers, not few and repeated like codes",
        "imputed, scaled; a flag if some are missing",
        ("category", "ordinal", "drop"),
    ),
    "code": Kind(
        ("numeric", "levels"),
        "whole numbers with gaps that repeat: codes or measurements",
        "as a number and as a category",
        ("numeric", "target", "category"),
    ),
    "ordinal": Kind(
        ("numeric", "levels"),
        "levels with an order",
        "as a position and as a category",
        ("onehot", "target", "category"),
    ),
    "onehot": Kind(
        ("few",), "few distinct levels", "one column per level", ("ordinal", "target", "category")
    ),
    "high": Kind(
        ("many",),
        "many repeated levels",
        "mean target of each level; see high_cardinality=",
        ("onehot", "text", "drop"),
    ),
    "date": Kind(
        ("date",),
        "dates",
        "year, seconds since 1970, cyclic parts; days between some dates",
        ("category", "drop"),
    ),
    "text": Kind(
        ("text",), "several words, mostly different cells", "words and pairs", ("category", "drop")
    ),
    "sequence": Kind(("sequence",), "lists", "steps with a mask", ("drop",)),
    "image": Kind(("image",), "images or image files", "pixels", ("drop",)),
    "constant": Kind(("constant",), "one value", "dropped", ("category", "numeric")),
    "identifier": Kind(
        ("identifier",), "a different value in (nearly) every row", "dropped", ("category", "text")
    ),
}

# Distinct cells per cell above which levels tell one row from another and nothing else.
_ID_SHARE = 0.98
ID_ROWS = 10


@dataclass(frozen=True)
class ColumnFacts:
    """The facts of a raw column.

    `kind` is a key of `KINDS`, where "high" are categories above the threshold; `few` says whether
    there are few enough levels for one-hot encoding. `missing` counts missing cells, and, of
    number-like text, cells that hold no number; `levels` distinct cells, None where cells were not
    compared; `rows` all cells, None where nobody counted. `note` is worth telling the user.
    """

    kind: str
    dtype: str
    missing: int
    levels: int | None = None
    note: str = ""
    rows: int | None = field(default=None, repr=False, compare=False)
    few: bool = field(default=False, repr=False, compare=False)


def constant(facts: ColumnFacts) -> ColumnFacts:
    """Return the facts of a column of one value."""
    return replace(facts, kind="constant", levels=1, note="one value in every row")


def without_sentinels(facts: ColumnFacts, values: np.ndarray) -> tuple[ColumnFacts, np.ndarray]:
    """Remove numbers that stand for "missing", and note them in the facts."""
    sentinels = find_sentinels(values)
    if not sentinels:
        return facts, values
    counts = [int((values == value).sum()) for value in sentinels]
    notes = [
        f"{value:g} read as missing ({count:,} cells)"
        for value, count in zip(sentinels, counts, strict=True)
    ]
    note = "; ".join([facts.note] * bool(facts.note) + notes)
    values = values[~np.isin(values, sentinels)]
    return replace(facts, note=note, missing=facts.missing + sum(counts)), values


def part_facts(
    cells: TextCounts, facts: ColumnFacts, words: set[str], threshold: int
) -> ColumnFacts | None:
    """Return the facts of texts of which a part is the category; None for other texts."""
    part = find_part(cells, words)
    if part is None:
        return None
    n_levels = len({part_of(text, part) for text in cells.texts})
    if n_levels == 1 and not facts.missing:
        note = f"the same {PARTS[part].name} in every row"
        if part == "URL":  # the rows of one site differ in their paths
            return replace(facts, kind="text", note=f"{note}; read as words")
        return replace(facts, kind="constant", levels=1, note=note)
    facts = category_facts(replace(facts, levels=n_levels), cells.total, threshold)
    if facts.kind == "identifier":
        return facts
    return replace(facts, note=f"encoded by the {PARTS[part].name}")


def category_facts(facts: ColumnFacts, n: int, threshold: int) -> ColumnFacts:
    """Return the facts of categories: few levels, many levels, or row ids, among `n` cells."""
    n_levels = facts.levels or 0
    if n_levels <= threshold:
        return replace(facts, kind="onehot", note="")
    if n >= ID_ROWS and n_levels >= _ID_SHARE * n:
        note = "a different value in (nearly) every row"
        return replace(facts, kind="identifier", note=note)
    return replace(facts, kind="high", note="")
