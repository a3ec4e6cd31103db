"""The only module that touches private names of the libraries underneath, and bridges versions.

Each entry says why it is here and when it can go.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# scikit-learn's own way to check constructor parameters. Private, but the form every estimator
# of it uses; can go when scikit-learn publishes them.
from sklearn.base import _fit_context
from sklearn.utils._param_validation import (
    HasMethods,
    Options,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._param_validation import Interval as _Interval

# The check of sample_weight that every estimator of scikit-learn makes; for the same reason.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

# Re-exported unchanged.
__all__ = [
    "HasMethods",
    "Options",
    "RealNotInt",
    "StrOptions",
    "_fit_context",
    "check_sample_weight",
    "validate_parameter_constraints",
]

# pandas 2.1 can skip looking for codes outside the categories, which are right by construction;
# can go, as validate=False at the calls, when pandas 2.0 is no longer supported.
FROM_CODES_UNCHECKED: dict[str, Any] = (
    {"validate": False}
    if "validate" in inspect.signature(pd.Categorical.from_codes).parameters
    else {}
)


class Interval(_Interval):
    """scikit-learn's, which takes NumPy's float64 for a float, but not its float32."""

    def is_satisfied_by(self, val: Any) -> bool:
        return super().is_satisfied_by(float(val) if isinstance(val, np.floating) else val)


def fitted_target_encoder(
    codes: Any, values: Any, smooth: float | str, folds: list[tuple]
) -> tuple[Any, Any]:
    """Fit a TargetEncoder to whole numbers and a quantity; return it and the cross-fitted output.

    scikit-learn 1.9 takes the folds themselves; before, it made its own by a seed. Can go when
    scikit-learn 1.8 is no longer supported.
    """
    from sklearn import config_context  # noqa: PLC0415  (only preprocessing needs it)
    from sklearn.preprocessing import TargetEncoder  # noqa: PLC0415 - only where it is used

    seed = inspect.signature(TargetEncoder).parameters.get("random_state")
    if seed is None or seed.default == "deprecated":
        options: dict[str, Any] = {"cv": folds}
    else:
        options = {"cv": len(folds), "shuffle": True, "random_state": int(folds[0][1][0])}
    encoder = TargetEncoder(target_type="continuous", smooth=smooth, **options)
    # What the user has set, for this thread, for metadata and outputs is not for inner parts.
    with config_context(enable_metadata_routing=False, transform_output="default"):
        return encoder, encoder.fit_transform(codes, values)


def output_setting(estimator: Any) -> str:
    """Return what `transform` of an estimator is asked to return: "default", "pandas" or "polars".

    scikit-learn keeps this, the setting of the estimator or else of the process, private; can go
    when it publishes it.
    """
    from sklearn.utils._set_output import _get_output_config  # noqa: PLC0415  (preprocessing only)

    return _get_output_config("transform", estimator)["dense"]


def unflatten_params(items: Any, params: dict[str, Any]) -> Any:
    """Make objects from classes and the parameters routed to them, as SciKeras does.

    A private function of SciKeras, which has no public one and no further release to be expected;
    can go when the routed names no longer have to mean what they mean there.
    """
    from scikeras._utils import unflatten_params as unflatten  # noqa: PLC0415  (imports Keras)

    return unflatten(items=items, params=params)


def seed_generator(seed: int | None) -> Any:
    """Return a generator of seeds for a random layer, by a name that is always the same.

    TensorFlow keeps 35 KiB of compiled code for good for each new name that a variable is created
    under, and Keras makes up a new name for each generator without one. Keras takes names from 3.4
    on, and made none up before; can go, as name= at the calls, when Keras 3.4 is required.
    """
    import keras  # noqa: PLC0415  (preprocessing imports this module, and never Keras)

    parameters = inspect.signature(keras.random.SeedGenerator).parameters
    return keras.random.SeedGenerator(seed, **({"name": "seeds"} if "name" in parameters else {}))


def bitwise_operations() -> tuple[Callable, Callable]:
    """Return Keras's ``bitwise_xor`` and ``bitwise_right_shift``.

    Keras has them from 3.6 on; can go, with TensorFlow's in their place, when 3.5 is no longer
    supported.
    """
    from keras import ops  # noqa: PLC0415  (preprocessing imports this module, and never Keras)

    if hasattr(ops, "bitwise_xor"):
        return ops.bitwise_xor, ops.bitwise_right_shift
    from tensorflow import bitwise  # noqa: PLC0415  (only with an old Keras)

    return bitwise.bitwise_xor, bitwise.right_shift


def learning_rate_of(optimizer: Any) -> Any:
    """Return the learning rate of a Keras optimizer: its schedule or its variable.

    Its public attribute gives a schedule's value of the moment only; can go when Keras gives out
    the schedule.
    """
    return getattr(optimizer, "_learning_rate", optimizer.learning_rate)


def options_of(optimizer: Any) -> dict[str, Any]:
    """Return the configuration of a Keras optimizer, with its schedule itself.

    Keras describes a schedule by its name, which is enough for a registered one only, and by its
    configuration, which need not hold all of it; can go when Keras gives out the schedule.
    """
    rate = getattr(optimizer, "_learning_rate", None)
    if not callable(rate):
        return optimizer.get_config()
    import keras  # noqa: PLC0415 - the preprocessing does without

    twin = object.__new__(type(optimizer))
    # Any schedule that Keras can describe.
    stand_in = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 1.0)
    vars(twin).update(vars(optimizer), _learning_rate=stand_in)
    return {**twin.get_config(), "learning_rate": rate}


def direction_of(metric: Any) -> str | None:
    """Return "max" if more of a Keras metric is better, "min" if less is, None if it does not say.

    Keras keeps it private, for its own callbacks; can go when it does not.
    """
    return {"up": "max", "down": "min"}.get(getattr(metric, "_direction", ""))


def build_method(owner: Any) -> Any:
    """Return ``_keras_build_fn`` of an estimator or its class, None where there is none.

    It is how SciKeras's documentation has subclasses build their networks, so a public name of it
    in all but its underscore.
    """
    return getattr(owner, "_keras_build_fn", None)


def compiled_with(network: Any) -> dict[str, Any]:
    """Return what a Keras model was compiled with, as arguments of ``compile``.

    Keras gives out metrics only in wrappers of its own, and not before the first training step, and
    weights of losses not at all; can go when it publishes what it was given.
    """
    metrics = getattr(network, "_compile_metrics", None)
    loss = getattr(network, "_compile_loss", None)
    return {
        "optimizer": network.optimizer,
        "loss": network.loss,
        "loss_weights": getattr(loss, "_user_loss_weights", None),
        "metrics": getattr(metrics, "_user_metrics", None),
        "weighted_metrics": getattr(metrics, "_user_weighted_metrics", None),
        "run_eagerly": network.run_eagerly,
    }


def dismantle(graph: Any) -> None:
    """Free a graph that TensorFlow has traced for a function which is not called any more.

    It would stay for good: what keeps its parts together is hidden from Python's garbage
    collector, and gradients written by hand, which Keras's optimizers have, stand in a list of the
    process. Can go when TensorFlow frees the graphs of functions by itself.
    """
    from tensorflow.python.framework import func_graph, ops  # noqa: PLC0415 - only where it is used

    for operation in graph.get_operations():
        if operation.type == "IdentityN":
            name = operation.node_def.attr["_gradient_op_type"].s.decode()
            ops.gradient_registry._registry.pop(name, None)  # noqa: SLF001 - no public way
    func_graph.dismantle_func_graph(graph)


def show_metrics(network: Any, y: Any) -> None:
    """Let a Keras model show the metrics it was compiled with, which `y` can be measured by.

    Keras shows them after the first step of a training of its own; can go when it does not wait.
    """
    metrics = getattr(network, "_compile_metrics", None)
    if metrics is not None and not metrics.built:
        metrics.build(y, network.output)


def names_not_decayed(optimizer: Any) -> str | None:
    """Return the pattern of the names of weights that an optimizer does not decay, "" for none.

    None where it leaves out single weights. Keras takes both by a public method and keeps them
    private; can go when it does not.
    """
    if getattr(optimizer, "_exclude_from_weight_decay", None):
        return None
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    return "" if pattern is None else pattern.pattern


def write_exported(network: Any, path: str | Path, form: str) -> None:
    """Export a network by Keras, without a summary on the screen where Keras lets us.

    Keras 3.2 has no ``verbose``; can go, as verbose=False at the calls, when Keras 3.4 is required.
    """
    parameters = inspect.signature(network.export).parameters
    quiet = {"verbose": False} if "verbose" in parameters else {}
    network.export(str(path), format=form, **quiet)


def sources_of(layer: Any) -> list[Any]:
    """Return the layers that a layer of a functional model reads.

    Keras keeps the way from a tensor to its layer private; can go when it does not.
    """
    given = layer.input if hasattr(layer, "input") else []
    given = given if isinstance(given, (list, tuple)) else [given]
    given = list(given.values()) if isinstance(given, dict) else given
    history = [getattr(tensor, "_keras_history", None) for tensor in given]
    return [entry.operation for entry in history if entry is not None and entry.operation != layer]


def visual_block(estimator: Any, parts: dict[str, Any]) -> Any:
    """Describe an estimator in scikit-learn's diagrams: boxes side by side, or one without parts.

    The class is private, though `_sk_visual_block_` is how meta-estimators of other packages show
    their parts; can go when scikit-learn publishes it.
    """
    from sklearn.utils._repr_html.estimator import _VisualBlock  # noqa: PLC0415  (only for HTML)

    if not parts:
        name = type(estimator).__name__
        return _VisualBlock("single", estimator, names=name, name_details=str(estimator))
    details = [str(part) for part in parts.values()]
    return _VisualBlock("parallel", [*parts.values()], names=[*parts], name_details=details)


def dask_backend_with(wrap: Callable, **options: Any) -> Any:
    """Return joblib's Dask backend, whose batches of calls go through ``wrap(batch)``.

    joblib offers that backend by the name "dask" only, and its batches run their calls under it.
    """
    from joblib._dask import DaskDistributedBackend  # noqa: PLC0415 - imports all of Dask

    class Wrapping(DaskDistributedBackend):
        async def _to_func_args(self, func: Any) -> tuple[Any, Any]:
            batch, tasks = await super()._to_func_args(func)
            return wrap(batch), tasks

    return Wrapping(**options)


def knn_training_rows(imputer: Any) -> np.ndarray | None:
    """Return the training rows that a KNNImputer keeps, None where it drops columns.

    A compiled scorer computes the distances itself. Can go when scikit-learn publishes them.
    """
    rows = getattr(imputer, "_fit_X", None)
    valid_columns = getattr(imputer, "_valid_mask", None)
    if (
        rows is None
        or valid_columns is None
        or (not imputer.keep_empty_features and not np.all(valid_columns))
    ):
        return None
    return np.asarray(rows, dtype=np.float64)


def tuned_positive_label(model: Any) -> Any:
    """Return the class that a fitted TunedThresholdClassifierCV predicts from its threshold on.

    None where it was never named. Can go when scikit-learn publishes it.
    """
    return model._curve_scorer._get_pos_label()  # noqa: SLF001 - no public way
