"""Lower a fitted ColumnTransformer, and plan the inputs of networks on its output."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer

import skmultiinput.serving._lower_categories
import skmultiinput.serving._lower_cells
import skmultiinput.serving._lower_composites
import skmultiinput.serving._lower_dates
import skmultiinput.serving._lower_numbers  # noqa: F401 - these register their lowerings
from skmultiinput.frame._column_groups import UNKNOWN, ColumnGroups
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.serving._lowering import Columns, lower, passed_on
from skmultiinput.serving._preprocessing_plan import Group, InputPlan, Kept, PreprocessingPlan

# For each column of the typed frame: its group, its place in it, and its levels.
Place = tuple[int, int, Any]


def lower_preprocessing(
    transformer: ColumnTransformer,
) -> tuple[PreprocessingPlan, dict[str, Place]]:
    """Lower a ColumnTransformer that was fitted on a frame with string names; refuse another.

    For each column of the typed frame comes its place: its group, where in it, and its levels.
    """
    if not hasattr(transformer, "feature_names_in_"):
        raise ValueError(
            "Expected a ColumnTransformer that was fitted on a DataFrame whose column names are "
            "text; columns are found by name."
        )
    names_in = list(transformer.feature_names_in_)
    typed = list(transformer.get_feature_names_out())
    groups: list[Group] = []
    places: dict[str, Place] = {}
    for name, part, own in transformer.transformers_:
        taken = typed[transformer.output_indices_[name]]
        columns = _names(own, names_in)
        if not columns or not taken or (isinstance(part, str) and part == "drop"):
            continue
        here = Columns("cells", tuple(columns))
        lowered = passed_on(here) if part == "passthrough" else lower(part, here)
        levels: Any = [None] * len(taken)
        if lowered is not None and len(lowered[1].names) == len(taken):
            levels = list(lowered[1].categories) or levels
            groups.append(Group(name, columns, lowered[0]))
        else:
            groups.append(Group(name, columns))
        places |= {
            column: (len(groups) - 1, j, own_levels)
            for j, (column, own_levels) in enumerate(zip(taken, levels, strict=True))
        }
    needed = dict.fromkeys(column for group in groups for column in group.columns)
    # In the order of the table that was fitted.
    columns = [column for column in names_in if column in needed]
    return PreprocessingPlan(columns, groups, Kept(transformer)), places


def _names(own: Any, names_in: list[str]) -> list[str]:
    """Return the names of the columns of one transformer."""
    if isinstance(own, str):
        return [own]
    if isinstance(own, slice):
        positions = pd.Series(range(len(names_in)), index=names_in)
        return list((positions[own] if isinstance(own.start, str) else positions.iloc[own]).index)
    if isinstance(own, (int, np.integer)):
        return [names_in[own]]
    values = list(own)
    if values and all(isinstance(value, (bool, np.bool_)) for value in values):
        return [name for name, kept in zip(names_in, values, strict=True) if kept]
    return [v if isinstance(v, str) else names_in[v] for v in values]


def plan_inputs(groups: ColumnGroups, places: dict[str, Place]) -> list[InputPlan]:
    """Plan how the inputs of a network are put together from the groups' arrays."""
    return [_plan_input(groups, spec, places) for spec in groups.inputs]


def _plan_input(groups: ColumnGroups, spec: InputSpec, places: dict[str, Place]) -> InputPlan:
    columns = [groups.columns[position] for position in spec.positions]
    absent = [column for column in columns if column not in places]
    if absent:
        raise ValueError(
            f"The network reads the column {absent[0]!r}, which the ColumnTransformer does not "
            "make. Only pipelines of a ColumnTransformer and a network right behind it are "
            "compiled."
        )
    sources: list[tuple[int, list[int] | None]] = []
    recode: list[Any] = []
    runs: list[list[int]] = []
    for j, column in enumerate(columns):
        if runs and places[columns[runs[-1][-1]]][0] == places[column][0]:
            runs[-1].append(j)
        else:
            runs.append([j])
    for run in runs:
        block = places[columns[run[0]]][0]
        own = [places[columns[j]][1] for j in run]
        width = sum(place[0] == block for place in places.values())
        sources.append((block, None if own == list(range(width)) else own))
        recode.append(_recode(groups, spec, run, places) if spec.categories else None)
    return InputPlan(
        spec.name,
        [int(size) for size in spec.shape],
        bool(spec.categories),
        sources,
        recode,
        spec.in_cells,
        bool(spec.missing),
        np.array(spec.medians, dtype=np.float32) if spec.medians else None,
    )


def _recode(
    groups: ColumnGroups, spec: InputSpec, run: list[int], places: dict[str, Place]
) -> np.ndarray | None:
    """Return the fitted code of each code that comes in; None where they are the same."""
    tables = []
    for j in run:
        position = spec.positions[j]
        fitted: Any = spec.categories[j if spec.kind == "categorical" else 0]
        levels = places[groups.columns[position]][2]
        if levels is None:  # it runs as it is, and its dtype is the one that was fitted
            levels = groups.dtypes[position].categories
        coming = pd.Index(levels, dtype=object)
        table = pd.Index(fitted, dtype=object).get_indexer(coming)
        if UNKNOWN in fitted:
            table = np.where(table < 0, fitted.get_loc(UNKNOWN), table)
        tables.append(table)
    if all((table == np.arange(len(table))).all() for table in tables):
        return None
    longest = max(map(len, tables))
    padded = np.full((len(tables), longest), -1, dtype=np.int32)
    for row, table in zip(padded, tables, strict=True):
        row[: len(table)] = table
    return padded
