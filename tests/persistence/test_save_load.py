"""Saved and loaded: same predictions, nothing run from the file, clear errors."""

import copy
import io
import json
import os
import pickle
import resource
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

import joblib
import keras
import numpy as np
import own_losses
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from own_losses import ScaledError, power_error
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from skmultiinput import MultiInputClassifier, MultiInputRegressor, MultiInputSMOTE, make_customers
from skmultiinput.branches import NumericBranch
from skmultiinput.branches._branch import Branch
from skmultiinput.persistence import (
    ArtifactError,
    UntrustedTypesError,
    load,
    read_manifest,
    save,
)
from skmultiinput.persistence._keras_names import KERAS_LAYERS, untrusted
from skmultiinput.persistence._networks import StoredObject
from skmultiinput.preprocessing import describe_columns, make_preprocessor

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 2, "random_state": 0}


def small_network(**parameters):
    return MultiInputClassifier(**{**SMALL, **parameters})


def plain_frame(n_rows=60):
    rng = np.random.default_rng(0)
    plan = pd.Categorical(rng.choice(["free", "pro"], n_rows))
    X = pd.DataFrame({"numeric__age": rng.normal(size=n_rows), "category__plan": plan})
    return X, np.where(X["numeric__age"] + rng.normal(size=n_rows) > 0, "leaves", "stays")


@pytest.fixture(scope="module")
def customers():
    X, y = make_customers(120, random_state=0)
    return X, y.map({0: "stays", 1: "leaves"})


@pytest.fixture(scope="module")
def pipeline(customers):
    pipeline = Pipeline(
        [
            ("preprocess", make_preprocessor(random_state=0, high_cardinality="embedding+target")),
            ("model", small_network(sampler=MultiInputSMOTE(random_state=0))),
        ]
    )
    return pipeline.fit(*customers)


@pytest.fixture(scope="module")
def fitted():
    X, y = plain_frame()
    return small_network().fit(X, y)


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.skmi"
    save(fitted, path)
    return path


def roundtrip(estimator, folder, **options):
    save(estimator, folder / "model.skmi")
    return load(folder / "model.skmi", **options)


def assert_same(estimator, loaded, X):
    for method in ("predict_proba", "predict"):
        if hasattr(estimator, method):
            np.testing.assert_array_equal(
                getattr(estimator, method)(X), getattr(loaded, method)(X), strict=True
            )


def test_a_whole_pipeline(pipeline, customers, tmp_path):
    X, _ = customers
    before = pickle.dumps(pipeline.get_params(deep=False)["steps"][0])
    network = pipeline[-1].model_
    path = tmp_path / "churn.skmi"
    save(pipeline, path, metrics={"roc_auc": np.float32(0.5), "lift": float("nan")})
    assert pipeline[-1].model_ is network
    assert pickle.dumps(pipeline.get_params(deep=False)["steps"][0]) == before
    loaded = load(path)
    assert_same(pipeline, loaded, X)
    assert_same(pipeline, loaded, X.iloc[::-1].head(1))
    pd.testing.assert_frame_equal(pipeline[0].transform(X), loaded[0].transform(X))
    pd.testing.assert_frame_equal(describe_columns(pipeline[0]), describe_columns(loaded[0]))
    assert repr(loaded) == repr(pipeline)
    assert loaded[-1].history_ == pipeline[-1].history_
    # Loaded once, it can be saved again, cloned and fitted.
    assert_same(pipeline, roundtrip(loaded, tmp_path), X)
    clone(loaded).fit(*customers)

    manifest = read_manifest(path)
    assert manifest["metrics"] == {"roc_auc": 0.5, "lift": None}
    assert manifest["classes"] == ["leaves", "stays"]
    assert manifest["ask_for"] == []
    assert manifest["input_columns"] == list(X.columns)
    assert [step["name"] for step in manifest["pipeline"]["steps"]] == ["preprocess", "model"]
    (network,) = manifest["networks"]
    groups = pipeline[-1].column_groups_
    assert [(i["name"], i["kind"], i["vocabulary_sizes"]) for i in network["inputs"]] == [
        (spec.name, spec.kind, list(spec.vocabulary_sizes)) for spec in groups.inputs
    ]
    assert manifest["versions"]["keras"] == keras.__version__


