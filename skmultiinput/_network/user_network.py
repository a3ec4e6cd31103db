"""Networks that the user builds: the ``model=`` parameter."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from skmultiinput._checks import routed
from skmultiinput._keras.processes import prepare_process


def build_user_network(
    model: Any, params: Mapping[str, Any], meta: Mapping[str, Any], n_outputs: int
) -> keras.Model:
    """Build the network that ``model=`` describes.

    Parameters
    ----------
    model : callable or keras.Model
        A function ``(meta) -> keras.Model``, which may take the parameters routed to it, too; or
        a functional model, of which a copy is trained.
    params : dict
        All parameters of the estimator; those named ``model__x`` go to the function as ``x``.
    meta : dict
        The fitted attributes, ``column_groups_`` among them.
    n_outputs : int
        Number of outputs the target needs.

    Returns
    -------
    keras.Model
        With a dict of inputs, one per entry of ``meta["column_groups_"].inputs``.

    Raises
    ------
    ValueError
        If the result is no functional model, or its inputs or outputs do not fit the data.
    """
    prepare_process()
    if isinstance(model, keras.Model):
        network = keras.models.clone_model(model)
        network.set_weights(model.get_weights())
        if model.compiled:
            network.compile(
                optimizer=type(model.optimizer).from_config(model.optimizer.get_config()),
                loss=model.loss,
            )
    elif not callable(model):
        raise ValueError(
            "The 'model' parameter must be a function (meta) -> keras.Model or a keras.Model. "
            f"Got {model!r} instead."
        )
    else:
        network = model(**_arguments(model, params, meta))
    if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
        raise ValueError(
            "The 'model' parameter must give a functional keras.Model with one keras.Input per "
            f"column group. Got {type(network).__name__}."
        )
    specs = {spec.name: spec for spec in meta["column_groups_"].inputs}
    inputs = {tensor.name: tensor for tensor in network.inputs}
    if set(inputs) != set(specs):
        raise ValueError(
            f"The network has the inputs {sorted(inputs)}, but the columns of X form the inputs "
            f"{sorted(specs)}. Name one keras.Input after each of these."
        )
    for name, spec in specs.items():
        shape = tuple(inputs[name].shape[1:])
        if shape != tuple(spec.shape):
            raise ValueError(
                f"The network's input {name!r} has shape {shape} per row, but the columns of X "
                f"give {tuple(spec.shape)}."
            )
    if len(network.outputs) != 1 or network.outputs[0].shape[-1] != n_outputs:
        shapes = [tuple(output.shape) for output in network.outputs]
        raise ValueError(
            f"The network has outputs of shape {shapes}, but this target needs one output of "
            f"width {n_outputs}."
        )
    rebuilt = keras.Model(inputs, network.outputs[0], name=network.name)
    if network.compiled:
        rebuilt.compile(optimizer=network.optimizer, loss=network.loss)
    return rebuilt


def _arguments(
    function: Callable, params: Mapping[str, Any], meta: Mapping[str, Any]
) -> dict[str, Any]:
    signature = inspect.signature(function).parameters
    arguments = {k: v for k, v in routed(params, "model").items() if "__" not in k}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.values())
    unknown = [name for name in arguments if name not in signature]
    if unknown and not takes_any:
        raise ValueError(
            f"The function given as 'model' takes no parameter {unknown[0]!r} (model__{unknown[0]})"
            f"; it takes {list(signature)}."
        )
    if "meta" in signature or takes_any:
        arguments["meta"] = meta
    if "params" in signature:
        arguments["params"] = params
    return arguments
