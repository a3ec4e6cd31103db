"""Seconds of a grid search with 1 and 2 workers, under joblib's own processes and Dask's.

Start-up (processes, imports of TensorFlow, compiling) is timed by itself, by a search of one
candidate per worker; then the search runs twice, and the second time counts. Efficiency is the
ideal, half the time of one worker, over the time of two. Each worker has one thread, or two would
compare one process that has both cores with two that share them. Needs the extra dask.

    python benchmarks/scale.py
    python benchmarks/scale.py --rows 500 --epochs 2 --backends loky
"""

import argparse
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import joblib
import numpy as np
import pandas as pd
from _results import PACKAGES, seconds, write_results
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor


def make_search(arguments, n_candidates):
    network = MultiInputClassifier(
        hidden_units=(64, 64),
        n_members=4,
        epochs=arguments.epochs,
        early_stopping=False,
        random_state=arguments.seed,
    )
    rates = np.geomspace(1e-3, 1e-2, n_candidates).tolist()
    return GridSearchCV(
        make_pipeline(make_preprocessor(drop=["customer_id"], random_state=0), network),
        {"multiinputclassifier__learning_rate": rates},
        cv=2,
        scoring="roc_auc",
        refit=False,
        error_score="raise",
    )


def time_search(arguments, X, y, n_workers):
    """Seconds to start, seconds of the search once started, and its scores."""
    first = make_search(arguments, n_workers)
    start = seconds(lambda: first.fit(X, y))
    found = make_search(arguments, arguments.candidates)
    found.fit(X, y)
    return start, seconds(lambda: found.fit(X, y)), found.cv_results_["mean_test_score"]


def with_loky(arguments, X, y, n_workers):
    from joblib.externals.loky import get_reusable_executor  # noqa: PLC0415 - only here

    # One job would run in this process, which has all threads: a pool of one worker is asked for.
    with joblib.parallel_config("loky", n_jobs=n_workers, inner_max_num_threads=1):
        if n_workers == 1:
            executor = get_reusable_executor(max_workers=1, env={"OMP_NUM_THREADS": "1"})
            result = executor.submit(time_search, arguments, X, y, 1).result()
        else:
            result = time_search(arguments, X, y, n_workers)
    get_reusable_executor().shutdown()
    return result


def with_dask(arguments, X, y, n_workers):
    from distributed import Client, LocalCluster  # noqa: PLC0415 - the extra dask

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(n_workers=n_workers, **options) as cluster, Client(cluster):
        joblib_on_dask = joblib.parallel_config("dask", scatter=[X, y])
        with joblib_on_dask:
            return time_search(arguments, X, y, n_workers)


BACKENDS = {"loky": with_loky, "dask": with_dask}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--candidates", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    X, y = make_customers(arguments.rows, random_state=arguments.seed)
    runs = []
    for name in arguments.backends:
        alone = None
        for n_workers in (1, 2):
            started, running, scores = BACKENDS[name](arguments, X, y, n_workers)
            alone = alone or running
            runs.append(
                {
                    "backend": name,
                    "workers": n_workers,
                    "seconds_to_start": round(started, 1),
                    "seconds_once_started": round(running, 1),
                    "efficiency": round(alone / n_workers / running, 2),
                    "mean_roc_auc": round(float(np.mean(scores)), 4),
                }
            )
            print(pd.DataFrame(runs[-1:]).to_string(index=False, header=n_workers == 1), flush=True)
    write_results(
        "scale",
        seed=arguments.seed,
        runs=runs,
        packages=(*PACKAGES, "joblib"),
        **{name: getattr(arguments, name) for name in ("rows", "epochs", "candidates")},
    )


if __name__ == "__main__":
    main()
