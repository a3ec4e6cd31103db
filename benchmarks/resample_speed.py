"""Seconds and memory of MultiInputSMOTE beside SMOTENC on the same typed frame.

The frame has 26 columns (5 float, 1 category of 500 levels, 20 token columns over 500 words)
and a minority of 15 %. SMOTENC one-hot encodes the tokens, and runs once, at 20,000 rows.

    python benchmarks/resample_speed.py
"""

import argparse
import time
import tracemalloc

import numpy as np
import pandas as pd
from _results import write_results
from imblearn.over_sampling import SMOTENC

from skmultiinput import MultiInputSMOTE
from skmultiinput.over_sampling import is_synthetic

PACKAGES = ("skmultiinput", "imbalanced-learn", "scikit-learn", "pandas", "numpy")
N_TOKENS, N_WORDS, N_LEVELS, MINORITY = 20, 500, 500, 0.15


def make_frame(n_samples, seed):
    rng = np.random.default_rng(seed)
    words = pd.Index(["<pad>", *(f"word_{i}" for i in range(N_WORDS - 1))])
    columns = {f"numeric__x{i}": rng.normal(size=n_samples) for i in range(5)}
    columns["category__city"] = pd.Categorical.from_codes(
        rng.integers(N_LEVELS, size=n_samples), categories=[f"city_{i}" for i in range(N_LEVELS)]
    )
    for i in range(N_TOKENS):
        columns[f"text__review[{i}]"] = pd.Categorical.from_codes(
            rng.integers(N_WORDS, size=n_samples), categories=words
        )
    return pd.DataFrame(columns), pd.Series((rng.random(n_samples) < MINORITY).astype(int))


def measure(sampler, X, y, repeats, *, trace):
    """Best of `repeats` in seconds, and the peak of one more, traced run in MiB."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        X_res, _ = sampler.fit_resample(X, y)
        seconds.append(time.perf_counter() - start)
    peak = None
    if trace:
        tracemalloc.start()
        sampler.fit_resample(X, y)
        peak = round(tracemalloc.get_traced_memory()[1] / 2**20, 1)
        tracemalloc.stop()
    return {
        "sampler": type(sampler).__name__,
        "rows": len(X),
        "synthetic_rows": len(X_res) - len(X),
        "marked": is_synthetic(X_res) is not None,
        "seconds": round(min(seconds), 3),
        "peak_mib": peak,
        "frame_mib": round(X.memory_usage().sum() / 2**20, 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the comparison")
    parser.add_argument("--many-rows", type=int, default=200_000, help="rows of the memory check")
    arguments = parser.parse_args()

    X, y = make_frame(arguments.rows, arguments.seed)
    ours = MultiInputSMOTE(random_state=arguments.seed)
    runs = [
        measure(ours, X, y, repeats=5, trace=True),
        measure(SMOTENC("auto", random_state=arguments.seed), X, y, repeats=1, trace=False),
    ]
    speedup = round(runs[1]["seconds"] / runs[0]["seconds"])
    X, y = make_frame(arguments.many_rows, arguments.seed)
    runs.append(measure(ours, X, y, repeats=1, trace=True))

    print(pd.DataFrame(runs).to_string(index=False, na_rep="-"))
    print(f"MultiInputSMOTE is {speedup} times faster than SMOTENC at {arguments.rows:,} rows.")
    write_results(
        "resample_speed",
        seed=arguments.seed,
        runs=runs,
        packages=PACKAGES,
        columns="5 float, 1 category of 500 levels, 20 token columns over 500 words",
        minority=MINORITY,
        speedup=speedup,
    )


if __name__ == "__main__":
    main()
