"""Images and numbers: handwritten digits, and a hint in a column beside them."""

import sys

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor

SMALL = "--small" in sys.argv
digits = load_digits()
n = 300 if SMALL else len(digits.target)
rng = np.random.default_rng(0)
X = pd.DataFrame({"scan": list(digits.images[:n])})
X["number_before"] = digits.target[:n] + rng.normal(0, 2, n)  # a reading that is often wrong
y = digits.target[:n]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, stratify=y, test_size=0.25, random_state=0
)
for columns in (["number_before"], ["scan"], ["scan", "number_before"]):
    model = make_pipeline(
        make_preprocessor(image=["scan"] if "scan" in columns else []),
        MultiInputClassifier(hidden_units=(128,), epochs=3 if SMALL else 60, random_state=0),
    ).fit(X_train[columns], y_train)
    accuracy = accuracy_score(y_test, model.predict(X_test[columns]))
    print(f"{' and '.join(columns)}: accuracy {accuracy:.3f}")
print(model[-1].column_groups_)
