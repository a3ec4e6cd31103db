"""Seconds per 100 explained rows, and agreement with shap's explainers, on a mixed table.

All explain log-odds of the same pipeline by the same 50 background rows. shap's explainers compare
numbers, so they mix the positions of cells; they explain a few of the rows, and their seconds are
scaled to 100.

    python benchmarks/explain.py
"""

import argparse
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
import shap
from _results import PACKAGES, seconds, write_results
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.inspection import explain

N_BACKGROUND, N_EXPLAINED = 50, 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--shap-rows", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")

    X, y = make_customers(args.rows, random_state=args.seed)
    X = X.drop(columns="customer_id")
    network = MultiInputClassifier(random_state=args.seed)
    pipeline = make_pipeline(make_preprocessor(random_state=args.seed), network).fit(X, y)
    background, rows = X[:N_BACKGROUND], X[-N_EXPLAINED:]
    positions = np.tile(np.arange(len(X))[:, None], X.shape[1])
    reference, asked = positions[:N_BACKGROUND], positions[-N_EXPLAINED:][: args.shap_rows]

    def log_odds(positions):
        cells = {c: X[c].array.take(positions[:, j].astype(int)) for j, c in enumerate(X.columns)}
        proba = pipeline.predict_proba(pd.DataFrame(cells))[:, 1].astype(float)
        return np.log(proba / (1 - proba))

    def ours():
        values["explain"] = explain(
            pipeline, rows, background=background, as_frame=True, random_state=args.seed
        )[list(X.columns)].to_numpy()[: args.shap_rows]

    def permutation():
        explainer = shap.explainers.Permutation(log_odds, shap.maskers.Independent(reference))
        values["shap.PermutationExplainer"] = np.asarray(explainer(asked, silent=True).values)

    def kernel():
        explainer = shap.KernelExplainer(log_odds, reference)
        values["shap.KernelExplainer"] = np.asarray(explainer.shap_values(asked, silent=True))

    values = {}
    log_odds(reference)  # compiled before the clock runs
    contenders = {
        "explain": (ours, N_EXPLAINED),
        "shap.PermutationExplainer": (permutation, args.shap_rows),
        "shap.KernelExplainer": (kernel, args.shap_rows),
    }
    runs = []
    for name, (function, n_rows) in contenders.items():
        taken = seconds(function) * 100 / n_rows
        agreement = np.corrcoef(values["explain"].ravel(), values[name].ravel())[0, 1]
        runs.append({"explainer": name, "s_per_100_rows": taken, "correlation": agreement})
        print(f"{name:28}{taken:9.1f} s per 100 rows, correlation {agreement:.4f}")
    write_results("explain", seed=args.seed, runs=runs, packages=(*PACKAGES, "shap"))


if __name__ == "__main__":
    main()
