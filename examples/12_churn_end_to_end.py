"""
Churn from table to decision
============================

The whole path: a messy table, a comparison, a threshold by cost, what the model looks at, and a
file.
"""

import tempfile
from pathlib import Path

from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    describe_columns,
    evaluate,
    load,
    make_customers,
    make_preprocessor,
    save,
)
from skmultiinput.inspection import PermutationImportanceDisplay, permutation_importance
from skmultiinput.metrics import bayes_threshold, classification_cost

X, y = make_customers(1200, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# What is in the table?

preprocess = make_preprocessor(drop=["customer_id"])
described = describe_columns(preprocess.fit(X_train, y_train))
described[["column", "kind", "missing", "levels", "note"]]

# %%
# Is the network better than simpler models?

model = make_pipeline(preprocess, MultiInputClassifier(preset="fast", random_state=0))
result = evaluate(model, X_train, y_train, cv=3, baselines="auto", random_state=0)
print(result.table()[["roc_auc", "log_loss", "fit_seconds"]].to_string())

# %%
# A needless call costs 1, a lost customer 10. Whom do we call?

model.fit(X_train, y_train)
churn = model.predict_proba(X_test)[:, 1]
threshold = bayes_threshold(cost_fp=1, cost_fn=10)
for name, limit in {"at 0.5": 0.5, f"at {threshold:.2f}": threshold}.items():
    decisions = (churn >= limit).astype(int)
    cost = classification_cost(y_test, decisions, cost_fp=1, cost_fn=10)
    print(f"{name}: {decisions.sum()} calls, cost {cost:.3f} per customer")

# %%
# What does the model look at?

importances = permutation_importance(
    model, X_test, y_test, scoring="roc_auc", n_repeats=3, random_state=0
)
PermutationImportanceDisplay(importances, scoring_name="ROC AUC").plot()

# %%
# Keep it. ``load`` runs no code from the file.

path = Path(tempfile.mkdtemp(), "churn.skmi")
save(model, path)
print(load(path).predict_proba(X_test.head(3))[:, 1].round(3))
