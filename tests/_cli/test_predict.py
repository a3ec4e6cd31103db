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
        ("t.csv", b"id,age,plan\n1,2,basic\n1,2,3,4,5\n", "Line 3 of t.csv has 5 fields"),
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


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """A model of codes that look like numbers, but for some."""
    rng = np.random.default_rng(0)
    n = 120
    X = pd.DataFrame(
        {
            "id": [f"{i:05d}" for i in range(n)],
            "code": rng.choice(["001", "002", "010", "A1"], n),
            "long": rng.integers(10**17, 10**18, n),
            "age": rng.normal(40, 10, n).round(1),
        }
    )
    folder = tmp_path_factory.mktemp("coded")
    pipeline = make_pipeline(
        make_preprocessor(drop=["id", "long"]),
        MultiInputClassifier(**{**SMALL, "epochs": 15, "learning_rate": 0.02}),
    )
    save(pipeline.fit(X, X["code"] == "001"), folder / "model.skmi")
    return X.sort_values("code").reset_index(drop=True), folder / "model.skmi", pipeline


@pytest.mark.parametrize("size", [1, 25, 1000])
def test_codes_are_no_numbers_whatever_else_is_in_a_chunk(coded, tmp_path, size):
    X, path, pipeline = coded
    X.to_csv(tmp_path / "new.csv", index=False)
    assert run(path, tmp_path / "new.csv", "--output", tmp_path / "o.csv", "--chunk", size) == 0
    got = pd.read_csv(tmp_path / "o.csv")["probability_True"]
    np.testing.assert_allclose(got, pipeline.predict_proba(X)[:, 1], atol=1e-5)


def test_cells_are_written_as_they_were(coded, tmp_path):
    X, path, _ = coded
    X = X.assign(long=X["long"].astype("Int64"), note="n/a", price="1.50")
    X.loc[3, "long"] = pd.NA
    X.to_csv(tmp_path / "new.csv", index=False)
    assert run(path, tmp_path / "new.csv", "--output", tmp_path / "o.csv", "--chunk", 50) == 0
    written = {"dtype": str, "keep_default_na": False}
    expected = pd.read_csv(tmp_path / "new.csv", **written)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "o.csv", **written)[[*X]], expected)
    X.to_parquet(tmp_path / "new.parquet")
    for table in ("new.csv", "new.parquet"):
        output = tmp_path / "o.parquet"
        assert run(path, tmp_path / table, "--output", output) == 0
        scored = pd.read_parquet(output)
        assert scored["id"].tolist() == X["id"].tolist()
    assert scored["long"].dropna().astype("int64").tolist() == X["long"].dropna().tolist()


def test_names_of_an_index_are_columns(coded, tmp_path):
    X, path, _ = coded
    X.set_index("id").to_parquet(tmp_path / "new.parquet")
    assert run(path, tmp_path / "new.parquet", "--output", tmp_path / "o.csv", "--keep", "id") == 0
    assert pd.read_csv(tmp_path / "o.csv", dtype=str)["id"].tolist() == X["id"].tolist()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda lines: [lines[0], *(line + "," for line in lines[1:])], "Line 2 of new.csv has 4"),
        (lambda lines: [*lines[:9], "c9", *lines[9:]], "Line 10 of new.csv has 1 fields"),
        (lambda lines: [*lines[:9], 'c9,1,"max', *lines[9:]], "within quotation marks"),
        (lambda lines: ["id,age,age", *lines[1:]], "more than one 'age'"),
    ],
    ids=["trailing comma", "short line", "open quotation mark", "name twice"],
)
def test_lines_that_do_not_fit_the_names_are_refused(
    customers, model, tmp_path, change, what, capsys
):
    lines = change(customers[0].to_csv(index=False).splitlines())
    (tmp_path / "new.csv").write_text("\n".join(lines), encoding="utf-8")
    assert run(model[0], tmp_path / "new.csv", "--output", tmp_path / "o.csv") == 2
    assert what in capsys.readouterr().err


def test_names_with_blanks_around_are_those_of_the_training(customers, model, tmp_path):
    text = customers[0].to_csv(index=False).replace("id,age,plan", " id , age ,plan ")
    (tmp_path / "new.csv").write_text(text, encoding="utf-8")
    assert run(model[0], tmp_path / "new.csv", "--output", tmp_path / "o.csv") == 0


def test_a_table_of_one_column_needs_no_separator(tmp_path):
    X, y = pd.DataFrame({"age": np.arange(60.0)}), np.arange(60) % 2
    pipeline = make_pipeline(make_preprocessor(), MultiInputClassifier(**SMALL)).fit(X, y)
    save(pipeline, tmp_path / "one.skmi")
    X.to_csv(tmp_path / "new.csv", index=False)
    assert run(tmp_path / "one.skmi", tmp_path / "new.csv", "--output", tmp_path / "o.csv") == 0
    assert len(pd.read_csv(tmp_path / "o.csv")) == 60
