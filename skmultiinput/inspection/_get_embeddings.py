"""Embeddings of a fitted network as frames."""

from typing import Any

import numpy as np
import pandas as pd

from skmultiinput._compat import sources_of
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import CategoryEmbedding, TokenEmbedding
from skmultiinput._layers.token_layers import TfidfEmbedding
from skmultiinput._network.ensemble import networks_of
from skmultiinput._unwrap import networks
from skmultiinput.frame._column_groups import (
    INFREQUENT,
    MISSING,
    PAD,
    UNKNOWN,
    ColumnGroups,
    InputSpec,
)


def get_embeddings(estimator: Any, group: str, feature: str | None = None) -> pd.DataFrame:
    """Return the learned vector of each category or word.

    Parameters
    ----------
    estimator : estimator
        Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline, search, calibration or
        another wrapper around one. Of several
        networks, the first is read.
    group : str
        Name of a column group of categories or tokens.
    feature : str, default=None
        Name of the feature, where the group has several.

    Returns
    -------
    DataFrame of shape (n_levels, embedding_dim)
        Indexed by category or word. Words have one more column, ``linear``, in front of the
        others for each output that a linear path adds to. With pretrained word vectors,
        ``attrs["found"]`` maps each word to whether they contain it, and
        ``attrs["share_found"]`` is the share that they contain.

    Raises
    ------
    ValueError
        If there is no such group or feature, or it is not embedded; the message lists those that
        exist.

    See Also
    --------
    EmbeddingDisplay : Plot of learned vectors.

    Examples
    --------
    >>> from skmultiinput import MultiInputClassifier
    >>> city = pd.Categorical(["Bern", "Rome"] * 20, categories=["<unknown>", "Bern", "Rome"])
    >>> X = pd.DataFrame({"category__city": city})
    >>> model = MultiInputClassifier(epochs=1, category__embedding_dim=2, random_state=0)
    >>> get_embeddings(model.fit(X, [0, 1] * 20), "category").index.tolist()
    ['<unknown>', 'Bern', 'Rome']
    >>> get_embeddings(model, "text")
    Traceback (most recent call last):
        ...
    ValueError: There is no column group 'text'; the groups are ['category'].
    """
    _, model = networks(estimator)[0]
    spec, position = _find(model.column_groups_, group, feature)
    tables = [
        layer
        for layer in networks_of(model.model_)[0].layers
        if isinstance(layer, (CategoryEmbedding, TfidfEmbedding, TokenEmbedding))
        and _reads(layer, spec.name)
    ]
    if not tables:
        raise ValueError(
            f"The network has no embedding of {spec.name!r}, whose columns are of kind "
            f"{spec.kind!r}; only categories and tokens are embedded."
        )
    if spec.kind == "categorical":
        return _of_categories(tables, spec, position)
    # The linear path comes first.
    tables.sort(key=lambda table: isinstance(table, TokenEmbedding))
    frames = [_of_tokens(table, spec) for table in tables]
    frame = pd.concat(frames, axis=1)
    for part in frames:
        frame.attrs.update(part.attrs)
    return frame


def _find(groups: ColumnGroups, group: str, feature: str | None) -> tuple[InputSpec, int]:
    """Return the input, and the position of the feature in it."""
    specs = groups.of_group(group)
    if not specs:
        raise ValueError(f"There is no column group {group!r}; the groups are {groups.groups}.")
    names = [name for spec in specs for name in spec.features]
    if feature is None and len(names) > 1:
        raise ValueError(
            f"The column group {group!r} has several features; pass feature=, one of {names}."
        )
    for spec in specs:
        for position, name in enumerate(spec.features):
            if feature in (None, name):
                return spec, position
    raise ValueError(f"The column group {group!r} has no feature {feature!r}; it has {names}.")


def _reads(layer: Any, name: str) -> bool:
    """Whether a layer reads the input `name`, directly or through layers that make its codes."""
    pending, seen = [layer], set()
    while pending:
        current = pending.pop()
        if current.name == name:
            return True
        seen.add(current.name)
        pending += [source for source in sources_of(current) if source.name not in seen]
    return False


def _of_categories(tables: list[Any], spec: InputSpec, position: int) -> pd.DataFrame:
    for table in tables:
        features = list(range(len(table.sizes))) if table.features is None else table.features
        if position in features:
            j = features.index(position)
            start = int(np.sum(np.array(table.sizes[:j], dtype=int) + 1))
            labels = spec.categories[position]
            rows = to_numpy(table.embeddings)[start : start + len(labels)]
            return pd.DataFrame(rows, index=pd.Index(labels, name=spec.features[position]))
    raise ValueError(f"The feature {spec.features[position]!r} is not embedded.")


def _of_tokens(table: Any, spec: InputSpec) -> pd.DataFrame:
    labels = pd.Index(spec.categories[0], name=spec.features[0])
    columns: dict[Any, np.ndarray] = {}
    if isinstance(table, TfidfEmbedding) and table.n_outputs:
        linear = table.linear_weights()[: len(labels)]
        names = [f"linear_{i}" for i in range(table.n_outputs)]
        names = names if len(names) > 1 else ["linear"]
        columns.update(zip(names, linear.T, strict=True))
    if table.units:
        columns.update(enumerate(table.vectors()[: len(labels)].T))
    frame = pd.DataFrame(columns, index=labels)
    if table.units:
        found = to_numpy(table.is_pretrained)[: len(labels)] > 0
        if found.any():
            words = ~labels.isin([PAD, UNKNOWN, INFREQUENT, MISSING])
            frame.attrs["found"] = dict(zip(labels, found.tolist(), strict=True))
            frame.attrs["share_found"] = float(found[words].mean())
    return frame
