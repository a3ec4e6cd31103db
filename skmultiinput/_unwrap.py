"""The estimators inside a fitted model: steps of pipelines, and the copies that wrappers fitted."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

# The transformers that a table passes before it reaches an estimator, and that estimator.
Path = tuple[list[Any], Any]


def parts(model: Any, before: list[Any] | None = None) -> Iterator[Path]:
    """Yield (steps before, estimator) for a model and all estimators inside it; last steps first.

    The rule for all wrappers: the inner estimators are those in the fitted attributes, alone or in
    lists; without any, the one in ``estimator`` (FrozenEstimator).
    """
    before = before or []
    yield before, model
    if isinstance(model, Pipeline):
        steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
        for position, step in reversed(list(enumerate(steps))):
            earlier = [s for s in steps[:position] if not hasattr(s, "fit_resample")]
            yield from parts(step, [*before, *earlier])
    elif not isinstance(model, ColumnTransformer):
        for inner in _inner(model):
            yield from parts(inner, before)


def _inner(model: Any) -> list[Any]:
    """Return the fitted estimators that a wrapper holds."""
    attributes = getattr(model, "__dict__", {})
    fitted = {}
    for name, value in attributes.items():
        if name.endswith("_") and not name.startswith("_"):
            for item in _items(value):
                # CalibratedClassifierCV pairs each copy with its calibrators.
                inner = item if isinstance(item, BaseEstimator) else getattr(item, "estimator", 0)
                # BaggingClassifier keeps the template beside its copies.
                if isinstance(inner, BaseEstimator) and _is_fitted(inner):
                    fitted[id(inner)] = inner
    if not fitted and isinstance(attributes.get("estimator"), BaseEstimator):
        return [attributes["estimator"]]
    return list(fitted.values())


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError):
        return False
    return True


def _items(value: Any) -> Any:
    """Return the items of a list or an array of objects, else the value alone."""
    if isinstance(value, np.ndarray):
        return value.ravel() if value.dtype == object else []
    return value if isinstance(value, list | tuple) else [value]


def part_with(model: Any, attribute: str) -> Any:
    """Return the first part of a model that has a fitted attribute, or None.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(LogisticRegression()).fit([[0], [1]], [0, 1])
    >>> part_with(model, "coef_")
    LogisticRegression()
    """
    return next((p for _, p in parts(model) if attribute in getattr(p, "__dict__", {})), None)


def preprocessing(model: Any) -> tuple[list[Any], ColumnTransformer | None]:
    """Return the ColumnTransformer that reads the raw table, and the steps before it.

    Parameters
    ----------
    model : estimator
        A ColumnTransformer, or a fitted model with one inside.

    Returns
    -------
    before : list of transformer
        Usually empty.
    transformer : ColumnTransformer or None
        None if the model has none.
    """
    paths = [path for path in parts(model) if isinstance(path[1], ColumnTransformer)]
    return min(paths, key=lambda path: len(path[0]), default=([], None))


def networks(model: Any) -> list[Path]:
    """Return all fitted networks inside a model, with the steps before them; at least one."""
    fitted = {"model_", "column_groups_"}
    paths = [path for path in parts(model) if fitted <= getattr(path[1], "__dict__", {}).keys()]
    if not paths:
        check_is_fitted(model)
        raise ValueError(
            "Expected a fitted MultiInputClassifier or MultiInputRegressor, or a Pipeline or "
            f"another wrapper around one; {type(model).__name__} has none."
        )
    return paths


def transformed(before: list[Any], X: Any) -> Any:
    """Return a table after the steps before an estimator."""
    for step in before:
        # Some wrappers, such as BaggingClassifier, pass arrays to the copies that they fit.
        if isinstance(X, pd.DataFrame) and not hasattr(step, "feature_names_in_"):
            X = X.to_numpy() if hasattr(step, "n_features_in_") else X
        X = step.transform(X)
    return X


def last_step(model: Any) -> tuple[str, Any]:
    """Return the last step of a pipeline and the prefix of its parameters; else the model, ""."""
    if not isinstance(model, Pipeline):
        return "", model
    name, step = model.steps[-1]
    return f"{name}__", step


def column_names(columns: Any, names: list) -> list:
    """Return the names of columns that a ColumnTransformer has by name, position, slice or mask."""
    if isinstance(columns, str) or not (isinstance(columns, slice) or hasattr(columns, "__iter__")):
        columns = [columns]
    ends = (columns.start, columns.stop) if isinstance(columns, slice) else columns
    index = pd.Series(names, index=names, dtype=object)
    by_name = any(isinstance(column, str) for column in ends)
    return list(index.loc[columns] if by_name else index.iloc[columns])
