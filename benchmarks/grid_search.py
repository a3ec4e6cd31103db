"""Seconds of a grid search: MultiInputClassifier beside a hand-written SciKeras estimator.

Telco churn, 5 folds x 4 candidates (2 dropouts x 2 learning rates), 20 epochs, the same
architecture (64 units for the numbers, embeddings of the categories, 128 -> 128), n_jobs=1; ours
with n_jobs=2, too, twice in a row: the first run also starts the workers.

    python benchmarks/grid_search.py
"""

import argparse
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
from _results import data_folder, seconds, write_results
from joblib.externals.loky import get_reusable_executor
from scikeras.wrappers import KerasClassifier
from sklearn.compose import ColumnTransformer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import CategoricalBranch, NumericBranch
from skmultiinput.preprocessing import CategoryEncoder

NUMERIC = ["tenure", "MonthlyCharges", "TotalCharges"]
EPOCHS, EMBEDDING, UNITS, HIDDEN = 20, 4, 64, (128, 128)


def read_telco():
    frame = pd.read_csv(data_folder() / "telco_churn" / "Telco-Customer-Churn.csv")
    frame = frame.drop(columns="customerID")
    y = (frame.pop("Churn") == "Yes").astype(int)
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce").fillna(0.0)
    return frame, y


def by_hand(X, batch_size, seed):
    """Build what a competent user of SciKeras writes: ordinal codes, split into a dict."""
    categories = [column for column in X if column not in NUMERIC]
    sizes = [X[column].nunique() + 1 for column in categories]
    n_numeric = len(NUMERIC)

    class MultiInput(KerasClassifier):
        @property
        def feature_encoder(self):
            def split(X):
                inputs = {"numeric": X[:, :n_numeric].astype("float32")}
                for j in range(len(sizes)):
                    inputs[f"category_{j}"] = X[:, n_numeric + j].astype("int32")
                return inputs

            return FunctionTransformer(split)

    def build(dropout=0.1):
        inputs = {"numeric": keras.Input((n_numeric,), name="numeric")}
        parts = [keras.layers.Dense(UNITS, activation="relu")(inputs["numeric"])]
        for j, size in enumerate(sizes):
            inputs[f"category_{j}"] = code = keras.Input((), dtype="int32", name=f"category_{j}")
            parts.append(keras.layers.Embedding(size, EMBEDDING)(code))
        x = keras.layers.Concatenate()(parts)
        for units in HIDDEN:
            x = keras.layers.Dense(units, activation="relu")(x)
            x = keras.layers.Dropout(dropout)(x)
        return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))

    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    shift = FunctionTransformer(lambda codes: codes + 1)
    preprocess = ColumnTransformer(
        [
            ("numeric", StandardScaler(), NUMERIC),
            ("category", make_pipeline(OrdinalEncoder(**unknown), shift), categories),
        ]
    )
    model = MultiInput(
        build,
        loss="binary_crossentropy",
        optimizer="adam",
        optimizer__learning_rate=1e-3,
        model__dropout=0.1,
        epochs=EPOCHS,
        batch_size=batch_size,
        random_state=seed,
        verbose=0,
    )
    grid = {
        "model__model__dropout": [0.1, 0.3],
        "model__optimizer__learning_rate": [1e-3, 3e-3],
    }
    return Pipeline([("preprocess", preprocess), ("model", model)]), grid


def ours(X, batch_size, seed):
    categories = [column for column in X if column not in NUMERIC]
    preprocess = ColumnTransformer(
        [("numeric", StandardScaler(), NUMERIC), ("category", CategoryEncoder(), categories)]
    ).set_output(transform="pandas")
    model = MultiInputClassifier(
        branches=[
            ("numeric", NumericBranch(embedding="plain", units=UNITS)),
            ("category", CategoricalBranch(embedding_dim=EMBEDDING, category_dropout=0.0)),
        ],
        hidden_units=HIDDEN,
        n_members=1,
        optimizer="adam",
        weight_decay=None,
        epochs=EPOCHS,
        batch_size=batch_size,
        early_stopping=False,
        random_state=seed,
    )
    grid = {
        "multiinputclassifier__dropout": [0.1, 0.3],
        "multiinputclassifier__learning_rate": [1e-3, 3e-3],
    }
    return make_pipeline(preprocess, model), grid


def auc(estimator, X, y):
    return roc_auc_score(y, estimator.predict_proba(X)[:, 1])


def search(contender, X, y, batch_size, seed, n_jobs=1):
    pipeline, grid = contender(X, batch_size, seed)
    # SciKeras is no classifier to scikit-learn 1.7 and later: "roc_auc" and stratified folds
    # have to be spelled out for it.
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    fitted = GridSearchCV(pipeline, grid, scoring=auc, cv=folds, refit=False, n_jobs=n_jobs)
    time = seconds(lambda: fitted.fit(X, y))
    return time, fitted.cv_results_["mean_test_score"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[32, 256])
    parser.add_argument("--workers", type=int, default=2, help="for the last two runs")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    X, y = read_telco()
    runs = []
    for batch_size in arguments.batch_sizes:
        times = {"SciKeras": [], "skmultiinput": []}
        scores = {}
        for _ in range(arguments.repeats):
            for name, contender in (("SciKeras", by_hand), ("skmultiinput", ours)):
                time, scores[name] = search(contender, X, y, batch_size, arguments.seed)
                times[name].append(time)
        for when in ("first", "again"):
            name = f"skmultiinput, n_jobs={arguments.workers}, {when}"
            time, scores[name] = search(ours, X, y, batch_size, arguments.seed, arguments.workers)
            times[name] = [time]
        peer = np.median(times["SciKeras"])
        for name, values in times.items():
            runs.append(
                {
                    "batch_size": batch_size,
                    "estimator": name,
                    "seconds": round(float(np.median(values)), 2),
                    "all_seconds": [round(value, 2) for value in values],
                    "times_faster": round(float(peer / np.median(values)), 1),
                    "mean_roc_auc": round(float(np.mean(scores[name])), 4),
                }
            )
        shown = pd.DataFrame(runs[-len(times) :]).drop(columns="all_seconds")
        print(shown.to_string(index=False), flush=True)
        get_reusable_executor().shutdown()
    write_results("grid_search", seed=arguments.seed, runs=runs)


if __name__ == "__main__":
    main()
