"""Seconds of a grid search in one process and on 2 workers: joblib's own, Dask's in three ways.

Start-up (processes, imports of TensorFlow, compiling) is timed by itself, by a search of one
candidate per worker; then the search runs four times, and the median of the last three counts.
Efficiency is the ideal, half the time of one process, over the time of two workers. Each has one
thread, or one process that has both cores would be compared with two that share them. Needs the
extra dask.

    python benchmarks/scale.py
    python benchmarks/scale.py --rows 500 --epochs 2 --backends loky
"""

import argparse
import os
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import joblib
import numpy as np
import pandas as pd
from _results import PACKAGES, seconds, write_results
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.model_selection import dask_backend


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
    search = make_search(arguments, arguments.candidates)
    search.fit(X, y)
    running = np.median([seconds(lambda: search.fit(X, y)) for _ in range(3)])
    return start, running, search.cv_results_["mean_test_score"]


def alone(arguments, X, y):
    """Time the search in one other process: this one has all threads."""
    from joblib.externals.loky import get_reusable_executor  # noqa: PLC0415 - only here

    executor = get_reusable_executor(max_workers=1, env={"OMP_NUM_THREADS": "1"})
    result = executor.submit(time_search, arguments, X, y, 1).result()
    executor.shutdown()
    return result


def with_loky(arguments, X, y):
    from joblib.externals.loky import get_reusable_executor  # noqa: PLC0415 - only here

    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        result = time_search(arguments, X, y, 2)
    get_reusable_executor().shutdown()
    return result


# Dask tells the allocator of its workers to hand freed memory back at once. A fit frees and takes
# the same blocks again and again, so that each time the system has to find and clear the pages.
KEPT = {"MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_MMAP_THRESHOLD_": 2**25}


def with_dask(arguments, X, y, chosen=None, environment=None):
    import dask  # noqa: PLC0415 - the extra dask
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    stock = dask.config.get("distributed.nanny.pre-spawn-environ")
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": {**stock, **(environment or {})}}),
        LocalCluster(n_workers=2, **options) as cluster,
        Client(cluster),
        joblib.parallel_config(chosen or dask_backend(scatter=[X, y])),
    ):
        return time_search(arguments, X, y, 2)


BACKENDS = {
    "loky": with_loky,
    "dask_backend": with_dask,
    "dask_backend, memory kept": partial(with_dask, environment=KEPT),
    "dask": partial(with_dask, chosen="dask"),
}


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
    for name, n_workers, search in [
        ("one process", 1, alone),
        *((name, 2, BACKENDS[name]) for name in arguments.backends),
    ]:
        started, running, scores = search(arguments, X, y)
        ideal = runs[0]["seconds_once_started"] / n_workers if runs else running
        runs.append(
            {
                "workers": name,
                "n_workers": n_workers,
                "seconds_to_start": round(started, 1),
                "seconds_once_started": round(float(running), 1),
                "efficiency": round(float(ideal / running), 2),
                "mean_roc_auc": round(float(np.mean(scores)), 4),
            }
        )
        print(pd.DataFrame(runs[-1:]).to_string(index=False, header=len(runs) == 1), flush=True)
    write_results(
        "scale",
        seed=arguments.seed,
        runs=runs,
        packages=(*PACKAGES, "joblib"),
        **{name: getattr(arguments, name) for name in ("rows", "epochs", "candidates")},
    )


if __name__ == "__main__":
    main()
