"""Read a table from a file, and say in one line what is wrong with it."""

import bz2
import codecs
import csv
import difflib
import gzip
import io
import lzma
import zipfile
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pandas as pd

PARQUET = {".parquet", ".pq"}
_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_OTHER_FORMATS = {
    ".xlsx": "an Excel workbook",
    ".xls": "an Excel workbook",
    ".ods": "a spreadsheet",
    ".json": "JSON",
    ".feather": "Feather",
    ".pkl": "a pickle",
    ".sav": "SPSS",
}
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLOCK = 1 << 20


class TableError(ValueError):
    """A table that cannot be used; the message is one line for the person who passed it."""


def read_table(path, *, sep=None, target=None):
    r"""Read a CSV, TSV or Parquet file.

    Text may be UTF-8 (with or without a byte-order mark), UTF-16 with one, or Windows-1252 /
    Latin-1; it may be packed with gzip, bzip2, xz or zip. The first line names the columns.

    Parameters
    ----------
    path : str or Path
        The file. ``.parquet`` and ``.pq`` are Parquet, anything else is text.
    sep : str, default=None
        What separates the fields of a text; found out if None.
    target : str, default=None
        A column that must be there; it helps to find the separator.

    Returns
    -------
    DataFrame
        At least one row and two columns, with unique names.

    Raises
    ------
    TableError
        If the file cannot be read, is no table, or lacks the target.

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
    skmultiinput._cli.tables.TableError: There is no column 'Churn' in customers.csv; did you mean
    'churn'?
    >>> table
       age churn
    0   31   yes
    1   64    no
    """
    path = Path(path)
    _check_path(path)
    is_parquet = path.suffix.lower() in PARQUET
    table = _read_parquet(path) if is_parquet else _read_text(path, sep, target)
    if table.shape[0] == 0:
        raise TableError(f"{path.name} has column names but no rows.")
    if target is not None:
        check_column(table, target, path.name)
    return table


def check_column(table, name, where="the table"):
    """Refuse a column that is not there, and suggest the one that was meant.

    Parameters
    ----------
    table : DataFrame
        The table.
    name : str
        Name of the column.
    where : str, default="the table"
        What the message calls the table.

    Raises
    ------
    TableError
        If there is no such column.
    """
    columns = [str(column) for column in table.columns]
    if name not in columns:
        raise TableError(f"There is no column {name!r} in {where}{_hint(name, columns)}")


def _hint(name, columns):
    folded = {column.strip().casefold(): column for column in columns}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.7)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; its columns are {_listed(columns)}."


def _listed(names, limit=12):
    shown = ", ".join(repr(str(name)[:60]) for name in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")


def _check_path(path):
    try:
        if path.is_dir():
            raise TableError(f"{path} is a folder; expected a CSV, TSV or Parquet file.")
        if not path.exists():
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            close = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.7)
            hint = f"; did you mean {str(path.with_name(close[0]))!r}?" if close else "."
            raise TableError(f"There is no file {str(path)!r}{hint}")
        if path.stat().st_size == 0:
            raise TableError(f"{path.name} is empty.")
    except OSError as error:
        raise TableError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from None
    kind = _OTHER_FORMATS.get(path.suffix.lower())
    if kind:
        raise TableError(f"{path.name} is {kind}; save the table as CSV or Parquet first.")


def _read_parquet(path):
    try:
        table = pd.read_parquet(path)
    except ImportError:
        raise TableError(
            "Parquet needs pyarrow: pip install 'skmultiinput[parquet]', or save the table as CSV."
        ) from None
    except Exception as error:  # noqa: BLE001 - broken files make pyarrow raise many types
        raise TableError(f"{path.name} is no Parquet file: {_first_line(error)}") from None
    table.columns = [str(column) for column in table.columns]
    _refuse_duplicates(list(table.columns), path)
    return table


def _read_text(path, sep, target):
    try:
        return _parse_text(path, sep, target)
    except TableError:
        raise
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise TableError(f"{path.name} is no table: {_first_line(error)}") from None
    except Exception as error:  # noqa: BLE001 - broken archives and encodings raise many types
        raise TableError(f"Cannot read {path.name}: {_first_line(error)}") from None


def _parse_text(path, sep, target):
    encoding = _encoding_of(path)
    with _open_text(path, encoding) as file:
        head = file.readline(_BLOCK) + "".join(islice(file, 50))
    if not head.strip():
        raise TableError(f"{path.name} is empty.")
    sep = _plain_separator(sep) if sep else _find_separator(head, path, target)
    columns = _check_shape(path, encoding, sep, target)
    with _open_text(path, encoding) as file:
        table = pd.read_csv(file, sep=sep, skipinitialspace=True, low_memory=False)
    if len(table.columns) == len(columns):
        table.columns = [name or f"column {place}" for place, name in enumerate(columns, 1)]
    return table


