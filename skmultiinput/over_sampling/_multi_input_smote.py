"""Over-sampling of typed frames: numbers are interpolated, all other values come from real rows."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import Tags, check_consistent_length, column_or_1d
from sklearn.utils.validation import validate_data

from skmultiinput._checks import as_generator, missing_rows, to_pandas
from skmultiinput._compat import Interval
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.over_sampling._distances import embed_rows
from skmultiinput.over_sampling._is_synthetic import marked_index
from skmultiinput.over_sampling._synthetic_rows import Family, interpolate

_NO_PARENTS = np.empty((0, 2), dtype=np.int64)


def _treatment(groups: ColumnGroups) -> tuple[dict[Any, list[int]], list[int]]:
    """Positions of the columns that are interpolated (by dtype) and of those that are voted on.

    All other columns are copied: a mean of two texts, sequences or images is neither; booleans and
    0/1 numbers are copied so that a one-hot row keeps its one.
    """
    interpolated: dict[Any, list[int]] = {}
    voted: list[int] = []
    for spec in groups.inputs:
        if spec.kind == "categorical":
            voted.extend(spec.positions)
        elif spec.kind == "numeric":
            for position, binary in zip(spec.positions, spec.binary, strict=True):
                dtype = groups.dtypes[position]
                if dtype.kind in "fiu" and not binary:
                    interpolated.setdefault(dtype, []).append(position)
    return interpolated, voted


class MultiInputSMOTE(BaseOverSampler):
    """Over-sample minority classes of a typed frame, each kind of column by its own rule.

    A synthetic row has two parents of the same class: a base row drawn at random, and one of
    its `k_neighbors` nearest rows. A weight, uniform between 0 and 1, is the position of the
    synthetic row on the line from the base row to the neighbour.

    ====================================== =================================================
    columns                                value in a synthetic row
    ====================================== =================================================
    float                                  on the line between the parents; where one of them is
                                           missing, copied from the nearer parent
    int                                    the same, rounded to a whole number
    bool, numbers that are only 0 and 1    copied from the nearer parent (weight below 0.5:
                                           the base row), all from the same one
    category                               of the two parents' categories the one that is more
                                           frequent among the base row and its neighbours;
                                           on a tie that of the nearer parent
    tokens, series, sequence, image        copied whole from the nearer parent, mask included
    object                                 copied from the nearer parent; cells that hold
                                           arrays are shared, not duplicated
    ====================================== =================================================

    So a synthetic row never holds a category, a text or an image that its parents do not have,
    and a one-hot encoding stays valid. Names, dtypes and categories of the frame are kept; the
    original rows come first, unchanged. A plain array is one group of numbers.

    Distances between rows: numbers are scaled by their interquartile range, a missing one is at
    the median of its column, categories are equal
    or not, texts are compared by their words (rare ones count more), series, sequences and images
    by a random projection. Each input of the network (see `ColumnGroups`) has the same share in
    the distance, however many columns it has.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes are resampled to which size, as in imbalanced-learn: a float is the
        desired ratio of minority to majority (two classes only); "minority",
        "not minority", "not majority" (the same as "auto") and "all" name classes that grow to
        the size of the largest; a dict gives the desired number of rows per class; a callable
        takes `y` and returns such a dict.
    k_neighbors : int, default=5
        Number of nearest rows of the same class from which the second parent is drawn. A class
        with fewer than ``k_neighbors + 1`` rows uses all the neighbours it has. Fewer stay closer
        to the rows that are there; more fill the space between them.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness, read once per call of `fit_resample`. With an int, the result does
        not depend on the order of the columns.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of synthetic rows.
    column_groups_ : ColumnGroups
        The kinds of the columns.
    parents_ : ndarray of shape (n_synthetic, 2), dtype=int64
        Positions, in the frame passed to `fit_resample`, of each synthetic row's base row and
        neighbour.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when all are strings.

    See Also
    --------
    is_synthetic : Tells synthetic rows from real ones, also in later steps of a Pipeline.
    imblearn.over_sampling.SMOTENC : Numbers and categories, by one-hot encoding.

    Notes
    -----
    Rows are marked by the index of the returned frame, see `is_synthetic`, and
    `MultiInputClassifier` does not validate on marked rows. Numpy arrays cannot be marked.

    SMOTE is due to Chawla et al. [1]_, who also vote on categories.

    References
    ----------
    .. [1] N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
       over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputSMOTE
    >>> X = pd.DataFrame({
    ...     "numeric__age": [31.0, 64.0, 25.0, 47.0, 52.0, 38.0],
    ...     "category__city": pd.Categorical(["Bern", "Rome", "Oslo", "Rome", "Rome", "Oslo"]),
    ... })
    >>> y = pd.Series([0, 0, 0, 0, 1, 1], name="churned")
    >>> X_res, y_res = MultiInputSMOTE(random_state=0).fit_resample(X, y)
    >>> y_res.value_counts().to_dict()
    {0: 4, 1: 4}
    >>> set(X_res["category__city"].iloc[6:]) <= {"Rome", "Oslo"}
    True
    >>> MultiInputSMOTE(k_neighbors=0).fit_resample(X, y)
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'k_neighbors' parameter of
    MultiInputSMOTE must be an int in the range [1, inf). Got 0 instead.
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseOverSampler._parameter_constraints,  # noqa: SLF001 - how samplers inherit them
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "random_state": [
            "random_state",
            np.random.Generator,
            np.random.BitGenerator,
            np.random.SeedSequence,
        ],
    }

    def __init__(
        self,
        sampling_strategy: Any = "auto",
        *,
        k_neighbors: int = 5,
        random_state: RandomState = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_neighbors = k_neighbors
        self.random_state = random_state

    def fit_resample(self, X: TableLike, y: Any) -> tuple[Any, Any]:
        """Append synthetic rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_columns)
            A typed frame, a frame of numbers and categories, or an array of numbers. Tables of
            other libraries, such as polars, are converted to pandas.
        y : array-like of shape (n_samples,)
            Class of each row; one-hot rows of shape (n_samples, n_classes) are accepted.

        Returns
        -------
        X_resampled : same type as `X`, shape (n_samples + n_synthetic, n_columns)
            The original rows, unchanged, then the synthetic ones, class by class. A frame has a
            new integer index that marks the synthetic rows, see `is_synthetic`.
        y_resampled : same type as `y`, shape (n_samples + n_synthetic,)
            Class of each row; a Series or frame shares the index of `X_resampled`.

        Raises
        ------
        ValueError
            If a number is infinite, a category is missing, a column holds text or dates, `y` has
            a missing value, or a class to resample has a single row. The message names the column,
            row or class.
        """
        X, y = to_pandas(X), to_pandas(y)
        missing = missing_rows(y)
        if missing.any():
            raise ValueError(
                f"Input y contains NaN or None in row {missing.argmax()}; expected a "
                "class for every row. Drop the rows without a class."
            )
        X_resampled, y_resampled = super().fit_resample(X, y)
        if isinstance(X_resampled, pd.DataFrame):
            X_resampled.index = marked_index(X, len(X_resampled))
            if isinstance(y_resampled, pd.DataFrame | pd.Series):
                y_resampled.index = X_resampled.index
        return X_resampled, y_resampled

    def _check_X_y(  # noqa: N802 - the name that the base class calls
        self, X: Any, y: Any
    ) -> tuple[Any, np.ndarray, bool]:
        y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
        if isinstance(X, pd.DataFrame):
            if X.empty:
                raise ValueError(
                    f"Found a frame of shape {X.shape}; expected at least one row and one column."
                )
                # Before scikit-learn's check, so that the message names the column.
            self.column_groups_ = ColumnGroups.from_frame(X)
            validate_data(self, X=X, skip_check_array=True)
            check_consistent_length(X, y)
        else:
            X, y = validate_data(self, X=X, y=y, ensure_all_finite=False)
            self.column_groups_ = ColumnGroups.from_frame(pd.DataFrame(X))
        return X, column_or_1d(y), binarize_y

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
        rng = as_generator(self.random_state)
        wanted = [(label, n_new) for label, n_new in self.sampling_strategy_.items() if n_new > 0]
        families = [
            self._draw(frame, np.flatnonzero(y == label), label, n_new, rng)
            for label, n_new in wanted
        ]
        self.parents_ = np.concatenate([_NO_PARENTS, *(family.parents for family in families)])
        out = self._append(frame, families)
        new_labels = [np.full(n_new, label, dtype=y.dtype) for label, n_new in wanted]
        out_y = np.concatenate([y, *new_labels])
        return (out if isinstance(X, pd.DataFrame) else out.to_numpy()), out_y

    def _draw(
        self, X: pd.DataFrame, rows: np.ndarray, label: Any, n_new: int, rng: np.random.Generator
    ) -> Family:
        """Draw the parents and weights of the synthetic rows of one class."""
        if len(rows) < 2:
            label = label.item() if isinstance(label, np.generic) else label
            raise ValueError(
                f"Class {label!r} has a single row, but a synthetic row needs two parents. "
                "Collect more rows, leave the class out of sampling_strategy, or repeat the row "
                "with imblearn.over_sampling.RandomOverSampler."
            )
        coordinates = embed_rows(X.iloc[rows], self.column_groups_, rng)
        k = min(self.k_neighbors, len(rows) - 1)
        # Without an argument, kneighbors excludes each row itself, also among equal rows.
        near = NearestNeighbors(n_neighbors=k).fit(coordinates).kneighbors(return_distance=False)
        base, pick = rng.integers(len(rows), size=n_new), rng.integers(k, size=n_new)
        return Family(rows, near, base, near[base, pick], rng.random(n_new))

    def _append(self, X: pd.DataFrame, families: list[Family]) -> pd.DataFrame:
        """Append the synthetic rows to `X`, each column by its treatment."""
        n, parents = len(X), self.parents_
        weight = np.concatenate([np.empty(0), *(family.weight for family in families)])
        nearer = np.where(weight < 0.5, parents[:, 0], parents[:, 1])
        # Copy everything first, which keeps every dtype; then overwrite the other columns.
        out = X.take(np.concatenate([np.arange(n), nearer]))
        if not len(parents):
            return out
        interpolated, voted = _treatment(self.column_groups_)
        for dtype, positions in interpolated.items():
            is_numpy = isinstance(dtype, np.dtype)
            numbers = X.iloc[:, positions]
            missing = numbers.isna().to_numpy()
            # Any number does for a missing one, which stays missing.
            values = numbers.to_numpy(dtype=dtype if is_numpy else dtype.type, na_value=0)
            new = interpolate(values[parents[:, 0]], values[parents[:, 1]], weight)
            new = np.where(missing[parents].any(axis=1), values[nearer], new)
            gaps = missing[nearer]
            if is_numpy:
                if gaps.any():  # only numbers with a point have any
                    new[gaps] = np.nan
                out.iloc[n:, positions] = new
            else:
                values, missing = np.concatenate([values, new]), np.concatenate([missing, gaps])
                _set_extension_columns(out, positions, dtype, values, missing)
        for position in voted:
            column = X.iloc[:, position].array
            votes = [family.vote(column.codes) for family in families]
            codes = np.concatenate([column.codes, *votes])
            out.isetitem(position, pd.Categorical.from_codes(codes, dtype=column.dtype))
        return out

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # A sparse matrix has neither names nor dtypes; sparse columns of a frame are accepted.
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        return tags


def _set_extension_columns(
    frame: pd.DataFrame, positions: list[int], dtype: Any, values: np.ndarray, missing: np.ndarray
) -> None:
    """Set columns whose arrays (nullable, sparse) are not written in place."""
    for position, column, gaps in zip(positions, values.T, missing.T, strict=True):
        cells = column
        if gaps.any():
            cells = column.astype(object)
            cells[gaps] = None
        frame.isetitem(position, pd.array(cells, dtype=dtype))
