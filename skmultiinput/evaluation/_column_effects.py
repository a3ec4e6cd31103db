"""The direction of a column's effect: mean predictions where all rows get one of its values."""

from typing import Any

import numpy as np
import pandas as pd

N_COLUMNS = 5
_N_ROWS = 200
_QUANTILES = (0.1, 0.5, 0.9)
_N_LEVELS = 3


def column_effects(
    estimator: Any, X: pd.DataFrame, columns: list[Any], position: int | None
) -> pd.DataFrame:
    """Return partial dependences: mean predictions over rows, with a column set to a value.

    The first 200 rows are used, which the estimator should not have seen; `position` is that of the
    class whose probability is predicted, None for numbers. Columns of numbers are set to their 10,
    50 and 90 % quantiles, others to their three most frequent values; those with a value of its own
    in each row are left out. The table has ``column``, ``value`` (as text) and ``prediction``.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = pd.DataFrame({"age": [0.0, 10.0, 20.0, 30.0, 40.0]})
    >>> model = LinearRegression().fit(X, [1.0, 2.0, 3.0, 4.0, 5.0])
    >>> column_effects(model, X, ["age"], None).round(1).to_numpy().tolist()
    [['age', '0.0', 1.0], ['age', '20.0', 3.0], ['age', '40.0', 5.0]]
    """
    X = X.iloc[:_N_ROWS]
    rows = []
    names = list(X.columns)
    for column in columns:
        column_position = names.index(column)
        cells = X.iloc[:, column_position]
        for row in _tried_rows(cells):
            table = X.copy(deep=False)
            same = cells.iloc[np.full(len(X), row)]
            table.isetitem(column_position, same.array)
            if position is None:
                predicted = estimator.predict(table)
            else:
                predicted = estimator.predict_proba(table)[:, position]
            rows.append((str(column), str(cells.iloc[row]), float(np.mean(predicted))))
    return pd.DataFrame(rows, columns=["column", "value", "prediction"])


def _tried_rows(cells: pd.Series) -> list[int]:
    """Return positions of the cells whose values are tried."""
    filled = np.flatnonzero(cells.notna())
    if pd.api.types.is_numeric_dtype(cells) and cells.nunique() > _N_LEVELS:
        order = filled[np.argsort(cells.to_numpy()[filled], kind="stable")]
        return [int(order[round(q * (len(order) - 1))]) for q in _QUANTILES]
    texts = cells.iloc[filled].astype(str)
    counts = texts.value_counts()
    if len(counts) > len(filled) / 2:
        return []
    return [int(filled[(texts == text).argmax()]) for text in sorted(counts.index[:_N_LEVELS])]
