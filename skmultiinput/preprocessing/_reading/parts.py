"""Parts of texts that group rows where the whole texts tell them apart: domains and prefixes."""

import re
from collections.abc import Callable

import numpy as np

from skmultiinput.preprocessing._reading.numbers import is_missing_word

# Share of the cells that must have the form, and of distinct cells from which parts are used.
_SHARE = 0.95
_DISTINCT = 0.5
_EMAIL = re.compile(r"[^@\s]{1,64}@([^@\s]{1,255}\.[^@\s.]{2,})\Z")
_URL = re.compile(
    r"(?:https?://|ftp://|(?=www\.))(?:[^/@\s]*@)?(?:www\.)?([^/:?#\s]+\.[^/:?#\s]+)"
    r"|((?:[a-z\d-]+\.)+[a-z]{2,})/",
    re.IGNORECASE,
)
_ZIP = re.compile(
    r"(\d{3})\d{1,2}(?:-\d{4})?\Z|([A-Z]{1,2}\d[A-Z\d]?)\s?\d[A-Z]{2}\Z|([A-Z]\d[A-Z])\s?\d[A-Z]\d\Z"
)
_PHONE = re.compile(
    r"(?=(?:\D*\d){7,15}\D*\Z)(\+\d{1,3}[ .-]?\(?\d{1,4}|\(\d{2,5}\)|\d{2,5}(?=[ ./-]))"
    r"[\d ()./-]+\Z"
    # Digits alone: three of them, after the 1 or 0 in front of a long-distance call.
    r"|[01]?(\d{3})\d{6,7}\Z"
)
ZIP_WORDS = frozenset(
    {"zip", "zipcode", "postcode", "postal", "plz", "postleitzahl", "pincode", "cep"}
)
# Words of the names of columns. Postal codes are ids unless a part of them groups rows.
ID_WORDS = ZIP_WORDS | frozenset(
    {"id", "ids", "uuid", "guid", "code", "key", "sku"}
    | {f"{thing}id" for thing in ("user", "customer", "client", "product", "order", "item", "row")}
)
DATE_WORDS = frozenset(
    {"date", "time", "ts", "timestamp", "epoch", "unix", "at", "created", "updated", "modified"}
)
PHONE_WORDS = frozenset({"phone", "telephone", "mobile", "fax", "cell", "tel"})


def _first_group(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def part(text: str) -> str | None:
        match = pattern.match(text.strip())
        return None if match is None else next(group for group in match.groups() if group)

    return part


def words_of(name: object) -> set[str]:
    """Return the words of a column's name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name))}


_PARTS: dict[str, Callable[[str], str | None]] = {
    "e-mail": _first_group(_EMAIL),
    "URL": _first_group(_URL),
    "postal code": _first_group(_ZIP),
    "telephone number": _first_group(_PHONE),
}
# What is used of each, for notes.
PART_NAMES = {
    "e-mail": "domain of the e-mail address",
    "URL": "domain of the URL",
    "postal code": "first part of the postal code",
    "telephone number": "area code of the telephone number",
}


def find_part(texts: np.ndarray, counts: np.ndarray, words: set[str]) -> str | None:
    """Return the kind of text of which a part is used instead of the whole, or None.

    The texts are distinct, `counts` says how often each occurs; `words` are those of the column's
    name.
    """
    filled = np.array([not is_missing_word(text) for text in texts], dtype=bool)
    texts, counts = texts[filled], counts[filled]
    total = counts.sum()
    if not total or len(texts) < _DISTINCT * total:
        return None
    for kind, part in _PARTS.items():
        if kind == "postal code" and words.isdisjoint(ZIP_WORDS):
            continue
        if kind == "telephone number" and words.isdisjoint(PHONE_WORDS):
            continue
        matches = np.array([part(text[:400]) is not None for text in texts], dtype=bool)
        if counts[matches].sum() >= _SHARE * total:
            return kind
    return None


def part_of(text: str, kind: str) -> str:
    """Return the part of a text, or the text if it has another form.

    Examples
    --------
    >>> part_of("ann@example.org", "e-mail"), part_of("94107", "postal code")
    ('example.org', '941')
    """
    return (_PARTS[kind](text[:400]) or text).lower()
