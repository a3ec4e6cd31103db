"""Seconds of scoring 200,000 rows x 20 numbers: wall-clock and processor time, beside other models.

The models are fitted on 10,000 rows: ours with nothing set and with preset="fast", the whole
pipeline and the network alone on rows that are ready, beside boosted trees and a network of
scikit-learn's.

    python benchmarks/score.py
"""

import argparse
import os
import statistics
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _peers import PEERS
from _results import write_results
from fit import ours

N_COLUMNS, N_FITTED = 20, 10_000
REFERENCE = "HistGradientBoosting"


def make_rows(n_rows, seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n_rows, N_COLUMNS))).add_prefix("number_")
    signal = X["number_0"] * X["number_1"] + np.sin(2 * X["number_2"]) + rng.normal(size=n_rows)
    return X, (signal > 0).astype(int)


def scorers(many, seed):
    """Fit the models; return by name how each scores the rows."""
    X, y = make_rows(N_FITTED, seed)
    found = {}
    for preset in ("default", "fast"):
        pipeline = ours(preset)(X, False, seed).set_params(multiinputclassifier__epochs=5).fit(X, y)
        ready = pipeline[:-1].transform(many).astype("float32")
        network = pipeline[-1]
        found[f"skmultiinput, {preset}"] = lambda p=pipeline: p.predict_proba(many)
        found[f"skmultiinput, {preset}: network"] = lambda n=network, r=ready: n.predict_proba(r)
    for name in (REFERENCE, "MLP"):
        model = PEERS[name](X, False, seed).fit(X, y)
        found[name] = lambda m=model: m.predict_proba(many)
    return found


def both_seconds(function):
    """Wall-clock and processor seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    many, _ = make_rows(arguments.rows, arguments.seed + 1)
    contenders = scorers(many, arguments.seed)
    for score in contenders.values():
        score()
    times = {name: [] for name in contenders}
    for _ in range(arguments.rounds):
        for name, score in contenders.items():
            times[name].append(both_seconds(score))
    medians = {n: [statistics.median(t) for t in zip(*v, strict=True)] for n, v in times.items()}
    runs = []
    for name, (wall, cpu) in medians.items():
        times_reference = round(wall / medians[REFERENCE][0], 2)
        run = {"model": name, "rows": arguments.rows, "seconds": round(wall, 3)}
        runs.append({**run, "cpu_seconds": round(cpu, 3), "times_reference": times_reference})
    print(pd.DataFrame(runs).to_string(index=False))
    write_results("score", seed=arguments.seed, runs=runs)


if __name__ == "__main__":
    main()
