"""Chunks of rows: read in the same order in each pass, and a random sample of their rows."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals
from scipy.sparse import issparse
from sklearn.utils import check_consistent_length

from skmultiinput._checks import check_weights, to_pandas
from skmultiinput.estimators._resampling import RowMass
from skmultiinput.estimators._targets import read_target

_FORMS = (
    "Expected (X, y) or (X, y, sample_weight), or a table with the target among its columns and "
    "target='its name'."
)


@dataclass
class Chunk:
    """Some rows of the stream.

    Attributes
    ----------
    X : DataFrame of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
    weight : ndarray of shape (n_rows,) or None
    number : int
        Of the chunk in its pass, from 0.
    start : int
        Number of the first row in its pass, from 0.
    digest : int
        Of the targets up to the end of this chunk; tells whether two passes are alike.
    """

    X: pd.DataFrame
    y: np.ndarray
    weight: np.ndarray | None
    number: int = 0
    start: int = 0
    digest: int = 0

    def __len__(self) -> int:
        return len(self.y)

    @property
    def stop(self) -> int:
        """Number of the row behind the last."""
        return self.start + len(self)


@dataclass
class Chunks:
    """A source of chunks: each pass over it reads them anew.

    It is re-iterable, callable or a pyarrow Dataset, of which a chunk has `chunk_size` rows.
    `target` is the column of the target, where chunks are tables.
    """

    source: Any
    target: str | None
    chunk_size: int
    owner: str
    columns: list[Any] | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        source = self.source
        if hasattr(source, "scanner"):
            if self.target is None:
                raise ValueError("A Dataset was passed without target='name of its column'.")
            return
        if callable(source):
            return
        whole = isinstance(source, (str, bytes, Mapping, pd.DataFrame))
        if whole or hasattr(source, "to_batches") or not hasattr(source, "__iter__"):
            raise TypeError(
                "chunks must be a list or another re-iterable of chunks, a function that "
                f"returns an iterator, or a pyarrow Dataset; got {type(source).__name__}."
            )
        if iter(source) is source:
            raise TypeError(
                f"chunks is a {type(source).__name__}, which one pass uses up, but several are "
                "needed. Pass a function that returns a new one, e.g. lambda: read_chunks(path)."
            )

    def __iter__(self) -> Iterator[Chunk]:
        number = start = digest = 0
        for item in self._items():
            X, y, weight = self._read(item, number)
            if not len(y):
                continue
            digest = _continue_digest(digest, y)
            yield Chunk(X, y, weight, number, start, digest)
            number, start = number + 1, start + len(y)

    def _items(self) -> Iterator[Any]:
        if hasattr(self.source, "scanner"):
            return _tables_of(self.source, self.chunk_size)
        return iter(self.source() if callable(self.source) else self.source)

    def _read(self, item: Any, number: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray | None]:
        where = f"Chunk {number + 1}"
        if self.target is not None and not isinstance(item, tuple):
            X = self._table(item, where)
            if self.target not in X:
                raise ValueError(
                    f"{where} has no column {self.target!r}, which target= names. It has "
                    f"{list(X.columns[:10])}."
                )
            parts: tuple[Any, ...] = X.drop(columns=self.target), X[self.target], None
        elif isinstance(item, (tuple, list)) and len(item) in (2, 3):
            parts = (self._table(item[0], where), *item[1:], None)[:3]
        else:
            raise ValueError(f"{where} is a {type(item).__name__}. {_FORMS}")
        X, labels, weight = parts
        try:
            y = read_target(labels, self.owner)
            check_consistent_length(X, y, weight)
            if weight is not None:
                nothing = not np.any(weight)
                weight = np.zeros(len(y)) if nothing else check_weights(weight, y)
            self._check_form(y)
        except ValueError as error:
            error.add_note(f"This is about chunk {number + 1} of the pass.")
            raise
        return self._align(X, where), y, weight

    def _table(self, X: Any, where: str) -> pd.DataFrame:
        """Return the rows of a chunk as a DataFrame."""
        frame = to_pandas(X)
        if np.ndim(frame) != 2 and not issparse(frame):
            raise ValueError(f"The rows of {where.lower()} are a {type(X).__name__}. {_FORMS}")
        return as_frame(frame)

    def _check_form(self, y: np.ndarray) -> None:
        """Raise if targets are text here and numbers in the first chunk, or of another width."""
        kind = "text" if y.dtype.kind in "OSU" else "numbers"
        kind += f" in {y.shape[1]} columns" if y.ndim > 1 else ""
        if len(y) and self.kind is None:
            self.kind = kind
        if len(y) and self.kind != kind:
            raise ValueError(
                f"The target of this chunk is {kind}, e.g. {y.flat[0]!r}, but that of the first is "
                f"{self.kind}; expected one form. Text and numbers are read as one, e.g., by "
                "pandas.read_csv(..., dtype={'target': str})."
            )

    def _align(self, X: pd.DataFrame, where: str) -> pd.DataFrame:
        """Bring the columns into the order of the first chunk's."""
        if self.columns is None:
            self.columns = list(X.columns)
        if list(X.columns) == self.columns:
            return X
        missing = [name for name in self.columns if name not in X.columns]
        extra = [name for name in X.columns if name not in self.columns]
        if missing or extra:
            raise ValueError(
                f"{where} has other columns than the first: missing {missing[:5]}, "
                f"unexpected {extra[:5]}."
            )
        return X[self.columns]


