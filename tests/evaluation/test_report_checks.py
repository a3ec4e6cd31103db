import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn import metrics
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skmultiinput.evaluation._column_effects import column_effects
from skmultiinput.evaluation._evaluate import evaluate
from skmultiinput.evaluation._profile_columns import profile_columns
from skmultiinput.evaluation._report_charts import Ranking
from skmultiinput.evaluation._report_checks import (
    calibration_slope,
    classes_table,
    rare_classes,
    worst_rows_table,
)
from skmultiinput.evaluation._report_tables import DASH

CV = KFold(4, shuffle=True, random_state=0)


def ranking(truth, score, weight=None):
    return Ranking("a", "model", truth, score, weight, np.arange(len(truth)))


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_slope_is_that_of_a_logistic_regression_of_the_log_odds(factor, weighted):
    rng = np.random.default_rng(0)
    logit = rng.normal(size=3000)
    truth = (rng.uniform(size=3000) < special.expit(logit)).astype(int)
    weight = rng.integers(1, 4, 3000) if weighted else None
    slope, low, high = calibration_slope(ranking(truth, special.expit(factor * logit), weight))
    reference = LogisticRegression(C=1e9).fit(factor * logit[:, None], truth, weight)
    assert slope == pytest.approx(reference.coef_.item(), rel=1e-3)
    assert low < 1 / factor < high
    assert high - low < 0.5 / factor


def test_the_slope_is_unknown_where_nothing_determines_it():
    truth = np.array([0, 1] * 20)
    assert np.isnan(calibration_slope(ranking(truth, np.full(40, 0.5)))).all()
    assert np.isnan(calibration_slope(ranking(truth, np.where(truth, 0.9, 0.1)))).all()


@pytest.fixture(scope="module")
def three():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 2)), index=[f"row {i}" for i in range(300)])
    bins = np.digitize(X[0] + rng.normal(size=300), [-0.5, 1.8])
    y = np.array(["low", "mid", "top"])[bins]
    return X, y, evaluate(LogisticRegression(), X, y, cv=CV)


def test_scores_of_every_class_are_those_of_scikit_learn(three):
    X, y, result = three
    table = classes_table(result)
    proba = cross_val_predict(LogisticRegression(), X, y, cv=CV, method="predict_proba")
    predicted = np.array(["low", "mid", "top"])[proba.argmax(axis=1)]
    for place, row in enumerate(table.rows):
        label = row[0].text
        of_class = {"labels": [label], "average": None, "zero_division": 0}
        assert row[1].text == str((y == label).sum())
        recall = metrics.recall_score(y, predicted, **of_class).item()
        assert row[2].text == f"{recall:.3f}"
        if row[3].text != DASH:
            precision = metrics.precision_score(y, predicted, **of_class).item()
            assert row[3].text == f"{precision:.3f}"
        auc = metrics.roc_auc_score(y == label, proba[:, place])
        assert row[4].text == f"{auc:.3f}"
    assert [row[0].text for row in table.rows] == ["low", "mid", "top"]


def test_rare_classes_are_named(three):
    _, y, result = three
    counts = [(y[test] == "top").sum() for test in result.test_indices]
    assert min(counts) < 10
    (sentence,) = rare_classes(result)
    assert sentence.startswith(f"Class top has only {min(counts)} to {max(counts)} rows per test")
    assert sentence in result.to_html()


def test_the_worst_rows_are_the_least_expected(three):
    _, y, result = three
    proba = result.out_of_fold()
    of_actual = pd.Series([proba.loc[i, label] for i, label in zip(proba.index, y, strict=True)])
    of_actual.index = proba.index
    expected = of_actual.sort_values().head(10)
    table = worst_rows_table(result)
    assert [row[0].text for row in table.rows] == expected.index.tolist()
    assert table.rows[0][3].text == f"{expected.iloc[0]:.4f}"


def test_the_worst_rows_of_a_regression_have_the_largest_residuals():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = X.sum(axis=1) + rng.normal(size=80)
    # Half of the rows are never tested.
    result = evaluate(LinearRegression(), X, y, cv=[(np.arange(40), np.arange(40, 80))])
    residual = y[40:] - LinearRegression().fit(X[:40], y[:40]).predict(X[40:])
    expected = 40 + np.argsort(-np.abs(residual))[:10]
    assert [row[0].text for row in worst_rows_table(result).rows] == [str(i) for i in expected]
    two = evaluate(LinearRegression(), X, np.column_stack([y, 1e6 * X[:, 0]]), cv=2)
    assert all(row[0].text.endswith("target 1") for row in worst_rows_table(two).rows)


