"""Lower a fitted ColumnTransformer, and plan the inputs of networks on its output."""

from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer

import skmultiinput.serving._lower_categories
import skmultiinput.serving._lower_cells
import skmultiinput.serving._lower_composites
import skmultiinput.serving._lower_dates
import skmultiinput.serving._lower_numbers  # noqa: F401 - these register their lowerings
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.serving._lowering import Columns, lower, passed_on
from skmultiinput.serving._preprocessing_plan import Group, InputPlan, Kept, PreprocessingPlan

# For each column of the typed frame: its group, and its place in it.
Place = tuple[int, int]


def lower_preprocessing(
    transformer: ColumnTransformer,
) -> tuple[PreprocessingPlan, dict[str, Place]]:
    """Lower a ColumnTransformer that was fitted on a frame with string names; refuse another.

    The place of each column of the typed frame is returned, too.
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
        if lowered is not None and len(lowered[1].names) != len(taken):
            lowered = None
        places |= {column: (len(groups), j) for j, column in enumerate(taken)}
        groups.append(Group(name, columns, None if lowered is None else lowered[0]))
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
    if not len(spec.positions):
        raise ValueError("A network behind a feature_encoder of its own is not compiled.")
    columns = [groups.columns[position] for position in spec.positions]
    absent = [column for column in columns if column not in places]
    if absent:
        raise ValueError(
            f"The network reads the column {absent[0]!r}, which the ColumnTransformer does not "
            "make. Only pipelines of a ColumnTransformer and a network right behind it are "
            "compiled."
        )
    sources: list[tuple[int, list[int] | None]] = []
    for block, run in groupby((places[column] for column in columns), lambda place: place[0]):
        own = [place for _, place in run]
        width = sum(group == block for group, _ in places.values())
        sources.append((block, None if own == list(range(width)) else own))
    return InputPlan(
        spec.name,
        [int(size) for size in spec.shape],
        bool(spec.categories),
        sources,
        spec.in_cells,
        bool(spec.missing),
        np.array(spec.medians, dtype=np.float32) if spec.medians else None,
    )
