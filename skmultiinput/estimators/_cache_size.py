"""The size of the compile cache."""

from skmultiinput._training.compile_cache import CACHE


def set_compile_cache_size(size: int) -> int:
    """Set how many compiled networks are kept for later fits of the same architecture.

    Parameters
    ----------
    size : int
        The maximum; 0 switches the cache off: every fit then compiles its own.

    Returns
    -------
    int
        The size before.

    Raises
    ------
    ValueError
        If `size` is not an int of at least 0.

    See Also
    --------
    clear_compile_cache : Free what the cache holds now.

    Examples
    --------
    >>> before = set_compile_cache_size(4)
    >>> set_compile_cache_size(before)
    4
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ValueError(
            f"The size of the compile cache must be an int of at least 0. Got {size!r} instead."
        )
    before = CACHE.size
    CACHE.resize(size)
    return before


def clear_compile_cache() -> None:
    """Forget all compiled networks, and free what they hold.

    See Also
    --------
    set_compile_cache_size : Set how many are kept.

    Examples
    --------
    >>> clear_compile_cache()
    """
    CACHE.clear()
