"""
Words and numbers
=================

A text is one more input of the same network. Its vocabulary is learned from the training rows;
other words are ``<unknown>``.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor

X, y = make_customers(1500, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
numbers = ["age", "income", "tenure_months"]

# %%
# Numbers alone, the text alone, and both.

scores = {}
for name, columns in {
    "numbers": numbers,
    "text": ["review"],
    "both": [*numbers, "review"],
}.items():
    network = MultiInputClassifier(preset="fast", random_state=0)
    model = make_pipeline(make_preprocessor(), network).fit(X_train[columns], y_train)
    scores[name] = roc_auc_score(y_test, model.predict_proba(X_test[columns])[:, 1])
    print(f"{name}: ROC AUC {scores[name]:.3f}")

fig, ax = plt.subplots()
ax.bar(list(scores), list(scores.values()))
ax.set(ylabel="ROC AUC", ylim=(0.5, 0.85))

# %%
# Unknown words, an empty text and a missing text are all valid inputs.

strange = X_test[columns].head(3).assign(review=["zyx qwv", "", None])
print(model.predict_proba(strange)[:, 1].round(2))
