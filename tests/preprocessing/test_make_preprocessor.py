import os
import pathlib
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import skrub
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline as ImbPipeline
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier
from strategies import raw_frames

from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.preprocessing import (
    CategoryEncoder,
    DroppedColumnWarning,
    HashingEncoder,
    Winsorizer,
    describe_columns,
    make_preprocessor,
)

DATA = pathlib.Path(os.environ.get("SKMULTIINPUT_DATA", "../shared/data"))
N = 120
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(45, 15, N)),
        "total": [f"{x:,.2f}" if x > 100 else " " for x in RNG.lognormal(6, 1, N)],
        "paperless": RNG.random(N) < 0.5,
        "plan": RNG.choice(["basic", "plus", None], N),
        "town": RNG.choice([f"town {i}" for i in range(15)], N),
        "signup": pd.Series(pd.date_range("2023-01-01", periods=N, freq="31h")).astype(str),
        "review": [f"order {i} was {['good', 'bad'][i % 2]} and so on" for i in range(N)],
        "usage": [list(np.arange(i % 4, dtype=float)) for i in range(N)],
        "photo": [np.full((4, 4, 1), i, dtype=np.uint8) for i in range(N)],
    }
)
TABLE.loc[3, "signup"] = "soon"
Y = ((TABLE["age"].fillna(60) > 45) ^ (RNG.random(N) < 0.2)).to_numpy()
NUMBERS = TABLE[["age", "total"]]
SIMPLE = TABLE[["age", "total", "paperless", "plan", "town"]]


def groups_of(frame):
    return list(dict.fromkeys(name.split("__")[0] for name in frame.columns))


def test_every_kind_of_column_becomes_an_input():
    preprocessor = make_preprocessor(category=["plan"])
    assert type(preprocessor) is ColumnTransformer
    frame = preprocessor.fit_transform(TABLE, Y)
    kinds = {spec.group: spec.kind for spec in ColumnGroups.from_frame(frame).inputs}
    assert kinds == {
        "numeric": "numeric",
        "onehot": "numeric",
        "category": "categorical",
        "target": "numeric",
        "date": "numeric",
        "text": "tokens",
        "sequence": "sequence",
        "image": "image",
    }
    assert not frame.isna().any().any()
    assert frame.index.equals(TABLE.index)
    # One row, with every cell missing, has the same columns, dtypes and no gap.
    empty = pd.DataFrame([[None] * TABLE.shape[1]], columns=TABLE.columns, dtype=object)
    row = preprocessor.transform(empty)
    pd.testing.assert_series_equal(row.dtypes, frame.dtypes)
    assert not row.isna().any().any()


