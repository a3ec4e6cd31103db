"""
Search with pruning
===================

Optuna stops candidates that look poor after a few epochs. ``PartialFitPipeline`` trains one epoch
at a time, preprocessing included. Needs the extra ``optuna``.
"""

import matplotlib.pyplot as plt
import optuna
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.model_selection import PartialFitPipeline

optuna.logging.set_verbosity(optuna.logging.WARNING)
X, y = make_customers(1000, random_state=0)
X = X.drop(columns=["customer_id", "review", "monthly_usage"])
X_train, X_valid, y_train, y_valid = train_test_split(X, y, stratify=y, random_state=0)

# %%
# An objective that reports after each epoch.

curves = {}


def objective(trial):
    network = MultiInputClassifier(
        preset="fast",
        early_stopping=False,
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        random_state=0,
    )
    pipeline = PartialFitPipeline([("preprocess", make_preprocessor()), ("model", network)])
    scores = curves[trial.number] = []
    for epoch in range(10):
        pipeline.partial_fit(X_train, y_train, classes=[0, 1])
        scores.append(roc_auc_score(y_valid, pipeline.predict_proba(X_valid)[:, 1]))
        trial.report(scores[-1], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return scores[-1]


study = optuna.create_study(
    direction="maximize",
    sampler=optuna.samplers.TPESampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2),
)
study.optimize(objective, n_trials=12)

# %%
# Orange curves were stopped early.

pruned = [trial.number for trial in study.trials if trial.state.name == "PRUNED"]
print(f"{len(pruned)} of {len(study.trials)} trials stopped early")
print(f"best ROC AUC {study.best_value:.3f} with {study.best_params}")
fig, ax = plt.subplots()
for number, scores in curves.items():
    ax.plot(scores, marker=".", color="tab:orange" if number in pruned else "tab:blue")
ax.set(xlabel="epoch", ylabel="ROC AUC of the validation rows")
