"""
Why this customer?
==================

Single predictions are explained by columns and by words, and by shap's explainers. Needs the extra
``shap``.
"""

import keras
import numpy as np
import pandas as pd
import shap
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.inspection import ExplanationDisplay, explain, explain_words

X, y = make_customers(800, random_state=0)
X = X.drop(columns="customer_id")
network = MultiInputClassifier(preset="fast", epochs=15, random_state=0)
pipeline = make_pipeline(make_preprocessor(), network).fit(X, y)
background, rows = X[:20], X[-20:]
reviewed = rows[rows["review"].notna()]

# %%
# The log-odds of leaving are a base value plus the contributions of the raw columns.

explanation = explain(pipeline, rows, background=background, as_frame=True, random_state=0)
print(explanation.iloc[0].round(2).to_string())
print(explain_words(pipeline, reviewed[:1], "review").round(2).to_string())

# %%
# One customer, and all of them:

for kind in ("waterfall", "beeswarm"):
    ExplanationDisplay.from_estimator(
        pipeline, rows, kind=kind, background=background, random_state=0
    )

# %%
# shap's own explainers compare numbers, so they get the positions of the cells.

positions = np.tile(np.arange(len(X))[:, None], X.shape[1])


def log_odds(positions):
    cells = {c: X[c].array.take(positions[:, j].astype(int)) for j, c in enumerate(X.columns)}
    proba = pipeline.predict_proba(pd.DataFrame(cells))[:, 1]
    return np.log(proba / (1 - proba))


masker = shap.maskers.Independent(positions[:20])
explainer = shap.Explainer(log_odds, masker, seed=0)
theirs = explainer(positions[-len(rows) :][:2], max_evals=27, silent=True)
ours = explanation[list(X.columns)][:2].to_numpy()
agreement = np.corrcoef(ours.ravel(), np.asarray(theirs.values).ravel())[0, 1]
print(f"correlation with shap.Explainer: {agreement:.2f}")

# %%
# GradientExplainer reads the network itself, whose inputs are typed columns, not raw ones.

numbers = make_pipeline(make_preprocessor(), clone(network)).fit(X[["age", "income", "city"]], y)
inputs = numbers[-1].column_groups_.split(numbers[:-1].transform(X[["age", "income", "city"]]))
tensors = [numbers[-1].model_.input[name] for name in inputs]
model = keras.Model(tensors, numbers[-1].model_.output)
gradients = shap.GradientExplainer(model, [values[:20] for values in inputs.values()])
for name, values in zip(
    inputs, gradients.shap_values([v[-20:] for v in inputs.values()]), strict=True
):
    print(f"{name}: mean contribution {np.abs(values).mean():.3f}")
