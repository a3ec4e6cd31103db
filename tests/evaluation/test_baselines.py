import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skmultiinput.evaluation._baselines import LinearFeatures, TreeFeatures, make_baselines


@pytest.fixture(scope="module")
def typed():
    """A number, a category of 400 levels, a text and a sequence with its mask."""
    rng = np.random.default_rng(0)
    n = 600
    words = ["<pad>", "<unknown>", "bad", "good", "the"]
    text = rng.integers(2, 5, (n, 3))
    text[:, 2] = np.where(rng.uniform(size=n) < 0.5, 0, text[:, 2])
    columns = {
        "numeric__age": rng.normal(size=n),
        "category__id": pd.Categorical.from_codes(
            rng.integers(0, 400, n), categories=[f"c{i}" for i in range(400)]
        ),
    }
    for i in range(3):
        columns[f"text__review[{i}]"] = pd.Categorical.from_codes(text[:, i], categories=words)
    for t in range(2):
        columns[f"history__use[{t},0]"] = rng.normal(size=n)
        columns[f"history__use[{t},1]"] = np.ones(n)
    score = (text == 3).sum(axis=1) - (text == 2).sum(axis=1) + columns["history__use[1,0]"]
    return pd.DataFrame(columns), (score + rng.normal(size=n) > 0).astype(int), text


def test_linear_features_are_numbers_levels_and_words(typed):
    X, _, text = typed
    transformed = LinearFeatures().fit(X).transform(X)
    assert sparse.issparse(transformed)
    # 1 number and 4 of the sequence, 400 levels, 4 words: the padding is none.
    assert transformed.shape == (600, 5 + 400 + 4)
    numbers = transformed[:, :5].toarray()
    scaled = StandardScaler().fit_transform(X[["numeric__age"]])[:, 0]
    assert numbers[:, 0] == pytest.approx(scaled, abs=1e-6)
    one_hot = transformed[:, 5:405].toarray()
    assert (one_hot.argmax(axis=1) == X["category__id"].cat.codes).all()
    words = transformed[:, 405:].toarray()
    assert ((words[:, 2] > 0) == (text == 3).any(axis=1)).all()
    assert np.linalg.norm(words, axis=1) == pytest.approx(1)


def test_tree_features_keep_no_more_categories_than_trees_take(typed):
    X, _, text = typed
    features = TreeFeatures().fit(X)
    transformed = features.transform(X)
    (category,) = transformed.select_dtypes("category").columns
    assert transformed[category].nunique() <= 255
    counts = X["category__id"].value_counts()
    kept = set(features.levels_["category"][0])
    left = set(np.flatnonzero(counts.reindex(X["category__id"].cat.categories) > 0)) - kept
    by_code = X["category__id"].cat.codes.value_counts()
    assert by_code[list(kept)].min() >= by_code[list(left)].max()
    other = X["category__id"].cat.codes.isin(left)
    assert len(set(transformed.loc[other, category])) == 1
    assert (transformed["text 1"] == (text == 3).sum(axis=1)).all()


def test_unseen_levels_and_permuted_columns_are_taken(typed):
    X, _, _ = typed
    train, test = X.iloc[:300], X.iloc[300:]
    for features in (LinearFeatures(), TreeFeatures()):
        features.fit(train)
        expected = features.transform(test)
        transformed = features.transform(test[test.columns[::-1]])
        if sparse.issparse(expected):
            expected, transformed = expected.toarray(), transformed.toarray()
            np.testing.assert_array_equal(transformed, expected)
        else:
            pd.testing.assert_frame_equal(transformed, expected)


def test_every_baseline_but_the_prior_learns_from_every_kind(typed):
    X, y, _ = typed
    with threadpool_limits(1):
        for name, model in make_baselines(LogisticRegression(), random_state=0).items():
            fitted = clone(model).fit(X.iloc[:400], y[:400])
            auc = roc_auc_score(y[400:], fitted.predict_proba(X.iloc[400:])[:, 1])
            assert auc == 0.5 if name == "prior" else auc > 0.75


def test_the_preprocessing_is_that_of_the_pipeline_without_its_samplers():
    pipeline = Pipeline(
        [
            ("model", StandardScaler()),  # a name that the baselines use, too
            ("balance", RandomOverSampler()),
            ("features", LogisticRegression()),
        ]
    )
    for model in (pipeline, TunedThresholdClassifierCV(pipeline)):
        baseline = make_baselines(model)["logistic regression"]
        assert [type(step) for _, step in baseline["preprocess"].steps] == [StandardScaler]
        assert baseline["preprocess"][0] is not pipeline[0]
        X = np.random.default_rng(0).normal(size=(40, 2))
        assert baseline.fit(X, X[:, 0] > 0).score(X, X[:, 0] > 0) > 0.9
    assert list(make_baselines(make_pipeline(StandardScaler(), Ridge()))) == [
        "mean",
        "ridge",
        "boosted trees",
    ]


def test_unencoded_text_is_named():
    X = pd.DataFrame({"plan": ["a", "b"] * 5})
    with pytest.raises(ValueError, match="plan"):
        make_baselines(LogisticRegression())["boosted trees"].fit(X, [0, 1] * 5)


@pytest.mark.parametrize("name", ["logistic regression", "boosted trees"])
def test_a_number_may_be_missing_in_all_training_rows(name):
    """As one that was recorded later on, where folds are in time."""
    rng = np.random.default_rng(0)
    late = np.where(np.arange(200) < 150, np.nan, 1.0)
    X = pd.DataFrame({"size": rng.normal(size=200), "late": late})
    y = X["size"] > 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make_baselines(LogisticRegression())[name].fit(X[:150], y[:150])
        assert model.score(X[150:], y[150:]) > 0.9
