"""Column selectors: callables by which a ColumnTransformer finds the columns of a group in fit."""

import threading
import warnings
import weakref
from collections.abc import Hashable, Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import pandas as pd

from skmultiinput._checks import check_unique_columns, suggest
from skmultiinput.preprocessing._column_kind import column_facts
from skmultiinput.preprocessing._detection.column_series import find_column_series
from skmultiinput.preprocessing._detection.kinds import KINDS, ColumnFacts

GROUPS = ("numeric", "onehot", "category", "target", "date", "text", "sequence", "image")
# Columns without information have groups of their own, which drop them, so that they are listed.
DROPPED = ("constant", "identifier")
# Rows by which indicators are told from numbers.
_LOOKED_AT = 1000
# Where the columns of many levels go, by the treatment chosen.
_HIGH_GROUPS = {
    "target": ("target",),
    "embedding": ("category",),
    "hash": ("category",),
    "embedding+target": ("category", "target"),
}
_WHY = {
    "constant": (
        "Dropped {columns}, constant or all missing in training. "
        "To keep one, name it in the list of a group, e.g. make_preprocessor(category=[{first}])."
    ),
    "identifier": (
        "Dropped {columns}, which looks like row ids: a value of its own in every row says "
        "nothing about the next one. To keep one, name it in the list of a group, e.g. "
        "make_preprocessor(category=[{first}]), or in drop=[{first}] to silence this."
    ),
}


class DroppedColumnWarning(UserWarning):
    """A column was left out because it is constant, all missing, or numbers the rows.

    See Also
    --------
    describe_columns : Says why columns are left out.
    """


class SelectedColumns(list):
    """The columns of one group; `facts` has the facts of each, by the column in the list."""

    def __init__(self, columns: Iterable[Hashable] = (), facts: dict | None = None) -> None:
        super().__init__(columns)
        self.facts = facts or {}

    def __reduce__(self) -> tuple:
        return type(self), (list(self), self.facts)


class ColumnSelector:
    """Find the columns of one group; to be used as the columns of a ColumnTransformer.

    Parameters
    ----------
    group : str
        "numeric", "onehot", "category", "target", "date", "text", "sequence" or "image"; or
        "constant" or "identifier", the columns that carry nothing: these two warn.
    cardinality_threshold : int, default=8
        Categories with at most this many levels are "onehot".
    high_cardinality : {"target", "embedding", "hash", "embedding+target"}, default="target"
        Where categories with more levels go: to the group "target", "category" or both.
    named : dict of {str: list of columns, callable or skrub selector}, default=None
        Columns that belong to a group whatever they look like; the key "drop" for columns that
        belong to none, "ordinal" for numbers and categories at the same time.

    See Also
    --------
    make_preprocessor : Uses one for each group.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"age": [31, 64, 45], "plan": ["basic", "plus", "basic"]})
    >>> ColumnSelector("numeric")(customers)
    ['age']
    >>> ColumnSelector("onehot", named={"onehot": ["age"]})(customers)
    ['age', 'plan']
    >>> ColumnSelector("onehot", named={"onehot": ["aeg"]})(customers)
    Traceback (most recent call last):
        ...
    ValueError: onehot=[...] names 'aeg', which is no column of X, did you mean 'age'? ...
    """

    def __init__(
        self,
        group: str | None,
        *,
        cardinality_threshold: int = 8,
        high_cardinality: str = "target",
        named: dict | None = None,
    ) -> None:
        if group not in (*GROUPS, *DROPPED):
            raise ValueError(f"Expected a group among {[*GROUPS, *DROPPED]}, got {group!r}.")
        self.group = group
        self.cardinality_threshold = cardinality_threshold
        self.high_cardinality = high_cardinality
        self.named = {key: _frozen(columns) for key, columns in (named or {}).items()}
        self.named = {key: columns for key, columns in self.named.items() if columns}

    def __call__(self, X: Any) -> SelectedColumns:
        """Return the columns of the group.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)

        Returns
        -------
        SelectedColumns
            Names where all columns of `X` have string names, else positions: scikit-learn's rule.
        """
        columns = _shared_plan(self, X)[self.group]
        if columns and self.group in DROPPED:
            message = _WHY[self.group].format(
                columns=", ".join(f"{_name(X, c)!r} ({columns.facts[c].note})" for c in columns),
                first=repr(_name(X, columns[0])),
            )
            warnings.warn(message, DroppedColumnWarning, stacklevel=2)
        return columns

    def plan(self, X: Any, *, allow_empty: bool = False) -> dict[str, SelectedColumns]:
        """Return the columns of every group, a dict of {str: SelectedColumns}."""
        frame = X if isinstance(X, pd.DataFrame) else _as_frame(X)
        check_unique_columns(frame.columns)
        _refuse_cut_names(frame)
        if not len(frame):
            raise ValueError(
                "X has no rows; at least one is needed to detect the kinds of columns."
            )
        group_of = self._named_groups(frame)
        by_name = all(isinstance(name, str) for name in frame.columns)
        plan = {group: SelectedColumns() for group in (*GROUPS, *DROPPED)}
        for position, name in enumerate(frame.columns):
            if group_of.get(name) == "drop":
                continue
            column = frame.iloc[:, position]
            facts, groups = self._find_groups(column, name, group_of.get(name))
            facts = replace(facts, rows=len(column))
            key = name if by_name else position
            for group in groups:
                plan[group].append(key)
                plan[group].facts[key] = facts
        if by_name:
            _note_series(frame, plan["numeric"])
        if not allow_empty and not any(plan[group] for group in GROUPS):
            dropped = {
                group: [_name(frame, key) for key in plan[group]]
                for group in DROPPED
                if plan[group]
            }
            raise ValueError(
                f"No column is left for the network; of {list(frame.columns)} were dropped: "
                f"{dropped}. Name columns to keep, e.g. make_preprocessor(category=[...])."
            )
        return plan

    def _named_groups(self, frame: pd.DataFrame) -> dict[Hashable, str]:
        """Return the group of each column that the user has named, by name or by a selector."""
        group_of: dict[Hashable, str] = {}
        for group, columns in self.named.items():
            for name in _expanded(columns, frame):
                if name not in frame.columns:
                    hint = suggest(str(name), map(str, frame.columns))
                    raise ValueError(
                        f"{group}=[...] names {name!r}, which is no column of X{hint} "
                        f"Columns: {list(frame.columns)}."
                    )
                claim(group_of, name, group)
        return group_of

    def _find_groups(
        self, column: pd.Series, name: object, named_group: str | None
    ) -> tuple[ColumnFacts, tuple[str, ...]]:
        """Return the facts of a column, and its groups."""
        try:
            facts = column_facts(column, name, self.cardinality_threshold)
        except TypeError:
            if named_group is None:
                raise
            facts = ColumnFacts("high", str(column.dtype), int(column.isna().sum()))
        if named_group is not None:
            kind = named_group if named_group in KINDS else "high"
            facts = replace(facts, kind=kind, note=f"named in {named_group}=")
            if named_group != "ordinal":
                return facts, (named_group,)
        many = _HIGH_GROUPS[self.high_cardinality]
        by_levels = {"few": ("onehot",), "many": many, "levels": ("onehot",) if facts.few else many}
        groups = [by_levels.get(group, (group,)) for group in KINDS[facts.kind].groups]
        return facts, tuple(chain.from_iterable(groups))

    def __repr__(self) -> str:
        return f"ColumnSelector({self.group!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnSelector) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.group, self.settings()))

    def settings(self) -> tuple:
        """Return what the plan depends on, in a form that can be compared."""
        named = tuple((key, self.named[key]) for key in sorted(self.named))
        return self.cardinality_threshold, self.high_cardinality, named


