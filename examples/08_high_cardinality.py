"""Ids with many levels: target encoding, an embedding, hashing, both, or left out.

Two tables: one whose ids say much, one whose ids say nothing. A default has to do well on both
without being told which is which.
"""

import sys

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.model_selection import StratifiedKFold, cross_val_score

from skmultiinput import MultiInputClassifier, make_preprocessor

SMALL = "--small" in sys.argv
rng = np.random.default_rng(0)
n, n_levels = (400, 60) if SMALL else (6000, 600)


def table(strength):
    level = rng.integers(n_levels, size=n)
    X = pd.DataFrame({"shop": [f"shop {i}" for i in level], "age": rng.normal(size=n)})
    score = strength * rng.normal(size=n_levels)[level] + X["age"] - 1
    return X, (rng.uniform(size=n) < 1 / (1 + np.exp(-score))).astype(int)


ways = ["target", "embedding", "hash", "embedding+target", "left out"]
found = pd.DataFrame(index=ways, columns=["ids say much", "ids say nothing"])
for name, strength in {"ids say much": 1.5, "ids say nothing": 0.0}.items():
    X, y = table(strength)
    for way in ways:
        options = {"drop": ["shop"]} if way == "left out" else {"high_cardinality": way}
        network = MultiInputClassifier(
            hidden_units=(64,), n_members=4, epochs=3 if SMALL else 60, random_state=0
        )
        pipeline = Pipeline([("preprocess", make_preprocessor(**options)), ("model", network)])
        folds = StratifiedKFold(2 if SMALL else 5, shuffle=True, random_state=0)
        scores = cross_val_score(pipeline, X, y, cv=folds, scoring="roc_auc")
        found.loc[way, name] = f"{scores.mean():.3f} ± {scores.std(ddof=1):.3f}"
print("ROC AUC")
print(found.to_string())
