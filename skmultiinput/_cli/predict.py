"""``python -m skmultiinput predict``: score a table by a saved pipeline, in chunks."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from skmultiinput._checks import suggest
from skmultiinput._cli.arguments import PROGRAM, Parser, add_number
from skmultiinput._cli.check_writable import check_writable
from skmultiinput._cli.read_chunks import Chunk, read_chunks, typed_cells
from skmultiinput._cli.table_file import PARQUET_SUFFIXES, TableError
from skmultiinput._replacing import replacing

_DESCRIPTION = """\
Score a table by a saved pipeline: its columns, the prediction, and for a classifier the
probability of each class. The table is read and written in chunks, so it may be larger than
memory."""
_EPILOG = f"""\
examples:
  {PROGRAM} predict churn.skmi new.csv --output scored.csv
  {PROGRAM} predict churn.skmi new.parquet --output scored.parquet --keep customer_id
  zcat new.csv.gz | {PROGRAM} predict churn.skmi - > scored.csv

exit codes: 0 success, 2 wrong arguments, file or table, 130 interrupted"""
# Text that starts so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def parse_predict_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments behind ``predict``."""
    parser = Parser("predict", description=_DESCRIPTION, epilog=_EPILOG)
    add_model_arguments(parser)
    parser.add_argument(
        "table", metavar="TABLE", help="CSV, TSV or Parquet; - reads text from standard input"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        default="-",
        help="CSV, or Parquet by its name; - writes CSV to standard output (default)",
    )
    parser.add_argument("--sep", metavar="CHAR", help="separator of the fields (default: detected)")
    parser.add_argument(
        "--keep",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="write only these columns of the table beside the predictions (default: all)",
    )
    add_number(parser, "--chunk", 10_000, "rows at a time (default: 10000)")
    return parser.parse_args(argv)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes that reads a saved pipeline."""
    parser.add_argument("model", metavar="MODEL", help="a file that save wrote")
    parser.add_argument(
        "--trusted",
        metavar="TYPE",
        nargs="+",
        action="extend",
        default=[],
        help="types in the file that may be built, as load takes them",
    )
    parser.add_argument("--traceback", action="store_true", help="show where it failed")


def run_predict(arguments: argparse.Namespace) -> None:
    """Score the table, or raise TableError with what is wrong."""
    if arguments.output != "-":
        check_writable(arguments.output)
        if Path(arguments.output).resolve() == Path(arguments.table).resolve():
            raise TableError(f"--output {arguments.output!r} would overwrite the table.")
    model, _ = load_scorer(arguments.model, arguments.trusted)
    start = time.perf_counter()
    source = read_chunks(
        arguments.table, arguments.chunk, sep=arguments.sep, text=_text_columns(model)
    )
    with closing(source) as chunks:
        n_rows = _write(arguments.output, _scored(model, chunks, arguments))
    where = "standard output" if arguments.output == "-" else arguments.output
    _show(f"\r{n_rows:,} rows in {time.perf_counter() - start:.1f} s to {where}\n")


def load_scorer(
    path: str, trusted: Sequence[str], *, compiled: bool = False
) -> tuple[Any, dict[str, Any]]:
    """Load the compiled scorer of a file, else the pipeline unless `compiled`; and the manifest."""
    from skmultiinput.persistence import (  # noqa: PLC0415 - --help answers at once
        ArtifactError,
        load,
        read_manifest,
    )

    try:
        manifest = read_manifest(path)
        compiled = compiled or manifest.get("compiled") is True
        return load(path, trusted=trusted, compiled=compiled), manifest
    except FileNotFoundError:
        siblings = [file.name for file in Path(path).parent.glob("*")]
        raise TableError(f"There is no file {path!r}{suggest(Path(path).name, siblings)}") from None
    except (ArtifactError, OSError) as error:
        raise TableError(str(error)) from error


def scored_rows(model: Any, rows: Any) -> pd.DataFrame:
    """Return the prediction of each row, and the probability of each class."""
    if hasattr(model, "predict_with_proba"):
        predicted, probabilities = model.predict_with_proba(rows)
    else:
        predicted = model.predict(rows)
        probabilities = model.predict_proba(rows) if hasattr(model, "classes_") else None
    if predicted.ndim > 1:
        columns = {f"prediction_{j}": predicted[:, j] for j in range(predicted.shape[1])}
    else:
        columns = {"prediction": predicted}
    if probabilities is not None:
        for j, label in enumerate(np.asarray(model.classes_).tolist()):
            columns[f"probability_{label}"] = probabilities[:, j]
    return pd.DataFrame(columns)


def _text_columns(model: Any) -> set[str]:
    """Return the columns that held text when the model was fitted."""
    if hasattr(model, "input_columns"):
        return {name for name, known in model.input_columns.items() if known.get("text")}
    from skmultiinput._unwrap import preprocessing  # noqa: PLC0415 - a compiled scorer needs neither
    from skmultiinput.serving._input_columns import text_columns  # noqa: PLC0415 - likewise

    transformer = preprocessing(model)[1]
    return set() if transformer is None else text_columns(transformer)


def _scored(
    model: Any, chunks: Iterable[Chunk], arguments: argparse.Namespace
) -> Iterator[pd.DataFrame]:
    """Yield the rows as the file holds them, with their predictions; there must be some."""
    n_rows, keep = 0, arguments.keep
    for table, cells in chunks:
        if not len(table):
            continue
        if not n_rows:
            _check_columns(model, table, keep)
        try:
            scored = scored_rows(model, table)
        except (TypeError, ValueError) as error:
            rows = f"rows {n_rows + 1:,} to {n_rows + len(table):,}"
            raise TableError(f"Cannot score {rows}: {error}") from error
        shown = typed_cells(table, cells) if _is_parquet(arguments.output) else cells
        kept = shown if keep is None else shown[list(dict.fromkeys(keep))]
        if twice := [name for name in kept if name in scored]:
            raise TableError(
                f"The table has the column {twice[0]!r}, and so have the predictions; name the "
                "columns to keep beside them with --keep."
            )
        yield pd.concat([kept.reset_index(drop=True), scored], axis=1)
        n_rows += len(table)
        _show(f"\r{n_rows:,} rows", only_terminal=True)
    if not n_rows:
        raise TableError("The table has column names but no rows.")


def _check_columns(model: Any, chunk: pd.DataFrame, keep: list[str] | None) -> None:
    needed = [str(name) for name in getattr(model, "feature_names_in_", ())]
    for name in [*needed, *(keep or [])]:
        if name not in chunk.columns:
            raise TableError(
                f"The table lacks the column {name!r}{suggest(name, map(str, chunk.columns))}"
            )


def _write(path: str, tables: Iterator[pd.DataFrame]) -> int:
    """Write tables one below the other, a file whole or not at all; return the number of rows."""
    if path == "-":
        return _write_csv(sys.stdout.buffer, tables)
    with replacing(path) as file:
        return (_write_parquet if _is_parquet(path) else _write_csv)(file, tables)


def _is_parquet(path: str) -> bool:
    return Path(path).suffix.lower() in PARQUET_SUFFIXES


def _write_csv(file: BinaryIO, tables: Iterator[pd.DataFrame]) -> int:
    """Write CSV in which no cell is a formula."""
    n_rows = 0
    for table in tables:
        safe = table.apply(_without_formulas).rename(columns=_plain_text)
        text = safe.to_csv(index=False, header=not n_rows, lineterminator="\n")
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        n_rows += len(table)
    return n_rows


def _write_parquet(file: BinaryIO, tables: Iterator[pd.DataFrame]) -> int:
    """Write Parquet with the types of the first table."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    first = next(tables)
    schema, n_rows = pa.Schema.from_pandas(first, preserve_index=False), 0
    with pq.ParquetWriter(file, schema) as writer:
        for table in chain([first], tables):
            try:
                writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                raise TableError(
                    f"Rows from {n_rows + 1:,} on have other types than the first ones: "
                    f"{': '.join(error.args)}. Write CSV, or read more rows at a time by --chunk."
                ) from error
            n_rows += len(table)
    return n_rows


def _without_formulas(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.map(_plain_text)


def _plain_text(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would compute; numbers stay."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _show(text: str, *, only_terminal: bool = False) -> None:
    if sys.stderr is not None and (sys.stderr.isatty() or not only_terminal):
        sys.stderr.write(text if sys.stderr.isatty() else text.lstrip("\r"))
        sys.stderr.flush()
