"""How far a pass over batches has come, shown on stderr."""

from contextlib import contextmanager

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def _ignore(n_rows):
    """Show nothing."""


class PassDisplay:
    """Shows how far a pass has come.

    Parameters
    ----------
    verbose : int
        1 for a line per pass, 2 for a bar, too.
    """

    def __init__(self, verbose):
        self.verbose = verbose
        self.console = Console(stderr=True, highlight=False)

    @contextmanager
    def bar(self, title, total):
        """Show a bar; yields a function that takes the number of rows done."""
        if self.verbose < 2:
            yield _ignore
            return
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda n_rows: progress.advance(task, n_rows)

    def line(self, title, logs, n_rows, seconds):
        """Print the figures of a pass."""
        if self.verbose:
            figures = " - ".join(f"{n}: {v:.4f}" for n, v in logs.items() if np.ndim(v) == 0)
            speed = f"{n_rows:,} rows in {seconds:.1f} s"
            self.console.print(f"{title} - {figures} - {speed}", soft_wrap=True)
