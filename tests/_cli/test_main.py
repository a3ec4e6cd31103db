import contextlib
import json
import os
import signal
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest

from skmultiinput._cli.run import main

QUICK = ["--preset", "fast", "--epochs", "2", "--folds", "2"]


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(0)
    n = 160
    age = rng.normal(40, 10, n).round(1)
    plan = rng.choice(["basic", "plus", "max"], n)
    churn = rng.uniform(size=n) < 1 / (1 + np.exp(-(age - 45) / 5 - (plan == "basic")))
    table = pd.DataFrame({"id": [f"c{i}" for i in range(n)], "age": age, "plan": plan})
    table.loc[::17, "age"] = np.nan
    return table.assign(spend=age * 3 + rng.normal(size=n), churn=np.where(churn, "Yes", "No"))


@pytest.fixture
def table(customers, tmp_path):
    path = tmp_path / "customers.csv"
    customers.to_csv(path, index=False)
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_the_whole_job(table, customers, tmp_path, capsys):
    saved, figures = tmp_path / "model.joblib", tmp_path / "figures.json"
    code = run(
        table, "--target", "churn", "--drop", "spend", "--save", saved, "--json", figures, *QUICK
    )
    out, err = capsys.readouterr()
    assert code == 0, err
    rare = customers["churn"].value_counts().idxmin()
    assert f"positive is {rare!r}" in out
    for text in (
        "160 rows, 3 columns",
        "age",
        "numeric",
        "one-hot",
        "dropped",
        "ROC AUC",
        "accuracy",
        "F1",
    ):
        assert text in out
    for text in ("network", "logistic regression", "boosted trees", "±", "seconds to fit"):
        assert text in out
    assert "[6/6] boosted trees, fold 2 of 2: ROC AUC 0." in err
    model = joblib.load(saved)
    proba = model.predict_proba(customers.drop(columns=["churn", "spend"]))
    assert proba.shape == (160, 2)
    assert np.allclose(proba.sum(axis=1), 1)
    found = json.loads(figures.read_text())
    assert found["positive"] == rare
    assert set(found["models"]) == {"network", "logistic regression", "boosted trees"}
    assert 0 < found["models"]["network"]["roc_auc"]["mean"] <= 1
    assert len(found["scores"]) == 6
    assert {column["column"]: column["group"] for column in found["columns"]} == {
        "id": "dropped",
        "age": "numeric",
        "plan": "onehot",
    }


def test_a_quantity_is_regression(table, capsys):
    assert run(table, "--target", "spend", "--drop", "id", *QUICK) == 0
    out, _ = capsys.readouterr()
    assert "a quantity from" in out
    for text in ("RMSE", "MAE", "ridge"):
        assert text in out
    assert "stratified" not in out


def test_prices_are_a_quantity(customers, tmp_path, capsys):
    path = tmp_path / "prices.csv"
    prices = [f"£{1000 + 7.5 * i:,.2f}" for i in range(len(customers) - 1)]
    customers[["age", "plan"]].assign(price=[*prices, "n/a"]).to_csv(path, index=False)
    assert run(path, "--target", "price", *QUICK) == 0
    out, _ = capsys.readouterr()
    for text in ("a quantity from 1000 to", "is read as numbers", "1 row(s) without a value"):
        assert text in out


def test_counts_are_not_taken_for_classes(customers, tmp_path, capsys):
    path = tmp_path / "counts.csv"
    rng = np.random.default_rng(0)
    shop = rng.choice([f"shop {i}" for i in range(15)], len(customers))
    table = customers[["age"]].assign(shop=shop, visits=rng.poisson(6, len(customers)))
    table.to_csv(path, index=False)
    assert run(path, "--target", "visits", "--task", "regression", *QUICK) == 0
    out, err = capsys.readouterr()
    assert "a quantity from" in out
    assert "class" not in err


