"""A small Euclidean space for the rows of a typed frame, in which all inputs have equal weight.

Measurements are scaled, categories compared for equality, texts by their common words, sequences
and images by a random projection (Johnson and Lindenstrauss 1984; Achlioptas 2003). Each input has
at most 32 coordinates and the same mean squared distance between rows, so a text of 200 columns
does not outweigh an age.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from skmultiinput.frame._column_arrays import column_medians
from skmultiinput.frame._column_groups import PAD, ColumnGroups, InputSpec

# From the array of an input to coordinates, (n_samples, n_coordinates).
RowMap = Callable[[np.ndarray], np.ndarray]

# Coordinates per input, and for all inputs together (with at least 4 each).
_WIDEST_INPUT, _WIDEST_ALL, _NARROWEST_INPUT = 32, 256, 4
# Cells that are split into arrays at a time: 64 MB of float32.
_CELLS_AT_A_TIME = 2**24
# Rows from which medians and spreads are taken.
_SAMPLE_ROWS = 10_000
# Scaled measurements are clipped here, so that an outlier is only far away.
_FURTHEST = 5.0


def embed_rows(X: pd.DataFrame, groups: ColumnGroups, rng: np.random.Generator) -> np.ndarray:
    """Place rows of a typed frame in a space where near rows are similar in every input.

    The mean squared distance between rows is 2 in the coordinates of each input that varies. `rng`
    draws the projections. The order of the columns makes no difference. An infinite number or a
    missing category raises ValueError with its column.
    """
    # By name, so that a column's random numbers do not depend on the order of the columns.
    specs = sorted(groups.inputs, key=lambda spec: spec.name)
    width = int(np.clip(_WIDEST_ALL // len(specs), _NARROWEST_INPUT, _WIDEST_INPUT))
    cells = sum(int(np.prod(spec.shape)) for spec in specs)
    n_rows = max(1, _CELLS_AT_A_TIME // cells)

    n_sample = min(len(X), n_rows, _SAMPLE_ROWS)
    sample = groups.split(X.iloc[np.linspace(0, len(X) - 1, n_sample).astype(int)])
    maps = [_MAPS[spec.kind](spec, sample[spec.name], width, rng) for spec in specs]

    blocks = []
    for start in range(0, len(X), n_rows):
        arrays = groups.split(X.iloc[start : start + n_rows])
        blocks.append([map_rows(arrays[s.name]) for s, map_rows in zip(specs, maps, strict=True)])
    inputs = [_same_weight(np.concatenate(parts)) for parts in zip(*blocks, strict=True)]
    return np.ascontiguousarray(np.hstack(inputs), dtype=np.float32)


def _same_weight(coordinates: np.ndarray) -> np.ndarray:
    variance = coordinates.var(axis=0, dtype=np.float64).sum()
    return coordinates / np.sqrt(variance) if variance > 0 else coordinates


def _by_feature(spec: InputSpec) -> np.ndarray:
    """Order of the stacked features by name."""
    return np.argsort(np.array(spec.features, dtype=str), kind="stable")


def _projection(n_in: int, width: int, rng: np.random.Generator) -> np.ndarray | None:
    """Random matrix that keeps distances on average, or None if `n_in` is small enough."""
    if n_in <= width:
        return None
    return (rng.standard_normal((n_in, width)) / np.sqrt(width)).astype(np.float32)


def _numeric_map(
    spec: InputSpec, sample: np.ndarray, width: int, rng: np.random.Generator
) -> RowMap:
    order = _by_feature(spec)
    sample = sample[:, order].astype(np.float64)
    centre = column_medians(sample)
    # A missing number is at the median: no nearer to a row than its other numbers say.
    sample = np.where(np.isnan(sample), centre, sample)
    low, high = np.quantile(sample, [0.25, 0.75], axis=0)
    # Divided by 1.349, the interquartile range of a normal column is its standard deviation.
    spread = (high - low) / 1.349
    # A column that is mostly one value has no interquartile range; a constant one no spread.
    spread = np.where(spread > 0, spread, sample.std(axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    project = _projection(len(order), width, rng)

    def map_rows(values: np.ndarray) -> np.ndarray:
        scaled = np.nan_to_num((values[:, order] - centre) / spread)
        scaled = np.clip(scaled, -_FURTHEST, _FURTHEST).astype(np.float32)
        return scaled if project is None else scaled @ project

    return map_rows


def _categorical_map(
    spec: InputSpec, _sample: np.ndarray, width: int, rng: np.random.Generator
) -> RowMap:
    order = _by_feature(spec)
    sizes = np.array(spec.vocabulary_sizes)[order]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    n_levels = int(sizes.sum())
    # Few levels get an axis each; more get random corners, nearly the same distance apart.
    if n_levels <= width:
        vectors = np.eye(n_levels, dtype=np.float32)
    else:
        signs = rng.integers(2, size=(n_levels, width)) * 2 - 1
        vectors = (signs / np.sqrt(width)).astype(np.float32)

    def map_rows(codes: np.ndarray) -> np.ndarray:
        out = np.zeros((len(codes), vectors.shape[1]), dtype=np.float32)
        for position, offset in zip(order, first, strict=True):
            out += vectors[codes[:, position] + offset]
        return out

    return map_rows


def _token_map(spec: InputSpec, sample: np.ndarray, width: int, rng: np.random.Generator) -> RowMap:
    vocabulary = spec.categories[0]
    counts = np.bincount(sample.ravel(), minlength=len(vocabulary))
    vectors = rng.standard_normal((len(vocabulary), width)).astype(np.float32)
    # Rare words make two texts similar, not the words that every text has.
    vectors *= np.log1p(len(sample) / np.maximum(counts, 1))[:, None].astype(np.float32)
    vectors[vocabulary == PAD] = 0

    def map_rows(codes: np.ndarray) -> np.ndarray:
        out = np.zeros((len(codes), width), dtype=np.float32)
        for column in codes.T:
            out += vectors[column]
        length = np.linalg.norm(out, axis=1, keepdims=True)
        return out / np.where(length > 0, length, 1)

    return map_rows


def _whole_map(spec: InputSpec, sample: np.ndarray, width: int, rng: np.random.Generator) -> RowMap:
    """Series, sequences and images: scaled by channel, then projected."""
    n_channels = spec.shape[-1] if len(spec.shape) > 1 else 1
    by_channel = sample.reshape(-1, n_channels).astype(np.float64)
    centre, spread = by_channel.mean(axis=0), by_channel.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    project = _projection(int(np.prod(spec.shape)), width, rng)

    def map_rows(values: np.ndarray) -> np.ndarray:
        scaled = (values.reshape(len(values), -1, n_channels) - centre) / spread
        scaled = scaled.reshape(len(values), -1).astype(np.float32)
        return scaled if project is None else scaled @ project

    return map_rows


_MAPS = {
    "numeric": _numeric_map,
    "categorical": _categorical_map,
    "tokens": _token_map,
    "series": _whole_map,
    "sequence": _whole_map,
    "image": _whole_map,
}
