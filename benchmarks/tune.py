"""Tuning for a stated time: `tune`, and CatBoost with Optuna, each beside its defaults.

A quarter of each table judges; it is seen by no search. Both searches choose by ROC AUC, or RMSE,
on the same three folds of the other rows, begin with the defaults, and refit what they choose. A
trial that has begun is finished. Both search at the same time, each in a process on one core.

    python benchmarks/tune.py
"""

import argparse
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import optuna
from _peers import catboost, tidy
from _results import PACKAGES, write_results
from _tables import TASKS
from sklearn.base import clone
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor
from skmultiinput.model_selection import tune

TABLES = ["hr_attrition", "telco_churn", "california_housing"]


def tuned_network(X, y, folds, regression, args):
    """Return what makes the defaults, what makes the choice of `tune`, and the number of trials."""
    network = MultiInputRegressor if regression else MultiInputClassifier
    pipeline = make_pipeline(
        make_preprocessor(random_state=args.seed),
        network(preset=args.preset, random_state=args.seed),
    )
    result = tune(
        pipeline,
        X,
        y,
        seconds=args.seconds,
        space=args.space,
        cv=folds,
        ensemble=args.ensemble,
        random_state=args.seed,
        refit=False,
        progress=False,
    )
    chosen = result.best_estimator
    return lambda: clone(pipeline), lambda: clone(chosen), len(result.study.trials)


def tuned_catboost(X, y, folds, regression, args):
    """Likewise, by a search of the parameters that its documentation names for tuning."""

    def candidate(params):
        model = catboost(X, regression, args.seed)  # CatBoost's models cannot be cloned
        model[-1].set_params(thread_count=1, **params)
        return model

    def mean_error(params):
        errors = []
        for train, test in folds:
            fitted = candidate(params).fit(X.iloc[train], y.iloc[train])
            errors.append(error_of(fitted, X.iloc[test], y.iloc[test], regression))
        return float(np.mean(errors))

    def objective(trial):
        params = {
            "iterations": trial.suggest_int("iterations", 200, 2000, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "depth": trial.suggest_int("depth", 3, 9),
            "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.1, 30, log=True),
            "random_strength": trial.suggest_float("random_strength", 0.1, 10, log=True),
            "bagging_temperature": trial.suggest_float("bagging_temperature", 0, 1),
        }
        return mean_error(params)

    start = time.monotonic()
    error_of_defaults = mean_error({})
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=args.seed))
    study.optimize(objective, timeout=max(args.seconds - (time.monotonic() - start), 1))
    chosen = study.best_params if study.best_value < error_of_defaults else {}
    return lambda: candidate({}), lambda: candidate(chosen), len(study.trials)


def error_of(model, X, y, regression):
    """Return the RMSE, or 1 minus the ROC AUC."""
    if regression:
        return root_mean_squared_error(y, model.predict(X))
    return 1 - roc_auc_score(y, model.predict_proba(X)[:, 1])


CONTENDERS = {"skmultiinput": (tuned_network, lambda X: X), "CatBoost": (tuned_catboost, tidy)}


def contend(name, model, args):
    """Return the run of a model on a table: the error on the test rows, by default and tuned."""
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search, prepare = CONTENDERS[model]
    task = TASKS[name]().sample(args.rows, args.seed)
    X_train, X_test, y_train, y_test = task.split(args.seed)
    split = KFold if task.regression else StratifiedKFold
    folds = list(split(3, shuffle=True, random_state=args.seed).split(X_train, y_train))
    X, X_held = prepare(X_train), prepare(X_test)
    default, chosen, n_trials = search(X, y_train, folds, task.regression, args)
    errors = [
        error_of(make().fit(X, y_train), X_held, y_test, task.regression)
        for make in (default, chosen)
    ]
    scores = errors if task.regression else [1 - error for error in errors]
    return {
        "data": name,
        "rows": len(task.X),
        "model": model,
        "metric": "RMSE" if task.regression else "ROC AUC",
        "defaults": scores[0],
        "tuned": scores[1],
        "trials": n_trials,
        "seconds": args.seconds,
    }


def use_core(cores):
    """Keep this process to one core, which is taken before TensorFlow counts them."""
    os.sched_setaffinity(0, {cores.get()})


def one_core_each():
    """Return a pool with a process, and a core, per contender."""
    context = get_context("spawn")
    cores = context.Queue()
    for _, core in zip(CONTENDERS, cycle(sorted(os.sched_getaffinity(0)))):
        cores.put(core)
    n_processes = len(CONTENDERS)
    return ProcessPoolExecutor(n_processes, context, initializer=use_core, initargs=(cores,))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1200, help="of each search")
    parser.add_argument("--data", nargs="+", choices=list(TASKS), default=TABLES)
    parser.add_argument("--rows", type=int, help="of each table, at most")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--space", choices=["small", "large"], default="small")
    parser.add_argument("--ensemble", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    runs = []
    for name in args.data:
        with one_core_each() as pool:
            pending = [pool.submit(contend, name, model, args) for model in CONTENDERS]
            runs += [future.result() for future in pending]
        print(*runs[-len(CONTENDERS) :], sep="\n", flush=True)
    how = {name: value for name, value in vars(args).items() if name not in ("seed", "data")}
    packages = (*PACKAGES, "optuna", "catboost")
    write_results("tune", seed=args.seed, runs=runs, packages=packages, **how)


if __name__ == "__main__":
    main()
