"""
Regression and several classes
==============================

The target decides the head and the loss. Numbers are standardized for training and predicted in
their own unit; three classes get a softmax and cross-entropy.
"""

from sklearn.dummy import DummyRegressor
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PredictionErrorDisplay,
    mean_absolute_error,
    roc_auc_score,
)
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)

LEFT_OUT = ["customer_id", "review", "monthly_usage"]

# %%
# The spend of the next year:

X, spend = make_customers(1500, task="regression", random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, spend, random_state=0)
model = make_pipeline(
    make_preprocessor(drop=LEFT_OUT), MultiInputRegressor(preset="fast", random_state=0)
).fit(X_train, y_train)
predicted = model.predict(X_test)
mean = DummyRegressor().fit(X_train, y_train).predict(X_test)
print(f"mean absolute error {mean_absolute_error(y_test, predicted):.1f}")
print(f"of the mean {mean_absolute_error(y_test, mean):.1f}")
PredictionErrorDisplay.from_predictions(y_test, predicted, kind="actual_vs_predicted")

# %%
# One of three outcomes:

X, outcome = make_customers(1500, task="multiclass", random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, outcome, stratify=outcome, random_state=0)
model = make_pipeline(
    make_preprocessor(drop=LEFT_OUT), MultiInputClassifier(preset="fast", random_state=0)
).fit(X_train, y_train)
auc = roc_auc_score(y_test, model.predict_proba(X_test), multi_class="ovr")
print(f"{', '.join(model.classes_)}: ROC AUC, one against the rest, {auc:.3f}")
ConfusionMatrixDisplay.from_predictions(y_test, model.predict(X_test), normalize="true")
