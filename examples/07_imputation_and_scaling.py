"""
Imputation and scaling without leaks
====================================

Missing values are filled from neighbors or by regressions. Imputers and scalers are steps of the
pipeline, so in each fold they see the training rows only.
"""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, evaluate, make_customers, make_preprocessor

warnings.simplefilter("ignore", ConvergenceWarning)  # ten rounds of regressions are enough here
X, y = make_customers(1000, missing=0.3, random_state=0)
X = X[["age", "income", "tenure_months", "total_charges", "plan", "payment"]]


def pipeline(imputation, scaling):
    preprocess = make_preprocessor(imputation=imputation, outliers="winsorize", scaling=scaling)
    return make_pipeline(preprocess, MultiInputClassifier(preset="fast", random_state=0))


# %%
# Three ways on the same folds.

result = evaluate(
    pipeline("knn", "robust"),
    X,
    y,
    cv=3,
    scoring=["roc_auc", "log_loss"],
    baselines={
        "iterative, robust": pipeline("iterative", "robust"),
        "median, quantile": pipeline("median", "quantile"),
    },
    name="knn, robust",
    random_state=0,
)
print(result.table()[["roc_auc", "log_loss"]].to_string())

# %%
# The points are the folds. Differences between the ways are small beside those between folds.

ax = result.scores["roc_auc"].unstack(0).plot(style="o", xticks=[0, 1, 2])
ax.set(xlabel="fold", ylabel="ROC AUC")
