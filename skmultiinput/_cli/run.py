"""Run the command line: its errors in one line each, and its exit codes."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from skmultiinput._cli.arguments import PROGRAM, parse_arguments, printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    It is 0 for success, 1 if a model failed, 2 for wrong arguments or a wrong table, 130 if
    interrupted.
    """
    try:
        run, arguments = _parse(sys.argv[1:] if argv is None else argv)
        return _run(run, arguments)
    except SystemExit as stop:  # --help, --version and wrong arguments
        return int(stop.code or 0)
    except KeyboardInterrupt:
        return _fail("interrupted", 130, kind="")


def _parse(argv: Sequence[str]) -> tuple[Callable[[Namespace], None], Namespace]:
    """Return what to run, and its arguments; a table whose name is a command's is ./predict."""
    command = argv[0] if argv else None
    if command == "predict":
        from skmultiinput._cli import predict  # noqa: PLC0415 - it waits for pandas

        return predict.run_predict, predict.parse_predict_arguments(argv[1:])
    if command == "serve":
        from skmultiinput._cli import serve  # noqa: PLC0415 - likewise

        return serve.run_serve, serve.parse_serve_arguments(argv[1:])
    arguments = parse_arguments(argv)
    # Not at the top of the module: --help and a wrong argument answer at once.
    from skmultiinput._cli.job import run_job  # noqa: PLC0415 - see above

    return run_job, arguments


def _run(run: Callable[[Namespace], None], arguments: Namespace) -> int:
    try:
        run(arguments)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from skmultiinput._cli.table_file import TableError  # noqa: PLC0415 - it waits for pandas

        if arguments.traceback:
            raise
        if isinstance(error, TableError):
            return _fail(str(error), 2)
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
