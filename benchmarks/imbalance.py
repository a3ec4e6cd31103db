"""What resampling does to a rare class: average precision, Brier score and cost.

No resampling, class weights, SMOTENC, RandomOverSampler and MultiInputSMOTE, each inside the
estimator, on the same 5 x 2 stratified folds; a false negative costs 10, a false positive 1,
and the threshold is tuned on the training rows of each fold. The last column is the cost at the
tuned threshold minus that at 0.5, on held-out rows, with its corrected standard error.

    python benchmarks/imbalance.py
"""

import argparse
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _results import data_folder, kept_runs, write_results
from imblearn.over_sampling import SMOTENC, RandomOverSampler
from imblearn.pipeline import Pipeline

from skmultiinput import MultiInputClassifier, MultiInputSMOTE, evaluate
from skmultiinput.preprocessing import make_preprocessor

COSTS = {"cost_fp": 1, "cost_fn": 10}
METRICS = ("roc_auc", "average_precision", "brier", "cost", "cost_at_0.5")


def numbers_where_possible(column):
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers


def read_keel(name):
    path = data_folder() / "keel" / f"{name}.dat"
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("@")]
    frame = pd.DataFrame([line.replace(" ", "").split(",") for line in lines])
    y = (frame.pop(frame.columns[-1]) == "positive").astype(int)
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    return frame.apply(numbers_where_possible), y


def read_bank():
    frame = pd.read_csv(data_folder() / "bank_marketing" / "bank-additional-full.csv.gz", sep=";")
    frame = frame.drop(columns="duration")
    return frame.drop(columns="y"), (frame["y"] == "yes").astype(int)


def read_hr():
    frame = pd.read_csv(data_folder() / "hr_attrition" / "emp_attrition.csv")
    frame = frame.drop(columns=["EmployeeCount", "Over18", "StandardHours", "EmployeeNumber"])
    return frame.drop(columns="Attrition"), (frame["Attrition"] == "Yes").astype(int)


TABLES = {
    "bank_marketing": read_bank,
    "hr_attrition": read_hr,
    "yeast4": lambda: read_keel("yeast4"),
    "abalone19": lambda: read_keel("abalone19"),
    "car-vgood": lambda: read_keel("car-vgood"),
}


def contenders(preprocessor, X, y):
    """Make the samplers; SMOTENC has to be told which columns are categorical."""
    typed = preprocessor.fit_transform(X, y)
    flags = [name for name in typed if typed[name].isin([0, 1]).all()]
    kind = [name in flags for name in typed]
    options = {
        "none": {},
        "class weights": {"class_weight": "balanced"},
        "RandomOverSampler": {"sampler": RandomOverSampler()},
        "MultiInputSMOTE": {"sampler": MultiInputSMOTE()},
    }
    if any(kind) and not all(kind):
        options["SMOTENC"] = {
            "sampler": SMOTENC(categorical_features=np.flatnonzero(kind).tolist())
        }
    return options


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=4_000, help="the most rows of a table")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=list(TABLES))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = kept_runs(
        "imbalance",
        again=lambda run: run["table"] in arguments.tables,
        seed=arguments.seed,
        rows=arguments.rows,
    )
    for table in arguments.tables:
        X, y = TABLES[table]()
        if len(X) > arguments.rows:
            rows = np.random.default_rng(arguments.seed).permutation(len(X))[: arguments.rows]
            X, y = X.iloc[rows].reset_index(drop=True), y.iloc[rows].reset_index(drop=True)
        for name, options in contenders(make_preprocessor(), X, y).items():
            model = MultiInputClassifier(
                hidden_units=(64, 64), n_members=4, epochs=60, random_state=0, **options
            )
            pipeline = Pipeline([("preprocess", make_preprocessor()), ("model", model)])
            result = evaluate(
                pipeline,
                X,
                y,
                cv=2,
                n_repeats=arguments.repeats,
                costs=COSTS,
                scoring=["roc_auc", "average_precision", "brier"],
                random_state=arguments.seed,
            )
            scores = result.summary()["mean"]["pipeline"]
            gain = result.threshold_gain().loc["pipeline"]
            runs.append(
                {
                    "table": table,
                    "positive_share": round(float(y.mean()), 4),
                    "resampling": name,
                    **{k: round(float(scores[k]), 4) for k in METRICS},
                    "gain": round(float(gain["difference"]), 4),
                    "gain_se": round(float(gain["se"]), 4),
                    "fit_seconds": round(float(scores["fit_seconds"]), 2),
                }
            )
            print(pd.DataFrame(runs[-1:]).to_string(index=False, header=len(runs) == 1), flush=True)
    write_results("imbalance", seed=arguments.seed, runs=runs, rows=arguments.rows)


if __name__ == "__main__":
    main()
