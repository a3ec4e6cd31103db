"""A fit as a straight line: for each network split, prepare, build, train; then average.

`fit_networks` starts from rows, `continue_fit` from what an earlier fit has learned. Both take and
return values: an estimator changes only when its fit has ended.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.utils import gen_batches

from skmultiinput._fingerprint import fingerprint_or_none
from skmultiinput._keras.processes import core_share
from skmultiinput._network.build import architecture, build_network
from skmultiinput._network.ensemble import mean_of, networks_of
from skmultiinput._network.linear_start import start_linear_path
from skmultiinput._network.user_network import trains_by_itself
from skmultiinput._network.weights import keeps_constants, reseed
from skmultiinput._training.keras_objects import make_callbacks, make_metrics, make_optimizer
from skmultiinput._training.loop import train
from skmultiinput._training.optimizers import rule_of
from skmultiinput._training.program import TrainState
from skmultiinput._training.schedule import Schedule, resolve_batch_size
from skmultiinput._training.table import SplitTable
from skmultiinput.estimators._fit_config import FitConfig
from skmultiinput.estimators._own_network import (
    build_own_network,
    make_trainable,
    with_compiled,
)
from skmultiinput.estimators._prior_correction import PriorMass
from skmultiinput.estimators._resampling import RowMass
from skmultiinput.estimators._training_data import (
    Target,
    TrainingData,
    class_codes,
    learn_labels,
    learn_scale,
    prepare_table,
    split_rows,
    target_attributes,
    target_scale,
)
from skmultiinput.estimators._warm_start import (
    check_can_continue,
    describe_network,
    describe_outputs,
    warn_of_far_targets,
)


@dataclass(frozen=True)
class Plan:
    """Which epochs are trained, and where their random numbers come from.

    Everything random follows from `seed`. Of at most `epochs` epochs, 0 builds the networks only;
    `initial_epoch` counts those trained before. `start` is the epoch that the split, resampling and
    the order of rows are drawn for: a fit that goes on with the same rows draws what it has drawn
    before. `keep_state` says whether training is going to continue, `total_epochs` is that of a fit
    that has to end as if it had been done at once. `n_threads` networks are trained at the same
    time. If the rows are a part of all, `is_part`, their weights count beside those of earlier
    calls.
    """

    seed: int
    epochs: int
    start: int = 0
    initial_epoch: int = 0
    keep_state: bool = False
    total_epochs: int | None = None
    n_threads: int = 1
    is_part: bool = False

    def rng(self, number: int) -> np.random.Generator:
        """Return the generator of a network's rows and weights."""
        return np.random.default_rng(self._source(number))

    def order_seed(self, number: int) -> int:
        """Return the seed of the order in which a network sees its rows."""
        return int(np.random.default_rng([*self._source(number), 1]).integers(2**31))

    def _source(self, number: int) -> list[int]:
        return [self.seed, self.start, 1, number] if number else [self.seed, self.start]


@dataclass
class FitState:
    """All that a fit can go on from, beside the networks themselves.

    `training` has an entry for each network, None where training starts anew. `optimizer` is a
    digest of the parameters that describe the optimizer, `network` what cannot be changed any more,
    `mass` what the rows weighed.
    """

    seed: int
    training: list[TrainState | None] = field(default_factory=list)
    prior: PriorMass | None = None
    optimizer: str | None = None
    network: tuple[dict[str, str | None], Any] | None = None
    mass: RowMass | None = None


