"""What was detected in each column, and what becomes of it."""

from typing import Any, NamedTuple

import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmultiinput._checks import to_pandas
from skmultiinput._typing import TableLike
from skmultiinput._unwrap import column_names, preprocessing
from skmultiinput.preprocessing._column_selector import DROPPED, ColumnSelector
from skmultiinput.preprocessing._detection.kinds import KINDS, ColumnFacts
from skmultiinput.preprocessing._leaking_columns import column_scores, likely_leaks

_DTYPES: dict[str, Any] = {
    "column": object,
    "kind": object,
    "group": object,
    "dtype": object,
    "missing": "Int64",
    "levels": "Int64",
    "note": object,
    "evidence": object,
    "treatment": object,
    "alternatives": object,
}
# How the groups are shown as kinds.
_SHOWN = {"onehot": "one-hot", "target": "target-encoded"}


class _Group(NamedTuple):
    """A group of columns, which a ColumnTransformer transforms or drops."""

    name: str
    dropped: bool
    columns: Any


def describe_columns(X: BaseEstimator | TableLike, y: ArrayLike | None = None) -> pd.DataFrame:
    """Describe what was detected in each column of a table, and what becomes of it.

    Parameters
    ----------
    X : DataFrame, array-like of shape (n_samples, n_features) or estimator
        A raw table, described as `make_preprocessor` with its defaults would treat it; or a fitted
        ColumnTransformer, made by `make_preprocessor` or by hand, or a fitted Pipeline, search or
        other wrapper that holds one.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target, for a raw table: each column is scored by itself, on at most 20,000 rows.

    Returns
    -------
    DataFrame of shape (n_columns, 10) or, with `y`, (n_columns, 11)
        One row per column, in the order of the table; for a column in two groups, one row each:

        - ``column``: its name (its position for tables without names)
        - ``kind``: "numeric", "code", "ordinal", "one-hot", "target-encoded", "category", "date",
          "text", "sequence", "image", "constant" or "identifier"
        - ``group``: the column group, or "dropped"
        - ``dtype``: the dtype in the training rows
        - ``missing``: number of missing cells in the training rows; for text that holds numbers
          or dates, of the cells that could not be read too
        - ``levels``: number of distinct cells, where they were compared
        - ``note``: what is worth knowing, such as why a column was dropped
        - ``evidence``: what speaks for the kind
        - ``treatment``: what becomes of the column
        - ``alternatives``: parameters of `make_preprocessor` by which to choose otherwise
        - ``score``: with `y`, what the column predicts of it alone, out of fold, as ROC AUC (0.5:
          nothing) or as R². From 0.99 on, or from 0.95 where no other column reaches 0.75, the note
          calls the column a likely leak

        Where columns were not found by selectors, what they would have detected is missing.

    See Also
    --------
    make_preprocessor : Detects the kinds.
    skmultiinput.inspection.drift_report : What is different in new rows.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"age": [31.0, None, 45.0], "plan": ["basic", "plus", "basic"]})
    >>> describe_columns(customers)[["column", "kind", "group", "missing", "levels"]]
      column     kind    group  missing  levels
    0    age  numeric  numeric        1    <NA>
    1   plan  one-hot   onehot        0       2
    """
    if isinstance(X, BaseEstimator):
        if y is not None:
            raise ValueError("y goes with a raw table; got a fitted preprocessor as X.")
        groups, names = _fitted_groups(X)
    else:
        X = to_pandas(X)
        groups, names = _detected_groups(X)
    # make_preprocessor finds a group for all columns but those named in drop=.
    detected = any(hasattr(group.columns, "facts") for group in groups)
    unused_note = "named in drop=" if detected else "in no group"
    rows: dict[object, list] = {name: [] for name in names}
    for group in groups:
        facts = getattr(group.columns, "facts", {})
        for column in column_names(group.columns, names):
            of_column = facts.get(column) or facts.get(names.index(column))
            rows[column].append(_row(column, group, of_column, unused_note))
    no_group = _Group("", True, ())
    unused = {name: [_row(name, no_group, None, unused_note)] for name in names}
    table = [row for name in names for row in rows[name] or unused[name]]
    described = pd.DataFrame(table, columns=list(_DTYPES)).astype(_DTYPES)
    if y is not None:
        _add_scores(described, X if isinstance(X, pd.DataFrame) else pd.DataFrame(X), y)
    return described


def _detected_groups(X: Any) -> tuple[list[_Group], list]:
    """Return the groups that are detected in a raw table, and the names of its columns."""
    plan = ColumnSelector("numeric").plan(X, allow_empty=True)
    names = list(X.columns if isinstance(X, pd.DataFrame) else pd.DataFrame(X).columns)
    return [_Group(name, name in DROPPED, columns) for name, columns in plan.items()], names


def _fitted_groups(model: BaseEstimator) -> tuple[list[_Group], list]:
    """Return the groups of a fitted model's ColumnTransformer, and the names of its columns."""
    _, transformer = preprocessing(model)
    if transformer is None:
        check_is_fitted(model)
        raise ValueError(
            "Expected a raw table, a fitted ColumnTransformer or a fitted model with one inside; "
            f"{type(model).__name__} has none."
        )
    check_is_fitted(transformer)
    names = list(getattr(transformer, "feature_names_in_", range(transformer.n_features_in_)))
    groups = [
        _Group(name, isinstance(part, str) and part == "drop", columns)
        for name, part, columns in transformer.transformers_
    ]
    return groups, names


def _add_scores(described: pd.DataFrame, X: pd.DataFrame, y: ArrayLike) -> None:
    """Add what each column says of the target, and to the notes which likely give it away."""
    scores = column_scores(X, y)
    described["score"] = described["column"].map(scores).astype(float)
    for name in likely_leaks(scores).index:
        rows = described["column"] == name
        note = "likely leak: predicts the target by itself"
        described.loc[rows, "note"] = [
            f"{note}; {other}" if other else note for other in described.loc[rows, "note"]
        ]


def _row(column: object, group: _Group, facts: ColumnFacts | None, unused_note: str) -> tuple:
    unused = group.dropped and group.name not in DROPPED
    kind = "dropped" if unused else group.name
    shown_group = "dropped" if group.dropped else group.name
    if facts is None:
        note = unused_note if unused else ""
        return column, _SHOWN.get(kind, kind), shown_group, None, None, None, note, "", "", ""
    if facts.kind in ("code", "ordinal"):
        kind = facts.kind
    kind_facts = KINDS[facts.kind]
    return (
        column,
        _SHOWN.get(kind, kind),
        shown_group,
        facts.dtype,
        facts.missing,
        facts.levels,
        facts.note,
        facts.note or kind_facts.evidence,
        kind_facts.treatment,
        ", ".join(f"{name}=" for name in kind_facts.alternatives),
    )
