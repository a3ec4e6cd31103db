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
from skmultiinput.preprocessing._column_wise import (
    RawColumnsMixin,
    check_raw_frame,
    warn_unreadable,
)
from skmultiinput.preprocessing._reading.dates import (
    as_dates,
    find_date_formats,
    in_range,
    means_no_date,
    number_date_format,
    read_dates,
)
from skmultiinput.preprocessing._reading.numbers import are_levels
from skmultiinput.preprocessing._reading.text_counts import TextCounts


class DatetimeParser(RawColumnsMixin, TransformerMixin, BaseEstimator):
    """Turn dates of every kind, and text that holds dates, into datetime columns.

    The formats of a text column are detected in the training rows; a column may mix some. Numbers
    are read as 20240131 or 202401, or as seconds, milli-, micro- or nanoseconds since 1970. Months,
    quarters ("2024Q1") and weeks ("2024-W05") are their first day; months may have their names in
    German, French, Spanish, Italian, Portuguese or Dutch. Cells of another format become missing
    (NaT), as do dates outside the years 1677 to 2262 (such as the 9999-12-31 of some
    databases). Hours are those of the time zone of the training column.

    Parameters
    ----------
    format : str, default=None
        Format of all text columns, as for `pandas.to_datetime`; None detects one for each column.

    day_first : bool, default=None
        Whether 02/01/2024 is in January. None lets the other cells of the column decide: without
        a day above 12 the month is first.

    Attributes
    ----------
    formats_ : list of (tuple of str or None)
        For each column, the formats of its texts or numbers, tried one after the other; None if
        the column holds dates already.
    words_ : list of tuple of str
        For each column, the levels beside its dates in the training rows, such as "never"; they
        are read as missing.
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

    _parameter_constraints: dict = {"format": [str, None], "day_first": ["boolean", None]}

    def __init__(
        self,
        format: str | None = None,  # noqa: A002  (pandas' own name for it)
        day_first: bool | None = None,
    ) -> None:
        self.format = format
        self.day_first = day_first

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
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
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
        frame = check_raw_frame(self, X, reset=True)
        self.formats_: list[tuple[str, ...] | None] = []
        self.zones_: list[Any] = []
        for position, name in enumerate(frame.columns):
            column = as_dates(frame.iloc[:, position])
            is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
            self.zones_.append(getattr(column.dt, "tz", None) if is_date else None)
            self.formats_.append(None if is_date else self._find_formats(column, name))
        dates = self._read(frame)
        self.words_ = [
            _words_beside(frame.iloc[:, position], dates.iloc[:, position]) if formats else ()
            for position, formats in enumerate(self.formats_)
        ]
        ends = [[dates[name].min(), dates[name].max()] for name in dates]
        seconds = [[end.timestamp() if pd.notna(end) else np.nan for end in pair] for pair in ends]
        self.ranges_ = np.array(seconds, dtype=np.float64).T
        return dates

    def _find_formats(self, column: pd.Series, name: object) -> tuple[str, ...]:
        if self.format is not None:
            return (self.format,)
        formats: tuple[str, ...] = ()
        numbers: np.ndarray | None = None
        if pd.api.types.is_numeric_dtype(column.dtype):
            numbers = column.to_numpy(np.float64, na_value=np.nan)
        else:
            cells = TextCounts.of(column)
            formats, _ = find_date_formats(cells, day_first=self.day_first)
            if not formats and all(text.strip().isdecimal() for text in cells.texts):
                numbers = cells.texts.astype(np.float64)
        if numbers is not None:
            formats = tuple(filter(None, [number_date_format(numbers)]))
        if not formats:
            raise ValueError(
                f"Column {name!r}: no cell could be read as a date, e.g. "
                f"{str(column.dropna().iloc[0])[:40]!r}. Pass format=, or do not list the column "
                "as a date."
            )
        return formats

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Read `X` as dates; warn about a column in which most cells cannot be read.

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
        return self._read(check_raw_frame(self, X, reset=False), warn=True)

    def _read(self, X: pd.DataFrame, *, warn: bool = False) -> pd.DataFrame:
        columns = {}
        for position, name in enumerate(self.get_feature_names_out()):
            dates = as_dates(X.iloc[:, position])
            if not pd.api.types.is_datetime64_any_dtype(dates.dtype):
                formats = self.formats_[position] or ("ISO8601",)
                cells, dates = dates, read_dates(dates, formats)
                if warn and 2 * dates.isna().sum() > len(dates):
                    _warn(cells, dates, formats, self.words_[position])
            elif dates.dt.tz is not None:
                zone = self.zones_[position] or UTC
                dates = dates.dt.tz_convert(zone).dt.tz_localize(None)
            columns[name] = in_range(dates).array
        return pd.DataFrame(columns, index=X.index, copy=False)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # dates only
        return tags


def _words_beside(cells: pd.Series, dates: pd.Series) -> tuple[str, ...]:
    """Return levels beside the dates, such as "never"."""
    unread = cells[cells.notna().to_numpy() & dates.isna().to_numpy()]
    words = TextCounts.of(unread).without(means_no_date)
    return tuple(words.texts) if are_levels(words) else ()


def _warn(
    cells: pd.Series, dates: pd.Series, formats: tuple[str, ...], words: tuple[str, ...]
) -> None:
    """Warn if most cells that do not mean "no date", here or in fit, could not be read."""
    texts = [str(cell) for cell in cells]
    written = np.array([not (means_no_date(t) or t in words) for t in texts], dtype=bool)
    filled = cells.notna().to_numpy() & written
    unread = filled & dates.isna().to_numpy()
    example = str(next(iter(cells[unread]), ""))
    warn_unreadable(cells.name, unread.sum(), filled.sum(), ", ".join(formats), example)
