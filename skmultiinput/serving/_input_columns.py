"""What is known of the columns of a fitted pipeline: kinds, levels, and which held text."""

from collections.abc import Sequence
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from skmultiinput._unwrap import column_names
from skmultiinput.preprocessing import SequenceEncoder
from skmultiinput.preprocessing._reading.labels import RESERVED
from skmultiinput.serving._cell_steps import CategorySequences, NumberSequences, Words
from skmultiinput.serving._date_steps import ReadDates
from skmultiinput.serving._number_steps import PlainNumbers, ReadNumbers

_KINDS: dict[type, str] = {
    ReadNumbers: "number",
    PlainNumbers: "number",
    ReadDates: "date",
    Words: "text",
    NumberSequences: "numbers",
    CategorySequences: "categories",
}
_MOST_LEVELS = 50
_NUMBERS = ("int", "uint", "float", "bool", "double", "decimal")
_TEXTS = ("str", "object", "large_string")


def describe_columns_of(parts: list[Any], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each column its kind, for categories its levels, and whether it held text."""
    described: dict[str, dict[str, Any]] = {name: {"kind": "any"} for name in columns}
    for part in reversed(parts):
        plan = part.preprocessing
        transformers = {name: own for name, own, _ in plan.transformer.get().transformers_}
        for group in reversed(plan.groups):
            for j, column in enumerate(group.columns):
                described[column] = _describe(group.step, transformers[group.name], j)
        for column in text_columns(plan.transformer.get()) & described.keys():
            described[column]["text"] = True
    return described


def _describe(step: Any, transformer: Any, j: int) -> dict[str, Any]:
    first = getattr(step, "steps", [step])[0]
    if isinstance(first, ReadNumbers) and first.formats[j].form == "order":
        return _category(first.formats[j].order)
    if type(first) in _KINDS:
        return {"kind": _KINDS[type(first)]}
    transformer = _first_step(transformer)
    if isinstance(transformer, SequenceEncoder):
        return {"kind": "numbers" if transformer.vocabularies_[j] is None else "categories"}
    levels = _levels_of(transformer, j)
    return {"kind": "any"} if levels is None else _category(levels)


def _category(levels: Sequence[Any]) -> dict[str, Any]:
    return {"kind": "category", "levels": [str(level) for level in levels[:_MOST_LEVELS]]}


def _first_step(transformer: Any) -> Any:
    """Return the first transformer of a pipeline, None if it has none; any other one itself."""
    if not isinstance(transformer, Pipeline):
        return transformer
    return next((step for _, step in transformer.steps if not isinstance(step, str)), None)


def _levels_of(transformer: Any, j: int) -> Sequence[Any] | None:
    """Return the levels that an encoder has learned of its column `j`."""
    if hasattr(transformer, "vocabularies_"):
        return transformer.vocabularies_[j][len(RESERVED) :]
    levels = getattr(transformer, "categories_", None)
    return levels[j] if isinstance(levels, list) else None


def text_columns(transformer: ColumnTransformer) -> set[str]:
    """Return the columns that held text in `fit`, so that "001" is not read as the number 1.

    Selectors remember the dtypes of their columns. Of other columns the levels tell: text that is
    not how a number is written.
    """
    names = list(getattr(transformer, "feature_names_in_", ()))
    found = set()
    for _, part, selected in transformer.transformers_ if names else ():
        facts = getattr(selected, "facts", {})
        for j, name in enumerate(column_names(selected, names)):
            dtype = facts[name].dtype.lower() if name in facts else ""
            unknown = not dtype.startswith(_NUMBERS)
            if dtype.startswith(_TEXTS) or (unknown and _learned_text(_first_step(part), j)):
                found.add(str(name))
    return found


def _learned_text(transformer: Any, j: int) -> bool:
    """Return whether what a transformer has learned of its column `j` is text."""
    if hasattr(transformer, "lengths_"):  # words and sequences
        return True
    levels = _levels_of(transformer, j)
    return levels is not None and any(
        isinstance(level, str) and not _is_number(level) for level in levels
    )


def _is_number(text: str) -> bool:
    """Return whether a text is how a number is written.

    Examples
    --------
    >>> [_is_number(text) for text in ("1", "-2", "0.5", "001", "1.50", "a")]
    [True, True, True, False, False, False]
    """
    try:
        number = float(text)
    except ValueError:
        return False
    return text == (str(int(number)) if number.is_integer() else str(number))
