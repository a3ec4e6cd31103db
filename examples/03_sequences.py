"""
Sequences of different lengths
==============================

Sequences of pairs go through an LSTM, beside a number. A mask says which steps were observed, so a
pair of zeros is data and padding is not.
"""

import matplotlib.pyplot as plt
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

rng = np.random.default_rng(0)
n = 800

# %%
# Random walks drift up or down. Whether that is good depends on a number beside them.

drift = rng.choice([-1, 1], n)
walks = [
    np.cumsum(rng.normal([0.3 * d, 0], 0.6, size=(length, 2)), axis=0)
    for d, length in zip(drift, rng.integers(3, 20, n), strict=True)
]
X = pd.DataFrame({"walk": [walk.tolist() for walk in walks], "mood": rng.normal(size=n)})
y = np.where(drift * np.sign(X["mood"]) > 0, "good", "bad")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

fig, ax = plt.subplots()
for walk, direction in zip(walks[:20], drift, strict=False):
    ax.plot(walk[:, 0], color="tab:blue" if direction > 0 else "tab:orange")
ax.set(xlabel="step", ylabel="first channel")

# %%
# The network gets two inputs.


def fit(max_length):
    preprocess = ColumnTransformer(
        [
            ("walk", SequenceEncoder(max_length=max_length), ["walk"]),
            ("numeric", StandardScaler(), ["mood"]),
        ]
    ).set_output(transform="pandas")
    network = MultiInputClassifier(
        branches=[("walk", RecurrentBranch(units=16))],
        preset="fast",
        epochs=20,
        random_state=0,
    )
    return make_pipeline(preprocess, network).fit(X_train, y_train)


model = fit(20)
print(f"accuracy {accuracy_score(y_test, model.predict(X_test)):.3f}")

# %%
# Ten more steps of padding change nothing.

difference = np.abs(model.predict_proba(X_test) - fit(30).predict_proba(X_test)).max()
print(f"largest difference of a probability: {difference:.1e}")
