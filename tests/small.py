"""A small table and a small network that many tests share, and with them one compiled program."""

import numpy as np
import pandas as pd

SMALL = {
    "hidden_units": (8,),
    "n_members": 2,
    "n_estimators": 1,
    "epochs": 2,
    "batch_size": 32,
    "random_state": 0,
}


def small_table(n_samples=120, seed=0):
    """A typed frame of two measurements and a category, and labels that follow the first."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "numeric__age": rng.normal(size=n_samples),
            "numeric__income": rng.normal(size=n_samples),
            "category__plan": pd.Categorical(
                rng.choice(["basic", "plus", "pro"], n_samples), categories=["basic", "plus", "pro"]
            ),
        }
    )
    noise = rng.normal(scale=0.2, size=n_samples)
    return X, np.where(X["numeric__age"] + noise > 0.3, "leaves", "stays")
