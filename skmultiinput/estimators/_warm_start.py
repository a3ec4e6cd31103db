"""What a fit that goes on cannot change any more: the network, and the form of its target."""

import warnings
from typing import Any

import numpy as np

from skmultiinput._fingerprint import fingerprint_or_none
from skmultiinput._training.losses import is_quantile
from skmultiinput.estimators._fit_config import FitConfig

# Parameters that decide what the network is; so do those of its branches and fusion.
_OF_NETWORK = (
    *("preset", "branches", "fusion", "hidden_units", "n_members", "activation", "dropout"),
    *("l1", "l2"),
)
# In units of the first targets' spread: farther ones take very many epochs to learn.
_FAR = 10
# First parts of routed names that are about training.
_OF_TRAINING = ("fit", "predict", "optimizer", "loss", "metrics", "callbacks", "sampler")


def describe_network(config: FitConfig) -> dict[str, str | None]:
    """Return a digest of each parameter that decides what the network is; None where unknown."""
    described = {}
    for name, value in config.params.items():
        head, separator, _ = name.partition("__")
        if name in _OF_NETWORK or (separator and head not in _OF_TRAINING):
            described[name] = fingerprint_or_none(value)
    return described


def describe_outputs(config: FitConfig, target: Any) -> Any:
    """Return what the loss asks of the network's outputs, and how numbers are scaled for it."""
    if config.model is not None:
        return None
    levels = config.params["quantiles"] if is_quantile(config.params["loss"]) else None
    activation = config.output_activation(target.kind_)
    kind = activation if isinstance(activation, str) else type(activation).__name__
    return kind, getattr(config.new_target(), "scaling", None), fingerprint_or_none(levels)


def check_can_continue(
    before: tuple[dict[str, str | None], Any], now: tuple[dict[str, str | None], Any], owner: str
) -> None:
    """Refuse a loss for which the network is none; warn of parameters that come too late.

    `before` and `now` are what `describe_network` and `describe_outputs` return.
    """
    if before[1] != now[1]:
        raise ValueError(
            "The network of the last fit was made for another loss, whose outputs, or the scale of "
            f"the target, are others. Fit a clone of this {owner}, or set the loss back."
        )
    pairs = {n: {before[0].get(n, ""), now[0].get(n, "")} for n in {*before[0], *now[0]}}
    changed = sorted(name for name, pair in pairs.items() if len(pair) == 2 and None not in pair)
    if changed:
        warnings.warn(
            f"{', '.join(changed)} of this {owner} changed since the last fit, but training goes "
            "on with the network of that fit, as it is. Fit a clone to use them.",
            UserWarning,
            stacklevel=2,
        )


def warn_of_far_targets(scaled: np.ndarray, owner: str) -> None:
    """Warn of targets, scaled as those of the first fit, that are far from them."""
    if (np.median(np.abs(scaled), axis=0) > _FAR).any():
        warnings.warn(
            "Most targets of this call are far outside of those of the first, by whose mean and "
            f"spread this {owner} scales them, so it learns them very slowly. Begin with rows that "
            "are like all others, or fit a clone.",
            UserWarning,
            stacklevel=2,
        )
