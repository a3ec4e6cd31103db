"""Target encoding whose folds are seeded and fit the target."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from skmultiinput._compat import Interval, StrOptions, _fit_context, target_encoder
from skmultiinput.preprocessing._column_wise import PlainNamesMixin, check_raw_frame

# Numbers as targets with more distinct values than this are measurements, not class labels.
_MOST_CLASSES = 30


class CrossFittedTargetEncoder(PlainNamesMixin, TransformerMixin, BaseEstimator):
    """Encode categories by the shrunk mean of the target, without leak.

    `sklearn.preprocessing.TargetEncoder` with what it leaves to chance or to the caller decided
    in `fit`: folds are seeded, fewer folds are made where there are few rows, a target of whole
    numbers with many values is a regression target, and several targets are encoded one by one.
    As there, ``fit_transform(X, y)`` encodes each row by folds that do not contain it and is not
    the same as ``fit(X, y).transform(X)``.

    Parameters
    ----------
    target_type : {"auto", "continuous", "binary", "multiclass"}, default="auto"
        What `y` is. "auto" goes by scikit-learn's `type_of_target`, except that numbers with more
        than 30 distinct values are "continuous" even where all are whole.
    smooth : "auto" or float, default="auto"
        How strongly rare levels are drawn to the mean; "auto" is an empirical Bayes estimate.
    cv : int, default=5
        Number of folds of the cross-fitting.
    random_state : int, RandomState instance or None, default=0
        Seed of the folds.

    Attributes
    ----------
    encoders_ : list of TargetEncoder
        The fitted encoder of each target (of the one target, unless `y` has columns).
    target_type_ : str
        "continuous", "binary" or "multiclass".
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    References
    ----------
    D. Micci-Barreca: A preprocessing scheme for high-cardinality categorical attributes in
    classification and prediction problems. SIGKDD Explorations 3(1), 2001.

    Examples
    --------
    >>> import pandas as pd
    >>> towns = pd.DataFrame({"town": ["Bern", "Rome"] * 50})
    >>> left = [0, 1] * 50
    >>> encoder = CrossFittedTargetEncoder().fit(towns, left)
    >>> encoder.transform(pd.DataFrame({"town": ["Bern", "Rome", "Oslo"]})).ravel().tolist()
    [0.0, 1.0, 0.5]
    >>> CrossFittedTargetEncoder().fit(towns, None)
    Traceback (most recent call last):
        ...
    ValueError: CrossFittedTargetEncoder requires y to be passed, but the target y is None. ...
    """

    _parameter_constraints: dict = {
        "target_type": [StrOptions({"auto", "continuous", "binary", "multiclass"})],
        "smooth": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, target_type="auto", smooth="auto", cv=5, random_state=0):
        self.target_type = target_type
        self.smooth = smooth
        self.cv = cv
        self.random_state = random_state

    def fit(self, X, y):
        """Learn the encodings from all rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Categories; missing cells are a category.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The target.

        Returns
        -------
        self : CrossFittedTargetEncoder
        """
        X, targets = self._prepare(X, y)
        for encoder, target in zip(self.encoders_, targets, strict=True):
            encoder.fit(X, target)
        return self

    def fit_transform(self, X, y):
        """Learn the encodings, and encode each row by folds that do not contain it.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Categories; missing cells are a category.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The target.

        Returns
        -------
        ndarray of shape (n_samples, n_features * n_outputs), dtype=float64
        """
        X, targets = self._prepare(X, y)
        pairs = zip(self.encoders_, targets, strict=True)
        return np.hstack([encoder.fit_transform(X, target) for encoder, target in pairs])

    @_fit_context(prefer_skip_nested_validation=True)
    def _prepare(self, X, y):
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None. "
                "Without a target, encode categories by CategoryEncoder, e.g. "
                'make_preprocessor(high_cardinality="embedding").'
            )
        X = check_raw_frame(self, X, reset=True)
        y = y.to_numpy() if isinstance(y, pd.DataFrame | pd.Series) else np.asarray(y)
        targets = list(y.T) if y.ndim == 2 and y.shape[1] > 1 else [column_or_1d(y, warn=True)]
        if len(targets[0]) != len(X):
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {len(X)} rows in X, "
                f"{len(targets[0])} in y."
            )
        self.target_type_ = self.target_type
        if self.target_type == "auto":
            self.target_type_ = _target_type(targets)
        self.encoders_ = [
            target_encoder(self.target_type_, self.smooth, self._folds(target), self.random_state)
            for target in targets
        ]
        return X, targets

    def _folds(self, target):
        """Make the folds; their number is limited by the rows, or by the largest class."""
        if self.target_type_ == "continuous":
            most, splitter = len(target), KFold
        else:
            most, splitter = np.unique(target, return_counts=True)[1].max(), StratifiedKFold
        n_splits = int(max(2, min(self.cv, most)))
        return splitter(n_splits, shuffle=True, random_state=self.random_state)

    def transform(self, X):
        """Encode `X` by all training rows; a level not seen in `fit` by the mean of the target.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The columns seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_features * n_outputs), dtype=float64
            `n_outputs` is the number of targets, or of classes if there are more than two.
        """
        check_is_fitted(self)
        X = self._encoded_columns(check_raw_frame(self, X, reset=False))
        return np.hstack([encoder.transform(X) for encoder in self.encoders_])

    def _encoded_columns(self, X):
        """Return the columns that are encoded."""
        return X

    def get_feature_names_out(self, input_features=None):
        """Get the names of the output columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns, for input without names.

        Returns
        -------
        ndarray of shape (n_features_out,), dtype=object
            The name of the column, followed by ``_class`` for more than two classes and by
            ``_0``, ``_1`` ... for several targets.
        """
        check_is_fitted(self)
        plain = self._encoded_names(super().get_feature_names_out(input_features))
        names = []
        for i, encoder in enumerate(self.encoders_):
            of_one = plain
            if self.target_type_ == "multiclass":
                of_one = [f"{name}_{label}" for name in plain for label in encoder.classes_]
            names += [f"{name}_{i}" if len(self.encoders_) > 1 else name for name in of_one]
        return np.array(names, dtype=object)

    def _encoded_names(self, names):
        """Return the names of the columns that are encoded."""
        return names

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _target_type(targets):
    kinds = {type_of_target(target) for target in targets}
    if "continuous" in kinds:
        return "continuous"
    if "multiclass" not in kinds:
        return "binary"
    numbers = all(np.asarray(target).dtype.kind in "iuf" for target in targets)
    many = max(len(np.unique(target)) for target in targets) > _MOST_CLASSES
    return "continuous" if numbers and many else "multiclass"