@dataclass
class FitResult:
    """Everything that a fit has learned.

    `model` is the mean of the networks. `key` is that of the architecture of each, `history` that
    of the first.
    """

    data: TrainingData
    target: Target
    model: keras.Model
    key: Any
    history: dict[str, list]
    state: FitState

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the fitted estimator."""
        learned = target_attributes(self.data, self.target)
        learned |= {"model_": self.model, "history_": self.history, "fit_state_": self.state}
        if self.history:
            learned["n_iter_"] = len(self.history["loss"])
        if self.state.prior is not None:
            learned["prior_ratio_"] = self.state.prior.ratio
        return learned


@dataclass(frozen=True)
class TrainingJob:
    """A network and its rows, with the configuration and target they ask for."""

    number: int
    config: FitConfig
    target: Target
    network: keras.Model
    key: Any
    split: SplitTable
    prior: PriorMass | None
    mass: RowMass


def fit_networks(config: FitConfig, data: TrainingData, plan: Plan) -> FitResult:
    """Fit the networks, some of them at the same time."""
    plan = replace(plan, n_threads=number_of_threads(config))
    target: Target | None = learn_labels(config, data)
    state, networks, histories = FitState(plan.seed, optimizer=_optimizer_key(config)), [], []
    train_all = Parallel(plan.n_threads, require="sharedmem")
    for numbers in gen_batches(config.n_estimators, plan.n_threads):
        # Networks are built one by one, in the thread whose Keras settings count.
        jobs = []
        for number in range(numbers.start, numbers.stop):
            jobs.append(prepare(config, data, target, plan, number))
            target = jobs[-1].target
        trained = train_all(delayed(train_network)(job, plan) for job in jobs)
        for job, (history, state_of_one) in zip(jobs, trained, strict=True):
            networks.append(job.network)
            histories.append(history)
            state.training.append(state_of_one)
            state.prior = PriorMass.total(state.prior, job.prior)
            state.mass = RowMass.total(state.mass, job.mass)
    model = mean_of(networks)
    if model is not networks[0]:
        model.compile(optimizer=make_optimizer(config.params), loss=networks[0].loss)
    last = jobs[-1]
    state.network = describe_network(config), describe_outputs(config, last.target)
    return FitResult(data, last.target, model, last.key, histories[0], state)


def prepare(
    config: FitConfig, data: TrainingData, target: Target | None, plan: Plan, number: int
) -> TrainingJob:
    """Split the rows, and build the network that is trained on them.

    The first network's training rows decide the scale of numbers, for all.
    """
    rng = plan.rng(number)
    rows, key = split_rows(config, data, rng), None
    if target is None:
        target = learn_scale(config, data, rows[0])
    if config.model is None:
        split, prior, mass = prepare_table(config, data, target, rows, rng)
        network, key = build(config, data, target, split, rng)
    else:
        network, config, target = build_own_network(config, data, target)
        split, prior, mass = prepare_table(config, data, target, rows, rng)
        make_trainable(config, network, target, split, rng)
    return TrainingJob(number, config, target, network, key, split, prior, mass)


def number_of_threads(config: FitConfig) -> int:
    """Return how many networks are trained at the same time.

    Those that Keras itself trains, or that callbacks follow, are trained one after the other.
    """
    by_keras = rule_of(make_optimizer(config.params)) is None
    if by_keras or config.model is not None or config.params["callbacks"]:
        return 1
    return min(effective_n_jobs(config.params["n_jobs"]), core_share(), config.n_estimators)


def continue_fit(config: FitConfig, data: TrainingData, plan: Plan, fitted: FitResult) -> FitResult:
    """Train the networks of an earlier fit further, on the same rows or others.

    They are trained in place; if training fails or is interrupted, they get their weights back.
    """
    networks, target = networks_of(fitted.model), fitted.target
    described = describe_network(config), describe_outputs(config, target)
    if fitted.state.network is not None:
        check_can_continue(fitted.state.network, described, config.owner)
    config = with_compiled(config, networks[0])
    encoded = target.transform(data.y)  # refuses labels that the fit has not seen
    if target_scale(target) is not None:
        warn_of_far_targets(encoded[data.rows], config.owner)
    before = [network.get_weights() for network in networks]
    state = FitState(plan.seed, prior=fitted.state.prior, optimizer=_optimizer_key(config))
    state.network, seen = described, fitted.state.mass if plan.is_part else None
    state.mass = seen
    other_optimizer = config.model is None and state.optimizer != fitted.state.optimizer
    histories = []
    try:
        for number, network in enumerate(networks):
            rng = plan.rng(number)
            rows = split_rows(config, data, rng)
            split, prior, mass = prepare_table(config, data, target, rows, rng, seen)
            to_train = _network_to_train(network, config, fitted, other_optimizer)
            job = TrainingJob(number, config, target, to_train, fitted.key, split, prior, mass)
            last_state = None if other_optimizer else fitted.state.training[number]
            history, state_of_one = train_network(job, plan, last_state)
            histories.append(history)
            state.training.append(state_of_one)
            state.prior = PriorMass.total(state.prior, job.prior)
            state.mass = RowMass.total(state.mass, job.mass)
    except BaseException:
        for network, weights in zip(networks, before, strict=True):
            network.set_weights(weights)
        raise
    names = [*fitted.history, *(name for name in histories[0] if name not in fitted.history)]
    history = {n: [*fitted.history.get(n, []), *histories[0].get(n, [])] for n in names}
    return FitResult(data, target, fitted.model, fitted.key, history, state)


def _network_to_train(
    network: keras.Model, config: FitConfig, fitted: FitResult, other_optimizer: bool
) -> keras.Model:
    """Return one of the networks of a fit, compiled to be trained further."""
    one_of_several = network is not fitted.model
    if one_of_several:
        # A model of the same layers, so that nothing of training is kept in the mean.
        network = keras.Model(network.input, network.output)
    if one_of_several or other_optimizer:
        network.compile(optimizer=make_optimizer(config.params), loss=fitted.model.loss)
    return network


def _optimizer_key(config: FitConfig) -> str | None:
    names = ("optimizer", "learning_rate", "weight_decay")
    described = {n: v for n, v in config.params.items() if n.partition("__")[0] in names}
    return fingerprint_or_none(described)


def build(
    config: FitConfig,
    data: TrainingData,
    target: Target,
    split: SplitTable,
    rng: np.random.Generator,
) -> tuple[keras.Model, Any]:
    """Build and compile a network of the package's own; seed and data decide its weights.

    The key of its architecture comes with it; None if its compiled code is for this network alone.
    """
    inputs, kind = data.groups.inputs, target.kind_
    arrays, rows = split.table, split.training
    branches = config.branches(data.groups, len(rows))
    width, *_ = target.widths or (target.n_outputs_,)
    settings = config.network(kind, width)
    network = build_network(inputs, branches, settings, config.fusion)
    key = None
    if not keeps_constants(network):
        key = architecture(inputs, branches, settings, config.fusion)
    reseed(network, rng)
    everything = len(rows) == len(arrays)
    y = arrays.y if everything else arrays.y[rows]
    if y.ndim == 2:  # several outputs for one target, where quantiles are learned
        y = np.broadcast_to(y, (len(y), width))
    for spec in inputs:
        values = arrays.inputs[spec.name]
        branches[spec.name].adapt(network, spec, values if everything else values[rows], y)
    activation = config.output_activation(kind)
    start_linear_path(network, arrays.inputs, arrays.y, arrays.weight, rows, activation)
    network.compile(optimizer=make_optimizer(config.params), loss=config.loss(kind).loss)
    return network, key


def train_network(
    job: TrainingJob, plan: Plan, state: TrainState | None = None
) -> tuple[dict[str, list], TrainState | None]:
    """Train one of the networks in place; returns its history and where to go on."""
    if plan.epochs == 0:
        return {}, None
    config, network, split, kind = job.config, job.network, job.split, job.target.kind_
    stops = config.early_stopping and len(split.validation) > 0
    schedule = Schedule(
        batch_size=resolve_batch_size(config.batch_size, len(split.training)),
        epochs=plan.epochs,
        patience=config.patience if stops else None,
        weight_averaging=config.params["weight_averaging"],
        seed=plan.order_seed(job.number),
        initial_epoch=plan.initial_epoch,
        total_epochs=plan.total_epochs,
        verbose=config.verbose,
        label=f"Network {job.number + 1}/{config.n_estimators}" if config.n_estimators > 1 else "",
        alone=plan.n_threads == 1,
        callbacks=make_callbacks(config.params),
        classes=class_codes(config, job.target, split),
        metrics=[] if trains_by_itself(network) else make_metrics(config.params, kind),
    )
    history, trained = train(
        network,
        split,
        loss=config.loss(kind),
        optimizer=network.optimizer,
        schedule=schedule,
        key=job.key,
        state=state,
    )
    return history, trained.on_host() if trained is not None and plan.keep_state else None
