"""Read a fitted network back: its embeddings, its gates, its layers, as frames.

Of several networks (``n_estimators``), the first is read where it does not say otherwise.
"""

import keras
import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import sources_of
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.numeric_layers import CategoryEmbedding
from skmultiinput._layers.token_layers import TfidfEmbedding
from skmultiinput._network.ensemble import networks_of
from skmultiinput._training.prediction import predict_in_chunks
from skmultiinput.frame._column_groups import INFREQUENT, MISSING, PAD, UNKNOWN
from skmultiinput.fusion._fusion import GATES


def get_embeddings(estimator, group, feature=None):
    """Return what the network has learned of each category or word.

    Parameters
    ----------
    estimator : MultiInputClassifier, MultiInputRegressor or Pipeline that ends in one
        Fitted.
    group : str
        Name of a column group of categories or tokens.
    feature : str, default=None
        Name of the feature, where the group has several.

    Returns
    -------
    DataFrame of shape (n_symbols, embedding_dim)
        The index are the categories or words. Words have one column more, ``linear``, for each
        output that a linear path adds to, in front of the others. With pretrained word vectors,
        ``attrs["found"]`` is a dict that tells of each word whether they hold it, and
        ``attrs["share_found"]`` the share.

    Raises
    ------
    ValueError
        If there is no such group or feature, or it is not embedded; what there is is named.

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
    model = _fitted(estimator)
    spec, position = _find(model.column_groups_, group, feature)
    tables = [
        layer
        for layer in _first(model).layers
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
    frames = [_of_tokens(table, spec) for table in sorted(tables, key=_linear_last)]
    frame = pd.concat(frames, axis=1)
    for part in frames:
        frame.attrs.update(part.attrs)
    return frame


def get_fusion_gates(estimator, X):
    """Return how much each branch counts for each row, in a network with gated fusion.

    Parameters
    ----------
    estimator : MultiInputClassifier, MultiInputRegressor or Pipeline that ends in one
        Fitted with ``fusion="gated"``.
    X : DataFrame of shape (n_samples, n_columns)
        What the estimator predicts for.

    Returns
    -------
    DataFrame of shape (n_samples, n_branches)
        Gates between 0 and 2; 1 leaves a branch as it is. Of several networks, their mean.

    Raises
    ------
    ValueError
        If the network has no gates.

    Examples
    --------
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"a__x": np.linspace(0, 1, 40), "b__x": np.linspace(1, 0, 40)})
    >>> model = MultiInputClassifier(fusion="gated", epochs=1, random_state=0)
    >>> get_fusion_gates(model.fit(X, [0, 1] * 20), X).columns.tolist()
    ['a', 'b']
    """
    model = _fitted(estimator)
    networks = networks_of(model.model_)
    layers = [layer for network in networks for layer in network.layers if layer.name == GATES]
    if not layers:
        raise ValueError(
            "The network has no gates; fit the estimator with fusion='gated' to read them."
        )
    if isinstance(estimator, Pipeline):
        X = estimator[:-1].transform(X)
    inputs = model.column_groups_.split(X)
    total = 0.0
    for network, layer in zip(networks, layers, strict=True):
        gates_of = keras.Model(network.inputs, layer.output)
        total = total + predict_in_chunks(lambda x, f=gates_of: to_numpy(f(x)), inputs, len(X))
    return pd.DataFrame(total / len(networks), columns=layers[0].branches, index=X.index)


def network_summary(estimator):
    """Return the layers of the fitted network, one row each.

    Parameters
    ----------
    estimator : MultiInputClassifier, MultiInputRegressor or Pipeline that ends in one
        Fitted.

    Returns
    -------
    DataFrame of shape (n_layers, 5)
        By name of the layer: ``layer`` (its class), ``input`` (the layers it reads), ``shape``
        (of its output without the batch), ``trained`` and ``fixed`` (numbers of weights).

    Examples
    --------
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"a__x": np.linspace(0, 1, 40)})
    >>> model = MultiInputClassifier(epochs=1, hidden_units=(8,), random_state=0)
    >>> network_summary(model.fit(X, [0, 1] * 20)).loc["hidden_0", ["layer", "shape", "trained"]]
    layer      Dense
    shape       (8,)
    trained      136
    Name: hidden_0, dtype: object
    """
    network = _first(_fitted(estimator))
    rows = {}
    for layer in network.layers:
        output = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
        rows[layer.name] = {
            "layer": type(layer).__name__,
            "input": ", ".join(dict.fromkeys(source.name for source in sources_of(layer))),
            "shape": tuple(output.shape[1:]),
            "trained": sum(int(np.prod(w.shape)) for w in layer.trainable_variables),
            "fixed": sum(int(np.prod(w.shape)) for w in layer.non_trainable_weights),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _fitted(estimator):
    """Return the estimator itself, or the one a pipeline ends in."""
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    check_is_fitted(model, "model_")
    return model


def _first(model):
    """Return the network of an estimator, the first where it has several."""
    return networks_of(model.model_)[0]


def _find(groups, group, feature):
    """Return the input, and the feature's place in it."""
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


def _reads(layer, name):
    """Whether a layer reads the input `name`, directly or through layers that make its codes."""
    pending, seen = [layer], set()
    while pending:
        current = pending.pop()
        if current.name == name:
            return True
        seen.add(current.name)
        pending += [source for source in sources_of(current) if source.name not in seen]
    return False


def _of_categories(tables, spec, position):
    for table in tables:
        features = list(range(len(table.sizes))) if table.features is None else table.features
        if position in features:
            j = features.index(position)
            start = int(np.sum(np.array(table.sizes[:j], dtype=int) + 1))
            labels = spec.categories[position]
            rows = to_numpy(table.embeddings)[start : start + len(labels)]
            return pd.DataFrame(rows, index=pd.Index(labels, name=spec.features[position]))
    raise ValueError(f"The feature {spec.features[position]!r} is not embedded.")


def _of_tokens(table, spec):
    labels = pd.Index(spec.categories[0], name=spec.features[0])
    parts = {}
    if isinstance(table, TfidfEmbedding) and table.n_outputs:
        linear = table.linear_weights()[: len(labels)]
        names = [f"linear_{i}" for i in range(table.n_outputs)]
        names = names if len(names) > 1 else ["linear"]
        parts.update(zip(names, linear.T, strict=True))
    if table.units:
        parts.update(enumerate(table.vectors()[: len(labels)].T))
    frame = pd.DataFrame(parts, index=labels)
    if table.units:
        found = to_numpy(table.found)[: len(labels)] > 0
        if found.any():
            words = ~labels.isin([PAD, UNKNOWN, INFREQUENT, MISSING])
            frame.attrs["found"] = dict(zip(labels, found.tolist(), strict=True))
            frame.attrs["share_found"] = float(found[words].mean())
    return frame


def _linear_last(table):
    return isinstance(table, TokenEmbedding)
