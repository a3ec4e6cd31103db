"""
Reading embeddings
==================

An embedding gives each product a vector. Its rows are labelled, so products that are bought by the
same people can be seen to lie side by side.
"""

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.inspection import EmbeddingDisplay, get_embeddings

PRODUCTS = ["tea", "coffee", "mug", "kettle", "tyre", "pump", "bell", "saddle", "novel", "atlas"]
KIND = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])

# %%
# Three kinds of customers, each of which buys one kind of product.

rng = np.random.default_rng(0)
n = 3000
customer, product = rng.integers(30, size=n), rng.integers(len(PRODUCTS), size=n)
likes = customer % 3 == KIND[product]
y = (rng.uniform(size=n) < np.where(likes, 0.8, 0.1)).astype(int)
X = pd.DataFrame(
    {
        "customer": [f"c{i}" for i in customer],
        "product": np.array(PRODUCTS)[product],
    }
)
model = make_pipeline(
    make_preprocessor(category=["customer", "product"]),
    MultiInputClassifier(preset="fast", epochs=30, random_state=0),
).fit(X, y)

# %%
# The vectors of the products, and their nearest neighbors:

vectors = get_embeddings(model, "category", "product").loc[PRODUCTS]
centered = vectors - vectors.mean()
cosine = np.corrcoef(centered)
np.fill_diagonal(cosine, -1)
for name, row in zip(PRODUCTS, cosine, strict=True):
    print(f"{name}: {PRODUCTS[row.argmax()]} (correlation {row.max():.2f})")

EmbeddingDisplay(vectors).plot()
