"""
Numbers and one-hot categories
==============================

Two inputs of one network. The kind of each column is detected in ``fit``, and each kind becomes an
input with its own branch.
"""

# %%
# A table of customers, without texts and sequences.

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import RocCurveDisplay, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

COLUMNS = ["age", "income", "tenure_months", "total_charges", "plan", "payment", "paperless"]
X, y = make_customers(1500, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X[COLUMNS], y, stratify=y, random_state=0)

# %%
# The same preprocessing feeds the network and a linear model.

network = make_pipeline(make_preprocessor(), MultiInputClassifier(preset="fast", random_state=0))
network.fit(X_train, y_train)
linear = make_pipeline(make_preprocessor(), LogisticRegression(max_iter=1000))
linear.fit(X_train, y_train)
print(network[-1].column_groups_)

# %%
# Both rank the test customers.

models = {"network": network, "logistic regression": linear}
ax = None
for name, model in models.items():
    proba = model.predict_proba(X_test)[:, 1]
    print(f"{name}: ROC AUC {roc_auc_score(y_test, proba):.3f}")
    ax = RocCurveDisplay.from_predictions(y_test, proba, name=name, ax=ax).ax_
