import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline
from sklearn import inspection
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline

from skmultiinput.inspection._permutation_importance import (
    permutation_importance,
    pool_importances,
    shuffle_columns,
)
from skmultiinput.preprocessing import make_preprocessor


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 240
    twin = rng.normal(size=n)
    X = pd.DataFrame(
        {
            "age": twin,
            "years": twin + rng.normal(0, 0.01, n),
            "noise": rng.normal(size=n),
            "plan": rng.choice(["basic", "plus"], n),
            "user": rng.choice([f"u{i}" for i in range(12)], n),
            "same": 1,
        }
    )
    score = 2 * twin + 2 * (X["plan"] == "plus")
    return X, np.where(score + rng.normal(size=n) > 1, "leaves", "stays")


@pytest.fixture(scope="module")
def model(table):
    preprocess = make_preprocessor(high_cardinality="embedding+target")
    preprocess.set_params(category="drop")  # a linear model reads no categories
    with pytest.warns(UserWarning, match="constant"):
        return make_pipeline(preprocess, LogisticRegression()).fit(*table)


def test_drops_equal_those_of_a_plain_loop(table, model):
    X, y = table
    found = permutation_importance(model, X, y, n_repeats=3, random_state=5)
    rng = np.random.RandomState(5)
    truth = y == model.classes_[1]
    base = roc_auc_score(truth, model.predict_proba(X)[:, 1])
    for repeat in range(3):
        order = rng.permutation(len(y))
        for (level, name), row in found.iterrows():
            columns = {"numeric": ["age", "years", "noise"], "onehot": ["plan"]}.get(name, ["user"])
            columns = [name] if level == "column" else columns
            shuffled = X.copy()
            shuffled[columns] = X[columns].to_numpy()[order]
            shuffled = shuffled.astype(X.dtypes)
            drop = base - roc_auc_score(truth, model.predict_proba(shuffled)[:, 1])
            assert row[f"repeat_{repeat}"] == pytest.approx(drop)
    drops = found.filter(like="repeat_")
    assert found["mean"].to_numpy() == pytest.approx(drops.mean(axis=1).to_numpy())
    assert found["sd"].to_numpy() == pytest.approx(drops.std(axis=1, ddof=1).to_numpy())


def test_redundant_columns_count_when_shuffled_together(table, model):
    found = permutation_importance(model, *table, random_state=0)
    assert list(found.loc["group"].index) == ["numeric", "onehot", "target"]
    assert "same" not in found.loc["column"].index
    mean = found["mean"]
    assert mean["group", "numeric"] > mean["column", "age"] + mean["column", "years"]
    assert mean["column", "plan"] == mean["group", "onehot"]
    assert abs(mean["column", "noise"]) < 0.02
    assert found.loc[("column", "user"), "group"] == "target"
    for level in ("group", "column"):
        assert found.loc[level, "mean"].is_monotonic_decreasing


def test_nothing_is_changed_and_the_seed_decides(table, model):
    X, y = table
    before = X.copy(deep=True)
    first = permutation_importance(model, X, y, random_state=1, n_repeats=2, max_samples=100)
    again = permutation_importance(model, X, y, random_state=1, n_repeats=2, max_samples=100)
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(X, before)
    other = permutation_importance(model, X, y, random_state=2, n_repeats=2, max_samples=100)
    assert not first["mean"].equals(other["mean"])


def test_arrays_and_plain_models_have_columns_only():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = X[:, 0] * 3 + X[:, 1]
    model = Ridge().fit(X, y)
    found = permutation_importance(model, X, y, random_state=0)
    assert found.index.tolist() == [("column", f"x{j}") for j in range(3)]
    theirs = inspection.permutation_importance(
        model, X, y, n_repeats=5, random_state=0, scoring="r2"
    )
    order = np.argsort(-theirs.importances_mean)
    assert found.loc["column"].index.tolist() == [f"x{j}" for j in order]
    shuffled = shuffle_columns(X, [0], rng.permutation(100))
    assert r2_score(y, model.predict(shuffled)) < r2_score(y, model.predict(X))
    weighted = permutation_importance(
        model, X, y, random_state=0, sample_weight=np.r_[np.ones(50), np.zeros(50)]
    )
    alone = permutation_importance(model, X[:50], y[:50], random_state=0)
    assert weighted.shape == alone.shape


