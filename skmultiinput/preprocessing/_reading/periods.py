"""Months in other languages, quarters, weeks and ordinals, rewritten as pandas reads dates."""

import re
from datetime import date

# Servers write times in brackets, and some exports quote them.
_AROUND = " \t\r\n[]\"'"
# Longer text is no date.
_LONGEST = 40
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# German, French, Spanish, Italian, Portuguese, Dutch: each with its abbreviations.
_NAMES = (
    "januar jänner janvier janv enero ene gennaio gen janeiro januari",
    "februar feber février fevrier févr fevr fév febrero febbraio fevereiro fev februari",
    "märz maerz mär mrz mars marzo março marco maart mrt",
    "avril avr abril abr aprile",
    "mai mayo maggio mag maio mei",
    "juni juin junio giugno giu junho",
    "juli juillet juil julio luglio lug julho",
    "august août aout agosto ago augustus",
    "september septembre sept septiembre settembre set setembro",
    "oktober okt octobre octubre ottobre ott outubro out",
    "novembre noviembre novembro",
    "dezember dez décembre decembre déc diciembre dic dicembre dezembro december",
)
_MONTHS = {
    name: english for names, english in zip(_NAMES, _ENGLISH, strict=True) for name in names.split()
}
_WORD = re.compile(r"[^\W\d_]{3,}\.?")
_NEEDED = re.compile(r"[^\W\d_]{2}|\d,|[QW年]|[qw]\d")
_CHINESE = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月(?:\s?(\d{1,2})\s?日)?")
_QUARTER = re.compile(r"(?:(\d{4})[-/ ]?Q([1-4])|Q([1-4])[-/ ]?(\d{4}))\Z", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?\Z", re.IGNORECASE)
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day,? ", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|\.(?= ?[^\W\d_]))(?: of)?(?=[ ,])", re.IGNORECASE)
_BETWEEN = re.compile(r" (?:de|del) ", re.IGNORECASE)
# "16.01.2024, 14:05 Uhr".
_COMMA = re.compile(r"(?<=\d),(?= \d{1,2}:\d\d)")
_CLOCK = re.compile(r"(?<=\d) Uhr\Z", re.IGNORECASE)


def plain_date(text: str) -> str:
    """Return a date as pandas reads it, the first day of a quarter or a week; other text as it is.

    Examples
    --------
    >>> [plain_date(text) for text in ("2024Q2", "2024-W05", "16. Januar 2024", "2024年1月16日")]
    ['2024-04-01', '2024-01-29', '16 Jan 2024', '2024-01-16']
    >>> plain_date("16 de enero de 2024"), plain_date("March 3rd, 2024"), plain_date("mars bar")
    ('16 Jan 2024', 'March 3, 2024', 'mars bar')
    >>> plain_date("[10/Oct/2000:13:55:36 +0000]")
    '10/Oct/2000:13:55:36 +0000'
    """
    text = text.strip(_AROUND)
    if len(text) > _LONGEST or not any(map(str.isdigit, text)) or not _NEEDED.search(text):
        return text
    if match := _QUARTER.match(text):
        year, quarter = match[1] or match[4], int(match[2] or match[3])
        return f"{year}-{3 * quarter - 2:02d}-01"
    if match := _WEEK.match(text):
        return _day_of_week(text, match)
    if match := _CHINESE.match(text):
        return f"{match[1]}-{int(match[2]):02d}-{int(match[3] or 1):02d}{text[match.end() :]}"
    text = _CLOCK.sub("", _COMMA.sub("", _ORDINAL.sub("", _WEEKDAY.sub("", text))))
    english = _WORD.sub(lambda word: _MONTHS.get(word[0].lower().rstrip("."), word[0]), text)
    return text if english == text else _BETWEEN.sub(" ", english)


def _day_of_week(text: str, match: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(*(int(match[i] or 1) for i in (1, 2, 3))).isoformat()
    except ValueError:  # week 53 of a year that has 52
        return text
