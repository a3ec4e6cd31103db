"""Explanations of single predictions: Shapley values, words, and their display."""

import importlib.util
import math
from itertools import permutations

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
from skmultiinput.inspection import ExplanationDisplay, explain, explain_words
from skmultiinput.inspection._explain import contributions_of, outputs_of
from skmultiinput.inspection._shapley import Game, balanced_orders


@pytest.fixture(autouse=True)
def no_open_figures():
    yield
    plt.close("all")


class Interactions(RegressorMixin, BaseEstimator):
    """Predicts products of neighbouring columns, and counts the rows that it predicts."""

    def fit(self, X, y=None):
        self.n_predicted_ = 0
        return self

    def predict(self, X):
        self.n_predicted_ += len(X)
        values = np.asarray(X, dtype=float)
        return (values[:, 1:] * values[:, :-1]).sum(axis=1) + np.cos(values[:, 0] * values[:, -1])


def table(n, n_columns, seed=0):
    values = np.random.default_rng(seed).normal(size=(n, n_columns)).round(1)
    return pd.DataFrame(values, columns=[f"c{j}" for j in range(n_columns)])


def by_definition(predict, row, background):
    """Shapley values as the mean over all orders, one background row at a time."""
    n = row.shape[1]
    values = np.zeros(n)
    for k in range(len(background)):
        for order in permutations(range(n)):
            mixed = background.iloc[[k]].copy()
            before = predict(mixed)[0]
            for j in order:
                mixed.iloc[0, j] = row.iloc[0, j]
                after = predict(mixed)[0]
                values[j] += after - before
                before = after
    return values / len(background) / math.factorial(n)


def test_few_columns_are_explained_exactly():
    X, background = table(3, 4), table(5, 4, seed=1)
    model = Interactions().fit(X)
    frame = explain(model, X, background=background, as_frame=True)
    assert frame.columns.tolist() == ["base_value", *X.columns]
    assert frame["base_value"].tolist() == pytest.approx([model.predict(background).mean()] * 3)
    for i in range(3):
        expected = by_definition(model.predict, X.iloc[[i]], background)
        assert frame.iloc[i, 1:].to_numpy() == pytest.approx(expected)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 13), st.integers(1, 4), st.integers(1, 6), st.integers(0, 1000))
def test_contributions_add_up_to_the_prediction(n_columns, n_rows, n_background, seed):
    X, background = table(n_rows, n_columns, seed), table(n_background, n_columns, seed + 1)
    model = Interactions().fit(X)
    frame = explain(model, X, background=background, as_frame=True, random_state=seed)
    assert frame.sum(axis=1).to_numpy() == pytest.approx(model.predict(X))


def test_permutations_approach_the_exact_values():
    X, background = table(20, 6), table(30, 6, seed=1)
    model = RandomForestRegressor(20, random_state=0).fit(background, background["c0"] * 3)
    exact = contributions_of(model, X, background=background).shapley
    few = contributions_of(model, X, background=background, n_permutations=1, random_state=0)
    many = contributions_of(model, X, background=background, n_permutations=20, random_state=0)
    errors = [np.abs(c.shapley - exact).max() for c in (few, many)]
    assert np.corrcoef(few.shapley.ravel(), exact.ravel())[0, 1] > 0.999
    assert errors[1] < errors[0] / 2
    again = contributions_of(model, X, background=background, n_permutations=1, random_state=0)
    assert np.array_equal(again.shapley, few.shapley)


def test_a_linear_model_has_known_values():
    X = table(50, 15)
    model = LinearRegression().fit(X, X @ np.arange(15.0))
    frame = explain(model, X[:4], background=X, as_frame=True, max_background=50)
    expected = (X[:4] - X.mean()) * np.arange(15.0)
    np.testing.assert_allclose(frame.iloc[:, 1:], expected, atol=1e-8)


def test_equal_mixed_rows_are_predicted_once():
    X = pd.DataFrame(np.zeros((4, 12)), columns=[f"c{j}" for j in range(12)])
    X["c3"] = [0.0, 1, 2, 3]
    model = Interactions().fit(X)
    explain(model, X, as_frame=True)
    assert model.n_predicted_ == 8  # the rows and the background rows


