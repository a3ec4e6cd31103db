"""
Categories with many levels
===========================

Target encoding, an embedding, hashing, both, or leaving the column out. In one table the levels
tell much, in the other nothing. A default has to do well on both without being told which is
which.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor

rng = np.random.default_rng(0)
n, n_levels = 1500, 200


def table(strength):
    level = rng.integers(n_levels, size=n)
    X = pd.DataFrame({"shop": [f"shop {i}" for i in level], "age": rng.normal(size=n)})
    score = strength * rng.normal(size=n_levels)[level] + X["age"] - 1
    return X, (rng.uniform(size=n) < 1 / (1 + np.exp(-score))).astype(int)


# %%
# Five ways, two tables, the same folds.

ways = ["target", "embedding", "hash", "embedding+target", "left out"]
scores = pd.DataFrame(index=ways, columns=["levels tell much", "levels tell nothing"], dtype=float)
for name, strength in {"levels tell much": 1.5, "levels tell nothing": 0.0}.items():
    X, y = table(strength)
    for way in ways:
        options = {"drop": ["shop"]} if way == "left out" else {"high_cardinality": way}
        network = MultiInputClassifier(preset="fast", random_state=0)
        pipeline = make_pipeline(make_preprocessor(**options), network)
        folds = StratifiedKFold(2, shuffle=True, random_state=0)
        scores.loc[way, name] = cross_val_score(pipeline, X, y, cv=folds, scoring="roc_auc").mean()
print("ROC AUC")
print(scores.round(3).to_string())
fig, ax = plt.subplots(layout="constrained")
scores.plot.barh(ax=ax)
ax.set(xlabel="ROC AUC", xlim=(0.5, 0.9))