@pytest.mark.slow  # several minutes on two cores
def test_generated_customers_costs_and_smote(capsys, tmp_path):
    saved = tmp_path / "model.joblib"
    report = tmp_path / "report.html"
    options = ["--rows", "300", "--costs", "1", "10", "--sampler", "smote", "--save", saved]
    assert run(*options, "--report", report, *QUICK) == 0
    out, _ = capsys.readouterr()
    assert "Generated customers: 300 rows" in out
    assert "cost per row at 0.5" in out
    assert "the tuned threshold changes the cost per row by -" in out
    assert 0 < joblib.load(saved).threshold < 0.5
    assert f"The report is {report}" in out
    html = report.read_text(encoding="utf-8")
    assert "<h1>Generated customers</h1>" in html
    assert "Cost against threshold" in html
    assert "Not measured" not in html


def test_costs_learning_curve_and_a_sample(table, capsys):
    """The same as above in short, without a report."""
    options = ["--rows", "120", "--costs", "1", "10", "--sampler", "smote", "--learning-curve"]
    drop = ["--drop", "id", "spend", "--positive", "Yes", "--epochs", "1"]
    assert run(table, "--target", "churn", *options, *QUICK, *drop) == 0
    out, _ = capsys.readouterr()
    for text in (
        "A random sample of 120 of 160 rows",
        "positive is 'Yes'",
        "by training rows",
        "the tuned threshold changes the cost per row by",
    ):
        assert text in out


def test_a_model_that_fails_is_named(table, capsys, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("no luck")

    monkeypatch.setattr("skmultiinput.MultiInputClassifier.fit", fail)
    arguments = [table, "--target", "churn", "--drop", "id", *QUICK]
    assert run(*arguments) == 1
    err = capsys.readouterr().err
    assert "RuntimeError: no luck This happened in fold 0 of model 'network'" in err
    with pytest.raises(RuntimeError, match="no luck"):
        run(*arguments, "--traceback")


def test_an_artifact_of_ours(table, tmp_path, capsys):
    from skmultiinput.persistence import read_manifest

    saved = tmp_path / "model.skmi"
    assert run(table, "--target", "churn", "--drop", "spend", "--save", saved, *QUICK) == 0
    manifest = read_manifest(saved)
    assert manifest["classes"] == ["No", "Yes"]
    assert 0 < manifest["metrics"]["roc_auc"] <= 1
    assert f"saved as {saved}" in capsys.readouterr().out


def test_three_classes(customers, tmp_path, capsys):
    path = tmp_path / "t.tsv"
    customers.assign(plan=customers["plan"].where(customers.index > 3)).to_csv(
        path, index=False, sep="\t"
    )
    assert run(path, "--target", "plan", *QUICK) == 0
    out, _ = capsys.readouterr()
    assert "4 row(s) without a value of 'plan' were left out." in out
    assert "3 classes: 'basic'" in out
    assert "plain mean over classes" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv", "--target", "y"], "There is no file 'nowhere.csv'"),
        (
            ["TABLE", "--target", "Churn"],
            "no column 'Churn' in customers.csv, did you mean 'churn'",
        ),
        (["TABLE"], "Name the column to predict with --target; there are 'id', 'age'"),
        (["TABLE", "--target", "churn", "--sep", ";"], "is the separator right?"),
        (
            ["TABLE", "--target", "churn", "--drop", "agee"],
            "no column 'agee' in the table, did you",
        ),
        (
            ["TABLE", "--target", "churn", "--drop", "churn"],
            "Cannot drop 'churn': it is the target",
        ),
        (["TABLE", "--target", "churn", "--positive", "yes"], "the labels are 'No' and 'Yes'"),
        (["TABLE", "--target", "churn", "--folds", "1"], "At least 2 folds are needed; got 1"),
        (["TABLE", "--target", "churn", "--folds", "five"], "expected a whole number, got 'five'"),
        (["TABLE", "--target", "churn", "--folds", "100"], "row(s), but 100 folds need"),
        (["TABLE", "--target", "churn", "--rows", "0"], "expected a whole number above 0, got '0'"),
        (["TABLE", "--target", "churn", "--task", "regression"], "Regression needs numbers"),
        (["TABLE", "--target", "spend", "--task", "classification"], "holds fractions"),
        (["TABLE", "--target", "spend", "--positive", "1"], "--positive is for two classes"),
        (["TABLE", "--target", "spend", "--sampler", "smote"], "--sampler is for classes"),
        (["TABLE", "--target", "plan", "--costs", "1", "2"], "--costs is for two classes"),
        (["TABLE", "--target", "id"], "'id' has 160 different values in 160 rows"),
        (["TABLE", "--target", "churn", "--costs", "1"], "expected 2 arguments"),
        (["TABLE", "--target", "churn", "--save", "no/where/m.joblib"], "there is no folder"),
        (["TABLE", "--target", "churn", "--report", "x" * 300], "File name too long"),
        (["TABLE", "--target", "churn", "--seed", "-1"], "a whole number from 0 to 2**32 - 1"),
        (["TABLE", "--target", "churn", "--costs", "1", "much"], "a number, got 'much'"),
        (["TABLE", "--target", "churn", "--time", "spend", "--repeats", "2"], "one way to split"),
        (
            ["TABLE", "--target", "churn", "--drop", "id", "age", "plan", "spend"],
            "no column left beside the target",
        ),
        (
            ["TABLE", "--target", "churn", "--drop", "age", "plan", "spend", "--group", "id"],
            "no column left beside the target and the group 'id'",
        ),
        (["TABLE", "--target", "churn", "--drop", "\x1b[31m"], r"no column '\x1b[31m'"),
        (["--target", "churn", "--drop", "id", "TABLE"], "put TABLE before it"),
        (["TABLE", "--target", "churn", "--group", "churn"], "--group 'churn' is the target"),
        (["TABLE", "--target", "churn", "--unknown"], "unrecognized arguments: --unknown"),
        (["--sep", ";"], "--sep is for a TABLE"),
        (["--target", "churn"], "no column 'churn' in the generated customers, did you mean"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(table, capsys, arguments, message):
    arguments = [table if argument == "TABLE" else argument for argument in arguments]
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.startswith("python -m skmultiinput: error: ")
    assert err.count("\n") == 1
    assert out == ""
    assert "\x1b" not in err


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1] * 20, "has the one value 1 in all 20 rows"),
        (["a"] * 18 + ["b"] * 2, "Class 'b' of the target has 2 row(s), but 2 folds need"),
        ([None, " "] * 10, "has no value in any row"),
    ],
)
def test_targets_that_cannot_be_learned(tmp_path, capsys, values, message):
    path = tmp_path / "t.csv"
    pd.DataFrame({"x": np.arange(20.0), "y": values}).to_csv(path, index=False)
    assert run(path, "--target", "y", "--folds", "2") == 2
    assert message in capsys.readouterr().err


