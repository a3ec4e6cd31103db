"""Each lowered transformer gives what the transformer gives, on any frame."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from skrub import DatetimeEncoder, SquashingScaler, ToDatetime
from strategies import raw_frames

from skmultiinput.preprocessing import (
    CategoryEncoder,
    DatetimeFeatures,
    DatetimeParser,
    HashingEncoder,
    InteractionTargetEncoder,
    NoisyQuantileTransformer,
    NumberParser,
    SequenceEncoder,
    TokenEncoder,
    Winsorizer,
    make_preprocessor,
)
from skmultiinput.serving import Columns, _date_steps, register_lowering
from skmultiinput.serving._lower_preprocessing import lower_preprocessing
from skmultiinput.serving._lowering import lower
from skmultiinput.serving._rows import Rows, UnusualRowsError


def differences(transformer, X, *, must_run=True):
    """Columns of a ColumnTransformer's output that the steps compute otherwise."""
    plan, places = lower_preprocessing(transformer)
    expected = transformer.transform(X)
    found = []
    for rows in (X, *(X.iloc[[i]] for i in range(len(X)))):
        try:
            blocks = plan.blocks(Rows(rows, plan.columns))
        except UnusualRowsError:
            assert not must_run
            continue
        part = expected.loc[rows.index]
        for name in expected.columns:
            group, column = places[name]
            values = part[name]
            if isinstance(values.dtype, pd.CategoricalDtype):
                values = values.cat.codes
            if not np.allclose(
                np.asarray(blocks[group][:, column], dtype=float),
                values.to_numpy(dtype=float),
                atol=1e-6,
                equal_nan=True,
            ):
                found.append(name)
    return found


def numbers(n=60, gaps=True):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.lognormal(size=(n, 3)), columns=["a", "b", "c"])
    X["c"] = (X["c"] > 1).astype(float)
    X["b"] = rng.uniform(1, 3, size=n)
    if gaps:
        X = X.mask(rng.random(X.shape) < 0.2)
    return X


ON_NUMBERS = {
    "median": (SimpleImputer(strategy="median", add_indicator=True), True),
    "constant": (SimpleImputer(strategy="constant", fill_value=-1.0), True),
    "knn": (KNNImputer(n_neighbors=3, add_indicator=True, keep_empty_features=True), True),
    "standard": (StandardScaler(), True),
    "no mean": (StandardScaler(with_mean=False), True),
    "minmax": (MinMaxScaler(feature_range=(-1, 2), clip=True), True),
    "maxabs": (MaxAbsScaler(), True),
    "robust": (RobustScaler(), True),
    "power": (PowerTransformer(), True),
    "box-cox": (PowerTransformer("box-cox", standardize=False), False),
    "quantile": (QuantileTransformer(n_quantiles=20), True),
    "normal": (QuantileTransformer(n_quantiles=20, output_distribution="normal"), True),
    "noisy": (NoisyQuantileTransformer(), True),
    "winsor": (Winsorizer(), True),
    "squash": (SquashingScaler(), True),
    "log": (FunctionTransformer(np.log1p, feature_names_out="one-to-one"), True),
    "nothing": (FunctionTransformer(), True),
    "parse": (NumberParser(), True),
    "chain": (make_pipeline(SimpleImputer(), RobustScaler(), Winsorizer()), True),
    "union": (FeatureUnion([("s", StandardScaler()), ("r", RobustScaler())]), True),
}


@pytest.mark.parametrize("name", ON_NUMBERS)
def test_numbers(name):
    step, gaps = ON_NUMBERS[name]
    X = numbers(gaps=gaps)
    if name == "box-cox":
        X = X[["a", "b"]]
    transformer = ColumnTransformer([("numeric", step, list(X.columns))])
    transformer.set_output(transform="pandas").fit(X)
    assert lower_preprocessing(transformer)[0].groups[0].step is not None
    new = X.iloc[::3] * 1.3 + (0 if name == "box-cox" else -0.1)
    # Which of equally near rows counts is left to the imputer.
    assert differences(transformer, new, must_run=name != "knn") == []


def categories(n=60):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "plan": rng.choice(["basic", "plus", "<=50K"], n),
            "code": rng.integers(0, 30, n),
            "flag": rng.random(n) > 0.5,
        }
    )


