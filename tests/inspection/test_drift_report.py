import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skmultiinput.datasets._make_customers import make_customers
from skmultiinput.inspection import drift_report
from skmultiinput.preprocessing import (
    HashingEncoder,
    InteractionTargetEncoder,
    NoisyQuantileTransformer,
    NumberParser,
    SequenceEncoder,
    TokenEncoder,
    make_preprocessor,
)

SEEN = pd.DataFrame(
    {
        "age": [20.0, 30, 40, None, 50],
        "total": ["1,000", "2,000", "?", "500", " "],
        "plan": ["basic", "plus", "basic", None, "plus"],
        "signup": pd.to_datetime(["2024-01-01", "2024-06-01", None, "2024-03-01", "2024-02-01"]),
        "usage": [[1.0, 2.0], [3.0], None, [0.0, 4.0], [2.0]],
    }
)
NEW = pd.DataFrame(
    {
        "age": [10.0, 60, 70, 30],
        "total": ["9,999", "600", "none", "700"],
        "plan": ["gold", "gold", None, "basic"],
        "signup": pd.to_datetime(["2025-01-01", "2024-02-02", None, "2023-12-31"]),
        "usage": [[5.0, 1.0], [2.0, -1.0], [], [3.0, 3.0]],
    }
)


@pytest.fixture(scope="module")
def fitted():
    return make_preprocessor().fit(SEEN)


def test_every_share_is_counted(fitted):
    report = drift_report(fitted, NEW)
    assert list(report.index) == list(NEW.columns)
    assert report["group"].tolist() == ["numeric", "numeric", "onehot", "date", "sequence"]
    assert report["missing"].tolist() == [0, 0.25, 0.25, 0.25, 0]
    assert report["missing_in_fit"].tolist() == [0.2, 0.4, 0.2, 0.2, 0.2]
    assert report["unknown"].fillna(-1).tolist() == [-1, -1, 2 / 3, -1, -1]
    assert report["outside"].fillna(-1).tolist() == [0.75, 1 / 3, -1, 2 / 3, 2 / 6]
    assert report.loc["age", "note"] == "20 to 50 in fit; 1 below, 2 above"
    assert report.loc["plan", "note"] == "unknown: 'gold' (2)"
    assert report.loc["signup", "note"] == "2024-01-01 to 2024-06-01 in fit; 1 below, 1 above"


FORMS = {
    "unit": (["81 kg", "79 kg"], ["81 lb", "79 lb"], 0.0, "numbers in lb; in fit numbers in kg"),
    "no unit": (["81 kg", "79 kg"], [81, 79], 0.0, "numbers without a unit; in fit numbers in kg"),
    "comma": (["1,5", "2,25"], ["1.5", "2.25"], 1.0, "another decimal mark than in fit"),
    "time": (
        ["14:05", "9:30"],
        ["2h 10m", "4h"],
        1.0,
        "durations, in seconds; in fit times of day",
    ),
    "plain": ([81, 79], ["81 kg", "79 kg"], 1.0, "numbers in kg; in fit numbers"),
    "words": (["1.5", "2.5"], ["old", "1.5", "older", None], 2 / 3, "2 unreadable, e.g. 'old'"),
    "same": (["1.5K", "2.5"], ["300", "4"], 0.0, ""),
    "range": (["<1", "1-5", "6"], ["6", "6"], 0.0, ""),
}


@pytest.mark.parametrize(("seen", "new", "unreadable", "note"), FORMS.values(), ids=FORMS)
def test_cells_that_cannot_be_read_and_other_units(seen, new, unreadable, note):
    seen = pd.DataFrame({"size": seen * 30, "age": np.arange(30 * len(seen)) % 7 * 1.5})
    new = pd.DataFrame({"size": pd.Series(new, dtype=object), "age": 1.5})
    if all(isinstance(size, int) for size in new["size"]):
        new = new.astype({"size": "int64"})
    transformer = make_preprocessor(numeric=["size"]).fit(seen)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the report says it
        report = drift_report(transformer, new)
    assert report.loc["size", "unreadable"] == pytest.approx(unreadable)
    assert report.loc["age", "unreadable"] == 0
    assert report.loc["size", "note"].startswith(note)
    if not note:
        assert "in fit numbers" not in report.loc["size", "note"]