def test_each_player_is_in_each_place_equally_often():
    orders = balanced_orders(7, 21, np.random.RandomState(0))
    for place in orders.T:
        assert np.bincount(place).tolist() == [3] * 7
    assert (np.sort(orders, axis=1) == np.arange(7)).all()
    assert balanced_orders(5, 3, np.random.RandomState(0)).shape == (3, 5)


def test_values_of_a_plain_game():
    game = Game(lambda _r, _b, masks: masks @ np.array([[1.0], [2.0]]), np.zeros((1, 1, 2), bool))
    values, base = game.exact()
    assert values.ravel().tolist() == [1, 2]
    assert base.tolist() == [0]


# --- Tables of every kind.


@pytest.fixture(scope="module")
def customers():
    X, y = make_customers(300, random_state=0)
    return X, y


@pytest.fixture(scope="module")
def linear(customers):
    X, y = customers
    preprocess = make_preprocessor(high_cardinality="target").set_params(
        text="drop", sequence="drop"
    )
    model = make_pipeline(preprocess, LogisticRegression(max_iter=500))
    with pytest.warns(UserWarning, match="customer_id"):
        return model.fit(X, y)


def log_odds(model, X):
    proba = model.predict_proba(X)
    return np.log(proba[:, 1] / proba[:, 0])


def test_cells_that_are_lists_or_arrays_are_compared():
    class Total(RegressorMixin, BaseEstimator):
        def fit(self, X, y=None):
            return self

        def predict(self, X):
            return np.array([np.sum(a) + np.sum(b) for a, b in zip(X["a"], X["b"], strict=True)])

    X = pd.DataFrame({"a": [[1.0, 2.0], [5.0]], "b": [np.array([3.0]), np.array([3.0])]})
    frame = explain(Total().fit(X), X, as_frame=True)
    assert frame["b"].tolist() == [0, 0]  # equal cells make no difference
    assert frame["a"].tolist() == [-1, 1]


def test_the_raw_columns_of_a_pipeline(customers, linear):
    X, _ = customers
    before = X.copy(deep=True)
    frame = explain(linear, X[:5], background=X, max_background=10, as_frame=True, random_state=0)
    assert set(frame.columns[1:]) == set(X.columns) - {"customer_id", "review", "monthly_usage"}
    assert frame.sum(axis=1).to_numpy() == pytest.approx(log_odds(linear, X[:5]))
    assert frame.index.equals(X.index[:5])
    pd.testing.assert_frame_equal(X, before)


def test_modalities(customers, linear):
    X, _ = customers
    how = {"background": X, "max_background": 10, "as_frame": True, "random_state": 0}
    groups = explain(linear, X[:5], level="group", **how)
    assert groups.columns.tolist() == ["base_value", "numeric", "onehot", "target", "date"]
    assert groups.sum(axis=1).to_numpy() == pytest.approx(log_odds(linear, X[:5]))
    # Log-odds of a linear model are a sum over columns, so modalities are sums of theirs.
    columns = explain(linear, X[:5], **how)
    assert groups["date"].to_numpy() == pytest.approx(
        columns[["signup_date", "last_contact"]].sum(axis=1).to_numpy()
    )


def test_several_classes(customers):
    X, y = make_customers(300, task="multiclass", random_state=0)
    X = X[["age", "income", "plan"]]
    model = make_pipeline(make_preprocessor(), LogisticRegression(max_iter=500)).fit(X, y)
    frame = explain(model, X[:4], background=X, max_background=10, as_frame=True)
    assert frame.columns.get_level_values(0).unique().tolist() == list(model.classes_)
    proba = model.predict_proba(X[:4])
    for j, label in enumerate(model.classes_):
        expected = np.log(proba[:, j] / (1 - proba[:, j]))
        assert frame[label].sum(axis=1).to_numpy() == pytest.approx(expected)
    display = ExplanationDisplay.from_estimator(model, X[:4], output="leaves")
    assert "'leaves'" in display.ax_.get_xlabel()
    with pytest.raises(ValueError, match=r"output must be one of .*'leaves'.*; got None"):
        ExplanationDisplay.from_estimator(model, X[:4])


