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
_TIME_UNITS = {
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 604800.0),
    "ms": 1e-3,
}
# Units that can be converted into each other, and how.
_DIMENSIONS: tuple[dict[str, float], ...] = (
    {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12}
    | {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
    | {"lac": 1e5, "lakh": 1e5, "cr": 1e7, "crore": 1e7},
    {"mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6, "lb": 453.592, "lbs": 453.592, "oz": 28.3495},
    {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3, "in": 0.0254, "ft": 0.3048, "mi": 1609.34}
    | {"yd": 0.9144, "mile": 1609.34, "meter": 1.0, "metre": 1.0},
    {"ml": 1e-3, "cl": 1e-2, "dl": 1e-1, "l": 1.0, "liter": 1.0, "litre": 1.0},
    {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "byte": 1.0},
    {"month": 1.0, "mo": 1.0, "mos": 1.0, "mon": 1.0, "mth": 1.0}
    | {"year": 12.0, "yr": 12.0, "yrs": 12.0},
    {"w": 1.0, "kw": 1e3, "mw": 1e6, "hp": 745.7, "ps": 735.5, "bhp": 745.7},
    {"cc": 1.0, "ccm": 1.0, "l": 1e3},
)
_QUANTITY = re.compile(
    rf"(?P<number>[(+\-\u2212]?\s*[{CURRENCY_SIGNS}]?\s*\d[\d.,'\u2019]*(?:\s\d{{3}})*"
    r"(?:(?<=\s\d{3})[.,]\d+)?(?:e[+\-]?\d+)?\)?)"
    r"(?P<space>\s*)(?P<unit>°\s?[CFK]?|[^\W\d_]{1,12}\.?(?:\s?/\s?[^\W\d_]{1,8})?[²³]?)\Z",
    re.IGNORECASE,
)
_DURATION_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*("
    + "|".join(sorted(_TIME_UNITS, key=len, reverse=True))
    + r")(?![^\W\d_])[\s,]*(?:and\s+)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:(?P<days>\d+) days?,? \+?)?(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?\s*(?P<half>[ap]\.?m\.?)?\Z",
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
_ONE, _BETWEEN = r"([+-]?\d+(?:\.\d+)?)\s*[^\W\d_]{0,5}", r"\s*(?:/|x|\u00d7|\*|@|by|out of)\s*"
_SEVERAL = re.compile(rf"{_ONE}{_BETWEEN}{_ONE}(?:{_BETWEEN}{_ONE})?\Z", re.IGNORECASE)
_PAIR = re.compile(
    r"(?:POINT\s*)?[\[(]?\s*([+-]?\d{1,3}\.\d+)\s*[,;| ]\s*([+-]?\d{1,3}\.\d+)\s*[\])]?\Z"
)
_DIGIT = re.compile(r"\d")
_DAY = 86400.0


@dataclass(frozen=True)
class NumberFormat:
    """How the text of a column is read as numbers.

    Attributes
    ----------
    form : str
        "plain", "quantity" (number and unit), "duration" (seconds), "time" (of day, cyclic),
        "coordinates" (two numbers), "pair" and "triple" (of numbers), "range", or "order" (position
        in `order`).
    decimal : {".", ","}
        The decimal mark.
    unit : str
        The unit that quantities are converted to.
    order : tuple of str
        Levels from the lowest to the highest.
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
        dimension = _dimension({unit, self.unit} - {""}, magnitude=not self.unit)
        if dimension is None:
            return None
        return (number * dimension[unit] / (dimension[self.unit] if self.unit else 1.0),)

    def _duration(self, text: str) -> tuple[float] | None:
        clock = _CLOCK.match(text)
        if clock is not None and not clock["half"]:
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
        if clock is None or clock["days"]:
            return None
        hours = int(clock["hours"])
        if hours > (12 if clock["half"] else 23):
            return None
        if clock["half"]:
            hours = hours % 12 + 12 * (clock["half"][0].lower() == "p")
        seconds = hours * 3600 + int(clock["minutes"]) * 60 + float(clock["seconds"] or 0)
        angle = 2 * np.pi * seconds / _DAY
        return float(np.sin(angle)), float(np.cos(angle))

    def _coordinates(self, text: str) -> tuple[float, float] | None:
        match = _PAIR.match(text)
        return None if match is None else (float(match[1]), float(match[2]))

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
    unit = text.lower().rstrip(".")
    return unit.removesuffix("s") if len(unit) > 3 else unit


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
    """Find the form in which most texts are numbers.

    Parameters
    ----------
    texts : ndarray of str
        Distinct texts.
    counts : ndarray of int
        How often each occurs.

    Returns
    -------
    NumberFormat
    share : float
        Share of the cells that can be read, of those that do not mean "missing".
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
        order = known_order(texts) if len(texts) <= 50 else ()
        return (NumberFormat("order", order=order), 1.0) if order else best
    mostly_plain = best[1] >= _MOSTLY_PLAIN
    for candidate in _candidates(texts[digits], counts[digits], mostly_plain=mostly_plain):
        readable = ~np.isnan(candidate.read(texts)[:, 0])
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
    units: dict[str, float] = {}
    for text, count in zip(texts, counts, strict=True):
        match = _QUANTITY.match(text.strip()) if len(text) <= _LONGEST else None
        # A single letter after a number, as in 12A, is rarely a unit.
        in_cell = _compound(text.strip()[:_LONGEST]) if match is None else [_unit(match["unit"])]
        for unit in in_cell:
            units[unit] = units.get(unit, 0.0) + count
    numbers = [match["number"] for match in map(_QUANTITY.match, texts) if match is not None]
    decimals = number_share(numbers)[1]
    usual = max(units, key=units.__getitem__, default="")
    if usual and _dimension(set(units), magnitude=True) is not None:
        found.append(NumberFormat("quantity", decimals))
    elif usual and (len(units) > 1 or len(usual) > 1 or _dimension({usual}, magnitude=False)):
        rare = units[usual] >= READABLE * sum(units.values())
        if rare or _dimension(set(units), magnitude=False) is not None:
            found.append(NumberFormat("quantity", decimals, usual))
    few = len(texts) <= MOST_RANGES
    if (few or mostly_plain) and any(parse_range(text)[1] for text in texts):
        found.append(NumberFormat("range"))
    if len(texts) >= _FEWEST_SEVERAL:
        found += [NumberFormat("pair"), NumberFormat("triple")]
    return found


def _pairs(texts: np.ndarray) -> list[tuple[float, float]]:
    matches = [_PAIR.match(text.strip()) for text in texts if len(text) <= _LONGEST]
    return [(float(match[1]), float(match[2])) for match in matches if match is not None]
