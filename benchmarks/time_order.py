"""Shuffled folds beside folds in time, on a table whose rows stand in the order of their dates.

Bank marketing: calls from May 2008 to November 2010, without their length, which is known only
after the call. ROC AUC, mean of five folds each way.

    python benchmarks/time_order.py
"""

import argparse
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from _peers import PEERS, tidy
from _results import write_results
from _tables import bank_marketing
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor


def network(_X, _regression, seed):
    return make_pipeline(
        make_preprocessor(random_state=seed), MultiInputClassifier(preset="fast", random_state=seed)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    warnings.simplefilter("ignore")
    task = bank_marketing()
    folds = {
        "shuffled": StratifiedKFold(5, shuffle=True, random_state=seed),
        "in time": TimeSeriesSplit(5),
    }
    models = {
        "boosted trees": PEERS["HistGradientBoosting"],
        "logistic regression": PEERS["linear"],
        'skmultiinput, "fast"': network,
    }
    runs = []
    for name, make in models.items():
        X = task.X if make is network else tidy(task.X)
        for way, cv in folds.items():
            model = make(X, False, seed)
            scores = cross_val_score(model, X, task.y, cv=cv, scoring="roc_auc")
            runs.append({"model": name, "folds": way, "roc_auc": float(scores.mean())})
            print(runs[-1], flush=True)
    write_results("time_order", seed=seed, runs=runs)


if __name__ == "__main__":
    main()
