"""The bytes of a table: a file, a pipe or standard input, packed or not, and their encoding."""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import os
import re
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pandas.errors import EmptyDataError, ParserError

from skmultiinput._checks import suggest

BLOCK = 1 << 20
PARQUET_MAGIC, PARQUET_SUFFIXES = b"PAR1", {".parquet", ".pq"}
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_MAGIC: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
_OTHER_FORMATS = {
    "an Excel workbook": {".xlsx", ".xlsm", ".xls"},
    "a spreadsheet": {".ods"},
    "JSON": {".json", ".geojson"},
    "JSON lines": {".jsonl", ".ndjson"},
    "XML": {".xml"},
    "HTML": {".html", ".htm"},
    "Feather": {".feather"},
    "Arrow": {".arrow"},
    "ORC": {".orc"},
    "Avro": {".avro"},
    "a pickle": {".pkl", ".pickle", ".joblib"},
    "a NumPy array": {".npy"},
    "NumPy arrays": {".npz"},
    "HDF5": {".h5", ".hdf5"},
    "a database": {".sqlite", ".db"},
    "SPSS": {".sav"},
    "Stata": {".dta"},
    "SAS": {".sas7bdat"},
    "R data": {".rds", ".rdata"},
    "packed with Zstandard": {".zst"},
}
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class TableError(ValueError):
    """A table or an option that cannot be used; the message is one line for the user."""


@contextmanager
def reading(name: str, kind: str = "table") -> Iterator[None]:
    """Say in one line why a library cannot read a table, or a file of a kind."""
    try:
        yield
    except TableError:
        raise
    except ImportError:
        raise TableError(
            "Parquet needs pyarrow: pip install 'skmultiinput[parquet]', or save the table as CSV."
        ) from None
    except Exception as error:  # noqa: BLE001 - broken files make the libraries raise many types
        wrong_form = isinstance(error, (ParserError, EmptyDataError, csv.Error))
        what = f"{name} is no {kind}" if wrong_form or kind != "table" else f"Cannot read {name}"
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise TableError(f"{what}: {lines[0].rstrip('.')}.") from None


class TableFile:
    """A table that can be read several times: from a file, a FIFO, a device or "-", standard input.

    Raises TableError if it cannot be opened, is empty, or has a format that is not read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = "standard input" if str(path) == "-" else self.path.name
        self._content: bytes | None = None
        try:
            if str(path) == "-":
                self._content = sys.stdin.buffer.read()
            else:
                self._check()
        except (OSError, ValueError) as error:
            if isinstance(error, TableError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise TableError(f"Cannot read {str(path)!r}: {reason}.") from None
        if self._content is not None and not self._content:
            raise TableError(f"{self.name} is empty.")

    def _check(self) -> None:
        path = self.path
        if path.is_dir():
            raise TableError(f"{path} is a folder; expected a CSV, TSV or Parquet file.")
        if not path.exists():
            siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise TableError(f"There is no file {str(path)!r}{suggest(path.name, siblings)}")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            self._content = self._read_stream(status.st_mode)
        elif status.st_size == 0:
            raise TableError(f"{self.name} is empty.")
        for kind, suffixes in _OTHER_FORMATS.items():
            if suffixes & self._suffixes:
                raise TableError(f"{self.name} is {kind}; save the table as CSV or Parquet first.")

    def _read_stream(self, mode: int) -> bytes:
        """Read a pipe or a terminal, which can be read only once and does not know its size."""
        with self.path.open("rb") as file:
            # Other devices, such as /dev/zero, may never end.
            if not (stat.S_ISFIFO(mode) or file.isatty() or str(self.path) == os.devnull):
                raise TableError(f"{self.path} is a device; expected a file or a pipe.")
            return file.read()

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the bytes for reading, unpacked."""
        raw = io.BytesIO(self._content) if self._content is not None else self.path.open("rb")
        with raw:
            head = raw.read(6)
            raw.seek(0)
            suffix = self.path.suffix.lower()
            packed = [opener for magic, opener in _MAGIC.items() if head.startswith(magic)]
            opener = _OPENERS.get(suffix, packed[0] if packed else None)
            if head.startswith(PARQUET_MAGIC):  # whatever its name says
                yield raw
            elif suffix == ".zip":
                with zipfile.ZipFile(raw) as archive, archive.open(self._member(archive)) as file:
                    yield file
            elif opener:
                with opener(raw, "rb") as file:
                    yield file
            else:
                yield raw

    def _member(self, archive: zipfile.ZipFile) -> str:
        # macOS adds its own notes to an archive.
        members = [
            name
            for name in archive.namelist()
            if not name.endswith("/") and not name.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            raise TableError(f"{self.name} holds {len(members)} files; expected exactly one table.")
        return members[0]

    @contextmanager
    def open_text(self, encoding: str) -> Iterator[io.TextIOWrapper]:
        """Open the text for reading."""
        # Without newline="" a field that contains a foreign line break would be split.
        with self.open() as file, io.TextIOWrapper(file, encoding, newline="") as text:
            # Excel's note of the separator, which is not the table's.
            if not re.fullmatch(r'"?sep=[^\w\r\n]"?\s+', text.readline(9), re.IGNORECASE):
                text.seek(0)
            yield text

    @property
    def _suffixes(self) -> set[str]:
        """The last two, as in t.csv.gz, in lower case."""
        return set(map(str.lower, self.path.suffixes[-2:]))

    @property
    def is_parquet(self) -> bool:
        """Whether the name or the content is that of a Parquet file."""
        if self._suffixes & PARQUET_SUFFIXES:
            return True
        with self.open() as file:
            return file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC

    def find_encoding(self) -> str:
        """Return the encoding, after reading everything once; refuse what is not text."""
        with self.open() as file:
            block = file.read(BLOCK)
            if not block:
                raise TableError(f"{self.name} is empty.")
            for mark, encoding in _BYTE_ORDER_MARKS.items():
                if block.startswith(mark):
                    return encoding
            possible = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
            n_lines = 1
            while block:
                if b"\0" in block:
                    line = n_lines + block[: block.index(b"\0")].count(b"\n")
                    raise TableError(
                        f"{self.name} is no text: line {line} holds a NUL byte. "
                        "Is it a binary file?"
                    )
                n_lines += block.count(b"\n")
                following = file.read(BLOCK)
                for name, decoder in list(possible.items()):
                    try:
                        decoder.decode(block, final=not following)
                    except UnicodeDecodeError:
                        del possible[name]
                block = following
        return next(iter(possible), "latin-1")
