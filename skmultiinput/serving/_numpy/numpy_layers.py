"""The layers of a network in NumPy: one maker for each class of layer.

Networks of one architecture are evaluated together. So every weight has the network as its first
axis, and every tensor is of shape (n_networks or 1, n_samples, ...).

A maker takes the layer's configuration and an iterator over the weights, from which it takes its
own in Keras's order: those that training changes, then the others. It returns a function of the
layer's inputs.
"""

import operator
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Any

import numpy as np
from scipy.special import expit

from skmultiinput.serving._numpy.activations import ACTIVATIONS, ordered_quantiles, softmax

Array = np.ndarray
Weights = Iterator[Array]
# Inputs to output.
Operation = Callable[..., Any]
Maker = Callable[[dict[str, Any], Weights], Operation]

LAYERS: dict[str, Maker] = {}


class NoNumPyFormError(ValueError):
    """A network that NumPy does not evaluate; the message says which layer."""


def layer(*names: str) -> Callable[[Maker], Maker]:
    """Register the maker of the layers of these names."""

    def register(maker: Maker) -> Maker:
        LAYERS.update(dict.fromkeys(names, maker))
        return maker

    return register


def fixed(operation: Operation) -> Maker:
    """Return the maker of a layer without weights and options."""
    return lambda _config, _weights: operation


def activation_of(config: dict[str, Any]) -> Callable[[Array], Array]:
    """Return the activation that a configuration names."""
    name = config.get("activation") or "linear"
    if isinstance(name, dict) and name.get("registered_name") == "skmultiinput>OrderedQuantiles":
        return ordered_quantiles(int(name["config"]["median"]))
    if isinstance(name, dict):
        name = name.get("config") if name.get("module") == "builtins" else name.get("class_name")
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise NoNumPyFormError(f"the activation {name!r} has no NumPy form")
    return ACTIVATIONS[name]


def refuse(config: dict[str, Any], **expected: Any) -> None:
    """Refuse a layer with another option than the one that has a NumPy form."""
    for name, value in expected.items():
        if config.get(name, value) != value:
            raise NoNumPyFormError(f"{config.get('name')} has {name}={config[name]!r}")


# -- Keras's own ---------------------------------------------------------------------------------


layer("HashDropout", "Dropout", "Identity")(fixed(lambda x: x))
layer("Add")(fixed(partial(reduce, operator.add)))


@layer("Dense")
def _dense(config: dict[str, Any], weights: Weights) -> Operation:
    kernel, activate = next(weights), activation_of(config)
    # The kernel of a convolution has an axis more.
    kernel = kernel.reshape(len(kernel), -1, kernel.shape[-1])
    bias = next(weights)[:, None] if config.get("use_bias", True) else None

    def call(x: Array) -> Array:
        y = x.reshape(len(x), -1, x.shape[-1]) @ kernel
        if bias is not None:
            y += bias
        return activate(y).reshape(len(y), *x.shape[1:-1], y.shape[-1])

    return call


@layer("Activation")
def _activation(config: dict[str, Any], weights: Weights) -> Operation:
    return activation_of(config)


@layer("Flatten")
def _flatten(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, data_format="channels_last")
    return lambda x: x.reshape(*x.shape[:2], -1)


@layer("Reshape")
def _reshape(config: dict[str, Any], weights: Weights) -> Operation:
    shape = tuple(config["target_shape"])
    return lambda x: x.reshape(*x.shape[:2], *shape)


@layer("Concatenate")
def _concatenate(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, axis=-1)

    def call(parts: list[Array]) -> Array:
        n = max(map(len, parts))
        return np.concatenate(
            [p if len(p) == n else np.broadcast_to(p, (n, *p.shape[1:])) for p in parts], axis=-1
        )

    return call


@layer("LayerNormalization")
def _layer_normalization(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, center=True, scale=True, rms_scaling=False)
    if config.get("axis", -1) not in (-1, [-1], 2, [2]):
        raise NoNumPyFormError(f"{config.get('name')} has axis={config['axis']!r}")
    gamma, beta = next(weights)[:, None, None], next(weights)[:, None, None]
    epsilon = np.float32(config.get("epsilon", 1e-3))

    def call(x: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + epsilon) * gamma + beta

    return call


