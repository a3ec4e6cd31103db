"""Targets that are text: amounts are numbers to a regressor and no classes; gaps are counted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from small import SMALL, small_table

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    evaluate,
    fit_out_of_core,
    load,
    make_preprocessor,
    save,
)
from skmultiinput.evaluation import EvaluationResult

X, Y = small_table()
PRICES = np.round(20_000 + 5_000 * X["numeric__age"].to_numpy() + np.arange(len(X)), 2)
WRITTEN = {
    "pounds": ([f"£{price:,.2f}" for price in PRICES], PRICES),
    "comma": ([f"{p:,.2f} €".translate(str.maketrans(",.", ".,")) for p in PRICES], PRICES),
    "unit": ([f"{price:.1f} kg" for price in PRICES], PRICES.round(1)),
    "duration": ([f"{p // 60:.0f}h {p % 60:.0f}m" for p in PRICES.round()], 60 * PRICES.round()),
    "clock": ([f"{int(p) % 24}:{int(p) % 60:02d}" for p in PRICES], None),
    "plain": ([f"{price:.2f}" for price in PRICES], PRICES),
}


@pytest.mark.parametrize(("texts", "numbers"), WRITTEN.values(), ids=WRITTEN)
def test_a_regressor_reads_amounts(texts, numbers):
    if numbers is None:  # a clock in a target is a duration
        parts = [text.split(":") for text in texts]
        numbers = np.array([3600 * int(hours) + 60 * int(minutes) for hours, minutes in parts])
    model = MultiInputRegressor(**SMALL).fit(X, np.array(texts, dtype=object))
    expected = MultiInputRegressor(**SMALL).fit(X, numbers.astype(float))
    np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=1e-4)
    assert model.score(X, pd.Series(texts)) == pytest.approx(expected.score(X, numbers), abs=1e-4)
    with pytest.raises(ValueError, match=r"looks like amounts .* different .*InputRegressor"):
        MultiInputClassifier(**SMALL).fit(X, texts)


def test_the_form_is_learned_once(tmp_path):
    texts = pd.Series(WRITTEN["comma"][0])
    model = MultiInputRegressor(**SMALL, warm_start=True).fit(X, texts)
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi", trusted=[])
    # By itself, "1.234" is 1.234; in fit, the comma was the decimal mark.
    one = X[:2], ["21.000", "22.000"]
    assert loaded.score(*one) == pytest.approx(model.score(X[:2], [21_000.0, 22_000.0]))
    model.partial_fit(*one)
    assert abs(model.predict(X).mean() - PRICES.mean()) < 5_000
    numbers = MultiInputRegressor(**SMALL).fit(X, PRICES)
    assert not hasattr(numbers, "target_format_")


def test_validation_rows_and_out_of_core():
    texts = WRITTEN["pounds"][0]
    model = MultiInputRegressor(**SMALL).fit(X, texts, X_val=X[:40], y_val=texts[:40])
    assert model.history_["val_loss"][0] < 1e10
    pipeline = make_pipeline(make_preprocessor(), MultiInputRegressor(**SMALL))
    chunks = [(X[rows], texts[rows]) for rows in (slice(0, 60), slice(60, 120))]
    streamed = fit_out_of_core(pipeline, chunks)
    assert np.isfinite(streamed.predict(X)).all()


def test_few_labels_digits_and_declared_labels_are_labels():
    rng = np.random.default_rng(0)
    few = rng.choice(["1 year", "2 years", "3 years"], len(X))
    digits = np.array([str(i % 40) for i in range(len(X))])
    declared = pd.Series([f"{i % 40} kg" for i in range(len(X))], dtype="category")
    for y in (few, digits, declared):
        model = MultiInputClassifier(**SMALL).fit(X, y)
        assert model.n_classes_ == len(set(y))


def test_what_cannot_be_read():
    texts = WRITTEN["pounds"][0]
    with pytest.raises(ValueError, match=r"2 of 120 targets cannot be read .*'dear'. Correct"):
        MultiInputRegressor(**SMALL).fit(X, [*texts[:-2], "dear", "dear"])
    with pytest.raises(ValueError, match=r"y contains NaN: 2 of 120 targets are missing. Drop"):
        MultiInputRegressor(**SMALL).fit(X, [*texts[:-2], "n/a", " "])
    with pytest.raises(ValueError, match=r"A regressor expects numbers in y, but y holds 'leaves'"):
        MultiInputRegressor(**SMALL).fit(X, np.where(Y == "leaves", "leaves", "stays"))


@pytest.mark.parametrize("model", [MultiInputClassifier(**SMALL), MultiInputRegressor(**SMALL)])
@pytest.mark.parametrize(
    "y",
    [
        [None, *["a", "b"] * 59, "a"],
        [float("nan"), *["a", "b"] * 59, "a"],
        (float("nan"), *[0.0, 1.0] * 59, 1.0),
        np.array([None, *[True, False] * 59, True], dtype=object),
        pd.Series([None, *["a", "b"] * 59, "a"], dtype="string"),
        pd.Series([None, *["a", "b"] * 59, "a"], dtype="category"),
        pd.Series([None, *[0, 1] * 59, 1], dtype="Int64"),
        pd.Series([None, *[True, False] * 59, True], dtype="boolean"),
        pd.Series([None, *[0.5, 1.5] * 59, 1.5], dtype="float32"),
        pd.Series(pd.to_datetime([None, *["2024-01-01", "2025-01-01"] * 59, "2024-01-01"])),
    ],
    ids=lambda y: f"{type(y).__name__} {getattr(y, 'dtype', '')}".strip(),
)
def test_missing_targets_are_counted_by_every_estimator(model, y):
    with pytest.raises(ValueError, match=r"y contains NaN: 1 of 120 targets are missing. Drop"):
        model.fit(X, y)
    with pytest.raises(ValueError, match=r"y has 1 missing value\(s\), the first in row 0; drop"):
        evaluate(model, X, y)


def test_evaluated_and_target_encoded_as_numbers():
    table = pd.DataFrame({"age": X["numeric__age"], "shop": [f"s{i % 30}" for i in range(len(X))]})
    texts = pd.Series(WRITTEN["pounds"][0])
    encoded = make_preprocessor().fit_transform(table, texts)
    assert [name for name in encoded if "shop" in name] == ["target__shop"]
    pipeline = make_pipeline(make_preprocessor(), MultiInputRegressor(**SMALL))
    result = evaluate(pipeline, table, texts, cv=2, scoring=["r2"], random_state=0)
    assert isinstance(result, EvaluationResult)
    np.testing.assert_allclose(result.y, PRICES)
