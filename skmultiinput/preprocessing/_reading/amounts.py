"""Targets written as text: prices, quantities with units, durations."""

from dataclasses import replace

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.numbers import unreadable
from skmultiinput.preprocessing._reading.quantities import READABLE, NumberFormat, find_format
from skmultiinput.preprocessing._reading.text_counts import TextCounts

_FORMS = ("plain", "quantity", "duration")
# Text with at most this many distinct values holds labels, whatever it looks like.
_MOST_LABELS = 20


def amount_format(y: np.ndarray) -> NumberFormat | None:
    """Find how text is read as amounts, by the rule of `NumberParser`; None if it is not.

    Examples
    --------
    >>> amount_format(np.array(["£12,500.00", "£9,999.99"])).form
    'plain'
    >>> amount_format(np.array(["stays", "leaves"])) is None
    True
    """
    if y.ndim != 1 or not all(isinstance(text, str) for text in y):
        return None
    cells = TextCounts(*np.unique(y.astype(object), return_counts=True))
    number_format, share = find_format(cells)
    if number_format.form == "time":  # 1:30 is one hour and a half, as a target
        number_format = replace(number_format, form="duration")
        share = cells.share(~np.isnan(number_format.read(cells.texts)[:, 0]))
    least = 0.5 if number_format.form == "plain" else READABLE
    return number_format if number_format.form in _FORMS and share >= least else None


def read_amounts(y: np.ndarray, number_format: NumberFormat) -> np.ndarray:
    """Read text as numbers, NaN where it means "missing"; raise with the first that cannot be read.

    Examples
    --------
    >>> read_amounts(np.array(["2h 10m", "34 min"]), NumberFormat("duration")).tolist()
    [7800.0, 2040.0]
    """
    codes, texts = pd.factorize(np.asarray(y, dtype=object))
    numbers = number_format.read(texts)
    unread = unreadable(texts, numbers)
    if unread.any():
        raise ValueError(
            f"{int(unread[codes].sum())} of {len(codes)} targets cannot be read as "
            f"{number_format.describe()}, e.g. {texts[unread][0][:40]!r}. Correct them, or drop "
            "these rows."
        )
    return numbers[codes, 0]


def as_quantity(y: np.ndarray) -> np.ndarray:
    """Return a target of text that holds amounts as numbers, any other as it is.

    Examples
    --------
    >>> as_quantity(np.array(["£1,200.50", "£80"])).tolist()
    [1200.5, 80.0]
    """
    number_format = amount_format(y) if y.dtype.kind in "OU" else None
    return y if number_format is None else read_amounts(y, number_format)


def look_like_amounts(y: np.ndarray) -> NumberFormat | None:
    """Return how labels could be read as amounts, None if they look like labels.

    Few labels, and whole numbers without unit, decimals or separators, are labels.
    """
    if y.ndim != 1 or y.dtype.kind not in "OU" or len(np.unique(y.astype(str))) <= _MOST_LABELS:
        return None
    number_format = amount_format(y)
    if number_format is None or all(text.strip().isdigit() for text in y):
        return None
    return number_format
