"""Dropout by an integer hash, and the hash."""

from typing import Any

import numpy as np
from keras import ops

from skmultiinput._compat import bitwise_operations, seed_generator
from skmultiinput._layers.base_layer import BaseLayer, Tensor, register

_xor, _right_shift = bitwise_operations()


def as_uint32(number: int) -> Tensor:
    """Return a number as a tensor of dtype uint32."""
    return ops.convert_to_tensor(np.uint32(number))


def mix_bits(x: Tensor) -> Tensor:
    """Spread the bits of 32-bit integers (the finisher of MurmurHash3)."""
    x = _xor(x, _right_shift(x, as_uint32(16))) * as_uint32(0x85EBCA6B)
    x = _xor(x, _right_shift(x, as_uint32(13))) * as_uint32(0xC2B2AE35)
    return _xor(x, _right_shift(x, as_uint32(16)))


def keep_high_bits(x: Tensor, n_bits: int) -> Tensor:
    """Return the highest bits of 32-bit integers, as int32 below ``2 ** n_bits``."""
    return ops.cast(_right_shift(x, as_uint32(32 - n_bits)), "int32")


@register
class HashDropout(BaseLayer):
    """Dropout whose mask is an integer hash of a counter.

    In a small network most of a training step is spent on the random numbers of its dropout. A hash
    of the element's number costs a few integer operations, which a compiler fuses. The fraction
    `rate` of the inputs is set to zero; `seed` is that of the counter.

    Examples
    --------
    >>> layer = HashDropout(0.25, seed=0)
    >>> dropped = layer(np.ones((100, 100)), training=True).numpy()
    >>> print(f"{(dropped == 0).mean():.2f} {dropped.mean():.2f}")
    0.25 1.00
    """

    # Not on top of Keras's Dropout, which makes a generator whose name nobody can choose.
    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"The rate of HashDropout must be in [0, 1). Got {rate!r}.")
        self.rate = rate
        self.seed = seed
        if rate:
            self.seed_generator = seed_generator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        shape = ops.shape(inputs)
        size = 1
        for side in shape:
            size = size * side
        start, counter = ops.unstack(ops.cast(self.seed_generator.next(), "uint32"), 2)
        number = ops.cast(ops.arange(size, dtype="int32"), "uint32")
        mixed = number * as_uint32(0x9E3779B1) + counter * as_uint32(0x85EBCA77)
        mixed = mix_bits(mixed + mix_bits(start))
        kept = ops.cast(mixed >= as_uint32(int(self.rate * 2**32)), inputs.dtype)
        return inputs * ops.reshape(kept, shape) * (1.0 / (1.0 - self.rate))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return previous_mask
