"""Read a table, and say in one line what is wrong with it."""

import csv
import io
import json
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import pandas as pd

from skmultiinput._checks import suggest
from skmultiinput._cli.table_file import BLOCK, TableError, TableFile, reading

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# The csv module takes this for a sign of a missing quotation mark; a long text is longer.
_LONGEST_CELL = 1 << 30
# No text has a NUL character.
_END = "\0end"


def read_table(
    path: str | Path, *, sep: str | None = None, target: str | None = None
) -> pd.DataFrame:
    r"""Read a CSV, TSV or Parquet file: at least one row and two columns, with unique names.

    Text may be UTF-8 (with or without a byte-order mark), UTF-16 with one, or Windows-1252 /
    Latin-1; it may be packed with gzip, bzip2, xz or zip. The first line names the columns. The
    separator is detected unless given; a target, which must be there, helps. Parquet is known by
    its content or its name, anything else is text. "-" is standard input.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "customers.csv")
    ...     _ = path.write_text("age;churn\n31;yes\n64;no\n")
    ...     table = read_table(path, target="churn")
    ...     read_table(path, target="Churn")
    Traceback (most recent call last):
        ...
    skmultiinput._cli.table_file.TableError: There is no column 'Churn' in customers.csv, did you
    mean 'churn'?
    >>> table
       age churn
    0   31   yes
    1   64    no
    """
    file = TableFile(path)
    with reading(file.name):
        table = _read_parquet(file) if file.is_parquet else _parse_text(file, sep, target)
    if table.shape[0] == 0:
        raise TableError(f"{file.name} has column names but no rows.")
    if target is not None:
        check_column(table, target, file.name)
    return table


def check_column(table: pd.DataFrame, name: str, where: str = "the table") -> None:
    """Refuse a column that does not exist, and suggest a similar one."""
    columns = [str(column) for column in table.columns]
    if name not in columns:
        hint = suggest(name, columns)
        if hint == ".":
            hint = f"; its columns are {_listed(columns)}."
        raise TableError(f"There is no column {name!r} in {where}{hint}")


