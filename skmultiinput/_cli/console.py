"""What the command line shows: tables on stdout, progress on stderr."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from skmultiinput._cli.arguments import printable
from skmultiinput.evaluation import EvaluationResult
from skmultiinput.evaluation._evaluation_metrics import decimals, metric_label

MAX_COLUMNS = 40


def make_console(file: TextIO | None = None) -> Console:
    """Return a console; where it is no terminal, it is wide enough for the tables."""
    console = Console(file=file or sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 110
    return console


def print_columns(console: Console, described: pd.DataFrame, *, show_all: bool = False) -> None:
    """Show the kind of each column; `described` is a frame of `describe_columns`."""
    table = Table("column", "kind", box=box.SIMPLE)
    table.add_column("missing", justify="right")
    table.add_column("levels", justify="right")
    table.add_column("note")
    # A level with an order is in two groups, and the same in both.
    described = described.drop_duplicates(["column", "kind", "note"])
    shown = described if show_all else described.head(MAX_COLUMNS)
    for row in shown.to_dict("records"):
        counts = [_count(row["missing"]), _count(row["levels"])]
        kind = "dropped" if row["group"] == "dropped" else row["kind"]
        cells = [row["column"], kind, *counts, row["note"]]
        table.add_row(*[_text(console, cell) for cell in cells])
    console.print(table)
    left = len(described) - len(shown)
    if left > 0:
        print_line(console, f"  and {left:,} more columns; --all-columns shows them")


def print_metrics(console: Console, result: EvaluationResult) -> None:
    """Show "mean ± sd" of each metric for each model; what is clearly best is bold."""
    table = Table("", box=box.SIMPLE)
    for model in result.models:
        table.add_column(_text(console, model), justify="right")
    cells = result.table()
    for metric in cells.columns:
        best = result.best_model(metric) if metric in result.metrics else None
        row = []
        for model in result.models:
            text = _text(console, cells.loc[model, metric])
            row.append(f"[bold]{text}[/bold]" if model == best else text)
        table.add_row(_text(console, metric_label(metric)), *row)
    console.print(table)


def print_differences(console: Console, result: EvaluationResult) -> None:
    """Compare the first model with each other one in the first metric, in words."""
    metric, compared = result.metrics[0], result.compare()
    for other in result.models[1:]:
        row: Any = compared.loc[(other, metric)]
        verdict = "no clear difference"
        if not pd.isna(row["better"]):
            verdict = f"clearly {'better' if row['better'] else 'worse'}"
        digits = decimals(row["difference"])
        text = (
            f"{result.models[0]} minus {other}: {metric_label(metric)} "
            f"{row['difference']:+.{digits}f} "
            f"(95 % interval {row['low']:+.{digits}f} to {row['high']:+.{digits}f}): {verdict}"
        )
        console.print("  " + _text(console, text))


def print_learning_curve(console: Console, result: EvaluationResult) -> None:
    """Show the first metric of the first model by its number of training rows."""
    curve = result.learning_curve().loc[result.metrics[0]]
    digits = decimals(curve["mean"].abs().max())
    parts = [
        f"{mean:.{digits}f} ({rows:,.0f})"
        for mean, rows in zip(curve["mean"], curve["n_train"], strict=True)
    ]
    verdict = curve["better"].iloc[-1]
    verdict = "no clear gain" if pd.isna(verdict) or not verdict else "more would likely help"
    name = metric_label(result.metrics[0])
    text = f"{result.models[0]}: {name} by training rows {', '.join(parts)}: {verdict}"
    console.print("  " + _text(console, text))


def print_threshold_gain(console: Console, result: EvaluationResult) -> None:
    """Show what the tuned threshold of the first model changes."""
    gain: Any = result.threshold_gain().loc[result.models[0]]
    text = (
        f"{result.models[0]}: the tuned threshold changes the cost per row by "
        f"{gain['difference']:+.4f} ± {gain['se']:.4f} against 0.5"
    )
    console.print("  " + _text(console, text))


def print_line(console: Console, text: str) -> None:
    """Write one line without wrapping it."""
    console.print(_text(console, text), soft_wrap=True)


@contextmanager
def plain_warnings(console: Console, ignored: tuple[type[Warning], ...] = ()) -> Iterator[None]:
    """Show each different warning once, in one line, without the line of code it came from."""
    seen = set()

    def show(message: Warning | str, *_args: object, **_kwargs: object) -> None:
        text = " ".join(str(message).split())
        if text not in seen:
            seen.add(text)
            print_line(console, f"warning: {text}")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        # For people who write programs, not for those who run one.
        internal: tuple[type[Warning], ...] = (
            DeprecationWarning,
            FutureWarning,
            PendingDeprecationWarning,
        )
        for category in internal + ignored:
            warnings.simplefilter("ignore", category)
        warnings.showwarning = show
        yield


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"


def _text(console: Console, value: object) -> str:
    """Return text that this console can show: no markup, no terminal escapes."""
    text = escape(printable(str(value)))
    encoding = console.encoding or "utf-8"
    if encoding.lower().startswith("utf"):
        return text
    text = text.replace("±", "+-").replace("²", "2")
    return text.encode(encoding, errors="replace").decode(encoding)
