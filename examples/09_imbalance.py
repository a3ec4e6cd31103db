"""
A rare class and the cost of decisions
======================================

A missed case costs 10, a needless call 1. Resampling, class weights and neither are compared on the
same folds, and the threshold is chosen by cost.
"""

from sklearn.pipeline import make_pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputSMOTE,
    evaluate,
    make_customers,
    make_preprocessor,
)
from skmultiinput.metrics import CostAtThresholdsDisplay

X, y = make_customers(1500, churn_rate=0.1, random_state=0)
X = X.drop(columns=["review", "monthly_usage", "customer_id"])


def pipeline(**options):
    network = MultiInputClassifier(preset="fast", random_state=0, **options)
    return make_pipeline(make_preprocessor(), network)


# %%
# Probabilities are corrected for the resampling, so they can be compared.

result = evaluate(
    pipeline(),
    X,
    y,
    cv=3,
    scoring=["average_precision", "brier"],
    costs={"cost_fp": 1, "cost_fn": 10},
    threshold="bayes",
    baselines={
        "MultiInputSMOTE": pipeline(sampler=MultiInputSMOTE(random_state=0)),
        "class weights": pipeline(class_weight="balanced"),
    },
    name="as it is",
    random_state=0,
)
print(result.table()[["average_precision", "brier", "cost", "cost_at_0.5"]].to_string())

# %%
# What the threshold is worth:

gain = result.threshold_gain().loc["as it is"]
print(f"the threshold changes the cost per row by {gain['difference']:+.3f} against 0.5")

# %%
# Cost by threshold, on rows that the model has not seen.

model = pipeline().fit(X.iloc[:1000], y.iloc[:1000])
display = CostAtThresholdsDisplay.from_estimator(
    model, X.iloc[1000:], y.iloc[1000:], cost_fp=1, cost_fn=10
)

# %%
# ``result.to_html("imbalance.html")`` writes all of this as one report.
