"""What new rows hold that the training rows did not: unknown symbols, gaps, odd numbers."""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skmultiinput.inspection._column_drift import unlike
from skmultiinput.inspection._unwrap import preprocessing
from skmultiinput.preprocessing import describe_columns

_SHARES = ("missing", "missing_in_fit", "unknown", "unknown_in_fit", "outside")


def drift_report(pipeline, X):
    """Compare rows to predict with what the preprocessing learned in `fit`, column by column.

    Everything it compares with is in the fitted transformers: vocabularies, ranges, counts. No
    training row is kept anywhere.

    Parameters
    ----------
    pipeline : estimator
        Fitted: a Pipeline with a ColumnTransformer, a search or a threshold around one, or the
        ColumnTransformer itself.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Raw rows, as for ``predict``.

    Returns
    -------
    DataFrame of shape (n_columns, 7)
        Indexed by column, for those that the preprocessing reads:

        - ``group``: its column group
        - ``missing``, ``missing_in_fit``: share of the cells that are missing, or (for numbers
          and dates written as text) cannot be read
        - ``unknown``, ``unknown_in_fit``: share of the cells that are not missing and hold a
          category without a place in the vocabulary; of texts and lists of symbols, the share of
          the words that become ``<unknown>``
        - ``outside``: share of the numbers, dates, or numbers in sequences, that lie outside the
          range seen in `fit`, where none did
        - ``note``: the range, or the most frequent unknown categories

        NaN where a share does not apply, or where the transformers kept nothing to compare with:
        a hand-made ColumnTransformer counts no missing cells, and scikit-learn's StandardScaler
        and RobustScaler keep no range (put a `NumberParser` before them).

    Raises
    ------
    ValueError
        If there is no ColumnTransformer, `X` has no rows, or lacks a column; it is named.

    See Also
    --------
    describe_columns : What each column was taken for in `fit`.

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
    ValueError: X lacks columns that were there in fit: ['plan'].
    """
    before, transformer = preprocessing(pipeline)
    if transformer is None:
        raise ValueError(
            "Expected a fitted ColumnTransformer, or a Pipeline with one; "
            f"{type(pipeline).__name__} has none."
        )
    check_is_fitted(transformer)
    for step in before:
        X = step.transform(X)
    X = _as_frame(X, transformer)
    described = describe_columns(transformer)
    rows = {}
    for group, step, columns in transformer.transformers_:
        names = described.loc[described["group"] == group, "column"].tolist()
        if group == "remainder" or not names or isinstance(step, str):
            continue
        counted = getattr(columns, "facts", {})
        for name, found in zip(names, _compare(step, X[names]), strict=True):
            if name in rows:
                rows[name]["group"] += f", {group}"
                continue
            facts = counted.get(name)
            in_fit = facts.missing / facts.rows if facts and facts.rows else np.nan
            rows[name] = {"group": group, "missing_in_fit": in_fit, "note": "", **found}
    kept = [name for name in X.columns if name in rows]
    report = pd.DataFrame([rows[name] for name in kept], index=pd.Index(kept, name="column"))
    report = report.reindex(columns=["group", *_SHARES, "note"])
    return report.astype(dict.fromkeys(_SHARES, np.float64))


def _as_frame(X, transformer):
    names = getattr(transformer, "feature_names_in_", None)
    if not isinstance(X, pd.DataFrame):
        X = pd.DataFrame(np.asarray(X, dtype=object)).infer_objects()
        if names is not None and X.shape[1] == len(names):
            X.columns = names
    elif names is None:
        X = X.set_axis(range(X.shape[1]), axis=1)
    if len(X) == 0:
        raise ValueError("X has no rows; there is nothing to compare.")
    wanted = range(transformer.n_features_in_) if names is None else names
    missing = [name for name in wanted if name not in X.columns]
    if missing:
        raise ValueError(f"X lacks columns that were there in fit: {missing}.")
    return X


def _compare(transformer, frame):
    """Return one dict per column, from the first step that knows something about it."""
    steps = [step for _, step in transformer.steps] if isinstance(transformer, Pipeline) else None
    found = [{"missing": float(frame.iloc[:, j].isna().mean())} for j in range(frame.shape[1])]
    known = [False] * frame.shape[1]
    here, names = frame, list(frame.columns)
    for step in steps or [transformer]:
        if step is None or isinstance(step, str):
            continue
        told = unlike(step, here)
        for j, facts in enumerate(told or []):
            if not known[j] and facts is not None:
                found[j] |= facts
                known[j] = True
        if all(known) or steps is None:
            break
        here = step.transform(here)
        # A step that makes other columns ends the search: what follows is not about these.
        if not isinstance(here, pd.DataFrame) or list(here.columns)[: len(names)] != names:
            break
        here = here.iloc[:, : len(names)]
    return found