def test_an_infinite_quantity(tmp_path, capsys):
    path = tmp_path / "t.csv"
    pd.DataFrame({"x": np.arange(40.0), "y": [*range(39), np.inf]}).to_csv(path, index=False)
    assert run(path, "--target", "y", "--task", "regression") == 2
    assert "holds infinite numbers" in capsys.readouterr().err


def test_broken_parquet(tmp_path, capsys):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"no parquet")
    assert run(path, "--target", "y") == 2
    assert "is no Parquet file" in capsys.readouterr().err


def test_interrupt():
    # Where this process was started in the background, it and its children would ignore SIGINT.
    code = (
        "import signal, sys; from skmultiinput._cli.run import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.exit(main(['--rows', '50000']))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert "50,000 rows" in process.stdout.readline()
        # A signal that meets the garbage collector is lost; who presses Ctrl-C presses it again.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=60)
        assert process.returncode == 130
        assert "python -m skmultiinput: interrupted\n" in process.stderr.read()


def test_help_and_version(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    for option in ("TABLE", "--target", "--sep", "--drop", "--positive", "--folds", "--save"):
        assert option in text
    assert "examples:" in text
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("skmultiinput ")


def test_the_process_is_quiet_and_repeatable(table):
    """One process: no log of TensorFlow, tables on stdout, and the same figures as in this one."""
    command = [sys.executable, "-m", "skmultiinput", str(table), "--target", "churn", *QUICK]
    # TensorFlow's level is what the command line sets, not what this test run was started with.
    env = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=300, env=env
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == "loading TensorFlow"
    assert all(line.startswith(("[", "warning: ")) for line in lines[1:]), done.stderr
    assert "ROC AUC" in done.stdout
