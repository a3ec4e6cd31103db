"""A compiled pipeline gives the answers, the warnings and the errors of the pipeline."""

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline as ImblearnPipeline
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)
from skmultiinput.branches import Conv1DBranch, NumericBranch
from skmultiinput.preprocessing import (
    CategoryEncoder,
    NumberParser,
    SequenceEncoder,
    TokenEncoder,
)
from skmultiinput.serving import NotEqualError, compile_pipeline
from skmultiinput.serving._scorers import networks_in, pipelines_in

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 2, "epochs": 1, "random_state": 0}


def table(n_rows=80, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n_rows).astype(float),
            "plan": rng.choice(["basic", "plus", "pro"], n_rows),
            "total": [f"{x:,.2f}" for x in rng.gamma(2, 900, n_rows)],
        }
    )
    X.loc[::9, "age"] = np.nan
    return X, np.where(rng.random(n_rows) > 0.5, "leaves", "stays")


@pytest.fixture(scope="module")
def customers():
    X, y = make_customers(150, random_state=0)
    network = MultiInputClassifier(**SMALL)
    return make_pipeline(make_preprocessor(drop=["customer_id"]), network).fit(X, y), X


@pytest.fixture(scope="module")
def compiled(customers):
    return compile_pipeline(customers[0])


@pytest.fixture(scope="module")
def small():
    X, y = table()
    return make_pipeline(make_preprocessor(), MultiInputClassifier(**SMALL)).fit(X, y), X, y


def agree(compiled, pipeline, X, method="predict_proba", atol=1e-6):
    expected = getattr(pipeline, method)(X)
    got = getattr(compiled, method)(X)
    assert got.shape == expected.shape
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol * max(1, abs(expected).max()))
    else:
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("n_rows", [1, 3, 60])
def test_every_kind_of_column(customers, compiled, n_rows):
    pipeline, X = customers
    agree(compiled, pipeline, X.tail(n_rows))
    agree(compiled, pipeline, X.tail(n_rows), "predict")
    assert set(compiled.plan["runs"]) == {"compiled"}


def test_the_steps_answer_and_not_the_pipeline(customers, compiled, monkeypatch):
    # Equality would say nothing if rows went through the pipeline after all.
    _, X = customers
    copy = pickle.loads(pickle.dumps(compiled))
    expected = compiled.predict_proba(X.head(3))
    for part in pipelines_in(copy.scorer):
        monkeypatch.setattr(part.preprocessing, "transformer", None)
        for network in networks_in(part):
            monkeypatch.setattr(network, "estimator", None)
    np.testing.assert_allclose(copy.predict_proba(X.head(3)), expected, atol=1e-6)
    np.testing.assert_allclose(copy.predict_proba(X.iloc[0].to_dict()), expected[:1], atol=1e-6)


def test_rows_in_every_form(small):
    pipeline, X, _ = small
    compiled, expected = compile_pipeline(pipeline), pipeline.predict_proba(X.head(5))
    rows = X.head(5).to_dict("records")
    arrow = pa.Table.from_pandas(X.head(5), preserve_index=False)
    forms = [rows, tuple(rows), X.head(5), pl.from_pandas(X.head(5)), arrow]
    for form in [*forms, arrow.to_batches()[0], X.head(5)[["total", "plan", "age"]]]:
        np.testing.assert_allclose(compiled.predict_proba(form), expected, atol=1e-6)
    one = compiled.predict_proba({**rows[2], "further": 1})
    np.testing.assert_allclose(one, expected[2:3], atol=1e-6)
    assert compiled.predict(rows[2]).tolist() == pipeline.predict(X[2:3]).tolist()


def test_labels_and_probabilities_at_once(small, monkeypatch):
    pipeline, X, _ = small
    compiled = compile_pipeline(pipeline)
    runs = []
    (part,) = pipelines_in(compiled.scorer)
    evaluate = part.last.evaluate
    monkeypatch.setattr(part.last, "evaluate", lambda *inputs: runs.append(1) or evaluate(*inputs))
    labels, probabilities = compiled.predict_with_proba(X.head(5))
    assert len(runs) == 1
    assert labels.tolist() == pipeline.predict(X.head(5)).tolist()
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(X.head(5)), atol=1e-6)


