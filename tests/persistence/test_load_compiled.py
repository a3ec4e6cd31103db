"""The compiled scorer of a saved file: equal answers, without TensorFlow, nothing run."""

import json
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)
from skmultiinput.persistence import ArtifactError, UntrustedTypesError, load, read_manifest, save
from skmultiinput.persistence._archive import read_archive, write_archive

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 2, "epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def customers():
    X, y = make_customers(150, random_state=0)
    network = MultiInputClassifier(**SMALL)
    pipeline = make_pipeline(make_preprocessor(drop=["customer_id"]), network)
    return pipeline.fit(X, np.where(y, "leaves", "stays")), X


@pytest.fixture(scope="module")
def path(customers, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "churn.skmi"
    save(customers[0], path)
    return path


def test_equal_answers(customers, path):
    pipeline, X = customers
    compiled = load(path, compiled=True)
    rows = X.head(20)
    for form in (rows, rows.to_dict("records")):
        expected = pipeline.predict_proba(rows)
        np.testing.assert_allclose(compiled.predict_proba(form), expected, atol=1e-6)
        assert compiled.predict(form).tolist() == pipeline.predict(rows).tolist()
    assert compiled.classes_.tolist() == ["leaves", "stays"]
    # Rows that the steps do not know pass the preprocessing that is kept in the file.
    odd = {**rows.iloc[0].to_dict(), "age": "forty"}
    with pytest.warns(UserWarning, match="cannot be read"):
        got = compiled.predict_proba(odd)
    with pytest.warns(UserWarning, match="cannot be read"):
        expected = pipeline.predict_proba(rows.head(1).assign(age=["forty"]))
    np.testing.assert_allclose(got, expected, atol=1e-6)
    many = X.sample(600, replace=True, random_state=0)
    np.testing.assert_allclose(
        compiled.predict_proba(many), pipeline.predict_proba(many), atol=1e-6
    )


def test_neither_tensorflow_nor_scikit_learn_is_imported(customers, path):
    X = customers[1]
    row = json.loads(X.head(1).to_json(orient="records", date_format="iso"))[0]
    code = (
        "import json, sys\n"
        "from skmultiinput import load\n"
        f"compiled = load({str(path)!r}, compiled=True)\n"
        "result = compiled.predict_proba(json.loads(sys.stdin.read()))\n"
        "slow = [m for m in ('tensorflow', 'keras', 'sklearn', 'skrub', 'skops') "
        "if m in sys.modules]\n"
        "print(json.dumps([result.tolist(), slow]))"
    )
    row["signup_date"], row["last_contact"] = X["signup_date"].astype(str)[0], None
    text = json.dumps(row)
    done = subprocess.run(
        [sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True
    )
    result, slow = json.loads(done.stdout)
    assert slow == []
    assert np.shape(result) == (1, 2)


def test_wrappers_and_regressors(customers, tmp_path):
    _, X = customers
    y = np.arange(len(X)) % 2
    one = {**SMALL, "n_estimators": 1}
    preprocess = make_preprocessor(drop=["customer_id", "review", "monthly_usage"])
    tuned = TunedThresholdClassifierCV(
        make_pipeline(preprocess, MultiInputClassifier(**one)), cv=2
    ).fit(X, y)
    regressor = make_pipeline(preprocess, MultiInputRegressor(**one)).fit(X, y * 1000.0)
    for model in (tuned, regressor):
        save(model, tmp_path / "model.skmi")
        compiled = load(tmp_path / "model.skmi", compiled=True)
        got, expected = compiled.predict(X.head(30)), model.predict(X.head(30))
        np.testing.assert_allclose(got, expected, atol=1e-6 * max(1, abs(expected).max()))


def test_a_file_without_one_says_why(customers, tmp_path):
    X, y = customers[1][["age", "income"]].fillna(0), np.arange(150) % 2
    model = make_pipeline(FunctionTransformer(), MultiInputClassifier(**SMALL)).fit(X, y)
    save(model, tmp_path / "model.skmi")
    assert "ColumnTransformer" in read_manifest(tmp_path / "model.skmi")["compiled"]
    with pytest.raises(ArtifactError, match="no compiled scorer: Expected a pipeline"):
        load(tmp_path / "model.skmi", compiled=True)
    assert load(tmp_path / "model.skmi").predict(X).shape == (150,)


def altered(path, target, name, change):
    """Write a file whose digests are right, but one member of which is another."""
    manifest, members = read_archive(path)
    members[name] = change(members[name])
    write_archive(target, {k: v for k, v in manifest.items() if k != "members"}, members)
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"type": "Chain"', b'"type": "Popen"'),
        lambda data: data.replace(b'"is": "array"', b'"is": "_eval"'),
        lambda data: data.replace(b'"is": "list"', b'"is": "_init__"'),
        lambda data: b'{"scorer": ' + b"[" * 100_000,
        lambda data: re.sub(rb'("lengths": .{20,40}\[)', rb"\g<1>99999999999, ", data),
        lambda data: data[:-30],
    ],
    ids=["type", "method", "dunder", "deep", "length", "cut"],
)
def test_hostile_plans_are_refused(path, tmp_path, change):
    hostile = altered(path, tmp_path / "hostile.skmi", "compiled.json", change)
    with pytest.raises(ArtifactError):
        load(hostile, compiled=True)


def test_hostile_parts_are_refused_before_they_are_built(customers, path, tmp_path):
    import skops.io

    data = skops.io.dumps([subprocess.Popen])
    hostile = altered(path, tmp_path / "hostile.skmi", "compiled.skops", lambda _: data)
    compiled = load(hostile, compiled=True)
    row = {**customers[1].iloc[0].to_dict(), "age": "forty"}
    with pytest.raises(UntrustedTypesError, match="Popen"):
        compiled.predict_proba(row)


def test_a_damaged_file_is_refused(path, tmp_path):
    target = tmp_path / "cut.skmi"
    target.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ArtifactError):
        load(target, compiled=True)
    assert "compiled.json" in zipfile.ZipFile(path).namelist()