@contextmanager
def _open_bytes(path):
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if not name.endswith("/")]
            if len(members) != 1:
                raise TableError(
                    f"{path.name} holds {len(members)} files; expected exactly one table."
                )
            with archive.open(members[0]) as file:
                yield file
    else:
        with _OPENERS.get(suffix, open)(path, "rb") as file:
            yield file


@contextmanager
def _open_text(path, encoding):
    # Without newline="" a field with a line break of another system in it would fall apart.
    with _open_bytes(path) as file, io.TextIOWrapper(file, encoding, newline="") as text:
        yield text


def _encoding_of(path):
    """Find the encoding by reading all of it once, block by block; refuse what is no text."""
    with _open_bytes(path) as file:
        block = file.read(_BLOCK)
        if not block:
            raise TableError(f"{path.name} is empty.")
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if block.startswith(mark):
                return encoding
        utf8 = codecs.getincrementaldecoder("utf-8")()
        windows = codecs.getincrementaldecoder("cp1252")()
        possible = {"utf-8": utf8, "cp1252": windows}
        n_lines = 1
        while block:
            if b"\0" in block:
                line = n_lines + block[: block.index(b"\0")].count(b"\n")
                raise TableError(
                    f"{path.name} is no text: line {line} holds a NUL byte. Is it a binary file?"
                )
            n_lines += block.count(b"\n")
            following = file.read(_BLOCK)
            for name, decoder in list(possible.items()):
                try:
                    decoder.decode(block, final=not following)
                except UnicodeDecodeError:
                    del possible[name]
            block = following
    return next(iter(possible), "latin-1")


def _plain_separator(sep):
    r"""Read ``\t`` and "tab" as they are meant on a command line."""
    named = {name: character for character, name in _SEPARATORS.items()}
    sep = named.get(sep.lower(), sep.replace("\\t", "\t"))
    if len(sep) != 1 or sep in '"\n\r':
        raise TableError(
            f"The separator must be one character, such as ',' or ';' or '\\t'; got {sep!r}."
        )
    return sep


def _find_separator(head, path, target):
    """Take the separator that splits the first lines into the same number of fields, and most."""
    best, best_score = None, (False, 0.0, 1)
    for sep in _SEPARATORS:
        rows = [
            row
            for row in csv.reader(
                io.StringIO(head, newline=""), delimiter=sep, skipinitialspace=True
            )
            if row
        ]
        width = len(rows[0])
        # The last line may be cut off by the end of the sample.
        whole = rows[1:-1] or rows[1:]
        agree = sum(len(row) == width for row in whole) / max(len(whole), 1) if width > 1 else 0.0
        score = (target in rows[0], agree, width)
        if width > 1 and score > best_score:
            best, best_score = sep, score
    if best is None:
        raise TableError(
            f"{path.name} has one column only, {head.strip().splitlines()[0][:60]!r}: no comma, "
            "semicolon, tab or bar separates its fields. Name the separator."
        )
    return best


def _check_shape(path, encoding, sep, target):
    """Return the column names; refuse duplicates and lines of another length."""
    with _open_text(path, encoding) as file:
        reader = csv.reader(file, delimiter=sep, skipinitialspace=True)
        columns = next((row for row in reader if row), [])
        columns = [name.strip() for name in columns]
        if len(columns) < 2:
            raise TableError(
                f"{path.name} has one column only, {columns[0][:60]!r}, when split at {sep!r}; "
                "is the separator right?"
            )
        _refuse_duplicates(columns, path)
        if target is not None and target not in columns and _looks_like_data(columns):
            raise TableError(
                f"There is no column {target!r} in {path.name}: its first line looks like data "
                f"({_listed(columns, 4)}). The first line must name the columns."
            )
        for row in reader:
            if row and len(row) != len(columns):
                raise TableError(
                    f"Line {reader.line_num} of {path.name} has {len(row)} fields, but the first "
                    f"line has {len(columns)}. Is a field with a {_SEPARATORS.get(sep, sep)} in it "
                    "not quoted?"
                )
    return columns


def _looks_like_data(columns):
    numbers = pd.to_numeric(pd.Series(columns), errors="coerce").notna()
    return bool(numbers.mean() > 0.2)


def _refuse_duplicates(columns, path):
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise TableError(
            f"Column names must differ, but {path.name} has more than one {_listed(twice, 5)}."
        )


def _first_line(error):
    text = str(error).strip().splitlines()
    return (text[0].rstrip(".") if text else type(error).__name__) + "."