def test_arrays_and_several_targets():
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = Ridge().fit(X, X[:, :2])
    frame = explain(model, X[:2], background=X, as_frame=True)
    assert frame["output_0"].columns.tolist() == ["base_value", "x0", "x1", "x2"]
    display = ExplanationDisplay.from_estimator(model, X, row=3, output=1)
    end = display.base_value + display.contributions.to_numpy().sum()
    assert end == pytest.approx(model.predict(X[3:4])[0, 1])
    assert frame["output_1"].sum(axis=1).to_numpy() == pytest.approx(model.predict(X[:2])[:, 1])


def test_polars_frames(customers, linear):
    polars = pytest.importorskip("polars")
    X = customers[0].drop(columns="monthly_usage").assign(monthly_usage=0)
    how = {"max_background": 5, "as_frame": True, "random_state": 0}
    frame = explain(linear, polars.from_pandas(X[:8]), **how)
    pd.testing.assert_frame_equal(frame, explain(linear, X[:8], **how))


def test_a_network_on_a_typed_frame_is_explained_by_features():
    rng = np.random.default_rng(0)
    words = pd.CategoricalDtype(["<pad>", "<unknown>", "good", "bad"])
    frame = pd.DataFrame({"numeric__age": rng.normal(size=60)})
    for j in range(2):
        cells = rng.choice(["good", "bad"], 60)
        frame[f"text__review[{j}]"] = pd.Categorical(cells, dtype=words)
    model = MultiInputClassifier(hidden_units=(4,), n_members=2, epochs=1, random_state=0)
    model.fit(frame, (frame["text__review[0]"] == "good").astype(int))
    values = explain(model, frame[:3], background=frame, max_background=5, as_frame=True)
    assert values.columns.tolist() == ["base_value", "age", "review"]
    assert values.sum(axis=1).to_numpy() == pytest.approx(log_odds(model, frame[:3]), abs=1e-4)


def test_wrapped_pipelines(customers):
    X, y = customers
    X = X[["age", "income", "plan"]]
    pipeline = make_pipeline(make_preprocessor(), LogisticRegression(max_iter=500))
    model = CalibratedClassifierCV(pipeline, cv=3).fit(X, y)
    frame = explain(model, X[:3], background=X, as_frame=True)
    assert frame.sum(axis=1).to_numpy() == pytest.approx(log_odds(model, X[:3]))


def test_classifiers_without_probabilities_and_with_several_targets():
    X = table(60, 3)
    y = (X > 0).to_numpy(int)
    margins = LinearSVC().fit(X, y[:, 0])
    frame = explain(margins, X[:3], background=X, as_frame=True)
    assert frame.sum(axis=1).to_numpy() == pytest.approx(margins.decision_function(X[:3]))
    # Two labels are not two classes.
    for model in (MultiOutputClassifier(LogisticRegression()), KNeighborsClassifier()):
        several = explain(model.fit(X, y[:, :2]), X[:3], background=X, as_frame=True)
        assert several.columns.get_level_values(0).unique().tolist() == ["output_0", "output_1"]


def test_categories_that_differ_between_rows_and_background_stay_categories():
    class Categories(Interactions):
        def predict(self, X):
            assert isinstance(X["b"].dtype, pd.CategoricalDtype)
            return X["b"].astype(str).str.len().to_numpy(float) + X["a"].to_numpy()

    X = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Categorical(["x", "long"])})
    background = pd.DataFrame({"a": [0.0], "b": pd.Categorical(["other"])})
    frame = explain(Categories().fit(X), X, background=background, as_frame=True)
    assert frame["b"].tolist() == [-4, -1]


# --- Beside shap.


def test_one_row_is_a_table_too(customers, linear):
    X = customers[0]
    for call in (
        lambda row: explain(linear, row, background=X),
        lambda row: explain_words(linear, row, "review"),
    ):
        with pytest.raises(ValueError, match=r"got a Series\. .* pass X\.iloc\[\[0\]\]"):
            call(X.iloc[0])