@pytest.mark.parametrize("fusion", ["gated", "late", "attention", "concat"])
def test_every_fusion_runs_in_numpy(fusion):
    X, y = make_customers(120, random_state=1)
    X = X.drop(columns="customer_id")
    model = make_pipeline(make_preprocessor(), MultiInputClassifier(**SMALL, fusion=fusion))
    compiled = compile_pipeline(model.fit(X, y))
    assert all(network.network is not None for network in networks_in(compiled.scorer))
    agree(compiled, model, X.head(1))
    agree(compiled, model, X.head(25))


def test_the_branches_of_fewer_tables_run_in_numpy():
    rng = np.random.default_rng(0)
    words = np.array(["good", "bad", "fine", "poor", "nice"])
    n_rows = 60
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n_rows).round(1),
            "shop": rng.integers(0, 20, n_rows).astype(str),
            "review": [" ".join(rng.choice(words, 4)) for _ in range(n_rows)],
            "usage": [rng.normal(size=3).tolist() for _ in range(n_rows)],
            "steps": [rng.normal(size=2).tolist() for _ in range(n_rows)],
        }
    )
    X.loc[::7, "age"] = np.nan
    y = np.where(rng.random(n_rows) > 0.5, "yes", "no")
    transformer = ColumnTransformer(
        [
            ("numeric", NumberParser(), ["age"]),
            ("category", CategoryEncoder(), ["shop"]),
            ("text", TokenEncoder(min_frequency=1), ["review"]),
            ("sequence", SequenceEncoder(), ["usage", "steps"]),  # an input for each
        ]
    )
    network = MultiInputClassifier(
        **SMALL,
        branches=[
            ("numeric", NumericBranch(embedding="plain")),
            ("text", Conv1DBranch(filters=(4,), kernel_size=3, embedding_dim=4)),
        ],
    )
    model = make_pipeline(transformer.set_output(transform="pandas"), network).fit(X, y)
    compiled = compile_pipeline(model)
    assert set(compiled.plan["runs"]) == {"compiled"}
    agree(compiled, model, X.head(1))
    new = X.tail(9).assign(shop="never seen", review=["good unheard"] * 9)
    agree(compiled, model, new)


def test_many_rows(small):
    pipeline, X, _ = small
    compiled = compile_pipeline(pipeline)
    many = pd.concat([X] * 40, ignore_index=True)
    agree(compiled, pipeline, many)
    # The network in NumPy in parts, too.
    (network,) = networks_in(compiled.scorer)
    network.estimator = None
    agree(compiled, pipeline, many)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"age": 31.0, "plan": "basic"}, "The row lacks 'total'"),
        ({"age": 31.0, "plan": "basic", "Total": "1"}, "did you mean 'Total'"),
    ],
)
def test_a_missing_key_is_named(small, row, what):
    compiled = compile_pipeline(small[0])
    with pytest.raises(ValueError, match=what):
        compiled.predict_proba(row)
    with pytest.raises(ValueError, match="Row 1 lacks 'total'"):
        compiled.predict_proba([{**row, "total": "2"}, {"age": 1, "plan": "pro"}])


def test_what_is_no_table_is_refused(small):
    compiled = compile_pipeline(small[0])
    with pytest.raises(ValueError, match="no row"):
        compiled.predict([])
    with pytest.raises(ValueError, match="0 sample"):
        compiled.predict(small[1].head(0))
    with pytest.raises(TypeError, match="Expected a dict"):
        compiled.predict(np.ones((2, 3)))
    with pytest.raises(ValueError, match="total"):
        compiled.predict(small[1][["age", "plan"]])


MESSY = [
    {"age": "about 30"},  # a warning
    {"age": float("inf")},
    {"age": "inf"},
    {"age": [1, 2]},
    {"age": True},
    {"age": "41"},
    {"age": "?"},
    {"age": 2**70},
    {"age": pd.NA},
    {"plan": "gold"},
    {"plan": None},
    {"plan": ["basic"]},
    {"plan": 3},
    {"plan": "<unknown>"},
    {"plan": b"basic"},
    {"total": 12},
    {"total": "12 kg"},
    {"total": np.float32(0.1)},
    {"total": pd.Timestamp("2024-01-01")},
]


def outcome(predict, rows):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            result = predict(rows)
        except Exception as error:  # noqa: BLE001 - whatever it is
            return type(error), str(error)
    return result.round(5).tolist(), sorted({str(w.message) for w in seen})


