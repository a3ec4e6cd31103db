"""Rows made from what the transformers have learned, for the check of a compiled pipeline."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import FeatureUnion, Pipeline

from skmultiinput._unwrap import column_names

N_ROWS = 24
# A level that is in no vocabulary.
_UNKNOWN = "no such level"


def sample_rows(transformer: Any, columns: list[str]) -> pd.DataFrame | None:
    """Make rows that a fitted ColumnTransformer could have seen, with gaps and unknown levels.

    There are none if too little is known of a column.
    """
    rng = np.random.default_rng(0)
    made: dict[str, list[Any]] = {}
    for _, part, selected in transformer.transformers_:
        if isinstance(part, str):
            continue
        for j, name in enumerate(column_names(selected, list(transformer.feature_names_in_))):
            cells = _cells(part, j, rng)
            if cells is not None and name not in made:
                made[name] = cells
    if any(name not in made for name in columns):
        return None
    return pd.DataFrame({name: pd.Series(made[name], dtype=object) for name in columns})


def _cells(part: Any, j: int, rng: np.random.Generator) -> list[Any] | None:
    """Return cells that a transformer could have seen in its column `j`."""
    if isinstance(part, Pipeline):
        steps = (step for _, step in part.steps if not isinstance(step, str))
        return next(filter(None, (_cells(step, j, rng) for step in steps)), None)
    if isinstance(part, FeatureUnion):
        return _cells(part.transformer_list[0][1], j, rng)
    for attributes, make in _MAKERS:
        if all(hasattr(part, name) for name in attributes):
            return make(part, j, rng)
    return None


def _levels(part: Any, j: int, rng: np.random.Generator) -> list[Any]:
    levels = [str(label) for label in part.vocabularies_[j][3:]]
    return [*_picked([*levels, _UNKNOWN], rng), None]


def _stock_levels(part: Any, j: int, rng: np.random.Generator) -> list[Any] | None:
    if not isinstance(part.categories_, list):
        return _cells(part.categories_, j, rng)
    levels = part.categories_[j].tolist()
    return [*_picked(levels, rng), levels[0]]


def _filled(part: Any, j: int, _rng: np.random.Generator) -> list[Any]:
    value = part.statistics_[j]
    return [value if isinstance(value, str) else float(value)] * (N_ROWS - 1) + [np.nan]


def _scaled(part: Any, j: int, _rng: np.random.Generator) -> list[Any] | None:
    for name in ("mean_", "center_", "data_min_", "lambdas_"):
        values = getattr(part, name, None)
        if values is not None:
            return [float(values[j]) + step / 7 for step in range(N_ROWS)]
    return None


def _quantiles(part: Any, j: int, rng: np.random.Generator) -> list[Any] | None:
    table = getattr(part.quantiles_, "quantiles_", part.quantiles_)
    if table is None or table.shape[1] <= j:
        return None
    return rng.uniform(table[0, j], table[-1, j] + 1e-9, N_ROWS).tolist()


def _texts(part: Any, j: int, rng: np.random.Generator) -> list[Any]:
    words = [str(word) for word in part.vocabularies_[j][2:200]] or ["word"]
    texts = [" ".join(rng.choice(words, int(n))) for n in rng.integers(0, 30, N_ROWS - 1)]
    return [*texts, None]


def _picked(choices: list[Any], rng: np.random.Generator) -> list[Any]:
    return [choices[i] for i in rng.integers(0, len(choices), N_ROWS - 1)]


def _numbers(part: Any, j: int, rng: np.random.Generator) -> list[Any] | None:
    form = part.formats_[j]
    if form.form == "order":
        return [*rng.choice(list(form.order), N_ROWS - 1), None]
    if form.form != "plain":
        return [None] * N_ROWS
    position = sum(len(other.suffixes) for other in part.formats_[:j])
    low, high = part.ranges_[:, position]
    if np.isnan(low):
        return [None] * N_ROWS
    return [*rng.uniform(low, high, N_ROWS - 1).tolist(), None]


def _dates(part: Any, j: int, rng: np.random.Generator) -> list[Any] | None:
    low, high = part.ranges_[:, j]
    formats = part.formats_[j]
    if np.isnan(low) or (formats and formats[0] in ("s", "ms")):
        return [None] * N_ROWS
    days = pd.to_datetime(np.floor(rng.uniform(low, high + 1, N_ROWS - 1)), unit="s").floor("D")
    if formats is None:
        return [*days, None]
    pattern = "%Y-%m-%d" if formats[0] == "ISO8601" else formats[0]
    return [*days.strftime(pattern), None]


def _sequences(part: Any, j: int, rng: np.random.Generator) -> list[Any]:
    lengths = rng.integers(0, part.lengths_[j] + 3, N_ROWS - 1)
    if part.kinds_[j] == "categories":
        categories = [str(category) for category in part.vocabularies_[j][3:]] + [_UNKNOWN]
        return [*(list(map(str, rng.choice(categories, n))) for n in lengths), None]
    low, high = np.nan_to_num(part.ranges_[j])
    steps = [rng.uniform(low, np.maximum(high, low), (n, len(low))) for n in lengths]
    if len(low) == 1:
        return [*(values[:, 0].tolist() for values in steps), None]
    return [*(values.tolist() for values in steps), None]


# What a transformer has learned -> cells that it could have seen.
_MAKERS: tuple[tuple[tuple[str, ...], Callable[..., list[Any] | None]], ...] = (
    (("formats_", "zones_"), _dates),
    (("formats_",), _numbers),
    (("kinds_",), _sequences),
    (("lengths_", "vocabularies_"), _texts),
    (("vocabularies_",), _levels),
    (("n_buckets",), lambda _part, _j, rng: [*_picked(["a", "b", _UNKNOWN], rng), None]),
    (("categories_",), _stock_levels),
    (("statistics_",), _filled),
    (("quantiles_",), _quantiles),
    ((), _scaled),
)