class RowSample:
    """A random sample of `size` rows of a stream of unknown length, in bounded memory.

    Each row draws a number; the rows with the smallest ones are kept, in the order of the stream.
    Rows that weigh nothing are left out. `rows` are their numbers in the stream, `mass` is that of
    all rows.
    """

    def __init__(self, size: int, seed: Any) -> None:
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.keys = np.empty(0)
        self.rows = np.empty(0, dtype=np.int64)
        self.X: Any = None
        self.y: Any = None
        self.weight: Any = None
        self.mass: RowMass | None = None

    def add(self, chunk: Chunk) -> None:
        """See one more chunk."""
        keys = self.rng.random(len(chunk))
        weight = np.ones(len(chunk)) if chunk.weight is None else chunk.weight
        self.mass = RowMass.total(self.mass, RowMass(weight.sum(), int((weight > 0).sum())))
        largest = self.keys.max() if len(self.keys) == self.size else 1.0
        chosen = np.flatnonzero((keys < largest) & (weight > 0))
        if not len(chosen):
            return
        X = chunk.X.iloc[chosen]
        arrays: list[Any] = [keys[chosen], chunk.start + chosen, chunk.y[chosen], weight[chosen]]
        if self.X is not None:
            X = stack([self.X, X])
            before = self.keys, self.rows, self.y, self.weight
            arrays = [np.concatenate(pair) for pair in zip(before, arrays, strict=True)]
        # Row numbers grow along the stream, so sorting by them keeps its order.
        chosen_rows = np.sort(np.argsort(arrays[0])[: self.size])
        self.keys, self.rows, self.y, self.weight = (values[chosen_rows] for values in arrays)
        self.X = X.iloc[chosen_rows].reset_index(drop=True)


def stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate the rows of frames with the same columns; vocabularies are united."""
    frames = [frame.reset_index(drop=True) for frame in frames]
    first = frames[0]
    united: dict[Any, pd.Series] = {
        name: pd.Series(union_categoricals([frame[name] for frame in frames]))
        for name in first
        if all(isinstance(frame[name].dtype, pd.CategoricalDtype) for frame in frames)
        and any(frame[name].dtype != first[name].dtype for frame in frames)
        and len({frame[name].cat.categories.dtype for frame in frames}) == 1
    }
    stacked = pd.concat(frames, ignore_index=True)
    return stacked.assign(**united) if united else stacked


def as_frame(X: Any) -> pd.DataFrame:
    """Return a chunk, or the output of a step, as a DataFrame."""
    X = to_pandas(X)
    X = X.toarray() if hasattr(X, "toarray") else X
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))


def _continue_digest(digest: int, y: np.ndarray) -> int:
    hashes = pd.util.hash_array(np.ascontiguousarray(y).ravel())
    return zlib.crc32(hashes.tobytes(), digest)


def _tables_of(dataset: Any, chunk_size: int) -> Iterator[Any]:
    """Tables of `chunk_size` rows, whatever the sizes of the parts of a pyarrow Dataset are."""
    import pyarrow as pa  # noqa: PLC0415 - whoever has a Dataset has it

    waiting, n_waiting = [], 0
    # Reading ahead would multiply the memory; training takes far longer than reading.
    for part in dataset.to_batches(
        batch_size=chunk_size, batch_readahead=1, fragment_readahead=1, use_threads=False
    ):
        rest = part
        while n_waiting + len(rest) >= chunk_size:
            n_taken = chunk_size - n_waiting
            waiting.append(rest.slice(0, n_taken))
            yield pa.Table.from_batches(waiting)
            waiting, n_waiting, rest = [], 0, rest.slice(n_taken)
        if len(rest):
            waiting.append(rest)
            n_waiting += len(rest)
    if waiting:
        yield pa.Table.from_batches(waiting)
