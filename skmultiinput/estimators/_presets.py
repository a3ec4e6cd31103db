"""Presets: one word for the size of the network and the length of training."""

from typing import Any

# Values of the parameters that are "auto". "fast" is for a first look, searches and tests of
# code; "best" is for the final fit. Several networks are as accurate as one of as many members
# (benchmarks/ablation.py), can be trained at the same time, and show by how much they disagree.
PRESETS: dict[str, dict[str, Any]] = {
    "fast": {
        "hidden_units": (128,),
        "n_estimators": 1,
        "n_members": 4,
        "epochs": 40,
        "n_iter_no_change": 4,
    },
    "default": {
        "hidden_units": (128, 128),
        "n_estimators": 4,
        "n_members": 2,
        "epochs": 200,
        "n_iter_no_change": 6,
    },
    "best": {
        "hidden_units": (256, 256),
        "n_estimators": 4,
        "n_members": 8,
        "epochs": 200,
        "n_iter_no_change": 8,
    },
}
# Members of a single network where the preset has several networks.
MEMBERS_ALONE = 8
# Parameters that are for a single network: fits that continue, a network of the user's own.
ALONE = ("model", "warm_start", "memory")


def numeric_embedding_dim(preset: str, n_rows: int) -> int:
    """Return the width of the embedding of a number, in branches that the preset makes.

    Narrow ones cost several networks nothing on small tables, but a single small network some of
    its log-loss. Large tables have the rows to train wide ones, which are then more accurate.
    """
    return 8 if preset == "default" and n_rows < 20_000 else 16


def has_linear_path(n_rows: int, n_numbers: int, *, is_classifier: bool) -> bool:
    """Return whether numbers have a linear path, in branches that the estimator makes.

    A classifier with many rows for each number finds what is linear by itself, and with fewer rows
    than numbers, logistic regression parts the training rows too well. Both would cost log-loss.

    Examples
    --------
    >>> [has_linear_path(n, 30, is_classifier=True) for n in (20, 200, 2000)]
    [False, True, False]
    """
    return not is_classifier or n_numbers <= n_rows < 20 * n_numbers


def number_of_networks(estimator: Any) -> int:
    """Return how many networks `fit` trains; raise if another parameter is for one network only."""
    alone = next((name for name in ALONE if getattr(estimator, name)), None)
    alone = alone or ("model" if estimator.has_own_network else None)
    if estimator.n_estimators != "auto":
        if alone and estimator.n_estimators > 1:
            raise ValueError(
                f"n_estimators={estimator.n_estimators} does not go with {alone}=, which is for "
                "one network. Leave one of the two at its default."
            )
        return estimator.n_estimators
    if alone or estimator.n_members != "auto" or estimator.callbacks:
        return 1
    return PRESETS[estimator.preset]["n_estimators"]


def number_of_members(estimator: Any, *, alone: bool) -> int:
    """Return how many members a network has; `alone`: it is the only one."""
    if estimator.n_members == "auto" and alone and PRESETS[estimator.preset]["n_estimators"] > 1:
        return MEMBERS_ALONE
    return setting(estimator, "n_members")


def setting(estimator: Any, name: str) -> Any:
    """Return a parameter of an estimator, or what its preset says where it is "auto".

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> fast = SimpleNamespace(preset="fast", n_members="auto", epochs=7)
    >>> setting(fast, "n_members"), setting(fast, "epochs")
    (4, 7)
    """
    given = getattr(estimator, name)
    return PRESETS[estimator.preset][name] if isinstance(given, str) and given == "auto" else given