ON_CATEGORIES = {
    "onehot": OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
    "dropped": OneHotEncoder(sparse_output=False, drop="if_binary", handle_unknown="ignore"),
    "rare": OneHotEncoder(
        sparse_output=False, min_frequency=3, handle_unknown="infrequent_if_exist"
    ),
    "ordinal": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "target": TargetEncoder(),
    "pairs": InteractionTargetEncoder(),
    "category": CategoryEncoder(min_frequency=2),
    "hash": HashingEncoder(16),
    "labels, one-hot": make_pipeline(
        CategoryEncoder(), OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    ),
    "labels, pairs": make_pipeline(CategoryEncoder(2), InteractionTargetEncoder()),
}


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("name", ON_CATEGORIES)
def test_categories(name):
    X = categories()
    y = (X["code"] + 20 * (X["plan"] == "plus") > 20).astype(int)
    transformer = ColumnTransformer([("group", ON_CATEGORIES[name], list(X.columns))])
    transformer.set_output(transform="pandas").fit(X, y)
    assert lower_preprocessing(transformer)[0].groups[0].step is not None
    new = X.tail(12).reset_index(drop=True)
    new.loc[0, "plan"], new.loc[1, "code"] = "gold", 99
    assert differences(transformer, new) == []


@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_pairs_of_columns_decide_together():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({name: rng.integers(0, 4, 400).astype(str) for name in "abc"})
    y = (X["a"].astype(int) + X["b"].astype(int)) % 2
    encoder = InteractionTargetEncoder(random_state=0)
    transformer = ColumnTransformer([("target", encoder, list("abc"))])
    transformer.set_output(transform="pandas").fit(X, y)
    assert transformer.named_transformers_["target"].pairs_
    new = X.head(20).copy()
    new.loc[0, "a"] = "never seen"
    assert differences(transformer, new) == []


@pytest.mark.parametrize("encoder", [CategoryEncoder, HashingEncoder])
def test_parts_of_texts_are_levels(encoder):
    X = pd.DataFrame({"mail": [f"u{i}@{'ab'[i % 2]}.example.org" for i in range(40)]})
    transformer = ColumnTransformer([("category", encoder(parts=True), ["mail"])])
    transformer.set_output(transform="pandas").fit(X)
    assert transformer.named_transformers_["category"].parts_ != [None]
    new = pd.DataFrame({"mail": ["new@a.example.org", "plain", None]}, dtype=object)
    assert differences(transformer, new) == []


def test_gaps_in_texts_are_filled():
    X = pd.DataFrame({"plan": ["basic", "plus", np.nan, "basic"] * 5}, dtype=object)
    encode = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    fill = make_pipeline(SimpleImputer(strategy="most_frequent"), encode)
    transformer = ColumnTransformer([("onehot", fill, ["plan"])])
    transformer.set_output(transform="pandas").fit(X)
    assert lower_preprocessing(transformer)[0].groups[0].step is not None
    new = pd.DataFrame({"plan": [np.nan, "plus", "gold"]}, dtype=object)
    assert differences(transformer, new) == []
    # What a text column never held is left to the pipeline.
    plan, _ = lower_preprocessing(transformer)
    with pytest.raises(UnusualRowsError):
        plan.blocks(Rows(pd.DataFrame({"plan": [3]}, dtype=object), plan.columns))


def test_texts_of_several_numbers():
    X = pd.DataFrame({"screen": [f"{i + 1}x{2 * i + 1} cm" for i in range(30)]}, dtype=object)
    transformer = ColumnTransformer([("numeric", NumberParser(), ["screen"])])
    transformer.set_output(transform="pandas").fit(X)
    assert len(transformer.get_feature_names_out()) > 1
    new = pd.DataFrame({"screen": ["7x9 cm", "n/a", None, "12x1 cm"]}, dtype=object)
    assert differences(transformer, new) == []


def test_columns_with_hardly_two_values_are_squashed():
    X = pd.DataFrame({"rare": [0.0] * 38 + [5.0, 7.0], "one": 3.0, "wide": np.arange(40.0)})
    transformer = ColumnTransformer([("numeric", SquashingScaler(), list(X.columns))])
    transformer.set_output(transform="pandas").fit(X)
    assert transformer.named_transformers_["numeric"].minmax_cols_.any()
    assert differences(transformer, X * 1.5) == []


