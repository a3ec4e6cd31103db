"""Setting validation rows aside inside ``fit``: stratified and shuffled, by group, or in time."""

import numpy as np
from sklearn.model_selection import train_test_split

# Random orders of the groups that are tried, for the shares of the classes to be kept.
_TRIES = 20
_ADVICE = "Pass early_stopping=False to train without validation rows, or X_val and y_val to fit."


def split_validation(
    rows: np.ndarray,
    fraction: float,
    rng: np.random.Generator,
    *,
    y: np.ndarray | None = None,
    candidates: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers into training and validation rows.

    `fraction` of the rows are set aside, of those that `candidates` (bool) allows. `y` holds the
    classes to stratify by: at least one row of each is set aside; the only row of a class is
    trained on. Too few rows raise ValueError.
    """
    allowed = np.arange(len(rows)) if candidates is None else np.flatnonzero(candidates)
    stratify = None
    if y is not None:
        _, codes, counts = np.unique(y[allowed], return_inverse=True, return_counts=True)
        several = counts[codes] > 1
        if len(allowed) > 1 and not several.any():
            raise ValueError(
                "Each class of y has only 1 sample; early stopping needs a class with at least 2, "
                f"one to train on and one to validate on. {_ADVICE}"
            )
        allowed, stratify = allowed[several], codes[several]
    n_validation = int(np.ceil(fraction * len(allowed)))
    if stratify is not None:
        n_classes = len(np.unique(stratify))
        n_validation = max(n_validation, n_classes)
        # With very few rows there may be no room for every class on both sides.
        if len(allowed) - n_validation < n_classes:
            stratify = None
    n_validation = min(n_validation, len(allowed) - 1)
    if n_validation < 1:
        raise ValueError(
            f"{len(rows)} sample cannot be split into training and validation rows. {_ADVICE}"
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


def split_by_group(
    rows: np.ndarray,
    groups: np.ndarray,
    fraction: float,
    rng: np.random.Generator,
    *,
    y: np.ndarray | None = None,
    candidates: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers into training and validation rows so that no group is on both sides.

    `groups` and `y`, class codes, are of `rows`; both the fraction set aside and the shares of the
    classes are kept as nearly as whole groups allow. Rows that `candidates` excludes take no part
    where their group is set aside. A single group raises ValueError.
    """
    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            "groups holds one group only; early stopping needs at least 2, one to train on and one "
            f"to validate on. {_ADVICE}"
        )
    kinds = np.zeros(len(rows), dtype=int) if y is None else np.unique(y, return_inverse=True)[1]
    n_kinds = int(kinds.max()) + 1
    counts = np.bincount(codes * n_kinds + kinds, minlength=len(names) * n_kinds)
    counts = counts.reshape(len(names), n_kinds)
    wanted = fraction * counts.sum(axis=0)
    best, chosen = np.inf, np.arange(0)
    for _ in range(_TRIES if len(names) > 2 or y is not None else 1):
        order = rng.permutation(len(names))
        sums = counts[order][:-1].cumsum(axis=0)
        size = np.abs(sums.sum(axis=1) - wanted.sum()).argmin()
        # A class without rows on one side is worse than shares that are a little off.
        one_sided = (sums[size] == 0) | (sums[size] == counts.sum(axis=0))
        distance = np.abs(sums[size] - wanted).sum() + len(rows) * one_sided.sum()
        if distance < best:
            best, chosen = distance, order[: size + 1]
    is_held_out = np.isin(codes, chosen)
    validation = is_held_out if candidates is None else is_held_out & candidates
    return rows[~is_held_out], rows[validation]


def split_in_time(
    rows: np.ndarray,
    times: np.ndarray,
    fraction: float,
    *,
    groups: np.ndarray | None = None,
    candidates: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers into earlier rows, to train on, and the latest, to validate on.

    Rows of one time stay together. Earlier rows of `groups` that have a row set aside take no part,
    nor do late rows that `candidates` excludes. A side without rows raises ValueError.
    """
    ordered = np.sort(times)
    first = ordered[-min(int(np.ceil(fraction * len(rows))), len(rows))]
    late = times >= first if first > ordered[0] else times > first
    validation = late if candidates is None else late & candidates
    training = ~late
    if groups is not None:
        training &= ~np.isin(groups, groups[validation])
    if not training.any() or not validation.any():
        side = "validate" if training.any() else "train"
        raise ValueError(
            f"validation='time' leaves no row to {side} on: the times of the rows, or their "
            f"groups, do not part {len(rows)} rows into earlier and later ones. {_ADVICE}"
        )
    return rows[training], rows[validation]
