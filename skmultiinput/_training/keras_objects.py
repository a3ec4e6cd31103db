"""The Keras objects that parameters stand for: optimizer, loss, metrics, callbacks.

What the caller passed is never used itself: fitting would change it.
"""

import copy
import functools
import inspect
import re
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._checks import routed, suggest
from skmultiinput._compat import options_of, unflatten_params
from skmultiinput._training.losses import (
    OWN_LOSSES,
    QUANTILE,
    PinballLoss,
    is_auto,
    is_quantile,
    snake_case,
)
from skmultiinput._training.optimizers import exclude_from_decay
from skmultiinput._training.schedule import NamedMetric
from skmultiinput._training.task import TASKS


def make_optimizer(params: dict[str, Any]) -> keras.optimizers.Optimizer:
    """Make the optimizer that the parameters describe; never the caller's own instance."""
    given, extra = params["optimizer"], routed(params, "optimizer")
    if isinstance(given, keras.optimizers.Optimizer):
        if extra:
            raise ValueError(
                f"optimizer is an instance of {type(given).__name__}, so optimizer__"
                f"{next(iter(extra))} cannot be set; give its name or class instead."
            )
        optimizer = type(given).from_config(options_of(given))
    else:
        kind = _optimizer_class(given)
        options = {**_same_name(kind), **_optimizer_options(kind, params, extra)}
        optimizer = _make(kind, options, "optimizer")
    exclude_from_decay(optimizer)
    return optimizer


def _optimizer_class(given: Any) -> type[keras.optimizers.Optimizer]:
    """Return the class of an optimizer that is given by its name or as a class."""
    kind = given
    if isinstance(given, str):
        try:
            kind = _class_named(given)
        except ValueError:
            known = ["adam", "adamw", "sgd", "rmsprop", "lion", "nadam", "adagrad", "adamax"]
            raise ValueError(
                f"Could not interpret optimizer {given!r}{suggest(given, known)} Expected a name "
                f"such as {known}, a keras.optimizers.Optimizer class or an instance."
            ) from None
    if not (inspect.isclass(kind) and issubclass(kind, keras.optimizers.Optimizer)):
        raise ValueError(
            "You must provide an optimizer: the 'optimizer' parameter must be a name, a "
            f"keras.optimizers.Optimizer class or an instance. Got {given!r} instead."
        )
    return kind


@functools.cache
def _class_named(name: str) -> type[keras.optimizers.Optimizer]:
    """Return the class of that name; Keras answers with an instance."""
    return type(keras.optimizers.get(name))


