"""Lower what is made of transformers, and plan the inputs of networks on a ColumnTransformer."""

from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline as ImblearnPipeline
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

import skmultiinput.serving._lower_categories
import skmultiinput.serving._lower_cells
import skmultiinput.serving._lower_dates
import skmultiinput.serving._lower_numbers  # noqa: F401 - these register their lowerings
from skmultiinput._unwrap import column_names
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.preprocessing._frame_pipeline import FramePipeline
from skmultiinput.serving._lowering import (
    Columns,
    Lowered,
    SideBySide,
    chained,
    lower,
    names_out,
    passed_on,
    register_lowering,
)
from skmultiinput.serving._preprocessing_plan import Group, InputPlan, LazyObject, PreprocessingPlan

# For each column of the typed frame: its group, and its place in it.
Place = tuple[int, int]


@register_lowering(Pipeline, FramePipeline, ImblearnPipeline)
def _pipeline(transformer: Any, columns: Columns) -> Lowered | None:
    steps, here = [], columns
    for _, inner in transformer.steps:
        if inner is None or inner == "passthrough":
            continue
        lowered = lower(inner, here)
        if lowered is None:
            return None
        steps.append(lowered[0])
        here = lowered[1]
    if not steps:
        return passed_on(columns)
    if isinstance(transformer, FramePipeline):  # it makes names unique
        here = replace(here, names=names_out(transformer, columns))
    return chained(*steps), here


@register_lowering(FeatureUnion)
def _feature_union(transformer: Any, columns: Columns) -> Lowered | None:
    if transformer.transformer_weights:
        return None
    steps = []
    for _, inner in transformer.transformer_list:
        if inner == "drop":
            continue
        lowered = passed_on(columns) if inner == "passthrough" else lower(inner, columns)
        if lowered is None or lowered[1].kind != "numbers":
            return None
        steps.append(lowered[0])
    return SideBySide(steps), Columns("numbers", names_out(transformer, columns))


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
    for name, part, selected in transformer.transformers_:
        taken = typed[transformer.output_indices_[name]]
        columns = column_names(selected, names_in)
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
    return PreprocessingPlan(columns, groups, LazyObject(transformer)), places


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
    for block, run in groupby((places[column] for column in columns), lambda position: position[0]):
        positions = [position for _, position in run]
        width = sum(group == block for group, _ in places.values())
        sources.append((block, None if positions == list(range(width)) else positions))
    return InputPlan(
        spec.name,
        [int(size) for size in spec.shape],
        bool(spec.categories),
        sources,
        spec.in_cells,
        bool(spec.missing),
        np.array(spec.medians, dtype=np.float32) if spec.medians else None,
    )