def _name(X: Any, key: Hashable) -> Hashable:
    """Return the name of a column in the plan, where a position stands for one that is no text."""
    return X.columns[key] if isinstance(key, int) and isinstance(X, pd.DataFrame) else key


def _refuse_cut_names(frame: pd.DataFrame) -> None:
    """Refuse names that NumPy shortens."""
    cut = [name for name in frame.columns if isinstance(name, str) and name.endswith("\x00")]
    if cut:
        raise ValueError(
            f"Column {cut[0]!r} ends with a NUL character, which NumPy cuts off names. "
            "Rename the column."
        )


def _note_series(frame: pd.DataFrame, numeric: SelectedColumns) -> None:
    """Note on columns whose names look like the steps of one sequence that they may be one."""
    for members in find_column_series(numeric).values():
        if frame[members].head(_LOOKED_AT).isin([0, 1]).all(axis=None):
            continue  # indicators of months, say, are no steps
        note = f"{members[0]} to {members[-1]} may be one sequence: sequence={{'name': [...]}}"
        for name in members:
            facts = numeric.facts[name]
            if not facts.note:
                numeric.facts[name] = replace(facts, note=note)


def claim(group_of: dict[Hashable, str], column: Hashable, group: str) -> None:
    """Record the group that the user has named a column for; raise if there is another."""
    if group_of.setdefault(column, group) != group:
        raise ValueError(
            f"Column {column!r} is named for both {group_of[column]} and {group}; "
            "name it for one of them."
        )


def _frozen(columns: Any) -> Any:
    """Return columns in a form that can be compared: a tuple, or the selector itself."""
    if callable(columns) or hasattr(columns, "expand"):
        return columns
    return tuple(columns)


def _expanded(columns: Any, frame: pd.DataFrame) -> list:
    """Return the names of columns that are named, or selected by skrub or a callable."""
    if hasattr(columns, "expand"):
        return list(columns.expand(frame))
    return list(columns(frame) if callable(columns) else columns)


def _as_frame(X: Any) -> pd.DataFrame:
    if hasattr(X, "to_pandas"):  # polars, Arrow
        return X.to_pandas()
    if hasattr(X, "columns"):
        raise TypeError(
            f"Expected a pandas DataFrame or an array, got {type(X)}. Convert it, e.g. by "
            "X.to_pandas()."
        )
    return pd.DataFrame(X).infer_objects()


# A ColumnTransformer asks its selectors one after the other, with the same X, and reading every
# column is the costly part. So the first one to ask makes the plan of all groups, and the last one
# to ask takes it away: nothing is left when fit returns, and a group that asks a second time (a
# second fit) makes a new plan.
_plans = threading.local()


def _shared_plan(selector: ColumnSelector, X: Any) -> dict[str, SelectedColumns]:
    key = selector.settings()
    entry = getattr(_plans, "entry", None)
    if (
        entry is None
        or entry["key"] != key
        or entry["frame"]() is not X
        or selector.group not in entry["waiting"]
    ):
        plan = selector.plan(X)
        if not isinstance(X, pd.DataFrame):
            return plan
        entry = {
            "key": key,
            "frame": weakref.ref(X),
            "plan": plan,
            "waiting": {*GROUPS, *DROPPED},
        }
        _plans.entry = entry
    entry["waiting"].discard(selector.group)
    if not entry["waiting"]:
        _plans.entry = None
    return entry["plan"]
