"""Refuse files that cannot be written to, before the work is done."""

import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skmultiinput._cli.table_file import TableError


def check_outputs(args: Namespace) -> None:
    """Refuse outputs that cannot be written to, or that would overwrite each other or the table."""
    taken = {} if args.table in {None, "-"} else {Path(args.table).resolve(): "the table"}
    for option, path in {"--save": args.save, "--json": args.json, "--report": args.report}.items():
        if path is None:
            continue
        check_writable(path)
        place = Path(path).resolve()
        if place in taken and (place.is_file() or not place.exists()):
            raise TableError(f"{option} {path!r} would overwrite {taken[place]}.")
        taken[place] = f"the file of {option}"


def check_writable(path: str) -> None:
    """Try to write to a file, and leave everything as it was; raise if it cannot be written to."""
    place = Path(path)
    try:
        if place.is_dir():
            reason = "it is a folder"
        elif not place.parent.is_dir():
            reason = f"there is no folder {str(place.parent)!r}"
        else:
            _try(place)
            return
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
    raise TableError(f"Cannot write to {path!r}: {reason}.")


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Say in one line why the system did not let a file be written."""
    try:
        yield
    except OSError as error:
        raise TableError(f"Cannot write to {path!r}: {error.strerror or error}.") from None


def _try(place: Path) -> None:
    existed = place.exists()
    if existed and not place.is_file():
        return  # a device or a pipe; opening a pipe would wait for a reader
    with place.open("ab"):
        pass
    if not existed:
        place.unlink()
    # A saved pipeline is written beside its place, and moved there when it is complete.
    with tempfile.TemporaryFile(dir=place.parent):
        pass
