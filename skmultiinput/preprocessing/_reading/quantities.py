"""Text that holds numbers with units, durations, times of day or ranges."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._reading.numbers import (
    is_missing_word,
    number_share,
    parse_number,
    parse_numbers,
)
from skmultiinput.preprocessing._reading.scales import known_order, parse_range, range_ends
from skmultiinput.preprocessing._reading.text_counts import TextCounts
from skmultiinput.preprocessing._reading.units import (
    MAGNITUDES,
    QUANTITY,
    TEMPERATURES,
    TIME_UNITS,
    amounts_by_unit,
    common_dimension,
    compound,
)

# Share of the cells that must be readable in one form.
READABLE = 0.95
_LONGEST = 40
# More distinct texts than this are no ranges, but telephone numbers, for example; unless at least
# this share of the cells are plain numbers, or the ends rise and fall together: their ranks have
# at least this correlation.
MOST_RANGES = 100
_MOSTLY_PLAIN = 0.5
_ENDS_AGREE = 0.9
# More different words than this are no scale.
_MOST_STEPS = 50
# Fewer distinct texts that hold several numbers are levels, such as 16:9.
_FEWEST_SEVERAL = 20
# Units in one column that cannot be converted: at most this many, each in at least this share.
_MOST_UNITS = 3
_LEAST_UNIT = 0.02
# 2h10 lacks its last unit.
_HOURS_ONLY = re.compile(r"(\d\s?h\s?\d{1,2})\Z", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:(?P<days>\d+) days?,? \+?)?(?P<hours>\d{1,3})(?::(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?)?\s*(?P<half>[ap]\.?m\.?)?(?:\s?(?:uhr|h|hrs))?\Z",
    re.IGNORECASE,
)
# Minutes and seconds of a race: 1:23.45.
_LAP = re.compile(r"(\d{1,3}):([0-5]\d\.\d{1,3})\Z")
_ISO_DURATION = re.compile(
    r"P(?=.*\d)(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?\Z"
)
# 1980s and 8.1M are neither seconds nor minutes.
_NO_DURATION = re.compile(r"\d{4}s\Z|[\d.,]+\s?M\Z")
# 110/73, 1920x1080, 18 x 53 x 10 cm, 105 Nm @ 2098 rpm, 105 kW (143 PS), 12 (3.4%).
_ONE = r"([+-]?\d+(?:\.\d+)?)\s*[^\W\d_]{0,5}%?"
_BETWEEN = r"\s*(?:/|x|\u00d7|\*|@|\u00b1|\+/-|by|out of|\()\s*"
_SEVERAL = re.compile(rf"{_ONE}{_BETWEEN}{_ONE}(?:{_BETWEEN}{_ONE})?\)?\Z", re.IGNORECASE)
_PAIR = re.compile(
    r"(?:POINT\s*)?[\[(]?\s*([+-]?\d{1,3}\.\d+)(?:\s?°)?(?:\s?([NSEW]))?\s*[,;| ]\s*"
    r"([+-]?\d{1,3}\.\d+)(?:\s?°)?(?:\s?([NSEW]))?\s*[\])]?\Z"
)
# 57.05N, 45.1° S.
_DEGREES = re.compile(r"(\d{1,3}(?:\.\d+|(?=\s?°))\d*)(?:\s?°)?\s?([NSEW])\Z")
_DIGIT = re.compile(r"\d")
_DAY = 86400.0


# The numbers of one text; None where it has another form.
Numbers = tuple[float, ...] | None


def _read_quantity(text: str, form: "NumberFormat") -> Numbers:
    amounts = amounts_by_unit(text, form.decimal)
    if not amounts:  # a number without a unit is in the unit of the others
        return (parse_number(text, form.decimal),)
    units = {*amounts, form.unit}
    if units == {form.unit}:
        return (amounts[form.unit],)
    if units <= TEMPERATURES.keys():
        [(unit, number)] = amounts.items()
        (size, zero), (own_size, own_zero) = TEMPERATURES[unit], TEMPERATURES[form.unit]
        return ((number * size + zero - own_zero) / own_size,)
    sizes = common_dimension(units) if form.unit else MAGNITUDES
    if sizes is None or not amounts.keys() <= sizes.keys():
        return None
    total = sum(number * sizes[unit] for unit, number in amounts.items())
    return (total / sizes.get(form.unit, 1.0),)


def _read_units(text: str, form: "NumberFormat") -> Numbers:
    amounts = amounts_by_unit(text, form.decimal)
    if not amounts or not amounts.keys() <= set(form.order):
        return None
    return tuple(amounts.get(unit, np.nan) for unit in form.order)


def _read_duration(text: str, form: "NumberFormat") -> Numbers:
    clock = _CLOCK.match(text)
    if clock is not None and clock["minutes"] and not clock["half"]:
        return (_DAY * int(clock["days"] or 0) + _seconds(clock, int(clock["hours"])),)
    lap = _LAP.match(text)
    if lap is not None:
        return (60 * int(lap[1]) + float(lap[2]),)
    iso = _ISO_DURATION.match(text)
    if iso is None:
        amounts = compound(_HOURS_ONLY.sub(r"\1m", text), form.decimal)
    else:
        amounts = {unit: float(number or 0) for unit, number in iso.groupdict().items()}
    if not amounts or not amounts.keys() <= TIME_UNITS.keys():
        return None
    return (sum(number * TIME_UNITS[unit] for unit, number in amounts.items()),)


def _read_time(text: str, _form: "NumberFormat") -> Numbers:
    clock = _CLOCK.match(text)
    if clock is None or clock["days"] or not (clock["minutes"] or clock["half"]):
        return None
    hours = int(clock["hours"])
    if hours > (12 if clock["half"] else 23):
        return None
    if clock["half"]:
        hours = hours % 12 + 12 * (clock["half"][0].lower() == "p")
    angle = 2 * np.pi * _seconds(clock, hours) / _DAY
    return float(np.sin(angle)), float(np.cos(angle))


def _seconds(clock: re.Match[str], hours: int) -> float:
    return hours * 3600 + int(clock["minutes"] or 0) * 60 + float(clock["seconds"] or 0)


def _read_coordinates(text: str, _form: "NumberFormat") -> Numbers:
    """Return two coordinates, south and west negative."""
    match = _PAIR.match(text)
    if match is None:
        return None
    signs = [-1 if (match[i] or "").upper() in ("S", "W") else 1 for i in (2, 4)]
    return signs[0] * float(match[1]), signs[1] * float(match[3])


def _read_degrees(text: str, _form: "NumberFormat") -> Numbers:
    """Return one coordinate, south and west negative."""
    match = _DEGREES.match(text)
    return None if match is None else (float(match[1]) * (-1 if match[2] in "SW" else 1),)


def _read_several(text: str, form: "NumberFormat") -> Numbers:
    match = _SEVERAL.match(text)
    numbers = () if match is None else tuple(float(number) for number in match.groups() if number)
    return numbers if len(numbers) == len(form.suffixes) else None


def _read_range(text: str, _form: "NumberFormat") -> Numbers:
    return (parse_range(text)[0],)


class _Form(NamedTuple):
    """How numbers are written: a description, suffixes of column names, and how a text is read."""

    description: str
    suffixes: tuple[str, ...] = ("",)
    read: Callable[[str, "NumberFormat"], Numbers] = lambda *_: None


_FORMS = {
    "plain": _Form("numbers written as text"),
    "quantity": _Form("numbers with K, M or B", read=_read_quantity),
    "units": _Form("numbers in several units", read=_read_units),
    "duration": _Form("durations, in seconds", read=_read_duration),
    "time": _Form("times of day, as sine and cosine", ("_sin", "_cos"), _read_time),
    "coordinates": _Form("coordinates, as two numbers", ("_0", "_1"), _read_coordinates),
    "degrees": _Form("degrees, south and west negative", read=_read_degrees),
    "pair": _Form("two numbers in a cell", ("_0", "_1"), _read_several),
    "triple": _Form("three numbers in a cell", ("_0", "_1", "_2"), _read_several),
    "range": _Form("ranges of numbers, by their middle", read=_read_range),
    "order": _Form("ordered levels"),
}


@dataclass(frozen=True)
class NumberFormat:
    """How the text of a column is read as numbers.

    Attributes
    ----------
    form : str
        "plain", "quantity" (number and unit), "units" (of `order`, a number for each), "duration"
        (seconds), "time" (of day, cyclic), "coordinates" (two numbers), "degrees" (one of them),
        "pair" and "triple" (of numbers), "range", or "order" (position in `order`).
    decimal : {".", ","}
        The decimal mark.
    unit : str
        The unit that quantities are converted to.
    order : tuple of str
        Levels from the lowest to the highest; or units that cannot be converted.
    words : tuple of str
        Levels beside the numbers, such as "never", that were read as missing in fit.
    """

    form: str = "plain"
    decimal: str = "."
    unit: str = ""
    order: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What follows the name of the column in the names of its numbers."""
        of_units = tuple(f"_{unit}" for unit in self.order)
        return of_units if self.form == "units" else _FORMS[self.form].suffixes

    @property
    def is_measured(self) -> bool:
        """Whether numbers alone would lack something that the texts of the fit have."""
        return self.form == "duration" or len(self.suffixes) > 1 or bool(self.unit)

    def describe(self) -> str:
        """Describe what is read, e.g. ``"numbers in kg"``."""
        if self.form == "quantity" and self.unit:
            return f"numbers in {self.unit}"
        if self.form == "units":
            return f"numbers in {' or '.join(self.order)}, a column each"
        if self.form == "order" and self.order:
            return f"ordered from {self.order[0]!r} to {self.order[-1]!r}"
        return _FORMS[self.form].description

    def describe_in_fit(self) -> str:
        """Say what was read in fit, where plain numbers may have been numbers or text."""
        return "numbers" if self.form == "plain" else self.describe()

    def read(self, texts: np.ndarray) -> np.ndarray:
        """Read distinct texts, NaN where a text has another form; shape (n_texts, n_numbers)."""
        if self.form == "plain":
            return parse_numbers(texts, self.decimal)[:, None]
        if self.form == "order":
            step_of = {text: float(i) for i, text in enumerate(self.order)}
            return np.array([[step_of.get(text.strip(), np.nan)] for text in texts]).reshape(-1, 1)
        read_text = _FORMS[self.form].read
        values = [read_text(t.strip(), self) if len(t) <= _LONGEST else None for t in texts]
        width = len(self.suffixes)
        rows = [(np.nan,) * width if value is None else value for value in values]
        return np.array(rows, dtype=np.float64).reshape(len(texts), width)


