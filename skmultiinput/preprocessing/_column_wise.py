"""Raw frames in, frames out: what every column-wise transformer of this package shares."""

import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils import Tags
from sklearn.utils.validation import FLOAT_DTYPES, check_array, validate_data

from skmultiinput._checks import check_unique_columns, to_pandas
from skmultiinput._compat import output_setting
from skmultiinput.frame._column_address import INDEX
from skmultiinput.preprocessing._reading.plain_columns import plain_frame


def plain_name(name: str) -> str:
    """Return `name` so that it cannot be read as one cell of a larger feature.

    In a typed frame ``x[3]`` is step 3 of the feature ``x``. A raw column, or a category's text,
    that happens to end like that is one feature in its own right: its brackets become round.

    Examples
    --------
    >>> plain_name("load[3]"), plain_name("load [kW]")
    ('load(3)', 'load [kW]')
    """
    return INDEX.sub(r"(\1)", name)


def unique_names(names: Iterable[str]) -> np.ndarray:
    """Return names in which the second and later occurrences of a name are numbered.

    Examples
    --------
    >>> unique_names(["plan_a_b", "plan_a_b", "plan_c"]).tolist()
    ['plan_a_b', 'plan_a_b (2)', 'plan_c']
    """
    names = list(names)
    originals, unique = set(names), []
    taken: set[str] = set()
    for name in names:
        new, count = name, 1
        while new in taken or (new != name and new in originals):
            count += 1
            new = f"{name} ({count})"
        taken.add(new)
        unique.append(new)
    return np.array(unique, dtype=object)


def check_raw_frame(estimator: Any, X: Any, *, reset: bool, decode: bool = True) -> pd.DataFrame:
    """Check `X` as scikit-learn does, without turning its columns into one array.

    In `fit`, with `reset`, the estimator gets ``n_features_in_`` and ``feature_names_in_``, which
    are compared later. Cells may be of any kind, missing ones included. A frame is returned itself,
    but for columns of types that only other programs have (`plain_column`).
    """
    X = to_pandas(X)
    if not isinstance(X, pd.DataFrame):
        X = validate_data(estimator, X, dtype=None, ensure_all_finite=False, reset=reset)
        return pd.DataFrame(X)
    if reset and 0 in X.shape:
        # The message is scikit-learn's own.
        check_array(np.empty(X.shape), estimator=estimator)
    check_unique_columns(X.columns)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    return plain_frame(X, decode=decode)


def warn_unreadable(column: object, n_unreadable: int, n_filled: int, how: str, cell: str) -> None:
    """Warn about a column most of whose filled cells cannot be read `how` they were in fit."""
    if 2 * n_unreadable > n_filled:
        warnings.warn(
            f"Column {column!r}: {n_unreadable / n_filled:.0%} of the cells that are not missing "
            f"cannot be read as in fit ({how}), e.g. {cell[:40]!r}. They are treated as missing.",
            UserWarning,
            stacklevel=3,
        )


def refuse_polars(estimator: Any, setting: str | None) -> None:
    """Raise if a transformer whose pandas dtypes carry a vocabulary is asked for polars."""
    if setting == "polars":
        raise ValueError(
            f"{type(estimator).__name__} returns pandas frames only, because their category dtypes "
            'hold the vocabulary. Call set_output(transform="pandas").'
        )


class PandasOutputMixin:
    """The output is a pandas frame; asking for polars is an error."""

    def set_output(self, *, transform: str | None = None) -> Any:
        """Set the output container.

        Parameters
        ----------
        transform : {"default", "pandas"}, default=None
            The output is a pandas frame in both cases.

        Returns
        -------
        The transformer itself.

        Raises
        ------
        ValueError
            If polars frames are asked for, which have no place for a vocabulary.
        """
        refuse_polars(self, transform)
        return super().set_output(transform=transform)  # type: ignore[misc]  # TransformerMixin's

    def _check_output(self) -> None:
        """Refuse polars as the setting of the process."""
        refuse_polars(self, output_setting(self))


class RawColumnsMixin(OneToOneFeatureMixin):
    """Raw columns in, gaps and text included; their names, made plain (`plain_name`), out."""

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
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
        names = super().get_feature_names_out(input_features)
        plain = [plain_name(str(name)) for name in names]
        if len(set(plain)) < len(plain):
            twice = [name for name, count in Counter(plain).items() if count > 1]
            raise ValueError(
                f"The columns {[n for n in names if plain_name(str(n)) in twice]} cannot be told "
                "apart in a typed frame, where 'x[3]' is written 'x(3)'. Rename one of them."
            )
        return np.array(plain, dtype=object)


class NumberColumnsMixin(OneToOneFeatureMixin):
    """Columns of numbers, NaN included, in and out, as float32 or float64."""

    def _check_numbers(self, X: Any, *, reset: bool) -> np.ndarray:
        """Check `X` as scikit-learn does, and return it as an array of floats."""
        return validate_data(
            self, X, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan", reset=reset
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
