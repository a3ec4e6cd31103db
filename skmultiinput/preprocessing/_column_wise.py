"""Raw frames in, frames out: what every column-wise transformer of this package shares."""

from collections import Counter

import numpy as np
import pandas as pd
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils.validation import check_array, validate_data

from skmultiinput.frame._column_address import INDEX


def plain_name(name):
    """Return `name` so that it cannot be read as one cell of a larger feature.

    In a typed frame ``x[3]`` is step 3 of the feature ``x``. A raw column, or a category's text,
    that happens to end like that is one feature in its own right: its brackets become round.

    Examples
    --------
    >>> plain_name("load[3]"), plain_name("load [kW]")
    ('load(3)', 'load [kW]')
    """
    return INDEX.sub(r"(\1)", name)


def check_raw_frame(estimator, X, *, reset):
    """Check `X` as scikit-learn does, without turning its columns into one array.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` when `reset`, is compared otherwise.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Cells of any kind, missing ones included.
    reset : bool
        Whether this is `fit`.

    Returns
    -------
    DataFrame of shape (n_samples, n_features)
        `X` itself where it is a frame.

    Raises
    ------
    ValueError
        If `X` is empty, not 2-dimensional, or has a column name twice.
    """
    if not isinstance(X, pd.DataFrame) and hasattr(X, "to_pandas"):  # polars, Arrow
        X = X.to_pandas()
    if not isinstance(X, pd.DataFrame):
        X = validate_data(estimator, X, dtype=None, ensure_all_finite=False, reset=reset)
        return pd.DataFrame(X)
    if reset and 0 in X.shape:
        # The message is scikit-learn's own.
        check_array(np.empty(X.shape), estimator=estimator)
    check_unique_names(X)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    return X


def check_unique_names(X):
    """Raise a ValueError that names the columns which `X` has more than once."""
    if not X.columns.is_unique:
        twice = [repr(name) for name, count in Counter(X.columns).items() if count > 1]
        raise ValueError(
            f"Expected unique column names, got {', '.join(twice)} more than once. "
            "Rename or drop the duplicates."
        )


class PlainNamesMixin(OneToOneFeatureMixin):
    """Output names are the input names, made plain (see `plain_name`)."""

    def get_feature_names_out(self, input_features=None):
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, for input without names.

        Returns
        -------
        ndarray of shape (n_features,), dtype=object
            The names of the input; a name that ends like ``x[3]`` becomes ``x(3)``, because the
            typed frame keeps the square brackets for features of several dimensions.

        Raises
        ------
        ValueError
            If two names become the same.
        """
        given = super().get_feature_names_out(input_features)
        names = [plain_name(str(name)) for name in given]
        if len(set(names)) < len(names):
            twice = [name for name, count in Counter(names).items() if count > 1]
            raise ValueError(
                f"The columns {[n for n in given if plain_name(str(n)) in twice]} cannot be told "
                "apart in a typed frame, where 'x[3]' is written 'x(3)'. Rename one of them."
            )
        return np.array(names, dtype=object)
