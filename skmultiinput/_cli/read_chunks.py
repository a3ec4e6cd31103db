"""Read a table in chunks: as it is written, and with the types that the model was fitted on."""

import io
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import IO, Any, NamedTuple

import pandas as pd

from skmultiinput._cli.read_table import (
    find_separator,
    long_cells,
    named_index,
    plain_separator,
    read_rows,
)
from skmultiinput._cli.table_file import BLOCK, TableError, TableFile, reading


class Chunk(NamedTuple):
    """Some rows: `table` is for the model, `cells` is what the file holds of them."""

    table: pd.DataFrame
    cells: pd.DataFrame


def read_chunks(
    path: str, size: int, *, sep: str | None, text: set[str]
) -> Generator[Chunk, None, None]:
    """Yield a table in chunks of `size` rows; the columns in `text` are not read as numbers."""
    if path == "-":
        name = "standard input"
        with reading(name):
            head = _peek(sys.stdin.buffer)
            lines = io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", newline="")
            try:
                yield from _text_chunks(lines, head, size, sep=sep, text=text, name=name)
            finally:
                lines.detach()
        return
    file = TableFile(path)
    with reading(file.name):
        if file.is_parquet:
            with file.open() as content:
                yield from _parquet_chunks(content, size, file.name)
            return
        encoding = file.find_encoding()
        with file.open_text(encoding) as lines:
            head = "".join(islice(lines, 50))
        with file.open_text(encoding) as lines:
            yield from _text_chunks(lines, head, size, sep=sep, text=text, name=file.name)


def _peek(stream: Any) -> str:
    """Return the first lines of a stream without taking them from it."""
    block = stream.peek(BLOCK)
    if not block:
        raise TableError("standard input is empty.")
    return block.decode("utf-8-sig", errors="replace")


def _text_chunks(
    lines: Iterable[str], head: str, size: int, *, sep: str | None, text: set[str], name: str
) -> Iterator[Chunk]:
    with long_cells():
        sep = plain_separator(sep) if sep else find_separator(head, name, None, fewest=1)
        with closing(read_rows(lines, sep, name, fewest=1)) as rows:
            columns = next(rows)
            while chunk := list(islice(rows, size)):
                cells = pd.DataFrame(chunk, columns=columns, dtype=str)
                yield Chunk(_typed(cells, text), cells)


def _typed(cells: pd.DataFrame, text: set[str]) -> pd.DataFrame:
    """Read numbers, truth values and gaps as `read_table` does, but not in the columns of text."""
    content = io.StringIO(cells.to_csv(index=False))
    return pd.read_csv(content, dtype=dict.fromkeys(text & {*cells}, str), low_memory=False)


def typed_cells(table: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with types, for a file that has types; numbers such as "007" stay text."""
    texts = [name for name in cells if pd.api.types.is_string_dtype(cells[name].dtype)]
    codes = [name for name in texts if cells[name].astype("string").str.match(r"0\d").any()]
    return cells.assign(**{str(name): table[name] for name in texts if name not in codes})


def _parquet_chunks(content: IO[bytes], size: int, name: str) -> Iterator[Chunk]:
    with reading(name, "Parquet file"):
        import pyarrow.parquet  # noqa: PLC0415 - an extra

        for batch in pyarrow.parquet.ParquetFile(content).iter_batches(batch_size=size):
            # Beside a gap, long whole numbers would lose their last digits as floats.
            cells = batch.to_pandas(integer_object_nulls=True)
            yield Chunk(named_index(batch.to_pandas()), named_index(cells))
