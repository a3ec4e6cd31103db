"""The layers of attention between branches, in NumPy; see `_numpy_layers`."""

from typing import Any

import numpy as np

from skmultiinput.serving._numpy.activations import softmax
from skmultiinput.serving._numpy.numpy_layers import (
    Array,
    NoNumPyFormError,
    Operation,
    Weights,
    layer,
    refuse,
)


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
