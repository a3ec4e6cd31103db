"""Lowerings of what is made of transformers: pipelines and unions."""

from dataclasses import replace
from typing import Any

from imblearn.pipeline import Pipeline as ImblearnPipeline
from sklearn.pipeline import FeatureUnion, Pipeline

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
