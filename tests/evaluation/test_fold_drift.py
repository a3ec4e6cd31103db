"""Columns that change between the training rows and the later test rows of folds in time."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from test_report import check

from skmultiinput.evaluation import evaluate
from skmultiinput.preprocessing import make_preprocessor

N = 600
RNG = np.random.default_rng(0)
X = pd.DataFrame(
    {
        "age": RNG.normal(size=N),
        "rate": np.linspace(5, 0, N) + 0.1 * RNG.normal(size=N),
        "phone": np.where(np.arange(N) < N // 2, "A1", RNG.choice(["B1", "B2"], N)),
    }
)
Y = (RNG.random(N) < 0.3).astype(int)


def test_columns_that_change_are_named_in_the_report():
    model = make_pipeline(make_preprocessor(), LogisticRegression())
    result = evaluate(model, X, Y, cv=TimeSeriesSplit(2), details=True)
    assert result.fold_drift.index.tolist() == ["rate", "phone", "age"]
    assert result.fold_drift.shape == (3, 2)
    means = result.fold_drift.mean(axis=1)
    assert means["rate"] > 0.95
    assert 0.7 < means["phone"] < 0.95
    assert abs(means["age"] - 0.5) < 0.1
    html = result.to_html()
    assert "Columns that change in time" in check(html).text
    table = html[html.index("Columns that change in time") :].partition("</table>")[0]
    assert "rate" in table
    assert "phone" in table
    assert ">age<" not in table


def test_a_table_that_stays_the_same_says_so():
    model = make_pipeline(make_preprocessor(), LogisticRegression())
    result = evaluate(model, X[["age"]], Y, cv=TimeSeriesSplit(2), details=True)
    assert "No column changes much" in check(result.to_html()).text


def test_shuffled_folds_have_no_drift():
    model = make_pipeline(make_preprocessor(), LogisticRegression())
    result = evaluate(model, X, Y, cv=2, random_state=0, details=True)
    assert result.fold_drift is None
    assert "change" not in check(result.to_html()).text.partition("Columns ")[2][:200]
