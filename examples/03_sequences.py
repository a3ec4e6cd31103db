"""Sequences of pairs, of different lengths, through an LSTM, beside numbers.

A mask tells which steps were observed, so a pair of zeros is data and padding is not.
"""

import sys

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import RecurrentBranch
from skmultiinput.preprocessing import SequenceEncoder

SMALL = "--small" in sys.argv
rng = np.random.default_rng(0)
n = 400 if SMALL else 4000

# Walks that drift up or down; whether that is good news depends on a number beside them.
drift = rng.choice([-1, 1], n)
lengths = rng.integers(3, 20, n)
walks = [
    np.cumsum(rng.normal([0.3 * d, 0], 0.6, size=(k, 2)), axis=0)
    for d, k in zip(drift, lengths, strict=True)
]
X = pd.DataFrame({"walk": [walk.tolist() for walk in walks], "mood": rng.normal(size=n)})
y = np.where(drift * np.sign(X["mood"]) > 0, "good", "bad")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)


def fit(max_length):
    preprocess = ColumnTransformer(
        [
            ("walk", SequenceEncoder(max_length=max_length), ["walk"]),
            ("numeric", StandardScaler(), ["mood"]),
        ]
    ).set_output(transform="pandas")
    network = MultiInputClassifier(
        branches=[("walk", RecurrentBranch(cell="lstm", units=16))],
        hidden_units=(64,),
        epochs=4 if SMALL else 60,
        random_state=0,
    )
    return make_pipeline(preprocess, network).fit(X_train, y_train)


model = fit(20)
accuracy = accuracy_score(y_test, model.predict(X_test))
print(f"accuracy {accuracy:.3f} (chance {max(np.mean(y == 'good'), np.mean(y == 'bad')):.3f})")
apart = np.abs(model.predict_proba(X_test) - fit(30).predict_proba(X_test)).max()
print(f"trained with ten more steps of padding, probabilities differ by at most {apart:.1e}")