def _listed(names: list[str], limit: int = 12) -> str:
    shown = ", ".join(repr(str(name)[:60]) for name in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")


def _read_parquet(file: TableFile) -> pd.DataFrame:
    with reading(file.name, "Parquet file"), file.open() as content:
        table = named_index(pd.read_parquet(io.BytesIO(content.read())))
    table.columns = pd.Index([str(column) for column in table.columns])
    _refuse_duplicates(list(table.columns), file.name)
    return table


def named_index(table: pd.DataFrame) -> pd.DataFrame:
    """Make the index a column again where it has a name: in the file it is one."""
    named = [name for name in table.index.names if name is not None]
    return table.reset_index(named) if named else table


def _parse_text(file: TableFile, sep: str | None, target: str | None) -> pd.DataFrame:
    encoding = file.find_encoding()
    with file.open_text(encoding) as text:
        head = text.readline(BLOCK) + "".join(islice(text, 50))
    if not head.strip():
        raise TableError(f"{file.name} is empty.")
    if _is_json(head):
        raise TableError(f"{file.name} holds JSON; save the table as CSV or Parquet first.")
    with long_cells():
        sep = plain_separator(sep) if sep else find_separator(head, file.name, target)
        columns = _check_shape(file, encoding, sep, target)
    with file.open_text(encoding) as text:
        table = pd.read_csv(text, sep=sep, skipinitialspace=True, low_memory=False)
    if len(table.columns) == len(columns):
        table.columns = pd.Index(columns)
    return table


@contextmanager
def long_cells() -> Iterator[None]:
    """Let the csv module read long cells; its limit belongs to the process, so put it back."""
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _is_json(head: str) -> bool:
    """Whether the first line, or all of a short text, is a JSON object or a list."""
    if head.lstrip()[:1] not in {"{", "["}:
        return False
    for text in (head.strip().splitlines()[0], head):
        try:
            json.loads(text)
        except ValueError:
            continue
        return True
    return head.split(None, 2)[:2] in (["[", "{"], ["{", '"'])


def plain_separator(sep: str) -> str:
    r"""Read ``\t`` and "tab" as they are meant on a command line."""
    named = {name: character for character, name in _SEPARATORS.items()}
    sep = named.get(sep.lower(), sep.replace("\\t", "\t"))
    if len(sep) != 1 or sep in '"\n\r':
        raise TableError(
            f"The separator must be one character, such as ',' or ';' or '\\t'; got {sep!r}."
        )
    return sep


def _rows(head: str, sep: str) -> list[list[str]]:
    text = io.StringIO(head, newline="")
    return [row for row in csv.reader(text, delimiter=sep, skipinitialspace=True) if row]


def find_separator(head: str, name: str, target: str | None, *, fewest: int = 2) -> str:
    """Return the separator that splits the first lines into equally many fields, and most.

    Raises TableError if there is one column only, unless that is enough.
    """
    best, best_score = None, (False, 0.0, 1)
    for sep in _SEPARATORS:
        rows = _rows(head, sep)
        width = len(rows[0])
        # The last line may be cut off by the end of the sample.
        whole = rows[1:-1] or rows[1:]
        agree = sum(len(row) == width for row in whole) / max(len(whole), 1) if width > 1 else 0.0
        score = (target in rows[0], agree, width)
        if width > 1 and score > best_score:
            best, best_score = sep, score
    if best is None and fewest > 1:
        raise TableError(
            f"{name} has one column only, {head.strip().splitlines()[0][:60]!r}: no comma, "
            "semicolon, tab or bar separates its fields. Name the separator."
        )
    return best or ","


def _check_shape(file: TableFile, encoding: str, sep: str, target: str | None) -> list[str]:
    """Return the column names; refuse duplicates and lines of another length."""
    with file.open_text(encoding) as text:
        rows = read_rows(text, sep, file.name)
        columns = next(rows)
        if target is not None and target not in columns and _looks_like_data(columns):
            raise TableError(
                f"There is no column {target!r} in {file.name}: its first line looks like data "
                f"({_listed(columns, 4)}). The first line must name the columns."
            )
        for _ in rows:
            pass
    return columns


def read_rows(
    text: Iterable[str], sep: str, name: str, *, fewest: int = 2
) -> Generator[list[str], None, None]:
    """Yield the column names, then the rows, as text; blank lines are left out.

    Raises TableError for duplicate names, fewer columns than `fewest`, rows of another length than
    the names, and a quotation mark that is not closed.
    """
    # A quotation mark that is not closed takes this line in, too.
    reader = csv.reader(chain(text, [_END]), delimiter=sep, skipinitialspace=True)
    columns: list[str] = []
    for row in filter(None, reader):
        if row[-1].endswith(_END):
            if row != [_END]:
                raise TableError(f"{name} ends within quotation marks: one is not closed.")
            return
        if not columns:
            columns = [cell.strip() or f"column {number}" for number, cell in enumerate(row, 1)]
            if len(columns) < fewest:
                raise TableError(
                    f"{name} has one column only, {columns[0][:60]!r}, when split at {sep!r}; "
                    "is the separator right?"
                )
            _refuse_duplicates(columns, name)
            yield columns
        elif len(row) != len(columns):
            raise TableError(
                f"Line {reader.line_num} of {name} has {len(row)} fields, but the first "
                f"line has {len(columns)}. Is a field with a {_SEPARATORS.get(sep, sep)} in it "
                "not quoted?"
            )
        else:
            yield row


def _looks_like_data(columns: list[str]) -> bool:
    numbers = pd.to_numeric(pd.Series(columns), errors="coerce").notna()
    return bool(numbers.mean() > 0.2)


def _refuse_duplicates(columns: list[str], name: str) -> None:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise TableError(
            f"Column names must differ, but {name} has more than one {_listed(twice, 5)}."
        )
