"""Several networks as one estimator: what they share, what they do not, and what refuses them."""

import pickle

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor, export_network, load, save
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.ensemble import mean_of, networks_of
from skmultiinput.estimators import _fit
from skmultiinput.inspection import get_embeddings, get_fusion_gates, network_summary

X, Y = small_table()
TARGETS = {
    "binary": Y,
    "multiclass": np.digitize(X["numeric__age"], [-0.5, 0.5]),
    "multilabel": np.column_stack([X["numeric__age"] > 0, X["numeric__income"] > 0]).astype(int),
    "regression": 100 + 20 * X["numeric__age"].to_numpy(),
}


def model_of(kind, **params):
    estimator = MultiInputRegressor if kind == "regression" else MultiInputClassifier
    return estimator(**{**SMALL, "n_estimators": 3, **params})


def outputs(model, network, rows=X):
    return to_numpy(network(model.column_groups_.split(rows)))


@pytest.mark.parametrize("kind", TARGETS)
def test_the_prediction_is_the_mean_of_the_networks(kind):
    y = TARGETS[kind]
    model = model_of(kind).fit(X, y)
    networks = networks_of(model.model_)
    assert len(networks) == 3
    mean = np.mean([outputs(model, network) for network in networks], axis=0)
    if kind == "regression":
        encoder = model.target_encoder_
        alone = [encoder.inverse_transform(outputs(model, network)) for network in networks]
        np.testing.assert_allclose(model.predict(X), np.mean(alone, axis=0).ravel(), rtol=1e-5)
        return
    expected = np.column_stack([1 - mean, mean]) if kind == "binary" else mean
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_the_first_network_is_the_one_that_stands_alone(kind):
    several = model_of(kind).fit(X, TARGETS[kind])
    alone = model_of(kind, n_estimators=1).fit(X, TARGETS[kind])
    for one, other in zip(
        networks_of(several.model_)[0].get_weights(), alone.model_.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert several.history_ == alone.history_
    assert several.n_iter_ == alone.n_iter_


def test_each_network_has_initial_weights_and_validation_rows_of_its_own(monkeypatch):
    seen = []

    split = _fit.split_rows

    def split_rows(*args):
        training, validation = split(*args)
        seen.append(frozenset(validation))
        return training, validation

    monkeypatch.setattr(_fit, "split_rows", split_rows)
    model = MultiInputClassifier(**{**SMALL, "n_estimators": 3}).fit(X, Y)
    assert len(set(seen)) == 3
    kernels = [
        network.get_layer("network>hidden_0").kernel for network in networks_of(model.model_)
    ]
    assert not np.array_equal(*map(to_numpy, kernels[:2]))


def test_seeds_clones_and_pickles():
    model = model_of("binary").fit(X, Y)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, Y).predict_proba(X), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), expected)
    other = model_of("binary", random_state=1).fit(X, Y)
    assert not np.array_equal(other.predict_proba(X), expected)
    np.testing.assert_array_equal(model.predict_proba(X[::-1])[::-1], expected)
    np.testing.assert_array_equal(model.predict_proba(X[X.columns[::-1]]), expected)


def test_files_hold_all_networks(tmp_path):
    model = model_of("multiclass").fit(X, TARGETS["multiclass"])
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi")
    assert len(networks_of(loaded.model_)) == 3
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    export_network(model, tmp_path / "model.keras")
    assert (tmp_path / "model.keras").exists()


def test_resampled_rows_have_one_prior():
    rare = np.arange(len(X)) % 10 == 0
    model = model_of("binary", sampler=RandomOverSampler(random_state=0)).fit(X, rare)
    np.testing.assert_allclose(model.prior_ratio_, [0.9 / 0.5, 0.1 / 0.5], rtol=0.05)
    assert model.predict_proba(X)[:, 1].mean() < 0.3


