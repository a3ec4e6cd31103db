"""
Images and numbers
==================

Handwritten digits, and a number beside them that is often wrong.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor

digits = load_digits()
n = 800
rng = np.random.default_rng(0)
X = pd.DataFrame({"scan": list(digits.images[:n])})
X["reading"] = digits.target[:n] + rng.normal(0, 2, n)
y = digits.target[:n]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# The number alone, the image alone, and both.

for columns in (["reading"], ["scan"], ["scan", "reading"]):
    model = make_pipeline(
        make_preprocessor(image=["scan"] if "scan" in columns else []),
        MultiInputClassifier(preset="fast", epochs=15, random_state=0),
    ).fit(X_train[columns], y_train)
    predicted = model.predict(X_test[columns])
    print(f"{' and '.join(columns)}: accuracy {accuracy_score(y_test, predicted):.3f}")

# %%
# Some test images with their prediction.

fig, axes = plt.subplots(2, 6, figsize=(7, 3))
for ax, image, label in zip(axes.flat, X_test["scan"], predicted, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(f"predicted {label}", fontsize=8)
    ax.axis("off")
