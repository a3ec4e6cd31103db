"""Parameters of the estimators: names, routing, and the Keras objects they stand for."""

import copy
import difflib
import inspect

import keras

from skmultiinput._compat import unflatten_params

# First parts of routed names that SciKeras knows; everything else before ``__`` is a column group.
PREFIXES = ("model", "fit", "compile", "predict", "optimizer", "loss", "metrics", "callbacks")
# What ``fit__`` and ``predict__`` may set: the parameters of the same name.
FIT_NAMES = ("batch_size", "epochs", "verbose", "callbacks")


def suggest(name, known):
    """Return ``", did you mean 'x'?"`` for a name that resembles a known one, or nothing.

    Parameters
    ----------
    name : str
    known : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> suggest("epoch", ["epochs", "dropout"])
    ", did you mean 'epochs'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def routed(params, prefix):
    """Return the parameters routed to `prefix`, without it.

    Examples
    --------
    >>> routed({"optimizer__epsilon": 1e-5, "epochs": 3}, "optimizer")
    {'epsilon': 1e-05}
    """
    start = f"{prefix}__"
    return {name[len(start) :]: v for name, v in params.items() if name.startswith(start)}


def check_routes(params, owner):
    """Refuse ``fit__`` and ``predict__`` parameters that nothing would read.

    Parameters
    ----------
    params : dict
        All parameters of the estimator.
    owner : str
        Name of the estimator.

    Raises
    ------
    ValueError
        Naming the parameter.
    """
    allowed = {"fit": FIT_NAMES, "predict": ("batch_size", "verbose"), "compile": ("jit_compile",)}
    for prefix, names in allowed.items():
        for name in routed(params, prefix):
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {prefix}__{name} for {owner}{suggest(name, names)} "
                    f"Expected one of {[f'{prefix}__{n}' for n in names]}."
                )


def make_optimizer(params):
    """Make the optimizer that the parameters describe; never the caller's own instance.

    Parameters
    ----------
    params : dict
        All parameters of the estimator.

    Returns
    -------
    keras.optimizers.Optimizer

    Raises
    ------
    ValueError
        If the name or a routed parameter is unknown.
    """
    given, extra = params["optimizer"], routed(params, "optimizer")
    if isinstance(given, keras.optimizers.Optimizer):
        if extra:
            raise ValueError(
                f"optimizer is an instance of {type(given).__name__}, so optimizer__"
                f"{next(iter(extra))} cannot be set; give its name or class instead."
            )
        return type(given).from_config(given.get_config())
    kind = given
    if isinstance(given, str):
        try:
            kind = type(keras.optimizers.get(given))
        except ValueError:
            known = ["adam", "adamw", "sgd", "rmsprop", "lion", "nadam", "adagrad", "adamax"]
            raise ValueError(
                f"Unknown optimizer {given!r}{suggest(given, known)} Expected a name such as "
                f"{known}, a keras.optimizers.Optimizer class or an instance."
            ) from None
    if not (inspect.isclass(kind) and issubclass(kind, keras.optimizers.Optimizer)):
        raise ValueError(
            f"The 'optimizer' parameter must be a name, a keras.optimizers.Optimizer class or an "
            f"instance. Got {given!r} instead."
        )
    options = {"learning_rate": params["learning_rate"], "weight_decay": params["weight_decay"]}
    if not {"clipnorm", "clipvalue", "global_clipnorm"} & set(extra):
        options["global_clipnorm"] = 1.0
    known = set(inspect.signature(kind).parameters) | set(
        inspect.signature(keras.optimizers.Optimizer).parameters
    )
    for name in extra:
        if name not in known and "__" not in name:
            raise ValueError(
                f"Invalid parameter optimizer__{name} for {kind.__name__}{suggest(name, known)}"
            )
    options["weight_decay"] = options["weight_decay"] or None
    optimizer = unflatten_params(items=kind, params={**options, **extra})
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def make_loss(params, default):
    """Make the loss that the parameters describe.

    Parameters
    ----------
    params : dict
        All parameters of the estimator.
    default : str
        What ``loss="auto"`` stands for.

    Returns
    -------
    str, callable or keras.losses.Loss

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    given, extra = params["loss"], routed(params, "loss")
    given = default if given is None or (isinstance(given, str) and given == "auto") else given
    if isinstance(given, str):
        if extra:
            camel = "".join(part.title() for part in given.split("_"))
            given = getattr(keras.losses, given, None) or getattr(keras.losses, camel, None)
            if not inspect.isclass(given):
                given = getattr(keras.losses, camel, None)
        else:
            try:
                keras.losses.get(given)
            except ValueError:
                names = [n for n in dir(keras.losses) if n.islower() and not n.startswith("_")]
                raise ValueError(
                    f"Unknown loss {given!r}{suggest(given, names)} Expected 'auto', a name known "
                    "to Keras, a keras.losses.Loss or a function of (y_true, y_pred)."
                ) from None
            return given
    if inspect.isclass(given) or extra:
        return unflatten_params(items=given, params=extra)
    return given


