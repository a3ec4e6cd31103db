"""`make_customers`: what is generated is messy, seeded, and carries the signal it documents."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import TargetEncoder

from skmultiinput.datasets._make_customers import CUSTOMER_COLUMNS, CUSTOMER_SIGNAL, make_customers

KINDS = [kind for kind in CUSTOMER_COLUMNS if kind != "image"]


def _trend(history):
    usage = np.array(history, dtype=float)
    seen = np.flatnonzero(~np.isnan(usage))
    return np.polyfit(seen, np.log(usage[seen]), 1)[0] if len(seen) > 2 else 0.0


def _readable(X):
    """Return what a simple model can read of each kind, as one array per kind."""
    return {
        "numeric": X[["age", "income", "tenure_months"]].to_numpy(float),
        "number_text": pd.to_numeric(
            X["total_charges"].str.replace(",", ""), errors="coerce"
        ).to_numpy()[:, None],
        "categorical": X[["plan", "payment", "city"]].fillna("none").to_numpy(object),
        "high_cardinality": X[["product_id"]].to_numpy(object),
        "boolean": X[["paperless"]].to_numpy(float),
        "date": np.column_stack(
            [X["signup_date"].dt.month, X["signup_date"].astype("int64"), X["last_contact"].dt.day]
        ),
        "text": X["review"].fillna("").to_numpy(),
        "sequence": X["monthly_usage"].map(_trend).to_numpy()[:, None],
    }


def _auc(kinds, X, y):
    """AUC on held-out rows; words and levels are scored on rows the trees never train on."""
    rest, test = train_test_split(np.arange(len(y)), random_state=0, stratify=y)
    scoring, train = rest[::2], rest[1::2]
    parts = {kind: part for kind, part in _readable(X).items() if kind in kinds}
    for kind in {"categorical", "high_cardinality"} & set(kinds):
        encoder = TargetEncoder().fit(parts[kind][scoring], y.iloc[scoring])
        parts[kind] = encoder.transform(parts[kind])
    if "text" in kinds:
        reader = make_pipeline(CountVectorizer(ngram_range=(1, 2), min_df=3), MultinomialNB())
        reader.fit(parts["text"][scoring], y.iloc[scoring])
        parts["text"] = reader.predict_proba(parts["text"])[:, 1:]
    Z = np.hstack(list(parts.values()))
    model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=6, random_state=0)
    model.fit(Z[train], y.iloc[train])
    return roc_auc_score(y.iloc[test], model.predict_proba(Z[test])[:, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_removing_a_kind_lowers_the_auc(kind):
    X, y = make_customers(4000, signal={kind: 1.5}, churn_rate=0.4, n_products=50, random_state=2)
    assert _auc([k for k in KINDS if k != kind], X, y) < _auc(KINDS, X, y) - 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_without_signal_does_not_predict(kind):
    only = dict.fromkeys(KINDS, 0.0)
    _, _, flat = make_customers(300, signal=only, return_probability=True, random_state=0)
    np.testing.assert_allclose(flat, 0.2, atol=1e-9)
    _, _, one = make_customers(
        300, signal={**only, kind: 1.0}, return_probability=True, random_state=0
    )
    logit = np.log(one / (1 - one))
    np.testing.assert_allclose(logit.std(), 1.0, rtol=1e-6)


def test_the_photo_carries_its_signal():
    X, y = make_customers(2000, photo=True, signal={"image": 2.0}, random_state=0)
    assert X["photo"].iloc[0].shape == (8, 8, 3)
    assert X["photo"].iloc[0].dtype == np.uint8
    tilt = [photo[:, 4:].mean() - photo[:, :4].mean() for photo in X["photo"].map(np.float64)]
    assert roc_auc_score(y, tilt) > 0.7


def test_the_true_probability_is_the_probability():
    _, y, p = make_customers(20_000, return_probability=True, random_state=3)
    assert p.mean() == pytest.approx(0.2, abs=1e-6)
    bins = pd.qcut(p, 10, labels=False)
    for part in range(10):
        inside = bins == part
        assert abs(y[inside].mean() - p[inside].mean()) < 4 * np.sqrt(0.25 / inside.sum())


@given(
    n_samples=st.integers(1, 60),
    seed=st.integers(0, 2**31),
    task=st.sampled_from(["binary", "multiclass", "regression"]),
    churn_rate=st.floats(0.01, 0.99),
)
@settings(max_examples=25, deadline=None)
def test_shapes_names_and_seeds(n_samples, seed, task, churn_rate):
    made = make_customers(
        n_samples, task=task, churn_rate=churn_rate, return_probability=True, random_state=seed
    )
    X, y, truth = made
    columns = [name for kind in KINDS for name in CUSTOMER_COLUMNS[kind]]
    assert list(X.columns) == ["customer_id", *columns]
    assert len(X) == len(y) == len(truth) == n_samples
    assert X["customer_id"].is_unique
    assert all(len(history) <= 24 for history in X["monthly_usage"])
    assert y.name == {"binary": "churned", "multiclass": "outcome"}.get(task, "yearly_spend")
    if task == "multiclass":
        np.testing.assert_allclose(truth.sum(axis=1), 1)
        np.testing.assert_allclose(truth.mean(axis=0)[2], churn_rate, atol=1e-6)
        assert truth.min() >= 0
    again = make_customers(
        n_samples, task=task, churn_rate=churn_rate, return_probability=True, random_state=seed
    )
    pd.testing.assert_frame_equal(X, again[0])
    pd.testing.assert_series_equal(y, again[1])
    np.testing.assert_array_equal(truth, again[2])


def test_a_parameter_changes_only_its_columns():
    X, y = make_customers(400, random_state=0)
    with_photo, y_photo = make_customers(400, photo=True, signal={"image": 0}, random_state=0)
    pd.testing.assert_frame_equal(with_photo.drop(columns="photo"), X)
    pd.testing.assert_series_equal(y_photo, y)
    clean, y_clean = make_customers(400, missing=0, outliers=0, random_state=0)
    pd.testing.assert_series_equal(y_clean, y)
    inner = ["customer_id", "last_contact", "monthly_usage"]
    assert not clean.drop(columns=inner).isna().any().any()
    kept = X["income"].notna() & (X["income"] == clean["income"])
    assert 0.9 < kept.mean() < 1
    assert "customer_id" not in make_customers(5, row_id=False)[0]


def test_missing_cells_and_outliers_are_there():
    X, _ = make_customers(5000, random_state=0)
    assert set(X["total_charges"]) >= {"", " ", "?"}
    assert X["total_charges"].str.contains(",").any()
    for name in ("age", "income", "plan", "payment", "city", "last_contact", "review"):
        assert X[name].isna().mean() == pytest.approx(0.05, abs=0.015), name
    assert (X["age"] == 999).mean() == pytest.approx(0.01, abs=0.006)
    lengths = X["monthly_usage"].map(len)
    assert lengths.min() == 0
    assert lengths.max() == 24
    assert X["monthly_usage"].map(lambda history: bool(np.isnan(history).any())).any()
    assert pd.api.types.is_datetime64_any_dtype(X["signup_date"])
    assert X["paperless"].dtype == bool
    assert X["city"].nunique() == 40


def test_products_grow_with_the_table():
    assert make_customers(100, random_state=0)[0]["product_id"].nunique() <= 30
    assert make_customers(20_000, random_state=0)[0]["product_id"].nunique() > 1500


@pytest.mark.parametrize("kind", [int, np.random.RandomState, np.random.default_rng])
def test_every_source_of_randomness_is_used_and_nothing_global_changes(kind):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is tested
    first, _ = make_customers(50, random_state=kind(7))
    second, _ = make_customers(50, random_state=kind(7))
    other, _ = make_customers(50, random_state=kind(8))
    pd.testing.assert_frame_equal(first, second)
    assert not first["income"].equals(other["income"])
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002 - as above


def test_the_time_grows_no_faster_than_the_rows():
    make_customers(1000, random_state=0)

    def seconds(n):
        start = time.perf_counter()
        make_customers(n, random_state=0)
        return time.perf_counter() - start

    assert min(seconds(40_000) for _ in range(2)) < 30 * max(seconds(5_000) for _ in range(3))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples must be an int of at least 1. Got 0"),
        ({"n_samples": 2.5}, ValueError, "n_samples must be an int"),
        ({"task": "clustering"}, ValueError, "task must be 'binary', 'multiclass' or"),
        ({"churn_rate": 1}, ValueError, "strictly between 0 and 1. Got 1"),
        ({"missing": -0.1}, ValueError, "missing must be a number from 0 to 1"),
        ({"outliers": "no"}, ValueError, "outliers must be a number from 0 to 1"),
        ({"n_products": 0}, ValueError, "n_products must be an int of at least 1"),
        ({"signal": 2}, TypeError, "signal must be None or a mapping"),
        ({"signal": {"txt": 1}}, ValueError, "did you mean 'text'"),
        ({"signal": {"text": np.nan}}, ValueError, r"signal\['text'\] must be a finite number"),
        ({"signal": {"image": 1}}, ValueError, "pass photo=True"),
    ],
)
def test_wrong_arguments_are_named(parameters, error, message):
    with pytest.raises(error, match=message):
        make_customers(**{"n_samples": 10, **parameters})


def test_the_table_of_kinds_and_the_signal_agree():
    assert list(CUSTOMER_COLUMNS) == list(CUSTOMER_SIGNAL)
    for column in (name for names in CUSTOMER_COLUMNS.values() for name in names):
        assert column in make_customers.__doc__