def test_a_network_on_a_typed_frame_counts_features_not_tokens():
    from skmultiinput.estimators import MultiInputClassifier

    rng = np.random.default_rng(0)
    words = pd.CategoricalDtype(["<pad>", "<unknown>", "good", "bad"])
    frame = pd.DataFrame(
        {
            "numeric__age": rng.normal(size=80),
            "text__review[0]": pd.Categorical(rng.choice(["good", "bad"], 80), dtype=words),
            "text__review[1]": pd.Categorical(["<pad>"] * 80, dtype=words),
        }
    )
    y = (frame["text__review[0]"] == "good").astype(int)
    model = MultiInputClassifier(
        hidden_units=(8,), n_members=2, n_estimators=1, epochs=3, random_state=0
    )
    found = permutation_importance(model.fit(frame, y), frame, y, n_repeats=2, random_state=0)
    assert sorted(found.index) == [
        ("column", "age"),
        ("column", "review"),
        ("group", "numeric"),
        ("group", "text"),
    ]
    one, all_ = found.loc[("column", "review")], found.loc[("group", "text")]
    assert one["mean"] == all_["mean"]


@settings(max_examples=30)
@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 2**31), st.data())
def test_shuffling_keeps_every_column_and_all_others(n, width, seed, data):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.integers(0, 9, (n, width))).set_axis(
        [f"c{j}" for j in range(width)], axis=1
    )
    positions = data.draw(st.lists(st.integers(0, width - 1), unique=True))
    order = rng.permutation(n)
    shuffled = shuffle_columns(X, positions, order)
    for j in range(width):
        rows = order if j in positions else np.arange(n)
        assert shuffled.iloc[:, j].tolist() == X.iloc[rows, j].tolist()
    assert shuffled.index.equals(X.index)


def test_pooling_uses_the_drops_of_all_folds(table, model):
    folds = [permutation_importance(model, *table, n_repeats=2, random_state=s) for s in (0, 1)]
    folds[1] = folds[1].drop(index=("column", "noise"))
    pooled = pool_importances(folds)
    both = [*folds[0].loc[("column", "age")][3:], *folds[1].loc[("column", "age")][3:]]
    assert pooled.loc[("column", "age"), "mean"] == pytest.approx(np.mean(both))
    assert pooled.loc[("column", "age"), "sd"] == pytest.approx(np.std(both, ddof=1))
    alone = folds[0].loc[("column", "noise")]
    assert pooled.loc[("column", "noise"), "mean"] == pytest.approx(alone["mean"])
    assert pooled["group"].equals(folds[0]["group"].reindex(pooled.index))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_repeats": 0}, "n_repeats must be at least 1, got 0"),
        ({"max_samples": 0}, "max_samples must be at least 1, got 0"),
        ({"max_samples": 1.5}, r"a number of rows, or a share in \(0, 1\]; got 1.5"),
        ({"scoring": "roc_acu"}, "roc_acu"),
        ({"scoring": ["accuracy"]}, r"scoring must be one metric.* got \['accuracy'\]"),
        ({"X": pd.DataFrame({"age": []}), "y": []}, "At least 2 rows are needed.* X has 0"),
        ({"max_samples": 1}, "X has 240, of which max_samples=1 leaves 1"),
        ({"y": [0, 1]}, "inconsistent numbers of samples"),
    ],
)
def test_wrong_arguments_are_named(table, model, options, message):
    X, y = table
    arguments = {"X": X, "y": y, **options}
    with pytest.raises(ValueError, match=message):
        permutation_importance(model, **arguments)


@pytest.mark.filterwarnings("ignore:Only one class is present in y_true")
def test_drops_of_an_undefined_score_are_unknown_not_zero(table, model):
    X, y = table
    one_class = y == "stays"
    frame = permutation_importance(model, X[one_class], y[one_class], random_state=0)
    assert frame[["mean", "sd"]].isna().all(axis=None)


def test_steps_before_the_preprocessing(table):
    X, y = table
    X = X.drop(columns="same")
    inner = Pipeline([("p", make_preprocessor()), ("m", LogisticRegression())])
    nested = make_pipeline("passthrough", inner).fit(X, y)
    assert "group" in permutation_importance(nested, X, y, n_repeats=1).index


def test_polars_frames(table, model):
    polars = pytest.importorskip("polars")
    X, y = table
    expected = permutation_importance(model, X, y, n_repeats=1, random_state=0)
    X_polars, y_polars = polars.from_pandas(X), polars.Series(y.tolist())
    other = permutation_importance(model, X_polars, y_polars, n_repeats=1, random_state=0)
    pd.testing.assert_frame_equal(other, expected)


def test_targets_written_as_text_are_read_as_a_regressor_reads_them():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(100, 2)), columns=["size", "noise"])
    y = 50_000 * X["size"] + 200_000
    written = y.map("€{:,.2f}".format)
    model = Ridge().fit(X, y)
    numbers = permutation_importance(model, X, y.round(2), n_repeats=2, random_state=0)
    texts = permutation_importance(model, X, written, n_repeats=2, random_state=0)
    pd.testing.assert_frame_equal(texts, numbers)
