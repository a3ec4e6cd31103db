import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from skmultiinput.preprocessing import CategoryEncoder, NumberParser, make_preprocessor
from skmultiinput.preprocessing._frame_pipeline import FramePipeline

FRAME = pd.DataFrame({"a": [1.0, None, 3.0], "b": [4.0, 5.0, 6.0], "c": ["x", "y", "x"]})


def transformer(pipeline):
    steps = [("impute", SimpleImputer()), ("scale", StandardScaler())]
    return ColumnTransformer(
        [("numeric", pipeline(steps), ["a", "b"]), ("category", CategoryEncoder(), ["c"])]
    ).set_output(transform="pandas")


def test_steps_put_in_later_keep_names_and_dtypes():
    for changes in (
        {"numeric__impute": KNNImputer()},
        {"numeric__scale": RobustScaler()},
        {"numeric__impute": KNNImputer(), "numeric__scale": "passthrough"},
    ):
        out = clone(transformer(FramePipeline)).set_params(**changes).fit_transform(FRAME)
        assert out.columns.tolist() == ["numeric__a", "numeric__b", "category__c"]
        assert isinstance(out["category__c"].dtype, pd.CategoricalDtype)


def test_the_stock_pipeline_still_needs_it():
    # When this fails, ColumnTransformer passes set_output on to later steps by itself, and
    # FramePipeline can go.
    out = transformer(Pipeline).set_params(numeric__scale=RobustScaler()).fit_transform(FRAME)
    assert not isinstance(out["category__c"].dtype, pd.CategoricalDtype)


def test_otherwise_it_is_the_stock_pipeline():
    pd.testing.assert_frame_equal(
        transformer(FramePipeline).fit_transform(FRAME), transformer(Pipeline).fit_transform(FRAME)
    )


def test_names_of_another_number_of_columns_are_refused():
    group = FramePipeline([("scale", StandardScaler())]).fit(FRAME[["a", "b"]].to_numpy())
    assert group.get_feature_names_out(["u", "v"]).tolist() == ["u", "v"]
    with pytest.raises(ValueError, match=r"number of features \(2\), got 1"):
        group.get_feature_names_out(["u"])


def test_polars_output_is_refused():
    with pytest.raises(ValueError, match=r'Call set_output\(transform="pandas"\)'):
        make_preprocessor().set_output(transform="polars")
    with config_context(transform_output="polars"):
        assert type(make_preprocessor().fit_transform(FRAME)) is pd.DataFrame


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (
            pd.DataFrame(
                {"age": [1.0, None, 3.0] * 9, "missingindicator_age": [0.0, 1.0, 5.5] * 9}
            ),
            ["age", "missingindicator_age (2)", "missingindicator_age"],
        ),
        (
            pd.DataFrame({"p": ["a_b", "c", "c"] * 9, "p_a": ["b", "d", "e"] * 9}),
            ["p_a_b", "p_c", "p_a_b (2)", "p_a_d", "p_a_e"],
        ),
    ],
)
def test_names_that_are_derived_twice_are_numbered(table, names):
    preprocessor = make_preprocessor().fit(table)
    out = preprocessor.transform(table)
    assert [name.partition("__")[2] for name in out.columns] == names
    assert out.columns.tolist() == preprocessor.get_feature_names_out().tolist()


ROUTED = pd.DataFrame(
    {
        "age": [1.0, None, 3.5, 4.0] * 15,
        "town": [f"town {i % 12}" for i in range(60)],
        "since": pd.date_range("2024-01-01", periods=60),
    }
)


@pytest.mark.parametrize("scaling", ["quantile", "standard", "robust", StandardScaler()])
def test_metadata_routing_with_nothing_requested(scaling):
    y, weights = np.arange(60) % 2, np.ones(60)
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        pipe = Pipeline([("preprocess", make_preprocessor(scaling=scaling)), ("model", model)])
        routed = pipe.fit(ROUTED, y, sample_weight=weights).predict_proba(ROUTED)
    pipe = Pipeline(
        [("preprocess", make_preprocessor(scaling=scaling)), ("m", LogisticRegression())]
    )
    np.testing.assert_allclose(routed, pipe.fit(ROUTED, y).predict_proba(ROUTED))


def test_metadata_that_a_step_requests_reaches_it():
    class Weighing(StandardScaler):
        def fit(self, X, y=None, sample_weight=None):
            self.weights_ = sample_weight
            return super().fit(X, y)

    with config_context(enable_metadata_routing=True):
        steps = [
            ("parse", NumberParser()),
            ("plain", StandardScaler()),
            ("weigh", Weighing().set_fit_request(sample_weight=True)),
        ]
        group = FramePipeline(steps).fit(FRAME[["a"]], sample_weight=np.arange(3))
    assert group[-1].weights_.tolist() == [0, 1, 2]
