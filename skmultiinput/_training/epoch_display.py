"""What `verbose` shows of a training: one live line, or a line per epoch where none can be live."""

import time
from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console

from skmultiinput._training.schedule import Schedule


class EpochDisplay:
    """Shows the epochs of one network on stdout.

    On a terminal and in a notebook one line is rewritten after every epoch: epoch, losses and
    metrics, the best epoch, and the time that the remaining epochs would take. In a pipe or a
    file, and beside other networks, each epoch is a line of its own.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.last = schedule.initial_epoch + schedule.epochs
        self.best: tuple[float, int] | None = None
        self.text = ""
        # Made when it is used: the stream may have been replaced since the import.
        self.console = Console(highlight=False) if schedule.verbose else None

    def __enter__(self) -> Self:
        self.began = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        if self.text:
            self._write("\n")

    @property
    def live(self) -> bool:
        """Whether a line can be rewritten."""
        if self.console is None or not self.schedule.alone:
            return False
        return self.console.is_terminal or self.console.is_jupyter

    def epoch(self, number: int, logs: Mapping[str, Any], score: float | None) -> None:
        """Show an epoch, numbered from 0, and the validation loss by which it is judged."""
        if self.console is None:
            return
        if score is not None and (self.best is None or score < self.best[0]):
            self.best = score, number + 1
        parts = [self.schedule.label] if self.schedule.label else []
        parts += [f"Epoch {number + 1}/{self.last}"]
        parts += [f"{name}: {value:.4f}" for name, value in logs.items()]
        if not self.live:
            self._write(" - ".join(parts) + "\n")
            return
        if self.best is not None:
            parts.append(f"best: {self.best[0]:.4f} (epoch {self.best[1]})")
        left = self.last - number - 1
        if left:
            done = number + 1 - self.schedule.initial_epoch
            seconds = (time.perf_counter() - self.began) / done * left
            parts.append(f"at most {_duration(seconds)} left")
        text = " - ".join(parts)[: self.console.width - 1]
        # Spaces cover what a longer line before has left.
        self._write("\r" + text.ljust(len(self.text)))
        self.text = text

    def _write(self, text: str) -> None:
        assert self.console is not None
        self.console.file.write(text)
        self.console.file.flush()


def _duration(seconds: float) -> str:
    """Write a duration as minutes and seconds.

    Examples
    --------
    >>> _duration(4.2), _duration(75)
    ('4 s', '1 min 15 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
