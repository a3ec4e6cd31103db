"""Inspection looks into every wrapper of scikit-learn that holds fitted copies."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline as ResamplingPipeline
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RANSACRegressor
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    make_preprocessor,
)
from skmultiinput._unwrap import part_with, parts, preprocessing
from skmultiinput.inspection import (
    TrainingHistoryDisplay,
    drift_report,
    get_embeddings,
    get_fusion_gates,
    network_summary,
    permutation_importance,
)

PARAMS = {"epochs": 1, "hidden_units": (4,), "n_members": 2, "n_estimators": 1, "random_state": 0}


def classifier(**params):
    network = MultiInputClassifier(fusion="gated", **PARAMS, **params)
    return make_pipeline(make_preprocessor(high_cardinality="embedding"), network)


def regressor():
    network = MultiInputRegressor(fusion="gated", **PARAMS)
    return make_pipeline(make_preprocessor(high_cardinality="embedding"), network)


CLASSIFIERS = {
    "calibrated": lambda e: CalibratedClassifierCV(e, cv=2),
    "calibrated once": lambda e: CalibratedClassifierCV(e, cv=2, ensemble=False),
    "tuned threshold": lambda e: TunedThresholdClassifierCV(e, cv=2),
    "fixed threshold": FixedThresholdClassifier,
    "grid search": lambda e: GridSearchCV(e, {"multiinputclassifier__epochs": [1]}, cv=2),
    "random search": lambda e: RandomizedSearchCV(
        e, {"multiinputclassifier__epochs": [1]}, n_iter=1, cv=2
    ),
    "voting": lambda e: VotingClassifier([("dummy", DummyClassifier()), ("net", e)], voting="soft"),
    "stacking": lambda e: StackingClassifier([("net", e)], LogisticRegression(), cv=2),
    "one against the rest": OneVsRestClassifier,
    "calibrated search": lambda e: CalibratedClassifierCV(
        GridSearchCV(e, {"multiinputclassifier__epochs": [1]}, cv=2), cv=2
    ),
    "step of a pipeline": lambda e: make_pipeline("passthrough", e),
    "after a sampler": lambda e: ResamplingPipeline(
        [("p", e[0]), ("sample", MultiInputSMOTE()), ("model", e[1])]
    ),
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    town = rng.choice([f"town{i}" for i in range(12)], 120)
    X = pd.DataFrame(
        {"age": rng.normal(size=120), "town": town, "plan": rng.choice(["a", "b"], 120)}
    )
    return X, (X["age"] > 0.3).to_numpy(int)


def check(model, X, y, scoring=None):
    """All functions read the network and the preprocessing inside a fitted model."""
    importance = permutation_importance(model, X, y, n_repeats=1, random_state=0, scoring=scoring)
    assert {"numeric", "onehot", "category"} == set(importance.loc["group"].index)
    assert set(importance.loc["column"].index) == set(X.columns)
    report = drift_report(model, X.assign(age=X["age"] + 100))
    assert report.loc["age", "outside"] == 1
    vectors = get_embeddings(model, "category")
    assert vectors.index.name == "town"
    gates = get_fusion_gates(model, X)
    assert gates.shape == (len(X), 3)
    assert gates.index.equals(X.index)
    assert ((gates >= 0) & (gates <= 2)).all(axis=None)
    assert network_summary(model).index.str.endswith("hidden_0").any()
    assert len(TrainingHistoryDisplay.from_estimator(model).lines_) > 0


@pytest.mark.parametrize("wrap", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_wrapped_classifiers(wrap, table):
    X, y = table
    check(wrap(classifier()).fit(X, y), X, y)


def test_frozen_estimators(table):
    X, y = table
    fitted = classifier().fit(X, y)
    for model in (
        FrozenEstimator(fitted),
        CalibratedClassifierCV(FrozenEstimator(fitted)).fit(X, y),
        FixedThresholdClassifier(FrozenEstimator(fitted)).fit(X, y),
    ):
        check(model, X, y)
        pd.testing.assert_frame_equal(get_fusion_gates(model, X), get_fusion_gates(fitted, X))


def test_wrapped_regressors(table):
    X, y = table
    y = y + X["age"].to_numpy() ** 2
    check(TransformedTargetRegressor(regressor()).fit(X, y), X, y)
    check(VotingRegressor([("net", regressor())]).fit(X, y), X, y)
    both = np.column_stack([y, -y])
    check(MultiOutputRegressor(regressor()).fit(X, both), X, both)


def test_several_outputs(table):
    X, y = table
    both = np.column_stack([y, 1 - y])
    check(MultiOutputClassifier(classifier()).fit(X, both), X, both, scoring=lambda *_: 0.0)


def test_gates_are_the_mean_over_all_copies(table):
    X, y = table
    model = CalibratedClassifierCV(classifier(), cv=2).fit(X, y)
    copies = [copy.estimator for copy in model.calibrated_classifiers_]
    expected = (get_fusion_gates(copies[0], X) + get_fusion_gates(copies[1], X)) / 2
    pd.testing.assert_frame_equal(get_fusion_gates(model, X), expected)


def test_copies_that_were_fitted_on_arrays(table):
    X, y = table
    model = BaggingClassifier(classifier(), n_estimators=2, random_state=0).fit(X, y)
    assert get_fusion_gates(model, X).shape == (len(X), 3)
    importance = permutation_importance(model, X, y, n_repeats=1, random_state=0)
    assert set(importance.loc["column"].index) == set(X.columns)
    assert len(drift_report(model, X)) == 3


def test_models_without_a_network_and_unfitted_ones(table):
    X, y = table
    forest = RandomForestClassifier(3, random_state=0)
    trees = make_pipeline(make_preprocessor(), forest).fit(X, y)
    with pytest.raises(ValueError, match="Pipeline has none"):
        get_embeddings(trees, "category")
    with pytest.raises(ValueError, match="Pipeline has none"):
        network_summary(trees)
    for model in (classifier(), CalibratedClassifierCV(classifier()), DummyClassifier()):
        with pytest.raises(NotFittedError):
            get_embeddings(model, "category")
        with pytest.raises(NotFittedError):
            get_fusion_gates(model, X)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda e: OutputCodeClassifier(e, random_state=0),
        OneVsOneClassifier,
        RFE,
        ClassifierChain,
    ],
)
def test_the_rule_needs_no_list_of_wrappers(wrap):
    X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 3
    wrapper = wrap(LogisticRegression())
    model = wrapper.fit(X, np.eye(3)[y] if isinstance(wrapper, ClassifierChain) else y)
    assert part_with(model, "coef_") is not None
    regressor = RANSACRegressor(random_state=0).fit(X, X[:, 0])
    assert part_with(regressor, "coef_") is not None


def test_the_transformer_that_reads_the_raw_table_is_the_first():
    first, second = make_preprocessor(), make_preprocessor()
    model = make_pipeline("passthrough", make_pipeline(first, "passthrough"), second)
    assert preprocessing(model) == ([], first)
    assert [part for _, part in parts(model)][1] is second
