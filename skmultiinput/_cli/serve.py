"""``python -m skmultiinput serve``: an HTTP service of a saved pipeline."""

import argparse
from collections.abc import Sequence

from skmultiinput._cli.arguments import PROGRAM, Parser, positive_number
from skmultiinput._cli.predict import add_model_arguments, load_scorer
from skmultiinput._cli.table_file import TableError

_DESCRIPTION = """\
Serve a saved pipeline over HTTP: POST /predict with a row as an object, or a list of rows;
GET /health; GET /metadata; the schema at /docs. Needs the extra 'serve'."""


def parse_serve_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments behind ``serve``.

    Raises
    ------
    SystemExit
        After ``--help``, and if an argument is wrong.
    """
    parser = Parser(prog=f"{PROGRAM} serve", description=_DESCRIPTION, allow_abbrev=False)
    add_model_arguments(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen at (default: this machine only). There is no password: leave "
        "others to a proxy that asks for one",
    )
    parser.add_argument("--port", type=positive_number, default=8000, help="default: 8000")
    parser.add_argument(
        "--max-bytes",
        metavar="N",
        type=positive_number,
        default=1 << 20,
        help="longest body of a request (default: 1048576)",
    )
    parser.add_argument(
        "--max-rows",
        metavar="N",
        type=positive_number,
        default=1000,
        help="most rows of a request (default: 1000)",
    )
    return parser.parse_args(argv)


def run_serve(arguments: argparse.Namespace) -> None:
    """Serve until the process is stopped.

    Raises
    ------
    TableError
        If the file cannot be loaded or holds no compiled scorer, or a package is missing.
    """
    try:
        import uvicorn  # noqa: PLC0415 - an extra

        from skmultiinput._cli.http_app import make_app  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise TableError(f"serve needs {error.name}: pip install 'skmultiinput[serve]'.") from error
    scorer, manifest = load_scorer(arguments.model, arguments.trusted, compiled=True)
    limits = {"max_bytes": arguments.max_bytes, "max_rows": arguments.max_rows}
    uvicorn.run(make_app(scorer, manifest, **limits), host=arguments.host, port=arguments.port)