def test_the_first_network_can_be_read_back():
    model = model_of("binary", fusion="gated").fit(X, Y)
    assert get_embeddings(model, "category").index.tolist()[-1] == "pro"
    assert get_fusion_gates(model, X[:5]).shape == (5, 2)
    assert "network>hidden_0" in network_summary(model).index


def test_presets_say_how_many():
    best = MultiInputClassifier(preset="best", hidden_units=(4,), epochs=1, random_state=0)
    assert len(networks_of(best.fit(X, Y).model_)) == 4
    assert len(networks_of(clone(best).set_params(warm_start=True).fit(X, Y).model_)) == 1
    assert len(networks_of(clone(best).partial_fit(X, Y).model_)) == 1


def test_they_can_be_searched_over():
    search = GridSearchCV(model_of("binary"), {"n_estimators": [1, 2]}, cv=2).fit(X, Y)
    assert set(search.cv_results_["param_n_estimators"]) == {1, 2}


@pytest.mark.parametrize("how", [{"warm_start": True}, {"memory": "folder"}])
def test_what_goes_on_is_for_one_network(how):
    (name,) = how
    with pytest.raises(ValueError, match=f"n_estimators=3 does not go with {name}="):
        model_of("binary", **how).fit(X, Y)


def test_epoch_by_epoch_starts_with_as_many_networks_as_are_asked_for():
    given = model_of("binary")
    model = clone(given).partial_fit(X, Y)
    assert len(networks_of(model.model_)) == 3
    at_once = clone(given).set_params(epochs=1, early_stopping=False).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), at_once.predict_proba(X))
    assert model.partial_fit(X, Y).n_iter_ == 2
    assert (
        len(networks_of(clone(given).set_params(n_estimators="auto").partial_fit(X, Y).model_)) == 1
    )


def test_a_warm_start_is_of_one_network():
    model = model_of("binary").fit(X, Y).set_params(n_estimators="auto", warm_start=True)
    with pytest.raises(ValueError, match="cannot go on from several networks"):
        model.fit(X, Y)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_each_network_goes_on(kind, tmp_path):
    y = TARGETS[kind]
    several = model_of(kind).fit(X, y)
    alone = model_of(kind, n_estimators=1).fit(X, y)
    before = [network.get_weights() for network in networks_of(several.model_)]
    for model in (several, alone):
        model.partial_fit(X, y).partial_fit(X, y)
    after = [network.get_weights() for network in networks_of(several.model_)]
    assert len(after) == 3
    for old, new in zip(before, after, strict=True):
        assert any(not np.array_equal(*pair) for pair in zip(old, new, strict=True))
    for one, other in zip(after[0], alone.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert several.history_ == alone.history_
    mean = np.mean([outputs(several, n) for n in networks_of(several.model_)], axis=0)
    np.testing.assert_allclose(several.predict_outputs(X), mean, atol=1e-6)
    # What was kept goes on as it would have.
    save(several, tmp_path / "model.skmi")
    kept = [pickle.loads(pickle.dumps(several)), load(tmp_path / "model.skmi")]
    expected = several.partial_fit(X, y).predict_outputs(X)
    for model in kept:
        np.testing.assert_allclose(model.partial_fit(X, y).predict_outputs(X), expected, atol=1e-5)


def test_a_step_that_fails_leaves_all_networks():
    model = model_of("binary").fit(X, Y)
    expected = model.predict_proba(X)
    with pytest.raises(ValueError, match="inconsistent"):
        model.partial_fit(X, Y[:-1])
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_verbose_counts_the_networks(capsys):
    model_of("binary", verbose=1, epochs=1).fit(X, Y)
    printed = capsys.readouterr().out
    assert [line.split(" - ")[0] for line in printed.splitlines()] == [
        "Network 1/3",
        "Network 2/3",
        "Network 3/3",
    ]


def test_one_network_stays_as_it_is():
    model = model_of("binary", n_estimators=1).fit(X, Y).model_
    assert mean_of([model]) is model
    assert networks_of(model) == [model]
