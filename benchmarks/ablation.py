"""What each ingredient of the default network is worth, by cross-validation.

Each variant changes one thing. All are fitted on the same folds of the same tables. A difference
is the variant minus one network as ``preset="best"`` has it: mean over tables, with the standard
error over tables and, for each table, the mean over folds. Runs that are in the JSON file are not
repeated.

    python benchmarks/ablation.py --variants "one network" "no pairs"
"""

import argparse
import json
import math
import os
import time
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _results import RESULTS, write_results
from _tables import TASKS, Task, car_vgood
from quality import score
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor

MOST_ROWS = 8000


def ids_only():
    """Ids alone, most of what they say said by two of them together."""
    rng = np.random.default_rng(0)
    n = 6000
    X = pd.DataFrame(
        {f"id_{j}": rng.integers(0, k, n) for j, k in enumerate((15, 40, 200, 30, 90))}
    )
    pairs = [((0, 1), 1.0), ((1, 3), 1.0)]
    logit = rng.normal(0, 0.5, 200)[X["id_2"]] - 1.5
    for (a, b), scale in pairs:
        sizes = X[f"id_{a}"].max() + 1, X[f"id_{b}"].max() + 1
        logit = logit + rng.normal(0, scale, sizes)[X[f"id_{a}"], X[f"id_{b}"]]
    y = pd.Series((rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int))
    return Task(X.astype(str).radd("v"), y)


def clothing_table():
    task = TASKS["clothing_recommended"]()
    return Task(task.X.drop(columns=["Title", "Review Text"]), task.y)


def of_sklearn(load):
    """Return a table that comes with scikit-learn."""
    table = load(as_frame=True)
    number = load is load_diabetes
    return Task(table.data, table.target.astype(float if number else int))


TABLES = {
    "hr_attrition": TASKS["hr_attrition"],
    "yeast4": TASKS["yeast4"],
    "telco_churn": TASKS["telco_churn"],
    "california_housing": TASKS["california_housing"],
    "bank_marketing": TASKS["bank_marketing"],
    "adult": TASKS["adult"],
    "clothing_table": clothing_table,
    "ids_only": ids_only,
    "breast_cancer": partial(of_sklearn, load_breast_cancer),
    "wine": partial(of_sklearn, load_wine),
    "digits": partial(of_sklearn, load_digits),
    "diabetes": partial(of_sklearn, load_diabetes),
    "car_vgood": car_vgood,
}
MAIN = ["hr_attrition", "yeast4", "telco_churn", "california_housing", "bank_marketing"]
# What a variant changes: parameters of `make_preprocessor`, parameters of the estimator. All but
# those about the number of networks are tried on one network, which shows a difference sooner.
ONE = {"n_estimators": 1, "preset": "best"}
BASE = "one network"
VARIANTS: dict[str, tuple[dict, dict]] = {
    "one network": ({}, ONE),
    "4 networks of 2 members": ({}, ONE | {"n_estimators": 4, "n_members": 2}),
    "4 networks, preset fast": ({}, {"n_estimators": 4, "preset": "fast"}),
    "preset fast": ({}, {"preset": "fast"}),
    "preset best": ({}, {"preset": "best"}),
    "no pairs": ({"target_pairs": 0}, ONE),
    "embedding beside target": ({"high_cardinality": "embedding+target"}, ONE),
    "scaling: squash": ({"scaling": "squash"}, ONE),
    "scaling: standard": ({"scaling": "standard"}, ONE),
    "1 member": ({}, ONE | {"n_members": 1}),
    "4 members": ({}, ONE | {"n_members": 4}),
    "16 members": ({}, ONE | {"n_members": 16}),
    "plain numbers": ({}, ONE | {"numeric__embedding": "plain"}),
    "periodic numbers": ({}, ONE | {"numeric__embedding": "periodic"}),
    "16 bins": ({}, ONE | {"numeric__n_bins": 16}),
    "128 bins": ({}, ONE | {"numeric__n_bins": 128}),
    "hidden 128, 128": ({}, ONE | {"hidden_units": (128, 128)}),
    "hidden 256": ({}, ONE | {"hidden_units": (256,)}),
    "hidden 512, 512, 512": ({}, ONE | {"hidden_units": (512, 512, 512)}),
    "dropout 0": ({}, ONE | {"dropout": 0.0}),
    "dropout 0.2": ({}, ONE | {"dropout": 0.2}),
    "no weight averaging": ({}, ONE | {"weight_averaging": 0.0}),
    "weight averaging 0.9": ({}, ONE | {"weight_averaging": 0.9}),
    "patience 16": ({}, ONE | {"n_iter_no_change": 16}),
    "no weight averaging, patience 16": (
        {},
        ONE | {"weight_averaging": 0.0, "n_iter_no_change": 16},
    ),
    "rate 1e-3": ({}, ONE | {"learning_rate": 1e-3}),
    "batch 256": ({}, ONE | {"batch_size": 256}),
}


