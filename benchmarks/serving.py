"""Milliseconds of a served prediction: the pipeline, the compiled one, and boosted trees.

One row comes as a dict (the others get it as a table of one row), 100 rows and many as a table.
Start-up is a new process: seconds and memory from `python` to the first answer of a saved file.

    python benchmarks/serving.py
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _peers import catboost, hist_gradient_boosting, lightgbm, tidy
from _results import seconds, write_results
from grid_search import read_telco
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    compile_pipeline,
    make_customers,
    make_preprocessor,
    save,
)

START_UP = r"""
import json, re, sys, time
start = time.perf_counter()
from skmultiinput import load
model = load(sys.argv[1], compiled=sys.argv[2] == "compiled")
if sys.argv[2] == "compiled":
    model.predict_proba(json.loads(sys.argv[3]))
else:
    import pandas as pd
    model.predict_proba(pd.DataFrame([json.loads(sys.argv[3])]))
# The kernel's own figure: that of getrusage starts with the parent's.
with open("/proc/self/status") as status:
    memory = int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) // 1024
print(json.dumps([time.perf_counter() - start, memory]))
"""


def read_tables(seed):
    customers, churned = make_customers(4000, random_state=seed)
    return {"Telco churn": read_telco(), "customers": (customers, churned)}


def contenders(X, y, preset, seed):
    """Return fitted models as functions of (row as a dict, table)."""
    network = MultiInputClassifier(preset=preset, epochs=2, random_state=seed)
    pipeline = make_pipeline(make_preprocessor(random_state=seed), network).fit(X, y)
    compiled = compile_pipeline(pipeline)
    made = {
        "pipeline": pipeline.predict_proba,
        "compiled": compiled.predict_proba,
    }
    # The peers read texts as their users prepare them, and no lists.
    plain = tidy(X.drop(columns=[c for c in X if isinstance(X[c].dropna().iloc[0], list)]))
    peers = {
        "HistGradientBoosting": hist_gradient_boosting,
        "LightGBM": lightgbm,
        "CatBoost": catboost,
    }
    for name, peer in peers.items():
        try:
            model = peer(plain, False, seed).fit(plain, y)
        except ImportError:
            continue
        made[name] = model.predict_proba
    return pipeline, made, plain


def in_turns(functions, turns, calls=10):
    """Return the milliseconds of each call, a row per turn.

    The contenders take turns of several calls, as a server calls the model that it serves. The
    first call of a turn finds the caches of the processor full of the others' data.
    """
    for function in functions.values():
        function()
    times = {name: np.empty((turns, calls)) for name in functions}
    for turn in range(turns):
        for name, function in functions.items():
            for call in range(calls):
                start = time.perf_counter()
                function()
                times[name][turn, call] = 1e3 * (time.perf_counter() - start)
    return times


def start_up(pipeline, row, repeats):
    """Return seconds and megabytes of a new process, per way to load."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.skmi")
        save(pipeline, path)
        found = {}
        for way in ("pipeline", "compiled"):
            command = [sys.executable, "-c", START_UP, str(path), way, json.dumps(row)]
            runs = [
                json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
                for _ in range(repeats)
            ]
            found[way] = sorted(runs)[len(runs) // 2]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=200_000, help="of the large table")
    parser.add_argument("--turns", type=int, default=50, help="of ten calls of each model")
    parser.add_argument("--starts", type=int, default=3, help="processes per way to load")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = []
    for table, (X, y) in read_tables(arguments.seed).items():
        for preset in ("default", "fast"):
            pipeline, models, plain = contenders(X, y, preset, arguments.seed)
            many = np.arange(arguments.rows) % len(X)
            of = {name: X if name in ("pipeline", "compiled") else plain for name in models}
            rows = {name: frame.head(1) for name, frame in of.items()}
            rows["compiled"] = X.iloc[0].to_dict()
            one = {n: partial(f, rows[n]) for n, f in models.items()}
            hundred = {n: partial(f, of[n].head(100)) for n, f in models.items()}
            times = in_turns(one, arguments.turns), in_turns(hundred, arguments.turns // 10)
            row = json.loads(X.head(1).to_json(orient="records", date_format="iso"))[0]
            started = start_up(pipeline, row, arguments.starts) if preset == "default" else {}
            for name, predict in models.items():
                large = of[name].iloc[many].reset_index(drop=True)
                taken = seconds(partial(predict, large))
                run = {
                    "table": table,
                    "preset": preset,
                    "model": name,
                    "one_p50_ms": round(float(np.median(times[0][name])), 3),
                    "one_p99_ms": round(float(np.percentile(times[0][name], 99)), 3),
                    "one_first_ms": round(float(np.median(times[0][name][:, 0])), 3),
                    "hundred_p50_ms": round(float(np.median(times[1][name])), 3),
                    "rows_per_second": round(arguments.rows / taken),
                }
                if name in started:
                    run["start_seconds"], run["start_mb"] = started[name]
                runs.append(run)
                print(pd.DataFrame([run]).to_string(index=False), flush=True)
    settings = {"rows": arguments.rows, "turns": arguments.turns}
    write_results("serving", seed=arguments.seed, runs=runs, **settings)


if __name__ == "__main__":
    main()
