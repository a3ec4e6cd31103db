"""Numbers with units: which units can be converted into each other, and how they are written."""

import re

from skmultiinput.preprocessing._reading.numbers import CURRENCY_SIGNS, parse_number

MAGNITUDES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("lac", "lakh"), 1e5),
    **dict.fromkeys(("m", "mn", "mio", "mm", "million"), 1e6),
    **dict.fromkeys(("cr", "crore"), 1e7),
    **dict.fromkeys(("b", "bn", "billion"), 1e9),
    **dict.fromkeys(("t", "trillion"), 1e12),
}
# In seconds; in English, German, French and Spanish.
TIME_UNITS = {
    "ms": 1e-3,
    **dict.fromkeys(("s", "sec", "second", "sek", "sekunde", "sekunden"), 1.0),
    **dict.fromkeys(("seconde", "segundo"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minuten", "minuto"), 60.0),
    **dict.fromkeys(
        ("h", "hr", "hrs", "hour", "std", "stunde", "stunden", "heure", "hora"), 3600.0
    ),
    **dict.fromkeys(("d", "day", "tag", "tage", "jour", "día", "dia"), 86400.0),
    **dict.fromkeys(("w", "wk", "week", "woche", "wochen", "semaine", "semana"), 604800.0),
}
# The units of other dimensions, each in a unit of that dimension.
DIMENSIONS: tuple[dict[str, float], ...] = (
    {"mg": 1e-3, "g": 1.0, "kg": 1e3, "kgs": 1e3, "t": 1e6}
    | {"lb": 453.592, "lbs": 453.592, "oz": 28.3495},
    {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, "ft": 0.3048, "mi": 1609.34}
    | {"yd": 0.9144, "mile": 1609.34, "meter": 1.0, "metre": 1.0},
    {"ml": 1e-3, "cl": 1e-2, "dl": 1e-1, "l": 1.0, "liter": 1.0, "litre": 1.0},
    {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "byte": 1.0},
    {"month": 1.0, "mo": 1.0, "mos": 1.0, "mon": 1.0, "mth": 1.0}
    | {"year": 12.0, "yr": 12.0, "yrs": 12.0}
    | {"monat": 1.0, "monate": 1.0, "moi": 1.0, "mes": 1.0, "mese": 1.0}
    | {"jahr": 12.0, "jahre": 12.0, "an": 12.0, "ans": 12.0, "año": 12.0},
    {"w": 1.0, "kw": 1e3, "mw": 1e6, "hp": 745.7, "ps": 735.5, "bhp": 745.7},
    {"cc": 1.0, "ccm": 1.0, "l": 1e3},
)
# Scales of temperature: what one degree is in Celsius, and where zero is.
TEMPERATURES = {"°c": (1.0, 0.0), "°f": (5 / 9, -160 / 9), "k": (1.0, -273.15)}
QUANTITY = re.compile(
    rf"(?P<number>[(+\-\u2212]?\s*[{CURRENCY_SIGNS}]?\s*\d[\d.,'\u2019]*(?:\s\d{{3}})*"
    r"(?:(?<=\s\d{3})[.,]\d+)?(?:e[+\-]?\d+)?\)?)"
    r"\s*(?P<unit>°\s?[CFK]?|/\s?\d{1,4}|[^\W\d_]{1,12}\.?"
    r"(?:\s?/\s?\d{0,3}\s?[^\W\d_]{1,8}|(?: [^\W\d_]{1,12}\.?){1,2})?[²³]?)\Z",
    re.IGNORECASE,
)
# Several numbers, each with its unit: 6 ft 9 in, 5'10", 2h 10m.
_COMPOUND_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(['\u2019\u2032]{1,2}|[\"\u201d\u2033]|[^\W\d_]{1,8}\.?)"
    r"[\s,]*(?:(?:and|und|et|y)\s+)?",
    re.IGNORECASE,
)
_INCHES = ("''", "\u2019\u2019", "\u2032\u2032", '"', "\u201d", "\u2033")


def amounts_by_unit(text: str, decimal: str = ".") -> dict[str, float]:
    """Return the number of each unit in a text, nothing if it is not made of these.

    Examples
    --------
    >>> amounts_by_unit("81 kg"), amounts_by_unit("6 ft 9 in"), amounts_by_unit("room 12")
    ({'kg': 81.0}, {'ft': 6.0, 'in': 9.0}, {})
    """
    match = QUANTITY.match(text)
    if match is None:
        return compound(text)
    return {_plain_unit(match["unit"]): parse_number(match["number"], decimal)}


def compound(text: str) -> dict[str, float]:
    """Return the number of each unit in a text of plain numbers, each with its unit."""
    amounts: dict[str, float] = {}
    end = 0
    while end < len(text):
        match = _COMPOUND_PART.match(text, end)
        unit = "" if match is None else _plain_unit(match[2])
        if match is None or unit in amounts:
            return {}
        amounts[unit], end = float(match[1]), match.end()
    return amounts


def _plain_unit(text: str) -> str:
    """Return a unit in lower case and, if it is a word, in the singular."""
    if text in _INCHES:
        return "in"
    if text in ("'", "\u2019", "\u2032"):
        return "ft"
    words = [word.rstrip(".") for word in text.lower().split()]
    words = [word.removesuffix("s") if len(word) > 3 else word for word in words]
    return ("" if words[0] in "°/" else " ").join(words)


def common_dimension(units: set[str]) -> dict[str, float] | None:
    """Return the units of the dimension that all units belong to, each in one of them."""
    return next((dimension for dimension in DIMENSIONS if units <= dimension.keys()), None)
