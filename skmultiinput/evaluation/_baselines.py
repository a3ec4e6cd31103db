"""Baselines of a network: the prior, a linear model and boosted trees on the same frame."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skmultiinput._typing import RandomState, TableLike
from skmultiinput.evaluation._evaluation_task import check_predict_proba
from skmultiinput.frame._column_arrays import PAD
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec

# HistGradientBoosting takes at most 255 categories of its own.
_TREE_CATEGORIES = 254


def make_baselines(
    pipeline: BaseEstimator, *, random_state: RandomState = None
) -> dict[str, BaseEstimator]:
    """Return the models an evaluation compares with, on the preprocessing of `pipeline`.

    Parameters
    ----------
    pipeline : estimator
        As a rule a Pipeline. Its steps before the last are the preprocessing; samplers among
        them are left out. Without steps the baselines use the data as they are.
    random_state : int, RandomState or None, default=None
        For the boosted trees.

    Returns
    -------
    dict of {str: estimator}
        "prior" or "mean" (the same prediction for every row), "logistic regression" or "ridge", and
        "boosted trees" (HistGradientBoosting), all unfitted.

    See Also
    --------
    evaluate : Compares with them, by ``baselines="auto"``.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> list(make_baselines(LogisticRegression()))
    ['prior', 'logistic regression', 'boosted trees']
    """
    steps = _preprocessing_of(pipeline)

    def on_same_preprocessing(features: BaseEstimator, model: BaseEstimator) -> Pipeline:
        # A pipeline of its own, so that no name of the caller's steps clashes with these.
        first = [("preprocess", clone(Pipeline(steps)))] if steps else []
        return Pipeline([*first, ("features", features), ("model", model)])

    regression = is_regressor(pipeline)
    trees = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    boosted = trees(categorical_features="from_dtype", random_state=random_state)
    linear = Ridge() if regression else LogisticRegression(max_iter=1000)
    linear_name = "ridge" if regression else "logistic regression"
    constant = {"mean": DummyRegressor()} if regression else {"prior": DummyClassifier()}
    return {
        **constant,
        linear_name: on_same_preprocessing(LinearFeatures(), linear),
        "boosted trees": on_same_preprocessing(TreeFeatures(), boosted),
    }


def check_baselines(
    baselines: Any, pipeline: BaseEstimator, name: str, kind: str, seed: int
) -> dict[str, BaseEstimator]:
    """Return the baselines that the parameter of `evaluate` asks for."""
    if baselines is None:
        return {}
    if isinstance(baselines, str):
        if baselines != "auto":
            raise ValueError(
                f"baselines must be None, 'auto' or a dict of estimators; got {baselines!r}."
            )
        baselines = make_baselines(pipeline, random_state=seed)
    if not isinstance(baselines, Mapping):
        raise TypeError(
            "baselines must be None, 'auto' or a dict of {name: estimator}; got "
            f"{type(baselines).__name__}."
        )
    if name in baselines:
        raise ValueError(f"A baseline has the name of the pipeline, {name!r}; rename one of them.")
    is_kind = is_regressor if kind == "regression" else is_classifier
    for label, model in baselines.items():
        if not is_kind(model):
            raise ValueError(f"Baseline {label!r} does not suit a {kind} target: {model!r}.")
        if kind != "regression":
            check_predict_proba(model, f"baseline {label!r}")
    return dict(baselines)


class LinearFeatures(TransformerMixin, BaseEstimator):
    """Turn a typed frame into a matrix for a linear model.

    Numbers (series, sequences and images flattened) are standardised, with the mean in place of
    missing ones and a column of flags for each column with some (`gaps_`); a category becomes one
    0/1 column per level, and a text the tf-idf weights of its words.

    Examples
    --------
    >>> frame = pd.DataFrame({"numeric__age": [20.0, 40.0], "category__plan": ["a", "b"]})
    >>> frame = frame.astype({"category__plan": "category"})
    >>> LinearFeatures().fit_transform(frame).toarray()
    array([[-1.,  1.,  0.],
           [ 1.,  0.,  1.]])
    """

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the groups, the scale of the numbers and the weights of the words."""
        X = _as_frame(X)
        self.column_groups_ = ColumnGroups.from_frame(X)
        values = self.column_groups_.split(X)
        numbers = _numbers(self.column_groups_, values)
        # A number that no row has is 0 in all, which StandardScaler reads without a warning.
        scaled = np.where(np.isnan(numbers).all(axis=0), 0, numbers)
        self.scaler_ = StandardScaler().fit(scaled) if numbers.shape[1] else None
        self.gaps_ = np.flatnonzero(np.isnan(numbers).any(axis=0))
        self.tfidf_ = {
            spec.name: TfidfTransformer(sublinear_tf=True).fit(_word_counts(spec, values))
            for spec in self.column_groups_.inputs
            if spec.kind == "tokens"
        }
        return self

    def transform(self, X: TableLike) -> sparse.csr_matrix:
        """(n_samples, n_columns) typed frame -> (n_samples, n_features) sparse matrix."""
        check_is_fitted(self, "column_groups_")
        values = self.column_groups_.split(_as_frame(X))
        parts = []
        if self.scaler_ is not None:
            numbers = self.scaler_.transform(_numbers(self.column_groups_, values))
            flags = np.isnan(numbers[:, self.gaps_])
            parts.append(sparse.csr_matrix(np.hstack([np.nan_to_num(numbers), flags])))
        for spec in self.column_groups_.inputs:
            if spec.kind == "categorical":
                columns = values[spec.name].T[..., None]
                parts.extend(map(_counts, columns, spec.vocabulary_sizes))
            elif spec.kind == "tokens":
                parts.append(self.tfidf_[spec.name].transform(_word_counts(spec, values)))
        return sparse.hstack(parts, format="csr")