def test_another_process_predicts_the_same(fitted, saved, tmp_path):
    X, _ = plain_frame()
    X.to_pickle(tmp_path / "X.pkl")
    code = (
        "import sys, numpy as np, pandas as pd; from skmultiinput.persistence import load; "
        "X = pd.read_pickle(sys.argv[2]); np.save(sys.argv[3], load(sys.argv[1]).predict_proba(X))"
    )
    files = [saved, tmp_path / "X.pkl", tmp_path / "p.npy"]
    subprocess.run([sys.executable, "-c", code, *map(str, files)], check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), fitted.predict_proba(X))


@pytest.mark.parametrize(
    ("make", "threshold"),
    [
        (lambda m: TunedThresholdClassifierCV(m, cv=2, random_state=0), None),
        (lambda m: FixedThresholdClassifier(m, threshold=0.3, pos_label="leaves"), 0.3),
    ],
)
def test_thresholds(make, threshold, tmp_path):
    X, y = plain_frame()
    model = make(small_network())
    if threshold is None:
        model.set_params(scoring="balanced_accuracy")
    model.fit(X, y)
    assert_same(model, roundtrip(model, tmp_path), X)
    known = read_manifest(tmp_path / "model.skmi")["threshold"]
    assert known == (threshold or model.best_threshold_)


@pytest.mark.parametrize(
    ("model", "n_estimators"),
    [
        (CalibratedClassifierCV(small_network(), cv=2, method="sigmoid"), 2),
        (CalibratedClassifierCV(small_network(), cv=2, method="isotonic", ensemble=False), 1),
        (
            VotingClassifier(
                [("a", small_network()), ("b", small_network(epochs=1))], voting="soft"
            ),
            2,
        ),
        (GridSearchCV(small_network(), {"epochs": [1, 2]}, cv=2), 1),
    ],
    ids=["calibrated", "isotonic", "voting", "search"],
)
def test_several_networks_in_one_object(model, n_estimators, tmp_path):
    X, y = plain_frame()
    model = clone(model).fit(X, y)
    assert_same(model, roundtrip(model, tmp_path), X)
    manifest = read_manifest(tmp_path / "model.skmi")
    assert len(manifest["networks"]) == n_estimators


def test_a_network_that_occurs_twice_is_kept_once(fitted, tmp_path):
    X, y = plain_frame()
    voting = VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression())])
    voting.fit(X[["numeric__age"]], y)
    voting.estimators_ = [fitted, fitted]
    loaded = roundtrip(voting, tmp_path)
    assert loaded.estimators_[0] is loaded.estimators_[1]
    assert len(read_manifest(tmp_path / "model.skmi")["networks"]) == 1


def test_a_regressor_and_parameters_that_are_keras_objects(tmp_path):
    X, _ = plain_frame()
    model = MultiInputRegressor(
        **SMALL,
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, 50)),
        loss=keras.losses.MeanAbsoluteError(name="far"),
        callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=3)],
        batch_size=16,
    ).fit(X, X["numeric__age"] ** 2)
    loaded = roundtrip(model, tmp_path)
    assert_same(model, loaded, X)
    assert loaded.loss.name == "far"
    assert loaded.callbacks[0].patience == 3
    assert_same(clone(model).fit(X, X["numeric__age"]), clone(loaded).fit(X, X["numeric__age"]), X)


def test_training_goes_on_after_loading(tmp_path):
    X, y = plain_frame()
    model = small_network().partial_fit(X, y)
    loaded = roundtrip(model, tmp_path)
    assert_same(model.partial_fit(X, y), loaded.partial_fit(X, y), X)


def test_odd_labels_and_weights(tmp_path):
    X, y = plain_frame()
    labels = (y == "leaves").astype(np.int64)
    model = small_network(class_weight={0: 1.0, 1: 3.0}).fit(X, labels)
    loaded = roundtrip(model, tmp_path)
    assert_same(model, loaded, X)
    assert loaded.class_weight == {0: 1.0, 1: 3.0}
    assert loaded.predict(X).dtype == np.int64