def _optimizer_options(kind: type, params: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an optimizer: its defaults here, and the routed ones in `extra`."""
    known = [
        *inspect.signature(kind).parameters,
        *inspect.signature(keras.optimizers.Optimizer).parameters,
    ]
    for name in extra:
        if name not in known and "__" not in name:
            raise ValueError(
                f"Invalid parameter optimizer__{name} for {kind.__name__}{suggest(name, known)}"
            )
    options = {"learning_rate": params["learning_rate"], "weight_decay": params["weight_decay"]}
    if not {"clipnorm", "clipvalue", "global_clipnorm"} & set(extra):
        options["global_clipnorm"] = 1.0
    if not options["weight_decay"]:
        # Keras's AdamW takes no None, the others no decay of 0.
        options["weight_decay"] = 0.0 if issubclass(kind, keras.optimizers.AdamW) else None
    return {**options, **extra}


def _same_name(kind: type) -> dict[str, str]:
    """Return the option that gives all optimizers of a class one name, where it takes a name.

    Otherwise each gets a new one, for which TensorFlow compiles, and keeps for good, what makes
    its variables.
    """
    return {"name": kind.__name__.lower()} if "name" in inspect.signature(kind).parameters else {}


def make_loss(params: dict[str, Any], default: str) -> Any:
    """Make the loss, or list or dict of losses, that an estimator's parameters describe."""
    given = default if is_auto(params["loss"]) else params["loss"]
    extra = routed(params, "loss")
    if is_quantile(given) and "quantiles" in params:
        return PinballLoss(quantile_levels(params["quantiles"]))
    if isinstance(given, dict):
        return {key: _loss(entry, _options(extra, key)) for key, entry in given.items()}
    if isinstance(given, (list, tuple)):
        return [_loss(entry, _options(extra, str(i))) for i, entry in enumerate(given)]
    return _loss(given, extra, [QUANTILE] if "quantiles" in params else [])


def _options(extra: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the parameters of one object of several: those of all, then its own."""
    return {**{k: v for k, v in extra.items() if "__" not in k}, **routed(extra, key)}


def _loss(given: Any, extra: dict[str, Any], more_names: Sequence[str] = ()) -> Any:
    """Make one loss; `more_names` are of losses that are made elsewhere."""
    if isinstance(given, str) and not extra:
        _check_loss_name(given, more_names)
        return given
    if isinstance(given, str):
        spellings = given, "".join(part.title() for part in given.split("_"))
        candidates = [getattr(keras.losses, spelling, None) for spelling in spellings]
        given = next(filter(inspect.isclass, candidates), None)
    if inspect.isclass(given):
        return _make(given, extra, "loss")
    if extra:
        raise TypeError(
            f"loss={given!r} does not accept parameters because it's not a class, so "
            f"loss__{next(iter(extra))} cannot be set."
        )
    if not callable(given):
        raise ValueError(
            "You must provide a loss: the 'loss' parameter must be 'auto', a name known to Keras, "
            f"a keras.losses.Loss or a function of (y_true, y_pred). Got {given!r} instead."
        )
    return given


def _check_loss_name(name: str, more_names: Sequence[str]) -> None:
    """Refuse a name that is of no loss."""
    if name in OWN_LOSSES:
        return
    try:
        keras.losses.get(name)
    except ValueError:
        names = [n for n in dir(keras.losses) if n.islower() and not n.startswith("_")]
        names += [*OWN_LOSSES, *more_names]
        raise ValueError(
            f"Could not interpret loss {name!r}{suggest(name, names)} Expected 'auto', a "
            "name known to Keras, a keras.losses.Loss or a function of (y_true, y_pred)."
        ) from None


def quantile_levels(quantiles: Any) -> list[float]:
    """Return the levels of the quantiles that a network learns: those asked for and the median.

    Examples
    --------
    >>> quantile_levels((0.1, 0.9))
    [0.1, 0.5, 0.9]
    """
    levels = np.asarray(quantiles)
    numbers = levels.ndim == 1 and levels.dtype.kind == "f" and len(levels) > 0
    if not numbers or not ((levels > 0) & (levels < 1)).all() or (np.diff(levels) <= 0).any():
        raise ValueError(
            "The 'quantiles' parameter must hold numbers between 0 and 1 in rising order, such as "
            f"(0.1, 0.5, 0.9). Got {quantiles!r}."
        )
    return sorted({*levels.tolist(), 0.5})


def make_metrics(params: dict[str, Any], kind: str) -> list[NamedMetric]:
    """Make the metrics that the parameters describe, with names that never change.

    The kind of the target decides what "accuracy" means.
    """
    given, extra = params["metrics"], routed(params, "metrics")
    if given is None:
        return []
    given = list(given.items()) if isinstance(given, dict) else given
    entries = given if isinstance(given, (list, tuple)) else [given]
    metrics: list[NamedMetric] = []
    for i, entry in enumerate(entries):
        name, metric = entry if isinstance(entry, tuple) else (None, entry)
        name, metric = _metric(name, metric, _options(extra, str(i)), kind)
        if name in {other.name for other in metrics}:
            name = f"{name}_{i}"
        config = str(metric.get_config().get("fn", "")) if kind == "multiclass" else ""
        sparse = "sparse" in f"{type(metric).__name__} {config}".lower()
        form = ("codes" if sparse else "one-hot") if kind == "multiclass" else None
        metrics.append(NamedMetric(name, metric, form))
    return metrics


def make_metrics_of_outputs(params: dict[str, Any]) -> Any:
    """Make the metrics of a network with several outputs, as Keras's compile takes them."""
    given = copy.deepcopy(params["metrics"])
    return None if given is None else _make(given, routed(params, "metrics"), "metrics")


def _metric(
    name: str | None, given: Any, options: dict[str, Any], kind: str
) -> tuple[str, keras.metrics.Metric]:
    if isinstance(given, str) and given.lower() in ("accuracy", "acc"):
        name = name or options.get("name", given.lower())
        return name, TASKS[kind].accuracy(name=name)
    if isinstance(given, str):
        name = name or options.pop("name", None) or given.lower()
        try:
            given = keras.metrics.get(given)
        except ValueError:
            known = [n for n in dir(keras.metrics) if not n.startswith("_")]
            raise ValueError(
                f"Could not interpret metric identifier {given!r}{suggest(given, known)}"
            ) from None
        # Keras returns an instance for a class's name; a new one is made below.
        given = type(given) if isinstance(given, keras.metrics.Metric) else given
    if isinstance(given, keras.metrics.Metric):
        return name or _given_name(given), type(given).from_config(given.get_config())
    if inspect.isclass(given):
        name = name or options.pop("name", None) or given.__name__.lower()
        return name, _make(given, {**options, "name": name}, "metrics")
    if not callable(given):
        raise ValueError(
            "The 'metrics' parameter must hold names known to Keras, keras.metrics.Metric classes "
            f"or instances, or functions of (y_true, y_pred). Got {given!r}."
        )
    function = given.func if isinstance(given, functools.partial) else given
    name = str(name or options.get("name") or getattr(function, "__name__", type(given).__name__))
    return name, keras.metrics.MeanMetricWrapper(given, name=name)


def _given_name(metric: keras.metrics.Metric) -> str:
    """Return the name of a metric, without the number that Keras adds to names it makes up."""
    plain = re.sub(r"_\d+$", "", metric.name)
    return plain if plain == snake_case(type(metric).__name__) else metric.name


def make_callbacks(params: dict[str, Any]) -> list[keras.callbacks.Callback]:
    """Make the callbacks that the parameters describe; never the caller's own instances."""
    callbacks: list[keras.callbacks.Callback] = []
    for prefix in ("callbacks", "fit__callbacks"):
        given = params.get(prefix)
        if given is None:
            continue
        made = _make(copy.copy(given), routed(params, prefix), prefix)
        made = list(made.values()) if isinstance(made, dict) else made
        made = made if isinstance(made, (list, tuple)) else [made]
        for callback in made:
            if not isinstance(callback, keras.callbacks.Callback):
                raise ValueError(
                    "The 'callbacks' parameter must hold keras.callbacks.Callback classes or "
                    f"instances, one or a list or dict of them. Got {callback!r}."
                )
            # A callback keeps the model it has seen; the caller's must not, or clones drag it on.
            copied = copy.deepcopy(callback)
            several = isinstance(copied, keras.callbacks.CallbackList)
            callbacks += copied.callbacks if several else [copied]
    return callbacks


def _make(given: Any, extra: dict[str, Any], name: str) -> Any:
    """Make objects from classes and their parameters; a wrong parameter is named."""
    try:
        return unflatten_params(items=given, params=extra)
    except TypeError as error:
        raise ValueError(f"The parameters {name}__... do not fit: {error}.") from error
