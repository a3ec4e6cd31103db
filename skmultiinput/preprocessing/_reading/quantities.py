"""Text that holds numbers with units, durations, times of day or ranges."""

import re
from dataclasses import dataclass

import numpy as np

from skmultiinput.preprocessing._reading.numbers import (
    CURRENCY_SIGNS,
    is_missing_word,
    number_share,
    parse_number,
    parse_numbers,
)
from skmultiinput.preprocessing._reading.scales import known_order, parse_range

# Share of the cells that must be readable in one form.
READABLE = 0.95
_LONGEST = 40
# More distinct texts than this are no ranges, but telephone numbers, for example; unless so many
# cells are plain numbers.
MOST_RANGES = 100
_MOSTLY_PLAIN = 0.5
# Fewer distinct texts that hold several numbers are levels, such as 16:9.
_FEWEST_SEVERAL = 20
# Units in one column that cannot be converted: so many, each in such a share of the cells.
_MOST_UNITS = 3
_LEAST_UNIT = 0.02
_TIME_UNITS = {
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 604800.0),
    "ms": 1e-3,
    # German, French, Spanish.
    **dict.fromkeys(("tag", "tage", "jour", "jours", "día", "días", "dia", "dias"), 86400.0),
    **dict.fromkeys(("std", "stunde", "stunden", "heure", "heures", "hora", "horas"), 3600.0),
    **dict.fromkeys(("minuten", "minuto", "minutos"), 60.0),
    **dict.fromkeys(("sek", "sekunde", "sekunden", "seconde", "secondes", "segundos"), 1.0),
    **dict.fromkeys(("woche", "wochen", "semaine", "semaines", "semana", "semanas"), 604800.0),
}
# Units that can be converted into each other, and how.
_DIMENSIONS: tuple[dict[str, float], ...] = (
    {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
    | {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
    | {"lac": 1e5, "lakh": 1e5, "cr": 1e7, "crore": 1e7},
    {
        "mg": 1e-3,
        "g": 1.0,
        "kg": 1e3,
        "kgs": 1e3,
        "t": 1e6,
        "lb": 453.592,
        "lbs": 453.592,
        "oz": 28.3495,
    },
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
_TEMPERATURES = {"°c": (1.0, 0.0), "°f": (5 / 9, -160 / 9), "k": (1.0, -273.15)}
_QUANTITY = re.compile(
    rf"(?P<number>[(+\-\u2212]?\s*[{CURRENCY_SIGNS}]?\s*\d[\d.,'\u2019]*(?:\s\d{{3}})*"
    r"(?:(?<=\s\d{3})[.,]\d+)?(?:e[+\-]?\d+)?\)?)"
    r"(?P<space>\s*)(?P<unit>°\s?[CFK]?|/\s?\d{1,4}|[^\W\d_]{1,12}\.?"
    r"(?:\s?/\s?\d{0,3}\s?[^\W\d_]{1,8}|(?: [^\W\d_]{1,12}\.?){1,2})?[²³]?)\Z",
    re.IGNORECASE,
)
_DURATION_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*("
    + "|".join(sorted(_TIME_UNITS, key=len, reverse=True))
    + r")(?![^\W\d_])\.?[\s,]*(?:(?:and|und|et|y)\s+)?",
    re.IGNORECASE,
)
# 2h10 lacks its last unit.
_HOURS_ONLY = re.compile(r"(\d\s?h\s?\d{1,2})\Z", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:(?P<days>\d+) days?,? \+?)?(?P<hours>\d{1,3})(?::(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?)?\s*(?P<half>[ap]\.?m\.?)?(?:\s?(?:uhr|h|hrs))?\Z",
    re.IGNORECASE,
)
# Several units of one dimension: 6 ft 9 in, 5'10".
_COMPOUND_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(['\u2019\u2032]{1,2}|[\"\u201d\u2033]|[^\W\d_]{1,8}\.?)[\s,]*(?:and\s+)?"
)
_ISO_DURATION = re.compile(
    r"P(?=.*\d)(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?\Z"
)
_DECADE = re.compile(r"\d{4}s\Z")
# 110/73, 1920x1080, 18 x 53 x 10 cm, 105 Nm @ 2098 rpm.
_ONE = r"([+-]?\d+(?:\.\d+)?)\s*[^\W\d_]{0,5}"
_BETWEEN = r"\s*(?:/|x|\u00d7|\*|@|\u00b1|\+/-|by|out of)\s*"
_SEVERAL = re.compile(rf"{_ONE}{_BETWEEN}{_ONE}(?:{_BETWEEN}{_ONE})?\Z", re.IGNORECASE)
_PAIR = re.compile(
    r"(?:POINT\s*)?[\[(]?\s*([+-]?\d{1,3}\.\d+)(?:\s?°)?(?:\s?([NSEW]))?\s*[,;| ]\s*"
    r"([+-]?\d{1,3}\.\d+)(?:\s?°)?(?:\s?([NSEW]))?\s*[\])]?\Z"
)
_DIGIT = re.compile(r"\d")
_DAY = 86400.0


@dataclass(frozen=True)
class NumberFormat:
    """How the text of a column is read as numbers.

    Attributes
    ----------
    form : str
        "plain", "quantity" (number and unit), "units" (of `order`, a number for each), "duration"
        (seconds), "time" (of day, cyclic), "coordinates" (two numbers), "pair" and "triple" (of
        numbers), "range", or "order" (position in `order`).
    decimal : {".", ","}
        The decimal mark.
    unit : str
        The unit that quantities are converted to.
    order : tuple of str
        Levels from the lowest to the highest; or units that cannot be converted.
    """

    form: str = "plain"
    decimal: str = "."
    unit: str = ""
    order: tuple[str, ...] = ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What follows the name of the column in the names of its numbers."""
        pair = ("_0", "_1")
        several = {"coordinates": pair, "pair": pair, "triple": (*pair, "_2")}
        several["units"] = tuple(f"_{unit}" for unit in self.order)
        return {"time": ("_sin", "_cos"), **several}.get(self.form, ("",))

    @property
    def is_measured(self) -> bool:
        """Whether numbers alone would lack something that the texts of the fit have."""
        return self.form == "duration" or len(self.suffixes) > 1 or bool(self.unit)

    def describe(self) -> str:
        """Say what is read, e.g. ``"numbers in kg"``."""
        return {
            "plain": "numbers written as text",
            "quantity": f"numbers in {self.unit}" if self.unit else "numbers with K, M or B",
            "units": f"numbers in {' or '.join(self.order)}, a column each",
            "duration": "durations, in seconds",
            "time": "times of day, as sine and cosine",
            "coordinates": "coordinates, as two numbers",
            "pair": "two numbers in a cell",
            "triple": "three numbers in a cell",
            "range": "ranges of numbers, by their middle",
            "order": f"ordered from {self.order[0]!r} to {self.order[-1]!r}" if self.order else "",
        }[self.form]

    def read(self, texts: np.ndarray) -> np.ndarray:
        """Read distinct texts, NaN where a text has another form; shape (n_texts, n_numbers)."""
        if self.form == "plain":
            return parse_numbers(texts, self.decimal)[:, None]
        if self.form == "order":
            places = {text: float(i) for i, text in enumerate(self.order)}
            return np.array([[places.get(text.strip(), np.nan)] for text in texts]).reshape(-1, 1)
        parse = getattr(self, f"_{self.form}")
        values = [parse(text.strip()) if len(text) <= _LONGEST else None for text in texts]
        width = len(self.suffixes)
        rows = [(np.nan,) * width if value is None else value for value in values]
        return np.array(rows, dtype=np.float64).reshape(len(texts), width)

    def _quantity(self, text: str) -> tuple[float] | None:
        match = _QUANTITY.match(text)
        if match is None:
            parts = _compound(text)
            dimension = _dimension({*parts, self.unit}, magnitude=False) if parts else None
            if dimension is not None:
                total = sum(number * dimension[unit] for unit, number in parts.items())
                return (total / dimension[self.unit],)
            # A number without a unit is in the unit of the others.
            return (parse_number(text, self.decimal),)
        unit = _unit(match["unit"])
        number = parse_number(match["number"], self.decimal)
        if unit == self.unit:
            return (number,)
        if {unit, self.unit} <= _TEMPERATURES.keys():
            (size, zero), (own_size, own_zero) = _TEMPERATURES[unit], _TEMPERATURES[self.unit]
            return ((number * size + zero - own_zero) / own_size,)
        dimension = _dimension({unit, self.unit} - {""}, magnitude=not self.unit)
        if dimension is None:
            return None
        return (number * dimension[unit] / (dimension[self.unit] if self.unit else 1.0),)

    def _units(self, text: str) -> tuple[float, ...] | None:
        match = _QUANTITY.match(text)
        unit = _unit(match["unit"]) if match is not None else ""
        if match is None or unit not in self.order:
            return None
        number = parse_number(match["number"], self.decimal)
        return tuple(number if unit == own else np.nan for own in self.order)

    def _duration(self, text: str) -> tuple[float] | None:
        text = _HOURS_ONLY.sub(r"\1m", text)
        clock = _CLOCK.match(text)
        if clock is not None and clock["minutes"] and not clock["half"]:
            hours = 24 * int(clock["days"] or 0) + int(clock["hours"])
            return (hours * 3600 + int(clock["minutes"]) * 60 + float(clock["seconds"] or 0),)
        iso = _ISO_DURATION.match(text)
        if iso is not None:
            return (sum(float(iso[unit] or 0) * _TIME_UNITS[unit] for unit in "dhms"),)
        seconds, end = 0.0, 0
        while end < len(text):
            part = _DURATION_PART.match(text, end)
            if part is None:
                return None
            seconds, end = seconds + float(part[1]) * _TIME_UNITS[part[2].lower()], part.end()
        return (seconds,) if text else None

    def _time(self, text: str) -> tuple[float, float] | None:
        clock = _CLOCK.match(text)
        if clock is None or clock["days"] or not (clock["minutes"] or clock["half"]):
            return None
        hours = int(clock["hours"])
        if hours > (12 if clock["half"] else 23):
            return None
        if clock["half"]:
            hours = hours % 12 + 12 * (clock["half"][0].lower() == "p")
        seconds = hours * 3600 + int(clock["minutes"] or 0) * 60 + float(clock["seconds"] or 0)
        angle = 2 * np.pi * seconds / _DAY
        return float(np.sin(angle)), float(np.cos(angle))

    def _coordinates(self, text: str) -> tuple[float, float] | None:
        match = _PAIR.match(text)
        return None if match is None else _signed(match)

    def _pair(self, text: str) -> tuple[float, float] | None:
        match = _SEVERAL.match(text)
        return None if match is None or match[3] else (float(match[1]), float(match[2]))

    def _triple(self, text: str) -> tuple[float, float, float] | None:
        match = _SEVERAL.match(text)
        if match is None or not match[3]:
            return None
        return float(match[1]), float(match[2]), float(match[3])

    def _range(self, text: str) -> tuple[float]:
        return (parse_range(text)[0],)


def _unit(text: str) -> str:
    """Return a unit in lower case and, if it is a word, in the singular."""
    words = [word.rstrip(".") for word in text.lower().split()]
    words = [word.removesuffix("s") if len(word) > 3 else word for word in words]
    return ("" if words[0] in "°/" else " ").join(words)


def _signed(match: re.Match[str]) -> tuple[float, float]:
    """Return two coordinates, south and west negative."""
    first, second = (
        float(match[i]) * (-1 if (match[i + 1] or "").upper() in ("S", "W") else 1) for i in (1, 3)
    )
    return first, second


def _compound(text: str) -> dict[str, float]:
    """Return the numbers of a text by unit, nothing if it is not made of these."""
    parts: dict[str, float] = {}
    end = 0
    while end < len(text):
        match = _COMPOUND_PART.match(text, end)
        if match is None:
            return {}
        marks = len(match[2]) if match[2][0] in "'\u2019\u2032" else 0
        inches = marks == 2 or match[2] in '"\u201d\u2033'
        unit = "ft" if marks == 1 else "in" if inches else _unit(match[2])
        if unit in parts:
            return {}
        parts[unit], end = float(match[1]), match.end()
    return parts


def _dimension(units: set[str], *, magnitude: bool) -> dict[str, float] | None:
    """Return the dimension that all units belong to."""
    known = _DIMENSIONS[:1] if magnitude else _DIMENSIONS[1:]
    return next((dimension for dimension in known if units <= dimension.keys()), None)


def have_digits(texts: np.ndarray) -> np.ndarray:
    """Return which texts have a digit among their first characters."""
    return np.array([bool(_DIGIT.search(text, 0, _LONGEST)) for text in texts], dtype=bool)


def find_format(texts: np.ndarray, counts: np.ndarray) -> tuple[NumberFormat, float]:
    """Find the form in which most texts are numbers, and the share of cells that can be read so.

    The texts are distinct, `counts` says how often each occurs. Cells that mean "missing" do not
    count.
    """
    share, decimal = number_share(texts, counts)
    best = NumberFormat(decimal=decimal), share
    if share >= READABLE or not len(texts):
        return best
    filled = np.array([not is_missing_word(text) for text in texts], dtype=bool)
    texts, counts = texts[filled], counts[filled].astype(float)
    total = counts.sum()
    digits = have_digits(texts)
    if not total:
        return best
    share_of_digits = counts[digits].sum() / total
    if not share_of_digits >= 0.5:
        order = known_order(list(texts), counts) if len(texts) <= 50 else ()
        return (NumberFormat("order", order=order), 1.0) if order else best
    mostly_plain = best[1] >= _MOSTLY_PLAIN
    for candidate in _candidates(texts[digits], counts[digits], mostly_plain=mostly_plain):
        readable = ~np.isnan(candidate.read(texts)).all(axis=1)
        readable_share = float(counts[readable].sum() / total)
        # Words beside the numbers are for others to judge.
        if readable_share >= READABLE * share_of_digits and readable_share > best[1]:
            return candidate, readable_share
    return best


def _candidates(texts: np.ndarray, counts: np.ndarray, *, mostly_plain: bool) -> list[NumberFormat]:
    found = [NumberFormat("time")]
    if not all(_DECADE.match(text.strip()) for text in texts):
        found.append(NumberFormat("duration"))
    if all(abs(a) <= 90 and abs(b) <= 180 for a, b in _pairs(texts)):
        found.append(NumberFormat("coordinates"))
    units = _count_units(texts, counts)
    numbers = [match["number"] for match in map(_QUANTITY.match, texts) if match is not None]
    decimals = number_share(numbers)[1]
    usual = max(units, key=units.__getitem__, default="")
    # A single letter after a number, as in 12A, is rarely a unit.
    if usual and _dimension(set(units), magnitude=True) is not None:
        found.append(NumberFormat("quantity", decimals))
    elif usual and (len(units) > 1 or len(usual) > 1 or _dimension({usual}, magnitude=False)):
        rare = units[usual] >= READABLE * sum(units.values())
        alike = units.keys() <= _TEMPERATURES.keys()
        if rare or alike or _dimension(set(units), magnitude=False) is not None:
            found.append(NumberFormat("quantity", decimals, usual))
    few = len(texts) <= MOST_RANGES
    if (few or mostly_plain) and any(parse_range(text)[1] for text in texts):
        found.append(NumberFormat("range"))
    if len(texts) >= _FEWEST_SEVERAL:
        found += [NumberFormat("pair"), NumberFormat("triple")]
    if _different(units):
        found.append(NumberFormat("units", decimals, order=_different(units)))
    return found


def _count_units(texts: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    """Return how often each unit follows a number."""
    units: dict[str, float] = {}
    for text, count in zip(texts, counts, strict=True):
        match = _QUANTITY.match(text.strip()) if len(text) <= _LONGEST else None
        in_cell = _compound(text.strip()[:_LONGEST]) if match is None else [_unit(match["unit"])]
        for unit in in_cell:
            units[unit] = units.get(unit, 0.0) + count
    return units


def _different(units: dict[str, float]) -> tuple[str, ...]:
    """Return units that cannot be converted, as in "3 Seasons" and "107 min"; none if too many."""
    least = _LEAST_UNIT * sum(units.values())
    if not 1 < len(units) <= _MOST_UNITS or min(units.values()) < least or "" in units:
        return ()
    # A letter behind a number, as in 12A, is rarely a unit.
    return tuple(sorted(units, key=units.__getitem__)[::-1]) if min(map(len, units)) > 1 else ()


def _pairs(texts: np.ndarray) -> list[tuple[float, float]]:
    matches = [_PAIR.match(text.strip()) for text in texts if len(text) <= _LONGEST]
    return [_signed(match) for match in matches if match is not None]