class Point(NamedTuple):
    x: float
    y: float


def test_containers_and_tables_among_parameters(tmp_path):
    odd = {
        "named": Point(1.0, 2.0),
        "moments": [pd.NaT, pd.Timestamp("2024-01-02"), pd.Timedelta("3h")],
        "integers": pd.Series([1, None], dtype="Int64"),
        "table": pd.DataFrame({"a": [1.5], "b": ["x"]}, index=pd.Index([7], name="row")),
    }
    transformer = FunctionTransformer(kw_args=odd)
    path = tmp_path / "model.skmi"
    save(transformer, path)
    name = f"{Point.__module__}.Point"
    found = load(path, trusted=[name]).kw_args
    assert found["named"] == odd["named"]
    assert found["moments"][0] is pd.NaT
    assert found["moments"][1:] == odd["moments"][1:]
    pd.testing.assert_series_equal(found["integers"], odd["integers"])
    pd.testing.assert_frame_equal(found["table"], odd["table"])


def test_what_holds_itself_cannot_be_saved(tmp_path):
    transformer = FunctionTransformer(kw_args={})
    transformer.kw_args["self"] = transformer
    with pytest.raises(TypeError, match="it holds itself"):
        save(transformer, tmp_path / "model.skmi")


def test_categories_in_another_order_stay_apart(tmp_path):
    X, y = plain_frame()
    X["group__one"] = pd.Categorical(["a", "b", "c"] * 20)
    X["group__two"] = pd.Categorical(["a", "b", "c"] * 20, categories=["c", "a", "b"])
    save(small_network().fit(X, y), tmp_path / "two.skmi")
    groups = load(tmp_path / "two.skmi").column_groups_
    assert groups.join(groups.split(X))["group__two"].tolist() == X["group__two"].tolist()


def test_an_unfitted_pipeline(tmp_path):
    loaded = roundtrip(make_pipeline(make_preprocessor(), MultiInputClassifier()), tmp_path)
    assert not hasattr(loaded[-1], "model_")


# -- trust -----------------------------------------------------------------------------------------


class SquaredBranch(Branch):
    def __init__(self, units=4):
        self.units = units

    def build(self, group):
        return keras.layers.Dense(self.units)(group.tensor**2)


@keras.saving.register_keras_serializable("mine")
class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class LayeredBranch(SquaredBranch):
    def build(self, group):
        return Doubled()(group.tensor)


def test_own_branches_are_asked_for_by_name(tmp_path):
    X, y = plain_frame()
    model = small_network(branches=[("numeric", SquaredBranch())]).fit(X, y)
    save(model, tmp_path / "model.skmi")
    assert read_manifest(tmp_path / "model.skmi")["ask_for"] == [f"{__name__}.SquaredBranch"]
    with pytest.raises(UntrustedTypesError, match=rf"trusted=\['{__name__}\.Squ") as caught:
        load(tmp_path / "model.skmi")
    assert_same(model, load(tmp_path / "model.skmi", trusted=caught.value.types), X)
    assert_same(model, load(tmp_path / "model.skmi", trusted=[SquaredBranch]), X)


def test_own_layers_are_asked_for_by_name(tmp_path):
    X, y = plain_frame()
    model = small_network(branches=[("numeric", LayeredBranch())]).fit(X, y)
    save(model, tmp_path / "model.skmi")
    names = [f"{__name__}.Doubled", f"{__name__}.LayeredBranch"]
    with pytest.raises(UntrustedTypesError) as caught:
        load(tmp_path / "model.skmi", trusted=names[1:])
    assert caught.value.types == names[:1]
    assert_same(model, load(tmp_path / "model.skmi", trusted=names), X)


class Pinball(keras.losses.Loss):
    def __init__(self, quantile=0.5, **options):
        super().__init__(**options)
        self.quantile = quantile

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        return keras.ops.maximum(self.quantile * error, (self.quantile - 1) * error)

    def get_config(self):
        return {**super().get_config(), "quantile": self.quantile}


class WithoutConfig(Pinball):
    def get_config(self):
        return keras.losses.Loss.get_config(self)


class NamedOptions(Pinball):
    def __init__(self, quantile=0.5):
        super().__init__(quantile)


