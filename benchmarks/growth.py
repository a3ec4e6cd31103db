"""Seconds of a fit and of 10,000 predictions, by the number of rows, columns and classes.

One of the three grows, the others stay: 10,000 rows, 20 columns, 2 classes. Half of the columns are
numbers, half categories. A model whose fit took long is not fitted at the next larger size. A plot
of the seconds goes to benchmarks/growth.svg.

    python benchmarks/growth.py
    python benchmarks/growth.py --rows 1000 10000 --columns --classes
"""

import argparse
import math
import os
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _peers import PEERS
from _results import PACKAGES, seconds, write_results
from fit import ours

PICTURE = Path(__file__).parent / "growth.svg"
ROWS, COLUMNS, CLASSES = 10_000, 20, 2
MODELS = {f"skmultiinput, {preset}": ours(preset) for preset in ("default", "fast")} | {
    name: PEERS[name] for name in ("MLP", "HistGradientBoosting", "LightGBM", "CatBoost")
}


def make_table(n_rows, n_columns, n_classes, seed):
    """Make numbers, categories of 3 to 200 levels, and classes of equal size that depend on ten."""
    rng = np.random.default_rng(seed)
    half = n_columns // 2
    numbers = rng.normal(size=(n_rows, half))
    sizes = np.geomspace(3, 200, half).astype(int)
    codes = np.stack([rng.integers(0, size, n_rows) for size in sizes], axis=1)
    signal = numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + rng.normal(size=n_rows)
    for j in range(min(half, 10)):
        signal = signal + 0.5 * rng.normal(size=sizes[j])[codes[:, j]]
    X = pd.DataFrame(numbers, columns=[f"number_{j}" for j in range(half)])
    levels = [pd.Series(column).map("level {}".format) for column in codes.T]
    X = pd.concat(
        [X, pd.concat(levels, axis=1, keys=[f"category_{j}" for j in range(half)])], axis=1
    )
    y = pd.qcut(pd.Series(signal), n_classes, labels=False)
    X.attrs["n_classes"] = n_classes
    return X, y


def draw(runs):
    """Draw the seconds of a fit by what grows, on logarithmic axes."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - only here

    plt.rcParams["svg.hashsalt"] = "growth"  # the same file for the same runs
    frame = pd.DataFrame(runs)
    grows = list(dict.fromkeys(frame["grows"]))
    figure, axes = plt.subplots(1, len(grows), figsize=(4 * len(grows), 3.4), layout="constrained")
    for axis, what in zip(np.atleast_1d(axes), grows, strict=True):
        for model, part in frame[frame["grows"] == what].groupby("model", sort=False):
            width = 2.5 if model.startswith("skmultiinput") else 1.2
            axis.loglog(part[what], part["fit_seconds"], marker="o", lw=width, ms=4, label=model)
        sizes = sorted(set(frame.loc[frame["grows"] == what, what]))
        axis.set(xlabel=what, ylabel="seconds of a fit")
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.set_xticks([], minor=True)
        axis.grid(visible=True, which="major", lw=0.4)
    figure.legend(
        *np.atleast_1d(axes)[0].get_legend_handles_labels(), loc="outside lower center", ncols=3
    )
    figure.savefig(PICTURE, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--columns", type=int, nargs="*", default=[20, 80, 320])
    parser.add_argument("--classes", type=int, nargs="*", default=[2, 10, 50])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--longest", type=float, default=30, help="seconds of a fit")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    sizes = [("rows", (n, COLUMNS, CLASSES)) for n in arguments.rows]
    sizes += [("columns", (ROWS, n, CLASSES)) for n in arguments.columns]
    sizes += [("classes", (ROWS, COLUMNS, n)) for n in arguments.classes]
    # The first fit of a process pays for imports.
    X, y = make_table(300, COLUMNS, CLASSES, arguments.seed)
    MODELS["skmultiinput, fast"](X, False, arguments.seed).fit(X, y)
    runs, known = [], {}
    for grows, size in sizes:
        X, y = make_table(*size, arguments.seed)
        many = X.iloc[np.arange(10_000) % len(X)]
        for name in arguments.models:
            before = [run for run in runs if (run["grows"], run["model"]) == (grows, name)]
            if before and before[-1]["fit_seconds"] > arguments.longest:
                continue
            if (name, size) not in known:
                model = MODELS[name](X, False, arguments.seed)
                fit_seconds = seconds(lambda model=model, X=X, y=y: model.fit(X, y))
                predict = model.predict_proba
                known[name, size] = fit_seconds, seconds(lambda p=predict, X=many: p(X))
            fitted, predicted = known[name, size]
            run = {"grows": grows, **dict(zip(("rows", "columns", "classes"), size, strict=True))}
            run |= {"model": name, "fit_seconds": round(fitted, 2)}
            run["predict_seconds"] = round(predicted, 3)
            runs.append(run)
            print(pd.DataFrame([run]).to_string(index=False, header=len(runs) == 1), flush=True)
    packages = [*PACKAGES, "lightgbm", "catboost"]
    write_results("growth", seed=arguments.seed, runs=runs, packages=packages)
    draw(runs)
    print(pd.DataFrame(exponents(runs)).to_string(index=False))


def exponents(runs):
    """Return by which power the seconds of a fit grow between the last two sizes."""
    frame = pd.DataFrame(runs)
    found = []
    for (grows, model), part in frame.groupby(["grows", "model"], sort=False):
        if len(part) > 1:
            (before, after), (n, m) = part["fit_seconds"].tail(2), part[grows].tail(2)
            power = math.log(after / before) / math.log(m / n)
            found.append({"grows": grows, "model": model, "power": round(power, 2)})
    return found


if __name__ == "__main__":
    main()
