"""``python -m skmultiinput serve``: an HTTP service of a saved pipeline."""

import argparse
import json
import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from skmultiinput._cli.arguments import Parser, add_number
from skmultiinput._cli.predict import add_model_arguments, load_scorer
from skmultiinput._cli.table_file import TableError

if TYPE_CHECKING:
    from fastapi import FastAPI

# Each worker is a new process: this variable hands it what to serve.
_SERVED = "SKMULTIINPUT_SERVED"
_DESCRIPTION = """\
Serve a saved pipeline over HTTP: POST /predict with a row as an object, or a list of rows;
GET /health; GET /metadata; the schema at /docs. Needs the extra 'serve'."""


def parse_serve_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments behind ``serve``."""
    parser = Parser("serve", description=_DESCRIPTION)
    add_model_arguments(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen at (default: this machine only). There is no password: leave "
        "others to a proxy that asks for one",
    )
    add_number(parser, "--port", 8000, "default: 8000")
    add_number(
        parser, "--workers", 1, "processes that answer, each with the model in memory (default: 1)"
    )
    add_number(parser, "--max-bytes", 1 << 20, "longest body of a request (default: 1048576)")
    add_number(parser, "--max-rows", 1000, "most rows of a request (default: 1000)")
    return parser.parse_args(argv)


def run_serve(arguments: argparse.Namespace) -> None:
    """Serve until the process is stopped; raise TableError if it cannot start."""
    try:
        import uvicorn  # noqa: PLC0415 - an extra

        from skmultiinput._cli.http_app import make_app  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise TableError(f"serve needs {error.name}: pip install 'skmultiinput[serve]'.") from error
    # Loaded here first: what is wrong with the file is said once, before anything is started.
    scorer, manifest = load_scorer(arguments.model, arguments.trusted, compiled=True)
    limits = {"max_bytes": arguments.max_bytes, "max_rows": arguments.max_rows}
    if arguments.workers == 1:
        app = make_app(scorer, manifest, **limits)
        uvicorn.run(app, host=arguments.host, port=arguments.port)
        return
    del scorer
    model = {"path": arguments.model, "trusted": arguments.trusted}
    os.environ[_SERVED] = json.dumps({"model": model, "limits": limits})
    workers = {"factory": True, "workers": arguments.workers}
    try:
        with _listen(arguments.host, arguments.port) as shared:
            uvicorn.run(f"{__name__}:make_worker", fd=shared.fileno(), **workers)
    finally:
        del os.environ[_SERVED]


def _listen(host: str, port: int) -> socket.socket:
    """Open the socket that the workers share; answers leave at once, as those of one worker do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise TableError(f"Cannot listen at {host}, port {port}: {error.strerror}.") from error
    # Otherwise the end of an answer waits until the client has confirmed its beginning.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    return listener


def make_worker() -> "FastAPI":
    """Make the service in a worker, from what the command has left in the environment."""
    from skmultiinput._cli.http_app import make_app  # noqa: PLC0415 - an extra

    served = json.loads(os.environ[_SERVED])
    scorer, manifest = load_scorer(**served["model"], compiled=True)
    return make_app(scorer, manifest, **served["limits"])
