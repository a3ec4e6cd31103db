"""Inside imbalanced-learn's Pipeline and scikit-learn's searches, ensembles and inspections."""

import copy
import io
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.over_sampling import SMOTENC, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import Pipeline as StockPipeline
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler
from small import SMALL

from skmultiinput import MultiInputClassifier, MultiInputRegressor, MultiInputSMOTE
from skmultiinput.preprocessing import CategoryEncoder, make_preprocessor

N_SAMPLES = 150


def raw_table(n_samples=N_SAMPLES):
    """Raw customers: gaps, text categories, a rare class."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 9, n_samples),
            "income": rng.lognormal(8, 1, n_samples),
            "city": rng.choice([f"city_{i}" for i in range(25)], n_samples),
            "plan": rng.choice(["basic", "pro"], n_samples),
        }
    )
    y = np.where(X["age"] + rng.normal(scale=4, size=n_samples) > 46, "yes", "no")
    X.loc[rng.random(n_samples) < 0.1, "age"] = np.nan
    return X, y


X, Y = raw_table()
BY_HAND = ColumnTransformer(
    [
        ("numeric", make_pipeline(KNNImputer(), RobustScaler()), ["age", "income"]),
        ("onehot", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["plan"]),
        ("category", CategoryEncoder(min_frequency=3), ["city"]),
    ]
).set_output(transform="pandas")
PREPROCESSORS = {
    "made": make_preprocessor(high_cardinality="embedding", cardinality_threshold=10),
    "by hand": BY_HAND,
}


def pipeline(preprocess="made", balance="passthrough", **params):
    return Pipeline(
        [
            ("preprocess", clone(PREPROCESSORS[preprocess])),
            ("balance", balance),
            ("model", MultiInputClassifier(**{**SMALL, **params})),
        ]
    )


@pytest.fixture(scope="module")
def fitted():
    return pipeline().fit(X, Y)


@pytest.mark.parametrize("preprocess", PREPROCESSORS)
def test_pipelines_fit_predict_and_score(preprocess):
    model = pipeline(preprocess, balance=MultiInputSMOTE(random_state=0)).fit(X, Y)
    assert set(model.predict(X)) <= {"no", "yes"}
    assert model.predict_proba(X).shape == (N_SAMPLES, 2)
    assert model.score(X, Y) == np.mean(model.predict(X) == Y)
    assert {"numeric", "category"} <= set(model[-1].column_groups_.groups)


def test_folds_are_stratified():
    # Folds of sorted rows hold one class each where they are not, and nothing can be learned.
    order = np.argsort(Y, kind="stable")
    model, rows, labels = pipeline(epochs=1), X.iloc[order], Y[order]
    scores = cross_val_score(model, rows, labels, cv=2, error_score="raise")
    same = cross_val_score(model, rows, labels, cv=StratifiedKFold(2))
    np.testing.assert_array_equal(scores, same)
    with pytest.raises(ValueError, match="one class only"):
        cross_val_score(model, rows, labels, cv=KFold(2), error_score="raise")


def test_scores_of_every_kind():
    scoring = ["roc_auc", "average_precision", "neg_log_loss"]
    y = (Y == "yes").astype(int)
    found = cross_validate(
        pipeline(), X, y, cv=2, scoring=[*scoring, "f1"], return_train_score=True
    )
    for name in [*scoring, "f1"]:
        assert np.isfinite(found[f"test_{name}"]).all()


SAMPLERS = [
    SMOTENC("auto", random_state=0),
    RandomOverSampler(random_state=0),
    RandomUnderSampler(random_state=0),
    "passthrough",
    MultiInputSMOTE(random_state=0),
]


def test_grids_search_preprocessing_sampler_and_network():
    grid = [
        {"balance": SAMPLERS},
        {"preprocess__numeric__impute": [SimpleImputer(), KNNImputer()]},
        {"model__numeric__embedding_dim": [4, 8], "model__optimizer__beta_1": [0.8]},
    ]
    search = GridSearchCV(pipeline(), grid, cv=2, scoring="roc_auc", error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 9
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict_proba(X).shape == (N_SAMPLES, 2)


def test_random_searches_draw_from_lists():
    space = {
        "preprocess__numeric__impute": [SimpleImputer(), KNNImputer()],
        "balance": SAMPLERS[1:3],
        "model__hidden_units": [(8,), (4, 4)],
        "model__category__embedding_dim": [2, 3],
    }
    search = RandomizedSearchCV(
        pipeline(), space, n_iter=3, cv=2, random_state=0, error_score="raise"
    )
    assert len(search.fit(X, Y).cv_results_["params"]) == 3


def test_jobs_in_threads_give_the_same_scores():
    grid = {"balance": SAMPLERS[1:4], "model__numeric__embedding_dim": [4, 8]}
    search = GridSearchCV(pipeline(), grid, cv=2, scoring="neg_log_loss", error_score="raise")
    alone = clone(search).fit(X, Y).cv_results_["mean_test_score"]
    with joblib.parallel_config("threading"):
        together = clone(search).set_params(n_jobs=2).fit(X, Y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(alone, together)


@pytest.mark.slow
def test_jobs_in_processes_give_the_same_scores():
    grid = {"balance": SAMPLERS[1:4]}
    search = GridSearchCV(pipeline(), grid, cv=2, scoring="neg_log_loss", error_score="raise")
    alone = clone(search).fit(X, Y).cv_results_["mean_test_score"]
    together = clone(search).set_params(n_jobs=2).fit(X, Y).cv_results_["mean_test_score"]
    # The workers have one thread each, which may add in another order.
    np.testing.assert_allclose(alone, together, rtol=1e-5)


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize(
    "way", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, through_joblib]
)
def test_copies_of_a_pipeline_predict_the_same(fitted, way):
    np.testing.assert_array_equal(way(fitted).predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(clone(fitted).fit(X, Y).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda p: CalibratedClassifierCV(p, cv=2),
        lambda p: TunedThresholdClassifierCV(p, cv=2),
        lambda p: VotingClassifier([("a", p), ("b", clone(p))], voting="soft"),
        lambda p: StackingClassifier([("a", p)], LogisticRegression(), cv=2),
    ],
    ids=["calibrated", "threshold", "voting", "stacking"],
)
def test_meta_estimators(wrap):
    model = wrap(pipeline()).fit(X, Y)
    assert model.predict_proba(X).shape == (N_SAMPLES, 2)
    assert set(model.predict(X)) <= {"no", "yes"}


def test_bagging_over_the_network():
    # BaggingClassifier hands on arrays, so it stands behind the preprocessing.
    numbers = X[["income"]].assign(age=X["age"].fillna(40)).apply(np.log)
    model = BaggingClassifier(MultiInputClassifier(**SMALL), n_estimators=2, random_state=0)
    assert model.fit(numbers, Y).predict_proba(numbers).shape == (N_SAMPLES, 2)


def test_inspection(fitted):
    found = permutation_importance(fitted, X, Y, n_repeats=2, random_state=0, scoring="roc_auc")
    assert found.importances.shape == (4, 2)
    curve = partial_dependence(fitted, X, ["income"], grid_resolution=5, kind="average")
    assert np.isfinite(curve["average"]).all()


def test_sample_weights_are_routed():
    weight = np.where(Y == "yes", 5.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = MultiInputClassifier(**SMALL)
        model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        routed = StockPipeline([("preprocess", clone(BY_HAND)), ("model", model)])
        routed.fit(X, Y, sample_weight=weight)
        scores = cross_val_score(routed, X, Y, cv=2, params={"sample_weight": weight})
        plain = StockPipeline(
            [
                ("preprocess", clone(BY_HAND)),
                ("model", clone(model).set_fit_request(sample_weight=False)),
            ]
        ).fit(X, Y)
    assert np.isfinite(scores).all()
    more = routed.predict_proba(X)[:, 1].mean() - plain.predict_proba(X)[:, 1].mean()
    assert more > 0
    by_hand = clone(BY_HAND).fit_transform(X)
    direct = MultiInputClassifier(**SMALL).fit(by_hand, Y, sample_weight=weight)
    np.testing.assert_array_equal(routed.predict_proba(X), direct.predict_proba(by_hand))


def test_sample_weights_by_the_steps_name():
    weight = np.where(Y == "yes", 5.0, 1.0)
    model = pipeline("by hand").fit(X, Y, model__sample_weight=weight)
    direct = MultiInputClassifier(**SMALL)
    frame = clone(BY_HAND).fit_transform(X)
    np.testing.assert_array_equal(
        model.predict_proba(X), direct.fit(frame, Y, weight).predict_proba(frame)
    )


def test_validation_rows_pass_through_scikit_learns_pipeline():
    with sklearn.config_context(enable_metadata_routing=True):
        model = MultiInputClassifier(**SMALL).set_fit_request(X_val=True, y_val=True)
        steps = [("preprocess", clone(BY_HAND)), ("model", model)]
        whole = StockPipeline(steps, transform_input=["X_val"])
        whole.fit(X[:100], Y[:100], X_val=X[100:], y_val=Y[100:])
    preprocess = clone(BY_HAND).fit(X[:100], Y[:100])
    direct = MultiInputClassifier(**SMALL).fit(
        preprocess.transform(X[:100]),
        Y[:100],
        X_val=preprocess.transform(X[100:]),
        y_val=Y[100:],
    )
    assert whole[-1].history_ == direct.history_


def test_synthetic_rows_are_not_validated_on():
    balanced = MultiInputSMOTE(random_state=0).fit_resample(clone(BY_HAND).fit_transform(X), Y)
    n_real = N_SAMPLES
    model = MultiInputClassifier(**SMALL, validation_fraction=0.3, metrics=["TruePositives"])
    history = model.fit(*balanced).history_
    # All validation rows are real ones: not more rare ones than a stratified share of those.
    assert history["val_truepositives"][0] <= np.ceil(0.3 * n_real * (Y == "yes").mean()) + 1


def test_a_regressor_in_a_search():
    y = np.where(Y == "yes", 3.0, 1.0) + X["income"] / 1e4
    model = StockPipeline([("preprocess", clone(BY_HAND)), ("model", MultiInputRegressor(**SMALL))])
    search = GridSearchCV(model, {"model__dropout": [0.0, 0.2]}, cv=2, error_score="raise")
    assert np.isfinite(search.fit(X, y).predict(X)).all()