def test_columns_of_every_kind_are_profiled():
    n = 40
    X = pd.DataFrame(
        {
            "number": np.r_[np.arange(n - 1.0), np.inf],
            "gaps": [np.nan, 2.0] * (n // 2),
            "date": pd.date_range("2024-01-01", periods=n),
            "level": ["a", "b", "a", "c"] * (n // 4),
            "category": pd.Categorical(["x", "y"] * (n // 2), categories=["x", "y", "z"]),
            "flag": [True, False] * (n // 2),
            "id": [f"{'i' * (1 + j % 5)}{j:02}" for j in range(n)],
            "text": [f"{1000 * j}" for j in range(n)],
            "sequence": [np.zeros(j % 3) for j in range(n)],
            "integer": pd.array([1, None] * (n // 2), dtype="Int64"),
            "nothing": [None] * n,
        }
    )
    profiles = profile_columns(X)
    assert profiles["label"].to_dict() == {
        "number": "0.19 to 37.81",
        "gaps": "2 to 2",
        "date": "2024-01-01 to 2024-02-08",
        "level": "a 50 %, b 25 %, c 25 %",
        "category": "x 50 %, y 50 %",
        "flag": "True 50 %, False 50 %",
        "id": "length 3 to 7",
        "text": "195 to 38,805",
        "sequence": "length 0 to 2",
        "integer": "1 to 1",
        "nothing": "",
    }
    half = {"gaps": 0.5, "integer": 0.5, "nothing": 1.0}
    assert profiles["missing"].to_dict() == {name: half.get(name, 0.0) for name in X}
    for name, shares in profiles["shares"].items():
        assert sum(shares) == pytest.approx({"nothing": 0}.get(name, 1))


@pytest.mark.parametrize(
    ("column", "label"),
    [
        (pd.Series(pd.period_range("2024-01-01", periods=40)), "2024-01-01 to 2024-02-08"),
        (pd.Series(pd.date_range("2024-01-01", periods=40).date), "2024-01-01 to 2024-02-08"),
        (pd.Series(pd.to_timedelta(range(40), unit="D")), "0.195 to 38.8 days"),
        (pd.Series([([i], [i]) for i in range(40)]), "length 2 to 2"),
        (pd.Series([np.inf] * 40), ""),
        (pd.Series([None] * 40), ""),
    ],
    ids=["periods", "dates", "durations", "tuples of lists", "infinite", "missing"],
)
def test_cells_of_unusual_types_are_profiled(column, label):
    assert profile_columns(column.to_frame("x")).loc["x", "label"] == label


def test_effects_say_in_which_direction_a_column_moves_the_prediction():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"up": rng.normal(size=300), "down": rng.normal(size=300)})
    X["plan"] = rng.choice(["a", "b"], 300)
    y = 3 * X["up"] - 2 * X["down"] + (X["plan"] == "b")
    encode = ColumnTransformer([("plan", OneHotEncoder(), ["plan"])], remainder="passthrough")
    model = make_pipeline(encode, LinearRegression())
    result = evaluate(model, X, y, cv=2, details=True, random_state=0)
    effects = result.details["pipeline", 0]["effects"].set_index("column")["prediction"]
    assert effects["up"].is_monotonic_increasing
    assert effects["down"].is_monotonic_decreasing
    assert np.diff(effects["plan"]) == pytest.approx(1.0)
    assert "Direction: mean prediction" in result.to_html()
    left = (y + 3 * rng.normal(size=300) > 0).astype(int)
    classifier = make_pipeline(encode, LogisticRegression())
    result = evaluate(classifier, X, left, cv=2, details=True, random_state=0)
    effects = result.details["pipeline", 0]["effects"].set_index("column")["prediction"]
    assert effects["down"].is_monotonic_decreasing
    assert effects.between(0, 1).all()


def test_columns_of_free_text_have_no_direction():
    X = pd.DataFrame({"note": [f"note {i}" for i in range(50)], "size": np.arange(50.0)})
    model = make_pipeline(
        ColumnTransformer([("size", "passthrough", ["size"])]), LinearRegression()
    ).fit(X, X["size"])
    assert set(column_effects(model, X, ["note", "size"], None)["column"]) == {"size"}