def has_digit(text: str) -> bool:
    """Return whether a text has a digit among its first characters."""
    return _DIGIT.search(text, 0, _LONGEST) is not None


def find_format(cells: TextCounts) -> tuple[NumberFormat, float]:
    """Find the form in which most texts are numbers, and the share of cells that can be read so.

    Cells that mean "missing" do not count.
    """
    share, decimal = number_share(cells)
    best = NumberFormat(decimal=decimal), share
    if share >= READABLE:
        return best
    cells = cells.without(is_missing_word)
    with_digits = cells.where(has_digit)
    if not with_digits.total or 2 * with_digits.total < cells.total:
        order = known_order(cells) if len(cells) <= _MOST_STEPS else ()
        return (NumberFormat("order", order=order), 1.0) if order else best
    # Words beside the numbers are judged by the callers.
    least = READABLE * with_digits.total / cells.total
    for candidate in _candidates(with_digits, mostly_plain=share >= _MOSTLY_PLAIN):
        readable = cells.share(~np.isnan(candidate.read(cells.texts)).all(axis=1))
        if readable >= least and readable > share:
            return candidate, readable
    return best


def _candidates(cells: TextCounts, *, mostly_plain: bool) -> Iterator[NumberFormat]:
    """Yield the formats in which cells with digits may be read, the surest first."""
    texts = [text.strip() for text in cells.texts if len(text) <= _LONGEST]
    yield NumberFormat("time")
    if not all(map(_NO_DURATION.match, texts)):
        yield NumberFormat("duration")
        if any("," in text for text in texts):
            yield NumberFormat("duration", ",")
    coordinates = NumberFormat("coordinates")
    pairs = filter(None, (_read_coordinates(text, coordinates) for text in texts))
    # Latitude first, or longitude as in "POINT (-122.4 37.8)".
    if all(min(abs(a), abs(b)) <= 90 and max(abs(a), abs(b)) <= 180 for a, b in pairs):
        yield coordinates
    yield NumberFormat("degrees")
    numbers = [match["number"] for match in map(QUANTITY.match, texts) if match is not None]
    decimal = number_share(TextCounts(numbers))[1]
    units = _count_units(cells)
    if _can_be_converted(units):
        unit = "" if units.keys() <= MAGNITUDES.keys() else next(iter(units))
        yield NumberFormat("quantity", decimal, unit)
    few = len(cells) <= MOST_RANGES
    if few or mostly_plain:
        may_be_ranges = any(parse_range(text)[1] for text in texts)
    else:
        may_be_ranges = _ends_agree(texts)
    if may_be_ranges:
        yield NumberFormat("range")
    if len(cells) >= _FEWEST_SEVERAL:
        yield from (NumberFormat("pair"), NumberFormat("triple"))
    if _stay_apart(units):
        yield NumberFormat("units", decimal, order=tuple(units))


