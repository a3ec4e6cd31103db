"""Networks trained at the same time: the same result, and no more threads than asked for."""

import threading

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from skmultiinput import MultiInputClassifier, MultiInputRegressor, MultiInputSMOTE
from skmultiinput.estimators import _fit

rng = np.random.default_rng(0)
N = 160
X = pd.DataFrame(
    {
        "numeric__a": rng.normal(size=N),
        "numeric__b": rng.normal(size=N),
        "category__c": pd.Categorical(rng.choice(["x", "y", "z"], N)),
    }
)
AMOUNT = (X["numeric__a"] + (X["category__c"] == "x")).to_numpy()
CLASS = (AMOUNT > 0.8).astype(int)
SMALL = {"hidden_units": (8,), "n_estimators": 3, "epochs": 3, "random_state": 0}


@pytest.fixture
def threads(monkeypatch):
    """The threads in which networks were trained, and the most that were busy at once."""
    seen, busy, lock, train = [], set(), threading.Lock(), _fit.train

    def recorded(*args, **kwargs):
        with lock:
            busy.add(threading.get_ident())
            seen.append(len(busy))
        try:
            return train(*args, **kwargs)
        finally:
            with lock:
                busy.discard(threading.get_ident())

    monkeypatch.setattr(_fit, "train", recorded)
    return seen


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(_fit, "core_share", lambda: 4)


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (MultiInputClassifier(**SMALL), CLASS),
        (MultiInputClassifier(**SMALL, sampler=MultiInputSMOTE(), class_weight="balanced"), CLASS),
        (MultiInputRegressor(**SMALL), AMOUNT),
    ],
    ids=["classifier", "sampler", "regressor"],
)
@pytest.mark.parametrize("n_jobs", [2, -1])
def test_the_result_does_not_depend_on_it(estimator, y, n_jobs, threads):
    expected = estimator.set_params(n_jobs=None).fit(X, y)
    weights, history = expected.model_.get_weights(), expected.history_
    assert max(threads) == 1
    threads.clear()
    fitted = estimator.set_params(n_jobs=n_jobs).fit(X, y)
    assert max(threads) > 1
    assert fitted.history_ == history
    for own, other in zip(fitted.model_.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(own, other)


def test_joblib_decides_where_nothing_is_set(threads):
    with joblib.parallel_config(n_jobs=2):
        MultiInputClassifier(**SMALL).fit(X, CLASS)
    assert max(threads) == 2


def test_never_more_than_the_share_of_the_cores(threads, monkeypatch):
    monkeypatch.setattr(_fit, "core_share", lambda: 1)
    MultiInputClassifier(**SMALL, n_jobs=4).fit(X, CLASS)
    assert max(threads) == 1


def test_a_search_trains_one_network_at_a_time_in_each_process(threads):
    model = MultiInputClassifier(**SMALL | {"epochs": 1})
    search = GridSearchCV(model, {"dropout": [0.0, 0.2]}, cv=2, n_jobs=1).fit(X, CLASS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert max(threads) == 1


def test_callbacks_see_one_network_after_the_other(threads):
    order = []
    callback = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: order.append("begin"))
    MultiInputClassifier(**SMALL, n_jobs=3, callbacks=callback).fit(X, CLASS)
    assert max(threads) == 1
    assert order == ["begin"] * 3


def test_the_dtype_policy_of_the_calling_thread_counts(threads):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        alone = MultiInputClassifier(**SMALL).fit(X, CLASS).predict_proba(X)
        beside = MultiInputClassifier(**SMALL, n_jobs=3).fit(X, CLASS)
    finally:
        keras.config.set_dtype_policy(before)
    layers = [layer for network in beside.model_.layers for layer in getattr(network, "layers", [])]
    assert "bfloat16" in {layer.compute_dtype for layer in layers}
    np.testing.assert_array_equal(beside.predict_proba(X), alone)


def test_an_error_in_one_of_them_is_the_error_of_the_fit():
    model = MultiInputRegressor(**SMALL, n_jobs=3, learning_rate=1e30, optimizer="sgd")
    with pytest.raises(FloatingPointError, match="epoch"):
        model.fit(X, AMOUNT * 1e6)
    assert not hasattr(model, "model_")
