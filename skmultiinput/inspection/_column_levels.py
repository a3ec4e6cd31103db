"""The raw columns that a fitted model uses, and the column groups that they form."""

from typing import Any

import pandas as pd

from skmultiinput._unwrap import part_with, preprocessing
from skmultiinput.frame._column_groups import InputSpec
from skmultiinput.preprocessing import describe_columns

LEVELS = ("group", "column")

# (level, name, group, positions of the columns)
Target = tuple[str, Any, str, list[int]]


def column_levels(estimator: Any, X: Any) -> list[Target]:
    """List the column groups and the raw columns that an estimator uses."""
    if isinstance(X, pd.DataFrame):
        columns = list(X.columns)
    else:
        columns = [f"x{j}" for j in range(X.shape[1])]
    columns_in_groups = _columns_in_groups(estimator, columns)
    if columns_in_groups is None:
        return [("column", name, "", [j]) for j, name in enumerate(columns)]
    of_group: dict[str, list[int]] = {}
    of_column: dict[Any, tuple[list[str], list[int]]] = {}
    # A column may be in several groups, and a feature may have many columns.
    for name, group, position in columns_in_groups:
        of_group.setdefault(group, []).append(position)
        groups, positions = of_column.setdefault(name, ([], []))
        groups += [] if group in groups else [group]
        positions += [] if position in positions else [position]
    return [
        *(("group", group, group, positions) for group, positions in of_group.items()),
        *(
            ("column", name, ", ".join(gs), positions)
            for name, (gs, positions) in of_column.items()
        ),
    ]


def _columns_in_groups(estimator: Any, columns: list[Any]) -> list[tuple[Any, str, int]] | None:
    """Return name, group and position of all columns in groups, or None without groups."""
    before, transformer = preprocessing(estimator)
    network = part_with(estimator, "column_groups_")
    position_of = {name: j for j, name in enumerate(columns)}
    if transformer is not None and not before:
        table = describe_columns(transformer)
        table = table[table["group"] != "dropped"]
        # Tables without names are described by position.
        positions = [position_of[n] if n in position_of else int(n) for n in table["column"]]
        names = [columns[position] for position in positions]
        return list(zip(names, table["group"], positions, strict=True))
    if transformer is None and network is not None:
        groups = network.column_groups_
        return [
            (feature, spec.group, position_of.get(groups.columns[position], int(position)))
            for spec in groups.inputs
            for feature, position in zip(_features(spec), spec.positions, strict=True)
        ]
    return None


def _features(spec: InputSpec) -> tuple[str, ...]:
    """Return the feature of each column of an input."""
    stacked = len(spec.features) == len(spec.positions)
    return spec.features if stacked else spec.features * len(spec.positions)
