"""The lowered preprocessing: from cells to the arrays that networks read."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skmultiinput.serving._rows import Rows, UnusualRowsError


class LazyObject:
    """A transformer or the like that runs as it is; `build` makes it when it is first needed."""

    def __init__(self, value: Any = None, build: Callable[[], Any] | None = None) -> None:
        self._value, self._build = value, build
        self._lock = threading.Lock()

    def get(self) -> Any:
        """Return the object."""
        with self._lock:
            if self._value is None and self._build is not None:
                self._value = self._build()
        return self._value

    def __getstate__(self) -> dict[str, Any]:
        return {"value": self.get()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["value"])  # type: ignore[misc]  # a new lock, nothing else


@dataclass
class Group:
    """One transformer of a ColumnTransformer, with the columns that it reads.

    `step` does the same; None where the transformer runs as it is.
    """

    name: str
    columns: list[str]
    step: Any = None


@dataclass
class InputPlan:
    """How one input of a network, of codes of categories or of numbers, is put together.

    `shape` is that of one row. `sources` are groups, and which of their columns, None for all;
    where the values are `in_cells`, each cell of the one column is an array. Missing numbers, if
    allowed, become the `medians`; these are None where they are an input of the network.
    """

    name: str
    shape: list[int]
    codes: bool
    sources: list[tuple[int, list[int] | None]]
    in_cells: bool = False
    allow_nan: bool = False
    medians: np.ndarray | None = None

    def __call__(self, blocks: list[np.ndarray], n_rows: int) -> np.ndarray:
        parts = [
            blocks[block] if columns is None else blocks[block][:, columns]
            for block, columns in self.sources
        ]
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        if self.codes:
            if len(joined) and joined.min() < 0:
                raise UnusualRowsError
            return joined.astype(np.int32, copy=False).reshape(n_rows, *self.shape)
        if self.in_cells:
            cells = list(joined[:, 0])
            if any(np.shape(cell) != tuple(self.shape) for cell in cells):
                raise UnusualRowsError
            joined = np.stack(cells).reshape(n_rows, -1)
        return self._numbers(joined).reshape(n_rows, *self.shape)

    def _numbers(self, joined: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            numbers = joined.astype(np.float32)
        # What is not finite is refused by column, by the pipeline's own words.
        if not np.isfinite(numbers).all():
            gaps = np.isnan(numbers)
            if not self.allow_nan or not np.isfinite(numbers[~gaps]).all():
                raise UnusualRowsError
            if self.medians is not None:
                numbers = np.where(gaps, self.medians, numbers)
        return numbers


class Typed:
    """Preprocessed rows: the blocks of lowered groups, or the pipeline's own typed frame."""

    def __init__(
        self, n_rows: int, blocks: list[np.ndarray] | None, make_frame: Callable[[], Any]
    ) -> None:
        self.n_rows, self.blocks, self._make_frame = n_rows, blocks, make_frame

    @cached_property
    def frame(self) -> Any:
        """The typed frame, made by the pipeline's own preprocessing."""
        return self._make_frame()

    def inputs(self, plans: list[InputPlan], split: Callable[[Any], Any]) -> dict[str, np.ndarray]:
        """Return the inputs of a network; `split` splits a typed frame into them."""
        if self.blocks is not None:
            try:
                return {plan.name: plan(self.blocks, self.n_rows) for plan in plans}
            except UnusualRowsError:
                self.blocks = None
        return split(self.frame)


@dataclass
class PreprocessingPlan:
    """A ColumnTransformer, lowered, with the columns that it needs.

    The `transformer` itself is for rows that are unusual, and for more than `most_rows`, which it
    transforms faster than the steps do.
    """

    columns: list[str]
    groups: list[Group]
    transformer: LazyObject
    most_rows: int = 256

    def __call__(self, rows: Rows) -> Typed:
        """Preprocess rows."""
        blocks = None
        if rows.n_rows <= self.most_rows:
            try:
                blocks = self.blocks(rows)
            except UnusualRowsError:
                blocks = None
        return Typed(rows.n_rows, blocks, lambda: self.transformer.get().transform(rows.frame()))

    def blocks(self, rows: Rows) -> list[np.ndarray]:
        """Return an array per group, (n_rows, n_columns_out)."""
        return [self.block(group, rows) for group in self.groups]

    def block(self, group: Group, rows: Rows) -> np.ndarray:
        """Return the array of one group."""
        if group.step is None:
            return self._as_it_is(group, rows)
        return group.step([rows.cells(name) for name in group.columns])

    def _as_it_is(self, group: Group, rows: Rows) -> np.ndarray:
        """Run one transformer of the ColumnTransformer."""
        transformer, selected = next(
            fitted[1:] for fitted in self.transformer.get().transformers_ if fitted[0] == group.name
        )
        frame = rows.frame()[group.columns]
        out = transformer.transform(frame[selected] if isinstance(selected, str) else frame)
        return _as_block(out)


def _as_block(out: Any) -> np.ndarray:
    """Return a transformer's output as one array: numbers, codes of categories, or objects."""
    if not hasattr(out, "columns"):
        return np.asarray(out, dtype=np.float64)
    kinds = {getattr(dtype, "kind", "O") for dtype in out.dtypes}
    if all(str(dtype) == "category" for dtype in out.dtypes):
        return np.column_stack([out.iloc[:, j].cat.codes for j in range(out.shape[1])])
    if kinds <= set("fiub"):
        return out.to_numpy(dtype=np.float64)
    if kinds == {"O"} and out.shape[1] == 1:
        return out.to_numpy(dtype=object)
    raise UnusualRowsError
