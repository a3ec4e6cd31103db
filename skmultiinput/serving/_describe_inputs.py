"""What is known of the columns of a compiled pipeline: kinds and examples, for a schema."""

from collections.abc import Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from skmultiinput.preprocessing import SequenceEncoder
from skmultiinput.serving._cell_steps import CategorySequences, NumberSequences, Words
from skmultiinput.serving._date_steps import ReadDates
from skmultiinput.serving._number_steps import PlainNumbers, ReadNumbers
from skmultiinput.serving._text_columns import text_columns

_KINDS: dict[type, str] = {
    ReadNumbers: "number",
    PlainNumbers: "number",
    ReadDates: "date",
    Words: "text",
    NumberSequences: "numbers",
    CategorySequences: "categories",
}
_MOST_LEVELS = 50


def describe_columns_of(parts: list[Any], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each column its kind, for categories its levels, and whether it held text."""
    described: dict[str, dict[str, Any]] = {name: {"kind": "any"} for name in columns}
    for part in reversed(parts):
        plan = part.preprocessing
        transformers = {name: own for name, own, _ in plan.kept.get().transformers_}
        for group in reversed(plan.groups):
            for j, column in enumerate(group.columns):
                described[column] = _describe(group.step, transformers[group.name], j)
        for column in text_columns(plan.kept.get()) & described.keys():
            described[column]["text"] = True
    return described


def _describe(step: Any, transformer: Any, j: int) -> dict[str, Any]:
    first = getattr(step, "steps", [step])[0]
    if isinstance(first, ReadNumbers) and first.formats[j].form == "order":
        return _category(first.formats[j].order)
    if type(first) in _KINDS:
        return {"kind": _KINDS[type(first)]}
    if isinstance(transformer, Pipeline):
        transformer = transformer.steps[0][1]
    if isinstance(transformer, SequenceEncoder):
        return {"kind": "numbers" if transformer.vocabularies_[j] is None else "categories"}
    if hasattr(transformer, "vocabularies_"):
        return _category(transformer.vocabularies_[j][3:])
    if isinstance(getattr(transformer, "categories_", None), list):
        return _category(transformer.categories_[j])
    return {"kind": "any"}


def _category(levels: Sequence[Any]) -> dict[str, Any]:
    return {"kind": "category", "levels": [str(level) for level in levels[:_MOST_LEVELS]]}
