"""Differences between new rows and the training rows: unknown categories, gaps, odd numbers."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skmultiinput._checks import check_unique_columns, to_pandas
from skmultiinput._typing import TableLike
from skmultiinput._unwrap import preprocessing, transformed
from skmultiinput.inspection._column_drift import Drift, column_drift
from skmultiinput.preprocessing import describe_columns

_SHARES = ("missing", "missing_in_fit", "unreadable", "unknown", "unknown_in_fit", "outside")


def drift_report(pipeline: Any, X: TableLike) -> pd.DataFrame:
    """Compare new rows with what the preprocessing learned in `fit`, column by column.

    It reads the fitted transformers only: vocabularies, ranges, counts. No training row is kept.

    Parameters
    ----------
    pipeline : estimator
        Fitted: a ColumnTransformer, a Pipeline with one, or a search, calibration or another
        wrapper around it. Of several fitted copies, the first is read.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Raw rows, as for ``predict``.

    Returns
    -------
    DataFrame of shape (n_columns, 8)
        Indexed by the columns that the preprocessing reads:

        - ``group``: its column group
        - ``missing``, ``missing_in_fit``: share of the cells that are missing, or (for numbers
          and dates written as text) cannot be parsed
        - ``unreadable``: share of the cells of text, in columns of numbers, that hold something but
          cannot be read as in `fit`, such as "old" for an age
        - ``unknown``, ``unknown_in_fit``: share of the non-missing cells whose category is not in
          the vocabulary; for texts and lists of categories, the share of the words that become
          ``<unknown>``
        - ``outside``: share of the numbers, dates, or numbers in sequences, outside the range
          seen in `fit`
        - ``note``: the range, a unit or a form of text other than in `fit`, an unreadable cell, or
          the most frequent unknown categories

        NaN where a share does not apply, or where the transformers keep nothing to compare with:
        a hand-made ColumnTransformer counts no missing cells, and scikit-learn's StandardScaler
        and RobustScaler keep no range (put a `NumberParser` before them).

    Raises
    ------
    ValueError
        If there is no ColumnTransformer, or `X` has no rows or lacks a column.

    See Also
    --------
    skmultiinput.preprocessing.describe_columns : The kind of each column, detected in `fit`.

    Examples
    --------
    >>> from skmultiinput import make_preprocessor
    >>> seen = pd.DataFrame({"age": [20.0, 30, 40, None], "plan": ["basic", "plus"] * 2})
    >>> new = pd.DataFrame({"age": [25.0, 99], "plan": ["gold", None]})
    >>> report = drift_report(make_preprocessor().fit(seen), new)
    >>> report[["missing", "missing_in_fit", "unknown", "outside"]]
            missing  missing_in_fit  unknown  outside
    column
    age         0.0            0.25      NaN      0.5
    plan        0.5            0.00      1.0      NaN
    >>> report["note"].tolist()
    ['20 to 40 in fit; 1 above', "unknown: 'gold' (1)"]
    >>> drift_report(make_preprocessor().fit(seen), new[["age"]])
    Traceback (most recent call last):
        ...
    ValueError: X lacks columns that were present in fit: ['plan'].
    """
    before, transformer = preprocessing(pipeline)
    if transformer is None:
        raise ValueError(
            "Expected a fitted ColumnTransformer, or a Pipeline with one; "
            f"{type(pipeline).__name__} has none."
        )
    check_is_fitted(transformer)
    frame = _as_frame(transformed(before, to_pandas(X)), transformer)
    described = describe_columns(transformer)
    rows: dict[Any, dict[str, Any]] = {}
    for group, step, columns in transformer.transformers_:
        names = described.loc[described["group"] == group, "column"].tolist()
        if group == "remainder" or not names or isinstance(step, str):
            continue
        counted = getattr(columns, "facts", {})
        for name, drift in zip(names, _compare(step, frame[names]), strict=True):
            if name in rows:
                rows[name]["group"] += f", {group}"
                continue
            facts = counted.get(name)
            in_fit = facts.missing / facts.rows if facts and facts.rows else np.nan
            rows[name] = {"group": group, "missing_in_fit": in_fit, "note": "", **drift}
    compared = [name for name in frame.columns if name in rows]
    index = pd.Index(compared, name="column")
    report = pd.DataFrame([rows[name] for name in compared], index=index)
    report = report.reindex(columns=["group", *_SHARES, "note"])
    return report.astype(dict.fromkeys(_SHARES, np.float64))


def _as_frame(X: Any, transformer: Any) -> pd.DataFrame:
    names = getattr(transformer, "feature_names_in_", None)
    if not isinstance(X, pd.DataFrame):
        X = pd.DataFrame(np.asarray(X, dtype=object)).infer_objects()
        if names is not None and X.shape[1] == len(names):
            X.columns = names
    elif names is None:
        X = X.set_axis(range(X.shape[1]), axis=1)
    check_unique_columns(X.columns)
    if len(X) == 0:
        raise ValueError("X has no rows; there is nothing to compare.")
    wanted = range(transformer.n_features_in_) if names is None else names
    missing = [name for name in wanted if name not in X.columns]
    if missing:
        raise ValueError(f"X lacks columns that were present in fit: {missing}.")
    return X


def _compare(transformer: Any, frame: pd.DataFrame) -> list[Drift]:
    """Return the drift of each column, from the first step that can compare it."""
    is_pipeline = isinstance(transformer, Pipeline)
    steps = [step for _, step in transformer.steps] if is_pipeline else [transformer]
    drifts: list[Drift] = [
        {"missing": float(frame.iloc[:, j].isna().mean())} for j in range(frame.shape[1])
    ]
    here, names = frame, list(frame.columns)
    for step in steps:
        if step is None or isinstance(step, str):
            continue
        compared = column_drift(step, here)
        if compared is not None:
            return [drift | new for drift, new in zip(drifts, compared, strict=True)]
        if step is steps[-1]:
            break
        here = step.transform(here)
        # After a step that makes other columns, nothing compares with these.
        if not isinstance(here, pd.DataFrame) or list(here.columns)[: len(names)] != names:
            break
        here = here.iloc[:, : len(names)]
    return drifts
