"""Run the command line: its errors in one line each, and its exit codes."""

import os
import sys
from collections.abc import Sequence

from skmultiinput._cli.arguments import PROGRAM, Arguments, parse_arguments, printable

# Words that are no tables; a table of such a name is written ./predict.
COMMANDS = ("predict", "serve")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    It is 0 for success, 1 if a model failed, 2 for wrong arguments or a wrong table, 130 if
    interrupted.
    """
    argv = sys.argv[1:] if argv is None else argv
    try:
        if argv[:1] and argv[0] in COMMANDS:
            return _run_command(argv[0], argv[1:])
        arguments = parse_arguments(argv)
    except SystemExit as stop:  # --help, --version and wrong arguments
        return int(stop.code or 0)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _fail("interrupted", 130, kind="")


def _run_command(name: str, argv: Sequence[str]) -> int:
    """Run a sub-command."""
    from skmultiinput._cli import predict, serve  # noqa: PLC0415 - they wait for pandas
    from skmultiinput._cli.table_file import TableError  # noqa: PLC0415 - see below

    parse, run = {
        "predict": (predict.parse_predict_arguments, predict.run_predict),
        "serve": (serve.parse_serve_arguments, serve.run_serve),
    }[name]
    arguments = parse(argv)
    try:
        run(arguments)
    except TableError as error:
        if arguments.traceback:
            raise
        return _fail(str(error), 2)
    except KeyboardInterrupt:
        return _fail("interrupted", 130, kind="")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _run(arguments: Arguments) -> int:
    # Not at the top of the module: --help and a wrong argument answer at once.
    from skmultiinput._cli.job import run_job  # noqa: PLC0415 - see above
    from skmultiinput._cli.table_file import TableError  # noqa: PLC0415 - see above

    try:
        run_job(arguments)
    except TableError as error:
        return _fail(str(error), 2)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if arguments.traceback:
            raise
        # An error during a fit carries a note that names the model and the fold.
        notes = " ".join(getattr(error, "__notes__", []))
        return _fail(f"{type(error).__name__}: {error} {notes} (--traceback shows where)", 1)
    return 0


def _fail(message: str, code: int, kind: str = "error: ") -> int:
    text = printable(" ".join(message.split()))
    encoding = sys.stderr.encoding or "utf-8"
    text = text.encode(encoding, errors="backslashreplace").decode(encoding)
    print(f"{PROGRAM}: {kind}{text}", file=sys.stderr)
    return code