def folds_of(task, n_folds):
    if task.regression:
        return list(KFold(n_folds, shuffle=True, random_state=0).split(task.X))
    return list(StratifiedKFold(n_folds, shuffle=True, random_state=0).split(task.X, task.y))


def run(task, rows, test_rows, variant, seed):
    of_table, of_network = VARIANTS[variant]
    model = MultiInputRegressor if task.regression else MultiInputClassifier
    pipeline = make_pipeline(make_preprocessor(**of_table), model(random_state=seed, **of_network))
    X, y = task.X.iloc[rows], task.y.iloc[rows]
    start = time.perf_counter()
    cpu = time.process_time()
    pipeline.fit(X, y)
    record = {"fit_s": time.perf_counter() - start, "cpu_s": time.process_time() - cpu}
    scores = score(
        pipeline, task.X.iloc[test_rows], task.y.iloc[test_rows], regression=task.regression
    )
    if task.regression:
        scores["rmse"] /= task.y.std()  # comparable with the others
    record |= scores | {"epochs": pipeline[-1].n_iter_}
    return {name: round(float(value), 5) for name, value in record.items()}


def with_scores(runs):
    """Return runs as a table with one score for classes and quantities, more being better."""
    frame = pd.DataFrame(runs)
    for column in ("auc", "rmse", "log_loss"):
        frame[column] = frame.get(column, np.nan)
    return frame.assign(score=frame["auc"].fillna(-frame["rmse"]))


def summary(runs):
    """Print variant minus one network; return it for the record."""
    frame = with_scores(runs)
    differences = []
    keys = ["data", "fold"]
    base = frame[frame["variant"] == BASE].set_index(keys)
    for variant, rows in frame.groupby("variant", sort=False):
        both = rows.set_index(keys).join(base.add_suffix("_base"), how="inner")
        gaps = (both["score"] - both["score_base"]).groupby("data").mean()
        losses = (both["log_loss"] - both["log_loss_base"]).groupby("data").mean().dropna()
        if gaps.empty:
            continue
        differences.append(
            {
                "variant": variant,
                "n_tables": len(gaps),
                "score": round(float(gaps.mean()), 5),
                "error": round(float(gaps.std() / math.sqrt(len(gaps))), 5)
                if len(gaps) > 1
                else None,
                "log_loss": round(float(losses.mean()), 5) if len(losses) else None,
                "cpu_ratio": round(
                    float(np.exp(np.log(both["cpu_s"] / both["cpu_s_base"]).mean())), 2
                ),
                "epochs": round(float(both["epochs"].mean()), 1),
                **{data: round(float(gap), 4) for data, gap in gaps.items()},
            }
        )
    print(pd.DataFrame(differences).to_string(index=False))
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=TABLES, default=MAIN)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--out", default="ablation")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    path = RESULTS / f"{arguments.out}.json"
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    done = {(run["data"], run["variant"], run["fold"]) for run in runs}
    tasks = {data: TABLES[data]().sample(MOST_ROWS) for data in arguments.data}
    for variant in arguments.variants:
        for data, task in tasks.items():
            for fold, (rows, test_rows) in enumerate(folds_of(task, arguments.folds)):
                if (data, variant, fold) in done:
                    continue
                record = {"data": data, "variant": variant, "fold": fold}
                runs.append(record | run(task, rows, test_rows, variant, seed=fold))
                print(runs[-1], flush=True)
                write_results(arguments.out, seed="the fold", runs=runs)
    write_results(arguments.out, seed="the fold", runs=runs, differences=summary(runs))


if __name__ == "__main__":
    main()
