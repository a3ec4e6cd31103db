"""The network alone, for other programs: same numbers, and a description of what goes in."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.persistence._export_network import export_network

WORDS = ["<pad>", "<unknown>", "good", "bad"]


def make_frame(n_rows=80):
    rng = np.random.default_rng(0)
    frame = {"numeric__age": rng.normal(size=n_rows)}
    frame["category__plan"] = pd.Categorical(rng.choice(["free", "pro"], n_rows))
    for i in range(3):
        frame[f"text__review[{i}]"] = pd.Categorical(rng.choice(WORDS, n_rows), categories=WORDS)
    return pd.DataFrame(frame)


@pytest.fixture(scope="module")
def X():  # noqa: N802 - scikit-learn's name
    return make_frame()


@pytest.fixture(scope="module")
def model(X):
    y = np.where(X["numeric__age"] > 0, "leaves", "stays")
    model = MultiInputClassifier(
        hidden_units=(8,), n_members=2, n_estimators=1, epochs=2, random_state=0
    )
    return model.fit(X, y)


def expected(model, X):
    return model.predict_proba(X)[:, 1]


def test_keras_gives_the_same_numbers(model, X, tmp_path):
    pipeline = make_pipeline(FunctionTransformer(feature_names_out="one-to-one"), model)
    beside = export_network(pipeline, tmp_path / "a.keras")
    network = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    assert not network.compiled
    assert model.model_.compiled
    outputs = np.asarray(network(model.column_groups_.split(X)))
    np.testing.assert_allclose(outputs[:, 0], expected(model, X), rtol=1e-5)
    description = json.loads(beside.read_text())
    by_name = {spec["name"]: spec for spec in description["inputs"]}
    assert by_name["text"]["vocabularies"] == [WORDS]
    assert by_name["text"] | {"vocabularies": 0} == {
        "name": "text",
        "group": "text",
        "kind": "tokens",
        "shape": [3],
        "dtype": "int32",
        "features": ["review"],
        "vocabulary_sizes": [4],
        "vocabularies": 0,
    }
    assert description["output"]["classes"] == ["leaves", "stays"]
    assert "not included" in description["preprocessing"]


def test_saved_model_gives_the_same_numbers(model, X, tmp_path):
    import tensorflow as tf

    description = export_network(model, tmp_path / "served", format="tf_saved_model")
    assert description == tmp_path / "served" / "inputs.json"
    served = tf.saved_model.load(str(tmp_path / "served"))
    inputs = {name: tf.constant(v) for name, v in model.column_groups_.split(X).items()}
    outputs = served.signatures["serving_default"](**inputs)["output_0"].numpy()
    np.testing.assert_allclose(outputs[:, 0], expected(model, X), rtol=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["served"]
    with pytest.raises(ValueError, match="a new or an empty folder"):
        export_network(model, tmp_path / "served", format="tf_saved_model")


@pytest.mark.slow
def test_onnx_gives_the_same_numbers(model, X, tmp_path):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    export_network(model, tmp_path / "a.onnx", format="onnx")
    session = runtime.InferenceSession(tmp_path / "a.onnx")
    (outputs,) = session.run(None, model.column_groups_.split(X))
    np.testing.assert_allclose(outputs[:, 0], expected(model, X), rtol=1e-4)


def test_onnx_without_its_package_says_what_to_install(model, tmp_path):
    try:
        import tf2onnx  # noqa: F401 - only to see whether it is there
    except ImportError:
        with pytest.raises(ImportError, match=r"skmultiinput\[onnx\]"):
            export_network(model, tmp_path / "a.onnx", format="onnx")
        assert not list(tmp_path.iterdir())
    else:
        pytest.skip("tf2onnx is installed")


def test_a_regressor_tells_the_scale_of_its_target(tmp_path):
    X = pd.DataFrame({"age": np.linspace(-1, 1, 60)})
    y = 100 + 30 * X["age"]
    model = MultiInputRegressor(
        hidden_units=(8,), n_members=1, n_estimators=1, epochs=2, random_state=0
    ).fit(X, y)
    beside = export_network(model, tmp_path / "a.keras")
    output = json.loads(beside.read_text())["output"]
    network = keras.saving.load_model(tmp_path / "a.keras")
    raw = np.asarray(network(model.column_groups_.split(X)))[:, 0]
    predicted = raw * output["scale"][0] + output["mean"][0]
    np.testing.assert_allclose(predicted, model.predict(X), rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "a.keras", "format": "h5"}, "must be one of .*'onnx'.*got 'h5'"),
        ({"path": "a.h5"}, "ends in '.keras'"),
        ({"path": "a.keras", "format": "onnx"}, "ends in '.onnx'"),
    ],
)
def test_wrong_arguments(model, tmp_path, arguments, message):
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(ValueError, match=message):
        export_network(model, **arguments)


def test_what_has_no_network_is_refused(tmp_path):
    from sklearn.exceptions import NotFittedError
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(ValueError, match="got LogisticRegression"):
        export_network(LogisticRegression(), tmp_path / "a.keras")
    with pytest.raises(NotFittedError):
        export_network(MultiInputClassifier(), tmp_path / "a.keras")