def absolute_error(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class OwnAdam(keras.optimizers.Adam):
    pass


class OwnError(keras.metrics.MeanAbsoluteError):
    pass


class Tripled(keras.layers.Layer):
    def call(self, inputs):
        return 3 * inputs


class UnregisteredBranch(SquaredBranch):
    def build(self, group):
        return Tripled()(group.tensor)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"loss": Pinball(0.9)}, "Pinball"),
        ({"loss": Pinball}, "Pinball"),
        ({"loss": absolute_error}, "absolute_error"),
        ({"optimizer": OwnAdam(1e-3)}, "OwnAdam"),
        ({"optimizer": OwnAdam}, "OwnAdam"),
        ({"metrics": [OwnError()]}, "OwnError"),
    ],
)
def test_unregistered_keras_objects_are_asked_for_by_name(parameters, name, tmp_path):
    X, _ = plain_frame()
    model = MultiInputRegressor(**SMALL, **parameters).fit(X, X["numeric__age"])
    save(model, tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError) as caught:
        load(tmp_path / "model.skmi")
    assert caught.value.types == [f"{__name__}.{name}"]
    loaded = load(tmp_path / "model.skmi", trusted=caught.value.types)
    assert_same(model, loaded, X)
    (key,) = parameters
    value, expected = getattr(loaded, key), parameters[key]
    assert value is expected or type(value) is type(expected)
    if isinstance(expected, Pinball):
        assert value.quantile == 0.9


@pytest.mark.parametrize(
    ("metrics", "asked_for"),
    [
        (["accuracy", keras.metrics.AUC(name="auc")], []),
        ([absolute_error], [f"{__name__}.absolute_error"]),
    ],
    ids=["Keras", "own"],
)
def test_metrics_that_a_network_was_compiled_with_are_kept(metrics, asked_for, tmp_path):
    X, y = plain_frame()
    X = X[["numeric__age"]]
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    network.compile("sgd", "binary_crossentropy", weighted_metrics=metrics)
    model = small_network(model=network).fit(X, y)
    model.model = None  # what the file keeps is the network that was fitted
    names = set(model.history_)
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi", trusted=asked_for)
    loaded.model = network
    loaded.partial_fit(X, y)
    assert set(loaded.history_) == names
    assert {len(loaded.history_[name]) for name in names if name[:4] != "val_"} == {3}


def test_metrics_that_cannot_be_saved_are_left_out(tmp_path):
    class Local(keras.metrics.MeanAbsoluteError):
        pass

    X, y = plain_frame()
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    network.compile("sgd", "binary_crossentropy", metrics=[Local(name="mine")])
    model = small_network(model=network).fit(X[["numeric__age"]], y)
    model.model = None
    with pytest.warns(UserWarning, match="Not saved are metrics .* compiled with: Local"):
        save(model, tmp_path / "model.skmi")
    assert "Local" in read_manifest(tmp_path / "model.skmi")["dropped"][0]
    assert_same(model, load(tmp_path / "model.skmi"), X[["numeric__age"]])


def test_unregistered_layers_are_asked_for_by_name(tmp_path):
    X, y = plain_frame()
    model = small_network(branches=[("numeric", UnregisteredBranch())]).fit(X, y)
    names = [f"{__name__}.Tripled", f"{__name__}.UnregisteredBranch"]
    save(model, tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError) as caught:
        load(tmp_path / "model.skmi")
    assert caught.value.types == names
    assert_same(model, load(tmp_path / "model.skmi", trusted=names), X)


def steep(x):
    return keras.ops.tanh(3 * x)


def test_unregistered_functions_are_asked_for_by_name(tmp_path):
    X, y = plain_frame()
    model = small_network(activation=steep).fit(X, y)
    assert_same(model, pickle.loads(pickle.dumps(model)), X)
    save(model, tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError) as caught:
        load(tmp_path / "model.skmi")
    assert caught.value.types == [f"{__name__}.steep"]
    assert_same(model, load(tmp_path / "model.skmi", trusted=[f"{__name__}.steep"]), X)