def _ends_agree(texts: list[str]) -> bool:
    """Return whether most texts have two ends, which are low or high together."""
    ends = pd.DataFrame([pair for text in texts if (pair := range_ends(text)) is not None])
    if 2 * len(ends) <= len(texts):
        return False
    return bool(ends.corr("spearman").to_numpy()[0, 1] >= _ENDS_AGREE)


def _count_units(cells: TextCounts) -> dict[str, int]:
    """Return in how many cells each unit follows a number, the most frequent first."""
    units: Counter[str] = Counter()
    for text, count in zip(cells.texts, cells.counts, strict=True):
        if len(text) <= _LONGEST:
            units.update(dict.fromkeys(amounts_by_unit(text.strip()), int(count)))
    return dict(sorted(units.items(), key=lambda item: (-item[1], item[0])))


def _can_be_converted(units: dict[str, int]) -> bool:
    """Return whether units can be converted into each other, up to rare ones."""
    if not units:
        return False
    if units.keys() <= MAGNITUDES.keys() or units.keys() <= TEMPERATURES.keys():
        return True
    usual, count = next(iter(units.items()))
    # A single letter after a number, as in 12A, is rarely a unit.
    is_unit = usual == "°" or len(usual) > 1 or common_dimension({usual}) is not None
    mostly = count >= READABLE * sum(units.values())
    return (is_unit and mostly) or common_dimension(set(units)) is not None


def _stay_apart(units: dict[str, int]) -> bool:
    """Return whether units are measured side by side, as in "3 Seasons" and "107 min"."""
    enough = min(units.values(), default=0) >= _LEAST_UNIT * sum(units.values())
    # Here, too, a single letter is rarely a unit; /21 and /22 are those of years, as in 2020/21.
    are_units = all(len(unit) > 1 and not unit.startswith("/") for unit in units)
    return 1 < len(units) <= _MOST_UNITS and enough and are_units
