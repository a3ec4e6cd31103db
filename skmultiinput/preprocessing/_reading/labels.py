"""The text by which a cell is known as a level of a category."""

import re
from collections.abc import Iterable, Sequence
from itertools import count
from numbers import Integral, Real

import numpy as np

from skmultiinput.frame._column_arrays import INFREQUENT, MISSING, PAD, UNKNOWN

# The levels that every vocabulary of categories starts with.
RESERVED = (UNKNOWN, INFREQUENT, MISSING)
_TRUTH = {"True": ("1", "true", "TRUE"), "False": ("0", "false", "FALSE")}
RESERVED_LIKE = re.compile(r"\\*(?:" + "|".join(map(re.escape, (PAD, *RESERVED))) + r")\Z")


def plain_text(cell: object) -> str:
    """Write a cell as text; a whole number without its decimals."""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def cell_label(value: object) -> str:
    r"""Write one cell as the text of its level.

    Whole numbers lose their ``.0``, so that a column of integers and the same column with a gap
    (which pandas reads as floats) have the same levels. Text that equals a reserved level gets
    a backslash in front.

    Examples
    --------
    >>> [cell_label(value) for value in ("a", 1, 1.0, 0.5, True, "<unknown>")]
    ['a', '1', '1', '0.5', 'True', '\\<unknown>']
    """
    if isinstance(value, str):
        text = str.__str__(value)  # an enumeration of texts has another str
    elif isinstance(value, bool | np.bool_):
        return str(bool(value))
    elif isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer()):
        return str(int(value))  # type: ignore[call-overload]  # a whole Real
    elif isinstance(value, list | tuple | dict | set | np.ndarray):
        raise TypeError(
            f"expected one category per cell (text, number or bool), got a {type(value).__name__}"
        )
    else:
        text = str(value)
    return "\\" + text if text.startswith(("<", "\\")) and RESERVED_LIKE.match(text) else text


def codes_by_label(levels: Sequence[str], infrequent: Iterable[str]) -> dict[str, int]:
    """Return the code of each label in a vocabulary, which is the reserved levels, then `levels`.

    Truth values are also known by the ways in which other programs write them.

    Examples
    --------
    >>> codes_by_label(["basic", "plus"], ["gold"])
    {'gold': 1, 'basic': 3, 'plus': 4}
    >>> codes_by_label(["False", "True"], [])["1"]
    4
    """
    codes = dict.fromkeys(infrequent, RESERVED.index(INFREQUENT))
    codes.update(zip(levels, count(len(RESERVED)), strict=False))
    if codes and codes.keys() <= _TRUTH.keys():
        codes |= {text: codes[name] for name in codes for text in _TRUTH[name]}
    return codes


def hash_labels(labels: Sequence[str], n_buckets: int) -> np.ndarray:
    """Return the bucket of each label."""
    from pandas.util import hash_array  # noqa: PLC0415 - a scorer that hashes nothing has no pandas

    # A lone surrogate, which broken files contain, has no bytes to hash.
    texts = [label.encode("utf-8", "backslashreplace").decode() for label in labels]
    hashes = hash_array(np.array(texts, dtype=object), categorize=False)
    return (hashes % n_buckets).astype(np.int32)


def is_blank(label: str) -> bool:
    """Return whether a cell with this text holds nothing."""
    return not label or label.isspace()


def is_blank_cell(cell: object) -> bool:
    """Return whether a cell is text that holds nothing."""
    return isinstance(cell, str) and is_blank(cell)