@pytest.mark.parametrize(
    "step",
    [
        NoisyQuantileTransformer(random_state=0),
        QuantileTransformer(n_quantiles=5),
        make_pipeline("passthrough", NumberParser()),
    ],
    ids=["noisy", "quantiles", "pipeline"],
)
def test_numbers_are_compared_with_the_range_of_any_transformer(step):
    seen = pd.DataFrame({"flag": [0.0, 1.0] * 10, "size": np.arange(20.0)})
    transformer = ColumnTransformer([("numbers", step, ["flag", "size"])]).fit(seen)
    new = pd.DataFrame({"flag": [0.0, 2.0], "size": [25.0, np.nan]})
    report = drift_report(transformer, new)
    assert report["outside"].tolist() == [0.5, 1.0]
    assert report["missing"].tolist() == [0, 0.5]


def test_targets_arrays_and_steps_that_compare_nothing():
    seen = pd.DataFrame({"plan": ["a", "b"] * 20, "size": np.arange(40.0)})
    transformer = ColumnTransformer(
        [
            ("target", InteractionTargetEncoder(random_state=0), ["plan"]),
            ("filled", make_pipeline(SimpleImputer(), PCA()), ["size"]),
            ("twice", StandardScaler(), ["size"]),
        ]
    ).fit(seen, np.arange(40) % 2)
    new = np.array([["a", 1.0], ["c", None]], dtype=object)  # named as the columns of fit
    report = drift_report(transformer, new)
    assert report["group"].tolist() == ["target", "filled, twice"]
    assert report["unknown"].fillna(-1).tolist() == [0.5, -1]
    assert report["missing"].tolist() == [0, 0.5]
    of_array = ColumnTransformer([("scale", MinMaxScaler(), [0])]).fit(seen[["size"]].to_numpy())
    report = drift_report(of_array, pd.DataFrame({"any name": [100.0]}))
    assert report["outside"].tolist() == [1.0]


def test_predictions_warn_once_about_a_column_that_cannot_be_read():
    rng = np.random.default_rng(0)
    seen = pd.DataFrame({"age": rng.integers(18, 90, 60), "income": rng.normal(size=60)})
    model = make_pipeline(make_preprocessor(), LogisticRegression()).fit(seen, np.arange(60) % 2)
    new = seen.assign(age=["old", "old", "31"] * 20)
    with pytest.warns(
        UserWarning, match=r"Column 'age': 67% of the cells .* cannot be read"
    ) as told:
        model.predict(new)
    assert len(told) == 1
    assert "e.g. 'old'" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(seen.assign(age=["old", "31", "32"] * 20))
    assert drift_report(model, new).loc["age", "unreadable"] == pytest.approx(2 / 3)


def test_training_rows_show_no_drift():
    X, y = make_customers(300, random_state=0)
    X = X.drop(columns="customer_id")
    transformer = make_preprocessor().fit(X, y)
    report = drift_report(transformer, X)
    assert list(report.index) == list(X.columns)
    assert (report["outside"].dropna() == 0).all()
    no_text = report.drop(index="review")
    assert (no_text["unknown"].dropna() == 0).all()
    assert report["missing"].to_numpy() == pytest.approx(report["missing_in_fit"].to_numpy())
    # Rare words are unknown in training, too; what it cuts off is all that can differ.
    assert report.loc["review", "unknown"] == pytest.approx(
        report.loc["review", "unknown_in_fit"], abs=0.01
    )


@settings(max_examples=20)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20, unique=True),
    st.lists(st.one_of(st.none(), st.floats(-2e6, 2e6)), min_size=1, max_size=20),
)
def test_the_share_outside_equals_a_plain_count(seen, new):
    transformer = ColumnTransformer([("n", make_preprocessor().transformers[0][1], ["x"])])
    transformer.set_output(transform="pandas").fit(pd.DataFrame({"x": seen}))
    table = pd.DataFrame({"x": pd.Series(new, dtype=float)})
    report = drift_report(transformer, table).loc["x"]
    filled = [value for value in new if value is not None]
    if filled:
        outside = [not min(seen) <= value <= max(seen) for value in filled]
        assert report["outside"] == sum(outside) / len(filled)
    else:
        assert np.isnan(report["outside"])
    assert report["missing"] == sum(value is None for value in new) / len(new)


