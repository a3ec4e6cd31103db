"""Columns that are the steps of one sequence, found by their names: PAY_0 to PAY_6, Jan to Dec."""

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"(.*?)[_ .-]?(\d{1,4})\Z", re.DOTALL)
_FEWEST, _MOST, _STEM = 3, 60, 3
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def find_column_series(names: Iterable[object]) -> dict[str, list[str]]:
    """Return ``{name: columns in order}`` of columns that may be one sequence each.

    Examples
    --------
    >>> find_column_series(["PAY_0", "PAY_2", "PAY_3", "age", "BILL1"])
    {'PAY': ['PAY_0', 'PAY_2', 'PAY_3']}
    >>> find_column_series(["Jan", "Feb", "Mar"])
    {'months': ['Jan', 'Feb', 'Mar']}
    """
    texts = [name for name in names if isinstance(name, str)]
    stems: dict[str, list[tuple[int, str]]] = {}
    months: list[tuple[int, str]] = []
    for name in texts:
        match = _NUMBERED.match(name)
        if match is not None and sum(c.isalpha() for c in match[1]) >= _STEM:
            stems.setdefault(match[1], []).append((int(match[2]), name))
        elif name[:3].lower() in _MONTHS and name.isalpha():
            months.append((_MONTHS.index(name[:3].lower()), name))
    series = {**stems, **({"months": months} if months else {})}
    return {
        stem: [name for _, name in sorted(members)]
        for stem, members in series.items()
        if _FEWEST <= len(members) <= _MOST
        # Steps follow each other, up to a gap.
        and max(members)[0] - min(members)[0] <= 2 * len(members)
    }