@pytest.mark.parametrize(
    "columns", [slice(0, 2), slice("a", "b"), [True, True, False], [0, 1], ["a", "b"]], ids=str
)
def test_columns_may_be_named_in_every_way(columns):
    X = numbers(gaps=False)
    transformer = ColumnTransformer([("numeric", StandardScaler(), columns)])
    transformer.set_output(transform="pandas").fit(X)
    plan, _ = lower_preprocessing(transformer)
    assert plan.groups[0].columns == ["a", "b"]
    assert differences(transformer, X.head(5)) == []


GAPS = np.array([[1.0, 2.0], [np.nan, 3.0], [2.0, 4.0]])
LEVELS = np.array([["a"], ["b"]], dtype=object)
NOT_LOWERED = {
    "weighted neighbours": (KNNImputer(weights="distance"), GAPS),
    "another mark of gaps": (SimpleImputer(missing_values=-1), GAPS[::2]),
    "a column without values": (SimpleImputer(), np.array([[np.nan, 1.0], [np.nan, 2.0]])),
    "clipped": (MaxAbsScaler(clip=True), GAPS[::2]),
    "arguments": (FunctionTransformer(np.round, kw_args={"decimals": 1}), GAPS),
    "a function of two": (FunctionTransformer(np.nan_to_num), GAPS),
    "sparse": (OneHotEncoder(), LEVELS),
    "levels that are no texts": (OrdinalEncoder(), np.array([[b"a"], [b"b"]], dtype=object)),
    "weights": (
        FeatureUnion([("s", StandardScaler())], transformer_weights={"s": 2.0}),
        GAPS[::2],
    ),
    "an unknown part": (FeatureUnion([("k", KNNImputer(weights="distance"))]), GAPS),
    "an unknown step": (make_pipeline(KNNImputer(weights="distance"), StandardScaler()), GAPS),
}


@pytest.mark.parametrize("name", NOT_LOWERED)
def test_what_has_no_equal_step_runs_as_it_is(name):
    transformer, X = NOT_LOWERED[name]
    columns = Columns("cells", tuple(f"x{i}" for i in range(X.shape[1])))
    assert lower(transformer.fit(X), columns) is None


def test_dates():
    rng = np.random.default_rng(0)
    days = pd.Series(pd.to_datetime(rng.integers(10_000, 20_000, 40), unit="D"))
    hours = days + pd.to_timedelta(rng.integers(0, 86_400, 40), unit="s")
    X = pd.DataFrame(
        {
            "iso": days.dt.strftime("%Y-%m-%d"),
            "day": days.dt.strftime("%d/%m/%Y %H:%M"),
            "long": days.dt.strftime("%b %d, %Y"),
            "moment": hours.mask(hours.index % 7 == 0),
        }
    )
    X.loc[3, ["iso", "day"]] = None
    parse = make_pipeline(DatetimeParser(), DatetimeFeatures()).set_output(transform="pandas")
    transformer = ColumnTransformer(
        [
            ("date", parse, list(X.columns)),
            ("skrub", make_pipeline(ToDatetime(), DatetimeEncoder(add_weekday=True)), "iso"),
        ]
    )
    transformer.set_output(transform="pandas").fit(X)
    assert all(group.step is not None for group in lower_preprocessing(transformer)[0].groups)
    new = pd.concat([X.head(12), pd.DataFrame({"iso": ["2024-02-29"]})], ignore_index=True)
    assert differences(transformer, new.astype({"iso": object})) == []


def test_words_beside_numbers_and_dates_of_the_fit_are_missing():
    X = pd.DataFrame({"n": [str(i) for i in range(20)], "day": ["2024-01-05", "2024-03-01"] * 10})
    X["bp"] = X["n"] + "/" + X["n"]
    parse = make_pipeline(DatetimeParser(), DatetimeFeatures()).set_output(transform="pandas")
    words = pd.DataFrame({"n": ["never"] * 3, "day": ["new"] * 3, "bp": ["low"] * 3})
    X = pd.concat([X, words], ignore_index=True)
    transformer = ColumnTransformer(
        [("numeric", NumberParser(), ["n", "bp"]), ("date", parse, ["day"])]
    )
    transformer.set_output(transform="pandas").fit(X)
    assert [form.words for form in transformer["numeric"].formats_] == [("never",), ("low",)]
    assert differences(transformer, X.tail(3)) == []


