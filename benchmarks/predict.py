"""Seconds of predictions: network step and whole pipeline, beside a hand-written SciKeras one.

The contenders are those of grid_search.py, fitted on Telco churn, and ours with nothing set
("defaults").

    python benchmarks/predict.py
"""

import argparse
import os
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
from _results import kept_runs, medians, write_results
from grid_search import by_hand, ours, read_telco
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor


def defaults(X, batch_size, seed):
    del X, batch_size  # looked at in fit; by the number of rows
    network = MultiInputClassifier(random_state=seed)
    return make_pipeline(make_preprocessor(random_state=seed), network), {}


def network_steps(pipeline, X):
    """Return the network's part alone, on inputs that are ready, as a function to time."""
    typed = pipeline[:-1].transform(X)
    model = pipeline[-1]
    if hasattr(model, "column_groups_"):
        inputs = model.column_groups_.split(typed)
        return lambda: model.predictor_(model.model_, inputs, len(X))
    inputs = model.feature_encoder_.transform(typed)
    return lambda: model.model_.predict(inputs, batch_size=model.batch_size, verbose=0)


def repeat(function, n_calls):
    for _ in range(n_calls):
        function()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--batch-size", type=int, default=32, help="SciKeras's, which has 32 by default"
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 1_000, 1_000_000])
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    X, y = read_telco()
    fitted = {}
    makers = {"SciKeras": by_hand, "skmultiinput": ours, "defaults": defaults}
    for name, make in makers.items():
        pipeline, _ = make(X, arguments.batch_size, arguments.seed)
        fitted[name] = pipeline.set_params(**{f"{pipeline.steps[-1][0]}__epochs": 2}).fit(X, y)
    made = {"seed": arguments.seed, "batch_size": arguments.batch_size}
    name_of_record = "predict" if arguments.batch_size == 32 else f"predict_{arguments.batch_size}"
    runs = kept_runs(name_of_record, again=lambda run: run["rows"] in arguments.rows, **made)
    for n_rows in arguments.rows:
        rows = pd.concat([X] * -(-n_rows // len(X)), ignore_index=True)[:n_rows]
        # Single calls are shorter than what the clock and the garbage collector do between them.
        rounds, n_calls = (3, 1) if n_rows > 10_000 else (7, 20)
        steps = {
            "network": {name: network_steps(p, rows) for name, p in fitted.items()},
            "pipeline": {
                name: (lambda p=p, rows=rows: p.predict_proba(rows)) for name, p in fitted.items()
            },
        }
        for part, contenders in steps.items():
            if n_calls > 1:
                for function in contenders.values():
                    function()
            in_a_row = {
                name: partial(repeat, function, n_calls) for name, function in contenders.items()
            }
            times = {name: t / n_calls for name, t in medians(in_a_row, rounds).items()}
            runs.append(
                {
                    "rows": n_rows,
                    "part": part,
                    "scikeras_ms": round(1e3 * times["SciKeras"], 3),
                    "skmultiinput_ms": round(1e3 * times["skmultiinput"], 3),
                    "defaults_ms": round(1e3 * times["defaults"], 3),
                    "times_faster": round(times["SciKeras"] / times["skmultiinput"], 1),
                }
            )
            print(pd.DataFrame(runs[-1:]).to_string(index=False), flush=True)
    runs.sort(key=lambda run: run["rows"])
    write_results(name_of_record, runs=runs, **made)


if __name__ == "__main__":
    main()