def test_functions_of_one_name_in_two_modules(tmp_path):
    X, y = plain_frame()
    branches = [("numeric", NumericBranch(embedding="plain", units=8, activation=own_losses.steep))]
    model = small_network(activation=steep, branches=branches).fit(X, y)
    save(model, tmp_path / "model.skmi")
    names = [f"{__name__}.steep", "own_losses.steep"]
    assert_same(model, load(tmp_path / "model.skmi", trusted=names), X)


@pytest.mark.parametrize(
    ("loss", "types"),
    [
        (ScaledError(1.5), ["own_losses.ScaledError"]),
        (partial(power_error, power=1.5), ["own_losses.power_error", "functools.partial"]),
    ],
    ids=["object", "partial"],
)
def test_losses_that_are_objects_or_partials_are_asked_for_by_name(loss, types, tmp_path):
    X, y = plain_frame()
    network = MultiInputRegressor(
        hidden_units=(8,), n_members=2, n_estimators=1, epochs=1, random_state=0, loss=loss
    )
    model = network.fit(X, (np.asarray(y) == np.asarray(y)[0]).astype(float))
    save(model, tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError) as caught:
        load(tmp_path / "model.skmi")
    assert set(caught.value.types) == set(types)
    np.testing.assert_array_equal(
        load(tmp_path / "model.skmi", trusted=types).predict(X), model.predict(X)
    )


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (WithoutConfig(0.9), "WithoutConfig cannot be saved: its get_config.. lacks"),
        (NamedOptions(0.9), "NamedOptions cannot be saved: its get_config.. does not describe"),
    ],
)
def test_losses_without_a_configuration_are_refused(loss, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        save(MultiInputRegressor(loss=loss), tmp_path / "model.skmi")


class Pull(keras.regularizers.Regularizer):
    def __init__(self, strength=1.0):
        self.strength = strength

    def __call__(self, w):
        return self.strength * keras.ops.sum(w**2)

    def get_config(self):
        return {}


class Wide(keras.initializers.RandomNormal):
    pass


def test_parts_of_layers_without_a_configuration_are_refused(tmp_path):
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2

    def fitted(**parts):
        x = keras.Input((2,))
        network = keras.Model(x, keras.layers.Dense(1, "sigmoid", **parts)(x))
        return MultiInputClassifier(model=network, epochs=1, random_state=0).fit(X, y)

    with pytest.raises(ValueError, match=r"Pull cannot be saved: its get_config\(\) lacks"):
        save(fitted(kernel_regularizer=Pull(0.1)), tmp_path / "model.skmi")
    model = fitted(kernel_initializer=Wide())
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi", trusted=[f"{__name__}.Wide"])
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_trees_are_asked_for(tmp_path):
    model = DecisionTreeClassifier().fit([[0], [1]], [0, 1])
    with pytest.raises(UntrustedTypesError, match=r"sklearn\.tree\._tree\.Tree"):
        roundtrip(model, tmp_path)


def test_code_in_a_network_is_refused_when_saving(tmp_path):
    def build(meta):
        (spec,) = meta["column_groups_"].inputs
        x = keras.Input(spec.shape, name=spec.name)
        y = keras.layers.Lambda(lambda t: t * 2)(x)
        return keras.Model({spec.name: x}, keras.layers.Dense(1, activation="sigmoid")(y))

    X, y = plain_frame()
    model = small_network(model=build).fit(X[["numeric__age"]], y)
    model.model = None
    with pytest.raises(ValueError, match="Lambda layer"):
        save(model, tmp_path / "model.skmi")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (FunctionTransformer(lambda x: x), "FunctionTransformer cannot be saved without pickle"),
        (MultiInputClassifier, "expects an estimator or a pipeline"),
        ({"a": 1}, "expects an estimator or a pipeline"),
    ],
)
def test_what_cannot_be_saved(estimator, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        save(estimator, tmp_path / "model.skmi")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("trusted", ["a.A", True, [1]])
def test_trusted_is_a_list_of_names(saved, trusted):
    with pytest.raises(TypeError, match="list of names"):
        load(saved, trusted=trusted)


def test_metrics_are_numbers(fitted, tmp_path):
    with pytest.raises(TypeError, match="dict of names and numbers"):
        save(fitted, tmp_path / "model.skmi", metrics={"auc": "good"})


class Runs(BaseEstimator):
    """Touches a file when it is built, or restored."""

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)

    def __setstate__(self, state):
        Path(state["path"]).touch()


