"""The size of the compile cache."""

from skmultiinput._training.compile_cache import _POOL


def set_compile_cache_size(size):
    """Set how many compiled networks are kept for later fits of the same architecture.

    Parameters
    ----------
    size : int
        At most this many; 0 switches the pool off: every fit then compiles its own.

    Returns
    -------
    int
        The size before.

    Examples
    --------
    >>> before = set_compile_cache_size(4)
    >>> set_compile_cache_size(before)
    4
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ValueError(f"The size of the pool must be an int of at least 0, got {size!r}.")
    before = _POOL.size
    _POOL.resize(size)
    return before


def clear_compile_cache():
    """Forget all compiled networks, and free what they hold.

    Examples
    --------
    >>> clear_compile_cache()
    """
    _POOL.clear()
