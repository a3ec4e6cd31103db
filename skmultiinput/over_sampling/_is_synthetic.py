"""Synthetic rows of a frame, marked by its index."""

from typing import Any

import numpy as np
import pandas as pd

# Name of the index that tells synthetic rows from real ones.
_RESAMPLED = "resampled_row"


def is_synthetic(X: Any) -> np.ndarray | None:
    """Tell which rows of a frame are synthetic.

    `MultiInputSMOTE` labels its rows by an integer index named ``"resampled_row"``: a real row
    has its position in the resampled frame, a synthetic row at position ``p`` has ``-1 - p``.
    Labels stay with their rows, so the marks survive slicing, shuffling, splitting,
    concatenation with rows marked likewise, pickling, and transformers with pandas output.
    They are lost after ``reset_index``, a conversion to numpy, a sampler of imbalanced-learn
    that rebuilds the index, and concatenation with rows that are not marked.

    Parameters
    ----------
    X : DataFrame, Series, or anything else
        Rows that may come from `MultiInputSMOTE`.

    Returns
    -------
    ndarray of shape (n_samples,), dtype=bool, or None
        True for synthetic rows; None if the rows are not marked.

    See Also
    --------
    MultiInputSMOTE : Creates the rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmultiinput.over_sampling import MultiInputSMOTE, is_synthetic
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


def marked_index(X: Any, n_rows: int) -> pd.Index:
    """Return an index of `n_rows` rows: those of `X`, then synthetic ones."""
    position = np.arange(n_rows)
    synthetic = position >= len(X)
    before = is_synthetic(X)
    if before is not None:  # a frame that is resampled twice keeps its first marks
        synthetic[: len(X)] = before
    return pd.Index(np.where(synthetic, -1 - position, position), name=_RESAMPLED)
