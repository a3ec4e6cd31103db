"""Columns of variable-length sequences to sequence columns with a mask, or to token columns."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import HasMethods, StrOptions, _fit_context
from skmultiinput._typing import CellsLike
from skmultiinput.frame._column_groups import MISSING, PAD, UNKNOWN
from skmultiinput.preprocessing._cell_encoder import (
    CellEncoder,
    category_columns,
    code_box,
    length_of,
    named_frame,
    places,
)
from skmultiinput.preprocessing._detection.number_kind import are_ids
from skmultiinput.preprocessing._reading.sequences import (
    as_categories,
    flat_numbers,
    kind_of,
    read_lists,
    separator_of,
    stack_steps,
)
from skmultiinput.preprocessing._vocabulary import (
    COUNT,
    FREQUENCY,
    encode,
    learn_vocabulary,
    least_count,
    look_up,
    shared_dtype,
)

_SCALERS = {"standard": StandardScaler, "robust": RobustScaler, "minmax": MinMaxScaler}
# Categories of a sequence are data: one that is missing is a category too.
_RESERVED = (PAD, UNKNOWN, MISSING)


class SequenceEncoder(CellEncoder):
    """Encode columns whose cells are sequences of varying length.

    A cell is a list of numbers, a list of vectors, an array of shape (time, channel) or a list
    written as text (``"[1.0, 2.0]"``, ``"1 2 3"``, ``"red; green"``). A column ``usage`` becomes
    ``usage[t,c]``, float32: step t, channel c, and as the last channel the mask, 1 where the step
    was observed and 0 where there is none, so that a real zero is never mistaken for padding. A
    cell that is a list of categories (text) becomes ``usage[t]``: pandas categories that share the
    vocabulary ``<pad>``, ``<unknown>``, ``<missing>``, then the categories, the most frequent
    first.

    The output is always a DataFrame, because its dtypes carry the meaning. A ColumnTransformer
    keeps it only after ``set_output(transform="pandas")``.

    Parameters
    ----------
    max_length : int or "auto", default="auto"
        Number of steps; each is a column per channel. "auto" holds 99 % of the non-empty training
        sequences in full, up to 512 steps: one very long sequence does not widen the frame.
    padding : {"pre", "post"}, default="post"
        On which side of a short sequence the empty steps stand. "pre" lines up the last steps.
    truncation : {"pre", "post"}, default="pre"
        On which side a long sequence loses steps. "pre" keeps the latest, which mostly say more.
    scale : {"standard", "robust", "minmax"}, transformer or None, default="standard"
        How each channel is scaled. A transformer is cloned per column and fitted to the matrix of
        the observed training steps, one column per channel.
    kind : {"auto", "numeric", "categories"}, default="auto"
        What the values are. "auto" reads text as categories, and so are whole numbers that are
        spread like ids: they repeat, with gaps of all sizes between them. Say "categories" for
        other lists of ids.
    min_frequency : int or float, default=1
        In how many training rows, or which share of them, a category has to occur; a rarer one
        becomes ``<unknown>``. 1 keeps all; a higher one makes the embedding smaller.
    max_tokens : int or None, default=None
        Size of each vocabulary without the reserved tokens.
    join : dict of {str: list of columns}, default=None
        Columns that hold one step of a sequence each: the name of the sequence, and its columns,
        the earliest first.

    Attributes
    ----------
    kinds_ : list of {"numeric", "categories"}
        Per column of `X`, what its values are.
    separators_ : list of (str or None)
        Per column of `X`, what separates the categories in its text; None where there is no text,
        or where it is written as ``"[1.0, 2.0]"`` or ``"1 2 3"``.
    lengths_ : list of int
        Per column of `X`, the number of steps.
    channels_ : list of int
        Per column of `X`, the number of channels without the mask; 0 for categories.
    means_ : list of (ndarray of float64 of shape (n_channels,) or None)
        Per numeric column, the mean of each channel over the observed training steps.
    ranges_ : list of (ndarray of float64 of shape (2, n_channels) or None)
        Per numeric column, the smallest and largest training value of each channel.
    scalers_ : list of (transformer or None)
        Per numeric column, the fitted scaler.
    vocabularies_ : list of (ndarray of str objects of shape (n_categories,) or None)
        Per column of categories, the vocabulary; the position is the code.
    n_features_in_ : int
        Number of columns seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Their names; only set where all are strings.

    See Also
    --------
    events_to_sequences : Makes the cells from a table of events.
    skmultiinput.branches.Conv1DBranch : Reads the sequences in the network.

    Notes
    -----
    A missing cell (None, NaN, pandas.NA) and an empty list have no observed step: all values and
    the mask are 0, all categories ``<pad>``. A missing measurement among others of its step becomes
    the mean of its channel, so 0 after standard scaling; a step without any measurement is not
    observed and keeps its place. An array of shape (n_samples, time, channel) is read as
    one column.

    Examples
    --------
    >>> import pandas as pd
    >>> usage = pd.Series([[1.0, 3.0], [5.0], None], name="usage")
    >>> SequenceEncoder(scale=None).fit_transform(usage)
       usage[0,0]  usage[0,1]  usage[1,0]  usage[1,1]
    0         1.0         1.0         3.0         1.0
    1         5.0         1.0         0.0         0.0
    2         0.0         0.0         0.0         0.0
    >>> SequenceEncoder(padding="pre").fit_transform(pd.Series([["web", "shop"], ["web"]]))
      x0[0] x0[1]
    0   web  shop
    1 <pad>   web
    >>> SequenceEncoder().fit([[1.0, 2.0], 3.0])
    Traceback (most recent call last):
        ...
    TypeError: Expected a list of numbers, vectors or categories, or an array of shape (time,
    channel), got float 3.0 in row 1 of column 0. ...
    """

    _tables = ("_codes_of", "_dtypes")
    _parameter_constraints: dict = {
        "max_length": [COUNT, StrOptions({"auto"})],
        "padding": [StrOptions({"pre", "post"})],
        "truncation": [StrOptions({"pre", "post"})],
        "scale": [StrOptions(set(_SCALERS)), HasMethods(["fit", "transform"]), None],
        "kind": [StrOptions({"auto", "numeric", "categories"})],
        "min_frequency": FREQUENCY,
        "max_tokens": [COUNT, None],
        "join": [dict, None],
    }

    def __init__(
        self,
        max_length: int | str = "auto",
        *,
        padding: str = "post",
        truncation: str = "pre",
        scale: str | BaseEstimator | None = "standard",
        kind: str = "auto",
        min_frequency: float = 1,
        max_tokens: int | None = None,
        join: Mapping[str, Sequence[Hashable]] | None = None,
    ) -> None:
        self.max_length = max_length
        self.padding = padding
        self.truncation = truncation
        self.scale = scale
        self.kind = kind
        self.min_frequency = min_frequency
        self.max_tokens = max_tokens
        self.join = join

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: CellsLike, y: object = None) -> Self:
        """Learn lengths, channels and scales, or the vocabulary, per column.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of cells
            Cells as described above; missing ones are allowed.
        y : None
            Ignored.

        Returns
        -------
        self : SequenceEncoder

        Raises
        ------
        TypeError
            If a cell is no list, or holds neither numbers nor categories.
        ValueError
            If the cells differ in their number of channels, hold an infinite number, or mix numbers
            and categories. The column and the row are always named.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: CellsLike, y: object = None) -> pd.DataFrame:
        """Learn as `fit` does and encode the same cells.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of cells
            Cells as described above; missing ones are allowed.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_columns_out)
            float32 or category columns with the index of `X`.
        """
        frame = self._read(X, reset=True, stacked=True)
        self._sides = {"padding": self.padding, "truncation": self.truncation}
        n_features = frame.shape[1]
        self.kinds_: list[str] = []
        self.separators_ = [separator_of(column) for _, column in frame.items()]
        self.lengths_: list[int] = []
        self.channels_ = [0] * n_features
        self.means_: list[Any] = [None] * n_features
        self.ranges_: list[np.ndarray | None] = [None] * n_features
        self.scalers_: list[Any] = [None] * n_features
        self.vocabularies_: list[np.ndarray | None] = [None] * n_features
        read = []
        for j in range(n_features):
            column = frame.iloc[:, j]
            cells = read_lists(column, self.separators_[j])
            self.kinds_.append(_detect(cells, column) if self.kind == "auto" else self.kind)
            learn = self._learn_numbers if self.kinds_[-1] == "numeric" else self._learn_categories
            read.append(learn(j, cells, column))
            lengths = read[-1][1]
            if not lengths.any():
                warnings.warn(
                    f"Column {column.name!r} holds no sequence in fit, only missing or empty "
                    "cells; leave it out.",
                    UserWarning,
                    stacklevel=2,
                )
            self.lengths_.append(length_of(self.max_length, lengths))
        self._prepare()
        return self._frame(read, frame.index)

    def transform(self, X: CellsLike) -> pd.DataFrame:
        """Encode sequences as learned in `fit`.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of cells
            Cells as described above; missing ones are allowed.

        Returns
        -------
        DataFrame of shape (n_samples, n_columns_out)
            float32 or category columns with the index of `X`.

        Raises
        ------
        TypeError
            If a cell is no list, or holds categories where numbers were learned.
        ValueError
            If the number of channels differs from `fit`, or a number is infinite.
        """
        check_is_fitted(self, "lengths_")
        frame = self._read(X, reset=False, stacked=True)
        read = []
        for j, kind in enumerate(self.kinds_):
            column = frame.iloc[:, j]
            cells = read_lists(column, self.separators_[j])
            if kind == "numeric":
                read.append(stack_steps(cells, column, len(self.means_[j])))
            else:
                read.append(encode([as_categories(cells, column)], self._codes_of[j]))
        return self._frame(read, frame.index)

    def _read(self, X: Any, *, reset: bool, stacked: bool = False) -> pd.DataFrame:
        """Return the cells, with columns of single steps joined to sequences."""
        frame = super()._read(X, reset=reset, stacked=stacked)
        join = self.join or {}
        if reset:
            of_steps = {column for columns in join.values() for column in columns}
            self._whole = [j for j, name in enumerate(frame.columns) if name not in of_steps]
        if not join:
            return frame
        joined = frame.iloc[:, self._whole]
        for name, columns in join.items():
            absent = [column for column in columns if column not in frame.columns]
            if absent:
                raise ValueError(f"join={{{name!r}: ...}} names {absent}, no columns of X.")
            if name in joined.columns:
                raise ValueError(f"join={{{name!r}: ...}} has the name of another column of X.")
            steps = frame[list(columns)]
            numeric = all(pd.api.types.is_numeric_dtype(dtype) for dtype in steps.dtypes)
            values = steps.to_numpy(np.float64 if numeric else object, na_value=np.nan)
            cells = np.fromiter(iter(values), dtype=object, count=len(values))
            joined = joined.assign(**{name: pd.Series(cells, index=frame.index, dtype=object)})
        return joined

    def _names_out(self, features: tuple[str, ...]) -> np.ndarray:
        return super()._names_out((*(features[j] for j in self._whole), *(self.join or {})))

    def _learn_numbers(
        self, j: int, cells: list[np.ndarray], column: pd.Series
    ) -> tuple[np.ndarray, np.ndarray]:
        steps, lengths = stack_steps(cells, column)
        missing = np.isnan(steps)
        counts = np.maximum((~missing).sum(axis=0), 1)
        means = np.where(missing, 0, steps).sum(axis=0) / counts
        observed = steps[~missing.all(axis=1)]
        # A channel that was never measured is one of zeros.
        observed[:, missing.all(axis=0)] = 0
        n_channels, scaler = len(means), None
        if self.scale is not None and len(observed):
            scaler = _SCALERS[self.scale]() if isinstance(self.scale, str) else clone(self.scale)
            filled = np.where(np.isnan(observed), means, observed)
            scaler.fit(observed if get_tags(scaler).input_tags.allow_nan else filled)
            n_channels = np.asarray(scaler.transform(filled[:1])).shape[1]
        ends = [end.reduce(steps, axis=0, initial=np.nan) for end in (np.fmin, np.fmax)]
        self.channels_[j], self.means_[j], self.scalers_[j] = n_channels, means, scaler
        self.ranges_[j] = np.stack(ends)
        return steps, lengths

    def _learn_categories(
        self, j: int, cells: list[np.ndarray], column: pd.Series
    ) -> tuple[np.ndarray, np.ndarray]:
        categories = [as_categories(cells, column)]
        least = [least_count(self.min_frequency, len(cells))]
        tokens, _ = learn_vocabulary(
            categories, least, max_tokens=self.max_tokens, reserved=_RESERVED
        )
        self.vocabularies_[j] = tokens
        return encode(categories, look_up(tokens))

    def _prepare(self) -> None:
        """Make the look-up tables for `transform`."""
        # A column of numbers has no vocabulary.
        tables = [np.empty(0, dtype=object) if v is None else v for v in self.vocabularies_]
        self._codes_of = [look_up(table) for table in tables]
        self._dtypes = [shared_dtype(table) for table in tables]

    def _frame(self, read: list[tuple[np.ndarray, np.ndarray]], index: pd.Index) -> pd.DataFrame:
        parts: list = []
        for j, (kind, part) in enumerate(zip(self.kinds_, read, strict=True)):
            parts += [self._box(j, *part)] if kind == "numeric" else self._columns(j, *part)
        return named_frame(parts, self.get_feature_names_out(), index)

    def _box(self, j: int, steps: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Numbers and mask of one column, float32 of shape (n_samples, time, channels + 1)."""
        n_channels = self.channels_[j]
        kept, rows, times = places(lengths, self.lengths_[j], **self._sides)
        steps = steps[kept]
        missing = np.isnan(steps)
        seen = ~missing.all(axis=1)
        values = np.where(missing, self.means_[j], steps)[seen]
        if self.scalers_[j] is not None and len(values):
            values = np.asarray(self.scalers_[j].transform(values))
        box = np.zeros((len(lengths), self.lengths_[j], n_channels + 1), dtype=np.float32)
        box[rows[seen], times[seen], :n_channels] = values
        box[rows[seen], times[seen], n_channels] = 1
        return box

    def _columns(self, j: int, codes: np.ndarray, lengths: np.ndarray) -> list[pd.Categorical]:
        dtype = self._dtypes[j]
        box = code_box(codes, lengths, self.lengths_[j], dtype, **self._sides)
        return category_columns(box, dtype)

    def _suffixes(self) -> list[list[str]]:
        return [
            [f"[{t},{c}]" for t in range(length) for c in range(n_channels + 1)]
            if kind == "numeric"
            else [f"[{t}]" for t in range(length)]
            for kind, length, n_channels in zip(
                self.kinds_, self.lengths_, self.channels_, strict=True
            )
        ]


def _detect(cells: list[np.ndarray], column: pd.Series) -> str:
    """Return whether lists hold numbers or categories; ids are categories."""
    kind = kind_of(cells, column)
    return "categories" if kind == "numeric" and are_ids(flat_numbers(cells)) else kind
