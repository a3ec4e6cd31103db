"""``python -m skmultiinput predict``: the answers of the pipeline, chunk by chunk."""

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor, save
from skmultiinput._cli.run import main

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(0)
    n = 130
    X = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(n)],
            "age": rng.normal(40, 10, n).round(1),
            "plan": rng.choice(["basic", "plus", "max"], n),
        }
    )
    X.loc[::17, "age"] = np.nan
    return X, np.where(X["plan"] == "plus", "Yes", "No")


@pytest.fixture(scope="module")
def model(customers, tmp_path_factory):
    X, y = customers
    path = tmp_path_factory.mktemp("model") / "churn.skmi"
    pipeline = make_pipeline(make_preprocessor(drop=["id"]), MultiInputClassifier(**SMALL))
    save(pipeline.fit(X, y), path)
    return path, pipeline


def run(*arguments):
    return main(["predict", *(str(argument) for argument in arguments)])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_scores_of_a_table_in_chunks(customers, model, tmp_path, ending, capsys):
    (X, _), (path, pipeline) = customers, model
    table, output = tmp_path / f"new.{ending}", tmp_path / f"scored.{ending}"
    X.to_csv(table, index=False) if ending == "csv" else X.to_parquet(table)
    assert run(path, table, "--output", output, "--chunk", 50) == 0
    assert "130 rows" in capsys.readouterr().err
    scored = pd.read_csv(output) if ending == "csv" else pd.read_parquet(output)
    assert list(scored) == [*X, "prediction", "probability_No", "probability_Yes"]
    expected = pipeline.predict_proba(X)
    np.testing.assert_allclose(scored["probability_Yes"], expected[:, 1], atol=1e-6)
    assert scored["prediction"].tolist() == pipeline.predict(X).tolist()
    assert scored["id"].tolist() == X["id"].tolist()


def test_standard_input_and_output_without_tensorflow(customers, model):
    X, path = customers[0], model[0]
    code = (
        "import sys; from skmultiinput._cli.run import main;"
        f"code = main(['predict', {str(path)!r}, '-', '--keep', 'id']);"
        "sys.stderr.write(f'code {code} {\"tensorflow\" in sys.modules}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=X.to_csv(index=False, sep=";").encode(),
        capture_output=True,
        check=True,
    )
    assert b"code 0 False" in done.stderr
    scored = pd.read_csv(io.BytesIO(done.stdout))
    assert list(scored)[:2] == ["id", "prediction"]
    assert len(scored) == len(X)


def test_standard_streams(customers, model, monkeypatch, capsysbinary):
    X, (path, pipeline) = customers[0], model

    def given(content):
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
        monkeypatch.setattr("sys.stdin", stream)
        return run(path, "-", "--keep", "id")

    assert given(X.to_csv(index=False).encode()) == 0
    scored = pd.read_csv(io.BytesIO(capsysbinary.readouterr().out))
    assert scored["prediction"].tolist() == pipeline.predict(X).tolist()
    assert given(b"") == 2
    assert b"standard input is empty" in capsysbinary.readouterr().err
    assert given(b"id,age\n1,2,3,4\n1,2,3,4,5\n") == 2
    assert b"standard input" in capsysbinary.readouterr().err


def test_several_targets_have_a_column_each(customers, tmp_path):
    X = customers[0][["age"]].fillna(0.0).assign(other=1.0)
    y = np.column_stack([X["age"], -X["age"]])
    pipeline = make_pipeline(FunctionTransformer(), MultiInputRegressor(**SMALL)).fit(X, y)
    save(pipeline, tmp_path / "model.skmi")
    X.to_csv(tmp_path / "new.csv", index=False)
    output = tmp_path / "scored.csv"
    assert run(tmp_path / "model.skmi", tmp_path / "new.csv", "--output", output) == 0
    got = pd.read_csv(output)[["prediction_0", "prediction_1"]]
    np.testing.assert_allclose(got, pipeline.predict(X), rtol=1e-5)


def test_no_cell_is_a_formula(customers, model, tmp_path):
    X = customers[0].head(4).assign(id=["=1+1", "@cmd", "-3", "plain"], note="+49 170")
    X = X.rename(columns={"note": "=note"})
    X.to_csv(tmp_path / "new.csv", index=False)
    output = tmp_path / "scored.csv"
    assert run(model[0], tmp_path / "new.csv", "--output", output) == 0
    scored = pd.read_csv(output, dtype=str)
    assert scored["id"].tolist() == ["'=1+1", "'@cmd", "-3", "plain"]
    assert scored["'=note"].tolist() == ["'+49 170"] * 4


