"""Pipelines that train an epoch at a time, and Optuna, which stops those that look poor."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    load,
    make_preprocessor,
    save,
)
from skmultiinput.model_selection import PartialFitPipeline

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "random_state": 0}


def make_table(n_rows=200):
    rng = np.random.default_rng(0)
    ids = [f"id {i}" for i in rng.integers(n_rows // 2, size=n_rows)]
    X = pd.DataFrame({"age": rng.normal(40, 10, n_rows), "id": ids})
    return X, np.where(X["age"] > 40, "leaves", "stays")


X, Y = make_table()


def make_pipeline(network=None, kind=PartialFitPipeline, **options):
    preprocess = make_preprocessor(random_state=0, high_cardinality="target")
    return kind([("prepare", preprocess), ("model", network or network_of())], **options)


def network_of(**parameters):
    return MultiInputClassifier(**{**SMALL, **parameters})


@pytest.mark.parametrize("memory", [None, "cache"])
def test_it_does_what_its_steps_do(memory, tmp_path):
    folder = memory and str(tmp_path / memory)
    model = make_pipeline(memory=folder)
    step, network = clone(model["prepare"]), clone(model["model"])
    frame = step.fit_transform(X, Y)
    for _ in range(3):
        assert model.partial_fit(X, Y) is model
        network.partial_fit(frame, Y)
    assert np.array_equal(model.predict_proba(X), network.predict_proba(step.transform(X)))
    # Other rows are transformed by what was learned from the first ones.
    model.partial_fit(X[:50], Y[:50])
    network.partial_fit(step.transform(X[:50]), Y[:50])
    assert np.array_equal(model.predict_proba(X), network.predict_proba(step.transform(X)))


def test_no_row_is_coded_by_its_own_target():
    """Ids without a signal stay without one in every epoch."""
    noise = np.random.default_rng(1).integers(2, size=len(X))
    model = make_pipeline()
    for _ in range(2):
        model.partial_fit(X, noise)
        seen = model._prepare(X.copy(), noise)["target__id"]
        assert abs(np.corrcoef(seen, noise)[0, 1]) < 0.3
    # What it has to be kept from.
    plain = model["prepare"].transform(X)["target__id"]
    assert np.corrcoef(plain, noise)[0, 1] > 0.5


@pytest.mark.parametrize("rows", [X, X[::-1]])
def test_a_first_call_that_fails_leaves_nothing_to_the_next(rows):
    """The ids are coded by the target, and that of the first call is wrong."""
    wrong, model = np.where(np.arange(len(X)) % 2, "leaves", "goes"), make_pipeline()
    with pytest.raises(ValueError, match="unknown categories in y"):
        model.partial_fit(rows, wrong, classes=np.unique(Y))
    model.partial_fit(X, Y)
    assert np.array_equal(
        model.predict_proba(X), make_pipeline().partial_fit(X, Y).predict_proba(X)
    )


def test_steps_that_resample_are_refused():
    model = make_pipeline()
    model.steps.insert(1, ("balance", MultiInputSMOTE()))
    with pytest.raises(TypeError, match=r"'balance' resamples .* partial_fit cannot .*sampler="):
        model.partial_fit(X, Y)


def test_fit_is_that_of_a_pipeline():
    model = make_pipeline(network_of(epochs=2)).partial_fit(X[:100], Y[:100])
    expected = make_pipeline(network_of(epochs=2), kind=Pipeline).fit(X, Y)
    assert np.array_equal(model.fit(X, Y).predict_proba(X), expected.predict_proba(X))


def test_classes_weights_and_regressors():
    model = make_pipeline().partial_fit(X[:50], Y[:50], classes=["leaves", "other", "stays"])
    assert model.classes_.tolist() == ["leaves", "other", "stays"]
    weight = np.where(X["age"] > 50, 0.0, 1.0)
    regressor = make_pipeline(MultiInputRegressor(**SMALL))
    regressor.partial_fit(X, X["age"], sample_weight=weight)
    assert regressor.predict(X).shape == (len(X),)
    alone = PartialFitPipeline([("model", network_of())])
    assert alone.partial_fit(X[["age"]], Y).predict(X[["age"]]).shape == (len(X),)


def test_no_rows_are_in_a_pickle(tmp_path):
    model = make_pipeline().partial_fit(X, Y)
    long = pd.concat([X] * 20, ignore_index=True)
    fitted = [make_pipeline().partial_fit(table, np.resize(Y, len(table))) for table in (X, long)]
    small, large = (len(pickle.dumps(model)) for model in fitted)
    assert large < small + 20_000
    expected = model.predict_proba(X)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict_proba(X), expected)
    assert copy.partial_fit(X, Y)["model"].n_iter_ == 2
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi")
    assert isinstance(loaded, PartialFitPipeline)
    assert np.array_equal(loaded.predict_proba(X), expected)


# Optuna's own search calls what Optuna has deprecated; can go when optuna-integration does not.
@pytest.mark.filterwarnings("ignore:`optuna.terminator`:FutureWarning")
@pytest.mark.filterwarnings("ignore:OptunaSearchCV is experimental")
def test_optuna_prunes_by_epochs():
    optuna = pytest.importorskip("optuna", reason="needs the extra optuna")
    integration = pytest.importorskip("optuna_integration", reason="needs the extra optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=0)
    study = optuna.create_study(direction="maximize", pruner=pruner)
    for rate in (0.05, 0.04, 1e-9):
        study.enqueue_trial({"model__learning_rate": rate})
    search = integration.OptunaSearchCV(
        make_pipeline(network_of(epochs=4)),
        {"model__learning_rate": optuna.distributions.FloatDistribution(1e-9, 0.05)},
        cv=StratifiedKFold(2),
        enable_pruning=True,
        max_iter=4,
        n_trials=3,
        scoring="roc_auc",
        study=study,
    )
    search.fit(X, Y)
    pruned = [t for t in search.trials_ if t.state == optuna.trial.TrialState.PRUNED]
    assert search.best_params_ == {"model__learning_rate": 0.05}
    assert len(search.trials_) == 3
    assert [t.params["model__learning_rate"] for t in pruned] == [1e-9]
    # Scores were reported after each epoch; the pruned trial has seen but one.
    assert [len(t.intermediate_values) for t in search.trials_] == [4, 4, 1]
    assert search.best_score_ > 0.9
    assert search.predict(X).shape == (len(X),)


def test_folds_start_anew():
    """A search clones: what was kept of one fold is not seen in another."""
    scores = []
    for train, test in KFold(2).split(X):
        model = clone(make_pipeline().partial_fit(X, Y))
        assert not hasattr(model["model"], "model_")
        scores.append(model.partial_fit(X.iloc[train], Y[train]).score(X.iloc[test], Y[test]))
    assert len(scores) == 2
