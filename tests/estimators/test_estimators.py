"""The estimators: targets, parameters, weights, tables of every kind, going on, own networks."""

import copy
import pickle
import warnings

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from imblearn.over_sampling import SMOTENC, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score, r2_score
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor, MultiInputSMOTE
from skmultiinput.branches._numeric_branch import NumericBranch

X, Y = small_table()
NUMBERS = X.iloc[:, :2]


def classifier(**params):
    return MultiInputClassifier(**{**SMALL, **params})


def regressor(**params):
    return MultiInputRegressor(**{**SMALL, **params})


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


# -- targets -------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        Y == "stays",
        np.where(Y == "stays", 5, -3),
        pd.Series(Y).astype("category"),
        pd.Series(Y, dtype="string"),
        pd.Series(np.where(Y == "stays", 1, 0), dtype="Int64"),
        pd.Series(Y == "stays", dtype="boolean"),
        list(Y),
        pa.array(Y),
    ],
    ids=["bool", "int", "category", "string", "Int64", "boolean", "list", "pyarrow"],
)
def test_labels_of_any_type(labels, fitted):
    model = classifier().fit(X, labels)
    np.testing.assert_array_equal(model.predict_proba(X), fitted.predict_proba(X))
    assert model.classes_.tolist() == sorted(set(np.asarray(labels).tolist()))
    assert set(model.predict(X)) <= set(model.classes_)


def test_outputs_fit_the_target():
    rng = np.random.default_rng(0)
    three = rng.choice(["a", "b", "c"], len(X))
    for y, kind, width, activation in (
        (Y, "binary", 2, "sigmoid"),
        (three, "multiclass", 3, "softmax"),
    ):
        model = classifier().fit(X, y)
        probabilities = model.predict_proba(X)
        assert probabilities.shape == (len(X), width)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert model.target_encoder_.kind_ == kind
        assert model.model_.get_layer("network>prediction").get_config()["activation"] == activation
        assert model.n_classes_ == width
    labels = np.column_stack([Y == "stays", X["numeric__income"] > 0]).astype(int)
    model = classifier().fit(X, labels)
    assert model.predict_proba(X).shape == model.predict(X).shape == labels.shape
    assert model.score(X, labels) == accuracy_score(labels, model.predict(X))
    numbers = np.column_stack([X["numeric__age"], X["numeric__income"]])
    assert regressor().fit(X, numbers).predict(X).shape == numbers.shape
    assert regressor().fit(X, numbers[:, 0]).predict(X).shape == (len(X),)


def test_one_column_warns_as_in_scikit_learn(fitted):
    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = classifier().fit(X, pd.DataFrame({"left": Y}))
    np.testing.assert_array_equal(model.predict(X), fitted.predict(X))


def test_numbers_come_in_the_targets_units():
    y = 1e6 + 1e4 * X["numeric__age"]
    model = regressor(epochs=60, learning_rate=0.02).fit(X, y)
    assert model.score(X, y) > 0.8
    assert model.score(X, y) == r2_score(y, model.predict(X))
    constant = regressor().fit(X, np.full(len(X), 7.0)).predict(X)
    np.testing.assert_allclose(constant, 7, atol=1)


def test_it_learns_and_says_how_long():
    model = classifier(epochs=60, learning_rate=0.02, n_iter_no_change=5).fit(X, Y)
    assert model.score(X, Y) > 0.85
    assert len(model.history_["loss"]) == len(model.history_["val_loss"]) == model.n_iter_ <= 60


# -- tables --------------------------------------------------------------------


def test_one_row_is_a_row(fitted):
    assert fitted.predict_proba(X[:1]).shape == (1, 2)
    assert fitted.predict(X[:1]).shape == (1,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, "Float64", "float64[pyarrow]"])
def test_number_types_mix_freely(dtype):
    whole = NUMBERS.round(0)
    model = classifier().fit(whole, Y)
    other = classifier().fit(whole.astype(dtype), Y)
    np.testing.assert_array_equal(
        model.predict_proba(whole.astype(dtype)), other.predict_proba(whole)
    )


@pytest.mark.parametrize(
    "kind",
    [np.asarray, lambda f: f.to_numpy().tolist(), pa.Table.from_pandas],
    ids=["array", "lists", "arrow"],
)
def test_tables_of_any_kind(kind):
    expected = classifier().fit(NUMBERS.to_numpy(), Y).predict_proba(NUMBERS.to_numpy())
    data = kind(NUMBERS)
    np.testing.assert_array_equal(classifier().fit(data, Y).predict_proba(data), expected)


