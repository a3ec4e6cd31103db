"""A pipeline that keeps frames as frames, whichever step is put into it."""

import re

import numpy as np
from sklearn.pipeline import Pipeline

# The name that scikit-learn gives to a column without one, as it stands in derived names.
_NUMBERED = re.compile(r"(?:(?<=_)|^)x(\d+)(?=_|$)")


class FramePipeline(Pipeline):
    """A scikit-learn `Pipeline` for one column group, whose steps always pass frames.

    ``ColumnTransformer.set_output`` reaches the steps that are there when it is called. A step that
    a search puts in later (``preprocess__numeric__impute=KNNImputer()``) returns an array: the
    names of its columns are lost, and, as the last step, it makes the whole ColumnTransformer
    return one array in which no column is a category any more. This pipeline asks every step for
    frames at the start of each `fit`.

    Parameters
    ----------
    steps, transform_input, memory, verbose
        As for `sklearn.pipeline.Pipeline`.

    Attributes
    ----------
    n_features_in_, feature_names_in_, named_steps
        As for `sklearn.pipeline.Pipeline`.

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

    def fit(self, X, y=None, **params):
        """Fit the steps one after the other; as `sklearn.pipeline.Pipeline.fit`."""
        return self._with_frames(super().fit, X, y, params)

    def fit_transform(self, X, y=None, **params):
        """Fit, and transform by the last step; as `sklearn.pipeline.Pipeline.fit_transform`."""
        return self._with_frames(super().fit_transform, X, y, params)

    def _with_frames(self, method, X, y, params):
        self.set_output(transform="pandas")
        return method(X, y, **params)

    def get_feature_names_out(self, input_features=None):
        """Get the names of the output columns; as `sklearn.pipeline.Pipeline`.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns.

        Returns
        -------
        ndarray of shape (n_features_out,), dtype=object
        """
        if input_features is None or hasattr(self, "feature_names_in_"):
            return super().get_feature_names_out(input_features)
        # Without names, each step has numbered its columns from 0; a ColumnTransformer numbers
        # the columns of the whole table.
        names = super().get_feature_names_out(None)
        return np.array(
            [_NUMBERED.sub(lambda m: input_features[int(m[1])], name, count=1) for name in names],
            dtype=object,
        )
