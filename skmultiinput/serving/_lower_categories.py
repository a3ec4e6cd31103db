"""Lowerings of encoders of categories."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from skmultiinput.frame._column_arrays import MISSING, UNKNOWN
from skmultiinput.preprocessing._category_encoder import CategoryEncoder
from skmultiinput.preprocessing._hashing_encoder import HashingEncoder
from skmultiinput.preprocessing._interaction_target_encoder import InteractionTargetEncoder
from skmultiinput.preprocessing._reading.labels import RESERVED, cell_label, codes_by_label
from skmultiinput.serving._category_steps import (
    CodesToNumbers,
    HashedLabels,
    Labels,
    Levels,
    TargetMeans,
)
from skmultiinput.serving._lowering import (
    Columns,
    Lowered,
    chained,
    names_out,
    register_lowering,
)
from skmultiinput.serving._rows import is_gap

# A text that is no level of any column, and a number.
_NO_LEVEL = "\ufdd0 no level"
_NO_NUMBER = 5.123456789e300


def labels_step(encoder: CategoryEncoder) -> Labels:
    """Return the step that encodes cells as a CategoryEncoder does."""
    return Labels(
        _codes_of(encoder),
        list(encoder.parts_),
        RESERVED.index(UNKNOWN),
        RESERVED.index(MISSING),
    )


def _codes_of(encoder: CategoryEncoder) -> list[dict[str, int]]:
    return [
        codes_by_label([*map(str, vocabulary[len(RESERVED) :])], pooled)
        for vocabulary, pooled in zip(encoder.vocabularies_, encoder.infrequent_, strict=True)
    ]


@register_lowering(CategoryEncoder)
def _category_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    if columns.kind != "cells":
        return None
    categories = tuple(list(v) for v in transformer.vocabularies_)
    return labels_step(transformer), Columns("codes", names_out(transformer, columns), categories)


@register_lowering(HashingEncoder)
def _hashing_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    if columns.kind != "cells":
        return None
    step = HashedLabels(
        list(transformer.parts_),
        int(transformer.n_buckets),
        len(RESERVED),
        RESERVED.index(MISSING),
    )
    categories = tuple(list(dtype.categories) for dtype in transformer.dtypes_)
    return step, Columns("codes", names_out(transformer, columns), categories)


@register_lowering(InteractionTargetEncoder)
def _interaction_target_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    inner = transformer.categories_
    sizes = [len(vocabulary) for vocabulary in inner.vocabularies_]
    if columns.kind == "codes":
        codes_by_column = _codes_of(inner)
        recode = [
            np.array([codes.get(cell_label(label), RESERVED.index(UNKNOWN)) for label in labels])
            for codes, labels in zip(codes_by_column, columns.categories, strict=True)
        ]
    elif columns.kind == "cells":
        recode = [np.arange(size) for size in sizes]
    else:
        return None
    means = TargetMeans(
        recode,
        [RESERVED.index(UNKNOWN)] * len(sizes),
        [(int(a), int(b)) for a, b in transformer.pairs_],
        sizes,
        [np.asarray(levels) for levels in transformer.levels_],
        [int(source) for source in transformer.sources_],
        [np.asarray(encoding) for encoding in transformer.encodings_],
        np.asarray(transformer.means_),
    )
    before = [labels_step(inner)] if columns.kind == "cells" else []
    return chained(*before, means), Columns("numbers", names_out(transformer, columns))


@register_lowering(OneHotEncoder, OrdinalEncoder, TargetEncoder)
def _stock_encoder(transformer: Any, columns: Columns) -> Lowered | None:
    if getattr(transformer, "sparse_output", False) or columns.kind not in ("cells", "codes"):
        return None
    out = Columns("numbers", names_out(transformer, columns))
    if columns.kind == "codes":
        levels: list[list[Any]] = [list(labels) for labels in columns.categories]
        table = _tabulate(transformer, columns, levels)
        return None if table is None else (table, out)
    levels, gaps, unknown = [], [], []
    for j, categories in enumerate(transformer.categories_):
        levels_seen = categories.tolist()
        texts = all(isinstance(level, str) for level in levels_seen if not is_gap(level))
        if not texts and not all(isinstance(level, (int, float)) for level in levels_seen):
            return None
        extended = [level for level in levels_seen if not is_gap(level)]
        gaps.append(_append_level(transformer, columns, j, extended, np.nan))
        other = _NO_LEVEL if texts else _NO_NUMBER
        unknown.append(_append_level(transformer, columns, j, extended, other))
        levels.append(extended)
    table = _tabulate(transformer, columns, levels)
    return None if table is None else (chained(Levels(levels, gaps, unknown), table), out)


def _append_level(
    transformer: Any, columns: Columns, j: int, levels: list[Any], level: Any
) -> int | None:
    """Append a level that the encoder takes, and return its place; None if it refuses it."""
    row: list[Any] = [categories[0] for categories in transformer.categories_]
    row[j] = level
    try:
        _encoded(transformer, columns, [row])
    except (TypeError, ValueError):
        return None
    levels.append(level)
    return len(levels) - 1


def _encoded(transformer: Any, columns: Columns, rows: list[list[Any]]) -> np.ndarray:
    names = getattr(transformer, "feature_names_in_", None)
    cells = [pd.Series([row[j] for row in rows]) for j in range(len(columns.names))]
    frame = pd.DataFrame(dict(enumerate(cells)))
    frame.columns = pd.Index(columns.names if names is None else names)
    out = transformer.transform(frame if names is not None else frame.to_numpy(dtype=object))
    return np.asarray(out, dtype=np.float64)


def _tabulate(transformer: Any, columns: Columns, levels: list[list[Any]]) -> CodesToNumbers | None:
    """Make a table of what an encoder makes of each level of each column."""
    base: list[Any] = [column_levels[0] for column_levels in levels]
    tables, outputs = [], []
    try:
        base_outputs = _encoded(transformer, columns, [base])[0]
        for j, column_levels in enumerate(levels):
            rows = [[*base[:j], level, *base[j + 1 :]] for level in column_levels]
            encoded = _encoded(transformer, columns, rows)
            same = (encoded == base_outputs) | (np.isnan(encoded) & np.isnan(base_outputs))
            moved = np.flatnonzero(~same.all(axis=0))
            tables.append(encoded[:, moved])
            outputs.append(moved)
    except (TypeError, ValueError):
        return None
    positions = np.concatenate(outputs)
    if len(np.unique(positions)) < len(positions):
        return None  # an output that depends on two columns
    return CodesToNumbers(tables, base_outputs, outputs)
