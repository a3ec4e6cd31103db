"""Memory and time of a process that runs for long: 200 fits, then 20,000 single-row predictions.

Both should be flat: the last tenth as fast as the second, and no more memory held.

    python benchmarks/soak.py
    python benchmarks/soak.py --fits 20 --predictions 2000
    python benchmarks/soak.py --parts fit
"""

import argparse
import gc
import os
import resource
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
from _results import kept_runs, write_results
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

PARTS = 10
PART_NAMES = {"fit": "fit", "predict": "predict one row"}


def resident():
    """Resident memory of this process in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def soak(call, n_calls):
    """Median seconds of a call and memory after each tenth of the calls."""
    seconds, memory = [], []
    for part in range(PARTS):
        times = []
        for i in range(part * n_calls // PARTS, (part + 1) * n_calls // PARTS):
            start = time.perf_counter()
            call(i)
            times.append(time.perf_counter() - start)
        seconds.append(statistics.median(times))
        memory.append(resident())
    return {
        "calls": n_calls,
        # The first tenth imports, traces and compiles.
        "ms_second_tenth": round(1e3 * seconds[1], 3),
        "ms_last_tenth": round(1e3 * seconds[-1], 3),
        "times_slower": round(seconds[-1] / seconds[1], 2),
        "mib_after_second_tenth": round(memory[1], 1),
        "mib_at_the_end": round(memory[-1], 1),
        "mib_grown": round(memory[-1] - memory[1], 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument("--predictions", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--parts", nargs="+", choices=PART_NAMES, default=list(PART_NAMES))
    arguments = parser.parse_args()
    if min(arguments.fits, arguments.predictions) < PARTS:
        parser.error(f"at least {PARTS} of each")
    X, y = make_customers(arguments.rows, random_state=0)

    def make_model(seed):
        network = MultiInputClassifier(
            hidden_units=(32,), n_members=2, epochs=3, early_stopping=False, random_state=seed
        )
        return make_pipeline(make_preprocessor(drop=["customer_id"], random_state=0), network)

    model = make_model(0).fit(X, y)
    rows = [X.iloc[i : i + 1] for i in range(min(len(X), 100))]
    calls = {
        "fit": (lambda i: make_model(i).fit(X, y), arguments.fits),
        "predict one row": (
            lambda i: model.predict_proba(rows[i % len(rows)]),
            arguments.predictions,
        ),
    }
    asked = [PART_NAMES[name] for name in arguments.parts]
    runs = kept_runs("soak", again=lambda run: run["part"] in asked, rows=arguments.rows)
    for part in asked:
        runs.append({"part": part, **soak(*calls[part])})
        print(pd.Series(runs[-1]).to_string(), flush=True)
    write_results(
        "soak", seed=0, runs=sorted(runs, key=lambda run: run["part"]), rows=arguments.rows
    )


if __name__ == "__main__":
    main()