def test_nothing_runs_before_it_is_trusted(tmp_path):
    bad = Runs()
    bad.path = str(tmp_path / "ran")
    save(make_pipeline(bad), tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError, match=rf"{__name__}\.Runs"):
        load(tmp_path / "model.skmi")
    assert not (tmp_path / "ran").exists()


def forged(saved, path, member, change):
    """A copy of an archive with one member changed and all digests right."""
    from test_archive import forge

    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    manifest.pop("members")
    members[member] = change(members[member])
    forge(path, members, manifest)
    return path


def in_zip(name, change):
    """Change one member of a zip file within."""

    def changed(data):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {n: archive.read(n) for n in archive.namelist()}
        members[name] = change(members[name])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for n, content in members.items():
                archive.writestr(n, content)
        return packed.getvalue()

    return changed


def text(old, new):
    def changed(data):
        assert old.encode() in data
        return data.replace(old.encode(), new.encode())

    return changed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"module": "keras.layers", "class_name": "Dense"',
            '"module": "os", "class_name": "system"',
            r"os\.system",
        ),
        ('"class_name": "Dense"', '"class_name": "Lambda"', r"keras\.layers\.Lambda"),
        ('"class_name": "Dense"', '"class_name": "TFSMLayer"', r"keras\.layers\.TFSMLayer"),
        ('"skmultiinput>MemberScale"', '"mine>Doubled"', "registered as mine>Doubled"),
        ('"class_name": "__keras_tensor__"', '"class_name": "__lambda__"', r"layers\.Lambda"),
        ('"class_name": "__keras_tensor__"', '"class_name": "__typespec__"', "__typespec__"),
        (
            '"activation": "relu"',
            '"activation": {"module": "builtins", "class_name": "function", "config": "eval"}',
            r"builtins\.eval",
        ),
    ],
)
def test_networks_that_ask_for_code_are_refused(saved, tmp_path, old, new, message):
    path = forged(saved, tmp_path / "a.skmi", "networks/0.json", text(old, new))
    with pytest.raises(UntrustedTypesError, match=message):
        load(path)


def test_a_network_that_claims_more_than_it_holds_is_refused(saved, tmp_path):
    change = text('"sizes": [8]', '"sizes": [80000000]')
    path = forged(saved, tmp_path / "a.skmi", "networks/0.json", change)
    with pytest.raises(ArtifactError, match=r"describes a network of .* weights, but holds"):
        load(path)


def test_the_scikit_learn_part_cannot_name_just_any_class(saved, tmp_path):
    change = in_zip("schema.json", text('"__class__": "ClassTarget"', '"__class__": "read_target"'))
    path = forged(saved, tmp_path / "a.skmi", "pipeline.skops", change)
    with pytest.raises(UntrustedTypesError, match=r"targets\.read_target"):
        load(path)


def test_a_network_cannot_come_in_by_another_door(fitted, tmp_path):
    """What pickle restores a network from may hold code; `load` takes no network from there."""
    from skmultiinput.estimators._pickling import PackedNetwork

    stranger = copy.copy(fitted)
    vars(stranger)["model_"] = PackedNetwork(fitted.model_)
    save(stranger, tmp_path / "model.skmi")
    with pytest.raises(UntrustedTypesError, match="PackedNetwork"):
        load(tmp_path / "model.skmi")


def test_a_loss_that_would_come_back_as_another_is_refused(tmp_path):
    """When Keras writes the delta of Huber down, this can be a loss that is saved."""
    loss = keras.losses.Huber(delta=2.0)
    if "delta" in loss.get_config():
        assert roundtrip(MultiInputRegressor(loss=loss), tmp_path).loss.get_config()["delta"] == 2
    else:
        with pytest.raises(ValueError, match="Huber cannot be saved"):
            save(MultiInputRegressor(loss=loss), tmp_path / "model.skmi")


