"""Parameters that convolutional branches share."""

from collections.abc import Sequence
from typing import Any

from skmultiinput._compat import StrOptions
from skmultiinput.branches._branch import POSITIVE, TAIL

CONVOLUTION: dict[str, list[Any]] = {
    **TAIL,
    "filters": ["array-like", StrOptions({"auto"})],
    "kernel_size": [POSITIVE, "array-like", StrOptions({"auto"})],
}


def read_kernel_sizes(branch: Any, n_layers: int, auto: int | Sequence[int]) -> list[int]:
    """Return the kernel size of each layer; "auto" stands for `auto`."""
    sizes = auto if isinstance(branch.kernel_size, str) else branch.kernel_size
    sizes = [sizes] * n_layers if isinstance(sizes, int) else list(sizes)
    if len(sizes) != n_layers:
        raise ValueError(
            f"The 'filters' parameter of {type(branch).__name__} has {n_layers} layers, but "
            f"'kernel_size' has {len(sizes)}. Pass one size per layer or one int for all."
        )
    return sizes
