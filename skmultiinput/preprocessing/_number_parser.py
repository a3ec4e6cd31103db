"""Numbers of every dtype, and text that holds numbers, to float64 columns."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import StrOptions, _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._column_wise import (
    RawColumnsMixin,
    check_raw_frame,
    unique_names,
    warn_unreadable,
)
from skmultiinput.preprocessing._reading.number_columns import (
    ReadColumn,
    column_format,
    find_sentinels,
    read_column,
    without,
)


class NumberParser(RawColumnsMixin, TransformerMixin, BaseEstimator):
    """Turn numbers of every dtype, and text that holds numbers, into float64 columns.

    Integers, bools, pandas' nullable and pyarrow dtypes and decimals become float64; time spans
    become seconds. The form of a text column is detected in the training rows:

    - numbers as people write them: ``"1,234"``, ``"$5"``, ``"12%"`` (which is 12), ``"(3.5)"``,
      ``"3.50-"``, ``"~5"``, ``"#5"``, ``"5*"``
    - numbers with units: ``"81 kg"``, ``"3.4K"``, ``"6 ft 9 in"``; units that can be converted are
    - durations: ``"2h 10m"``, ``"34 min"``, ``"PT2H10M"``, in seconds
    - times of day: ``"14:05"``, ``"2:30 PM"``, two columns with their sine and cosine
    - coordinates: ``"[40.7, -74.0]"``, two columns
    - two or three numbers: ``"110/73"``, ``"18 x 53 x 10 cm"``, a column for each
    - ranges: ``"<1"``, ``"0-50"``, ``"more than 7"``, by their middle
    - words of a known scale: ``"Low"``, ``"Medium"``, ``"High"``, by their position

    Blank cells, "?", "n/a" and cells of another form become NaN, for the imputer that comes next.

    Parameters
    ----------
    ordinal : dict of {column: list}, default=None
        The levels of columns whose order is known, the lowest first; a level becomes its position.
        The order of an ordered pandas ``category`` is used anyway.
    sentinels : "auto", list of numbers or None, default="auto"
        Numbers that stand for "missing" and become NaN. "auto" finds, for each column, numbers
        such as -999 and 9999 that are repeated and further from the other values than these from
        each other.

    Attributes
    ----------
    formats_ : list of NumberFormat
        For each column, how its text is read.
    sentinels_ : list of (list of float)
        For each column, the numbers that become NaN.
    ranges_ : ndarray of shape (2, n_features_out), dtype=float64
        Smallest and largest number of each output column in the training rows; NaN if it has none.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    DatetimeParser : Dates from text.

    Examples
    --------
    >>> import pandas as pd
    >>> bills = pd.DataFrame({"total": ["1,234.5", " ", "$5", "?"], "size": ["S", "L", "M", "S"]})
    >>> NumberParser().fit_transform(bills).to_dict("list")
    {'total': [1234.5, nan, 5.0, nan], 'size': [0.0, 2.0, 1.0, 0.0]}
    >>> NumberParser().fit(pd.DataFrame({"total": [1.0, float("inf")]}))
    Traceback (most recent call last):
        ...
    ValueError: Column 'total' contains infinity in row 1, expected finite or missing numbers. ...
    """

    _parameter_constraints: dict = {
        "ordinal": [dict, None],
        "sentinels": [StrOptions({"auto"}), "array-like", None],
    }

    def __init__(
        self,
        ordinal: Mapping[Any, Sequence[object]] | None = None,
        sentinels: str | Sequence[float] | None = "auto",
    ) -> None:
        self.ordinal = ordinal
        self.sentinels = sentinels

    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the form of each column.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Numbers, or text that holds numbers; missing cells allowed.
        y : None
            Ignored.

        Returns
        -------
        self : NumberParser

        Raises
        ------
        ValueError
            If a column contains infinity.
        TypeError
            If a cell is neither number nor text.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: TableLike, y: object = None) -> pd.DataFrame:
        """Learn the forms and read `X`; the same as `fit`, then `transform`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            As for `fit`.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_features_out), dtype=float64
        """
        frame = check_raw_frame(self, X, reset=True)
        ordinal = self.ordinal or {}
        self.formats_ = [
            column_format(frame.iloc[:, j], ordinal.get(name))
            for j, name in enumerate(frame.columns)
        ]
        read = self._read(frame)
        for name, part in zip(frame.columns, read, strict=True):
            if 0 < part.n_filled == part.n_unreadable:
                warnings.warn(
                    f"Column {name!r}: no cell could be read as a number, e.g. "
                    f"{part.example[:40]!r}, so all are missing. Do not list it as numeric; an "
                    "order of its levels is given from the lowest to the highest: "
                    f"ordinal={{{name!r}: [...]}}.",
                    UserWarning,
                    stacklevel=2,
                )
            elif name in ordinal and part.n_unreadable:
                warnings.warn(
                    f"Column {name!r}: {part.n_unreadable} cells hold levels that ordinal= does "
                    f"not list, e.g. {part.example[:40]!r}. Their position is missing.",
                    UserWarning,
                    stacklevel=2,
                )
        self.sentinels_ = [self._find_sentinels(part.numbers) for part in read]
        numbers = self._joined(frame, read)
        # fmin and fmax pass over NaN without a warning for a column that is all missing.
        ends = [end.reduce(numbers.to_numpy(), axis=0) for end in (np.fmin, np.fmax)]
        self.ranges_ = np.stack(ends)
        return numbers

    def _find_sentinels(self, numbers: np.ndarray) -> list[float]:
        if isinstance(self.sentinels, str):
            return find_sentinels(numbers[:, 0]) if numbers.shape[1] == 1 else []
        return [] if self.sentinels is None else [float(value) for value in self.sentinels]

    def transform(self, X: TableLike) -> pd.DataFrame:
        """Read `X` as numbers; warn about a column in which most cells cannot be read.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features_out), dtype=float64
            NaN where a cell is missing or not a number.
        """
        check_is_fitted(self)
        frame = check_raw_frame(self, X, reset=False)
        read = self._read(frame)
        for name, part, form in zip(frame.columns, read, self.formats_, strict=True):
            warn_unreadable(
                name, part.n_unreadable, part.n_filled, form.describe_in_fit(), part.example
            )
        return self._joined(frame, read)

    def _read(self, frame: pd.DataFrame) -> list[ReadColumn]:
        read = []
        for j, number_format in enumerate(self.formats_):
            part = read_column(frame.iloc[:, j], number_format)
            infinite = np.isinf(part.numbers).any(axis=1)
            if infinite.any():
                raise ValueError(
                    f"Column {frame.columns[j]!r} contains infinity in row {infinite.argmax()}, "
                    "expected finite or missing numbers. Replace it, by NaN for example."
                )
            read.append(part)
        return read

    def _joined(self, frame: pd.DataFrame, read: list[ReadColumn]) -> pd.DataFrame:
        out = np.empty((len(frame), sum(part.numbers.shape[1] for part in read)), order="F")
        start = 0
        for part, sentinels in zip(read, self.sentinels_, strict=True):
            end = start + part.numbers.shape[1]
            out[:, start:end] = without(part.numbers, sentinels)
            start = end
        return pd.DataFrame(
            out, columns=self.get_feature_names_out(), index=frame.index, copy=False
        )

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, for input without names.

        Returns
        -------
        ndarray of shape (n_features_out,), dtype=object
            The names of the input, with ``_sin`` and ``_cos`` for times of day, ``_0`` and ``_1``
            for coordinates; ``missingindicator_age`` beside ``age`` becomes
            ``missingindicator_age (2)``, because imputers give their flags such names.
        """
        check_is_fitted(self)
        names = [
            f"{name}{suffix}"
            for name, part in zip(
                super().get_feature_names_out(input_features), self.formats_, strict=True
            )
            for suffix in part.suffixes
        ]
        flags = [f"missingindicator_{name}" for name in names]
        return unique_names([*flags, *names])[len(flags) :]