def test_it_looks_into_pipelines_and_wrappers(fitted):
    y = [0, 1, 0, 1, 1]
    pipeline = Pipeline([("p", make_preprocessor()), ("m", LogisticRegression())]).fit(SEEN, y)
    wrapped = FixedThresholdClassifier(FrozenEstimator(pipeline), threshold=0.3).fit(SEEN, y)
    expected = drift_report(fitted, NEW)
    for model in (pipeline, wrapped, make_pipeline(make_pipeline(fitted), "passthrough")):
        pd.testing.assert_frame_equal(drift_report(model, NEW), expected)
    # Column order and further columns are no matter.
    shuffled = NEW[NEW.columns[::-1]].assign(other=1)
    pd.testing.assert_frame_equal(drift_report(fitted, shuffled).loc[NEW.columns], expected)


def test_hand_made_transformers():
    transformer = ColumnTransformer(
        [
            ("scaled", make_pipeline(SimpleImputer(), MinMaxScaler()), ["age"]),
            ("robust", make_pipeline(SimpleImputer(), RobustScaler()), ["spend"]),
            ("onehot", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["plan"]),
            ("hashed", HashingEncoder(8), ["user"]),
        ]
    ).set_output(transform="pandas")
    seen = pd.DataFrame(
        {"age": [1.0, 5], "spend": [1.0, 2], "plan": ["a", "b"], "user": ["u", "v"]}
    )
    new = pd.DataFrame(
        {"age": [9.0, 2], "spend": [9, None], "plan": ["c", "a"], "user": ["w", None]}
    )
    report = drift_report(transformer.fit(seen), new)
    assert report["outside"].fillna(-1).tolist() == [0.5, -1, -1, -1]
    assert report["unknown"].fillna(-1).tolist() == [-1, -1, 0.5, -1]
    assert report["missing"].tolist() == [0, 0.5, 0, 0.5]
    assert report["missing_in_fit"].isna().all()


def test_words_and_categories():
    transformer = ColumnTransformer(
        [("text", TokenEncoder(min_frequency=2), ["t"]), ("steps", SequenceEncoder(), ["s"])]
    ).set_output(transform="pandas")
    seen = pd.DataFrame({"t": ["good fit", "good price"], "s": [["web"], ["shop", "web"]]})
    new = pd.DataFrame({"t": ["good thing", None], "s": [["app", "web"], ["app"]]})
    report = drift_report(transformer.fit(seen), new)
    assert report["unknown"].tolist() == [0.5, pytest.approx(2 / 3)]
    assert report.loc["t", "unknown_in_fit"] == 0.5
    assert report["missing"].tolist() == [0.5, 0]


def test_no_training_row_is_kept(tmp_path):
    secret = 123456.78125
    ages = [1.0] * 60 + [2.0] * 59 + [secret, 2e6]
    X = pd.DataFrame({"age": ages, "name": [f"n{i % 3}" for i in range(121)]})
    transformer = make_preprocessor(scaling=None).fit(X)
    joblib.dump(transformer, tmp_path / "t")
    kept = (tmp_path / "t").read_bytes()
    assert np.float64(2e6).tobytes() in kept  # the range is
    assert np.float64(secret).tobytes() not in kept
    assert drift_report(transformer, X)["outside"].iloc[0] == 0


def test_errors_say_what_is_missing(fitted):
    with pytest.raises(ValueError, match=r"X lacks columns that were present in fit: \['plan'\]"):
        drift_report(fitted, NEW.drop(columns="plan"))
    with pytest.raises(ValueError, match="LogisticRegression has none"):
        drift_report(LogisticRegression(), NEW)
    with pytest.raises(ValueError, match="X has no rows"):
        drift_report(fitted, NEW.iloc[:0])


def test_tables_without_names():
    table = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 9.0], [1.5, 6.0]])
    report = drift_report(make_preprocessor().fit(table), [[9.0, 6.0], [np.nan, 1.0]])
    assert report.index.tolist() == [0, 1]
    assert report["outside"].tolist() == [1, 0.5]


def test_polars_frames(fitted):
    polars = pytest.importorskip("polars")
    new = NEW[["age", "total", "plan", "signup"]]
    model = make_preprocessor().fit(SEEN[new.columns])
    report = drift_report(model, polars.from_pandas(new))
    pd.testing.assert_frame_equal(report, drift_report(model, new))


def test_duplicated_columns_are_named(fitted):
    twice = pd.concat([NEW, NEW[["age"]]], axis=1)
    with pytest.raises(ValueError, match=r"more than once: \['age'\]"):
        drift_report(fitted, twice)