def test_values_are_those_of_shap(customers, linear):
    shap = pytest.importorskip("shap", reason="an extra")
    X, _ = customers
    background, rows = np.arange(20), np.arange(50, 58)
    # shap compares numbers only, so it mixes the positions of cells.
    codes = np.tile(np.arange(len(X))[:, None], X.shape[1])

    def predict(codes):
        cells = {c: X[c].array.take(codes[:, j].astype(int)) for j, c in enumerate(X.columns)}
        return log_odds(linear, pd.DataFrame(cells))

    explainer = shap.explainers.Permutation(predict, shap.maskers.Independent(codes[background]))
    theirs = pd.DataFrame(explainer(codes[rows], silent=True).values, columns=X.columns)
    ours = explain(linear, X.iloc[rows], background=X.iloc[background], random_state=0)
    assert isinstance(ours, shap.Explanation)
    assert ours.shape == (8, len(ours.feature_names))
    values = ours.values  # noqa: PD011 - not a frame
    correlation = np.corrcoef(theirs[ours.feature_names].to_numpy().ravel(), values.ravel())
    assert correlation[0, 1] > 0.999
    assert ours.base_values + values.sum(axis=1) == pytest.approx(log_odds(linear, X.iloc[rows]))
    for draw in (shap.plots.beeswarm, shap.plots.bar):
        draw(ours, show=False)
    shap.plots.waterfall(ours[0], show=False)


def test_explanations_hold_cells_that_shap_can_slice():
    shap = pytest.importorskip("shap", reason="an extra")
    X = pd.DataFrame({"a": [1.0, 2, 3], "lists": [[1], [[1], 2], None], "b": ["x", None, "y"]})
    y = [0.0, 1.0, 2.0]
    model = make_pipeline(make_preprocessor().set_params(sequence="drop"), Ridge()).fit(X, y)
    explanation = explain(model, X)
    assert isinstance(explanation[1], shap.Explanation)
    assert explanation.data.shape == explanation.shape


def test_shaps_explainer_of_gradients_reads_the_network():
    shap = pytest.importorskip("shap", reason="an extra")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2)).astype(np.float32)
    options = {"hidden_units": (8,), "n_estimators": 1, "n_members": 2, "random_state": 0}
    model = MultiInputClassifier(**options, epochs=10).fit(X, X[:, 0] > 0)
    rows = keras.Input((2,))
    network = keras.Model(rows, model.model_({"numeric": rows}))
    values = np.abs(shap.GradientExplainer(network, X[:30]).shap_values(X[:10])).reshape(10, 2)
    assert values[:, 0].sum() > 2 * values[:, 1].sum()


