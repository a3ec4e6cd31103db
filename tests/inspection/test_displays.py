import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import Pipeline
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier

from skmultiinput.inspection import (
    EmbeddingDisplay,
    PermutationImportanceDisplay,
    TrainingHistoryDisplay,
    permutation_importance,
)
from skmultiinput.metrics import CostAtThresholdsDisplay, classification_cost
from skmultiinput.preprocessing import make_preprocessor


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    town = rng.choice([f"town{i}" for i in range(12)], 160)
    X = pd.DataFrame({"a$b$": rng.normal(size=160), "town": town})
    return X, np.where(X["a$b$"] > 0.5, "yes", "no")


@pytest.fixture(scope="module")
def model(table):
    from skmultiinput.estimators import MultiInputClassifier

    network = MultiInputClassifier(
        hidden_units=(8,),
        n_members=2,
        n_estimators=1,
        epochs=3,
        random_state=0,
        metrics=["accuracy"],
    )
    preprocess = make_preprocessor(high_cardinality="embedding")
    return Pipeline([("preprocess", preprocess), ("model", network)]).fit(*table)


def test_history_shows_what_was_recorded(table, model):
    history = model["model"].history_
    display = TrainingHistoryDisplay.from_estimator(model, name="net")
    assert [line.get_label() for line in display.lines_] == ["net, training", "net, validation"]
    for line, key in zip(display.lines_, ["loss", "val_loss"], strict=True):
        assert line.get_ydata().tolist() == history[key]
        assert line.get_xdata().tolist() == [1, 2, 3]
    assert display.best_epoch() == 1 + int(np.argmin(history["val_loss"]))
    assert display.ax_.get_ylabel() == "Loss"
    wrapped = FixedThresholdClassifier(FrozenEstimator(model)).fit(*table)
    _, ax = plt.subplots()
    again = TrainingHistoryDisplay.from_estimator(wrapped, metric="accuracy", ax=ax, alpha=0.5)
    assert again.ax_ is ax
    assert again.figure_ is ax.figure
    assert again.lines_[0].get_alpha() == 0.5
    assert again.lines_[0].get_ydata().tolist() == history["accuracy"]


def test_history_without_validation_or_at_all():
    display = TrainingHistoryDisplay({"loss": [3.0, 2.0]}).plot(color="red")
    assert display.best_epoch() is None
    assert len(display.lines_) == 1
    with pytest.raises(ValueError, match="LogisticRegression has none"):
        TrainingHistoryDisplay.from_estimator(LogisticRegression())
    with pytest.raises(ValueError, match="one of the history's metrics, 'loss'; got 'auc'"):
        display.plot("auc")


def test_importances_are_drawn_with_their_spread(table, model):
    X, y = table
    found = permutation_importance(model, X, y, n_repeats=3, random_state=0)
    display = PermutationImportanceDisplay.from_estimator(
        model, X, y, level="column", n_repeats=3, random_state=0
    )
    pd.testing.assert_frame_equal(display.importances, found)
    columns = found.loc["column"].iloc[::-1]
    assert [bar.get_width() for bar in display.bars_] == columns["mean"].tolist()
    # A name between dollar signs is a name, no formula.
    texts = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert texts == [name.replace("$", r"\$") for name in columns.index]
    display.figure_.canvas.draw()
    assert display.ax_.get_xlabel() == "Drop of ROC AUC"
    groups = display.plot("group", max_bars=1, ax=plt.subplots()[1])
    assert len(groups.bars_) == 1


def test_importances_of_a_model_without_groups():
    X = np.random.default_rng(0).normal(size=(40, 2))
    display = PermutationImportanceDisplay.from_estimator(
        Ridge().fit(X, X[:, 0]), X, X[:, 0], level="column", n_repeats=2
    )
    assert display.ax_.get_xlabel() == "Drop of R²"
    with pytest.raises(ValueError, match="one of 'column'; the model has no column groups"):
        display.plot("group")
    with pytest.raises(ValueError, match="got 'row'"):
        display.plot("row")


