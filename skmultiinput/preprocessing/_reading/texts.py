"""Cells of text columns: read, checked, joined."""

import unicodedata
from collections.abc import Iterable
from numbers import Number

import pandas as pd

from skmultiinput.preprocessing._cell_encoder import place


def read_texts(column: pd.Series) -> list[str | None]:
    """Cells of a column as a list of str, None where missing; refuse columns that are no text."""
    missing = column.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(column.dtype) and not missing.all():
        raise TypeError(
            f"Column {column.name!r} holds numbers ({column.dtype}), expected text. Leave it to a "
            "numeric or categorical transformer, or convert it with `.astype(str)`."
        )
    texts: list[str | None] = []
    for row, (cell, gone) in enumerate(zip(column.to_numpy(dtype=object), missing, strict=True)):
        if isinstance(cell, str):
            # The same letter can be one code point or two; it must be the same word.
            texts.append(cell if cell.isascii() else unicodedata.normalize("NFC", cell))
        elif gone:
            texts.append(None)
        elif isinstance(cell, Number):
            texts.append(str(cell))
        else:
            raise TypeError(
                f"Expected text or a missing value, got {type(cell).__name__} {cell!r:.60} in "
                f"{place(column, row)}."
            )
    return texts


def joined_texts(frame: pd.DataFrame) -> pd.Series:
    """All texts of a row, one after the other, as one more column; None where there are none."""
    columns = [read_texts(frame.iloc[:, j]) for j in range(frame.shape[1])]
    cells = [[text for text in texts if text is not None] for texts in zip(*columns, strict=True)]
    joined = ["\n".join(texts) if texts else None for texts in cells]
    return pd.Series(joined, index=frame.index, dtype=object, name=joined_name(frame.columns))


def joined_name(names: Iterable[object]) -> str:
    """Name of the column that holds the texts of several, e.g. ``"title + review"``."""
    return " + ".join(map(str, names))