def test_without_shap_the_result_is_a_frame(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    X = table(3, 2)
    assert isinstance(explain(Interactions().fit(X), X), pd.DataFrame)


# --- Messages.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "cell"}, "level must be one of 'group', 'column'; got 'cell'"),
        ({"level": "group"}, "needs column groups, which the estimator does not have"),
        ({"max_background": 0}, "max_background must be at least 1, got 0"),
        ({"n_permutations": 0}, "n_permutations must be None or at least 1, got 0"),
        ({"background": table(3, 1)}, r"background lacks columns of X: \['c1'\]"),
        ({"X": table(0, 2)}, "at least one row"),
        ({"X": pd.concat([table(2, 2)] * 2, axis=1)}, r"more than once: \['c0', 'c1'\]"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    X = table(3, 2)
    with pytest.raises(ValueError, match=message):
        explain(Interactions().fit(X), **{"X": X, **options})


# --- Words.


@pytest.fixture(scope="module")
def reviews():
    X = pd.DataFrame({"review": ["good good price", "bad, bad price", None, "so good it is"] * 20})
    preprocess = make_preprocessor()
    y = X["review"].fillna("").str.contains("good").astype(int)
    model = MultiInputClassifier(hidden_units=(4,), n_members=2, epochs=3, random_state=0)
    return make_pipeline(preprocess, model).fit(X, y), X


def test_words_contribute_what_their_removal_changes(reviews):
    model, X = reviews
    frame = explain_words(model, X[1:4].set_axis(["a", "b", "c"]), "review")
    assert frame.loc["a", "word"].tolist() == ["bad", "bad", "price"]
    assert frame.loc["a"].index.tolist() == [0, 5, 9]
    assert "b" not in frame.index.get_level_values("row")
    texts = ["bad, bad price", ", bad price", "bad,  price", "bad, bad "]
    outputs = outputs_of(model, pd.DataFrame({"review": texts}))[:, 0]
    assert frame.loc["a", "contribution"].to_numpy() == pytest.approx(
        outputs[0] - outputs[1:], abs=1e-5
    )
    assert len(explain_words(model, X[2:3], "review")) == 0


def test_words_of_a_column_that_is_not_there(reviews):
    model, X = reviews
    with pytest.raises(ValueError, match=r"X has no column 'text'; it has \['review'\]"):
        explain_words(model, X, "text")
    with pytest.raises(TypeError, match=r"'age' must hold texts.*it holds float"):
        explain_words(model, X.assign(age=1.5), "age")


# --- Display.


def test_a_waterfall_leads_from_the_base_value_to_the_prediction(customers, linear):
    X, _ = customers
    display = ExplanationDisplay.from_estimator(
        linear, X, row=7, background=X, max_background=10, max_bars=5, random_state=0
    )
    bars = list(display.artist_)
    assert len(bars) == 5
    assert bars[0].get_x() == pytest.approx(display.base_value)
    end = bars[-1].get_x() + bars[-1].get_width()
    assert end == pytest.approx(log_odds(linear, X[7:8])[0])
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels[0].endswith("other columns")
    assert f"payment = {X['payment'].iloc[7]}" in labels
    widths = [abs(bar.get_width()) for bar in bars[1:]]
    assert widths == sorted(widths)


def test_a_bee_swarm_shows_all_rows(customers, linear):
    X, _ = customers
    ax = plt.subplots()[1]
    display = ExplanationDisplay.from_estimator(
        linear, X[:30], kind="beeswarm", max_background=5, max_bars=4, ax=ax, random_state=0, s=3
    )
    assert display.ax_ is ax
    assert len(display.artist_) == 4
    top = display.contributions.abs().mean().idxmax()
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == top
    points = display.artist_[-1].get_offsets()
    assert points[:, 0].tolist() == pytest.approx(display.contributions[top].tolist())
    assert np.abs(points[:, 1] - 3).max() <= 0.4
    groups = ExplanationDisplay.from_estimator(
        linear, X[:5], level="group", max_background=5, random_state=0
    )
    assert "date" in [label.get_text() for label in groups.ax_.get_yticklabels()]
    with pytest.raises(ValueError, match="kind must be one of 'waterfall', 'beeswarm'; got 'bar'"):
        display.plot("bar")


def test_the_class_that_is_asked_for_is_plotted(customers, linear):
    X, _ = customers
    shown = {}
    for output in (None, 1, 0, "0"):
        shown[output] = ExplanationDisplay.from_estimator(
            linear, X[:1], background=X, output=output, max_background=5, random_state=0
        )
    second, first = shown[None].contributions, shown[0].contributions
    pd.testing.assert_frame_equal(shown[1].contributions, second)
    pd.testing.assert_frame_equal(first, -second)
    pd.testing.assert_frame_equal(shown["0"].contributions, first)
    assert shown[0].base_value == -shown[1].base_value
    assert "'0'" in shown[0].ax_.get_xlabel()
    with pytest.raises(ValueError, match=r"output must be one of \['0', '1'\]; got 'maybe'"):
        ExplanationDisplay.from_estimator(linear, X[:1], background=X, output="maybe")


def test_names_and_cells_are_no_formulas():
    values = pd.DataFrame({"$a$": [0.5], "b": [-0.2]})
    data = pd.DataFrame({"$a$": ["x$y$ " * 20], "b": [pd.Timestamp("2024-01-02")]})
    display = ExplanationDisplay(values, 0.1, data).plot()
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels[0] == "b = 2024-01-02"
    assert labels[1].startswith(r"\$a\$ = x\$y\$")
    assert labels[1].endswith("…")
    display.figure_.canvas.draw()
