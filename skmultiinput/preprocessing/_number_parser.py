"""Number-like text: how it is recognised, and how it becomes numbers with missing values."""

import re

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skmultiinput.preprocessing._column_wise import PlainNamesMixin, check_raw_frame

# What people write where there is no number.
MISSING_WORDS = frozenset(
    {"", "?", "-", "--", ".", "*", "n/a", "na", "nan", "none", "null", "nil", "missing", "#n/a"}
)
# Above this length nobody wrote a number: free text is told apart without parsing it.
_LONGEST_NUMBER = 32
_CURRENCY = r"(?:[$€£¥₹]|usd|eur|gbp|chf|jpy)"
_DECORATED = re.compile(
    rf"(?P<open>\()?(?P<sign>[+\-\u2212])?\s*{_CURRENCY}?\s*(?P<sign2>[+\-\u2212])?"
    rf"(?P<digits>[\d.,'\u2019\s]*\d[.,]?)(?P<exponent>e[+\-]?\d+)?\s*(?:%|{_CURRENCY})?(?(open)\))\Z",
    re.IGNORECASE,
)
# Digits with thousands separators and decimal mark: 1,234.5 and 1.234,5.
_WRITTEN = {
    ".": re.compile(r"(?:\d+|\d{1,3}(?:[,'\u2019\s]\d{3})+)?(?:\.\d*)?\Z"),
    ",": re.compile(r"(?:\d+|\d{1,3}(?:[.'\u2019\s]\d{3})+)?(?:,\d*)?\Z"),
}
_LEADING_ZERO = re.compile(r"\s*0\d")


def parse_number(text, decimal="."):
    """Read one text as a number.

    Parameters
    ----------
    text : str
        Digits, with a sign, thousands separators, a currency or percent sign around them, or in
        accountants' brackets for a negative number.
    decimal : {".", ","}, default="."
        The decimal mark; the other one separates thousands.

    Returns
    -------
    float
        NaN if it is not a number. ``"12%"`` is 12.

    Examples
    --------
    >>> [parse_number(text) for text in ("1,234", "$5", " 7 ", "12%", "(3.5)", "?", "1,5")]
    [1234.0, 5.0, 7.0, 12.0, -3.5, nan, nan]
    >>> parse_number("1.234,5", decimal=",")
    1234.5
    """
    if len(text) > _LONGEST_NUMBER:
        return np.nan
    found = _DECORATED.match(text.strip())
    if found is None or not _WRITTEN[decimal].match(found["digits"].strip()):
        return np.nan
    digits = "".join(c for c in found["digits"] if c.isdigit() or c == decimal)
    negative = sum(bool(sign) for sign in (found["open"], found["sign"], found["sign2"]))
    if negative > 1:
        return np.nan
    negative = found["open"] or "+" not in (found["sign"] or found["sign2"] or "+")
    value = float(digits.replace(",", ".") + (found["exponent"] or ""))
    return -value if negative else value


def parse_numbers(texts, decimal="."):
    """Read distinct texts as numbers.

    Parameters
    ----------
    texts : sequence of str, length n
    decimal : {".", ","}, default="."
        The decimal mark.

    Returns
    -------
    ndarray of shape (n,), dtype=float64
        NaN where a text is not a finite number.
    """
    texts = np.asarray(texts, dtype=object)
    if decimal == ".":
        # The plain ones at the speed of pandas, the decorated ones one by one.
        numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
        numbers = numbers.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    else:
        numbers = np.full(len(texts), np.nan)
    for i in np.flatnonzero(np.isnan(numbers)):
        numbers[i] = parse_number(texts[i], decimal)
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def is_missing_word(text):
    """Tell whether `text` stands for "no number": blank, "?", "n/a" and the like."""
    return len(text) <= _LONGEST_NUMBER and text.strip().lower() in MISSING_WORDS


def number_share(texts, counts=None):
    """Find which share of the cells that hold something are numbers.

    Parameters
    ----------
    texts : sequence of str, length n_levels
        Distinct texts.
    counts : array-like of int, shape (n_levels,), default=None
        How often each occurs; once if None.

    Returns
    -------
    share : float
        Between 0 and 1; cells that hold a missing word are not counted. 0 where there are none,
        and for codes such as ``"00123"``, which lose their zeros as numbers.
    decimal : {".", ","}
        The decimal mark under which more cells are numbers.

    Examples
    --------
    >>> number_share(["12", "1,234.5", "?", " "])
    (1.0, '.')
    >>> number_share(["3,5", "1.234,25"])
    (1.0, ',')
    >>> number_share(["02139", "10001"])
    (0.0, '.')
    """
    counts = np.ones(len(texts)) if counts is None else np.asarray(counts, dtype=float)
    filled = np.array([not is_missing_word(text) for text in texts], dtype=bool)
    texts = [text for text, keep in zip(texts, filled, strict=True) if keep]
    counts = counts[filled]
    total = counts.sum()
    if not total:
        return 0.0, "."
    short = np.array([len(text) <= _LONGEST_NUMBER for text in texts], dtype=bool)
    if counts[short].sum() < total / 2:
        return 0.0, "."
    codes = np.array([bool(_LEADING_ZERO.match(text)) for text in texts], dtype=bool)
    if counts[codes].sum() > 0.01 * total:
        return 0.0, "."
    point = counts[~np.isnan(parse_numbers(texts))].sum() / total
    if point == 1 or not any("," in text for text in texts):
        return float(point), "."
    comma = counts[~np.isnan(parse_numbers(texts, ","))].sum() / total
    return (float(comma), ",") if comma > point else (float(point), ".")


