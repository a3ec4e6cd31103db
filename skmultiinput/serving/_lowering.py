"""The registry of lowerings: how a fitted transformer becomes a small step on arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from skmultiinput.serving._number_steps import PlainNumbers


@dataclass(frozen=True)
class Columns:
    """The columns that reach a transformer while a pipeline is compiled.

    Attributes
    ----------
    kind : {"cells", "numbers", "codes", "dates"}
        What a lowered step is called with: "cells" is a list with a list of Python objects per
        column; the others are arrays (n_rows, n_columns): float64, codes of categories,
        datetime64[ns].
    names : tuple of str
        Their names.
    categories : tuple of sequence of str
        For codes, the levels of each column.

    See Also
    --------
    register_lowering : Use it, with an example.
    """

    kind: str
    names: tuple[str, ...]
    categories: tuple[Sequence[str], ...] = ()


# A lowered step: cells or array to array.
Step = Callable[[Any], Any]
# The step, and what leaves it.
Lowered = tuple[Step, Columns]
# Of a transformer, and what reaches it; None if it has no lowering.
Lowering = Callable[[Any, Columns], Lowered | None]
_LOWERINGS: dict[type, Lowering] = {}
_F = TypeVar("_F", bound=Lowering)


def register_lowering(*classes: type) -> Callable[[_F], _F]:
    """Register how the transformers of a class are lowered; use as a decorator.

    Parameters
    ----------
    *classes : type
        Classes of transformers. Their subclasses are not meant.

    Returns
    -------
    callable
        A decorator of functions ``(transformer, columns) -> (step, columns)``: of a fitted
        transformer and the `Columns` that reach it to a function of arrays that does the same, and
        the `Columns` that leave it. The function returns None where it has no such step; the
        transformer then runs as it is. A step must be picklable to be part of a pickle.

    See Also
    --------
    compile_pipeline : Uses the lowerings, and checks their results.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from sklearn.preprocessing import Binarizer
    >>> @dataclass
    ... class Above:
    ...     threshold: float
    ...
    ...     def __call__(self, x):
    ...         return (x > self.threshold).astype(float)
    >>> @register_lowering(Binarizer)
    ... def lower_binarizer(transformer, columns):
    ...     if columns.kind != "numbers":
    ...         return None
    ...     return Above(transformer.threshold), columns
    """

    def register(function: _F) -> _F:
        _LOWERINGS.update(dict.fromkeys(classes, function))
        return function

    return register


def lower(transformer: Any, columns: Columns) -> Lowered | None:
    """Return the step that does what a fitted transformer does, and what leaves it, or None."""
    lowering = _LOWERINGS.get(type(transformer))
    return None if lowering is None else lowering(transformer, columns)


def names_out(transformer: Any, columns: Columns) -> tuple[str, ...]:
    """Return the names of a transformer's outputs; by default they are those of its columns."""
    if not hasattr(transformer, "get_feature_names_out"):
        return columns.names
    if hasattr(transformer, "feature_names_in_"):
        return tuple(transformer.get_feature_names_out())
    return tuple(transformer.get_feature_names_out(np.array(columns.names, dtype=object)))


@dataclass
class Chain:
    """Steps one after the other."""

    steps: list[Any]

    def __call__(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return x


@dataclass
class SideBySide:
    """Steps that read the same columns; their outputs stand side by side."""

    steps: list[Any]

    def __call__(self, x: Any) -> np.ndarray:
        return np.concatenate([step(x) for step in self.steps], axis=1)


def chained(*steps: Step) -> Step:
    """Return a step that is one after the other."""
    flat = [step.steps if isinstance(step, Chain) else [step] for step in steps]
    return Chain([part for parts in flat for part in parts])


def passed_on(columns: Columns) -> Lowered:
    """Return the step of what passes its columns on: cells are read as numbers."""
    if columns.kind == "cells":
        return PlainNumbers(), Columns("numbers", columns.names)
    return Chain([]), columns


def on_numbers(transformer: Any, columns: Columns, step: Step) -> Lowered | None:
    """Return a step on numbers, with what reads cells as numbers before it where they come in."""
    if columns.kind not in ("cells", "numbers"):
        return None
    step = chained(PlainNumbers(), step) if columns.kind == "cells" else step
    return step, Columns("numbers", names_out(transformer, columns))
