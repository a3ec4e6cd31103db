"""Dropout, L1 and L2 penalties, optimizers and learning rates, searched by GridSearchCV.

So can be whatever else is in the pipeline: imputers, encoders, widths of a branch. Networks that
differ in numbers only share their compiled training.
"""

import sys

import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

SMALL = "--small" in sys.argv
X, y = make_customers(300 if SMALL else 3000, random_state=0)
X = X.drop(columns=["customer_id", "review", "monthly_usage"])

network = MultiInputClassifier(
    hidden_units=(32,) if SMALL else (128,),
    n_members=2 if SMALL else 4,
    epochs=3 if SMALL else 50,
    random_state=0,
)
pipeline = Pipeline([("preprocess", make_preprocessor()), ("model", network)])
grid = [
    {"model__dropout": [0.1] if SMALL else [0.0, 0.1, 0.3], "model__l2": [0.0, 1e-4]},
    {"model__l1": [1e-5]},
    {"model__optimizer": ["sgd", "adam"], "model__learning_rate": [1e-2]},
    {"preprocess__numeric__scale": ["passthrough"]},
]
search = GridSearchCV(
    pipeline,
    grid,
    scoring="roc_auc",
    cv=StratifiedKFold(2 if SMALL else 3, shuffle=True, random_state=0),
).fit(X, y)
table = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
for row in table.itertuples():
    print(f"{row.mean_test_score:.3f} ± {row.std_test_score:.3f}  {row.params}")
print(f"best ROC AUC {search.best_score_:.3f} with {search.best_params_}")
