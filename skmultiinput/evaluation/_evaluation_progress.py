"""Progress of an evaluation: a bar on a terminal, one line per fold elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

from skmultiinput.evaluation._evaluation_metrics import metric_label


class Progress(NamedTuple):
    """What `evaluate` passes to its ``progress`` callback, before and after each fold.

    Attributes
    ----------
    done, total : int
        Folds finished and folds in all, over all models.
    model : str
        Name of the current model.
    fold : int
        Number of the fold, from 0.
    scores : dict of {str: float} or None
        The scores of the fold; None before it is finished.
    """

    done: int
    total: int
    model: str
    fold: int
    scores: dict[str, float] | None


class FoldReporter:
    """Shows a `Progress`, with one metric: a bar on a terminal, one line per fold elsewhere."""

    def __init__(self, console: Console, metric: str | None, n_folds: int) -> None:
        self.console, self.metric, self.n_folds = console, metric, n_folds
        self._start = time.perf_counter()
        self._bar = ProgressBar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def __call__(self, progress: Progress) -> None:
        """Show the state of the evaluation."""
        where = f"{progress.model}, fold {progress.fold + 1} of {self.n_folds}"
        self._bar.update(
            self._task, completed=progress.done, total=progress.total, description=escape(where)
        )
        if progress.scores is not None and not self.console.is_terminal:
            text = f"[{progress.done}/{progress.total}] {where}:"
            if self.metric is not None:
                text += f" {metric_label(self.metric)} {progress.scores[self.metric]:.4f}"
            text += f" ({time.perf_counter() - self._start:.0f} s)"
            encoding = self.console.encoding
            text = escape(text.encode(encoding, errors="replace").decode(encoding))
            self.console.print(text, soft_wrap=True, highlight=False)


@contextmanager
def fold_progress(
    progress: "bool | str | Callable[[Progress], Any] | None", metric: str | None, n_folds: int
) -> Iterator[Callable[[Progress], Any]]:
    """Yield what the parameter ``progress`` of `evaluate` asks for."""
    if callable(progress):
        yield progress
        return
    console = Console(file=sys.stderr)
    if progress is True or (progress == "auto" and console.is_terminal):
        with FoldReporter(console, metric, n_folds) as reporter:
            yield reporter
    else:
        yield lambda _: None


def check_progress(progress: Any) -> None:
    """Refuse what is no way to show progress."""
    if not (callable(progress) or progress in ("auto", True, False, None)):
        raise ValueError(f"progress must be 'auto', a bool or a callable; got {progress!r}.")
