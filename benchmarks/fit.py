"""Seconds of a fit with nothing set: 10,000 rows x 20 columns, each preset, beside other models.

Half of the columns are numbers, half categories; the target is a class or a number, and depends on
most of them, with noise. Preprocessing is included. CatBoost and LightGBM need the extra bench.

    python benchmarks/fit.py
    python benchmarks/fit.py --rows 1000 --models "skmultiinput, fast" linear
"""

import argparse
import os
import statistics
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _peers import PEERS
from _results import PACKAGES, seconds, write_results
from _tables import Task
from quality import score
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor

N_NUMBERS = N_CATEGORIES = 10


def make_task(n_rows, seed, *, regression):
    """Make numbers, categories of 3 to 200 levels, and a target of curved and paired effects."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_rows, N_NUMBERS))
    numbers[:, 5:] = np.exp(numbers[:, 5:])
    sizes = np.geomspace(3, 200, N_CATEGORIES).astype(int)
    codes = np.stack([rng.integers(0, size, n_rows) for size in sizes], axis=1)
    signal = numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + np.log(numbers[:, 5])
    for j, size in enumerate(sizes):
        signal = signal + 0.5 * rng.normal(size=size)[codes[:, j]]
    signal = signal + rng.normal(size=n_rows)
    X = pd.DataFrame(numbers, columns=[f"number_{j}" for j in range(N_NUMBERS)])
    for j, column in enumerate(codes.T):
        X[f"category_{j}"] = "level " + pd.Series(column).astype(str)
    y = pd.Series(signal)
    return Task(X, y if regression else (y > np.quantile(y, 0.7)).astype(int))


def ours(preset):
    def make(X, regression, seed):
        del X  # looked at in fit
        model = MultiInputRegressor if regression else MultiInputClassifier
        preprocess = make_preprocessor(random_state=seed)
        return make_pipeline(preprocess, model(preset=preset, random_state=seed))

    return make


MODELS = {f"skmultiinput, {preset}": ours(preset) for preset in ("default", "fast", "best")} | PEERS


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = []
    for kind in ("classification", "regression"):
        regression = kind == "regression"
        for name in arguments.models:
            times, scores = [], []
            for seed in range(arguments.repeats):
                X, X_test, y, y_test = make_task(
                    arguments.rows * 4 // 3, seed, regression=regression
                ).split(seed)
                X.attrs["n_classes"] = y.nunique()
                model = MODELS[name](X, regression, seed)
                times.append(seconds(lambda model=model, X=X, y=y: model.fit(X, y)))
                scores.append(score(model, X_test, y_test, regression=regression))
            metric = "rmse" if regression else "auc"
            runs.append(
                {
                    "target": kind,
                    "model": name,
                    "seconds": round(statistics.median(times), 2),
                    "longest": round(max(times), 2),
                    metric: round(float(np.mean([each[metric] for each in scores])), 4),
                }
            )
            print(pd.DataFrame(runs[-1:]).to_string(index=False), flush=True)
    write_results(
        "fit",
        seed=list(range(arguments.repeats)),
        runs=runs,
        packages=[*PACKAGES, "lightgbm", "catboost"],
        rows=arguments.rows,
    )


if __name__ == "__main__":
    main()
