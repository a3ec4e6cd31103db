"""What the command line shows: tables on stdout, progress on stderr."""

import os
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from skmultiinput.evaluation._scores import LOWER_IS_BETTER, NAMES

_MAX_COLUMNS_SHOWN = 40


def make_console(file=None):
    """Return a console that writes wide enough for our tables when it is no terminal."""
    console = Console(file=file or sys.stdout, highlight=False)
    if not console.is_terminal:
        console = Console(file=file or sys.stdout, highlight=False, width=110)
    return console


def print_columns(console, described):
    """Show what each column was taken for; `described` is a frame of `describe_columns`."""
    table = Table("column", "taken for", box=box.SIMPLE)
    table.add_column("missing", justify="right")
    table.add_column("levels", justify="right")
    table.add_column("note")
    for row in described.head(_MAX_COLUMNS_SHOWN).itertuples():
        cells = (row.column, row.group, _count(row.missing), _count(row.levels), row.note)
        table.add_row(*[_text(console, cell) for cell in cells])
    console.print(table)
    left = len(described) - _MAX_COLUMNS_SHOWN
    if left > 0:
        console.print(
            f"  … and {left:,} more columns." if _is_wide(console) else f"  {left:,} more"
        )


def print_figures(console, result, metrics):
    """Show "mean ± sd" of each figure for each model; the best mean is bold on a terminal."""
    table = Table("", box=box.SIMPLE)
    for model in result.models:
        table.add_column(escape(model), justify="right")
    cells, found = result.table(), result.summary()
    for metric in [*metrics, "fit_seconds", "predict_seconds"]:
        best = _best(found, result.models, metric) if metric in metrics else None
        row = []
        for model in result.models:
            text = _text(console, cells.loc[model, metric])
            row.append(f"[bold]{text}[/bold]" if model == best else text)
        table.add_row(_text(console, NAMES.get(metric, metric.replace("_", " "))), *row)
    console.print(table)


def print_differences(console, result, metric):
    """Say in words how the first model differs from the others in one figure."""
    name, compared = NAMES.get(metric, metric), result.compare()
    for other in result.models[1:]:
        row = compared.loc[(other, metric)]
        if pd.isna(row["better"]):
            verdict = "no clear difference"
        else:
            verdict = "clearly better" if row["better"] else "clearly worse"
        digits = 4 if abs(row["difference"]) < 10 else 1
        text = (
            f"{result.models[0]} minus {other}: {name} {row['difference']:+.{digits}f} "
            f"(95 % interval {row['low']:+.{digits}f} to {row['high']:+.{digits}f}): {verdict}"
        )
        console.print("  " + _text(console, text))


def print_threshold_gain(console, result):
    """Say what the tuned threshold of the first model changes."""
    gain = result.threshold_gain().loc[result.models[0]]
    text = (
        f"{result.models[0]}: the tuned threshold changes the cost per row by "
        f"{gain['difference']:+.4f} ± {gain['se']:.4f} against 0.5"
    )
    console.print("  " + _text(console, text))


def print_line(console, text):
    """Write one line as it is, however long."""
    console.print(_text(console, text), soft_wrap=True)


class Reporter:
    """Progress of an evaluation: a bar on a terminal, one line per fold elsewhere.

    Parameters
    ----------
    console : rich.console.Console
        Where to; made for stderr.
    metric : str
        The figure shown per fold.
    n_folds : int
        Folds of each model.
    """

    def __init__(self, console, metric, n_folds):
        self.console, self.metric, self.n_folds = console, metric, n_folds
        self._bar = self._task = None
        self._start = time.perf_counter()

    def __enter__(self):
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self.console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("starting", total=None)
        return self

    def __exit__(self, *error):
        if self._bar is not None:
            self._bar.stop()

    def say(self, text):
        """Tell what is going on outside the folds."""
        if self._bar is not None:
            self._bar.update(self._task, description=escape(text))
        else:
            print_line(self.console, text)

    def __call__(self, progress):
        """Take a `Progress` of `evaluate`."""
        where = f"{progress.model}, fold {progress.fold + 1} of {self.n_folds}"
        if self._bar is not None:
            self._bar.update(
                self._task, completed=progress.done, total=progress.total, description=escape(where)
            )
        elif progress.scores is not None:
            value = progress.scores[self.metric]
            seconds = time.perf_counter() - self._start
            name = NAMES.get(self.metric, self.metric)
            self.say(
                f"[{progress.done}/{progress.total}] {where}: {name} {value:.4f} ({seconds:.0f} s)"
            )


@contextmanager
def plain_warnings(console, ignored=()):
    """Show each different warning once, in one line, without the line of code it came from."""
    seen = set()

    def show(message, *_args, **_kwargs):
        text = " ".join(str(message).split())
        if text not in seen:
            seen.add(text)
            print_line(console, f"warning: {text}")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        for category in (DeprecationWarning, FutureWarning, PendingDeprecationWarning, *ignored):
            # These speak to the people who write programs, not to those who run one.
            warnings.simplefilter("ignore", category)
        warnings.showwarning = show
        yield


@contextmanager
def quiet_native_code():
    """Hold back what native libraries write to stderr, and show it only if there is an error.

    TensorFlow greets on import whatever its log level is. Python's own stderr goes to the same
    file, so nothing else should write to it meanwhile.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def _best(found, models, metric):
    means = {model: found.loc[(model, metric), "mean"] for model in models}
    if len(means) < 2:
        return None
    return (min if metric in LOWER_IS_BETTER else max)(means, key=means.__getitem__)


def _count(value):
    return "" if pd.isna(value) else f"{int(value):,}"


def _is_wide(console):
    return (console.encoding or "utf-8").lower().startswith("utf")


def _text(console, value):
    text = escape(str(value))
    if _is_wide(console):
        return text
    text = text.replace("±", "+-").replace("²", "2")
    return text.encode(console.encoding, errors="replace").decode(console.encoding)
