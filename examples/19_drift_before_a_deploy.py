"""
Drift before a deploy
=====================

Before a saved model predicts a new month, the new rows are compared with the training rows.
"""

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skmultiinput import make_customers, make_preprocessor
from skmultiinput.inspection import drift_report

X, y = make_customers(1500, random_state=0)
model = make_pipeline(
    make_preprocessor(drop=["customer_id", "review", "monthly_usage"]),
    LogisticRegression(max_iter=1000),
).fit(X, y)

# %%
# In the new month incomes are in another unit, a plan has a new name, and a source of payments
# broke.

new, _ = make_customers(500, random_state=1)
new["income"] = new["income"] / 12
new["plan"] = new["plan"].replace(new["plan"].mode()[0], "premium 2.0")
new.loc[new.sample(frac=0.5, random_state=0).index, "payment"] = None

# %%
# The report names what is wrong, column by column.

report = drift_report(model, new)
print(report[["missing", "missing_in_fit", "unknown", "outside", "note"]].round(2).to_string())

# %%
# A deploy can refuse to go on:

suspicious = report[
    (report["unknown"] > 0.05)
    | (report["outside"] > 0.05)
    | (report["missing"] > report["missing_in_fit"] + 0.1)
]
print("look at:", ", ".join(suspicious.index))
fig, ax = plt.subplots(layout="constrained")
report[["missing_in_fit", "missing"]].plot.barh(ax=ax)
ax.set(xlabel="share of missing values")
