"""
Usage sequences from an event table
===================================

Companies keep events, one row each. ``events_to_sequences`` makes them one sequence per customer,
up to the moment at which the prediction is asked for.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.preprocessing import events_to_sequences

rng = np.random.default_rng(0)
n = 600

# %%
# Calls of each customer over up to 24 weeks. Those who leave call less and less.

leaves = rng.uniform(size=n) < 0.3
events = pd.DataFrame(
    [
        {"customer": i, "week": week, "minutes": rng.gamma(4) * (0.97**week if leaves[i] else 1)}
        for i in range(n)
        for week in range(24)
        if rng.uniform() < 0.7
    ]
)
customers = pd.DataFrame({"customer": range(n), "age": rng.integers(18, 80, n)})
customers["asked_in_week"] = rng.integers(10, 24, n)
print(events.head())

# %%
# Events after the question must not be used: ``until`` leaves them out.

customers["usage"] = events_to_sequences(
    events,
    by="customer",
    order="week",
    values="minutes",
    ids=customers["customer"],
    until=customers["asked_in_week"],
)
fig, ax = plt.subplots()
for i in range(30):
    ax.plot(customers["usage"][i], color="tab:orange" if leaves[i] else "tab:blue", alpha=0.5)
ax.set(xlabel="event", ylabel="minutes")

# %%
# The sequence beside the age:

X_train, X_test, y_train, y_test = train_test_split(
    customers[["age", "usage"]], leaves, stratify=leaves, random_state=0
)
model = make_pipeline(
    make_preprocessor(), MultiInputClassifier(preset="fast", epochs=20, random_state=0)
).fit(X_train, y_train)
print(f"ROC AUC {roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]):.3f}")
