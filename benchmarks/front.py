"""The cost and the accuracy of ensembles: what the defaults are chosen from.

All are fitted on the same rows of the same tables, on one thread, and scored on the same other
rows. Cost is CPU seconds: of a fit, whose program is compiled for the first split of a table and
reused for the others, and of the prediction of 100,000 rows. Preprocessing is not counted. Runs
that are in the JSON file are not repeated. The picture is benchmarks/front.svg.

    python benchmarks/front.py
    python benchmarks/front.py --plot
"""

import argparse
import os
import time
import warnings

os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib as mpl
import numpy as np
import pandas as pd
from _results import RESULTS, kept_runs, write_results
from _tables import TASKS
from fit import make_task
from matplotlib.figure import Figure
from quality import score
from sklearn.model_selection import train_test_split

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor
from skmultiinput.estimators import clear_compile_cache

MAIN = ["telco_churn", "california_housing", "bank_marketing", "adult", "hr_attrition"]
MADE = "made"
N_TRAINING, N_TEST, N_PREDICTED = 4000, 12_000, 8192
BASE = "4 x 2, 256-256, 16 wide"


def ensemble(networks, members, *units, width=16, patience=8):
    return {
        "n_estimators": networks,
        "n_members": members,
        "hidden_units": units,
        "numeric__embedding_dim": width,
        "n_iter_no_change": patience,
    }


# Networks x members, widths of the layers, width of the embedding of a number.
VARIANTS = {
    BASE: ensemble(4, 2, 256, 256),
    "default": {},
    "4 x 2, 128-128, 16 wide": ensemble(4, 2, 128, 128),
    "4 x 2, 256, 8 wide": ensemble(4, 2, 256, width=8),
    "4 x 2, 128-64, 8 wide, patience 5": ensemble(4, 2, 128, 64, width=8, patience=5),
    "4 x 1, 128-128, 8 wide": ensemble(4, 1, 128, 128, width=8, patience=6),
    "2 x 4, 256-256, 16 wide": ensemble(2, 4, 256, 256),
    "fast": {"preset": "fast"},
}


def load(data):
    return make_task(4 * N_TRAINING, 0, regression=False) if data == MADE else TASKS[data]()


def split(task, seed):
    """Return X, X_test, y, y_test of at most so many rows."""
    n = min(N_TRAINING, len(task.X) * 2 // 3)
    return train_test_split(
        task.X,
        task.y,
        train_size=n,
        test_size=min(len(task.X) - n, N_TEST),
        stratify=None if task.regression else task.y,
        random_state=seed,
    )


def cpu_seconds(function):
    start = time.process_time()
    function()
    return time.process_time() - start


def scores_of(model, X, y, *, regression):
    """Return the scores; those of numbers in standard deviations, to compare them with others."""
    scores = score(model, X, y, regression=regression)
    return scores | {"rmse": scores["rmse"] / y.std()} if regression else scores


def run(rows, variant, seed, *, regression):
    X, X_test, y, y_test = rows
    cls = MultiInputRegressor if regression else MultiInputClassifier
    model = cls(random_state=seed, **VARIANTS[variant])
    record = {"cpu_s": cpu_seconds(lambda: model.fit(X, y))}
    scores = scores_of(model, X_test, y_test, regression=regression)
    predict = model.predict if regression else model.predict_proba
    many = X_test.iloc[np.resize(np.arange(len(X_test)), N_PREDICTED)]
    predict(many)
    record["predict_cpu_s"] = cpu_seconds(lambda: predict(many)) * 100_000 / N_PREDICTED
    record |= scores | {"epochs": model.n_iter_}
    return {name: round(float(value), 5) for name, value in record.items()}


def with_scores(runs):
    """Return runs as a table with one score for classes and quantities, more being better."""
    frame = pd.DataFrame(runs)
    missing = pd.Series(np.nan, frame.index)
    return frame.assign(score=frame.get("auc", missing).fillna(-frame.get("rmse", missing)))


def summary(runs, base=BASE, costs=("cpu_s", "predict_cpu_s")):
    """Return each variant beside `base`: ratios of cost, differences with standard errors."""
    frame = with_scores(runs)
    keys = ["data", "split"]
    base = frame[frame["variant"] == base].set_index(keys).add_suffix("_base")
    rows = []
    for variant, group in frame.groupby("variant", sort=False):
        both = group.set_index(keys).join(base, how="inner")
        row = {"variant": variant, "n_tables": both.index.get_level_values("data").nunique()}
        for cost in costs:
            ratios = np.log(both[cost] / both[f"{cost}_base"]).groupby("data").mean()
            row[f"{cost}_ratio"] = round(float(np.exp(ratios.mean())), 2)
        for metric in ("score", "log_loss"):
            gaps = (both[metric] - both[f"{metric}_base"]).groupby("data").mean().dropna()
            row[metric] = round(float(gaps.mean()), 5)
            row[f"{metric}_error"] = round(float(gaps.std() / max(len(gaps), 1) ** 0.5), 5)
        rows.append(row)
    print(pd.DataFrame(rows).to_string(index=False))
    return rows


def plot(differences):
    """Draw the accuracy of each ensemble against the cost of its fit."""
    mpl.rcParams.update({"svg.hashsalt": "front", "svg.fonttype": "none"})
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    labels = {"score": "score, difference", "log_loss": "log-loss, difference"}
    for axis, (metric, label) in zip(axes, labels.items(), strict=True):
        for number, row in enumerate(differences):
            axis.errorbar(
                row["cpu_s_ratio"],
                row[metric],
                yerr=row[f"{metric}_error"],
                fmt="D" if row["variant"] == "default" else "o",
                color=f"C{number}",
                capsize=3,
                label=row["variant"],
            )
        axis.axhline(0.0, color="0.8", zorder=0)
        axis.set(xlabel="CPU time of a fit, times", ylabel=label)
        axis.set_xlim(left=0)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.savefig(RESULTS.parent / "front.svg", metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=[*TASKS, MADE], default=[*MAIN, MADE])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--plot", action="store_true", help="only draw what is recorded")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = kept_runs("front", again=lambda run: run["variant"] not in VARIANTS)
    done = {(run["data"], run["variant"], run["split"]) for run in runs}
    for data in [] if arguments.plot else arguments.data:
        task, rows = load(data), []
        for seed in range(arguments.splits):
            X, X_test, y, y_test = split(task, seed)
            preprocess = make_preprocessor(random_state=seed)
            rows.append((preprocess.fit_transform(X, y), preprocess.transform(X_test), y, y_test))
        for variant in arguments.variants:
            clear_compile_cache()
            for seed in range(arguments.splits):
                if (data, variant, seed) in done:
                    continue
                record = {"data": data, "variant": variant, "split": seed}
                runs.append(record | run(rows[seed], variant, seed, regression=task.regression))
                print(runs[-1], flush=True)
                write_results("front", seed="the split", runs=runs)
    differences = summary(runs)
    if not arguments.plot:
        write_results("front", seed="the split", runs=runs, differences=differences)
    plot(differences)


if __name__ == "__main__":
    main()
