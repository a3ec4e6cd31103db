"""Resident memory: growth over 100 fits in one process, and the peak of a fit of 1,000,000 rows.

Each measurement has its own process.

    python benchmarks/memory.py
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
from _results import write_results

from skmultiinput import MultiInputClassifier

MIB = 2**20


def resident():
    """Resident memory of this process in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MIB


def make_table(n_rows, n_columns):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((n_rows, n_columns), dtype="float32")
    frame = pd.DataFrame(values, columns=[f"numeric__x{i}" for i in range(n_columns)], copy=False)
    return frame, (values[:, 0] > 0).astype(int)


def growth_ours(n_fits):
    X, y = make_table(2_000, 8)
    sizes = []
    for i in range(n_fits):
        MultiInputClassifier(
            hidden_units=(64, 64), n_members=2, epochs=3, batch_size=256, random_state=i
        ).fit(X, y).predict_proba(X[:10])
        sizes.append(resident())
    return {"growth_mib_after_tenth_fit": round(sizes[-1] - sizes[9], 1)}


def growth_keras(n_fits):
    X, y = make_table(2_000, 8)
    values = X.to_numpy()
    sizes = []
    for _ in range(n_fits):
        layers = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
        network = keras.Sequential([keras.Input((8,)), *layers, keras.layers.Dense(1, "sigmoid")])
        network.compile("adam", "binary_crossentropy")
        network.fit(values, y, epochs=3, batch_size=256, verbose=0)
        network.predict(values[:10], verbose=0)
        sizes.append(resident())
    return {"growth_mib_after_tenth_fit": round(sizes[-1] - sizes[9], 1)}


def peak(n_rows):
    # Smaller fits first, in batches of the same size, so that what the libraries and the steps
    # need whatever the number of rows is not counted; two, since the second compiles for any
    # number of rows.
    options = {"hidden_units": (32,), "n_members": 2, "epochs": 2, "random_state": 0}
    options["batch_size"] = 1024
    for n_small in (20_000, 40_000):
        MultiInputClassifier(**options).fit(*make_table(n_small, 30))
    before = resident()
    X, y = make_table(n_rows, 30)
    data = X.memory_usage().sum() / MIB
    MultiInputClassifier(**options).fit(X, y)
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "data_mib": round(float(data), 1),
        "peak_mib_with_data": round(highest - before, 1),
        "times_the_data": round(float((highest - before) / data), 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    parts = {
        "skmultiinput, fits": lambda: growth_ours(arguments.fits),
        "plain Keras, fits": lambda: growth_keras(arguments.fits // 2),
        "skmultiinput, one large fit": lambda: peak(arguments.rows),
    }
    if arguments.part:
        print(json.dumps(parts[arguments.part]()))
        return
    runs = []
    for part in parts:
        command = [sys.executable, __file__, "--part", part]
        command += ["--fits", str(arguments.fits), "--rows", str(arguments.rows)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        runs.append({"part": part, **json.loads(output.splitlines()[-1])})
        print(runs[-1], flush=True)
    write_results("memory", seed=0, runs=runs, fits=arguments.fits, rows=arguments.rows)


if __name__ == "__main__":
    main()