def test_names_are_kept_and_arrays_warn_as_in_scikit_learn(fitted):
    assert fitted.feature_names_in_.tolist() == X.columns.tolist()
    assert fitted.n_features_in_ == 3
    model = classifier().fit(NUMBERS, Y)
    with pytest.warns(UserWarning, match="X does not have valid feature names") as caught:
        model.predict(NUMBERS.to_numpy())
    assert len(caught) == 1
    nameless = classifier().fit(NUMBERS.to_numpy(), Y)
    assert not hasattr(nameless, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but"):
        nameless.predict(NUMBERS)


def test_a_plain_use_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier().fit(X, Y)
        model.predict_proba(X)
        model.score(X, Y, sample_weight=np.ones(len(X)))
        pickle.loads(pickle.dumps(model)).predict(X)
        clone(model).partial_fit(X, Y)


def test_nothing_passed_is_changed():
    frame, y, weight = X.copy(), Y.copy(), np.ones(len(X), dtype=int)
    branch = NumericBranch()
    classifier(
        branches=[("numeric", branch)],
        numeric__embedding_dim=3,
        class_weight="balanced",
        sampler=RandomOverSampler(),
    ).fit(frame, y, sample_weight=weight)
    pd.testing.assert_frame_equal(frame, X)
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(weight, np.ones(len(X), dtype=int))
    assert weight.dtype == int
    assert branch.get_params() == NumericBranch().get_params()


# -- weights and resampling ----------------------------------------------------


def test_integer_weights_are_weights(fitted):
    doubled = classifier().fit(X, Y, sample_weight=np.full(len(X), 2))
    np.testing.assert_allclose(doubled.predict_proba(X), fitted.predict_proba(X), atol=1e-6)


def test_rows_of_weight_zero_take_no_part():
    weight = (np.arange(len(X)) % 3 > 0).astype(float)
    changed = X.copy()
    changed.loc[weight == 0, "numeric__age"] = 1e6
    fits = [classifier(numeric__embedding="plain") for _ in range(2)]
    one, two = fits[0].fit(X, Y, weight), fits[1].fit(changed, Y, weight)
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_class_weights_move_training_as_sample_weights_do():
    weights = {"leaves": 3.0, "stays": 1.0}
    params = {"early_stopping": False, "correct_prior": False}
    by_class = classifier(class_weight=weights, **params).fit(X, Y)
    by_row = classifier(**params).fit(X, Y, sample_weight=[weights[label] for label in Y])
    np.testing.assert_allclose(by_class.predict_proba(X), by_row.predict_proba(X), atol=1e-6)
    balanced = classifier(class_weight="balanced", **params).fit(X, Y)
    plain = classifier(**params).fit(X, Y)
    more = balanced.predict_proba(X)[:, 0].mean() - plain.predict_proba(X)[:, 0].mean()
    assert more > 0


@pytest.mark.parametrize(
    "sampler",
    [MultiInputSMOTE(), SMOTENC("auto"), RandomOverSampler(), RandomUnderSampler()],
    ids=lambda s: type(s).__name__,
)
def test_samplers_work_with_weights_and_without(sampler):
    for weight in (None, np.linspace(0.5, 1.5, len(X))):
        model = classifier(sampler=sampler).fit(X, Y, weight)
        assert np.isfinite(model.predict_proba(X)).all()
    assert sampler.get_params() == clone(sampler).get_params()
    reached = classifier(sampler=sampler, sampler__sampling_strategy="all")
    assert reached.fit(X, Y).sampler is sampler


# -- validation ----------------------------------------------------------------


def test_validation_rows_are_stratified_and_not_the_tail():
    # The tail is one class: a tail split would leave no row of it for training.
    order = np.argsort(Y, kind="stable")
    model = classifier(epochs=40, learning_rate=0.02).fit(X.iloc[order], Y[order])
    assert model.score(X, Y) > 0.8


def test_own_validation_rows_are_used():
    model = classifier().fit(X[:90], Y[:90], X_val=X[90:], y_val=Y[90:])
    p = np.clip(model.predict_proba(X[90:])[:, 1], 1e-7, 1)
    loss = -np.where(Y[90:] == "stays", np.log(p), np.log1p(-p)).mean()
    assert min(model.history_["val_loss"]) == pytest.approx(loss, rel=1e-3)
    permuted = X[90:][X.columns[::-1]]
    again = classifier().fit(X[:90], Y[:90], X_val=permuted, y_val=Y[90:])
    assert again.history_ == model.history_


def test_without_early_stopping_all_rows_and_epochs_are_used():
    model = classifier(early_stopping=False, epochs=3).fit(X, Y)
    assert list(model.history_) == ["loss"]
    assert model.n_iter_ == 3


# -- going on ------------------------------------------------------------------


def test_warm_start_goes_on():
    model = classifier(warm_start=True)
    model.fit(X, Y)
    first = model.history_["loss"][0]
    model.fit(X, Y)
    assert model.n_iter_ == 4
    assert len(model.history_["val_loss"]) == 4
    assert model.history_["loss"][2] < first
    assert classifier().fit(X, Y).fit(X, Y).n_iter_ == 2


def test_weights_of_a_warm_fit_count_among_themselves():
    plain, weighed = (classifier(warm_start=True).fit(X, Y) for _ in range(2))
    plain.fit(X, Y)
    weighed.fit(X, Y, sample_weight=np.full(len(X), 64.0))
    np.testing.assert_array_equal(weighed.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_fits_go_on_with_the_optimizer_that_is_set(n_estimators):
    X, y = small_table(120)
    model = MultiInputClassifier(**{**SMALL, "n_estimators": n_estimators}).fit(X, y)
    model.partial_fit(X, y)
    before = model.predict_proba(X)
    model.set_params(learning_rate=1e-12, optimizer="sgd").partial_fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), before, atol=1e-6)
    model.set_params(learning_rate=0.1, optimizer="nadam").partial_fit(X, y)
    assert np.abs(model.predict_proba(X) - before).max() > 1e-3


