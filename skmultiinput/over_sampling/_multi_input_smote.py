"""Over-sampling of typed frames: synthetic rows whose texts, symbols and images are real ones."""

from numbers import Integral

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.validation import validate_data

from skmultiinput._compat import Interval
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.over_sampling._distances import embed_rows
from skmultiinput.over_sampling._synthetic_rows import Family, interpolate

__all__ = ["MultiInputSMOTE", "is_synthetic"]

# Name of the index by which resampled rows are told apart.
_RESAMPLED = "resampled_row"
_NO_PARENTS = np.empty((0, 2), dtype=np.int64)


def is_synthetic(X):
    """Tell which rows of a frame are synthetic.

    `MultiInputSMOTE` labels its rows by an integer index named ``"resampled_row"``: a real row
    has its position in the resampled frame, a synthetic row at position ``p`` has ``-1 - p``.
    Labels travel with their rows, so the marks survive slicing, shuffling, splitting,
    concatenation with rows marked likewise, pickling, and transformers with pandas output.
    They are gone after ``reset_index``, a conversion to numpy, a sampler of imbalanced-learn
    that rebuilds the index, and concatenation with rows that are not marked.

    Parameters
    ----------
    X : DataFrame, Series, or anything else
        Rows that may come from `MultiInputSMOTE`.

    Returns
    -------
    ndarray of shape (n_samples,), dtype=bool, or None
        True for synthetic rows; None where nothing is known.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmultiinput.over_sampling._multi_input_smote import MultiInputSMOTE, is_synthetic
    >>> X = pd.DataFrame({"numeric__age": [20.0, 30.0, 40.0, 50.0, 60.0]})
    >>> X_res, y_res = MultiInputSMOTE(random_state=0).fit_resample(X, [0, 0, 0, 1, 1])
    >>> is_synthetic(X_res).tolist()
    [False, False, False, False, False, True]
    >>> is_synthetic(X_res.iloc[::-1]).tolist()[0]
    True
    >>> is_synthetic(X) is None
    True
    """
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index) or index.name != _RESAMPLED or index.dtype.kind != "i":
        return None
    return index.to_numpy() < 0


