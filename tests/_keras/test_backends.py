"""What has to work under every backend of Keras: CI runs this file under JAX, too.

Under TensorFlow the other files say the same in more detail.
"""

import json
import pickle
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    load,
    make_customers,
    make_preprocessor,
    save,
)
from skmultiinput._keras.backend import to_numpy
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.branches._recurrent_branch import RecurrentBranch
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.inspection import get_embeddings

ARTIFACTS = sorted((Path(__file__).parent / "artifacts").glob("*.skmi"))
SMALL = {"hidden_units": (16,), "n_members": 2, "n_estimators": 1, "random_state": 0}


COLUMNS = {"category": "city", "text": "review", "sequence": "monthly_usage", "image": "photo"}


@pytest.fixture(scope="module")
def customers():
    return make_customers(160, photo=True, row_id=False, random_state=0)


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
    X["plan"] = pd.Categorical(rng.choice(["free", "pro", "max"], 300))
    return X, ((X["a"] + (X["plan"] == "pro")) > 0.3).astype(int)


@pytest.mark.parametrize("path", ARTIFACTS, ids=lambda path: path.stem)
def test_predictions_agree_with_those_of_the_backend_that_trained(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # other versions, another backend
        pipeline = load(path)
    proba = pipeline.predict_proba(pd.DataFrame(expected["rows"]))
    np.testing.assert_allclose(proba, expected["probabilities"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "branch"),
    [
        ("category", CategoricalBranch(category_dropout=0.2)),
        ("text", TokenBranch()),
        ("text", TokenBranch(pooling="convolution")),
        ("sequence", Conv1DBranch()),
        ("sequence", RecurrentBranch(units=4)),
        ("image", Conv2DBranch(filters=(4,))),
    ],
)
def test_every_kind_is_trained(customers, kind, branch):
    X, y = customers
    X = X[["age", COLUMNS[kind]]]
    pipeline = make_pipeline(
        make_preprocessor(high_cardinality="embedding"),
        MultiInputClassifier(branches=[(kind, branch)], epochs=2, **SMALL),
    ).fit(X, y)
    history = pipeline[-1].history_
    assert np.isfinite(history["loss"]).all()
    assert len(history["val_loss"]) == 2
    proba = pipeline.predict_proba(X)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba[:7], pipeline.predict_proba(X[:7]), atol=1e-5)
    np.testing.assert_allclose(proba[:1], pipeline.predict_proba(X[:1]), atol=1e-5)


def test_it_learns_and_repeats(numbers):
    X, y = numbers
    model = MultiInputClassifier(epochs=15, early_stopping=False, batch_size=32, **SMALL)
    first, again = model.fit(X, y).predict_proba(X), clone(model).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(first, again)
    assert roc_auc_score(y, first[:, 1]) > 0.95


def test_the_epoch_is_that_of_plain_keras(numbers):
    X, y = numbers
    values = X[["a", "b"]].to_numpy(dtype=np.float32)
    model = MultiInputClassifier(
        branches=[("numeric", NumericBranch(embedding="plain"))],
        n_members=1,
        n_estimators=1,
        hidden_units=(8,),
        dropout=0.0,
        optimizer="sgd",
        optimizer__clipnorm=100.0,
        weight_decay=None,
        learning_rate=0.05,
        batch_size=-1,
        early_stopping=False,
        epochs=5,
        random_state=0,
    )
    started = clone(model).initialize(values, y).model_
    weights = started.get_weights()
    ours = model.fit(values, y)

    plain = keras.models.clone_model(started)
    plain.set_weights(weights)
    plain.compile(keras.optimizers.SGD(0.05), "binary_crossentropy")
    inputs = ours.column_groups_.split(pd.DataFrame(values, columns=ours.column_groups_.columns))
    plain.fit(inputs, y.to_numpy(dtype=np.float32)[:, None], batch_size=300, epochs=5, verbose=0)
    np.testing.assert_allclose(
        ours.predict_proba(values)[:, 1], np.ravel(to_numpy(plain(inputs))), atol=1e-5
    )


def test_regression_resampling_partial_fit_and_folds(numbers):
    X, y = numbers
    wave = np.sin(X["a"].to_numpy())
    assert MultiInputRegressor(epochs=15, **SMALL).fit(X, wave).score(X, wave) > 0.5
    smote = MultiInputClassifier(sampler=MultiInputSMOTE(), epochs=2, **SMALL)
    scores = cross_val_score(smote, X, y, cv=2, scoring="roc_auc", error_score="raise")
    assert np.isfinite(scores).all()
    part = MultiInputClassifier(**SMALL).partial_fit(X[:150], y[:150]).partial_fit(X, y)
    assert part.n_iter_ == 2


def test_kept_and_moved(numbers, tmp_path):
    X, y = numbers
    model = MultiInputClassifier(epochs=2, **SMALL)
    pipeline = make_pipeline(make_preprocessor(high_cardinality="embedding"), model).fit(X, y)
    expected = pipeline.predict_proba(X)
    save(pipeline, tmp_path / "model.skmi")
    for twin in (load(tmp_path / "model.skmi"), pickle.loads(pickle.dumps(pipeline))):
        np.testing.assert_array_equal(twin.predict_proba(X), expected)


def test_vectors_are_read_back(numbers):
    X, y = numbers
    branches = [("categorical", CategoricalBranch(embedding_dim=2))]
    model = MultiInputClassifier(branches=branches, epochs=1, **SMALL).fit(X, y)
    frame = get_embeddings(model, "categorical")
    assert {"free", "pro", "max"} <= set(frame.index)
    assert np.isfinite(frame.to_numpy()).all()
