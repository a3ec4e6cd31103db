"""Dates: how written ones are recognised, and how they become datetime columns."""

import re
from datetime import UTC

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import _fit_context
from skmultiinput.preprocessing._column_wise import PlainNamesMixin, check_raw_frame

_LOOKS_LIKE_DATE = re.compile(
    r"\s*(?:\d{1,4}[-/. ](?:\d{1,2}|[^\W\d]{3,9})[-/. ,]|\d{4}-\d{2}|[^\W\d]{3,9} \d{1,2},? \d{4}|"
    r"\d{1,2} ?[^\W\d]{3,9} ?\d{2,4})"
)
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d%b%Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# Where two ways to write a date read equally many, the first is taken: month before day.
FORMATS = ("ISO8601", *(day + time for day in _DAYS for time in _TIMES))
# So many distinct texts decide which formats are tried on all of them.
_TRIED = 64
_LONGEST_DATE = 40


def find_date_format(texts, counts=None):
    """Find the format in which most of the texts are dates.

    Parameters
    ----------
    texts : sequence of str, length n_levels
        Distinct texts.
    counts : array-like of int, shape (n_levels,), default=None
        How often each occurs; once if None.

    Returns
    -------
    format : str or None
        As for `pandas.to_datetime`; None where no cell is a date.
    share : float
        Share of the cells that hold something and are dates.

    Examples
    --------
    >>> find_date_format(["2024-05-13", "2024-06-01", "soon"])
    ('ISO8601', 0.66...)
    >>> find_date_format(["13/05/2024 10:30", "01/06/2024 08:00"])
    ('%d/%m/%Y %H:%M', 1.0)
    >>> find_date_format(["basic", "plus"])
    (None, 0.0)
    """
    texts = np.array([str(text).strip() for text in texts], dtype=object)
    counts = np.ones(len(texts)) if counts is None else np.asarray(counts, dtype=float)
    total = counts[texts != ""].sum()
    like = np.array(
        [len(text) <= _LONGEST_DATE and bool(_LOOKS_LIKE_DATE.match(text)) for text in texts],
        dtype=bool,
    )
    texts, counts = texts[like], counts[like]
    if not len(texts) or counts.sum() < total / 2:
        return None, 0.0
    # Evenly spaced in sorted order: the choice does not depend on the order of the rows.
    order = np.argsort(texts, kind="stable")
    tried = texts[order[np.linspace(0, len(texts) - 1, min(len(texts), _TRIED)).astype(int)]]
    best, best_share = None, 0.0
    for date_format in FORMATS:
        if not parse_dates(tried, date_format).notna().any():
            continue
        share = counts[parse_dates(texts, date_format).notna()].sum() / total
        if share > best_share:
            best, best_share = date_format, float(share)
        if share == 1:
            break
    return best, best_share


def parse_dates(texts, date_format):
    """Read texts as dates, NaT where one is not; offsets from UTC are applied and dropped."""
    dates = pd.to_datetime(
        pd.Series(texts, dtype=object), format=date_format, errors="coerce", utc=True
    )
    return _in_range(dates.dt.tz_localize(None))


def _in_range(dates):
    """Bring dates to nanoseconds, whatever pandas they come from; NaT beyond 1677 to 2262."""
    outside = (dates < pd.Timestamp.min.ceil("s")) | (dates > pd.Timestamp.max.floor("s"))
    return dates.mask(outside).astype("datetime64[ns]")


class DatetimeParser(PlainNamesMixin, TransformerMixin, BaseEstimator):
    """Turn dates of every kind, and text that holds dates, into datetime columns.

    The format of a text column is found in the training rows; what cannot be read in it becomes
    missing (NaT), as do dates outside the years 1677 to 2262 (such as the 9999-12-31 of some
    databases). Time zones: the hours are those of the zone of the training column.

    Parameters
    ----------
    format : str, default=None
        Format of all text columns, as for `pandas.to_datetime`; found for each column if None.

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

    def __init__(self, format=None):  # noqa: A002  (pandas' own name for it)
        self.format = format

    def fit(self, X, y=None):
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

    def fit_transform(self, X, y=None):
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
    def _fit(self, X):
        X = check_raw_frame(self, X, reset=True)
        self.formats_, self.zones_ = [], []
        for position, name in enumerate(X.columns):
            column = _as_dates(X.iloc[:, position])
            is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
            self.zones_.append(getattr(column.dt, "tz", None) if is_date else None)
            self.formats_.append(None if is_date else self._find_format(column, name))
        dates = self._read(X)
        ends = [[dates[name].min(), dates[name].max()] for name in dates]
        seconds = [[end.timestamp() if pd.notna(end) else np.nan for end in pair] for pair in ends]
        self.ranges_ = np.array(seconds, dtype=np.float64).T
        return dates

    def _find_format(self, column, name):
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

    def transform(self, X):
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

    def _read(self, X):
        columns = {}
        for position, name in enumerate(self.get_feature_names_out()):
            dates = _as_dates(X.iloc[:, position])
            if not pd.api.types.is_datetime64_any_dtype(dates.dtype):
                dates = _read_texts(dates, self.formats_[position] or "ISO8601")
            elif dates.dt.tz is not None:
                zone = self.zones_[position] or UTC
                dates = dates.dt.tz_convert(zone).dt.tz_localize(None)
            columns[name] = _in_range(dates).array
        return pd.DataFrame(columns, index=X.index, copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # dates only
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _as_dates(column):
    """Return date-like columns as datetime columns, others as they are."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _as_dates(column.astype(dtype.categories.dtype))
    if isinstance(dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    elif isinstance(dtype, pd.ArrowDtype) and dtype.kind == "M":
        zone = getattr(dtype.pyarrow_dtype, "tz", None)
        column = column.astype(f"datetime64[ns, {zone}]" if zone else "datetime64[ns]")
    elif not pd.api.types.is_datetime64_any_dtype(dtype):
        if column.isna().all():
            return pd.Series(pd.NaT, column.index, name=column.name, dtype="datetime64[ns]")
        if pd.api.types.infer_dtype(column, skipna=True) in DATE_OBJECTS:
            column = pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None)
    return column


# How pandas calls an object column of date objects.
DATE_OBJECTS = ("date", "datetime", "datetime64")


def _read_texts(column, date_format):
    codes, levels = pd.factorize(column)
    texts = [str(level).strip() for level in levels]
    table = np.append(parse_dates(texts, date_format).to_numpy(), np.datetime64("NaT"))
    return pd.Series(table[codes], index=column.index)
