"""
Missing modalities
==================

At predict time some customers have no review and no usage. ``modality_dropout`` trains the
network on rows from which whole inputs were hidden, so that it relies on a learned stand-in.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.fusion import ConcatFusion

X, y = make_customers(1500, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
without = X_test.assign(review=None, monthly_usage=None)

# %%
# The same network with and without hidden inputs:

losses = {}
for rate in (0.0, 0.2):
    network = MultiInputClassifier(
        preset="fast", fusion=ConcatFusion(modality_dropout=rate), random_state=0
    )
    model = make_pipeline(make_preprocessor(drop=["customer_id"]), network).fit(X_train, y_train)
    losses[f"modality_dropout={rate}"] = [
        log_loss(y_test, model.predict_proba(rows)) for rows in (X_test, without)
    ]
for name, (complete, missing) in losses.items():
    print(f"{name}: log-loss {complete:.3f}, without text and usage {missing:.3f}")

fig, ax = plt.subplots()
for name, values in losses.items():
    ax.plot(["complete rows", "no text, no usage"], values, marker="o", label=name)
ax.set(ylabel="log-loss")
ax.legend()
