"""What the parameters of an estimator decide, resolved once per fit into plain values."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import keras
from sklearn.base import is_classifier

from skmultiinput._checks import routed, to_builtin
from skmultiinput._compat import build_method, validate_parameter_constraints
from skmultiinput._layers.quantile_outputs import OrderedQuantiles
from skmultiinput._network.config import NetworkConfig
from skmultiinput._training.keras_objects import make_loss, quantile_levels
from skmultiinput._training.losses import LOG_LINK, RowLoss, is_auto, is_quantile, loss_name
from skmultiinput._training.task import TASKS
from skmultiinput.branches._branch import Branch
from skmultiinput.branches._default_branches import default_branch
from skmultiinput.estimators._encoders import new_target
from skmultiinput.estimators._presets import (
    has_linear_path,
    number_of_members,
    number_of_networks,
    numeric_embedding_dim,
    setting,
)
from skmultiinput.estimators._routing import (
    FIT_NAMES,
    assemble_branches,
    check_activation,
    check_routes,
    check_units,
)
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.frame._input_spec import InputSpec
from skmultiinput.fusion._make_fusion import make_fusion


@dataclass(frozen=True)
class FitConfig:
    """The parameters of a fit, with presets, routed parameters and "auto" resolved.

    `owner` is the name of the estimator, for messages. `params` has all parameters by name, NumPy
    scalars turned into Python's; `batch_size`, `epochs` and `verbose` have ``fit__...`` applied.
    `model` is a network of the user's own: ``new_builder(meta)`` returns what builds it, with the
    arguments `builder_params`. `new_target` makes a new target encoder. `default_loss` is what
    ``loss`` is where it is not given.
    """

    owner: str
    is_classifier: bool
    params: dict[str, Any]
    n_estimators: int
    n_members: int
    hidden_units: tuple[int, ...]
    fusion: Any
    model: Any
    batch_size: int | str
    epochs: int
    verbose: int
    patience: int
    early_stopping: bool
    sampler: Any
    class_weight: Any
    balanced_batches: bool
    new_target: Callable[[], Any]
    new_builder: Callable[[dict[str, Any]], Any]
    builder_params: dict[str, Any]
    default_loss: Any

    @property
    def loss_name(self) -> str:
        """Name of the loss, "auto" where the task decides."""
        loss = only_loss(self.params["loss"])
        return "auto" if is_auto(loss) else loss_name(loss)

    def loss_name_for(self, kind: str) -> str:
        """Return the name of the loss for a kind of target."""
        return TASKS[kind].loss if self.loss_name == "auto" else self.loss_name

    def branches(self, groups: ColumnGroups, n_rows: int | None = None) -> dict[str, Branch]:
        """Return the branch of each input, by its name; `n_rows` decide on those of numbers."""
        numeric: dict[str, Any] = {}
        if n_rows is not None:
            width = numeric_embedding_dim(self.params["preset"], n_rows)
            measured = [not flag for spec in groups.inputs for flag in spec.binary]
            linear = has_linear_path(n_rows, sum(measured), is_classifier=self.is_classifier)
            numeric = {"embedding_dim": width, "linear": linear}

        def default(spec: InputSpec) -> Branch:
            branch = default_branch(spec)
            return branch.set_params(**numeric) if spec.kind == "numeric" else branch

        return assemble_branches(self.params["branches"], groups, self.params, default, self.owner)

    def network(self, kind: str, n_outputs: int) -> NetworkConfig:
        """Return what `build_network` needs for a kind of target."""
        return NetworkConfig(
            hidden_units=self.hidden_units,
            n_members=self.n_members,
            activation=check_activation(self.params["activation"]),
            dropout=self.params["dropout"],
            l1=self.params["l1"],
            l2=self.params["l2"],
            n_outputs=n_outputs,
            output_activation=self.output_activation(kind),
        )

    def output_activation(self, kind: str) -> str | OrderedQuantiles:
        """Return the activation of the network's outputs."""
        if kind == "regression" and is_quantile(self.params["loss"]):
            return OrderedQuantiles(quantile_levels(self.params["quantiles"]).index(0.5))
        if kind == "regression" and self.loss_name in LOG_LINK:
            return "exponential"
        return TASKS[kind].activation

    def loss(self, kind: str) -> RowLoss:
        """Return the loss for a kind of target."""
        loss = only_loss(make_loss(self.params, TASKS[kind].loss))
        if self.model is None and isinstance(loss, (list, tuple, dict)):
            raise ValueError(
                "Several losses are for a network of your own with as many outputs; expected one. "
                f"Got loss={self.params['loss']!r}."
            )
        # A network of the user's own has applied its activation.
        return RowLoss(loss, self.output_activation(kind)) if self.model is None else RowLoss(loss)


