"""The registry of lowerings: how a fitted transformer becomes a small step on arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from skmultiinput.serving._number_steps import PlainNumbers

KINDS = ("cells", "numbers", "codes", "dates")


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
# (transformer, what reaches it) -> the step and what leaves it; None if it has no lowering.
Lowering = Callable[[Any, Columns], tuple[Step, Columns] | None]
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


def lower(transformer: Any, columns: Columns) -> tuple[Step, Columns] | None:
    """Return the step that does what a fitted transformer does, and what leaves it, or None."""
    lowering = _LOWERINGS.get(type(transformer))
    return None if lowering is None else lowering(transformer, columns)


def names_out(transformer: Any, columns: Columns) -> tuple[str, ...]:
    """Return the names of a transformer's outputs."""
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


def chained(first: Step, second: Step) -> Step:
    """Return a step that is one after the other."""
    steps = [*(first.steps if isinstance(first, Chain) else [first])]
    return Chain([*steps, *(second.steps if isinstance(second, Chain) else [second])])


def on_numbers(transformer: Any, columns: Columns, step: Step) -> tuple[Step, Columns] | None:
    """Return a step on numbers, with what reads cells as numbers before it where they come in."""
    out = Columns("numbers", names_out(transformer, columns))
    if columns.kind == "numbers":
        return step, out
    return (chained(PlainNumbers(), step), out) if columns.kind == "cells" else None


def on_numbers_named(columns: Columns, step: Step | None) -> tuple[Step, Columns] | None:
    """Return a step on numbers that keeps the names of its columns; None passes numbers on."""
    if columns.kind == "cells":
        return (PlainNumbers() if step is None else chained(PlainNumbers(), step)), Columns(
            "numbers", columns.names
        )
    if step is not None and columns.kind != "numbers":
        return None
    return Chain([]) if step is None else step, columns
