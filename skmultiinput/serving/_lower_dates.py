"""Lowerings of transformers of dates."""

from typing import Any

from skrub import DatetimeEncoder, ToDatetime

from skmultiinput.preprocessing._datetime_features import DatetimeFeatures
from skmultiinput.preprocessing._datetime_parser import DatetimeParser
from skmultiinput.serving._date_steps import PERIODS, DateParts, ReadDates
from skmultiinput.serving._lowering import (
    Columns,
    Lowered,
    chained,
    names_out,
    register_lowering,
)


@register_lowering(DatetimeParser)
def _datetime_parser(transformer: Any, columns: Columns) -> Lowered | None:
    formats = [None if of_column is None else list(of_column) for of_column in transformer.formats_]
    numbers = any(of_column and of_column[0] in ("s", "ms") for of_column in formats)
    if columns.kind != "cells" or numbers or any(zone is not None for zone in transformer.zones_):
        return None
    words = [tuple(of_column) for of_column in transformer.words_]
    return ReadDates(formats, words), Columns("dates", names_out(transformer, columns))


@register_lowering(DatetimeFeatures)
def _datetime_features(transformer: Any, columns: Columns) -> Lowered | None:
    parts = [_parts(encoder) for encoder in transformer.encoders_]
    step = DateParts(
        [of_column or [] for of_column in parts],
        [bool(f) for f in transformer.flagged_],
        [(int(start), int(end)) for start, end in transformer.pairs_],
    )
    return None if None in parts else _on_dates(columns, step, names_out(transformer, columns))


@register_lowering(DatetimeEncoder)
def _datetime_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    parts = _parts(transformer)
    if parts is None or len(columns.names) != 1:
        return None
    return _on_dates(columns, DateParts([parts], [False], []), tuple(transformer.all_outputs_))


@register_lowering(ToDatetime)
def _to_datetime(transformer: Any, columns: Columns) -> Lowered | None:
    date_format = getattr(transformer, "format_", None)
    zone = getattr(transformer, "output_time_zone_", None)
    if columns.kind != "cells" or len(columns.names) != 1 or zone is not None:
        return None
    formats = [None if date_format is None else [date_format]]
    return ReadDates(formats, [()]), Columns("dates", columns.names)


def _on_dates(columns: Columns, step: DateParts, names: tuple[str, ...]) -> Lowered | None:
    if columns.kind not in ("cells", "dates"):
        return None
    n_columns = len(columns.names)
    is_read = columns.kind == "dates"
    before = [] if is_read else [ReadDates([None] * n_columns, [()] * n_columns)]
    return chained(*before, step), Columns("numbers", names)


def _parts(encoder: Any) -> list[str] | None:
    """Return the parts that an encoder of skrub makes, in order; None where it is another."""
    if type(encoder) is not DatetimeEncoder or encoder.periodic_encoding not in (None, "circular"):
        return None
    features = list(encoder.extracted_features_)
    if {"microsecond", "nanosecond"} & set(features):
        return None
    cyclic = [f for f in features if f in PERIODS] if encoder.periodic_encoding else []
    plain = [feature for feature in features if feature not in cyclic]
    return plain + [f"{feature} {end}" for feature in cyclic for end in ("sin", "cos")]
