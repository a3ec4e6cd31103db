"""
Missing modalities
==================

At predict time some rows have no image. ``modality_dropout`` trains the network on rows from which
whole inputs were hidden: it learns a stand-in for each, and what to do without.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.fusion import ConcatFusion

# %%
# Digits, and a noisy reading of them. All training rows have both.

digits = load_digits()
n = 1200
y = digits.target[:n]
X = pd.DataFrame({"scan": list(digits.images[:n])})
X["reading"] = y + np.random.default_rng(0).normal(0, 1.5, n)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
without = X_test.assign(scan=None)

# %%
# Without hidden inputs, the network takes a missing image for a black one and is sure of the
# wrong digit. With them, it falls back on the reading, and loses little on complete rows.

losses = {}
for rate in (0.0, 0.2):
    network = MultiInputClassifier(
        preset="fast", fusion=ConcatFusion(modality_dropout=rate), random_state=0
    )
    model = make_pipeline(make_preprocessor(image=["scan"]), network).fit(X_train, y_train)
    losses[f"modality_dropout={rate}"] = [
        log_loss(y_test, model.predict_proba(rows)) for rows in (X_test, without)
    ]
for name, (complete, missing) in losses.items():
    print(f"{name}: log-loss {complete:.3f}, without images {missing:.3f}")

fig, ax = plt.subplots()
for name, values in losses.items():
    ax.plot(["complete rows", "no image"], values, marker="o", label=name)
ax.set(ylabel="log-loss")
ax.legend()
