"""A bounded cache of compiled networks in this process, for later fits of the same architecture."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class CompileCache:
    """The `size` programs used last, by all that is compiled into them; 0 keeps none."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._programs: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable | None, make: Callable[[], T]) -> T:
        """Return the program under `key`, from ``make()`` if there is none or `key` is None."""
        if key is None:
            return make()
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
                return self._programs[key]
        program = make()
        with self._lock:
            # Another thread may have been faster; all users of a key share one program.
            program = self._programs.setdefault(key, program)
            self._shrink()
        return program

    def values(self) -> list[Any]:
        """Return the programs, the one used last at the end."""
        with self._lock:
            return list(self._programs.values())

    @contextmanager
    def dropping_on_error(self, *keys: Hashable | None) -> Iterator[None]:
        """Drop the programs under `keys` where the block fails: one may be half built."""
        try:
            yield
        except BaseException:
            with self._lock:
                for key in keys:
                    self._programs.pop(key, None)
            raise

    def resize(self, size: int) -> None:
        """Keep at most `size` programs from now on."""
        with self._lock:
            self.size = size
            self._shrink()

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._programs.clear()

    def __len__(self) -> int:
        return len(self._programs)

    def _shrink(self) -> None:
        while len(self._programs) > self.size:
            self._programs.popitem(last=False)


CACHE = CompileCache(16)
