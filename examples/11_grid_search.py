"""
Grid search over everything
===========================

Dropout, penalties, optimizers, learning rates and the scaling of numbers in one grid. Networks of
equal architecture share their compiled training.
"""

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

X, y = make_customers(800, random_state=0)
X = X.drop(columns=["customer_id", "review", "monthly_usage"])
pipeline = Pipeline(
    [
        ("preprocess", make_preprocessor()),
        ("model", MultiInputClassifier(preset="fast", epochs=15, random_state=0)),
    ]
)

# %%
# A list of grids searches several parts, one after the other.

grid = [
    {"model__dropout": [0.0, 0.3], "model__l2": [0.0, 1e-4]},
    {"model__l1": [1e-5]},
    {"model__optimizer": ["sgd", "adam"], "model__learning_rate": [1e-2]},
    {"preprocess__numeric__scale": ["passthrough"]},
]
folds = StratifiedKFold(2, shuffle=True, random_state=0)
search = GridSearchCV(pipeline, grid, scoring="roc_auc", cv=folds).fit(X, y)

# %%
# The candidates by rank:

table = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
for row in table.itertuples():
    print(f"{row.mean_test_score:.3f} ± {row.std_test_score:.3f}  {row.params}")

labels = [
    ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in params.items())
    for params in table["params"]
]
fig, ax = plt.subplots(layout="constrained")
ax.errorbar(table["mean_test_score"], labels, xerr=table["std_test_score"], fmt="o")
ax.invert_yaxis()
ax.set(xlabel="ROC AUC, mean and sd of two folds")
