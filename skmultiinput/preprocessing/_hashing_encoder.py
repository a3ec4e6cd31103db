"""Categories hashed into a fixed number of buckets."""

from numbers import Integral
from typing import Self

import numpy as np
import pandas as pd

from skmultiinput._compat import Interval, _fit_context
from skmultiinput._typing import TableLike
from skmultiinput.preprocessing._category_columns import CategoryColumns, factorize
from skmultiinput.preprocessing._column_wise import check_raw_frame
from skmultiinput.preprocessing._reading.labels import RESERVED, hash_labels


class HashingEncoder(CategoryColumns):
    """Hash the levels of each column into a fixed number of buckets.

    The vocabulary is known before any data is seen: a level that is new after `fit` shares a
    bucket with others instead of being unknown, and a column with millions of levels needs a table
    of only `n_buckets` rows. The hash is the same in every process and on every machine.

    Parameters
    ----------
    n_buckets : int, default=1024
        Number of buckets of each column. In few, more levels share one; many make a larger table.
    parts : bool, default=False
        Whether e-mail addresses and URLs are encoded by their domains, postal codes and telephone
        numbers by their first digits, in columns whose cells mostly differ.

    Attributes
    ----------
    parts_ : list of (str or None)
        For each column, the kind of text of which a part is encoded.
    dtypes_ : list of pandas.CategoricalDtype
        For each column, the dtype of the output: the reserved levels, then ``"#0"``, ``"#1"`` ...
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Names of the columns; only set when `X` is a frame with string names.

    See Also
    --------
    CategoryEncoder : A vocabulary learned from the data.

    References
    ----------
    K. Weinberger, A. Dasgupta, J. Langford, A. Smola, J. Attenberg: Feature hashing for large
    scale multitask learning. ICML 2009.

    Examples
    --------
    >>> import pandas as pd
    >>> users = pd.DataFrame({"user": ["u1", "u2", "u1", None]})
    >>> hashed = HashingEncoder(n_buckets=16).fit_transform(users)["user"]
    >>> hashed[0] == hashed[2], hashed[3]
    (True, '<missing>')
    >>> len(hashed.cat.categories)
    19
    """

    _parameter_constraints: dict = {
        "n_buckets": [Interval(Integral, 1, None, closed="left")],
        "parts": ["boolean"],
    }

    def __init__(self, n_buckets: int = 1024, *, parts: bool = False) -> None:
        self.n_buckets = n_buckets
        self.parts = parts

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: TableLike, y: object = None) -> Self:
        """Learn the names of the columns; the buckets need no data.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Text, numbers, bools, pandas ``category``, missing cells.
        y : None
            Ignored.

        Returns
        -------
        self : HashingEncoder
        """
        self._check_output()
        X = check_raw_frame(self, X, reset=True)
        self.parts_: list[str | None] = [None] * self.n_features_in_
        for j, name in enumerate(X.columns if self.parts else ()):
            self.parts_[j] = self._part_of_column(*factorize(X.iloc[:, j], name), name)
        categories = [*RESERVED, *(f"#{i}" for i in range(self.n_buckets))]
        dtype = pd.CategoricalDtype(pd.Index(categories, dtype=object))
        self.dtypes_ = [dtype] * self.n_features_in_
        return self

    def _codes_of_labels(self, position: int, labels: list[str]) -> np.ndarray:
        return len(RESERVED) + hash_labels(labels, self.n_buckets)
