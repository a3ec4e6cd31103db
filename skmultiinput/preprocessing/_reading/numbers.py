"""Number-like text: how it is detected, and how it becomes numbers with missing values."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.text_counts import TextCounts

# What people write when there is no number.
MISSING_WORDS = frozenset(
    {"", "?", "-", "--", ".", "*", "n/a", "na", "nan", "none", "null", "nil", "missing", "#n/a"}
    | {"unknown", "n.a.", "not available", "not applicable", "not specified", "not provided"}
    | {"none given", "not given", "no data", "undefined", "unspecified", "tbd", "select", "<na>"}
    | {"prefer not to say", "prefer not to answer", "rather not say", "not recorded", "withheld"}
    | {"no answer", "refused", "don't know", "#null!", "#ref!", "#value!", "nat", "nd", "n.d."}
    # Of forms, and of other languages.
    | {"please select", "--select--", "choose", "bitte wählen", "keine angabe", "k.a.", "k. a."}
    | {"unbekannt", "inconnu", "non renseigné", "desconocido", "sin datos", "s/d", "sconosciuto"}
    | {"onbekend", "desconhecido", "未知", "不明"}
)
# Longer text is never a number, so free text is not parsed.
_LONGEST_NUMBER = 32
# Every currency sign, alone or as in A$, and what else stands before or behind a price.
CURRENCY_SIGNS = "$\u00a2-\u00a5\u0e3f\u20a0-\u20c0"
_CURRENCY = (
    rf"(?:(?:us|ca?|au?|nz|hk|s|r|mx)?[{CURRENCY_SIGNS}]|usd|eur|gbp|chf|jpy|aud|cad|nzd|sek|nok|dkk"
    r"|inr|cny|rmb|krw|brl|mxn|rub|pln|czk|huf|try|sgd|hkd|thb|idr|php|myr|vnd|ils|aed|sar"
    r"|rs\.?|kr\.?|zł|kč|\u0440\u0443\u0431\.?)"
)
# "about", "number" and a spreadsheet's mark of text before a number; marks of footnotes behind it.
_BEFORE = r"(?:[~\u2248#\u2116']|ca\.|approx\.|no\.|nr\.)"
_BEHIND = r"(?:\*{1,3}|[\u2020\u2021]|\[\w{1,2}\])"
_DECORATED = re.compile(
    rf"{_BEFORE}?\s*(?P<open>\()?(?P<sign>[+\-\u2212])?\s*{_CURRENCY}?\s*(?P<sign2>[+\-\u2212])?"
    r"(?P<digits>[\d.,'\u2019\s]*\d[.,]?)"
    r"(?:e(?P<exponent>[+\-]?\d+)|\s*[x\u00d7]\s*10\^(?P<power>[+\-]?\d+))?"
    rf"\s*(?:%|‰|{_CURRENCY})?(?:/-|(?P<sign3>[\-\u2212]))?(?(open)\)){_BEHIND}?\Z",
    re.IGNORECASE,
)
# A minus sign at the end, as in accounts, needs at least this many digits; 2- is a grade.
_FEWEST_BEFORE_SIGN = 3
# Digits with thousands separators and decimal mark: 1,234.5 and 1.234,5.
_WRITTEN = {
    # 1,23,456.7 as in India, too.
    ".": re.compile(
        r"(?:\d+|[1-9]\d{0,2}(?:[,'\u2019\s]\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})?(?:\.\d*)?\Z"
    ),
    ",": re.compile(r"(?:\d+|[1-9]\d{0,2}(?:[.'\u2019\s]\d{3})+)?(?:,\d*)?\Z"),
}
_BETWEEN_DIGITS = {mark: re.compile(rf"[^\d{mark}]+") for mark in ".,"}
# Words beside numbers are levels of their own if there are at most this many, each this often.
_MOST_WORDS = 5
_WORD_REPEATS = 3
# The digits of a number with points, and such digits where points separate thousands. Without
# 1.250.000, at least this many distinct numbers must be so written.
_DIGITS = re.compile(r"\d[\d.]*")
_POINT_GROUPS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+\Z")
_FEWEST_GROUPED = 20
_LEADING_ZERO = re.compile(r"\s*[#']?\s*0\d")


def parse_number(text: str, decimal: str = ".") -> float:
    """Read one text as a number, NaN if it is none; ``"12%"`` is 12.

    It may have a sign, thousands separators, a currency or percent sign around the digits, marks as
    in ``"~5"``, ``"#5"`` and ``"5*"``, or an accountant's minus sign behind a negative number, or
    brackets around it. Of "." and ",", the one that is not the decimal mark separates thousands.

    Examples
    --------
    >>> [parse_number(text) for text in ("1,234", "$5", " 7 ", "12%", "(3.5)", "?", "1,5")]
    [1234.0, 5.0, 7.0, 12.0, -3.5, nan, nan]
    >>> [parse_number(text) for text in ("1,23,456", "12.50-", "~5", "3*", "A$7", "2 x 10^3")]
    [123456.0, -12.5, 5.0, 3.0, 7.0, 2000.0]
    >>> parse_number("1.234,5", decimal=",")
    1234.5
    """
    if len(text) > _LONGEST_NUMBER:
        return np.nan
    match = _DECORATED.match(text.strip())
    if match is None or not _WRITTEN[decimal].match(match["digits"].strip()):
        return np.nan
    digits = _BETWEEN_DIGITS[decimal].sub("", match["digits"])
    signs = [match[name] for name in ("open", "sign", "sign2", "sign3") if match[name]]
    if len(signs) > 1 or (match["sign3"] and len(digits) < _FEWEST_BEFORE_SIGN):
        return np.nan
    power = match["exponent"] or match["power"]
    negative = bool(signs) and signs != ["+"]
    value = float(digits.replace(",", ".") + (f"e{power}" if power else ""))
    return -value if negative else value


def parse_numbers(texts: Sequence[str] | np.ndarray, decimal: str = ".") -> np.ndarray:
    """Read distinct texts as float64 numbers, NaN where one is not a finite number."""
    texts = np.asarray(texts, dtype=object)
    if decimal == ".":
        # The plain ones at the speed of pandas, the decorated ones one by one.
        parsed = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
        numbers = parsed.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    else:
        numbers = np.full(len(texts), np.nan)
    for i in np.flatnonzero(np.isnan(numbers)):
        numbers[i] = parse_number(texts[i], decimal)
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def is_missing_word(text: str) -> bool:
    """Return whether `text` means that there is no number: blank, "?", "n/a" and the like."""
    return len(text) <= _LONGEST_NUMBER and text.strip().lower() in MISSING_WORDS


def unreadable(texts: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return which texts gave no number, (n_texts, n_numbers), and do not mean "missing"."""
    unread = np.isnan(numbers).all(axis=1)
    unread[unread] = [not is_missing_word(text) for text in texts[unread]]
    return unread