def test_costs_are_those_of_the_decisions(table, model):
    X, y = table
    costs = {"cost_fp": 1, "cost_fn": 5, "pos_label": "no"}
    display = CostAtThresholdsDisplay.from_estimator(model, X, y, **costs)
    proba = model.predict_proba(X)[:, 0]
    for place in (0, len(display.thresholds) // 2, -1):
        decided = np.where(proba >= display.thresholds[place], "no", "yes")
        assert display.cost[place] == pytest.approx(classification_cost(y, decided, **costs))
    assert display.cost[display.thresholds == display.threshold] == display.cost.min()
    assert "Pipeline, threshold 0." in display.line_.get_label()
    ax = plt.subplots()[1]
    same = CostAtThresholdsDisplay.from_predictions(y, proba, name="mine", ax=ax, ls="--", **costs)
    assert same.cost.tolist() == display.cost.tolist()
    assert same.line_.get_linestyle() == "--"
    assert CostAtThresholdsDisplay(same.thresholds, same.cost).plot().line_.get_label() in (
        f"threshold {same.thresholds[np.argmin(same.cost)]:.3f}"
    )


def test_costs_need_two_classes(table, model):
    X, y = table
    with pytest.raises(
        ValueError, match=r"pos_label='maybe' is none of the labels \['no', 'yes'\]"
    ):
        CostAtThresholdsDisplay.from_estimator(model, X, y, cost_fp=1, cost_fn=1, pos_label="maybe")
    three = LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    with pytest.raises(ValueError, match="for two classes; the estimator has 3"):
        CostAtThresholdsDisplay.from_estimator(three, [[0.0]], [0], cost_fp=1, cost_fn=1)
    # The rows hold one label of 1 and 2; which one is positive depends on the classes.
    two = LogisticRegression().fit([[0.0], [1.0]], [1, 2])
    with pytest.raises(ValueError, match=r"pos_label is needed for the labels \[1, 2\]"):
        CostAtThresholdsDisplay.from_estimator(two, [[0.0]], [1], cost_fp=1, cost_fn=1)


def test_embeddings_keep_their_distances_on_the_plane():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 8)) + 5
    vectors = pd.DataFrame(flat, index=[f"w{i}" for i in range(29)] + ["$x$"])
    display = EmbeddingDisplay(vectors).plot(max_labels=4)
    assert display.explained_.sum() == pytest.approx(1)
    points = display.points_.to_numpy()
    for i, j in ((0, 1), (5, 29), (7, 20)):
        apart = np.linalg.norm(flat[i] - flat[j])
        assert np.linalg.norm(points[i] - points[j]) == pytest.approx(apart)
    reach = np.linalg.norm(flat - flat.mean(axis=0), axis=1)
    farthest = {vectors.index[i].replace("$", r"\$") for i in np.argsort(-reach)[:4]}
    assert {text.get_text() for text in display.ax_.texts} == farthest
    display.figure_.canvas.draw()
    again = EmbeddingDisplay(vectors).plot(ax=display.ax_)
    assert again.points_.equals(display.points_)


def test_embeddings_of_one_dimension_and_of_none():
    line = pd.DataFrame({"d": [0.0, 1.0, 3.0]}, index=["a", "b", "c"])
    assert EmbeddingDisplay(line).plot().points_["2nd"].tolist() == [0, 0, 0]
    alone = EmbeddingDisplay(line.iloc[:1]).plot()
    assert alone.explained_.tolist() == [0, 0]
    with pytest.raises(ValueError, match="at least one level"):
        EmbeddingDisplay(line.iloc[:0]).plot()


def test_embeddings_of_a_fitted_model(model):
    display = EmbeddingDisplay.from_estimator(model, "category")
    assert any("town3" in str(category) for category in display.vectors.index)
    assert len(display.points_) == len(display.vectors)


def test_displays_and_explanations_import_no_network_library():
    names = (
        "EmbeddingDisplay, ExplanationDisplay, PermutationImportanceDisplay, "
        "TrainingHistoryDisplay, drift_report, explain, explain_words, permutation_importance"
    )
    code = (
        f"import sys; from skmultiinput.inspection import {names}; "
        "from skmultiinput.metrics import CostAtThresholdsDisplay; "
        "print([m for m in ('tensorflow', 'keras', 'shap', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
