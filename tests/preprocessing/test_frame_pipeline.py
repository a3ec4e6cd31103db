import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from skmultiinput.preprocessing import CategoryEncoder, FramePipeline

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
