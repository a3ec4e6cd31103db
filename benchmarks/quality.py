"""Accuracy: the defaults beside what people would use instead, on the same splits.

Each model is fitted on the training part of each table and scored on the rest: ROC AUC (macro
one-versus-rest for more than two classes) and log-loss, or RMSE. Adult and Japanese vowels come
with their test rows, where a repeat is another seed; the others are split 75/25, stratified, the
same for all models. Runs that are in the JSON file are not made again.

    python benchmarks/quality.py --repeats 3
    python benchmarks/quality.py --data telco_churn --models skmultiinput CatBoost --peers all
    python benchmarks/quality.py --data adult bank_marketing --peers all --rows 8000
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
import traceback
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _peers import PEERS, SLOW_PEERS, tidy
from _results import PACKAGES, RESULTS, write_results
from _tables import PLAIN, TASKS
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

OURS, BEST = "skmultiinput", "skmultiinput, preset best"


def ours(X, regression, seed, preset="default"):
    # Not at the top: TensorFlow and the compiler of PyTorch cannot be in one process.
    from skmultiinput import (  # noqa: PLC0415 - see above
        MultiInputClassifier,
        MultiInputRegressor,
        make_preprocessor,
    )

    del X  # looked at in fit
    model = MultiInputRegressor if regression else MultiInputClassifier
    return make_pipeline(
        make_preprocessor(random_state=seed), model(preset=preset, random_state=seed)
    )


def score(model, X, y, *, regression):
    """Metrics of a fitted model on test rows."""
    if regression:
        return {"rmse": root_mean_squared_error(y, np.ravel(model.predict(X)))}
    probabilities = np.asarray(model.predict_proba(X), dtype=float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    if probabilities.shape[1] == 2:
        auc = roc_auc_score(y, probabilities[:, 1])
    else:
        auc = roc_auc_score(y, probabilities, multi_class="ovr", average="macro")
    return {"auc": auc, "log_loss": log_loss(y, probabilities.clip(1e-7, 1))}


def run(task, make, name, seed):
    """Fit and score one model on one split."""
    X, X_test, y, y_test = task.split(seed)
    if name not in (OURS, BEST):
        X, X_test = tidy(X), tidy(X_test)
        X.attrs["n_classes"] = y.nunique()
    start = time.perf_counter()
    # Threads of boosted trees that wait for each other cost twenty times the work where the cores
    # are busy with something else; with so few rows they gain next to nothing where they are not.
    with threadpool_limits(1, user_api="openmp"):
        model = make(X, task.regression, seed).fit(X, y)
    fitted = time.perf_counter()
    scores = score(model, X_test, y_test, regression=task.regression)
    times = {"fit_s": fitted - start, "predict_s": time.perf_counter() - fitted}
    return {
        key: round(float(value), 2 if key.endswith("_s") else 5)
        for key, value in (scores | times).items()
    }


def read_runs(out):
    path = RESULTS / f"{out}.json"
    return json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []


# --- Tables.


def good(runs):
    """Frame of the runs, with one score where higher is better: AUC, or minus RMSE."""
    frame = pd.DataFrame([run for run in runs if "error" not in run])
    for column in ("auc", "rmse", "log_loss"):
        frame[column] = frame.get(column, np.nan)
    frame["score"] = frame["auc"].fillna(-frame["rmse"])
    return frame


def summary(runs):
    """Print the means, the mean ranks and the differences to ours; return them for the record."""
    frame = good(runs)
    scores = frame.pivot_table(index="data", columns="model", values="score", sort=False)
    both = scores.dropna(axis=1)  # of models that have run everywhere
    left_out = sorted(set(scores) - set(both))
    print("\nROC AUC, or minus RMSE; mean over repeats\n", scores.round(4).to_string())
    for column in ("log_loss", "fit_s"):
        table = frame.pivot_table(index="data", columns="model", values=column, sort=False)
        print(f"\n{column}\n", table.round(4 if column == "log_loss" else 1).to_string())
    ranks = both.rank(axis=1, ascending=False).mean().sort_values()
    print("\nmean rank\n", ranks.round(2).to_string())
    if left_out:
        print("not ranked, as they have not run on every table:", *left_out)
    return {"mean_rank": ranks.round(2).to_dict(), "differences": differences(frame)}


def differences(frame):
    """Ours minus each model, in AUC and log-loss: mean over tables, standard error of it.

    The standard error is that of tables as a sample of tables; the one of each table is from its
    repeats, widened as repeated splits of the same rows ask for (Nadeau and Bengio 2003).
    """
    result: list[dict] = []
    if OURS not in set(frame["model"]):
        return result
    for metric, where in (("auc", "all"), ("auc", "plain"), ("log_loss", "all")):
        rows = frame[frame["data"].isin(PLAIN)] if where == "plain" else frame
        wide = rows.pivot_table(index=["data", "repeat"], columns="model", values=metric)
        for model in wide.columns.drop(OURS, errors="ignore"):
            if OURS not in wide:
                continue
            gaps = (wide[OURS] - wide[model]).dropna()
            tables = gaps.groupby("data")
            means = tables.mean()
            if means.empty:
                continue
            n = len(means)
            result.append(
                {
                    "metric": metric,
                    "tables": where,
                    "model": model,
                    "n_tables": n,
                    "ours_minus_model": round(float(means.mean()), 5),
                    "standard_error": _rounded(means.std() / math.sqrt(n)),
                    "per_table": {
                        data: [round(float(g.mean()), 5), _rounded(_corrected_error(g))]
                        for data, g in tables
                    },
                }
            )
    shown = pd.DataFrame(result).drop(columns="per_table") if result else ""
    print("\nours minus the model\n", shown.to_string(index=False) if result else "none")
    return result


def _corrected_error(gaps, test_share=0.25):
    n = len(gaps)
    return gaps.std() * math.sqrt(1 / n + test_share / (1 - test_share)) if n > 1 else math.nan


def _rounded(value):
    return round(float(value), 5) if math.isfinite(value) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--models", nargs="+", choices=[OURS, BEST, *PEERS, *SLOW_PEERS])
    parser.add_argument("--peers", choices=["cheap", "all"], default="cheap")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--rows", type=int, help="at most so many rows, split 75/25")
    parser.add_argument("--again", nargs="+", default=[], help="models to run anew on these data")
    parser.add_argument("--out", help="name of the JSON file")
    parser.add_argument("--show", action="store_true", help="only print what is there")
    arguments = parser.parse_args()
    rows = [] if arguments.rows is None else ["--rows", str(arguments.rows)]
    # Other rows give other results, which have a file of their own.
    arguments.out = arguments.out or "_".join(["quality", *rows[1:]])
    models = {OURS: ours, **PEERS} | (SLOW_PEERS if arguments.peers == "all" else {})
    if arguments.models:
        known = {BEST: partial(ours, preset="best"), **models, **SLOW_PEERS}
        models = {name: known[name] for name in arguments.models}
    slow = [name for name in models if name in SLOW_PEERS]
    if slow and len(slow) < len(models):
        # By themselves, for the reason given in `ours`; their runs are in the file afterwards.
        options = ["--data", *arguments.data, "--repeats", str(arguments.repeats), *rows]
        again = [name for name in arguments.again if name in slow]
        options += ["--out", arguments.out, *(["--again", *again] if again else [])]
        command = [sys.executable, __file__, "--models", *slow, *options]
        subprocess.run(command, check=True)
        models = {name: make for name, make in models.items() if name not in slow}
        arguments.again = [name for name in arguments.again if name not in slow]
    warnings.filterwarnings("ignore")
    anew = {(data, model) for data in arguments.data for model in arguments.again}
    runs = [run for run in read_runs(arguments.out) if (run["data"], run["model"]) not in anew]
    done = {(run["data"], run["model"], run["repeat"]) for run in runs}
    packages = [*PACKAGES, "lightgbm", "catboost"]
    for repeat in range(0 if arguments.show else arguments.repeats):
        for data in arguments.data:
            task = TASKS[data]().sample(arguments.rows)
            for name, make in models.items():
                if (data, name, repeat) in done:
                    continue
                record = {"data": data, "model": name, "repeat": repeat}
                try:
                    record |= run(task, make, name, repeat)
                except Exception as error:  # noqa: BLE001 - one peer's failure must not end all
                    traceback.print_exc()
                    record["error"] = f"{type(error).__name__}: {error}"[:300]
                print(record, flush=True)
                runs.append(record)
                # What failed is tried again next time.
                kept = [run for run in runs if "error" not in run]
                write_results(arguments.out, seed="the repeat", runs=kept, packages=packages)
    more = summary(runs)
    if not arguments.show:
        kept = [run for run in runs if "error" not in run]
        write_results(arguments.out, seed="the repeat", runs=kept, packages=packages, **more)


if __name__ == "__main__":
    main()