def test_a_damaged_part_is_one_clear_error(saved, tmp_path):
    change = in_zip("schema.json", text('"n_features_in_"', '"n_features_"'))
    with pytest.raises(ArtifactError, match=r"a\.skmi cannot be loaded"):
        load(forged(saved, tmp_path / "a.skmi", "pipeline.skops", lambda data: data[:-30]))
    load(forged(saved, tmp_path / "b.skmi", "pipeline.skops", change))
    path = forged(
        saved, tmp_path / "c.skmi", "pipeline.skops", in_zip("schema.json", lambda _: b"{")
    )
    with pytest.raises(ArtifactError, match=r"c\.skmi cannot be loaded .*written by skmultiinput"):
        load(path)


def test_another_estimator_in_the_place_of_a_value(saved, tmp_path):
    change = in_zip("schema.json", lambda _: b'{"__class__": "str", "__module__": "builtins", '
        b'"__loader__": "JsonNode", "content": "1", "is_json": true, "protocol": 2}')  # fmt: skip
    with pytest.raises(ArtifactError, match="which is no estimator"):
        load(forged(saved, tmp_path / "a.skmi", "pipeline.skops", change))


def test_other_versions_warn_once(saved, tmp_path):
    from test_archive import forge

    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    manifest.pop("members")
    manifest["versions"]["scikit-learn"] = "1.7.0"
    forge(tmp_path / "a.skmi", members, manifest)
    with pytest.warns(UserWarning, match=r"scikit-learn 1\.7\.0 \(now") as caught:
        load(tmp_path / "a.skmi")
    assert len(caught) == 1
    assert Path(caught[0].filename) == Path(__file__)


def test_every_estimator_of_this_package_is_trusted():
    import importlib
    import pkgutil

    import skmultiinput
    from skmultiinput.persistence._trusted_types import is_trusted

    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(skmultiinput.__path__, "skmultiinput.")
        if not info.name.endswith("__main__")
    ]
    names = {
        f"{cls.__module__}.{cls.__qualname__}"
        for module in modules
        for cls in vars(module).values()
        if isinstance(cls, type)
        and issubclass(cls, BaseEstimator)
        and cls.__module__.startswith("skmultiinput.")
    }
    assert "skmultiinput.estimators._classifier.MultiInputClassifier" in names
    assert {name for name in names if not is_trusted("ObjectNode", name)} == set()


@pytest.mark.parametrize(
    ("loader", "name"),
    [
        ("ConstructorFromReduceNode", "skmultiinput.estimators._classifier.MultiInputClassifier"),
        ("ObjectNode", "skmultiinput.estimators._pickling.PackedNetwork"),
        ("ObjectNode", "skmultiinput.persistence._standins.StandIn"),
        ("ObjectNode", "skmultiinput.frame._column_groups.Self"),
        ("ObjectNode", "skmultiinput.frame.no_such_module.Cls"),
        ("ObjectNode", "skmultiinput.ColumnGroups"),
        ("FunctionNode", "skmultiinput.persistence._load.load"),
        ("FunctionNode", "datetime.date"),
        ("TypeNode", "sklearn.metrics._classification.f1_score"),
    ],
)
def test_a_type_is_trusted_for_its_own_loader_only(loader, name):
    from skmultiinput.persistence._trusted_types import is_trusted

    assert not is_trusted(loader, name)


def test_all_layers_are_known():
    ours = {
        name
        for name, cls in keras.saving.get_custom_objects().items()
        if getattr(cls, "__module__", "").startswith("skmultiinput.")
    }
    assert {"skmultiinput>HashDropout", "skmultiinput>MemberScale"} <= ours
    assert untrusted(ours) == set()
    assert untrusted({"skmultiinput>Unknown", "mine>Doubled"}) == {
        "skmultiinput>Unknown",
        "mine>Doubled",
    }
    for name in KERAS_LAYERS - {"ReversibleEmbedding"}:
        if hasattr(keras.layers, name):
            assert issubclass(getattr(keras.layers, name), keras.layers.Layer)


# -- pickle ----------------------------------------------------------------------------------------