def _treatment(groups):
    """Positions of the columns that interpolate (by dtype) and of those that vote.

    All other columns are copied: texts, series, sequences and images because half of one and
    half of another is neither; booleans, and numbers that are only ever 0 and 1 because a
    one-hot row must keep its one; objects because nothing is known about them.
    """
    interpolated: dict = {}
    voted = []
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
    """Over-sample minority classes of a typed frame, every kind of column in its own way.

    A synthetic row has two parents of the same class: a base row drawn at random, and one of
    its `k_neighbors` nearest rows. One weight, uniform between 0 and 1, says how far the
    synthetic row lies on the way from the base row to the neighbour.

    ====================================== =================================================
    columns                                in a synthetic row
    ====================================== =================================================
    float                                  on the line between the parents
    int                                    the same, rounded to a whole number
    bool, numbers that are only 0 and 1    copied from the nearer parent (weight below 0.5:
                                           the base row), all from the same one
    category                               of the two parents' symbols the one that is more
                                           frequent among the base row and its neighbours;
                                           on a tie that of the nearer parent
    tokens, series, sequence, image        copied whole from the nearer parent, mask included
    object                                 copied from the nearer parent; cells that hold
                                           arrays are shared, not duplicated
    ====================================== =================================================

    So a synthetic row never holds a symbol, a text or an image that its parents do not have,
    and a one-hot encoding stays one. Names, dtypes and categories of the frame are kept; the
    given rows come first, unchanged. A plain array is one group of numbers.

    How near two rows are: numbers are scaled by their quartile range, symbols are equal or
    not, texts are compared by their words, rare ones counting more, series, sequences and
    images by a random projection. Each input that the network would get (see `ColumnGroups`)
    has the same share in the distance, however many columns it has.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes are resampled to which size, as in imbalanced-learn: a float is the
        wanted ratio of minority to majority (two classes only); "minority",
        "not minority", "not majority" (the same as "auto") and "all" name classes that grow to
        the size of the largest; a dict gives the wanted number of rows per class; a callable
        takes `y` and returns such a dict.
    k_neighbors : int, default=5
        Number of nearest rows of the same class from which the second parent is drawn. A class
        with fewer than ``k_neighbors + 1`` rows uses all the neighbours it has.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness, read once per call of `fit_resample`. With an int, the result does
        not depend on the order of the columns.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of synthetic rows.
    column_groups_ : ColumnGroups
        What the columns were taken for.
    parents_ : ndarray of shape (n_synthetic, 2), dtype=int64
        Positions, in the frame given to `fit_resample`, of each synthetic row's base row and
        neighbour.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when all are strings.

    See Also
    --------
    is_synthetic : Tells synthetic rows from real ones, also further down a Pipeline.
    imblearn.over_sampling.SMOTENC : Numbers and categories, by one-hot encoding.

    Notes
    -----
    Rows are marked by the index of the returned frame, see `is_synthetic`, and
    `MultiInputClassifier` does not validate on marked rows. Numpy arrays cannot be marked.

    SMOTE is due to Chawla et al. [1]_, who also vote on symbols.

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

    _parameter_constraints: dict = {
        **BaseOverSampler._parameter_constraints,  # noqa: SLF001 - how samplers inherit them
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(self, sampling_strategy="auto", *, k_neighbors=5, random_state=None):
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_neighbors = k_neighbors
        self.random_state = random_state

    def fit_resample(self, X, y):
        """Add synthetic rows below the given ones.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_columns)
            A typed frame, a frame of numbers and categories, or an array of numbers.
        y : array-like of shape (n_samples,)
            Class of each row; one-hot rows of shape (n_samples, n_classes) are understood.

        Returns
        -------
        X_resampled : same type as `X`, shape (n_samples + n_synthetic, n_columns)
            The given rows, unchanged, then the synthetic ones, class by class. A frame has a
            new integer index that marks the synthetic rows, see `is_synthetic`.
        y_resampled : same type as `y`, shape (n_samples + n_synthetic,)
            Class of each row; a Series or frame shares the index of `X_resampled`.

        Raises
        ------
        ValueError
            If a number is missing or infinite, a category is missing, a column holds text or
            dates, `y` has a missing value, or a class that should grow has a single row; the
            column, row or class is named.
        """
        missing = pd.isna(np.asarray(y, dtype=object))
        if missing.any():
            raise ValueError(
                f"Input y contains NaN or None in row {np.argwhere(missing)[0, 0]}; expected a "
                "class for every row. Drop the rows whose class is not known."
            )
        X_resampled, y_resampled = super().fit_resample(X, y)
        if isinstance(X_resampled, pd.DataFrame):
            index = self._marked_index(X, len(X_resampled))
            X_resampled.index = index
            if isinstance(y_resampled, pd.DataFrame | pd.Series):
                y_resampled.index = index
        return X_resampled, y_resampled

    def _marked_index(self, X, n_rows):
        synthetic = np.arange(n_rows) >= len(X)
        # A frame resampled twice keeps its first marks.
        before = is_synthetic(X)
        if before is not None:
            synthetic[: len(X)] = before
        position = np.arange(n_rows)
        return pd.Index(np.where(synthetic, -1 - position, position), name=_RESAMPLED)

    def _check_X_y(self, X, y):  # noqa: N802 - the name that the base class calls
        y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
        if isinstance(X, pd.DataFrame):
            if X.empty:
                raise ValueError(
                    f"Found a frame of shape {X.shape}; expected at least one row and one column."
                )
            # Before scikit-learn looks, so that every column is named in our words.
            self.column_groups_ = ColumnGroups.from_frame(X)
            validate_data(self, X=X, skip_check_array=True)
            check_consistent_length(X, y)
        else:
            X, y = validate_data(self, X=X, y=y)
            self.column_groups_ = ColumnGroups.from_frame(pd.DataFrame(X))
        return X, column_or_1d(y), binarize_y

    def _fit_resample(self, X, y):
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
        rng = _generator(self.random_state)
        wanted = [(label, n_new) for label, n_new in self.sampling_strategy_.items() if n_new > 0]
        families = [
            self._draw(frame, np.flatnonzero(y == label), label, n_new, rng)
            for label, n_new in wanted
        ]
        self.parents_ = np.concatenate([_NO_PARENTS, *(family.parents for family in families)])
        out = self._breed(frame, families)
        new_labels = [np.full(n_new, label, dtype=y.dtype) for label, n_new in wanted]
        out_y = np.concatenate([y, *new_labels])
        return (out if isinstance(X, pd.DataFrame) else out.to_numpy()), out_y

    def _draw(self, X, rows, label, n_new, rng):
        """Draw the parents and weights of the synthetic rows of one class."""
        if len(rows) < 2:
            label = label.item() if isinstance(label, np.generic) else label
            raise ValueError(
                f"Class {label!r} has a single row, and a synthetic row needs two parents. "
                "Collect more rows, leave the class out of sampling_strategy, or repeat the row "
                "with imblearn.over_sampling.RandomOverSampler."
            )
        places = embed_rows(X.iloc[rows], self.column_groups_, rng)
        k = min(self.k_neighbors, len(rows) - 1)
        # Asked without rows, kneighbors leaves each row itself out, also among equal rows.
        near = NearestNeighbors(n_neighbors=k).fit(places).kneighbors(return_distance=False)
        base, pick = rng.integers(len(rows), size=n_new), rng.integers(k, size=n_new)
        return Family(rows, near, base, near[base, pick], rng.random(n_new))

    def _breed(self, X, families):
        """Put the synthetic rows below `X`, each column by its treatment."""
        n, parents = len(X), self.parents_
        weight = np.concatenate([np.empty(0), *(family.weight for family in families)])
        nearer = np.where(weight < 0.5, parents[:, 0], parents[:, 1])
        # Everything is copied first, which also keeps every dtype; then the rest is overwritten.
        out = X.take(np.concatenate([np.arange(n), nearer]))
        if not len(parents):
            return out
        interpolated, voted = _treatment(self.column_groups_)
        for dtype, positions in interpolated.items():
            plain = isinstance(dtype, np.dtype)
            number = dtype if plain else dtype.type
            values = X.iloc[:, positions].to_numpy(dtype=number)
            new = interpolate(values[parents[:, 0]], values[parents[:, 1]], weight)
            if plain:
                out.iloc[n:, positions] = new
                continue
            # Extension arrays (nullable, sparse) are not written in place.
            for column, position in enumerate(positions):
                whole = np.concatenate([values[:, column], new[:, column]])
                out.isetitem(position, pd.array(whole, dtype=dtype))
        for position in voted:
            codes = X.iloc[:, position].array.codes
            new = [family.vote(codes) for family in families]
            whole = pd.Categorical.from_codes(
                np.concatenate([codes, *new]), dtype=self.column_groups_.dtypes[position]
            )
            out.isetitem(position, whole)
        return out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # A sparse matrix has neither names nor dtypes; sparse columns of a frame are read.
        tags.input_tags.sparse = False
        return tags


def _generator(random_state):
    if isinstance(random_state, np.random.Generator):
        return random_state
    return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
