"""A bounded, process-wide pool of compiled networks, for later fits of the same architecture."""

import threading
from collections import OrderedDict


class Pool:
    """The programs used last, by what is compiled into them.

    Parameters
    ----------
    size : int
        Number of programs kept; 0 keeps none.
    """

    def __init__(self, size):
        self.size = size
        self._programs: OrderedDict = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key, make):
        """Return the program under `key`, made by ``make()`` where there is none."""
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

    def resize(self, size):
        """Keep at most `size` programs from now on."""
        with self._lock:
            self.size = size
            self._shrink()

    def clear(self):
        """Forget all programs."""
        with self._lock:
            self._programs.clear()

    def __len__(self):
        return len(self._programs)

    def _shrink(self):
        while len(self._programs) > self.size:
            self._programs.popitem(last=False)


_POOL = Pool(16)


def pooled(key, make):
    """Return a program from the pool, or a new one of its own where `key` is None."""
    return make() if key is None else _POOL.get(key, make)
