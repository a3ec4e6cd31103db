"""Weights and other parameters for ``fit`` of the models of an evaluation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from skmultiinput._unwrap import last_step


def make_fit_params(
    estimator: BaseEstimator,
    weight: np.ndarray | None,
    model: str,
    params: Any,
    groups: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the parameters of a model's ``fit``: those of the caller, weights, and groups.

    Groups are for models that set rows aside in `fit`, and so take them.
    """
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(f"params must be a dict; got {type(params).__name__}.")
    fit_params = dict(params or {})
    prefix, last = last_step(estimator)
    routed = get_config()["enable_metadata_routing"]
    # Where metadata is routed, the caller says who gets the groups.
    if groups is not None and not routed and has_fit_parameter(last, "groups"):
        fit_params = {f"{prefix}groups": groups, **fit_params}
    if weight is None:
        return fit_params
    if not has_fit_parameter(last, "sample_weight"):
        raise ValueError(
            f"sample_weight was given, but {type(last).__name__} of model {model!r} does not "
            "take it in fit."
        )
    return {**fit_params, "sample_weight" if routed else f"{prefix}sample_weight": weight}


def request_weights(estimator: Any, wanted: bool = True) -> Any:
    """Let the last step request weights, if metadata is routed, and no other step.

    What the caller has requested or refused takes precedence.
    """
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            request_weights(step, wanted and step is estimator.steps[-1][1])
    elif hasattr(estimator, "set_fit_request"):
        requests = estimator.get_metadata_routing().fit.requests
        if requests.get("sample_weight", False) is None:
            estimator.set_fit_request(sample_weight=wanted)
    return estimator
