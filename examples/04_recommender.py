"""A recommender: how likely it is that this user buys this product.

A user is a vector of 128 numbers, a product one of 64, and a flag tells whether it is on sale:
193 numbers in all. Writes the precision-recall curve as recommender.png.
"""

import sys

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.metrics import PrecisionRecallDisplay, average_precision_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import CategoricalBranch
from skmultiinput.inspection import network_summary
from skmultiinput.preprocessing import CategoryEncoder

SMALL = "--small" in sys.argv
rng = np.random.default_rng(0)
n, n_users, n_products = (1500, 40, 20) if SMALL else (40_000, 500, 120)

tastes, offers = rng.normal(size=(n_users, 3)), rng.normal(size=(n_products, 3))
user, product = rng.integers(n_users, size=n), rng.integers(n_products, size=n)
X = pd.DataFrame(
    {
        "user": [f"u{i}" for i in user],
        "product": [f"p{i}" for i in product],
        "on_sale": rng.integers(2, size=n),
    }
)
score = (tastes[user] * offers[product]).sum(axis=1) + X["on_sale"] - 2
y = (rng.uniform(size=n) < 1 / (1 + np.exp(-score))).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

preprocess = ColumnTransformer(
    [
        ("user", CategoryEncoder(), ["user"]),
        ("product", CategoryEncoder(), ["product"]),
        ("flag", "passthrough", ["on_sale"]),
    ]
).set_output(transform="pandas")
network = MultiInputClassifier(
    branches=[
        ("user", CategoricalBranch(embedding_dim=128, l2=1e-5)),
        ("product", CategoricalBranch(embedding_dim=64, l2=1e-5)),
    ],
    epochs=3 if SMALL else 40,
    random_state=0,
)
model = make_pipeline(preprocess, network).fit(X_train, y_train)

print("width of the three inputs together:", network_summary(model).loc["fusion", "shape"][0])
bought = model.predict_proba(X_test)[:, 1]
print(f"ROC AUC {roc_auc_score(y_test, bought):.3f}, average precision", end=" ")
print(f"{average_precision_score(y_test, bought):.3f} (chance {y_test.mean():.3f})")
PrecisionRecallDisplay.from_predictions(y_test, bought).figure_.savefig("recommender.png")
newcomer = X_test.head(1).assign(user="never seen")
print(f"someone never seen before: {model.predict_proba(newcomer)[0, 1]:.3f}")
