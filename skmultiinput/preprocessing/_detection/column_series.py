"""Columns that are the steps of one sequence, found by their names: PAY_0 to PAY_6, Jan to Dec."""

import calendar
import re
from collections.abc import Iterable

_FEWEST, _MOST, _STEM = 3, 60, 3
_NUMBERED = re.compile(r"(.*?)[_ .-]?(\d{1,4})\Z", re.DOTALL)
# "2020-01", "2020 Q1", "2020M01".
_PART_OF_YEAR = re.compile(r"((?:19|20)\d\d)[-_ ]?([QqMm]?)(\d{1,2})\Z")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_NAMED = {
    family: {name.lower(): i for names in (long, short) for i, name in enumerate(names) if name}
    for family, long, short in (
        ("months", list(calendar.month_name), list(calendar.month_abbr)),
        ("weekdays", list(calendar.day_name), list(calendar.day_abbr)),
    )
}


def find_column_series(names: Iterable[object]) -> dict[str, list[str]]:
    """Return ``{name: columns in order}`` of columns that may be one sequence each.

    Examples
    --------
    >>> find_column_series(["PAY_0", "PAY_2", "PAY_3", "age", "BILL1"])
    {'PAY': ['PAY_0', 'PAY_2', 'PAY_3']}
    >>> find_column_series(["Jan", "Feb", "Mar"])
    {'months': ['Jan', 'Feb', 'Mar']}
    >>> find_column_series(["2019", "2021", "2020", "sales_mon", "sales_tue", "sales_wed"])
    {'years': ['2019', '2020', '2021'], 'sales': ['sales_mon', 'sales_tue', 'sales_wed']}
    """
    series: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name in names:
        step = _step(name) if isinstance(name, str) else None
        if step is not None:
            family, stem, position = step
            series.setdefault((family, stem), []).append((position, str(name)))
    return {
        stem or family: [name for _, name in sorted(members)]
        for (family, stem), members in series.items()
        if _FEWEST <= len(members) <= _MOST
        # Steps follow each other, up to a gap.
        and max(members)[0] - min(members)[0] <= 2 * len(members)
    }


def _step(name: str) -> tuple[str, str, int] | None:
    """Return family, stem and position of a column's name, if it may be a step."""
    if _YEAR.match(name):
        return "years", "", int(name)
    if match := _PART_OF_YEAR.match(name):
        unit = match[2].lower()
        per_year = 4 if unit == "q" else 12
        if not 1 <= int(match[3]) <= per_year:
            return None
        return f"year and {unit or 'm'}", "", int(match[1]) * per_year + int(match[3])
    parts = re.split(r"[_ .-]", name)
    for i in (-1, 0):
        rest = "_".join(parts[:-1] if i else parts[1:])
        for family, positions in _NAMED.items():
            if parts[i].lower() in positions:
                return family, rest, positions[parts[i].lower()]
    match = _NUMBERED.match(name)
    if match is not None and sum(c.isalpha() for c in match[1]) >= _STEM:
        return "numbered", match[1], int(match[2])
    return None