@pytest.mark.parametrize("cells", MESSY, ids=[f"{i}" for i in range(len(MESSY))])
def test_messy_cells_give_the_pipelines_answer_warning_or_error(small, cells):
    pipeline, X, _ = small
    compiled = compile_pipeline(pipeline)
    row = {**X.iloc[0].to_dict(), **cells}
    expected = outcome(pipeline.predict_proba, pd.DataFrame([row]))
    assert outcome(compiled.predict_proba, row) == expected
    assert outcome(compiled.predict_proba, pd.DataFrame([row])) == expected


def test_threads_and_pickles(customers, compiled):
    pipeline, X = customers
    copy = pickle.loads(pickle.dumps(compiled))
    rows = X.head(16).to_dict("records")
    expected = pipeline.predict_proba(X.head(16))
    with ThreadPoolExecutor(8) as pool:
        for scorer in (compiled, copy):
            got = np.concatenate(list(pool.map(scorer.predict_proba, rows * 3)))
            np.testing.assert_allclose(got, np.tile(expected, (3, 1)), atol=1e-6)


def calibrated(method, *, ensemble):
    return lambda pipeline: CalibratedClassifierCV(pipeline, method=method, ensemble=ensemble, cv=2)


WRAPPERS = {
    "tuned": lambda p: TunedThresholdClassifierCV(p, scoring="balanced_accuracy", cv=2),
    "fixed": lambda p: FixedThresholdClassifier(p, threshold=0.4, pos_label="leaves"),
    "sigmoid": calibrated("sigmoid", ensemble=False),
    "isotonic of two": calibrated("isotonic", ensemble=True),
    "temperature": calibrated("temperature", ensemble=False),
    "search": lambda p: GridSearchCV(p, {"multiinputclassifier__dropout": [0.1]}, cv=2),
    "calibrated and tuned": lambda p: TunedThresholdClassifierCV(
        CalibratedClassifierCV(p, ensemble=False, cv=2), scoring="f1_macro", cv=2
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrappers(name):
    X, y = table()
    network = MultiInputClassifier(**{**SMALL, "n_estimators": 1})
    model = WRAPPERS[name](make_pipeline(make_preprocessor(), network)).fit(X, y)
    compiled = compile_pipeline(model)
    # The steps of isotonic calibration magnify rounding.
    agree(compiled, model, X.head(20), atol=1e-3 if "isotonic" in name else 1e-6)
    clear = np.abs(model.predict_proba(X)[:, 1] - 0.5) > 1e-3
    agree(compiled, model, X[clear].head(20), "predict")
    assert "CompiledPipeline" in repr(compiled)


def test_frozen_inside_and_samplers(small):
    pipeline, X, y = small
    frozen = FixedThresholdClassifier(FrozenEstimator(pipeline), threshold=0.6, pos_label="stays")
    agree(compile_pipeline(frozen.fit(X, y)), frozen, X.head(9), "predict")
    three = np.resize(["a", "b", "c"], len(y))
    inside = CalibratedClassifierCV(MultiInputClassifier(**SMALL), cv=2)
    steps = [("p", make_preprocessor()), ("s", RandomOverSampler(random_state=0)), ("m", inside)]
    model = ImblearnPipeline(steps).fit(X, three)
    agree(compile_pipeline(model), model, X.head(9))


def test_regressors():
    X, _ = table()
    y = np.nan_to_num(X["age"].to_numpy()) * 1000 + 5
    pipeline = make_pipeline(make_preprocessor(), MultiInputRegressor(**SMALL))
    plain = pipeline.fit(X, y)
    compiled = compile_pipeline(plain)
    agree(compiled, plain, X.head(20), "predict")
    with pytest.raises(AttributeError, match="predict_proba"):
        compiled.predict_proba(X.head(1))
    logs = TransformedTargetRegressor(pipeline, func=np.log1p, inverse_func=np.expm1).fit(X, y)
    agree(compile_pipeline(logs), logs, X.head(20), "predict")


def test_lists_of_words_beside_lists_of_numbers_and_several_units():
    rows = range(80)
    X = pd.DataFrame(
        {
            "steps": [[float(i), 2.0] for i in rows],
            "words": [["a", "b", "c"][: i % 3 + 1] for i in rows],
            "length": [f"{i % 9 + 1} Seasons" if i % 3 else f"{i} min" for i in rows],
            "since": [f"202{i % 4}Q{i % 4 + 1}" for i in rows],
        }
    )
    pipeline = make_pipeline(make_preprocessor(), MultiInputClassifier(**SMALL))
    pipeline.fit(X, np.arange(80) % 2)
    compiled = compile_pipeline(pipeline)
    agree(compiled, pipeline, X)
    agree(compiled, pipeline, X.head(1))
    assert compiled.input_columns["words"]["kind"] == "categories"
    assert compiled.input_columns["steps"]["kind"] == "numbers"


def test_quantiles_and_missing_numbers():
    X, _ = table()
    y = np.nan_to_num(X["age"].to_numpy()) * 1000 + 5
    numbers = ColumnTransformer([("numeric", StandardScaler(), ["age"])])
    numbers.set_output(transform="pandas")
    network = MultiInputRegressor(**SMALL, loss="quantile")
    model = make_pipeline(numbers, network).fit(X, y)
    compiled = compile_pipeline(model)
    assert "NumPy" in repr(compiled.plan)
    agree(compiled, model, X.head(20), "predict")
    complete = make_pipeline(numbers, network).fit(X[X["age"].notna()], y[X["age"].notna()])
    agree(compile_pipeline(complete), complete, X.head(20), "predict")
    waves = MultiInputRegressor(**SMALL, numeric__embedding="periodic")
    model = make_pipeline(numbers, waves).fit(X, y)
    agree(compile_pipeline(model), model, X.head(20), "predict")


def double(frame):
    return frame * 2


def test_what_has_no_lowering_runs_as_it_is():
    X, y = table()
    X["age"] = X["age"].fillna(30.0)
    preprocess = ColumnTransformer(
        [
            ("numeric", StandardScaler(), ["age"]),
            ("own", FunctionTransformer(double), ["age"]),
        ],
    ).set_output(transform="pandas")
    model = make_pipeline(preprocess, MultiInputClassifier(**SMALL)).fit(X, y)
    compiled = compile_pipeline(model, X.head(20))
    assert compiled.plan.set_index("step")["runs"]["own"] == "as it is"
    assert "as it is" in compiled._repr_html_()
    agree(compiled, model, X.head(20))
    agree(compiled, model, X.head(1))


def test_a_sample_may_hold_rows_that_the_steps_do_not_know(small):
    pipeline, X, _ = small
    sample = X.head(12).astype(object)
    sample.loc[3, "age"] = "about 30"
    agree(compile_pipeline(pipeline, sample), pipeline, X.head(20))


@pytest.mark.parametrize(
    ("last", "what"),
    [
        (make_pipeline(PCA(1), MultiInputClassifier(**SMALL)), "pca"),
        (LogisticRegression(), "LogisticRegression is not compiled"),
    ],
)
def test_other_models_are_refused_by_name(last, what):
    X, y = table()
    model = make_pipeline(make_preprocessor(numeric=["age"], drop=["plan", "total"]), last)
    with pytest.raises(ValueError, match=what):
        compile_pipeline(model.fit(X, y))


def own_network(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))


class Encoded(MultiInputClassifier):
    @property
    def feature_encoder(self):
        return FunctionTransformer(np.tanh)


def test_an_encoder_of_features_is_refused():
    X, y = table()
    preprocess = make_preprocessor(numeric=["age"], drop=["plan", "total"], imputation="median")
    model = make_pipeline(preprocess, Encoded(own_network, epochs=1)).fit(X, y)
    with pytest.raises(ValueError, match="feature_encoder of its own is not compiled"):
        compile_pipeline(model)


@pytest.mark.parametrize("unusual", [False, True])
def test_a_wrong_step_is_found_by_column(small, monkeypatch, unusual):
    from skmultiinput.serving._number_steps import Impute

    monkeypatch.setattr(
        Impute,
        "__call__",
        lambda self, x: np.hstack([np.nan_to_num(x, nan=7.0), np.isnan(x[:, self.flags])]),
    )
    sample = small[1].head(12).astype(object)
    if unusual:  # a row that the pipeline itself answers does not hide the others
        sample.loc[3, "age"] = "about 30"
    with pytest.raises(NotEqualError, match="numeric__age"):
        compile_pipeline(small[0], sample)
