"""
Text by tokens or by vectors
============================

The token branch learns from the words of this table. Another transformer, here skrub's
``StringEncoder``, turns a text into a vector, which enters as numbers. A pretrained sentence
encoder takes the same place.
"""

import matplotlib.pyplot as plt
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skrub import StringEncoder

from skmultiinput import MultiInputClassifier, make_customers
from skmultiinput.preprocessing import TokenEncoder

X, y = make_customers(1500, random_state=0)
X["review"] = X["review"].fillna("")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
table = ("numeric", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"])

# %%
# The name of the entry is the name of the input: ``text`` holds tokens, ``vector`` numbers.

encoders = {
    "tokens": [("text", TokenEncoder(min_frequency=2), ["review"])],
    "vectors": [("vector", StringEncoder(n_components=20, random_state=0), "review")],
}
encoders["both"] = [*encoders["tokens"], *encoders["vectors"]]
scores = {}
for name, entries in encoders.items():
    preprocess = ColumnTransformer([table, *entries]).set_output(transform="pandas")
    model = make_pipeline(preprocess, MultiInputClassifier(preset="fast", random_state=0))
    model.fit(X_train, y_train)
    scores[name] = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    print(f"{name}: ROC AUC {scores[name]:.3f}")

fig, ax = plt.subplots()
ax.bar(list(scores), list(scores.values()))
ax.set(ylabel="ROC AUC", ylim=(0.5, 0.8))
