"""Which columns held text in fit, so that "001" in a file is not read as the number 1."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from skmultiinput._unwrap import column_names

_NUMBERS = ("int", "uint", "float", "bool", "double", "decimal")
_TEXTS = ("str", "object", "large_string")


def text_columns(transformer: ColumnTransformer) -> set[str]:
    """Return the columns of a fitted ColumnTransformer that held text in `fit`.

    Selectors remember the dtypes of their columns. Of other columns the levels tell: text that is
    not how a number is written.
    """
    names = list(getattr(transformer, "feature_names_in_", ()))
    found = set()
    for _, part, own in transformer.transformers_ if names else ():
        facts = getattr(own, "facts", {})
        for j, name in enumerate(column_names(own, names)):
            dtype = facts[name].dtype.lower() if name in facts else ""
            unknown = not dtype.startswith(_NUMBERS)
            if dtype.startswith(_TEXTS) or (unknown and _learned_text(part, j)):
                found.add(str(name))
    return found


def _learned_text(part: Any, j: int) -> bool:
    """Return whether what a transformer has learned of its column `j` is text."""
    if isinstance(part, Pipeline):
        steps = [step for _, step in part.steps if not isinstance(step, str)]
        return bool(steps) and _learned_text(steps[0], j)
    if hasattr(part, "lengths_"):  # words and sequences
        return True
    levels = getattr(part, "vocabularies_", None) or getattr(part, "categories_", None)
    if not isinstance(levels, list):
        return False
    # Our vocabularies begin with reserved levels.
    known = levels[j][3:] if hasattr(part, "vocabularies_") else levels[j]
    return any(isinstance(level, str) and not _is_number(level) for level in known)


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
