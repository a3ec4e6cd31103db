"""Target encoding of columns, and of those of their pairs that explain more than the columns."""

from numbers import Integral, Real
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._checks import as_random_state
from skmultiinput._compat import Interval, StrOptions, _fit_context, fitted_target_encoder
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.frame._column_groups import UNKNOWN
from skmultiinput.preprocessing._category_encoder import CategoryEncoder
from skmultiinput.preprocessing._column_wise import RawColumnsMixin, check_raw_frame
from skmultiinput.preprocessing._reading.labels import RESERVED
from skmultiinput.preprocessing._target_encoding.choose_pairs import choose_pairs
from skmultiinput.preprocessing._target_encoding.cross_fitting import stratified_folds, with_pairs
from skmultiinput.preprocessing._target_encoding.encoded_target import (
    EncodedTarget,
    encode_target,
    read_targets,
)


class InteractionTargetEncoder(RawColumnsMixin, TransformerMixin, BaseEstimator):
    """Encode categories, and the best pairs of them, by the shrunk mean of the target.

    Two ids together often explain what neither explains alone: which product in which town, which
    role in which department. A pair is added when its cross-fitted encoding explains more of what
    the encodings of all columns and of the pairs before it leave unexplained than chance would.

    The means are those of `sklearn.preprocessing.TargetEncoder`. As there,
    ``fit_transform(X, y)`` encodes each row by folds that do not contain it and is not the same as
    ``fit(X, y).transform(X)``. In addition to the pairs, this class seeds the folds, makes fewer
    folds for few rows, stratifies them even for classes with few rows, encodes several targets,
    and bounds the number of output columns for targets with many classes.

    Parameters
    ----------
    max_columns : int, default=20
        Largest number of columns that pairs add. A pair takes one column per output of the target
        (see Notes). 0 adds no pairs.
    max_candidates : int, default=100
        Largest number of pairs tried, which bounds the time. Columns that explain much by
        themselves are tried first.
    target_type : {"auto", "continuous", "binary", "multiclass"}, default="auto"
        What `y` is. "auto" takes numbers with decimals for a quantity and everything else,
        whole numbers included, for classes.
    smooth : "auto" or float, default="auto"
        How strongly rare levels are drawn to the mean; "auto" is an empirical Bayes estimate.
    cv : int, default=5
        Number of folds of the cross-fitting. More learn from more rows each, and take longer.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds.

    Attributes
    ----------
    pairs_ : list of (int, int)
        Positions of the columns of each pair, the best pair first.
    categories_ : CategoryEncoder
        The levels of each column.
    target_types_ : list of str
        For each target, "continuous", "binary" or "multiclass".
    levels_ : list of ndarray of int64, each of shape (n_levels,)
        For each column, then for each pair, the codes of its levels in `categories_`; for a pair
        ``code_a * n_codes_b + code_b``.
    encodings_ : list of ndarray, each of shape (n_levels,), dtype=float64
        For each output column, the encoding of each level.
    sources_ : list of int
        For each output column, the position of the column, or pair, in `levels_`.
    means_ : ndarray of shape (n_features_out,), dtype=float64
        For each output column, the encoding of a level that `fit` did not see.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    sklearn.preprocessing.TargetEncoder : The same means, without pairs and bounds.
    CategoryEncoder : Categories as pandas categories instead of numbers.

    Notes
    -----
    A quantity and a target of two classes have one output, a target of up to 10 classes one per
    class. A target of more classes is encoded along directions (principal components) in which
    the shares of the classes differ between levels. A column gets those along which its levels
    differ by more than chance: in all at most 100 columns, or one per column of `X` if that is
    more, and 4 per pair. Whole numbers with more than 10 values may be a quantity after all, so
    the number itself is encoded too; with many values that rarely repeat or lie far apart, they are
    a quantity.

    Encodings of levels in `transform` are clipped to the range of those in `fit_transform`, which a
    model behind has been trained on.

    Pairs are chosen step by step: the one whose encoding has the highest partial correlation with
    the target given the encodings chosen so far, until no correlation is clearly positive. At most
    50,000 rows and 4 outputs are used. The choice uses all rows given to `fit`; the encoding of a
    row in `fit_transform` uses folds that do not contain it.

    Two known levels that never occur together in `fit` are encoded by the mean of the target. A
    missing cell is a level like others.

    References
    ----------
    D. Micci-Barreca: A preprocessing scheme for high-cardinality categorical attributes in
    classification and prediction problems. SIGKDD Explorations 3(1), 2001.

    A. V. Dorogush, V. Ershov, A. Gulin: CatBoost: gradient boosting with categorical features
    support. Workshop on ML Systems at NeurIPS 2017. (Combinations of categories, found greedily.)

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({
    ...     "town": rng.choice(["Bern", "Rome", "Oslo"], 300),
    ...     "shop": rng.choice(["north", "south"], 300),
    ... })
    >>> bought = ((X["town"] == "Bern") == (X["shop"] == "north")).astype(int)
    >>> encoder = InteractionTargetEncoder().fit(X, bought)
    >>> encoder.get_feature_names_out().tolist()
    ['town', 'shop', 'town*shop']
    >>> encoder.transform(X[:1])[:, 2] == bought[0]
    array([ True])
    >>> InteractionTargetEncoder().fit(X, rng.permutation(bought)).pairs_
    []
    >>> InteractionTargetEncoder(max_columns=-1).fit(X, bought)
    Traceback (most recent call last):
        ...
    sklearn.utils._param_validation.InvalidParameterError: The 'max_columns' parameter of
    InteractionTargetEncoder must be an int in the range [0, inf). Got -1 instead.
    """

    _parameter_constraints: dict = {
        "max_columns": [Interval(Integral, 0, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left")],
        "target_type": [StrOptions({"auto", "continuous", "binary", "multiclass"})],
        "smooth": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        max_columns: int = 20,
        max_candidates: int = 100,
        *,
        target_type: str = "auto",
        smooth: float | str = "auto",
        cv: int = 5,
        random_state: RandomState = 0,
    ) -> None:
        self.max_columns = max_columns
        self.max_candidates = max_candidates
        self.target_type = target_type
        self.smooth = smooth
        self.cv = cv
        self.random_state = random_state

    def fit(self, X: TableLike, y: ArrayLike) -> Self:
        """Learn the pairs and the encodings from all rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Categories; missing cells are a category.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The target.

        Returns
        -------
        self : InteractionTargetEncoder
        """
        self.fit_transform(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: TableLike, y: ArrayLike) -> np.ndarray:
        """Learn the encodings, and encode each row by folds that do not contain it.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Categories; missing cells are a category.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The target.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out), dtype=float64
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None. "
                "Without a target, encode categories by CategoryEncoder, e.g. "
                'make_preprocessor(high_cardinality="embedding").'
            )
        frame = check_raw_frame(self, X, reset=True)
        if len(frame) < 2:
            raise ValueError(
                f"Found array with {len(frame)} sample(s); a minimum of 2 is required by "
                f"{type(self).__name__}, which encodes a row by the target of others."
            )
        self.categories_ = CategoryEncoder().set_output(transform="pandas")
        codes = _codes(self.categories_.fit_transform(frame))
        targets = [
            encode_target(target, self.target_type, codes) for target in read_targets(y, len(frame))
        ]
        self.target_types_ = [target.kind for target in targets]
        self.pairs_ = self._choose_pairs(codes, targets)
        codes = self._with_pairs(codes)
        self.levels_ = [np.unique(column) for column in codes.T]
        # Per output column: the column, or pair, that it encodes, and the end of its name.
        self.sources_: list[int] = []
        self._suffixes: list[str] = []
        self.encodings_, means, crossed = [], [], []
        for i, target in enumerate(targets):
            outputs = [*target.of_column, *([target.of_pair] * len(self.pairs_))]
            parts = self._cross_fit(codes, target, outputs)
            for j, of_column in enumerate(outputs):
                for k in of_column:
                    encoding, mean, column = parts[j, k]
                    self.sources_.append(j)
                    self._suffixes.append(target.suffixes[k] + f"_{i}" * (len(targets) > 1))
                    # A rare level may lie far outside of what the model behind is trained on.
                    self.encodings_.append(np.clip(encoding, column.min(), column.max()))
                    means.append(mean)
                    crossed.append(column)
        self.means_ = np.array(means, dtype=np.float64)
        return np.column_stack(crossed)

    def _choose_pairs(
        self, codes: np.ndarray, targets: list[EncodedTarget]
    ) -> list[tuple[int, int]]:
        values = [target.numbers[:, target.of_pair] for target in targets]
        width = sum(part.shape[1] for part in values)
        if width > self.max_columns or codes.shape[1] < 2:
            return []
        return choose_pairs(
            codes,
            np.hstack(values),
            most=self.max_columns // width,
            max_candidates=self.max_candidates,
            rng=as_random_state(self.random_state),
        )

    def _cross_fit(
        self, codes: np.ndarray, target: EncodedTarget, outputs: list[list[int]]
    ) -> dict[tuple[int, int], tuple[np.ndarray, float, np.ndarray]]:
        """Encode columns by outputs of a target.

        Returns ``{(column, output): (encodings, mean, cross-fitted column)}``.
        """
        n_folds = max(2, min(self.cv, len(codes)))
        fold = stratified_folds(target.groups, n_folds, as_random_state(self.random_state))
        folds = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]
        parts = {}
        for k, values in enumerate(target.numbers.T):
            columns = [j for j, of_column in enumerate(outputs) if k in of_column]
            if columns:
                encoder, out = fitted_target_encoder(codes[:, columns], values, self.smooth, folds)
                for j, encoding, column in zip(columns, encoder.encodings_, out.T, strict=True):
                    parts[j, k] = encoding, float(encoder.target_mean_), column
        return parts

    def transform(self, X: TableLike) -> np.ndarray:
        """Encode `X` by all training rows; a level not seen in `fit` by the mean of the target.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out), dtype=float64
        """
        check_is_fitted(self)
        X = check_raw_frame(self, X, reset=False)
        codes = self._with_pairs(_codes(self.categories_.transform(X)))
        looked_up = []
        for levels, column in zip(self.levels_, codes.T, strict=True):
            position = np.minimum(np.searchsorted(levels, column), len(levels) - 1)
            looked_up.append((position, levels[position] == column))
        out = np.empty((len(X), len(self.means_)))
        for i, (j, encodings) in enumerate(zip(self.sources_, self.encodings_, strict=True)):
            position, is_known = looked_up[j]
            out[:, i] = np.where(is_known, encodings[position], self.means_[i])
        return out

    def _with_pairs(self, codes: np.ndarray) -> np.ndarray:
        sizes = [len(vocabulary) for vocabulary in self.categories_.vocabularies_]
        unknown = [RESERVED.index(UNKNOWN)] * len(sizes)
        return np.column_stack(with_pairs(list(codes.T), self.pairs_, sizes, unknown))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, for input without names.

        Returns
        -------
        ndarray of shape (n_features_out,), dtype=object
            The name of the column, ``a*b`` for a pair, followed by ``_class`` for 3 to 10 classes,
            by ``_direction0`` ... for more, and by ``_0``, ``_1`` ... for several targets.
        """
        check_is_fitted(self)
        names = list(super().get_feature_names_out(input_features))
        names += [f"{names[a]}*{names[b]}" for a, b in self.pairs_]
        return np.array(
            [names[j] + end for j, end in zip(self.sources_, self._suffixes, strict=True)],
            dtype=object,
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.categorical = True
        return tags


def _codes(frame: pd.DataFrame) -> np.ndarray:
    """Return the codes of a frame of categories, shape (n_samples, n_features)."""
    columns = [frame.iloc[:, j].cat.codes.to_numpy(np.int64) for j in range(frame.shape[1])]
    return np.column_stack(columns)
