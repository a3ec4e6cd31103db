"""Numbers from dates: skrub's parts of a date, a flag for a missing date, days between dates."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted
from skrub import DatetimeEncoder

from skmultiinput._compat import HasMethods, _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._column_wise import RawColumnsMixin, check_raw_frame

# Up to this many columns, all pairs are compared; of more, each with the next one in time.
_ALL_PAIRS = 5
# Days between dates are added if their quartiles are closer together than this share of those of
# either date. Else the dates alone say nearly as much, and one more number is mostly noise.
_CLOSER = 0.5


class DatetimeFeatures(RawColumnsMixin, TransformerMixin, BaseEstimator):
    """Encode date columns as numbers, by skrub's `DatetimeEncoder`, with a flag for missing dates.

    Cyclic parts (month, day, weekday, hour) become sine and cosine, so that December is close to
    January; the year and the seconds since 1970 carry the trend. The parts of a missing date are
    NaN, for the imputer that comes next. Where two dates of a row go together, the days between
    them are a number, too: how long a parcel took, how late a claim was reported. skrub's encoder
    takes one column and has no flag.

    Parameters
    ----------
    encoder : skrub.DatetimeEncoder, default=None
        Encodes one column; None for ``DatetimeEncoder(add_weekday=True,
        periodic_encoding="circular")``.
    differences : bool, default=True
        Whether to add the days between the dates of two columns that go together: where these
        days vary less than half as much as either date. Looked at are all pairs of up to 5
        columns; of more, each column and the next one by their medians.

    Attributes
    ----------
    encoders_ : list of transformers
        The fitted encoder of each column.
    flagged_ : list of bool
        For each column, whether it has a flag because dates were missing in training.
    pairs_ : list of (int, int)
        The positions of the columns between which days are counted.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    DatetimeParser : Dates from text; comes before this.

    Examples
    --------
    >>> import pandas as pd
    >>> signups = pd.DataFrame({"signup": pd.to_datetime(["2024-01-01", "2024-07-01", None])})
    >>> parts = DatetimeFeatures().fit_transform(signups)
    >>> parts.columns.tolist()
    ['signup_year', 'signup_total_seconds', 'signup_month_circular_0', 'signup_month_circular_1',
     'signup_day_circular_0', 'signup_day_circular_1', 'signup_weekday_circular_0',
     'signup_weekday_circular_1', 'signup_missing']
    >>> parts["signup_missing"].tolist()
    [0.0, 0.0, 1.0]
    >>> signups["used"] = pd.to_datetime(["2024-01-31", "2024-07-02", "2024-08-01"])
    >>> DatetimeFeatures().fit_transform(signups)["days_signup_to_used"].tolist()
    [30.0, 1.0, nan]
    """

    _parameter_constraints: dict = {
        "encoder": [HasMethods(["fit_transform", "transform"]), None],
        "differences": ["boolean"],
    }

    def __init__(self, encoder: DatetimeEncoder | None = None, *, differences: bool = True) -> None:
        self.encoder = encoder
        self.differences = differences

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn which parts each column has; a column of days has no hours.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            Columns of dates; NaT where one is missing.
        y : None
            Ignored.

        Returns
        -------
        self : DatetimeFeatures

        Raises
        ------
        TypeError
            If a column does not hold dates; it is named.
        """
        X = check_raw_frame(self, X, reset=True)
        base = self.encoder
        if base is None:
            base = DatetimeEncoder(add_weekday=True, periodic_encoding="circular")
        self.encoders_, self.flagged_, self._names = [], [], []
        parts: list = []
        for column in self._columns(X):
            if not pd.api.types.is_datetime64_any_dtype(column.dtype):
                raise TypeError(
                    f"Column {column.name!r} is of dtype {column.dtype}, expected dates. "
                    "Put a DatetimeParser before DatetimeFeatures."
                )
            encoder = clone(base)
            names = list(encoder.fit_transform(column).columns)
            self._names += names
            parts.append([name.removeprefix(column.name) for name in names])
            self.encoders_.append(encoder)
            self.flagged_.append(bool(column.isna().any()))
            if self.flagged_[-1]:
                self._names.append(f"{column.name}_missing")
        self._find_finest(parts)
        self.pairs_ = self._find_pairs(X) if self.differences else []
        columns = super().get_feature_names_out()
        self._names += [f"days_{columns[a]}_to_{columns[b]}" for a, b in self.pairs_]
        return self

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Encode `X`.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features_out), dtype=float32
            NaN in the parts of a missing date.
        """
        check_is_fitted(self)
        X = check_raw_frame(self, X, reset=False)
        blocks: list[np.ndarray] = []
        columns = list(self._columns(X))
        for column, encoded, flagged in zip(
            columns, self._encode(columns), self.flagged_, strict=True
        ):
            blocks.append(encoded)
            if flagged:
                blocks.append(column.isna().to_numpy(dtype=np.float32).reshape(-1, 1))
        days = [_days(column) for column in columns] if self.pairs_ else []
        for start, end in self.pairs_:
            blocks.append((days[end] - days[start]).astype(np.float32)[:, None])
        return pd.DataFrame(np.hstack(blocks), columns=self._names, index=X.index, copy=False)

    def _encode(self, columns: list[pd.Series]) -> list[np.ndarray]:
        alike = len({column.dtype for column in columns}) == 1
        if self._finest is None or self._parts is None or not alike:
            pairs = zip(self.encoders_, columns, strict=True)
            return [encoder.transform(c).to_numpy(dtype=np.float32) for encoder, c in pairs]
        # One call costs about as much for ten columns as for one: all columns are encoded
        # together, to the finest resolution, and each takes its parts.
        stacked = pd.concat(columns, ignore_index=True)
        encoded = self.encoders_[self._finest].transform(stacked).to_numpy(dtype=np.float32)
        blocks = np.split(encoded, len(columns))
        return [block[:, parts] for block, parts in zip(blocks, self._parts, strict=True)]

    def _find_finest(self, parts: list[list[str]]) -> None:
        """Find the encoder whose parts include those of all others, if all are skrub's."""
        self._finest: int | None = None
        self._parts: list[list[int]] | None = None
        finest = max(range(len(parts)), key=lambda j: len(parts[j]))
        alike = all(type(encoder) is DatetimeEncoder for encoder in self.encoders_)
        if alike and all(set(of_column) <= set(parts[finest]) for of_column in parts):
            self._finest = finest
            self._parts = [[parts[finest].index(part) for part in of_column] for of_column in parts]

    def _columns(self, X: Any) -> Iterator[pd.Series]:
        names = super().get_feature_names_out()
        return (X.iloc[:, j].rename(name) for j, name in enumerate(names))

    def _find_pairs(self, X: pd.DataFrame) -> list[tuple[int, int]]:
        """Find the pairs of columns that go together; the order of the columns plays no part."""
        days = [_days(column) for column in self._columns(X)]
        names = super().get_feature_names_out()
        medians = [np.median(d[~np.isnan(d)]) if not np.isnan(d).all() else np.inf for d in days]
        order = sorted(range(len(days)), key=lambda j: (medians[j], names[j]))
        pairs = combinations(order, 2) if len(order) <= _ALL_PAIRS else pairwise(order)
        return [(a, b) for a, b in pairs if _go_together(days[a], days[b])]

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the names seen in `fit`.

        Returns
        -------
        ndarray of shape (n_features_out,), dtype=object
            The name of the column and of the part, ``signup_year``, then ``days_signup_to_used``.
        """
        check_is_fitted(self)
        super().get_feature_names_out(input_features)
        return np.array(self._names, dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # dates only
        tags.input_tags.string = False
        return tags


def _days(column: pd.Series) -> np.ndarray:
    """Return dates as days since 1970, NaN where one is missing; those with a zone in UTC."""
    naive = column if column.dt.tz is None else column.dt.tz_convert(None)
    return ((naive - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)


def _go_together(start: np.ndarray, end: np.ndarray) -> bool:
    both = ~np.isnan(start) & ~np.isnan(end)
    if not both.any():
        return False
    columns = np.stack([end - start, start, end])[:, both]
    low, high = np.quantile(columns, [0.25, 0.75], axis=1)
    spread, *spreads = high - low
    return bool(spread < _CLOSER * min(spreads))
