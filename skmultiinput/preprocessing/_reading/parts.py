"""Parts of texts that group rows where the whole texts tell them apart: domains and prefixes."""

import re
from dataclasses import dataclass

from skmultiinput.preprocessing._reading.numbers import are_levels, is_missing_word
from skmultiinput.preprocessing._reading.text_counts import TextCounts

# Share of the cells that must have the form, alone or beside a few words such as "(none)", and of
# distinct cells from which parts are used.
_SHARE = 0.95
_SHARE_BESIDE_WORDS = 0.5
_DISTINCT = 0.5
# Only this many characters of a text are looked at.
_LONGEST = 400
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
# So written, with +49 or (212) in front, a number is of a telephone under any name.
_PHONE_ALONE = re.compile(
    r"(?=(?:\D*\d){7,15}\D*\Z)(\+\d{1,3}[ -]?\(?\d{1,4}(?=[ )-])|\(\d{2,5}\)(?=.*[ -]))[\d ()-]+\Z"
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


@dataclass(frozen=True)
class Part:
    """A part of texts of one form, the first group of the pattern that is there.

    `name` is for notes. Only columns whose names have one of the `words` are looked at, if any.
    """

    name: str
    pattern: re.Pattern[str]
    words: frozenset[str] = frozenset()

    def find(self, text: str) -> str | None:
        """Return the part of a text; None if it has another form."""
        match = self.pattern.match(text[:_LONGEST].strip())
        return None if match is None else next(filter(None, match.groups()))


PARTS = {
    "e-mail": Part("domain of the e-mail address", _EMAIL),
    "URL": Part("domain of the URL", _URL),
    "postal code": Part("first part of the postal code", _ZIP, ZIP_WORDS),
    "telephone number": Part("area code of the telephone number", _PHONE, PHONE_WORDS),
    "telephone number in full": Part("area code of the telephone number", _PHONE_ALONE),
}


def words_of(name: object) -> set[str]:
    """Return the words of a column's name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", str(name))}


def find_part(cells: TextCounts, words: set[str]) -> str | None:
    """Return the kind of text of which a part is used instead of the whole, or None.

    `words` are those of the column's name.
    """
    cells = cells.without(is_missing_word)
    if not cells.total or len(cells) < _DISTINCT * cells.total:
        return None
    for kind, part in PARTS.items():
        named = not part.words or not words.isdisjoint(part.words)
        if not named:
            continue
        found = cells.flags(part.find)
        beside = are_levels(cells.without(found))
        if cells.share(found) >= (_SHARE_BESIDE_WORDS if beside else _SHARE):
            return kind
    return None


def part_of(text: str, kind: str) -> str:
    """Return the part of a text, or the text if it has another form.

    Examples
    --------
    >>> part_of("ann@example.org", "e-mail"), part_of("94107", "postal code")
    ('example.org', '941')
    """
    return (PARTS[kind].find(text) or text).lower()
