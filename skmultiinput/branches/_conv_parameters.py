"""Parameters that convolutional branches share."""

from collections.abc import Sequence
from typing import Any

from skmultiinput.branches._branch import check_option


def read_filters(branch: Any, auto: Sequence[int]) -> Sequence[int]:
    """Return the number of filters of each layer; "auto" stands for `auto`."""
    if isinstance(branch.filters, str):
        check_option(branch, "filters", ("auto",))
        return auto
    return branch.filters


def read_kernel_sizes(branch: Any, n_layers: int, auto: int | Sequence[int]) -> list[int]:
    """Return the kernel size of each layer; "auto" stands for `auto`."""
    sizes = branch.kernel_size
    if isinstance(sizes, str):
        check_option(branch, "kernel_size", ("auto",))
        sizes = auto
    sizes = [sizes] * n_layers if isinstance(sizes, int) else list(sizes)
    if len(sizes) != n_layers:
        raise ValueError(
            f"The 'filters' parameter of {type(branch).__name__} has {n_layers} layers, but "
            f"'kernel_size' has {len(sizes)}. Pass one size per layer or one int for all."
        )
    return sizes
