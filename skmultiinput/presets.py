"""What one word decides: how large the network is and how long it is trained."""

# Parameters that are "auto" by default go by these. "fast" is for a first look, for searches and
# for tests of code; "best" is for the fit that counts, where minutes do not: networks that are
# trained apart gain more than a larger one, or one of more members (benchmarks/ablation.py).
PRESETS: dict[str, dict] = {
    "fast": {
        "hidden_units": (128,),
        "n_members": 4,
        "n_networks": 1,
        "epochs": 40,
        "n_iter_no_change": 4,
    },
    "default": {
        "hidden_units": (256, 256),
        "n_members": 8,
        "n_networks": 1,
        "epochs": 200,
        "n_iter_no_change": 8,
    },
    "best": {
        "hidden_units": (256, 256),
        "n_members": 8,
        "n_networks": 4,
        "epochs": 200,
        "n_iter_no_change": 8,
    },
}


def setting(estimator, name):
    """Return a parameter of an estimator, or what its preset says where it is "auto".

    Parameters
    ----------
    estimator : estimator
        With the parameters ``preset`` and `name`.
    name : str
        One of those that presets decide.

    Returns
    -------
    any

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> fast = SimpleNamespace(preset="fast", n_members="auto", epochs=7)
    >>> setting(fast, "n_members"), setting(fast, "epochs")
    (4, 7)
    """
    given = getattr(estimator, name)
    return PRESETS[estimator.preset][name] if isinstance(given, str) and given == "auto" else given