def test_partial_fit_trains_an_epoch_at_a_time():
    model = classifier()
    model.partial_fit(X[:60], Y[:60], classes=["leaves", "other", "stays"])
    for _ in range(3):
        model.partial_fit(X[60:], np.full(60, "other"))
    assert model.n_iter_ == 4
    assert model.classes_.tolist() == ["leaves", "other", "stays"]
    assert model.predict_proba(X).shape == (len(X), 3)
    with pytest.raises(ValueError, match=r"outside the known classes .*: \['new'\]"):
        model.partial_fit(X, np.full(len(X), "new"))
    with pytest.raises(ValueError, match="unseen at fit time"):
        model.partial_fit(X.assign(numeric__more=1.0), Y)


def test_a_copy_goes_on_as_the_original_does():
    model = classifier().partial_fit(X, Y)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    expected = model.partial_fit(X, Y).predict_proba(X)
    for other in copies:
        np.testing.assert_array_equal(other.partial_fit(X, Y).predict_proba(X), expected)


def test_initialize_builds_without_training():
    model = classifier().initialize(X, Y)
    assert model.predict_proba(X).shape == (len(X), 2)
    assert model.current_epoch == 0
    assert model.partial_fit(X, Y).current_epoch == 1


# -- parameters ----------------------------------------------------------------


def test_parameters_of_branches_are_reachable():
    model = classifier(branches=[("numeric", NumericBranch(embedding_dim=4))])
    assert model.get_params()["numeric__embedding_dim"] == 4
    model.set_params(numeric__embedding_dim=6)
    assert model.fit(X, Y).model_.get_layer("numeric>embedding").units == 6
    by_name = classifier().set_params(numeric__embedding_dim=5)
    assert by_name.get_params()["numeric__embedding_dim"] == 5
    assert clone(by_name).fit(X, Y).model_.get_layer("numeric>embedding").units == 5
    replaced = clone(model).set_params(numeric=NumericBranch(embedding_dim=7))
    assert replaced.get_params()["numeric__embedding_dim"] == 7
    assert model.get_params()["numeric__embedding_dim"] == 6


def test_scikeras_names_are_routed():
    model = classifier(
        fit__epochs=1,
        fit__batch_size=16,
        optimizer__beta_1=0.8,
        loss=keras.losses.BinaryCrossentropy,
        loss__label_smoothing=0.1,
        metrics=["AUC"],
        metrics__0__curve="PR",
        callbacks=[keras.callbacks.EarlyStopping],
        callbacks__0__monitor="val_auc",
        callbacks__0__mode="max",
        predict__batch_size=10,
    ).fit(X, Y)
    assert model.n_iter_ == 1
    assert model.model_.optimizer.get_config()["beta_1"] == 0.8
    assert model.model_.loss.get_config()["label_smoothing"] == 0.1
    assert set(model.history_) == {"loss", "auc", "val_loss", "val_auc"}
    assert clone(model).get_params(deep=False).keys() == model.get_params(deep=False).keys()


@pytest.mark.parametrize("model", [classifier(numeric__units=3), regressor()])
def test_parameters_survive_set_and_clone(model):
    params = model.get_params(deep=False)
    assert clone(model).set_params(**params).get_params(deep=False).keys() == params.keys()
    assert "SMALL" not in repr(model)
    assert repr(model).startswith(f"{type(model).__name__}(")


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_units": ()},
        {"n_members": 1},
        {"activation": keras.activations.gelu},
        {"l1": 1e-3, "l2": 1e-3},
        {"dropout": 0.0},
        {"batch_size": -1},
        {"batch_size": 10**6},
        {"optimizer": keras.optimizers.SGD(0.1)},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
        {"weight_decay": None},
        {"loss": "binary_focal_crossentropy"},
        {"balanced_batches": True},
        {"fusion": "gated"},
        {"numeric__embedding": "plain"},
        {"verbose": 1},
    ],
    ids="-".join,
)
def test_every_parameter_has_a_working_value(params):
    model = classifier(**params).fit(X, Y)
    assert np.isfinite(model.predict_proba(X)).all()
    assert model.n_iter_ == 2


def test_tags_tell_the_truth():
    assert is_classifier(classifier())
    assert is_regressor(regressor())
    tags = classifier().__sklearn_tags__()
    assert tags.classifier_tags.multi_label
    assert tags.target_tags.required
    assert tags.input_tags.sparse
    assert tags.input_tags.allow_nan
    assert not classifier(model=lambda: None).__sklearn_tags__().input_tags.allow_nan
    assert regressor().__sklearn_tags__().target_tags.multi_output


def test_it_has_to_be_fitted_first():
    with pytest.raises(NotFittedError):
        classifier().predict(X)
