"""The only module that touches private names of the libraries underneath, and bridges versions.

Each entry says why it is here and when it can go.
"""

import inspect

import pandas as pd

# scikit-learn's own way to check constructor parameters. Private, but the form every estimator
# of it uses; can go when scikit-learn publishes them.
from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

__all__ = [
    "FROM_CODES_UNCHECKED",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_fit_context",
    "target_encoder",
]

# pandas 2.1 can skip looking for codes outside the categories, which are right by construction;
# can go, as validate=False at the calls, when pandas 2.0 is no longer supported.
FROM_CODES_UNCHECKED = (
    {"validate": False}
    if "validate" in inspect.signature(pd.Categorical.from_codes).parameters
    else {}
)


def target_encoder(target_type, smooth, folds, random_state):
    """Make a TargetEncoder with seeded folds.

    scikit-learn 1.9 takes the folds themselves and deprecates the seed it took before; can go when
    scikit-learn 1.8 is no longer supported.
    """
    from sklearn.preprocessing import TargetEncoder  # noqa: PLC0415  (only preprocessing needs it)

    seed = inspect.signature(TargetEncoder).parameters.get("random_state")
    options = {"target_type": target_type, "smooth": smooth}
    if seed is None or seed.default == "deprecated":
        return TargetEncoder(cv=folds, **options)
    return TargetEncoder(cv=folds.n_splits, shuffle=True, random_state=random_state, **options)
