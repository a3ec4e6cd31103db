"""The only module that touches private names of the libraries underneath, and bridges versions.

Each entry says why it is here and when it can go.
"""

import inspect

import pandas as pd

# scikit-learn's own way to check constructor parameters. Private, but the form every estimator
# of it uses; can go when scikit-learn publishes them.
from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

__all__ = ["FROM_CODES_UNCHECKED", "HasMethods", "Interval", "StrOptions", "_fit_context"]

# pandas 2.1 can skip looking for codes outside the categories, which are right by construction;
# can go, as validate=False at the calls, when pandas 2.0 is no longer supported.
FROM_CODES_UNCHECKED = (
    {"validate": False}
    if "validate" in inspect.signature(pd.Categorical.from_codes).parameters
    else {}
)
