"""Progress of an evaluation: a bar on a terminal, one line per fold elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

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


@contextmanager
def report_folds(
    console: Console, metric: str | None, n_folds: int
) -> Iterator[Callable[[Progress], None]]:
    """Yield what shows a `Progress`, with one metric."""
    start = time.perf_counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with ProgressBar(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=None)

        def show(progress: Progress) -> None:
            where = f"{progress.model}, fold {progress.fold + 1} of {n_folds}"
            bar.update(
                task, completed=progress.done, total=progress.total, description=escape(where)
            )
            if progress.scores is None or console.is_terminal:
                return
            text = f"[{progress.done}/{progress.total}] {where}:"
            if metric is not None:
                text += f" {metric_label(metric)} {progress.scores[metric]:.4f}"
            text += f" ({time.perf_counter() - start:.0f} s)"
            text = escape(text.encode(console.encoding, "replace").decode(console.encoding))
            console.print(text, soft_wrap=True, highlight=False)

        yield show


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
        with report_folds(console, metric, n_folds) as show:
            yield show
    else:
        yield lambda _: None


def check_progress(progress: Any) -> None:
    """Refuse a value that is no way to show progress."""
    if not (callable(progress) or progress in ("auto", True, False, None)):
        raise ValueError(f"progress must be 'auto', a bool or a callable; got {progress!r}.")
