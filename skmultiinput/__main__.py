"""The command line: its arguments, its errors and its exit codes; `_job` does the work."""

import argparse
import math
import os
import sys

from skmultiinput._version import __version__

PROGRAM = "python -m skmultiinput"
_DESCRIPTION = """\
Cross-validate a multi-input network on a table. Reads the table, shows what each column was taken
for, and measures the network, a linear model and HistGradientBoosting on the same preprocessing
and the same folds."""

_EPILOG = f"""\
examples:
  {PROGRAM}
      generated customers: every kind of column, nothing to download
  {PROGRAM} customers.csv --target churned --save churn.skmi
      measure, then fit on all rows and keep the pipeline
  {PROGRAM} bank.csv --sep ';' --target y --drop duration --positive yes
      leave out a column that would give the answer away
  {PROGRAM} customers.csv --target churned --costs 1 10
      a needless offer costs 1, a lost customer 10: tune the threshold, show what it saves
  {PROGRAM} houses.parquet --target price --rows 5000 --folds 3 --preset fast
      a number as target: regression; a first look at a sample

A saved pipeline takes the raw table:
  from skmultiinput import load
  load("churn.skmi").predict_proba(new_customers)

exit codes: 0 done, 1 a model failed, 2 wrong arguments or table, 130 interrupted"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"{PROGRAM}: error: {message} (see --help)\n")


def make_parser():
    """Return the parser of the command line."""
    parser = _Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "table",
        metavar="TABLE",
        nargs="?",
        help="CSV, TSV (also packed: .gz, .bz2, .xz, .zip) or Parquet; without it customers are "
        "generated",
    )
    data.add_argument("--target", metavar="NAME", help="column to predict")
    data.add_argument("--sep", metavar="CHAR", help="separator of the fields (found out if left)")
    data.add_argument(
        "--drop",
        metavar="NAME",
        action="append",
        default=[],
        help="leave out this column; may be repeated",
    )
    data.add_argument(
        "--positive",
        metavar="LABEL",
        help="positive class of two (default: 1 of 0 and 1, of other labels the rarer one)",
    )
    data.add_argument(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="what the target is (default: a number with more than 20 values is a quantity)",
    )
    data.add_argument(
        "--rows", metavar="N", type=_positive, help="use a random sample of this many rows"
    )
    work = parser.add_argument_group("work")
    work.add_argument("--folds", metavar="N", type=_positive, default=5, help="default: 5")
    work.add_argument(
        "--repeats",
        metavar="N",
        type=_positive,
        default=1,
        help="repeat with other folds (default: 1)",
    )
    work.add_argument(
        "--seed", metavar="N", type=_seed, default=0, help="same seed, same figures (default: 0)"
    )
    work.add_argument(
        "--preset",
        choices=("fast", "default", "best"),
        default="default",
        help="what the network may take: fast for a first look, best for a large ensemble",
    )
    work.add_argument("--epochs", metavar="N", type=_positive, help="most passes over the rows")
    work.add_argument(
        "--sampler",
        choices=("none", "smote"),
        default="none",
        help="smote: the network also learns from synthetic rows of rare classes",
    )
    work.add_argument(
        "--costs",
        metavar=("FP", "FN"),
        nargs=2,
        type=_number,
        help="what a false positive and a false negative cost, per row: tunes the threshold "
        "inside the training rows",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--save",
        metavar="FILE",
        help="fit on all rows and save the pipeline; a name that ends in .joblib or .pkl is "
        "written by joblib: load such files only if you trust them",
    )
    output.add_argument("--json", metavar="FILE", help="write every figure of every fold")
    output.add_argument(
        "--report",
        metavar="FILE",
        help="write a report with curves, costs and importances: one HTML file",
    )
    output.add_argument("--traceback", action="store_true", help="show where a model failed")
    output.add_argument("--version", action="version", version=f"skmultiinput {__version__}")
    return parser


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, default=None
        The arguments; those of the process if None.

    Returns
    -------
    int
        The exit code: 0 done, 1 a model failed, 2 wrong arguments or table, 130 interrupted.
    """
    try:
        args = make_parser().parse_args(argv)
    except SystemExit as exit_:  # --help, --version and wrong arguments
        return exit_.code
    try:
        return _run(args)
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted", file=sys.stderr)
        return 130


def _run(args):
    # Not at the top of the module: --help and a wrong argument answer at once.
    from skmultiinput._cli.job import run_job  # noqa: PLC0415 - see above
    from skmultiinput._cli.tables import TableError  # noqa: PLC0415 - see above

    try:
        run_job(args)
    except TableError as error:
        return _fail(error, 2)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if args.traceback:
            raise
        # What an estimator said while it was fitted carries a note of the model and the fold.
        notes = " ".join(getattr(error, "__notes__", []))
        return _fail(f"{type(error).__name__}: {error} {notes} (--traceback shows where)", 1)
    return 0


def _fail(message, code):
    print(f"{PROGRAM}: error: {' '.join(str(message).split())}", file=sys.stderr)
    return code


def _positive(text):
    value = _integer(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return value


def _seed(text):
    value = _integer(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 2**32 - 1, got {text}")
    return value


def _integer(text):
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _number(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return value


if __name__ == "__main__":
    # TensorFlow's log speaks to its developers. It must be told before it is imported, and this
    # process is ours, so nobody else is affected.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
