"""Dates of every kind, and text that holds dates, to datetime columns."""

from datetime import UTC
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._column_wise import PlainNamesMixin, check_raw_frame
from skmultiinput.preprocessing._reading.dates import (
    as_dates,
    find_date_format,
    in_range,
    read_dates,
)


class DatetimeParser(PlainNamesMixin, TransformerMixin, BaseEstimator):
    """Turn dates of every kind, and text that holds dates, into datetime columns.

    The format of a text column is detected in the training rows. Cells of another format become
    missing (NaT), as do dates outside the years 1677 to 2262 (such as the 9999-12-31 of some
    databases). Hours are those of the time zone of the training column.

    Parameters
    ----------
    format : str, default=None
        Format of all text columns, as for `pandas.to_datetime`; None detects one for each column.

    Attributes
    ----------
    formats_ : list of str or None
        For each column, the format of its texts; None where the column holds dates already.
    zones_ : list of tzinfo or None
        For each column, the time zone of the training column.
    ranges_ : ndarray of shape (2, n_features_in_), dtype=float64
        Earliest and latest date of each column in the training rows, as seconds since 1970; NaN
        where there is none.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    DatetimeFeatures : Numbers from dates.

    Examples
    --------
    >>> import pandas as pd
    >>> signups = pd.DataFrame({"signup": ["2024-05-13", "soon", None]})
    >>> DatetimeParser().fit_transform(signups)["signup"].isna().tolist()
    [False, True, True]
    >>> DatetimeParser().fit(pd.DataFrame({"signup": ["soon", "later"]}))
    Traceback (most recent call last):
        ...
    ValueError: Column 'signup': no cell could be read as a date, e.g. 'soon'. Pass format=, ...
    """

    _parameter_constraints: dict = {"format": [str, None]}

    def __init__(self, format: str | None = None) -> None:  # noqa: A002  (pandas' own name for it)
        self.format = format

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Find the format of each column.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            Dates, or text that holds dates; missing cells allowed.
        y : None
            Ignored.

        Returns
        -------
        self : DatetimeParser

        Raises
        ------
        ValueError
            If no cell of a column that is not empty can be read.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: TableLike, y: object = None) -> pd.DataFrame:
        """Find the formats and read `X`; the same as `fit`, then `transform`.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            As for `fit`.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=datetime64[ns]
        """
        return self._fit(X)

    @_fit_context(prefer_skip_nested_validation=True)
    def _fit(self, X: Any) -> pd.DataFrame:
        X = check_raw_frame(self, X, reset=True)
        self.formats_, self.zones_ = [], []
        for position, name in enumerate(X.columns):
            column = as_dates(X.iloc[:, position])
            is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
            self.zones_.append(getattr(column.dt, "tz", None) if is_date else None)
            self.formats_.append(None if is_date else self._find_format(column, name))
        dates = self._read(X)
        ends = [[dates[name].min(), dates[name].max()] for name in dates]
        seconds = [[end.timestamp() if pd.notna(end) else np.nan for end in pair] for pair in ends]
        self.ranges_ = np.array(seconds, dtype=np.float64).T
        return dates

    def _find_format(self, column: pd.Series, name: object) -> str:
        if self.format is not None:
            return self.format
        levels = column.dropna().value_counts()
        if not len(levels):
            return "ISO8601"
        texts = [str(level) for level in levels.index]
        date_format, _ = find_date_format(texts, levels.to_numpy())
        if date_format is None:
            raise ValueError(
                f"Column {name!r}: no cell could be read as a date, e.g. {texts[0]!r}. "
                "Pass format=, or do not list the column as a date."
            )
        return date_format

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Read `X` as dates.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=datetime64[ns]
            Without time zone; NaT where a cell is missing or not a date.
        """
        check_is_fitted(self)
        return self._read(check_raw_frame(self, X, reset=False))

    def _read(self, X: Any) -> pd.DataFrame:
        columns = {}
        for position, name in enumerate(self.get_feature_names_out()):
            dates = as_dates(X.iloc[:, position])
            if not pd.api.types.is_datetime64_any_dtype(dates.dtype):
                dates = read_dates(dates, self.formats_[position] or "ISO8601")
            elif dates.dt.tz is not None:
                zone = self.zones_[position] or UTC
                dates = dates.dt.tz_convert(zone).dt.tz_localize(None)
            columns[name] = in_range(dates).array
        return pd.DataFrame(columns, index=X.index, copy=False)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # dates only
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags
