"""Gaps filled from neighbours or by regressions, robust scaling, and no leak.

Imputers and scalers are steps of the pipeline, so in each fold they see the training rows alone;
the evaluation shows the means over folds with intervals.
"""

import sys
import warnings

from imblearn.pipeline import Pipeline
from sklearn.exceptions import ConvergenceWarning

from skmultiinput import MultiInputClassifier, evaluate, make_customers, make_preprocessor

SMALL = "--small" in sys.argv
warnings.simplefilter("ignore", ConvergenceWarning)  # ten rounds of regressions are enough here
X, y = make_customers(300 if SMALL else 4000, missing=0.3, random_state=0)
X = X[["age", "income", "tenure_months", "total_charges", "plan", "payment"]]


def pipeline(imputation, scaling):
    preprocess = make_preprocessor(imputation=imputation, outliers="winsorize", scaling=scaling)
    network = MultiInputClassifier(
        hidden_units=(64,), epochs=3 if SMALL else 60, n_members=4, random_state=0
    )
    return Pipeline([("preprocess", preprocess), ("model", network)])


result = evaluate(
    pipeline("knn", "robust"),
    X,
    y,
    cv=2 if SMALL else 5,
    scoring=["roc_auc", "log_loss"],
    baselines={
        "iterative, robust": pipeline("iterative", "robust"),
        "median, quantile (default)": pipeline("median", "quantile"),
    },
    name="knn, robust",
    random_state=0,
)
print(result.table()[["roc_auc", "log_loss"]].to_string())
print(result.compare().loc[(slice(None), "roc_auc"), ["difference", "low", "high"]].round(3))