def only_loss(loss: Any) -> Any:
    """Return the loss of a list or dict with one, as Keras takes it; anything else as it is."""
    losses = keras.tree.flatten(loss) if isinstance(loss, (list, tuple, dict)) else []
    return losses[0] if len(losses) == 1 else loss


def resolve_config(estimator: Any, *, alone: bool = False) -> FitConfig:
    """Resolve the parameters of an estimator, which have been validated one by one.

    Where `alone` is set, a single network is trained, whatever the preset says. Raises ValueError
    if parameters do not go together, or if a routed parameter would set nothing.
    """
    owner = type(estimator).__name__
    params = _checked_params(estimator, owner)
    options = _fit_options(estimator, params, owner)
    n_estimators = 1 if alone else number_of_networks(estimator)
    epochs = options["epochs"]
    return FitConfig(
        owner=owner,
        is_classifier=is_classifier(estimator),
        params=params,
        n_estimators=n_estimators,
        n_members=number_of_members(estimator, alone=n_estimators == 1),
        hidden_units=check_units(setting(estimator, "hidden_units")),
        fusion=make_fusion(params["fusion"], routed(params, "fusion")),
        model=params["model"],
        batch_size=options["batch_size"],
        epochs=setting(estimator, "epochs") if epochs == "auto" else epochs,
        verbose=int(options["verbose"]),
        patience=setting(estimator, "n_iter_no_change"),
        early_stopping=params["early_stopping"],
        sampler=params["sampler"],
        class_weight=params.get("class_weight"),
        balanced_batches=params.get("balanced_batches", False),
        new_target=lambda: new_target(estimator),
        new_builder=estimator.network_builder,
        builder_params=estimator.builder_settings(),
        default_loss=getattr(signature(type(estimator)).parameters.get("loss"), "default", None),
    )


def _checked_params(estimator: Any, owner: str) -> dict[str, Any]:
    """Return the parameters of an estimator; refuse those that do not go together."""
    params = {name: to_builtin(value) for name, value in estimator.settings().items()}
    if estimator.has_build_method:
        if params["model"] is not None:
            raise ValueError(
                f"{owner} cannot implement ``_keras_build_fn`` if the 'model' parameter is given. "
                "Leave one of the two out."
            )
        params["model"] = build_method(type(estimator))
    check_routes(params, owner)
    if params["model"] is not None and is_quantile(params["loss"]):
        raise ValueError(
            f"loss='quantile' is for the networks that {owner} builds. For a network of your own, "
            "write the loss as a function of (y_true, y_pred)."
        )
    return params


def _fit_options(estimator: Any, params: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return the parameters that ``fit__...`` may set as well, checked."""
    options = {**{name: params[name] for name in FIT_NAMES}, **routed(params, "fit")}
    constraints = estimator._parameter_constraints  # noqa: SLF001 - scikit-learn's contract
    validate_parameter_constraints(
        {name: rule for name, rule in constraints.items() if name in options},
        {name: value for name, value in options.items() if name in constraints},
        owner,
    )
    return options
