"""The weights of a built network: drawn again from one generator, kept outside of variables."""

import copy
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops


def reseed(model: keras.Model, rng: np.random.Generator, *, keep_loaded: bool = False) -> None:
    """Draw all weights and the seeds of all random layers of a network again, from one generator.

    Keras draws them from process-wide seeds; this gives each initializer a seed of its own and
    leaves everything else alone. It follows the convention of Keras's layers that the initializer
    of a weight ``kernel`` is the layer's attribute ``kernel_initializer``.

    With `keep_loaded`, weights stay that are no longer what their initializer has drawn, and what
    has a seed of its own: of an initializer, a layer, or a `keras.random.SeedGenerator`.
    """
    seen = {id(v) for v in _explicitly_seeded(model)} if keep_loaded else set()
    for layer in _leaves(model):
        for variable in layer.trainable_variables:
            initializer = _initializer(layer, variable.name)
            if id(variable) in seen or initializer is None or not hasattr(initializer, "seed"):
                continue
            seen.add(id(variable))
            shape = tuple(variable.shape)
            if keep_loaded and (
                initializer.get_config().get("seed") is not None
                or not np.array_equal(variable, initializer(shape, variable.dtype))
            ):
                continue
            seeded = copy.copy(initializer)
            seeded.seed = int(rng.integers(2**31))
            # The same numbers under every dtype policy.
            drawn = seeded(shape, "float32")
            variable.assign(ops.cast(drawn, variable.dtype))
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state") and id(variable) not in seen:
            seen.add(id(variable))
            start = rng.integers(2**31, size=tuple(variable.shape)).astype("uint32")
            start[1:] = 0
            variable.assign(start)


def _explicitly_seeded(model: keras.Model) -> Iterator[keras.Variable]:
    """Yield the states of random layers that were given a seed."""
    for layer in _leaves(model):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None and getattr(layer, "seed", None) is not None:
            yield generator.state


def _initializer(layer: keras.layers.Layer, name: str) -> keras.initializers.Initializer | None:
    """Return the initializer of a weight, by Keras's names of its attributes."""
    initializer = getattr(layer, f"{name}_initializer", None)
    return initializer or getattr(layer, f"{name.removesuffix('_kernel')}_initializer", None)


def _leaves(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Yield all layers inside a layer, then the layer."""
    inner_layers = getattr(layer, "_layers", ()) or getattr(layer, "layers", ())
    for inner in inner_layers:
        yield from _leaves(inner)
    yield layer


def keeps_constants(model: keras.Model) -> bool:
    """Return whether a layer keeps what it learns outside of variables, as some of Keras's do.

    Compiled code is then for this network alone.

    Examples
    --------
    >>> x = keras.Input((2,))
    >>> keeps_constants(keras.Model(x, keras.layers.Normalization()(x)))
    True
    >>> keeps_constants(keras.Model(x, keras.layers.Dense(1)(x)))
    False
    """
    return any(hasattr(layer, "finalize_state") for layer in _leaves(model))
