"""What a fitted preprocessor took each column for."""

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.utils.validation import check_is_fitted

from skmultiinput.preprocessing._column_kind import ColumnFacts
from skmultiinput.preprocessing._column_selector import DROPPED

_DTYPES: dict[str, Any] = {
    "column": object,
    "group": object,
    "dtype": object,
    "missing": "Int64",
    "levels": "Int64",
    "note": object,
}


def describe_columns(preprocessor: ColumnTransformer) -> pd.DataFrame:
    """Tell what a fitted preprocessor took each column of the raw table for.

    Parameters
    ----------
    preprocessor : ColumnTransformer
        Fitted; made by `make_preprocessor` or by hand.

    Returns
    -------
    DataFrame of shape (n_columns, 6)
        One row per column, in the order of the table; for a column in two groups, one row each:

        - ``column``: its name (its position for tables without names)
        - ``group``: the column group, or "dropped"
        - ``dtype``: the dtype in the training rows
        - ``missing``: number of missing cells in the training rows; for text that holds numbers
          or dates, of the cells that could not be read too
        - ``levels``: number of distinct cells, where they were compared
        - ``note``: what is worth knowing, such as why a column was dropped

        Where columns were not found by selectors, what they would have told is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmultiinput.preprocessing import make_preprocessor
    >>> customers = pd.DataFrame({"age": [31.0, None, 45.0], "plan": ["basic", "plus", "basic"]})
    >>> preprocessor = make_preprocessor().fit(customers)
    >>> describe_columns(preprocessor)[["column", "group", "missing", "levels"]]
      column    group  missing  levels
    0    age  numeric        1    <NA>
    1   plan   onehot        0       2
    """
    check_is_fitted(preprocessor)
    names = list(getattr(preprocessor, "feature_names_in_", range(preprocessor.n_features_in_)))
    rows: dict[object, list] = {name: [] for name in names}
    for group, transformer, columns in preprocessor.transformers_:
        facts = getattr(columns, "facts", {})
        for column in _listed(columns, names):
            dropped = isinstance(transformer, str) and transformer == "drop"
            known = facts.get(column) or facts.get(names.index(column))
            rows[column].append(_row(column, group, known, dropped=dropped))
    table = [row for name in names for row in rows[name] or [_row(name, "", None, dropped=True)]]
    return pd.DataFrame(table, columns=list(_DTYPES)).astype(_DTYPES)


def _listed(columns: Any, names: list) -> list:
    """Return the names of columns given by name, position, slice or mask."""
    if isinstance(columns, str):
        return [columns]
    if isinstance(columns, slice):
        by_name = isinstance(columns.start, str) or isinstance(columns.stop, str)
        index = pd.Series(names, index=names, dtype=object)
        return list(index.loc[columns] if by_name else index.iloc[columns])
    columns = list(columns) if hasattr(columns, "__iter__") else [columns]
    if columns and all(isinstance(column, bool) for column in columns):
        return [name for name, chosen in zip(names, columns, strict=True) if chosen]
    return [column if isinstance(column, str) else names[column] for column in columns]


def _row(column: object, group: str, facts: ColumnFacts | None, *, dropped: bool) -> tuple:
    note = facts.note if facts else ""
    if dropped:
        note = note or ("" if group in DROPPED else "in no group")
        group = "dropped"
    dtype = facts.dtype if facts else None
    missing, levels = (facts.missing, facts.levels) if facts else (None, None)
    return column, group, dtype, missing, levels, note