@layer("Conv1D", "DeterministicConv1D")
def _conv1d(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, padding="same", data_format="channels_last", groups=1)
    if [*config.get("strides", [1]), *config.get("dilation_rate", [1])] != [1, 1]:
        raise NoNumPyFormError(f"{config.get('name')} has strides or dilation")
    [size] = config["kernel_size"]
    before, apply_kernel = (size - 1) // 2, _dense(config, weights)

    def call(x: Array) -> Array:
        n_steps = x.shape[2]
        padded = np.zeros((*x.shape[:2], n_steps + size - 1, x.shape[3]), x.dtype)
        padded[:, :, before : before + n_steps] = x
        shifted = [padded[:, :, start : start + n_steps] for start in range(size)]
        return apply_kernel(np.concatenate(shifted, axis=-1))

    return call


@layer("GlobalAveragePooling1D")
def _mean_of_steps(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, data_format="channels_last", keepdims=False)
    return lambda x: x.mean(axis=2)


@layer("GlobalMaxPooling1D")
def _max_of_steps(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, data_format="channels_last", keepdims=False)
    return lambda x: x.max(axis=2)


# -- numbers and categories ----------------------------------------------------------------------


@layer("PiecewiseLinearEmbedding")
def _piecewise_linear(config: dict[str, Any], weights: Weights) -> Operation:
    missing = next(weights) if config.get("allow_nan") else None
    kernel, bias, bins = next(weights), next(weights), next(weights)
    median = None if missing is None else next(weights)
    left, rate, low, high = next(weights), next(weights), next(weights), next(weights)
    # In a bin, all bins before it are full: what they add up to stands in a table.
    starts = bias[:, :, None] + np.cumsum(bins, axis=2) - bins
    # Where a bin begins; the first has no beginning, and what is no bin is never reached.
    begins = np.where(rate > 0, left, np.inf)[:, None, :, 1:]
    n_networks, n_features, n_bins, units = bins.shape
    first = (np.arange(n_networks * n_features) * n_bins).reshape(n_networks, 1, n_features)
    flat = [values.reshape(-1) for values in (left, rate, low, high)]
    starts, steps = starts.reshape(-1, units), bins.reshape(-1, units)

    def embed(x: Array) -> Array:
        bin_index = (x[..., None] >= begins).sum(axis=-1) + first
        left, rate, low, high = (values[bin_index] for values in flat)
        filled = np.minimum(np.maximum((x - left) * rate, low), high)
        bent = starts[bin_index] + filled[..., None] * steps[bin_index]
        return bent + x[..., None] * kernel[:, None]

    return _of_features(embed, config, median, missing)


def _of_features(
    embed: Operation, config: dict[str, Any], median: Array | None, missing: Array | None
) -> Operation:
    """Select the features to embed; a missing number is the median plus a vector."""
    features = config.get("features")

    def call(x: Array) -> Array:
        if features is not None:
            x = x[..., features]
        if median is None or missing is None:
            return embed(x)
        gaps = np.isnan(x)
        return embed(np.where(gaps, median[:, None], x)) + gaps[..., None] * missing[:, None]

    return call


@layer("FillMissing")
def _fill_missing(config: dict[str, Any], weights: Weights) -> Operation:
    median, features = next(weights)[:, None], config.get("features")

    def call(x: Array) -> Array:
        if features is not None:
            x = x[..., features]
        gaps = np.isnan(x)
        filled = np.where(gaps, median, x)
        flags = np.broadcast_to(gaps, filled.shape).astype(np.float32)
        return np.concatenate([filled, flags], axis=-1)

    return call


@layer("PeriodicEmbedding")
def _periodic(config: dict[str, Any], weights: Weights) -> Operation:
    missing = next(weights) if config.get("allow_nan") else None
    frequencies, kernel, bias = next(weights)[:, None], next(weights), next(weights)[:, None]
    median, circle = None if missing is None else next(weights), np.float32(2 * np.pi)

    def embed(x: Array) -> Array:
        angle = circle * x[..., None] * frequencies
        waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=-1)
        y = (waves.swapaxes(1, 2) @ kernel).swapaxes(1, 2) + bias
        return np.maximum(y, 0)

    return _of_features(embed, config, median, missing)


@layer("SelectFeatures")
def _select(config: dict[str, Any], weights: Weights) -> Operation:
    features = list(config["features"])
    if features == list(range(features[0], features[-1] + 1)):
        part = slice(features[0], features[-1] + 1)
        return lambda x: x[..., part]
    return lambda x: x[..., features]


@layer("LinearPath")
def _linear_path(config: dict[str, Any], weights: Weights) -> Operation:
    kernel, bias = next(weights), next(weights)[:, None]
    center, spread = next(weights)[:, None], next(weights)[:, None]
    return lambda x: ((x - center) / spread) @ kernel + bias