class TreeFeatures(TransformerMixin, BaseEstimator):
    """Turn a typed frame into one for HistGradientBoosting.

    Numbers stay (series, sequences and images flattened) unless all are missing (the others are
    `known_`), categories keep their most frequent levels (the rest share one), and a text becomes
    the counts of its `max_words` most frequent words; `levels_` has the codes that are kept.

    Examples
    --------
    >>> frame = pd.DataFrame({"numeric__age": [20.0, 40.0], "category__plan": ["a", "b"]})
    >>> frame = frame.astype({"category__plan": "category"})
    >>> TreeFeatures().fit_transform(frame).dtypes.astype(str).tolist()
    ['float64', 'category']
    """

    def __init__(self, max_words: int = 200) -> None:
        self.max_words = max_words

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the groups and which levels are frequent."""
        X = _as_frame(X)
        self.column_groups_ = ColumnGroups.from_frame(X)
        values = self.column_groups_.split(X)
        # HistGradientBoosting fails on a number that no row has.
        self.known_ = np.flatnonzero(~np.isnan(_numbers(self.column_groups_, values)).all(axis=0))
        self.levels_ = {}
        for spec in self.column_groups_.inputs:
            if spec.kind == "categorical":
                sizes = spec.vocabulary_sizes
                self.levels_[spec.name] = [
                    _most_frequent(np.bincount(codes, minlength=size), _TREE_CATEGORIES)
                    for codes, size in zip(values[spec.name].T, sizes, strict=True)
                ]
            elif spec.kind == "tokens":
                counts = np.asarray(_word_counts(spec, values).sum(axis=0)).ravel()
                self.levels_[spec.name] = [_most_frequent(counts, self.max_words)]
        return self

    def transform(self, X: TableLike) -> pd.DataFrame:
        """(n_samples, n_columns) typed frame -> (n_samples, n_features) frame."""
        check_is_fitted(self, "column_groups_")
        X = _as_frame(X)
        values = self.column_groups_.split(X)
        numbers = _numbers(self.column_groups_, values).astype(np.float64)
        columns: dict[str, Any] = {f"number {j}": numbers[:, j] for j in self.known_}
        for spec in self.column_groups_.inputs:
            levels_of_columns = self.levels_.get(spec.name, [])
            if spec.kind == "categorical":
                for feature, codes, levels in zip(
                    spec.features, values[spec.name].T, levels_of_columns, strict=True
                ):
                    position = np.searchsorted(levels, codes).clip(max=len(levels) - 1)
                    position = np.where(levels[position] == codes, position, len(levels))
                    columns[f"{spec.name} {feature}"] = pd.Categorical.from_codes(
                        position, categories=pd.RangeIndex(len(levels) + 1)
                    )
            elif spec.kind == "tokens":
                counts = _word_counts(spec, values)[:, levels_of_columns[0]].toarray()
                columns |= {f"{spec.name} {j}": counts[:, j] for j in range(counts.shape[1])}
        return pd.DataFrame(columns, index=X.index)


def _preprocessing_of(pipeline: Any) -> list[tuple[str, BaseEstimator]]:
    while not isinstance(pipeline, Pipeline) and hasattr(pipeline, "estimator"):
        pipeline = pipeline.estimator
    if not isinstance(pipeline, Pipeline):
        return []
    return [step for step in pipeline.steps[:-1] if not hasattr(step[1], "fit_resample")]


def _as_frame(X: Any) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        return X
    return pd.DataFrame(X.toarray() if hasattr(X, "toarray") else np.asarray(X))


def _numbers(groups: ColumnGroups, values: dict[str, np.ndarray]) -> np.ndarray:
    n_samples = len(next(iter(values.values())))
    parts = [
        values[spec.name].reshape(n_samples, -1) for spec in groups.inputs if not spec.categories
    ]
    return np.concatenate(parts, axis=1) if parts else np.empty((n_samples, 0))


def _counts(codes: np.ndarray, n_codes: int) -> sparse.csr_matrix:
    """(n_samples, n_codes) counts of each code."""
    rows = np.repeat(np.arange(len(codes)), codes.shape[1])
    ones = np.ones(codes.size)
    return sparse.csr_matrix((ones, (rows, codes.ravel())), shape=(len(codes), n_codes))


def _word_counts(spec: InputSpec, values: dict[str, np.ndarray]) -> sparse.csr_matrix:
    """(n_samples, n_words) counts of each word; the padding is not one."""
    vocabulary = np.asarray(spec.categories[0])
    return _counts(values[spec.name], len(vocabulary))[:, np.flatnonzero(vocabulary != PAD)]


def _most_frequent(counts: np.ndarray, limit: int) -> np.ndarray:
    """Ascending codes of the most frequent levels that occur."""
    order = np.argsort(-counts, kind="stable")[:limit]
    return np.sort(order[counts[order] > 0])
