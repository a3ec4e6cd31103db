"""Whole networks under Keras's dtype policies: fit, predict, pickle, save and load."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from networks import sequence_frame, token_frame
from sklearn.base import clone

from skmultiinput import MultiInputClassifier, load, save
from skmultiinput._training.compile_cache import CACHE
from skmultiinput.branches import CategoricalBranch, RecurrentBranch, TokenBranch
from skmultiinput.branches._default_branches import DEFAULT_BRANCHES

POLICIES = ["float64", "mixed_float16", "mixed_bfloat16"]


def frame_of_all_kinds(n_rows=60):
    """Numbers, a flag, categories, texts, sequences, series and images; some rows lack some."""
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) % 2
    words = [["good", "fit"], [], ["bad"], ["red", "soft", "fit"]]
    cities = pd.CategoricalDtype(["<unknown>", "Bern", "Rome"])
    sequences = [rng.normal(size=(i % 4, 2)) for i in range(n_rows)]
    images = rng.random((n_rows, 48)) * (np.arange(n_rows) % 3 > 0)[:, None]
    names = [f"photo__front[{h},{w},{c}]" for h in range(4) for w in range(4) for c in range(3)]
    series = pd.DataFrame(rng.normal(size=(n_rows, 5))).rename(columns=lambda j: f"load__kw[{j}]")
    numbers = {"numeric__age": y + 0.3 * rng.normal(size=n_rows), "numeric__flag": rng.permuted(y)}
    city = pd.Categorical.from_codes(rng.integers(0, 3, n_rows), dtype=cities)
    frame = pd.concat(
        [
            pd.DataFrame({**numbers, "plan__city": city}),
            token_frame([words[i % 4] for i in range(n_rows)], 4),
            sequence_frame(sequences, 4),
            series,
            pd.DataFrame(images, columns=names),
        ],
        axis=1,
    )
    return frame, y


@pytest.fixture(params=POLICIES)
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def model_of(**params):
    options = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "random_state": 0}
    return MultiInputClassifier(**{**options, "epochs": 2, **params})


slow = pytest.mark.slow


@pytest.mark.parametrize(
    "fusion", ["concat", *(pytest.param(f, marks=slow) for f in ("gated", "attention", "late"))]
)
def test_every_kind_is_fitted_under_every_policy(fusion, policy, tmp_path):
    X, y = frame_of_all_kinds()
    model = model_of(fusion=fusion, fusion__modality_dropout=0.2).fit(X, y)
    assert np.isfinite(model.history_["loss"]).all()
    proba = model.predict_proba(X)
    assert np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6)
    compute = {layer.compute_dtype for layer in model.model_.layers}
    assert policy.removeprefix("mixed_") in compute
    output = keras.backend.standardize_dtype(model.model_.output.dtype)
    assert output == ("float64" if policy == "float64" else "float32")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), proba)
    save(model, tmp_path / "model.skmi")
    np.testing.assert_array_equal(load(tmp_path / "model.skmi").predict_proba(X), proba)


@slow
@pytest.mark.parametrize(
    ("group", "branch"),
    [
        ("text", TokenBranch("mean_max", ngrams=2, n_bits=4)),
        ("text", TokenBranch("recurrent", units=4)),
        ("text", TokenBranch("convolution", units=4)),
        ("text", RecurrentBranch(units=4)),
        ("history", RecurrentBranch(cell="gru", units=4)),
        ("load", RecurrentBranch(units=4, bidirectional=False)),
        ("plan", CategoricalBranch("auto", units=4)),
        ("numeric", DEFAULT_BRANCHES["numeric"]("periodic")),
    ],
)
def test_every_branch_is_fitted_under_every_policy(group, branch, policy):
    X, y = frame_of_all_kinds()
    X = X[[column for column in X if column.startswith(f"{group}__")]]
    model = model_of(branches=[(group, branch)]).fit(X, y)
    assert np.isfinite(model.history_["loss"]).all()
    assert np.isfinite(model.predict_proba(X)).all()


def test_it_learns_as_under_single_precision(policy):
    X, y = frame_of_all_kinds(200)
    X = X[["numeric__age", "numeric__flag"]]
    options = {"epochs": 30, "early_stopping": False, "learning_rate": 1e-2}
    proba = model_of(**options).fit(X, y).predict_proba(X)
    keras.config.set_dtype_policy("float32")
    single = model_of(**options).fit(X, y).predict_proba(X)
    assert ((proba[:, 1] > 0.5) == y).mean() > 0.9
    np.testing.assert_allclose(proba, single, atol=1e-2 if policy == "float64" else 0.15)


def test_what_was_compiled_under_another_policy_is_not_used(policy):
    X, y = frame_of_all_kinds(200)
    X = X[["numeric__age", "numeric__flag"]]
    CACHE.clear()
    expected = model_of().fit(X, y).predict_proba(X)
    CACHE.clear()
    keras.config.set_dtype_policy("float32")
    single = model_of().fit(X, y).predict_proba(X)
    keras.config.set_dtype_policy(policy)
    np.testing.assert_array_equal(model_of().fit(X, y).predict_proba(X), expected)
    assert not np.array_equal(single, expected)


def test_networks_of_one_ensemble_and_their_mean(policy):
    X, y = frame_of_all_kinds()
    model = model_of(n_estimators=2).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_channels_stay_last_whatever_keras_is_set_to():
    X, y = frame_of_all_kinds()
    expected = model_of().fit(X, y).predict_proba(X)
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = model_of().fit(X, y)
    finally:
        keras.config.set_image_data_format(before)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    formats = {getattr(layer, "data_format", "channels_last") for layer in model.model_.layers}
    assert formats == {"channels_last"}


def test_a_policy_in_effect_during_one_fit_counts_for_it_alone(tmp_path):
    X, y = frame_of_all_kinds(200)
    X = X[["numeric__age", "numeric__flag"]]
    before = keras.config.dtype_policy()
    single = model_of(n_estimators=2).fit(X, y).predict_proba(X)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = model_of(n_estimators=2).fit(X, y)
        expected = model.predict_proba(X)
        # Keras has a policy for each thread; networks are built in the one that called fit.
        in_threads = clone(model).set_params(n_jobs=2).fit(X, y).predict_proba(X)
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_array_equal(in_threads, expected)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    save(model, tmp_path / "model.skmi")
    np.testing.assert_array_equal(load(tmp_path / "model.skmi").predict_proba(X), expected)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict_proba(X), single)
    assert not np.array_equal(single, expected)