def test_dates_as_json_writes_them_need_no_pandas(monkeypatch):
    X = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=20, freq="37h")})
    written = ["2019-08-05T00:00:00.000", "2019-08-05T10:20:30.5", "2019-08-05T10:20:30.000Z"]
    parse = make_pipeline(DatetimeParser(), DatetimeFeatures()).set_output(transform="pandas")
    transformer = ColumnTransformer([("date", parse, ["day"])]).set_output(transform="pandas")
    new = pd.DataFrame({"day": written}, dtype=object)
    assert differences(transformer.fit(X), new) == []
    monkeypatch.setattr(_date_steps, "_read_by_pandas", None)
    assert differences(transformer, new) == []


def test_blank_text_and_truth_values_of_other_programs():
    X = pd.DataFrame({"plan": ["a", None, "b", "c"] * 5, "left": [True, False] * 10})
    X["city"] = X["plan"]
    transformer = ColumnTransformer(
        [
            ("plan", CategoryEncoder(), ["plan", "left"]),
            ("city", HashingEncoder(), ["city"]),
        ]
    )
    transformer.set_output(transform="pandas").fit(X)
    new = pd.DataFrame(
        {"plan": ["", " ", "a", "\t"], "left": [1, "true", "0", ""], "city": ["", "a", "  ", None]},
        dtype=object,
    )
    assert all(group.step is not None for group in lower_preprocessing(transformer)[0].groups)
    assert differences(transformer, new) == []


def test_texts_and_sequences():
    X = pd.DataFrame(
        {
            "text": ["Very nice top", "too small, too small", None, "été 我喜欢", ""] * 4,
            "usage": [[1, 2.5, None], [3.0], None, [], "[4, 5, 6, 7]"] * 4,
            "steps": [[[1, 2], [3, 4.0]], [[0, float("nan")]], None, [[1, 1]] * 5, []] * 4,
            "bought": [["a", "b"], ["c"], None, [], ["b", "zz", "a"]] * 4,
            "why": ["price; brand", "brand", None, "", "ads;price"] * 4,
            "tags": ["['new', 'eu']", '["eu"]', None, "", "[]"] * 4,
            "ids": [[17, 4], [17.0, None], "[4, 5]", None, [5]] * 4,
        }
    )
    transformer = ColumnTransformer(
        [
            ("text", TokenEncoder(min_frequency=1, ngram_range=(1, 2), max_length=5), ["text"]),
            ("usage", SequenceEncoder(max_length=3, padding="pre"), ["usage", "steps"]),
            ("bought", SequenceEncoder(max_length=2, truncation="post"), ["bought"]),
            ("levels", SequenceEncoder(), ["why", "tags"]),
            ("ids", SequenceEncoder(kind="categories"), ["ids"]),
        ]
    )
    transformer.set_output(transform="pandas").fit(X)
    assert all(group.step is not None for group in lower_preprocessing(transformer)[0].groups)
    new = X.head(5).copy()
    new.at[0, "text"], new.at[1, "bought"] = "unheard words", ["never", "a"]  # noqa: PD008 - two cells at once
    new["why"] = [["brand", "news"], "brand;ads", "news", None, []]
    assert differences(transformer, new) == []


@settings(max_examples=30)
@given(raw_frames(), raw_frames(), st.integers(0, 3))
def test_law_any_frame(seen, other, seed):
    y = np.arange(len(seen)) % 2
    rng = np.random.default_rng(seed)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            transformer = make_preprocessor().fit(seen, y)
        except (TypeError, ValueError):
            return  # refused in fit
        # The same rows, and rows of which a column holds something else.
        new = seen.sample(8, random_state=seed, replace=True).reset_index(drop=True)
        assert differences(transformer, new, must_run=False) == []
        name = rng.choice(list(seen.columns))
        new[name] = other["steady" if seed else other.columns[0]].iloc[:8].to_numpy()
        try:
            transformer.transform(new)
        except (TypeError, ValueError):
            # Each row that is refused is left to the pipeline.
            plan, _ = lower_preprocessing(transformer)
            with pytest.raises(UnusualRowsError):
                plan.blocks(Rows(new, plan.columns))
            return
        assert differences(transformer, new, must_run=False) == []


def test_register_lowering():
    class Doubled(StandardScaler):
        pass

    columns = Columns("numbers", ("a",))
    # A subclass may do anything.
    assert lower(Doubled().fit([[1.0]]), columns) is None

    @register_lowering(Doubled)
    def lower_doubled(transformer, columns):
        return (lambda x: 2 * x), columns

    step, _ = lower(Doubled(), columns)
    assert step(np.array([[3.0]])).tolist() == [[6.0]]