@layer("CategoryEmbedding")
def _category_embedding(config: dict[str, Any], weights: Weights) -> Operation:
    table, _unknown = next(weights), next(weights)
    sizes, features = config["sizes"], config.get("features")
    offsets = np.cumsum([0, *(size + 1 for size in sizes[:-1])])

    def call(codes: Array) -> Array:
        codes = codes[0] if features is None else codes[0][:, features]
        return table[:, codes + offsets]

    return call


# -- members -------------------------------------------------------------------------------------


@layer("MemberScale")
def _member_scale(config: dict[str, Any], weights: Weights) -> Operation:
    scale = next(weights)[:, None]

    def call(x: Array) -> Array:
        y = x[:, :, None] * scale
        return y.reshape(len(y), -1, y.shape[-1])

    return call


@layer("MemberHeads")
def _member_heads(config: dict[str, Any], weights: Weights) -> Operation:
    kernel, bias = next(weights), next(weights)[:, None]
    n_members = kernel.shape[1]

    def call(x: Array) -> Array:
        members = x.reshape(len(x), -1, n_members, x.shape[-1]).swapaxes(1, 2)
        return (members @ kernel).swapaxes(1, 2) + bias

    return call


@layer("MemberMean")
def _member_mean(config: dict[str, Any], weights: Weights) -> Operation:
    activate = activation_of(config)
    return lambda x: activate(x).mean(axis=2)


# -- fusion --------------------------------------------------------------------------------------


@layer("Presence")
def _presence(config: dict[str, Any], weights: Weights) -> Operation:
    if config.get("always"):
        return lambda x: np.ones((*x.shape[:2], 1), dtype=np.float32)

    def call(x: Array) -> Array:
        present = (x != 0).reshape(*x.shape[:2], -1).any(axis=-1, keepdims=True)
        return present.astype(np.float32)

    return call


layer("ModalityDropout")(fixed(lambda parts: np.concatenate(parts, axis=-1)))


@layer("StandIn")
def _stand_in(config: dict[str, Any], weights: Weights) -> Operation:
    absent, which = next(weights)[:, None], config["which"]

    def call(parts: list[Array]) -> Array:
        x, present = parts
        there = present[:, :, which] > 0
        if there.all():
            return x
        return np.where(there.reshape(*there.shape, *[1] * (x.ndim - 2)), x, absent)

    return call


@layer("Gates")
def _gates(config: dict[str, Any], weights: Weights) -> Operation:
    kernel, bias = next(weights), next(weights)[:, None]
    return lambda x: 2 * expit(x @ kernel + bias)


@layer("ApplyGate")
def _apply_gate(config: dict[str, Any], weights: Weights) -> Operation:
    which = config["which"]
    return lambda parts: parts[0] * parts[1][..., which : which + 1]


@layer("StackTokens")
def _stack_tokens(config: dict[str, Any], weights: Weights) -> Operation:
    marks = next(weights)[:, None]

    def call(parts: list[Array]) -> Array:
        n = len(marks)
        return np.stack([np.broadcast_to(p, (n, *p.shape[1:])) for p in parts], axis=2) + marks

    return call


@layer("MultiHeadAttention")
def _multi_head_attention(config: dict[str, Any], weights: Weights) -> Operation:
    refuse(config, use_bias=True, output_shape=None, use_gate=False)
    if config.get("attention_axes") not in (None, (1,), [1]):
        raise NoNumPyFormError(f"{config.get('name')} attends along other axes than the tokens")
    # Of the queries, the keys and the values: (n_networks, heads, width of the tokens, of a head).
    parts = [(next(weights).swapaxes(1, 2), next(weights)[:, None, :, None]) for _ in range(3)]
    kernel, bias = next(weights), next(weights)[:, None, None]
    n_networks, n_heads, head_width, width = kernel.shape
    kernel = kernel.reshape(n_networks, 1, n_heads * head_width, width)
    scale = np.float32(1 / np.sqrt(config["key_dim"]))

    def call(query: Array, value: Array, key: Array | None = None) -> Array:
        inputs = (query, value if key is None else key, value)
        q, k, v = (
            x[:, :, None] @ of_heads[:, None] + of_bias
            for x, (of_heads, of_bias) in zip(inputs, parts, strict=True)
        )
        shares = softmax(q * scale @ k.swapaxes(3, 4))
        heads = (shares @ v).swapaxes(2, 3)
        return heads.reshape(*heads.shape[:3], -1) @ kernel + bias

    return call