class NumberParser(PlainNamesMixin, TransformerMixin, BaseEstimator):
    """Turn numbers of every dtype, and number-like text, into float64 columns.

    Integers, bools, pandas' nullable and pyarrow dtypes and decimals become float64; time spans
    become seconds. Text is read as people write numbers: ``"1,234"``, ``"$5"``, ``"12%"`` (which
    is 12), ``" 7 "``, ``"(3.5)"`` for -3.5. Blank cells, "?", "n/a" and whatever else cannot be
    read become NaN, for the imputer that comes next.

    Attributes
    ----------
    decimals_ : list of {".", ","}
        For each column, the decimal mark found in the training rows.
    ranges_ : ndarray of shape (2, n_features_in_), dtype=float64
        Smallest and largest number of each column in the training rows; NaN where there is none.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    Examples
    --------
    >>> import pandas as pd
    >>> bills = pd.DataFrame({"total": ["1,234.5", " ", "$5", "?"]})
    >>> NumberParser().fit_transform(bills)["total"].tolist()
    [1234.5, nan, 5.0, nan]
    >>> NumberParser().fit(pd.DataFrame({"total": [1.0, float("inf")]}))
    Traceback (most recent call last):
        ...
    ValueError: Column 'total' contains infinity in row 1, expected finite or missing numbers. ...
    """

    def fit(self, X, y=None):
        """Learn the decimal mark of each text column.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Numbers or number-like text; missing cells allowed.
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
        self._fit(X)
        return self

    def fit_transform(self, X, y=None):
        """Learn the decimal marks and read `X`; the same as `fit`, then `transform`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            As for `fit`.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=float64
        """
        return self._fit(X)

    def _fit(self, X):
        X = check_raw_frame(self, X, reset=True)
        self.decimals_ = [_find_decimal(X.iloc[:, j]) for j in range(X.shape[1])]
        numbers = self._read(X)
        # fmin and fmax pass over NaN without a warning where all of a column is missing.
        ends = [end.reduce(numbers.to_numpy(), axis=0) for end in (np.fmin, np.fmax)]
        self.ranges_ = np.stack(ends)
        return numbers

    def transform(self, X):
        """Read `X` as numbers.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_features), dtype=float64
            NaN where a cell is missing or not a number.
        """
        check_is_fitted(self)
        return self._read(check_raw_frame(self, X, reset=False))

    def _read(self, X):
        out = np.empty(X.shape, order="F")
        for j, decimal in enumerate(self.decimals_):
            out[:, j] = read_numbers(X.iloc[:, j], decimal)
        if not np.isfinite(out).all():
            row, j = np.argwhere(np.isinf(out))[0] if np.isinf(out).any() else (None, None)
            if row is not None:
                raise ValueError(
                    f"Column {X.columns[j]!r} contains infinity in row {row}, expected finite or "
                    "missing numbers. Replace it, by NaN for example."
                )
        return pd.DataFrame(out, columns=self.get_feature_names_out(), index=X.index, copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def read_numbers(column, decimal="."):
    """Read one column as float64, NaN where a cell is missing or not a number.

    Parameters
    ----------
    column : Series of length n_samples
    decimal : {".", ","}, default="."
        The decimal mark of text.

    Returns
    -------
    ndarray of shape (n_samples,), dtype=float64
    """
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return column.to_numpy(dtype=np.float64)
    if pd.api.types.is_timedelta64_dtype(dtype):
        return column.dt.total_seconds().to_numpy(dtype=np.float64)
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(dtype, pd.CategoricalDtype):
        table = np.append(read_numbers(pd.Series(dtype.categories), decimal), np.nan)
        return table[column.cat.codes.to_numpy()]
    try:
        codes, cells = pd.factorize(column)
    except TypeError:
        cells, codes = column.to_numpy(), np.arange(len(column))
    table = np.append(_read_cells(cells, decimal, column.name), np.nan)
    return table[codes]


def _read_cells(cells, decimal, name):
    is_text = np.array([isinstance(cell, str) for cell in cells], dtype=bool)
    numbers = np.full(len(cells), np.nan)
    cells = np.asarray(cells, dtype=object)
    if is_text.any():
        numbers[is_text] = parse_numbers(cells[is_text], decimal)
    for i in np.flatnonzero(~is_text):
        try:
            numbers[i] = float(cells[i])
        except (TypeError, ValueError):
            raise TypeError(
                f"Column {name!r} holds {type(cells[i]).__name__} {cells[i]!r}, expected numbers "
                "or text that can be read as numbers."
            ) from None
    return numbers


def _find_decimal(column):
    if pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind in "mM":
        return "."
    try:
        cells = column.dropna().unique()
    except TypeError:
        return "."  # lists and the like: reading them says what is wrong
    texts = [cell for cell in cells if isinstance(cell, str)]
    return number_share(texts)[1] if texts else "."