def adapted_network(meta):
    """A network whose layers learn outside of training, and compute with constants."""
    (spec,) = meta["column_groups_"].inputs
    values = np.random.default_rng(0).normal(5, 3, size=(100, *spec.shape)).astype("float32")
    scale, bins = keras.layers.Normalization(), keras.layers.Discretization(num_bins=4)
    scale.adapt(values)
    bins.adapt(values)
    x = keras.Input(spec.shape, name=spec.name)
    both = keras.layers.Concatenate()([scale(x), keras.ops.cast(bins(x), "float32")])
    return keras.Model({spec.name: x}, keras.layers.Dense(1, activation="sigmoid")(both))


def test_layers_that_compute_with_constants(tmp_path):
    X, y = plain_frame()
    X = X[["numeric__age"]]
    model = small_network(model=adapted_network).fit(X, y)
    assert_same(model, pickle.loads(pickle.dumps(model)), X)
    assert_same(model, roundtrip(model, tmp_path, trusted=[f"{__name__}.adapted_network"]), X)


class Squashed(MultiInputClassifier):
    """An estimator with an encoder of its features, in SciKeras's form."""

    @property
    def feature_encoder(self):
        return FunctionTransformer(np.tanh)


def test_an_encoder_of_features_is_saved(tmp_path):
    X, y = plain_frame()
    X = X[["numeric__age"]]
    model = Squashed(adapted_network, epochs=2, random_state=0).fit(X, y)
    trusted = [f"{__name__}.adapted_network", f"{__name__}.Squashed", "numpy.tanh"]
    assert_same(model, roundtrip(model, tmp_path, trusted=trusted), X)


def test_loads_of_one_file_share_a_compiled_program(fitted, saved, tmp_path):
    X, y = plain_frame()
    calls = []
    for _ in range(3):
        loaded = load(saved)
        assert_same(fitted, loaded, X)
        calls.append(vars(loaded)["predictor_"].key)
    assert calls[0] == calls[1] == calls[2] != None  # noqa: E711 - part of a chain
    other = small_network(hidden_units=(9,)).fit(X, y)
    assert vars(roundtrip(other, tmp_path))["predictor_"].key != calls[0]


def test_memory_is_bounded_over_many_loads(saved):
    X, _ = plain_frame()
    peaks = []
    for n_loads in (5, 20):
        for _ in range(n_loads):
            load(saved).predict(X)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert peaks[1] - peaks[0] < 4_000  # KiB; a compiled program for each would be 8 MiB


@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
def test_pickle_joblib_and_deepcopy(way, tmp_path):
    X, y = plain_frame(2000)
    model = MultiInputClassifier(hidden_units=(128,), epochs=1, random_state=0).fit(X, y)
    if way == "pickle":
        loaded = pickle.loads(pickle.dumps(model))
    elif way == "joblib":
        joblib.dump(model, tmp_path / "model.joblib")
        loaded = joblib.load(tmp_path / "model.joblib")
    else:
        loaded = copy.deepcopy(model)
    assert_same(model, loaded, X)
    n_bytes = 4 * sum(int(np.prod(v.shape)) for v in model.model_.variables)
    # What grows with the rows, or the optimizer's state, would exceed this at once.
    for estimator in (model, loaded):
        assert len(pickle.dumps(estimator)) < n_bytes + 60_000


def test_a_saved_file_does_not_grow_with_the_rows(tmp_path):
    sizes = []
    for n_rows in (60, 3000):
        X, y = plain_frame(n_rows)
        save(small_network(epochs=1).fit(X, y), tmp_path / "model.skmi")
        sizes.append((tmp_path / "model.skmi").stat().st_size)
    assert abs(sizes[0] - sizes[1]) < 2000


def test_optimizers_written_under_pytorch_are_read_under_any_backend():
    """Under PyTorch, Keras writes down the names of its own modules for that backend."""
    config = keras.saving.serialize_keras_object(keras.optimizers.AdamW(0.25))
    module = "keras.src.backend.torch.optimizers.torch_adamw"
    config |= {"module": module, "registered_name": "AdamW"}
    stored = StoredObject(json.dumps(config).encode())
    assert not untrusted(stored.names)
    assert float(stored.load().learning_rate) == 0.25
    config["class_name"] = "nn_module"
    assert untrusted(StoredObject(json.dumps(config).encode()).names)