def test_the_same_by_hand_with_stock_parts():
    ours = make_preprocessor().fit_transform(SIMPLE.drop(columns="town"), Y)
    clean = pd.DataFrame(
        {
            "age": SIMPLE["age"],
            "total": pd.to_numeric(SIMPLE["total"].str.replace(",", ""), errors="coerce"),
            "paperless": SIMPLE["paperless"].map({True: "True", False: "False"}),
            "plan": SIMPLE["plan"].fillna("<missing>"),
        }
    )
    quantiles = QuantileTransformer(n_quantiles=10, output_distribution="normal", subsample=None)
    # Age is drawn from a normal distribution, the total from a lognormal one.
    scale = ColumnTransformer(
        [("straight", StandardScaler(), ["age"]), ("bent", quantiles, ["total"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    impute = SimpleImputer(strategy="median", add_indicator=True)
    hand = ColumnTransformer(
        [
            ("numeric", Pipeline([("impute", impute), ("scale", scale)]), ["age", "total"]),
            ("onehot", OneHotEncoder(sparse_output=False), ["paperless", "plan"]),
        ]
    ).set_output(transform="pandas")
    # The noise in the quantiles is what is left.
    pd.testing.assert_frame_equal(ours, hand.fit_transform(clean), atol=1e-3)


@pytest.mark.parametrize(
    ("scaling", "imputation"),
    [("robust", "mean"), ("standard", "most_frequent"), ("minmax", "knn"), (None, "median")],
)
def test_the_numbers_are_exactly_those_of_the_stock_parts(scaling, imputation):
    ours = make_preprocessor(scaling=scaling, imputation=imputation)
    out = ours.fit_transform(NUMBERS)
    clean = NUMBERS.assign(
        total=pd.to_numeric(NUMBERS["total"].str.replace(",", ""), errors="coerce")
    )
    parts = ours.named_transformers_["numeric"].named_steps
    hand = Pipeline([("impute", clone(parts["impute"])), ("scale", clone_step(parts["scale"]))])
    hand.set_output(transform="pandas")
    assert type(parts["impute"]).__module__.startswith("sklearn")
    pd.testing.assert_frame_equal(out, hand.fit_transform(clean).add_prefix("numeric__"))


def clone_step(step):
    return step if step == "passthrough" else clone(step)


IMPUTATIONS = ["median", "mean", "most_frequent", "knn", "iterative"]


@pytest.mark.parametrize("imputation", IMPUTATIONS)
@pytest.mark.parametrize("scaling", ["quantile", "robust", "standard", "minmax", "squash", None])
def test_every_imputation_with_every_scaling(imputation, scaling):
    preprocessor = make_preprocessor(
        imputation=imputation, scaling=scaling, outliers="winsorize", cardinality_threshold=20
    )
    frame = preprocessor.fit_transform(SIMPLE, Y)
    assert not frame.isna().any().any()
    assert "numeric__missingindicator_age" in frame
    assert frame["numeric__missingindicator_age"].nunique() == 2
    assert groups_of(frame) == ["numeric", "onehot"]


@pytest.mark.parametrize(
    ("treatment", "groups", "numbers"),
    [
        ("target", ["target"], True),
        ("embedding", ["category"], False),
        ("hash", ["category"], False),
        ("embedding+target", ["category", "target"], None),
        (HashingEncoder(n_buckets=5), ["category"], False),
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["category"], True),
    ],
)
def test_every_treatment_of_many_levels(treatment, groups, numbers):
    preprocessor = make_preprocessor(high_cardinality=treatment)
    frame = preprocessor.fit_transform(SIMPLE[["age", "town"]], Y)
    assert groups_of(frame) == ["numeric", *groups]
    if numbers is not None:
        assert pd.api.types.is_numeric_dtype(frame[f"{groups[0]}__town"]) == numbers
    new = pd.DataFrame({"age": [40.0, None], "town": ["nowhere", None]})
    assert not preprocessor.transform(new).isna().any().any()


@pytest.mark.parametrize(
    ("y", "n_columns"),
    [
        (np.arange(N) % 2, 1),
        (np.array(["a", "b", "c"] * (N // 3)), 3),
        (RNG.normal(size=N), 1),
        (RNG.integers(0, 10**6, N), 1),
        (RNG.integers(0, 2, (N, 2)), 2),
    ],
)
def test_target_encoding_of_every_kind_of_target(y, n_columns):
    frame = make_preprocessor().fit_transform(SIMPLE[["town"]], y)
    assert frame.shape == (N, n_columns)
    assert len(ColumnGroups.from_frame(frame).inputs) == 1


def test_a_leak_would_show():
    # Targets are noise and towns are nearly unique: what is learned from them is a leak.
    table = pd.DataFrame({"town": RNG.choice([f"t{i}" for i in range(60)], N)})
    noise = np.arange(N) % 2
    RNG.shuffle(noise)
    pipe = Pipeline([("preprocess", make_preprocessor()), ("model", LogisticRegression())])
    encoded = pipe[0].fit_transform(table, noise)["target__town"]
    assert abs(np.corrcoef(encoded, noise)[0, 1]) < 0.3
    assert cross_val_score(pipe, table, noise, cv=5, scoring="roc_auc").mean() < 0.7


def test_groups_are_found_in_the_training_rows_of_each_fold():
    table = pd.DataFrame({"a": RNG.normal(size=N), "grows": ["x"] * 60 + ["x", "y"] * 30})
    preprocessor = make_preprocessor()
    with pytest.warns(DroppedColumnWarning, match="'grows'"):
        assert groups_of(preprocessor.fit_transform(table.iloc[:60])) == ["numeric"]
    assert groups_of(clone(preprocessor).fit_transform(table)) == ["numeric", "onehot"]


def test_dropped_columns_are_named_in_one_warning_each():
    table = SIMPLE.assign(one=1, none=None, customerID=[f"c{i}" for i in range(N)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make_preprocessor().fit(table, Y)
    messages = [str(w.message) for w in caught if w.category is DroppedColumnWarning]
    assert len(messages) == 2
    assert "'one'" in messages[0]
    assert "'none'" in messages[0]
    assert "'customerID'" in messages[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", DroppedColumnWarning)
        make_preprocessor(drop=["one", "none", "customerID"]).fit(table, Y)


def test_columns_named_for_a_group():
    preprocess = make_preprocessor(
        numeric=["plan"], onehot=["town"], text=["total"], drop=["paperless"]
    )
    with pytest.warns(UserWarning, match="'plan': no cell could be read as a number, e.g. "):
        frame = preprocess.fit_transform(SIMPLE, Y)
    assert groups_of(frame) == ["numeric", "onehot", "text"]
    assert sum(name.startswith("onehot__town_") for name in frame) == 15
    assert (frame["numeric__plan"] == 0).all()


def test_dates_are_numbers_and_what_is_no_date_is_flagged():
    frame = make_preprocessor().fit_transform(TABLE[["signup"]])
    assert frame["date__signup_missing"].tolist() == [float(i == 3) for i in range(N)]
    assert "date__signup_month_circular_0" in frame
    assert not frame.isna().any().any()


def test_names_stay_unambiguous():
    table = pd.DataFrame(
        {
            "a__b": RNG.normal(size=N),
            "x[3]": RNG.normal(size=N),
            "__": RNG.normal(size=N),
            "plan": ["x[1]", "y"] * (N // 2),
            "t[0]": [f"t{i % 20}" for i in range(N)],
        }
    )
    table.loc[0, "x[3]"] = np.nan
    for treatment in ("target", "embedding"):
        frame = make_preprocessor(high_cardinality=treatment).fit_transform(table, Y)
        groups = ColumnGroups.from_frame(frame)
        assert set(groups.groups) == set(groups_of(frame))
        assert {spec.kind for spec in groups.inputs} <= {"numeric", "categorical"}
        assert "numeric__a__b" in frame
        assert "numeric__missingindicator_x(3)" in frame
        assert "onehot__plan_x(1)" in frame


def test_tables_without_names():
    numbered = SIMPLE.set_axis(range(SIMPLE.shape[1]), axis=1)
    frame = make_preprocessor().fit_transform(numbered, Y)
    assert groups_of(frame) == ["numeric", "onehot", "target"]
    array = RNG.normal(size=(30, 3))
    preprocessor = make_preprocessor()
    frame = preprocessor.fit_transform(array)
    assert frame.columns.tolist() == ["numeric__x0", "numeric__x1", "numeric__x2"]
    pd.testing.assert_frame_equal(preprocessor.transform(array[:1]), frame[:1])
    with pytest.raises(TypeError, match="Feature names are only supported if all input"):
        make_preprocessor().fit(SIMPLE.rename(columns={"age": 0}), Y)


@settings(max_examples=15, deadline=None)
@given(raw_frames(), st.randoms(use_true_random=False))
@pytest.mark.filterwarnings("ignore::skmultiinput.preprocessing.DroppedColumnWarning")
def test_laws_of_messy_tables(table, random):
    y = np.arange(len(table)) % 2
    before = table.copy(deep=True)
    preprocessor = make_preprocessor(high_cardinality="embedding")
    frame = preprocessor.fit_transform(table, y)
    assert not frame.isna().any().any()
    ColumnGroups.from_frame(frame)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(preprocessor.transform(table), frame)

    rows = list(range(len(table)))
    random.shuffle(rows)
    pd.testing.assert_frame_equal(preprocessor.transform(table.iloc[rows]), frame.iloc[rows])
    refitted = clone(preprocessor).fit_transform(table.iloc[rows], y)
    pd.testing.assert_frame_equal(refitted, frame.iloc[rows])

    columns = list(table.columns)
    random.shuffle(columns)
    pd.testing.assert_frame_equal(preprocessor.transform(table[columns]), frame)
    again = clone(preprocessor).fit_transform(table[columns], y)
    pd.testing.assert_frame_equal(again[frame.columns], frame)

    loaded = pickle.loads(pickle.dumps(preprocessor))
    pd.testing.assert_frame_equal(loaded.transform(table), frame)
    assert describe_columns(loaded)["column"].tolist() == list(table.columns)


@settings(max_examples=25, deadline=None)
@given(raw_frames(), raw_frames())
@pytest.mark.filterwarnings("ignore::skmultiinput.preprocessing.DroppedColumnWarning")
def test_unseen_cells_never_raise(table, other):
    y = np.arange(len(table)) % 2
    preprocessor = make_preprocessor()
    frame = preprocessor.fit_transform(table, y)
    n = table.shape[1]
    cells = pd.concat([other.astype(object)] * n, axis=1).iloc[:, -n:]
    strange = cells.set_axis(table.columns, axis=1)
    # Numbers stand where numbers stood: other columns take any cell.
    for name, _, columns in preprocessor.transformers_:
        if name in ("numeric", "date"):
            strange[columns] = strange[columns].astype(str)
    out = preprocessor.transform(strange)
    pd.testing.assert_series_equal(out.dtypes, frame.dtypes)
    assert not out.isna().any().any()


def as_codes(frame):
    codes = {name: frame[name].cat.codes for name in frame.select_dtypes("category")}
    assert len(codes) == 1
    return frame.assign(**codes)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_everything_is_searchable_in_a_pipeline(n_jobs):
    pipe = ImbPipeline(
        [
            ("preprocess", make_preprocessor(category=["plan"])),
            ("codes", FunctionTransformer(as_codes)),
            ("model", DecisionTreeClassifier(max_depth=3, random_state=0)),
        ]
    )
    grid = [
        {"preprocess__numeric__impute": [KNNImputer(), SimpleImputer(), "passthrough"]},
        {"preprocess__numeric__outliers": [Winsorizer(), "passthrough"]},
        {"preprocess__numeric__scale": [RobustScaler(), "passthrough"]},
        {"preprocess__category__min_frequency": [1, 30]},
        {"preprocess__category": [HashingEncoder(4), CategoryEncoder(max_categories=1)]},
        {"preprocess__target__encode__smooth": [1.0]},
        {"preprocess": [make_preprocessor(category=["plan"], scaling="squash")]},
    ]
    search = GridSearchCV(pipe, grid, cv=2, scoring="roc_auc", n_jobs=n_jobs, error_score="raise")
    search.fit(SIMPLE, Y)
    assert len(search.cv_results_["mean_test_score"]) == 13
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_the_named_groups_and_steps():
    preprocessor = make_preprocessor()
    names = [name for name, _, _ in preprocessor.transformers]
    assert names[:8] == [
        *("numeric", "onehot", "category", "target", "date", "text", "sequence", "image")
    ]
    assert list(preprocessor.transformers[0][1].named_steps) == [
        "parse",
        "impute",
        "outliers",
        "scale",
    ]


def test_one_seed_one_result_in_every_process():
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/preprocessing']\n"
        "from test_make_preprocessor import SIMPLE, Y, make_preprocessor\n"
        "out = make_preprocessor(imputation='iterative').fit_transform(SIMPLE, Y)\n"
        "print(repr(out.sum(numeric_only=True).sum()), *out.columns[:2])\n"
        "print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    here = make_preprocessor(imputation="iterative").fit_transform(SIMPLE, Y)
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=pathlib.Path(__file__).parents[2],
    ).stdout.splitlines()
    assert there[0] == " ".join([repr(here.sum(numeric_only=True).sum()), *here.columns[:2]])
    assert there[1] == "False"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"imputation": "mode"}, "imputation must be one of 'median'.*got 'mode'"),
        ({"scaling": "z"}, "scaling must be one of 'quantile'.*None or a transformer"),
        ({"scaling": RobustScaler}, "scaling must be one of.*instance, got <class"),
        ({"outliers": True}, "outliers must be one of 'winsorize'"),
        ({"high_cardinality": "onehot"}, "high_cardinality must be one of 'target'"),
        ({"cardinality_threshold": -1}, "cardinality_threshold must be a whole number"),
        ({"cardinality_threshold": 2.5}, "cardinality_threshold must be a whole number"),
        ({"target_type": "yes"}, "'target_type' parameter of InteractionTargetEncoder"),
        ({"text": "review"}, r"text must be a list of columns, got 'review'"),
        ({"text": ["a"], "drop": ["a"]}, "Column 'a' is named for both text and drop"),
        ({"text": ["revue"]}, "text=.* names 'revue', which is no column"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        make_preprocessor(**options).fit(SIMPLE, Y)


def test_wrong_tables():
    preprocessor = make_preprocessor().fit(SIMPLE, Y)
    with pytest.raises(ValueError, match="town"):
        preprocessor.transform(SIMPLE.drop(columns="town"))
    with pytest.raises(ValueError, match="Column 'age' contains infinity in row 2"):
        preprocessor.transform(SIMPLE.assign(age=[1.0, 2.0, np.inf, *[1.0] * (N - 3)]))
    with pytest.raises(ValueError, match="requires y to be passed"):
        make_preprocessor().fit(SIMPLE)
    with pytest.raises(TypeError, match=r"Column 'm' mixes .*category=\[...\]"):
        make_preprocessor().fit(SIMPLE.assign(m=["a", 1] * (N // 2)), Y)
    with pytest.raises(ValueError, match="No column is left"):
        make_preprocessor().fit(pd.DataFrame({"a": [1, 1, 1]}))


@pytest.mark.skipif(not DATA.is_dir(), reason="real data: SKMULTIINPUT_DATA")
@pytest.mark.filterwarnings("ignore::skmultiinput.preprocessing.DroppedColumnWarning")
@pytest.mark.parametrize(
    ("file", "target", "expected"),
    [
        (
            "telco_churn/Telco-Customer-Churn.csv",
            "Churn",
            {"customerID": "dropped", "TotalCharges": "numeric", "Contract": "onehot"},
        ),
        (
            "hr_attrition/emp_attrition.csv",
            "Attrition",
            {"EmployeeNumber": "dropped", "Over18": "dropped", "JobRole": "target"},
        ),
        (
            "womens_clothing/womens_clothing.csv.gz",
            "Recommended IND",
            {"Clothing ID": "target", "Title": "text", "Review Text": "text", "Age": "numeric"},
        ),
        (
            "california_housing/housing.csv",
            "median_house_value",
            {"ocean_proximity": "onehot", "total_bedrooms": "numeric", "longitude": "numeric"},
        ),
    ],
)
def test_real_tables(file, target, expected):
    table = pd.read_csv(DATA / file).iloc[:1500]
    y = table.pop(target)
    preprocessor = make_preprocessor().fit(table, y)
    assert not preprocessor.transform(table).isna().any().any()
    found = describe_columns(preprocessor).set_index("column")["group"]
    assert found[list(expected)].to_dict() == expected


def test_columns_are_named_by_selectors_and_dtypes_are_obeyed():
    table = pd.DataFrame(
        {
            "n1": np.arange(N) % 7,
            "n2": np.arange(N) % 5,
            "grade": pd.Categorical(["b", "a", "c"] * (N // 3), ["c", "b", "a"], ordered=True),
            "size": ["B", "A", "C"] * (N // 3),
            "id": pd.Categorical([f"c{i}" for i in range(N)]),
        }
    )
    preprocessor = make_preprocessor(
        category=make_column_selector(pattern="n1"),
        onehot=skrub.selectors.cols("n2"),
        ordinal={"size": ["C", "B", "A"]},
        scaling=None,
    )
    frame = preprocessor.fit_transform(table, np.arange(N) % 2)
    assert isinstance(frame["category__n1"].dtype, pd.CategoricalDtype)
    assert {"onehot__n2_0", "onehot__size_A", "onehot__grade_a", "target__id"} <= set(frame)
    assert frame["numeric__grade"].tolist()[:3] == [1, 2, 0]
    assert frame["numeric__size"].tolist()[:3] == [1, 2, 0]
    with pytest.raises(ValueError, match="'n1' is named for both category and drop"):
        make_preprocessor(category=["n1"], drop=skrub.selectors.cols("n1")).fit(table)


def test_columns_are_joined_to_a_sequence_by_name():
    table = pd.DataFrame({"PAY_0": [1.0, 2] * 20, "PAY_2": [3.0, 4] * 20, "x": np.arange(40) / 3})
    preprocessor = make_preprocessor(sequence={"pay": ["PAY_2", "PAY_0"]})
    frame = preprocessor.fit_transform(table)
    assert {"sequence__pay[0,0]", "sequence__pay[1,1]", "numeric__x"} <= set(frame)
    assert clone(preprocessor).fit(table).transform(table).equals(frame)


def code_table(seed, n=4000):
    rng = np.random.default_rng(seed)
    columns, score = {}, np.zeros(n)
    for j, n_levels in enumerate((30, 100, 400)):
        levels = rng.integers(0, n_levels, n)
        columns[f"code{j}"] = rng.choice(10**6, n_levels, replace=False)[levels]
        score += rng.normal(size=n_levels)[levels]
    return pd.DataFrame(columns), (rng.random(n) < 1 / (1 + np.exp(-1.2 * score))).astype(int)


@pytest.mark.parametrize("seed", [0, 1])
def test_codes_are_as_good_as_categories(seed):
    X, y = code_table(seed)
    model = make_pipeline(make_preprocessor(), LogisticRegression(max_iter=500))
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = [
        cross_val_score(model, table, y, cv=folds, scoring="roc_auc").mean()
        for table in (X, X.astype(str).astype(object), X.astype("category"))
    ]
    assert min(scores[:2]) > scores[2] - 0.005


@settings(max_examples=150, deadline=None)
@given(st.data())
@pytest.mark.filterwarnings("ignore")
def test_any_column_is_read_or_the_error_names_it(data):
    cells = st.one_of(
        *(st.sampled_from(values) for values in CELLS),
        st.none(),
        st.text(max_size=12),
        st.floats(allow_infinity=False),
        st.integers(),
        st.booleans(),
        st.dates().map(str),
        st.lists(st.floats(0, 1), max_size=3),
    )
    column = data.draw(
        st.one_of(
            st.lists(cells, min_size=12, max_size=60),
            *(st.lists(st.sampled_from(values), min_size=12, max_size=60) for values in CELLS),
        )
    )
    table = pd.DataFrame(
        {"the column": pd.Series(column, dtype=object), "x": np.arange(len(column))}
    )
    table["x"] = table["x"] % 7 + 0.5
    y = np.arange(len(column)) % 2
    try:
        frame = make_preprocessor().fit(table, y).transform(table)
    except (TypeError, ValueError) as error:
        assert "the column" in str(error)  # noqa: PT017  (raising is not required)
    else:
        assert not frame.isna().any().any()
        ColumnGroups.from_frame(frame)


CELLS = [
    ["1", "2.5", "-3", "1,000", "?", ""],
    ["81 kg", "75 kg", "900 g", "heavy"],
    ["2h 10m", "45m", "1:30:00"],
    ["14:05", "9:30 PM", "24:00"],
    ["<1", "1-5", "10+", "more than 7", "n/a"],
    ["Low", "Medium", "High", "NA"],
    ["2020-01-31", "02/01/2020", "May 3, 2021", "9999-12-31"],
    ["20200131", "1580428800", "1580428800000"],
    [20200131, 20201231, 1580428800, 999, -999],
    ["[40.7, -74.0]", "41.1, -73.9", "[1, 2, 3]", "1 2 3", "[]"],
    ["ann@a.org", "https://b.com/x", "94107", "(415) 555-0001"],
    ["117961", "118300", "Others"],
    ["\x00", "\ud800", "\u202e", "e\u0301", "🙂"],
    ["nan", "inf", "-inf", "1e999", "0x1F"],
    ["<missing>", "<unknown>", "a[3]", "__"],
]


def test_amounts_of_rare_levels_do_not_explode():
    """Whole amounts beside levels that occur once: far levels keep to the range of training."""
    rng = np.random.default_rng(0)
    n_rows = 600
    X = pd.DataFrame(
        {
            "maker": (rng.zipf(1.3, n_rows) % 150).astype(str),
            "place": rng.integers(0, 40, n_rows).astype(str),
        }
    )
    y = rng.lognormal(14, 2, n_rows).round()
    preprocess = make_preprocessor(target=["maker", "place"])
    seen = preprocess.fit_transform(X[:400], y[:400])
    new = preprocess.transform(X[400:])
    assert not [name for name in seen.columns if "direction" in name]
    spread = (new - seen.mean()).abs().max() / seen.std()
    assert spread.max() < 25
