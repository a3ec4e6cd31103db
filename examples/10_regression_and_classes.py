"""Quantities and several classes: the target decides the head and the loss.

Numbers are standardised for training and come back in their unit; three classes get a softmax and
cross-entropy. Nothing of this has to be said.
"""

import sys

from sklearn.dummy import DummyRegressor
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)

SMALL = "--small" in sys.argv
n, epochs = (400, 3) if SMALL else (5000, 80)

X, spend = make_customers(n, task="regression", random_state=0)
X = X.drop(columns=["customer_id", "review", "monthly_usage"])
X_train, X_test, y_train, y_test = train_test_split(X, spend, random_state=0)
model = make_pipeline(make_preprocessor(), MultiInputRegressor(epochs=epochs, random_state=0))
model.fit(X_train, y_train)
head = model[-1].model_.layers[-1]
error = mean_absolute_error(y_test, model.predict(X_test))
mean = mean_absolute_error(y_test, DummyRegressor().fit(X_train, y_train).predict(X_test))
print(f"spend of next year: mean absolute error {error:.1f} (of the mean {mean:.1f})")
print(f"  loss {model[-1].model_.loss!r}, outputs {head.output.shape[-1]}")

X, outcome = make_customers(n, task="multiclass", random_state=0)
X = X.drop(columns=["customer_id", "review", "monthly_usage"])
X_train, X_test, y_train, y_test = train_test_split(X, outcome, stratify=outcome, random_state=0)
model = make_pipeline(make_preprocessor(), MultiInputClassifier(epochs=epochs, random_state=0))
model.fit(X_train, y_train)
proba = model.predict_proba(X_test)
auc = roc_auc_score(y_test, proba, multi_class="ovr")
print(f"{', '.join(model.classes_)}: ROC AUC, one against the rest, {auc:.3f}")
print(f"  loss {model[-1].model_.loss!r}, outputs {model[-1].model_.layers[-1].output.shape[-1]}")
