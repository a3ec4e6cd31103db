"""Layers that read tokens and steps of sequences, in NumPy; see `_numpy_layers`."""

from typing import Any

import numpy as np

from skmultiinput.serving._numpy.numpy_layers import (
    Array,
    Operation,
    Weights,
    fixed,
    layer,
)


@layer("TokenMask")
def _token_mask(config: dict[str, Any], weights: Weights) -> Operation:
    padding = next(weights).reshape(-1, 1, 1)
    if (padding == padding[0]).all():
        padding = padding[:1]
    return lambda codes: (codes != padding).astype(np.float32)


layer("LastChannel")(fixed(lambda x: x[..., -1]))


@layer("TokenEmbedding")
def _token_embedding(config: dict[str, Any], weights: Weights) -> Operation:
    # The table comes first, whether training changes it or not.
    table, _unknown, _is_pretrained = next(weights), next(weights), next(weights)
    return lambda codes: table[:, codes[0]]


@layer("TfidfEmbedding")
def _tfidf_embedding(config: dict[str, Any], weights: Weights) -> Operation:
    size, units, trained = config["size"], config["units"], config["trained"]
    has_path = bool(config["n_outputs"])
    order = ["linear"] * has_path + ["embeddings"] * bool(units and trained)
    order += ["idf"] + ["relevance"] * has_path
    order += ["embeddings"] * bool(units and not trained) + ["is_pretrained"] * bool(units)
    by_name = {name: next(weights) for name in order}
    tables = []
    if has_path:
        tables.append(
            by_name["linear"] * (np.float32(config["linear_lr_scale"]) * by_name["relevance"])
        )
    if units:
        tables.append(by_name["embeddings"] * np.float32(config["embedding_lr_scale"]))
    table, idf = np.concatenate(tables, axis=-1), by_name["idf"].copy()
    idf[:, size:] = 0

    def call(parts: list[Array]) -> Array:
        codes, mask = parts[0][0], parts[1][0]
        codes = np.sort(np.where(mask > 0, codes, size), axis=1)
        # What is hidden comes last; the columns that hide all rows add nothing.
        codes = codes[:, : max(int((codes < size).sum(axis=1).max(initial=0)), 1)]
        place = np.arange(codes.shape[1])
        first = np.ones(codes.shape, dtype=bool)
        first[:, 1:] = codes[:, 1:] != codes[:, :-1]
        began = np.maximum.accumulate(np.where(first, place, 0), axis=1)
        odd = (2 * (place - began) + 1).astype(np.float32)
        weight = idf[:, codes]
        squared = (weight * weight * odd).sum(axis=-1, keepdims=True)
        weight = weight / np.sqrt(np.maximum(squared, np.float32(1e-12)))
        return (weight[:, :, None] @ table[:, codes])[:, :, 0]

    return call


@layer("MaskedPooling")
@fixed
def _masked_pooling(parts: list[Array]) -> Array:
    steps, mask = parts[0], parts[1][..., None]
    count = mask.sum(axis=2)
    mean = (steps * mask).sum(axis=2) / np.maximum(count, 1)
    largest = np.where(mask > 0, steps, np.float32(-1e30)).max(axis=2)
    return np.concatenate([mean, np.where(count > 0, largest, np.float32(0))], axis=-1)


@layer("SegmentMeans")
def _segment_means(config: dict[str, Any], weights: Weights) -> Operation:
    n_segments = config["n_segments"]

    def call(parts: Any) -> Array:
        steps, mask = parts if isinstance(parts, list) and len(parts) == 2 else (parts, None)
        steps = steps[0] if isinstance(steps, list) else steps
        mask = np.ones(steps.shape[:-1], dtype=np.float32) if mask is None else mask
        count = np.maximum(mask.sum(axis=2, keepdims=True), np.float32(1))
        place = (np.cumsum(mask, axis=2) - np.float32(0.5)) / count
        segment = np.floor(place * n_segments)
        member = (segment[..., None] == np.arange(n_segments)) * mask[..., None]
        total = member.swapaxes(2, 3).astype(np.float32) @ steps
        size = np.maximum(member.sum(axis=2), 1).astype(np.float32)[..., None]
        means = total / size
        return means.reshape(*means.shape[:2], -1)

    return call


@layer("StepCount")
def _step_count(config: dict[str, Any], weights: Weights) -> Operation:
    before = np.arange(config["n_parts"], dtype=np.float32)

    def call(mask: Array) -> Array:
        filled = np.log(mask.sum(axis=2, keepdims=True) + 1) * np.float32(2 / np.log(2))
        return np.clip(filled - before, np.float32(0), np.float32(1))

    return call


layer("Hide")(fixed(lambda parts: parts[0] * parts[1][..., None]))
layer("Reverse")(fixed(lambda x: x[:, :, ::-1]))
