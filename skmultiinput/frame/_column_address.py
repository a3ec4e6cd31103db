"""Column names of a typed frame: ``group__feature[i,j]``. The only parser of column names."""

import re
from collections.abc import Hashable, Iterable

# Up to nine digits: no array has more steps, and a longer number is part of a name.
INDEX = re.compile(r"(?<=.)\[(\d{1,9}(?:,\d{1,9})*)\]\Z", re.DOTALL)

Address = tuple[str | None, str, tuple[int, ...]]


def parse_address(column: Hashable) -> Address:
    """Split a column name ``group__feature[i,j]`` into group, feature and index.

    Names that are not strings have neither group nor index.

    Examples
    --------
    >>> parse_address("history__usage[3,1]")
    ('history', 'usage', (3, 1))
    >>> parse_address("age")
    (None, 'age', ())
    """
    if not isinstance(column, str):
        return None, str(column), ()
    group, feature = _split_group(column)
    match = INDEX.search(feature)
    if match is None:
        return group, feature, ()
    return group, feature[: match.start()], tuple(map(int, match[1].split(",")))


def parse_addresses(columns: Iterable[Hashable]) -> list[Address]:
    """Parse the columns of one frame.

    Indices run from 0, so brackets count as an index only where the frame has the feature's first
    cell, such as ``usage[0]``. Otherwise they are part of a plain feature's name.

    Examples
    --------
    >>> parse_addresses(["usage[0]", "usage[1]", "sales[2023]"])
    [(None, 'usage', (0,)), (None, 'usage', (1,)), (None, 'sales[2023]', ())]
    """
    columns = list(columns)
    addresses = [parse_address(column) for column in columns]
    first = {(group, name) for group, name, index in addresses if index and not any(index)}
    return [
        (group, _split_group(str(column))[1], ())
        if index and (group, name) not in first
        else (group, name, index)
        for column, (group, name, index) in zip(columns, addresses, strict=True)
    ]


def _split_group(column: str) -> tuple[str | None, str]:
    group, _, feature = column.partition("__")
    return (group, feature) if group and feature else (None, column)
