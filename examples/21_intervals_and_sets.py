"""
Intervals and sets that hold
============================

Quantiles by the network, conformal intervals and sets by MAPIE. Needs the extra ``mapie``.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from mapie.classification import SplitConformalClassifier
from mapie.regression import SplitConformalRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)

# MAPIE tries the last step on zeros without names.
warnings.filterwarnings("ignore", message="X does not have valid feature names")

X, churned = make_customers(1500, random_state=0)
X["charges"] = pd.to_numeric(X.pop("total_charges"), errors="coerce")
X = X[["age", "tenure_months", "plan", "city", "charges"]].dropna(subset="charges")
churned, charges = churned[X.index], X.pop("charges")
parts = train_test_split(X, charges, churned, test_size=0.5, random_state=0)
X_train, X_rest, y_train, y_rest, left_train, left_rest = parts
held, new = slice(0, 300), slice(300, None)

# %%
# The network's own quantiles.

quantiles = MultiInputRegressor(
    loss="quantile", quantiles=(0.05, 0.95), preset="fast", random_state=0
)
pipeline = make_pipeline(make_preprocessor(), quantiles).fit(X_train, y_train)
low, high = pipeline[-1].predict_quantiles(pipeline[:-1].transform(X_rest[new])).T
inside = (low <= y_rest[new]) & (y_rest[new] <= high)
print(f"learned quantiles: {inside.mean():.1%} of the new rows are inside, meant are 90 %")

# %%
# Conformal intervals: as wide as the errors on rows set aside ask for.

model = make_pipeline(make_preprocessor(), MultiInputRegressor(preset="fast", random_state=0))
conformal = SplitConformalRegressor(
    model.fit(X_train, y_train), confidence_level=0.9, prefit=True
).conformalize(X_rest[held], y_rest[held])
points, intervals = conformal.predict_interval(X_rest[new])
inside = (intervals[:, 0, 0] <= y_rest[new]) & (y_rest[new] <= intervals[:, 1, 0])
print(f"conformal intervals: {inside.mean():.1%}")

# %%
# Conformal sets: both labels where the network cannot tell.

model = make_pipeline(make_preprocessor(), MultiInputClassifier(preset="fast", random_state=0))
conformal = SplitConformalClassifier(
    model.fit(X_train, left_train), confidence_level=0.9, prefit=True
).conformalize(X_rest[held], left_rest[held])
labels, sets = conformal.predict_set(X_rest[new])
covered = sets[np.arange(len(sets)), left_rest[new].to_numpy(dtype=int), 0]
print(f"conformal sets: {covered.mean():.1%}, {sets[:, :, 0].sum(axis=1).mean():.2f} labels a row")

# %%
# Where the quantiles lie, from the lowest charges to the highest:

order = np.argsort(points)
fig, ax = plt.subplots()
ax.fill_between(range(len(order)), low[order], high[order], alpha=0.3, label="learned quantiles")
ax.plot(intervals[order, 0, 0], color="tab:orange", label="conformal interval")
ax.plot(intervals[order, 1, 0], color="tab:orange")
ax.plot(y_rest[new].to_numpy()[order], ".", color="black", label="charges")
ax.set(xlabel="new rows", ylabel="charges")
ax.legend()