def make_metrics(params, kind):
    """Make the metrics that the parameters describe, with names that never change.

    Parameters
    ----------
    params : dict
        All parameters of the estimator.
    kind : str
        Kind of the target; decides what "accuracy" means.

    Returns
    -------
    list of (str, keras.metrics.Metric)
    """
    given, extra = params["metrics"], routed(params, "metrics")
    if given is None:
        return []
    given = list(given.items()) if isinstance(given, dict) else given
    entries = given if isinstance(given, (list, tuple)) else [given]
    found = []
    for i, entry in enumerate(entries):
        name, metric = entry if isinstance(entry, tuple) else (None, entry)
        options = {**{k: v for k, v in extra.items() if "__" not in k}, **routed(extra, str(i))}
        found.append(_metric(name, metric, options, kind))
    return found


def _metric(name, given, options, kind):
    accuracies = {"multiclass": keras.metrics.SparseCategoricalAccuracy}
    if isinstance(given, str) and given.lower() in ("accuracy", "acc"):
        name = name or "accuracy"
        return name, accuracies.get(kind, keras.metrics.BinaryAccuracy)(name=name)
    if isinstance(given, str):
        name = name or given.lower()
        try:
            given = keras.metrics.get(given)
        except ValueError:
            known = [n for n in dir(keras.metrics) if not n.startswith("_")]
            raise ValueError(f"Unknown metric {given!r}{suggest(given, known)}") from None
        # Keras returns an instance for a class's name; a new one is made below.
        given = type(given) if isinstance(given, keras.metrics.Metric) else given
    if isinstance(given, keras.metrics.Metric):
        return name or given.name, type(given).from_config(given.get_config())
    if inspect.isclass(given):
        name = name or options.pop("name", None) or given.__name__.lower()
        return name, given(name=name, **options)
    name = name or given.__name__
    return name, keras.metrics.MeanMetricWrapper(given, name=name)


def make_callbacks(params):
    """Make the callbacks that the parameters describe; never the caller's own instances.

    Parameters
    ----------
    params : dict
        All parameters of the estimator.

    Returns
    -------
    list of keras.callbacks.Callback

    Raises
    ------
    ValueError
        If something in the list is no callback.
    """
    found = []
    for prefix in ("callbacks", "fit__callbacks"):
        given = params.get(prefix)
        if given is None:
            continue
        made = unflatten_params(items=copy.copy(given), params=routed(params, prefix))
        made = list(made.values()) if isinstance(made, dict) else made
        made = made if isinstance(made, (list, tuple)) else [made]
        for callback in made:
            if not isinstance(callback, keras.callbacks.Callback):
                raise ValueError(
                    "The 'callbacks' parameter must hold keras.callbacks.Callback classes or "
                    f"instances, one or a list or dict of them. Got {callback!r}."
                )
            # A callback keeps the model it has seen; the caller's must not, or clones drag it on.
            found.append(copy.deepcopy(callback))
    return found


def assemble_branches(branches, groups, params, defaults, owner):
    """Give every input its branch, with the parameters routed to its group.

    Parameters
    ----------
    branches : "auto" or list of (str, Branch)
        Branches by column group.
    groups : ColumnGroups
    params : dict
        All parameters of the estimator; those named ``group__parameter`` are applied.
    defaults : dict of {str: Branch class}
        The branch of each kind.
    owner : str
        Name of the estimator.

    Returns
    -------
    dict of {str: Branch}
        By input name; copies, never the caller's own.

    Raises
    ------
    ValueError
        If a branch or a parameter names a group that is not there, or an unknown parameter.
    """
    given = {} if isinstance(branches, str) else dict(branches)
    names = groups.groups
    for group in given:
        if group not in names:
            raise ValueError(
                f"branches names the column group {group!r}, which is not in X"
                f"{suggest(group, names)} The groups of X are {names}."
            )
    options: dict[str, dict] = {}
    for name, value in params.items():
        group, separator, parameter = name.partition("__")
        if not separator or group in PREFIXES or group in ("sampler", "fusion", "branches"):
            continue
        if group not in names:
            raise ValueError(
                f"Invalid parameter {name!r} for {owner}: there is no column group {group!r} in X"
                f"{suggest(group, [*names, *PREFIXES])} The groups of X are {names}."
            )
        options.setdefault(group, {})[parameter] = value
    found = {}
    for spec in groups.inputs:
        branch = copy.deepcopy(given[spec.group]) if spec.group in given else defaults[spec.kind]()
        known = branch.get_params()
        for parameter, value in options.get(spec.group, {}).items():
            if parameter not in known:
                raise ValueError(
                    f"Invalid parameter {spec.group}__{parameter} for {owner}: "
                    f"{type(branch).__name__} has no parameter {parameter!r}"
                    f"{suggest(parameter, known)} It has {sorted(known)}."
                )
            branch.set_params(**{parameter: value})
        found[spec.name] = branch
    return found
