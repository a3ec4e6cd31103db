"""Tables of every shape, without any setting: better than a trivial model, not far behind a
linear one, in a sensible number of epochs."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor
from skmultiinput.preprocessing import DroppedColumnWarning


def ours(estimator=MultiInputClassifier):
    return make_pipeline(make_preprocessor(), estimator(random_state=0))


def linear():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def numbers(n_samples, n_features, seed=0):
    values = np.random.default_rng(seed).normal(size=(n_samples, n_features))
    return pd.DataFrame(values, columns=[f"x{j}" for j in range(n_features)])


def draw(probability, seed=1):
    return (np.random.default_rng(seed).random(len(probability)) < probability).astype(int)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def auc(model, X, y):
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def test_a_few_hundred_rows():
    X = numbers(600, 6)
    y = draw(logistic(1.5 * X["x0"] - X["x1"]))
    X, X_test, y, y_test = train_test_split(X, y, train_size=200, stratify=y, random_state=0)
    model = ours().fit(X, y)
    assert auc(model, X_test, y_test) > auc(linear().fit(X, y), X_test, y_test) - 0.03
    prior = np.full((len(y_test), 2), [1 - y.mean(), y.mean()])
    assert log_loss(y_test, model.predict_proba(X_test)) < 0.85 * log_loss(y_test, prior)


def test_five_hundred_columns():
    X = numbers(700, 500)
    y = draw(logistic(2 * X["x0"] - 2 * X["x1"] + X["x2"]))
    X, X_test, y, y_test = train_test_split(X, y, train_size=450, stratify=y, random_state=0)
    figure = auc(ours().fit(X, y), X_test, y_test)
    assert figure > 0.6
    # A linear model without further penalty drowns in the columns that say nothing.
    assert figure > auc(linear().fit(X, y), X_test, y_test) - 0.02


@pytest.mark.slow  # half a minute
def test_a_hundred_classes():
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=2.0, size=(100, 8))
    y = np.repeat(np.arange(100), 16)
    X = pd.DataFrame(centres[y] + rng.normal(size=(1600, 8)), columns=list("abcdefgh"))
    labels = np.array([f"class {k}" for k in y])
    X["shop"] = rng.choice([f"shop {i}" for i in range(30)], len(X))
    X, X_test, labels, labels_test = train_test_split(
        X, labels, test_size=400, stratify=labels, random_state=0
    )
    model = ours().fit(X, labels)
    probabilities = model.predict_proba(X_test)
    assert probabilities.shape == (400, 100)
    assert model.score(X_test, labels_test) > 0.5
    # The truth is linear: nothing can do better than a linear model with all the rows it needs.
    numeric = X.columns[:-1]
    rival = linear().fit(X[numeric], labels).predict_proba(X_test[numeric])
    assert log_loss(labels_test, probabilities) < log_loss(labels_test, rival) + 0.1


def test_one_in_five_hundred():
    X = numbers(8000, 4)
    y = draw(logistic(2 * X["x0"] + X["x1"] - 8.6))
    assert 1 / 700 < y.mean() < 1 / 350
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
    model = ours().fit(X, y)
    assert auc(model, X_test, y_test) > auc(linear().fit(X, y), X_test, y_test) - 0.05
    probability = model.predict_proba(X_test)[:, 1]
    assert average_precision_score(y_test, probability) > 5 * y_test.mean()
    # Calibrated: as many expected as there are, about.
    assert 0.3 < probability.sum() / y_test.sum() < 3


def test_columns_that_say_nothing():
    X = numbers(300, 2).assign(constant=1.0, empty=np.nan, word="same")
    y = draw(logistic(3 * X["x0"]))
    with pytest.warns(DroppedColumnWarning, match="'constant'.*'empty'.*'word'"):
        model = ours().fit(X, y)
    assert auc(model, X, y) > 0.8
    # A column that is constant in the rows at hand only.
    flat = numbers(300, 2).assign(x1=7.0)
    with pytest.warns(DroppedColumnWarning, match="'x1'"):
        np.testing.assert_array_equal(
            ours().fit(flat, y).predict(flat), ours().fit(flat[["x0"]], y).predict(flat[["x0"]])
        )


def test_categories_only():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "plan": rng.choice(["a", "b", "c"], 1500),
            "town": rng.choice([f"town {i}" for i in range(25)], 1500),
            "shop": rng.choice([f"shop {i}" for i in range(12)], 1500),
            "flag": rng.random(1500) < 0.3,
        }
    )
    effect = {"plan": 1.0, "town": 1.0, "shop": 0.7}
    z = sum(
        scale * X[name].map(dict(zip(X[name].unique(), rng.normal(size=25), strict=False)))
        for name, scale in effect.items()
    )
    y = draw(logistic(z.to_numpy(dtype=float)))
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    rival = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()).fit(X, y)
    assert auc(ours().fit(X, y), X_test, y_test) > auc(rival, X_test, y_test) - 0.03


def test_a_curved_quantity_in_few_rows():
    X = numbers(500, 3)
    y = 1e6 * (np.sin(2 * X["x0"]) + 0.5 * X["x1"] ** 2) + 5e7
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    model = ours(MultiInputRegressor).fit(X, y)
    assert model.score(X_test, y_test) > 0.7


@pytest.mark.parametrize("n_samples", [12, 25, 60])
def test_a_handful_of_rows(n_samples):
    X = numbers(n_samples, 3).assign(
        word=["yes", "no", None] * (n_samples // 3) + ["no"] * (n_samples % 3)
    )
    y = np.arange(n_samples) % 2
    probabilities = ours().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.slow
def test_prediction_of_a_wide_table_needs_no_more_memory_than_its_fit():
    code = """
import resource
import numpy as np
from skmultiinput import MultiInputClassifier
X = np.random.default_rng(0).normal(size=(2_000, 3_000))
options = {"preset": "fast", "hidden_units": (8,), "epochs": 1, "random_state": 0}
model = MultiInputClassifier(**options).fit(X, X[:, 0] > 0)
fitted = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model.predict_proba(X)
print(fitted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    fitted, predicted = map(int, shown.split())
    assert predicted < 1.02 * fitted