def test_models_that_are_not_compiled_and_regressors(customers, tmp_path):
    X = customers[0][["age"]].fillna(0.0).assign(other=1.0)
    network = MultiInputRegressor(**SMALL)
    pipeline = make_pipeline(FunctionTransformer(), network).fit(X, X["age"] * 3)
    save(pipeline, tmp_path / "model.skmi")
    X.to_csv(tmp_path / "new.csv", index=False)
    output = tmp_path / "scored.csv"
    assert run(tmp_path / "model.skmi", tmp_path / "new.csv", "--output", output) == 0
    got = pd.read_csv(output)["prediction"]
    np.testing.assert_allclose(got, pipeline.predict(X), rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda X: X.drop(columns="plan"), "lacks the column 'plan'"),
        (lambda X: X.rename(columns={"plan": "Plan"}), "did you mean 'Plan'"),
        (lambda X: X.assign(age=np.inf), "rows 1 to 50: Column 'age' contains infinity"),
        (lambda X: X.head(0), "no rows"),
    ],
    ids=["missing", "renamed", "infinite", "empty"],
)
def test_tables_that_cannot_be_scored(customers, model, tmp_path, change, what, capsys):
    change(customers[0]).to_csv(tmp_path / "new.csv", index=False)
    output = tmp_path / "scored.csv"
    assert run(model[0], tmp_path / "new.csv", "--output", output, "--chunk", 50) == 2
    assert what in capsys.readouterr().err
    assert not output.exists()


def test_columns_of_the_table_and_the_predictions_have_different_names(
    customers, model, tmp_path, capsys
):
    table, output = tmp_path / "scored.csv", tmp_path / "again.parquet"
    customers[0].assign(prediction="old").to_csv(table, index=False)
    assert run(model[0], table, "--output", output) == 2
    assert "has the column 'prediction', and so have the predictions" in capsys.readouterr().err
    assert not output.exists()
    assert run(model[0], table, "--output", output, "--keep", "id", "id") == 0
    assert list(pd.read_parquet(output)) == [
        "id",
        "prediction",
        "probability_No",
        "probability_Yes",
    ]


@pytest.mark.parametrize("later", [2.5, "abc"])
def test_rows_of_other_types_in_parquet(customers, model, tmp_path, later, capsys):
    table, output = tmp_path / "new.csv", tmp_path / "scored.parquet"
    amounts = pd.Series(range(130), dtype=object)
    amounts[60] = later
    customers[0].assign(amount=amounts).to_csv(table, index=False)
    assert run(model[0], table, "--output", output, "--chunk", 50) == 2
    error = capsys.readouterr().err
    assert "Rows from 51 on have other types than the first ones" in error
    assert "amount" in error
    assert not output.exists()
    assert run(model[0], table, "--output", tmp_path / "scored.csv", "--chunk", 50) == 0


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t.csv.gz", b"\x1f\x8bjunk" * 50, "Cannot read t.csv.gz: "),
        ("t.parquet", b"PAR1junk", "t.parquet is no Parquet file: "),
        ("t.csv", b"id,age,plan\n1,2,basic\n1,2,3,4,5\n", "t.csv is no table: "),
    ],
)
def test_broken_tables_are_refused_in_one_line(model, tmp_path, name, content, what, capsys):
    (tmp_path / name).write_bytes(content)
    assert run(model[0], tmp_path / name, "--output", tmp_path / "scored.csv") == 2
    error = capsys.readouterr().err
    assert what in error
    assert error.count("\n") == 1


def test_files_that_cannot_be_used(customers, model, tmp_path, capsys):
    table = tmp_path / "new.csv"
    customers[0].to_csv(table, index=False)
    assert run(tmp_path / "no.skmi", table) == 2
    assert "There is no file" in capsys.readouterr().err
    assert run(table, table) == 2
    assert "new.csv is no" in capsys.readouterr().err
    assert run(model[0], table, "--output", table) == 2
    assert "would overwrite the table" in capsys.readouterr().err
    assert run(model[0]) == 2
    assert "predict: error" in capsys.readouterr().err
    assert run("--help") == 0
    assert "examples" in capsys.readouterr().out
