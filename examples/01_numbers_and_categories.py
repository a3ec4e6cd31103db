"""Numbers and one-hot categories: two inputs of one network, side by side.

Which column is what is found in `fit`; each kind becomes an input with a branch of its own.
"""

import sys

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

SMALL = "--small" in sys.argv
COLUMNS = ["age", "income", "tenure_months", "total_charges", "plan", "payment", "paperless"]

X, y = make_customers(500 if SMALL else 6000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(
    X[COLUMNS], y, stratify=y, test_size=0.25, random_state=0
)
network = make_pipeline(
    make_preprocessor(),
    MultiInputClassifier(epochs=5 if SMALL else 100, random_state=0),
).fit(X_train, y_train)
linear = make_pipeline(make_preprocessor(), LogisticRegression(max_iter=1000))
linear.fit(X_train, y_train)

print(network[-1].column_groups_)
for name, model in {"network": network, "logistic regression": linear}.items():
    print(f"{name}: ROC AUC {roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]):.3f}")
