"""What each ingredient of the defaults is worth: variants that change one thing each.

All are fitted on the same rows of the same tables, on one thread, and scored on the same other
rows (`front.py` compares sizes of networks in the same way). Runs that are in the JSON file are not
repeated.

    python benchmarks/ablation.py
"""

import argparse
import warnings

from _results import kept_runs, write_results
from _tables import PLAIN, TASKS
from front import cpu_seconds, scores_of, split, summary
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor
from skmultiinput.estimators import clear_compile_cache

# Parameters of `make_preprocessor`, parameters of the estimator.
VARIANTS: dict[str, tuple[dict, dict]] = {
    "default": ({}, {}),
    "one network": ({}, {"n_estimators": 1, "n_members": 2}),
    "one network of 8 members": ({}, {"n_estimators": 1, "n_members": 8}),
    "4 networks of 1 member": ({}, {"n_estimators": 4, "n_members": 1}),
    "8 networks of 2 members": ({}, {"n_estimators": 8, "n_members": 2}),
    "no pairs of categories": ({"target_pairs": 0}, {}),
    "scaling: standard": ({"scaling": "standard"}, {}),
    "plain numbers": ({}, {"numeric__embedding": "plain"}),
    "periodic numbers": ({}, {"numeric__embedding": "periodic"}),
    "16 bins": ({}, {"numeric__n_bins": 16}),
    "dropout 0": ({}, {"dropout": 0.0}),
    "no weight averaging": ({}, {"weight_averaging": 0.0}),
    "patience 16": ({}, {"n_iter_no_change": 16}),
    "batches of 256": ({}, {"batch_size": 256}),
}


def run(task, variant, seed):
    of_table, of_network = VARIANTS[variant]
    X, X_test, y, y_test = split(task, seed)
    estimator = MultiInputRegressor if task.regression else MultiInputClassifier
    network = estimator(random_state=seed, **of_network)
    pipeline = make_pipeline(make_preprocessor(random_state=seed, **of_table), network)
    record = {"cpu_s": cpu_seconds(lambda: pipeline.fit(X, y))}
    record |= scores_of(pipeline, X_test, y_test, regression=task.regression)
    record["epochs"] = network.n_iter_
    return {name: round(float(value), 5) for name, value in record.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=TASKS, default=PLAIN)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--splits", type=int, default=3)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    runs = kept_runs("ablation", again=lambda run: run["variant"] not in VARIANTS)
    done = {(run["data"], run["variant"], run["split"]) for run in runs}
    for data in arguments.data:
        task = TASKS[data]()
        for variant in arguments.variants:
            clear_compile_cache()  # the first split of each variant compiles
            for seed in range(arguments.splits):
                if (data, variant, seed) in done:
                    continue
                record = {"data": data, "variant": variant, "split": seed}
                runs.append(record | run(task, variant, seed))
                print(runs[-1], flush=True)
                write_results("ablation", seed="the split", runs=runs)
    differences = summary(runs, base="default", costs=("cpu_s",))
    write_results("ablation", seed="the split", runs=runs, differences=differences)


if __name__ == "__main__":
    main()
