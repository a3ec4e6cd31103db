"""Setting validation rows aside inside ``fit``: stratified, shuffled, never the tail."""

import numpy as np
from sklearn.model_selection import train_test_split


def split_validation(
    rows: np.ndarray,
    fraction: float,
    rng: np.random.Generator,
    *,
    y: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    candidates: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers into training and validation rows.

    Parameters
    ----------
    rows : ndarray of int, shape (n_samples,)
        All rows.
    fraction : float
        Share of the rows set aside, in (0, 1); at least one row per class.
    rng : numpy.random.Generator
    y : ndarray of shape (n_samples,), optional
        Class codes to stratify by, one per row in `rows`.
    labels : ndarray, optional
        The labels behind the codes, for messages.
    candidates : ndarray of bool, shape (n_samples,), optional
        Which rows may be set aside; all where it is not given.

    Returns
    -------
    training, validation : ndarray of int

    Raises
    ------
    ValueError
        If a class has one row only, or if there are too few rows to split.
    """
    allowed = np.arange(len(rows)) if candidates is None else np.flatnonzero(candidates)
    n_validation = int(np.ceil(fraction * len(allowed)))
    advice = (
        "Pass early_stopping=False to train without validation rows, or X_val and y_val to fit."
    )
    stratify = None
    if y is not None:
        stratify = y[allowed]
        classes, counts = np.unique(stratify, return_counts=True)
        if counts.min() < 2:
            alone = classes[counts.argmin()]
            raise ValueError(
                f"Class {str(labels[alone] if labels is not None else alone)!r} has only 1 sample "
                "in y; early stopping needs at least 2 of each class, one to train on and one to "
                f"validate on. {advice}"
            )
        n_validation = max(n_validation, len(classes))
        # With very few rows there may be no room for every class on both sides.
        if len(allowed) - n_validation < len(classes):
            stratify = None
    n_validation = min(n_validation, len(allowed) - 1)
    if n_validation < 1:
        raise ValueError(
            f"{len(allowed)} sample cannot be split into training and validation rows. {advice}"
        )
    _, chosen = train_test_split(
        allowed,
        test_size=n_validation,
        stratify=stratify,
        random_state=int(rng.integers(2**31)),
    )
    is_validation = np.zeros(len(rows), dtype=bool)
    is_validation[chosen] = True
    return rows[~is_validation], rows[is_validation]
