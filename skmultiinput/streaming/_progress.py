"""The progress of a pass over the chunks, shown on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


class PassDisplay:
    """Shows the progress of a pass: 1 for a line per pass, 2 for a bar, too."""

    def __init__(self, verbose: int) -> None:
        self.verbose = verbose
        self.console = Console(stderr=True, highlight=False)

    @contextmanager
    def bar(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Show a bar; yields a function that takes the number of rows done."""
        if self.verbose < 2:
            yield lambda _: None
            return
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda n_rows: progress.advance(task, n_rows)

    def line(self, title: str, logs: dict[str, Any], n_rows: int, seconds: float) -> None:
        """Print the metrics of a pass."""
        if self.verbose:
            values = " - ".join(f"{n}: {v:.4f}" for n, v in logs.items() if np.ndim(v) == 0)
            speed = f"{n_rows:,} rows in {seconds:.1f} s"
            self.console.print(f"{title} - {values} - {speed}", soft_wrap=True)
