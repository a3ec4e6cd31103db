"""Numbers with units: which units can be converted into each other, and how they are written."""

import re

from skmultiinput.preprocessing._reading.numbers import CURRENCY_SIGNS, parse_number


def _units(table: str) -> dict[str, float]:
    """Return the size of each unit in a row such as ``"m² sq_m 1, ha 1e4"``."""
    parts = (part.split() for part in table.split(","))
    return {unit.replace("_", " "): float(size) for *units, size in parts for unit in units}


MAGNITUDES = _units(
    "k thousand 1e3, lac lakh 1e5, m mn mio mm million 1e6, cr crore 1e7, b bn billion 1e9, "
    "t trillion 1e12"
)
# In English, German, French and Spanish.
TIME_UNITS = _units(
    "ms 1e-3, s sec second sek sekunde sekunden seconde segundo 1, "
    "m min minute minuten minuto 60, h hr hrs hour std stunde stunden heure hora 3600, "
    "d day tag tage jour día dia 86400, w wk week woche wochen semaine semana 604800"
)
# Each row a dimension.
DIMENSIONS = (
    _units("mg 1e-3, g 1, kg kgs 1e3, t 1e6, lb lbs 453.592, oz 28.3495"),
    _units(
        "mm 1e-3, cm 1e-2, m meter metre 1, km 1e3, in 0.0254, ft 0.3048, yd 0.9144, "
        "mi mile 1609.34"
    ),
    _units(
        "m² m2 sqm sq_m qm square_meter square_metre quadratmeter 1, km² km2 sqkm sq_km 1e6, "
        "ft² ft2 sqft sq_ft sf square_foot square_feet 0.09290304, yd² sq_yd 0.836127, "
        "ha hectare hektar 1e4, acre ac 4046.86"
    ),
    _units("ml 1e-3, cl 1e-2, dl 1e-1, l liter litre 1"),
    _units("b byte 1, kb 1e3, mb 1e6, gb 1e9, tb 1e12"),
    _units(
        "month mo mos mon mth monat monate moi mes mese 1, year yr yrs jahr jahre an ans año 12"
    ),
    _units("w 1, kw 1e3, mw 1e6, hp bhp 745.7, ps 735.5"),
    _units("cc ccm 1, l 1e3"),
)
# Scales of temperature: what one degree is in Celsius, and where zero is.
TEMPERATURES = {"°c": (1.0, 0.0), "°f": (5 / 9, -160 / 9), "k": (1.0, -273.15)}
QUANTITY = re.compile(
    rf"(?P<number>[(+\-\u2212]?\s*[{CURRENCY_SIGNS}]?\s*\d[\d.,'\u2019]*(?:\s\d{{3}})*"
    r"(?:(?<=\s\d{3})[.,]\d+)?(?:e[+\-]?\d+)?\)?)"
    r"\s*(?P<unit>°\s?[CFK]?|/\s?(?:\d{1,4}|[^\W\d_]{1,12})|(?:[ck]?m|ft)[23]|[^\W\d_]{1,12}\.?"
    r"(?:\s?/\s?\d{0,3}\s?[^\W\d_]{1,8}|(?:(?: |(?<=\.))[^\W\d_]{1,12}\.?){1,2})?[²³]?)\Z",
    re.IGNORECASE,
)
# Several numbers, each with its unit: 6 ft 9 in, 5'10", 2h 10m.
_COMPOUND_PART = {
    mark: re.compile(
        rf"(\d+(?:[{mark}]\d+)?)\s*(['\u2019\u2032]{{1,2}}|[\"\u201d\u2033]|[^\W\d_]{{1,8}}\.?)"
        r"[\s,]*(?:(?:and|und|et|y)\s+)?",
        re.IGNORECASE,
    )
    for mark in ".,"
}
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
        return compound(text, decimal)
    return {_plain_unit(match["unit"]): parse_number(match["number"], decimal)}


def compound(text: str, decimal: str) -> dict[str, float]:
    """Return the number of each unit in a text of plain numbers, each with its unit."""
    amounts: dict[str, float] = {}
    end = 0
    while end < len(text):
        match = _COMPOUND_PART[decimal].match(text, end)
        unit = "" if match is None else _plain_unit(match[2])
        if match is None or unit in amounts:
            return {}
        amounts[unit], end = float(match[1].replace(",", ".")), match.end()
    return amounts


def _plain_unit(text: str) -> str:
    """Return a unit in lower case and, if it is a word, in the singular."""
    if text in _INCHES:
        return "in"
    if text in ("'", "\u2019", "\u2032"):
        return "ft"
    words = text.lower().replace(".", " ").split()
    words = [word.removesuffix("s") if len(word) > 3 else word for word in words]
    return ("" if words[0] in "°/" else " ").join(words)


def common_dimension(units: set[str]) -> dict[str, float] | None:
    """Return the units of the dimension that all units belong to, each in one of them."""
    return next((dimension for dimension in DIMENSIONS if units <= dimension.keys()), None)