def are_levels(words: TextCounts) -> bool:
    """Return whether words beside numbers or dates are levels of their own, and no noise."""
    return 0 < len(words) <= _MOST_WORDS and words.counts.min() >= _WORD_REPEATS


def number_share(cells: TextCounts) -> tuple[float, str]:
    """Return the share of numbers among cells that are not missing, and their decimal mark.

    The share is 0 for codes such as ``"00123"``, which would lose their zeros as numbers.

    Examples
    --------
    >>> number_share(TextCounts(["12", "1,234.5", "?", " "]))
    (1.0, '.')
    >>> number_share(TextCounts(["3,5", "1.234,25"]))
    (1.0, ',')
    >>> number_share(TextCounts(["02139", "10001"]))
    (0.0, '.')
    >>> number_share(TextCounts(["1.250.000", "12.500", "900"]))
    (1.0, ',')
    """
    cells = cells.without(is_missing_word)
    mostly_long = cells.share(lambda text: len(text) > _LONGEST_NUMBER) > 0.5
    if mostly_long or cells.share(_LEADING_ZERO.match) > 0.01:
        return 0.0, "."
    point = cells.share(~np.isnan(parse_numbers(cells.texts)))
    if _points_separate_thousands(cells.texts):
        return cells.share(~np.isnan(parse_numbers(cells.texts, ","))), ","
    if point == 1 or not any("," in text for text in cells.texts):
        return point, "."
    comma = cells.share(~np.isnan(parse_numbers(cells.texts, ",")))
    return (comma, ",") if comma > point else (point, ".")


def _points_separate_thousands(texts: np.ndarray) -> bool:
    """Return whether points separate thousands: as in 1.250.000, or in 12.500 beside 900."""
    n_grouped, twice, below = 0, False, False
    for match in map(_DIGITS.search, texts):
        digits = match[0].rstrip(".") if match else ""
        if _POINT_GROUPS.match(digits):
            n_grouped += 1
            twice = twice or digits.count(".") > 1
        elif "." in digits or len(digits) > 3:
            return False
        else:
            below = below or bool(digits.strip("0"))
    return twice or (below and n_grouped >= _FEWEST_GROUPED)
