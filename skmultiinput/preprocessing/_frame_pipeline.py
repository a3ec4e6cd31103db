"""A pipeline that keeps frames as frames, whichever step is put into it."""

import copy
import re
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRouter

from skmultiinput.preprocessing._column_wise import refuse_polars, unique_names

# The name that scikit-learn gives to a column without one, as part of a derived name.
_NUMBERED = re.compile(r"(?:(?<=_)|^)x(\d+)(?=_|$)")


class FramePipeline(Pipeline):
    """The pipeline of one column group in `make_preprocessor`, whose steps always pass frames.

    ``ColumnTransformer.set_output`` reaches the steps that are there when it is called. A step that
    a search puts in later (``preprocess__numeric__impute=KNNImputer()``) returns an array: the
    names of its columns are lost, and, as the last step, it makes the whole ColumnTransformer
    return one array in which no column is a category any more. This pipeline asks every step for
    frames at the start of each `fit`, makes names unique that different steps or columns derive
    (``missingindicator_age``), and asks for no metadata that the user did not request.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.impute import SimpleImputer
    >>> from sklearn.preprocessing import RobustScaler
    >>> group = FramePipeline([("impute", "passthrough"), ("scale", RobustScaler())])
    >>> ages = pd.DataFrame({"age": [20.0, 30.0, None]})
    >>> group.set_params(impute=SimpleImputer()).fit_transform(ages)
       age
    0 -1.0
    1  1.0
    2  0.0
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit the steps one after the other; as `sklearn.pipeline.Pipeline.fit`."""
        self.set_output(transform="pandas")
        return super().fit(X, y, **params)

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> pd.DataFrame:
        """Fit, and transform by the last step; as `sklearn.pipeline.Pipeline.fit_transform`."""
        self.set_output(transform="pandas")
        return _with_unique_names(super().fit_transform(X, y, **params))

    def transform(self, X: Any, **params: Any) -> pd.DataFrame:
        """Transform by all steps; as `sklearn.pipeline.Pipeline.transform`."""
        return _with_unique_names(super().transform(X, **params))

    def set_output(self, *, transform: str | None = None) -> Self:
        """Set the output of the steps; only pandas frames pass between them."""
        refuse_polars(self, transform)
        super().set_output(transform=transform)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata that the steps request; what is not requested is not passed.

        Without this, scikit-learn raises an error for ``sample_weight`` that a classifier behind
        the preprocessor requests, because a StandardScaler could use it too.
        """
        quiet = copy.copy(self)
        quiet.steps = [(name, _without_open_requests(step)) for name, step in self.steps]
        return super(FramePipeline, quiet).get_metadata_routing()

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns; as `sklearn.pipeline.Pipeline`."""
        if input_features is None or hasattr(self, "feature_names_in_"):
            return unique_names(super().get_feature_names_out(input_features))
        names = [str(name) for name in np.asarray(input_features, dtype=object)]
        if len(names) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(names)}"
            )
        # Without names, each step has numbered its columns from 0; a ColumnTransformer numbers
        # the columns of the whole table.
        numbered = super().get_feature_names_out(None)
        return unique_names(
            [_NUMBERED.sub(lambda m: names[int(m[1])], name, count=1) for name in numbered]
        )


def _with_unique_names(frame: Any) -> Any:
    if isinstance(frame, pd.DataFrame) and not frame.columns.is_unique:
        frame = frame.set_axis(unique_names(frame.columns), axis=1)
    return frame


def _without_open_requests(step: Any) -> Any:
    """Return a copy of a step that refuses the metadata of which it does not say anything."""
    if not hasattr(step, "set_fit_request"):
        return step
    step = copy.copy(step)
    requests = step.get_metadata_routing()
    with config_context(enable_metadata_routing=True):
        for method in ("fit", "transform", "inverse_transform"):
            requested = getattr(requests, method).requests
            unset = {name: False for name, wish in requested.items() if wish is None}
            if unset:
                getattr(step, f"set_{method}_request")(**unset)
    return step
