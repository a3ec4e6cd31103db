"""A network of the user's own in a fit: what it is built from, and what its compilation decides."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from skmultiinput._compat import compiled_with, show_metrics
from skmultiinput._network.user_network import build_user_network, trains_by_itself
from skmultiinput._network.weights import reseed
from skmultiinput._training.keras_objects import (
    make_loss,
    make_metrics,
    make_metrics_of_outputs,
    make_optimizer,
)
from skmultiinput._training.losses import OWN_LOSSES, from_logits, is_auto, loss_name
from skmultiinput._training.table import SplitTable
from skmultiinput.estimators._fit_config import FitConfig
from skmultiinput.estimators._training_data import (
    Target,
    TrainingData,
    target_attributes,
)


def build_own_network(
    config: FitConfig, data: TrainingData, target: Target
) -> tuple[keras.Model, FitConfig, Target]:
    """Build the network that the user describes.

    The configuration comes back with the loss and the metrics that the network was compiled with,
    the target as what turns labels into what this network and its loss take.
    """
    meta = target_attributes(data, target)
    offered: dict[str, Callable[[], Any]] = {
        "meta": lambda: meta,
        "compile_kwargs": lambda: compile_arguments(config, target),
        "params": lambda: config.params,
    }
    network = build_user_network(
        config.new_builder(meta),
        config.builder_params,
        offered,
        data.groups.inputs,
        target.widths,
        n_outputs=getattr(target, "n_arrays_", 1),
        by_order=getattr(data.groups, "by_order", False),
    )
    if len(network.outputs) > 1:
        return network, config, target
    config = _with_metrics_by_output(config, network, target.kind_)
    config = with_compiled(config, network)
    width = network.output.shape[-1]
    logits = from_logits(config.loss(target.for_network(width, from_logits=False).kind_).loss)
    return network, config, target.for_network(width, from_logits=logits)


def make_trainable(
    config: FitConfig,
    network: keras.Model,
    target: Target,
    split: SplitTable,
    rng: np.random.Generator,
) -> None:
    """Draw the weights of a network that a function has built, and compile what is not compiled."""
    if not isinstance(config.model, keras.Model):
        reseed(network, rng, keep_loaded=True)
    if not network.compiled and len(network.outputs) > 1:
        network.compile(**compile_arguments(config, target))
    elif not network.compiled:
        network.compile(
            optimizer=make_optimizer(config.params),
            loss=config.loss(target.kind_).loss,
            metrics=[entry.metric for entry in make_metrics(config.params, target.kind_)] or None,
        )
    if not trains_by_itself(network):
        show_metrics(network, split.table.y)


def compile_arguments(config: FitConfig, target: Target) -> dict[str, Any]:
    """Return what the parameters say about compiling a network; the loss is None by default.

    Metrics for several outputs, and a dict of metrics, are in the form that Keras takes.
    """
    if getattr(target, "n_arrays_", 1) > 1 or isinstance(config.params["metrics"], dict):
        metrics = make_metrics_of_outputs(config.params)
    else:
        metrics = [entry.metric for entry in make_metrics(config.params, target.kind_)] or None
    return {
        "optimizer": make_optimizer(config.params),
        "loss": None if is_auto(config.params["loss"]) else make_loss(config.params, ""),
        "metrics": metrics,
    }


def _with_metrics_by_output(config: FitConfig, network: keras.Model, kind: str) -> FitConfig:
    """Return the configuration with a list of metrics where they are given in a dict by output.

    The keys of any other dict are names of metrics, which the network does not know yet.
    """
    metrics = config.params["metrics"]
    if not isinstance(metrics, dict):
        return config
    if set(metrics) <= set(network.output_names):
        params = {n: v for n, v in config.params.items() if not n.startswith("metrics__")}
        params["metrics"] = keras.tree.flatten(make_metrics_of_outputs(config.params))
        config = replace(config, params=params)
    if network.compiled:
        made = [entry.metric for entry in make_metrics(config.params, kind)]
        network.compile(**{**compiled_with(network), "metrics": made})
    return config


def with_compiled(config: FitConfig, network: keras.Model) -> FitConfig:
    """Return the configuration with the loss and the metrics that a user's network has.

    Raises ValueError if the ``loss`` parameter is another one, or if weights of losses would be
    lost.
    """
    if config.model is None or not network.compiled or len(network.outputs) > 1:
        return config
    compiled, params = compiled_with(network), dict(config.params)
    weights = keras.tree.flatten(compiled["loss_weights"] or [])
    if any(weight not in (None, 1) for weight in weights) and not trains_by_itself(network):
        raise ValueError(
            f"The network was compiled with loss_weights={compiled['loss_weights']!r}, but it has "
            "a single loss. Leave them out, and change the learning rate or, for rows, pass "
            "sample_weight."
        )
    loss = keras.tree.flatten(compiled["loss"])
    if len(loss) == 1 and loss[0] is not None:
        _check_same_loss(config, loss[0])
        params = {name: v for name, v in params.items() if not name.startswith("loss__")}
        params["loss"] = loss[0]
    metrics = keras.tree.flatten([compiled["metrics"] or [], compiled["weighted_metrics"] or []])
    if params["metrics"] is None and metrics:
        params["metrics"] = metrics
    return replace(config, params=params)


def _check_same_loss(config: FitConfig, compiled: Any) -> None:
    given = config.params["loss"]
    if is_auto(given) or given is config.default_loss:
        return
    comparable = all(isinstance(x, (str, keras.losses.Loss, type)) for x in (given, compiled))
    if comparable and _full_name(given) != _full_name(compiled):
        raise ValueError(
            f"loss={given!r}, but model compiled with {compiled!r}. Leave one of the two out."
        )


def _full_name(loss: Any) -> str:
    if isinstance(loss, str) and loss not in OWN_LOSSES:
        loss = keras.losses.get(loss)
    return loss_name(loss)
