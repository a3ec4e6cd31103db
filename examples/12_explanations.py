"""Why this customer: single predictions explained by columns, by words, and by shap's explainers.

Needs the extra ``shap``. Writes waterfall.png and beeswarm.png.
"""

import sys

import numpy as np
import pandas as pd
import shap
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.inspection import ExplanationDisplay, explain, explain_words

SMALL = "--small" in sys.argv
X, y = make_customers(300 if SMALL else 4000, random_state=0)
X = X.drop(columns="customer_id")
network = MultiInputClassifier(epochs=2 if SMALL else 60, n_estimators=1, random_state=0)
pipeline = make_pipeline(make_preprocessor(), network).fit(X, y)
background, rows = X[:20], X[-4 if SMALL else -100 :]

# Log-odds of leaving: base value + contributions of the raw columns = prediction.
explanation = explain(pipeline, rows, background=background, as_frame=True, random_state=0)
print(explanation.iloc[0].round(2).to_string(), "\n")
print(explain_words(pipeline, rows[:1], "review").round(2).to_string(), "\n")
for kind in ("waterfall", "beeswarm"):
    display = ExplanationDisplay.from_estimator(
        pipeline, rows, kind=kind, background=background, random_state=0
    )
    display.figure_.savefig(f"{kind}.png", bbox_inches="tight")

# shap's own explainers compare numbers, so they get the positions of cells instead of the cells.
positions = np.tile(np.arange(len(X))[:, None], X.shape[1])


def log_odds(positions):
    cells = {c: X[c].array.take(positions[:, j].astype(int)) for j, c in enumerate(X.columns)}
    proba = pipeline.predict_proba(pd.DataFrame(cells))[:, 1]
    return np.log(proba / (1 - proba))


masker = shap.maskers.Independent(positions[:20])
theirs = shap.Explainer(log_odds, masker)(positions[-len(rows) :][:2], max_evals=27)
ours = explanation[list(X.columns)][:2].to_numpy()
agreement = np.corrcoef(ours.ravel(), np.asarray(theirs.values).ravel())[0, 1]
print(f"correlation with shap.Explainer: {agreement:.2f}")

# GradientExplainer reads the network behind the preprocessing, input by input. (DeepExplainer does
# not know all of its operations, and leaves TensorFlow's gradients changed.)
table = X[["age", "income", "tenure_months", "plan"]]
pipeline = make_pipeline(make_preprocessor(), network).fit(table, y)
arrays = network.column_groups_.split(pipeline[:-1].transform(table))
inputs = [arrays[tensor.name] for tensor in network.model_.inputs]
gradients = shap.GradientExplainer(network.model_, [values[:20] for values in inputs])
print(np.round(gradients.shap_values([values[-2:] for values in inputs])[0][:, :, 0], 2))
