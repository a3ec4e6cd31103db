"""The arguments of the command line."""

import argparse
import math
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from skmultiinput._version import __version__

PROGRAM = "python -m skmultiinput"
_DESCRIPTION = """\
Cross-validate a multi-input network on a table. Reads the table, shows the kind of each column,
and compares the network with a linear model and HistGradientBoosting: the same preprocessing,
the same folds."""

_EPILOG = f"""\
examples:
  {PROGRAM}
      generated customers: every kind of column, nothing to download
  {PROGRAM} customers.csv --target churned --save churn.skmi
      evaluate, then fit on all rows and save the pipeline
  {PROGRAM} bank.csv --sep ';' --target y --drop duration --positive yes
      leave out a column that would give the answer away
  {PROGRAM} customers.csv --target churned --costs 1 10
      a needless offer costs 1, a lost customer 10: tune the threshold, show what it saves
  {PROGRAM} loans.csv --target defaulted --time issued_on
      would it have held last quarter: test on rows later than those of training
  {PROGRAM} houses.parquet --target price --rows 5000 --folds 3 --preset fast
      a numeric target means regression; a first look at a sample
  zcat customers.csv.gz | {PROGRAM} - --target churned
      read standard input

A saved pipeline takes the raw table, here or in Python:
  {PROGRAM} predict churn.skmi new.csv --output scored.csv
  from skmultiinput import load
  load("churn.skmi").predict_proba(new_customers)

exit codes: 0 success, 1 a model failed, 2 wrong arguments or table, 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """Reports an error in one line; takes no abbreviations, and shows texts as they are."""

    def __init__(self, command: str = "", **options: Any) -> None:
        super().__init__(
            prog=f"{PROGRAM} {command}".strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            **options,
        )

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {printable(message)} (see --help)\n")


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line, that of the process if None."""
    parser = Parser(description=_DESCRIPTION, epilog=_EPILOG)
    _add_data(parser)
    _add_work(parser)
    _add_output(parser)
    return parser.parse_args(argv)


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "table",
        metavar="TABLE",
        nargs="?",
        help="CSV, TSV (plain or packed: .gz, .bz2, .xz, .zip) or Parquet; - reads standard input; "
        "without a table, customers are generated",
    )
    group.add_argument("--target", metavar="NAME", help="column to predict")
    group.add_argument("--sep", metavar="CHAR", help="separator of the fields (default: detected)")
    group.add_argument(
        "--drop",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="leave out these columns (after TABLE)",
    )
    group.add_argument(
        "--positive",
        metavar="LABEL",
        help="positive class of two (default: 1 of 0 and 1, of other labels the rarer one)",
    )
    group.add_argument(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="kind of target (default: regression for numbers with more than 20 different values)",
    )
    add_number(group, "--rows", None, "use a random sample of this many rows")


def _add_work(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("work")
    order = group.add_mutually_exclusive_group()
    order.add_argument(
        "--time",
        metavar="NAME",
        help="column of dates or numbers: train on earlier rows, test on later ones",
    )
    order.add_argument(
        "--group",
        metavar="NAME",
        help="column whose rows of one value belong together: never in training and test at once; "
        "it is no feature",
    )
    add_number(group, "--folds", 5, "default: 5")
    add_number(group, "--repeats", 1, "repeat the cross-validation with other folds (default: 1)")
    group.add_argument(
        "--seed", metavar="N", type=_SEED, default=0, help="same seed, same results (default: 0)"
    )
    group.add_argument(
        "--preset",
        choices=("fast", "default", "best"),
        default="default",
        help="size of the network: fast for a first look, best for a large ensemble",
    )
    add_number(group, "--epochs", None, "maximum number of epochs")
    group.add_argument(
        "--sampler",
        choices=("none", "smote"),
        default="none",
        help="smote: train the network on synthetic rows of rare classes, too",
    )
    group.add_argument(
        "--costs",
        metavar=("FP", "FN"),
        nargs=2,
        type=_number,
        help="cost of a false positive and of a false negative, per row; the threshold is tuned "
        "inside the training rows",
    )
    group.add_argument(
        "--learning-curve",
        action="store_true",
        help="also fit the network on 25 and 50 %% of the training rows: would more rows help?",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--all-columns", action="store_true", help="show more than 40 columns")
    group.add_argument(
        "--save",
        metavar="FILE",
        help="fit on all rows and save the pipeline; names that end in .joblib or .pkl are written "
        "by joblib: load such files only if you trust them",
    )
    group.add_argument("--json", metavar="FILE", help="write every metric of every fold")
    group.add_argument(
        "--report",
        metavar="FILE",
        help="write an HTML report with curves, costs and permutation importances; computing the "
        "importances can double the time",
    )
    group.add_argument("--traceback", action="store_true", help="show where it failed")
    group.add_argument("--version", action="version", version=f"skmultiinput {__version__}")


def printable(text: str) -> str:
    r"""Escape what a terminal would obey instead of show.

    Examples
    --------
    >>> print(printable("age\x1b[2J, größe"))
    age\x1b[2J, größe
    """
    # Zero-width joiners are part of some scripts, and harmless.
    kept = {" ", "\u200c", "\u200d"}
    return "".join(c if c in kept or c.isprintable() else repr(c)[1:-1] for c in text)


def add_number(group: Any, option: str, default: int | None, text: str) -> None:
    """Add an option that is a whole number above 0."""
    group.add_argument(option, metavar="N", type=_POSITIVE, default=default, help=text)


def _whole_number(text: str, allowed: range, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None
    if value not in allowed:
        raise argparse.ArgumentTypeError(f"expected a whole number {what}, got {text!r}")
    return value


_POSITIVE = partial(_whole_number, allowed=range(1, sys.maxsize), what="above 0")
_SEED = partial(_whole_number, allowed=range(2**32), what="from 0 to 2**32 - 1")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value
