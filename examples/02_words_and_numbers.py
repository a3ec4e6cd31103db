"""Word indices and numbers: a text is one more input of the same network.

The vocabulary is learned from the training rows; a word it lacks is "<unknown>", and a row without
a text is one too.
"""

import sys

from sklearn.compose import make_column_selector
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

SMALL = "--small" in sys.argv
X, y = make_customers(500 if SMALL else 6000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, stratify=y, test_size=0.25, random_state=0
)
numbers = make_column_selector(dtype_include="number")(X)

for name, columns in {
    "numbers alone": numbers,
    "text alone": ["review"],
    "both": [*numbers, "review"],
}.items():
    model = make_pipeline(
        make_preprocessor(),
        MultiInputClassifier(epochs=5 if SMALL else 60, random_state=0),
    ).fit(X_train[columns], y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test[columns])[:, 1])
    print(f"{name}: ROC AUC {auc:.3f}")
print(model[-1].column_groups_)

strange = X_test[columns].head(3).assign(review=["zyx qwv", "", None])
print("unseen words, an empty text, no text:", model.predict_proba(strange)[:, 1].round(2))
