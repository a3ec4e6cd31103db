"""What is known of the columns of a compiled pipeline: kinds and examples, for a schema."""

from typing import Any

from sklearn.pipeline import Pipeline

from skmultiinput.preprocessing import SequenceEncoder

_KINDS = {
    "ReadNumbers": "number",
    "PlainNumbers": "number",
    "ReadDates": "date",
    "Words": "text",
    "NumberSequences": "numbers",
    "CategorySequences": "categories",
}
_MOST_LEVELS = 50


def describe_columns_of(parts: list[Any], columns: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each column its kind and, for categories, its levels."""
    described: dict[str, dict[str, Any]] = {name: {"kind": "any"} for name in columns}
    for part in reversed(parts):
        plan = part.preprocessing
        transformers = {name: own for name, own, _ in plan.kept.get().transformers_}
        for group in reversed(plan.groups):
            for j, column in enumerate(group.columns):
                described[column] = _describe(group.step, transformers[group.name], j)
    return described


def _describe(step: Any, transformer: Any, j: int) -> dict[str, Any]:
    first: Any = getattr(step, "steps", [step])[0]
    kind = _KINDS.get(type(first).__name__)
    if kind is not None:
        if kind == "number" and getattr(getattr(first, "formats", None), "__len__", None):
            form = first.formats[j]
            if form.form == "order":
                return {"kind": "category", "levels": list(form.order[:_MOST_LEVELS])}
        return {"kind": kind}
    if isinstance(transformer, Pipeline):
        transformer = transformer.steps[0][1]
    if isinstance(transformer, SequenceEncoder):
        return {"kind": "numbers" if transformer.vocabularies_[j] is None else "categories"}
    if hasattr(transformer, "vocabularies_"):
        levels = [str(level) for level in transformer.vocabularies_[j][3:]]
        return {"kind": "category", "levels": levels[:_MOST_LEVELS]}
    if isinstance(getattr(transformer, "categories_", None), list):
        levels = [str(level) for level in transformer.categories_[j]]
        return {"kind": "category", "levels": levels[:_MOST_LEVELS]}
    return {"kind": "any"}
