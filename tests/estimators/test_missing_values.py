"""Missing numbers (NaN) as an input of the network: no imputer needed, infinity still refused."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skrub import TableVectorizer
from small import SMALL, small_table

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    fit_out_of_core,
    load,
    make_preprocessor,
    save,
)
from skmultiinput._keras.backend import to_numpy
from skmultiinput.branches._branch import Branch
from skmultiinput.evaluation import make_baselines
from skmultiinput.over_sampling import is_synthetic

X, Y = small_table()


def telling_gaps(n_samples=400, seed=0):
    """Numbers whose absence decides the class; their values say nothing."""
    rng = np.random.default_rng(seed)
    missing, flag = rng.random((2, n_samples)) < 0.4
    X = pd.DataFrame(
        {
            "numeric__age": np.where(missing, np.nan, rng.normal(size=n_samples)),
            "numeric__income": rng.normal(size=n_samples),
            "numeric__flag": np.where(rng.random(n_samples) < 0.2, np.nan, flag),
            "category__plan": pd.Categorical(rng.choice(["basic", "pro"], n_samples)),
        }
    )
    return X, np.where(missing, "leaves", "stays")


GAPS, LEAVES = telling_gaps()


@pytest.mark.parametrize("embedding", ["piecewise", "periodic", "plain"])
def test_the_network_learns_what_a_gap_means(embedding):
    model = MultiInputClassifier(
        hidden_units=(16,),
        n_members=2,
        n_estimators=1,
        epochs=60,
        numeric__embedding=embedding,
        random_state=0,
    )
    model.fit(GAPS, LEAVES)
    later, expected = telling_gaps(seed=1)
    assert model.score(later, expected) > 0.95
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(later), model.predict_proba(later))


def test_regressors_arrays_nullable_columns_and_saved_files(tmp_path):
    y = np.where(LEAVES == "leaves", 10.0, -10.0)
    numbers = GAPS.drop(columns="category__plan")
    parameters = {**SMALL, "epochs": 60}
    model = MultiInputRegressor(**parameters).fit(numbers, y)
    assert model.score(numbers, y) > 0.9
    of_array = MultiInputRegressor(**parameters).fit(numbers.to_numpy(), y)
    np.testing.assert_allclose(
        of_array.predict(numbers.to_numpy()), model.predict(numbers), atol=1e-3
    )
    nullable = numbers.astype("Float64")
    assert nullable.isna().to_numpy().any()
    np.testing.assert_array_equal(model.predict(nullable), model.predict(numbers))
    save(model, tmp_path / "model.skmi")
    loaded = load(tmp_path / "model.skmi")
    np.testing.assert_array_equal(loaded.predict(numbers), model.predict(numbers))


def test_equal_without_gaps():
    """A column without gaps costs nothing, and a later gap counts as its median."""
    model = MultiInputClassifier(**SMALL).fit(X, Y)
    assert not [w.path for w in model.model_.weights if "missing" in w.path or "median" in w.path]
    gap = model.predict_proba(X.assign(numeric__age=np.nan))
    median = model.predict_proba(X.assign(numeric__age=X["numeric__age"].median()))
    np.testing.assert_allclose(gap, median, atol=1e-6)


def test_a_gap_in_a_column_without_any_in_fit_counts_as_its_median():
    """Also where other columns of the group had gaps, so that NaN reaches the network."""
    model = MultiInputClassifier(**SMALL).fit(GAPS, LEAVES)
    np.testing.assert_allclose(
        model.predict_proba(GAPS.assign(numeric__income=np.nan)),
        model.predict_proba(GAPS.assign(numeric__income=GAPS["numeric__income"].median())),
        atol=0.02,  # the median of the training rows, not of all
    )


def test_a_column_without_any_number():
    model = MultiInputClassifier(**SMALL).fit(X.assign(numeric__age=np.nan), Y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_training_goes_on_and_out_of_core():
    model = MultiInputClassifier(**SMALL)
    for rows in np.split(np.arange(len(GAPS)), 4):
        model.partial_fit(GAPS.iloc[rows], LEAVES[rows], classes=["leaves", "stays"])
    assert np.isfinite(model.predict_proba(GAPS)).all()

    def read():
        return [telling_gaps(200, seed) for seed in range(4)]

    streamed = fit_out_of_core(MultiInputClassifier(**{**SMALL, "epochs": 30}), read)
    assert streamed.score(GAPS, LEAVES) > 0.9


@pytest.mark.parametrize("imputation", ["median", None])
def test_through_the_preprocessor(imputation):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(40, 9, 400), "income": rng.lognormal(size=400)})
    table["age"] = table["age"].mask(LEAVES == "leaves")
    preprocessor = make_preprocessor(imputation=imputation, outliers="winsorize")
    assert preprocessor.fit_transform(table).isna().to_numpy().any() == (imputation is None)
    model = MultiInputClassifier(**{**SMALL, "epochs": 60})
    assert make_pipeline(preprocessor, model).fit(table, LEAVES).score(table, LEAVES) > 0.95


def test_behind_transformers_that_leave_gaps():
    """What works in front of HistGradientBoosting works here."""
    table = pd.DataFrame({"age": GAPS["numeric__age"], "plan": GAPS["category__plan"].astype(str)})
    for steps in ([TableVectorizer()], [TableVectorizer(), StandardScaler()]):
        network = MultiInputClassifier(**{**SMALL, "epochs": 60})
        for model in (HistGradientBoostingClassifier(), network):
            assert make_pipeline(*steps, model).fit(table, LEAVES).score(table, LEAVES) > 0.9


class Doubled(Branch):
    """A branch that does not know of gaps."""

    def build(self, group):
        return group.tensor * 2.0


def test_branches_that_do_not_read_gaps_name_the_columns():
    model = MultiInputClassifier(**SMALL, branches=[("numeric", Doubled())])
    assert np.isfinite(model.fit(X, Y).predict_proba(X.assign(numeric__age=np.nan))).all()
    with pytest.raises(ValueError, match=r"Doubled.*\['age', 'flag'\] of 'numeric'.*allow_nan"):
        model.fit(GAPS, LEAVES)


def test_a_network_of_ones_own_gets_no_gaps():
    def build():
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])

    numbers = X[["numeric__age", "numeric__income"]]
    model = MultiInputClassifier(build, epochs=1, random_state=0)
    gaps = numbers.assign(numeric__age=np.nan)
    with pytest.raises(ValueError, match=r"NaN in column 'numeric__age'.*impute"):
        model.fit(gaps, Y)
    with pytest.raises(ValueError, match=r"NaN in column 'numeric__age'.*impute"):
        model.fit(numbers, Y).predict(gaps)


@pytest.mark.parametrize("dtype_policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_every_dtype_policy(dtype_policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype_policy)
    try:
        for embedding in ("piecewise", "plain"):
            model = MultiInputClassifier(**SMALL, numeric__embedding=embedding).fit(GAPS, LEAVES)
            assert np.isfinite(model.predict_proba(GAPS)).all()
            weights = [to_numpy(weight) for weight in model.model_.weights]
            assert all(np.isfinite(weight).all() for weight in weights)
    finally:
        keras.config.set_dtype_policy(before)


def test_resampled_by_smote():
    """Inside the estimator and by itself: gaps stay gaps, in as large a share."""
    few = np.flatnonzero((LEAVES == "stays") | (np.arange(len(LEAVES)) % 3 == 0))
    rows, labels = GAPS.iloc[few], LEAVES[few]
    rows = rows.assign(numeric__visits=pd.array([None, *range(len(few) - 1)], dtype="Int64"))
    new_rows, _ = MultiInputSMOTE(random_state=0).fit_resample(rows, labels)
    synthetic = new_rows[is_synthetic(new_rows)]
    assert synthetic["numeric__age"].isna().all()
    assert synthetic["numeric__income"].notna().all()
    assert 0 < synthetic["numeric__flag"].isna().mean() < 0.5
    assert new_rows.dtypes.equals(rows.dtypes)
    pd.testing.assert_frame_equal(
        new_rows[: len(rows)].reset_index(drop=True), rows.reset_index(drop=True)
    )
    model = MultiInputClassifier(**{**SMALL, "epochs": 30}, sampler=MultiInputSMOTE())
    assert model.fit(GAPS, LEAVES).score(GAPS, LEAVES) > 0.9


def test_baselines_read_the_same_frame():
    pipeline = make_pipeline(
        StandardScaler().set_output(transform="pandas"), MultiInputClassifier()
    )
    numbers = GAPS.drop(columns="category__plan")
    for name, model in make_baselines(pipeline).items():
        if name != "prior":
            assert model.fit(numbers, LEAVES).score(numbers, LEAVES) > 0.6, name
