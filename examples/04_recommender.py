"""
A recommender
=============

How likely is it that this user buys this product? A user is a vector of 128 numbers, a product one
of 64, and a flag says whether the product is on sale: 193 numbers in all.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.metrics import PrecisionRecallDisplay, average_precision_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import CategoricalBranch
from skmultiinput.inspection import network_summary
from skmultiinput.preprocessing import CategoryEncoder

rng = np.random.default_rng(0)
n, n_users, n_products = 6000, 120, 40

# %%
# Users have tastes, products offer them, and sales help.

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

# %%
# Each of the two ids is a group with an embedding of its own width.

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
    n_estimators=1,
    epochs=15,
    random_state=0,
)
model = make_pipeline(preprocess, network).fit(X_train, y_train)
layers = network_summary(model)
print("width of the three inputs together:", layers.loc["network>fusion", "shape"][0])

# %%
# Buying is rare, so precision and recall say more than accuracy.

bought = model.predict_proba(X_test)[:, 1]
print(
    f"average precision {average_precision_score(y_test, bought):.3f}, chance {y_test.mean():.3f}"
)
PrecisionRecallDisplay.from_predictions(y_test, bought, plot_chance_level=True)

# %%
# A user who was never seen gets the average taste.

newcomer = X_test.head(1).assign(user="never seen")
print(f"{model.predict_proba(newcomer)[0, 1]:.3f}")
