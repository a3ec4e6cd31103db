"""Train a network: epochs, validation, early stopping, callbacks."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import direction_of, learning_rate_of
from skmultiinput._keras.backend import tensors_of, to_numpy
from skmultiinput._network.copying import layers_of
from skmultiinput._network.user_network import trains_by_itself
from skmultiinput._training.compile_cache import CACHE
from skmultiinput._training.early_stopping import EarlyStopping
from skmultiinput._training.epoch_display import EpochDisplay
from skmultiinput._training.keras_loop import fit_by_itself, fit_with_keras
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.optimizers import rule_of
from skmultiinput._training.prediction import (
    forward_key,
    forward_of,
    predict_in_chunks,
    rows_per_chunk,
)
from skmultiinput._training.program import Program, TrainState, flatten
from skmultiinput._training.schedule import NamedMetric, Schedule, check_finite
from skmultiinput._training.table import SplitTable
from skmultiinput._training.validation import Validation
from skmultiinput._training.xla import use_xla


class CompiledOtherwiseError(Exception):
    """The epochs before were compiled in another way, which rounds differently."""


def train(
    model: keras.Model,
    split: SplitTable,
    *,
    loss: RowLoss,
    optimizer: keras.optimizers.Optimizer,
    schedule: Schedule,
    key: Any = None,
    state: TrainState | None = None,
) -> tuple[dict[str, list], TrainState | None]:
    """Train a functional model in place; return its history, and where to go on.

    The configuration of `optimizer` is used; one that `rule_of` has no rule for is used itself, by
    Keras, and then there is no state to go on from. Networks with equal keys share compiled code:
    `key` is all that is built into the graph of `model`. Training goes on from `state`, if there is
    one. The history has ``loss``, with validation rows ``val_loss``, and the metrics, per epoch.

    Raises FloatingPointError if the loss is not finite, and CompiledOtherwiseError if the whole
    training, done at once, would have been compiled in another way.
    """
    if trains_by_itself(model):
        return fit_by_itself(model, split, schedule), None
    validation = Validation(split, loss, schedule.metrics)
    _check_loss(validation, model)
    _set_directions(schedule.callbacks, schedule.metrics)
    rule = None if _assigns_weights(model) else rule_of(optimizer)
    if rule is None or keras.backend.backend() == "torch" or needs_batches(schedule.callbacks):
        return fit_with_keras(model, validation, optimizer, schedule), None
    xla = use_xla(schedule, model, split.table, len(split.training))
    if state is not None and schedule.total_epochs and state.xla != xla:
        raise CompiledOtherwiseError
    shared = forward_key(key) if loss.key is not None else None
    epoch_key = shared and ("epoch", shared, loss, rule, schedule.batch_size, xla)
    with CACHE.dropping_on_error(shared, epoch_key):
        forward = forward_of(model, key if shared else None)
        program = CACHE.get(
            epoch_key, lambda: Program(forward, loss, rule, schedule.batch_size, xla=xla)
        )
        if state is None:
            theta = ops.convert_to_tensor(flatten(model.trainable_variables))
            rest = tensors_of(model.non_trainable_variables)
            state = TrainState(theta, [ops.zeros_like(theta)] * rule.n_slots, rest)
        state = replace(state, xla=xla)
        run = _Run(model, program, validation, optimizer, schedule)
        with EpochDisplay(schedule) as display:
            return run.epochs(state, display)


def needs_batches(callbacks: Sequence[keras.callbacks.Callback]) -> bool:
    """Whether a callback has to be called in the middle of an epoch, or trains by itself."""
    base = keras.callbacks.Callback
    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(
        isinstance(callback, keras.callbacks.BackupAndRestore)
        or (
            getattr(getattr(callback, name), "__func__", None) is not getattr(base, name)
            and getattr(callback, "save_freq", None) != "epoch"
        )
        for callback in callbacks
        for name in names
    )


def _assigns_weights(model: keras.Model) -> bool:
    """Return whether a layer sets its trainable weights when called, which pure functions cannot.

    One of Keras's does: SpectralNormalization divides the kernel it wraps.
    """
    kind = keras.layers.SpectralNormalization
    return any(isinstance(layer, kind) for layer in layers_of(model))


def _set_directions(
    callbacks: Sequence[keras.callbacks.Callback], metrics: Sequence[NamedMetric]
) -> None:
    """Tell callbacks that monitor a metric in mode "auto" whether more of it is better.

    Keras finds it out from the metrics that a model was compiled with.
    """
    directions = {name: direction_of(metric) for name, metric, _ in metrics}
    for callback in callbacks:
        monitor = str(getattr(callback, "monitor", "")).removeprefix("val_")
        if getattr(callback, "mode", None) == "auto" and directions.get(monitor):
            callback.mode = directions[monitor]


def _check_loss(validation: Validation, model: keras.Model) -> None:
    """Call a user's loss once, where its errors are readable: outside of compiled code."""
    if not isinstance(validation.loss.loss, str):
        y = validation.split.table.y[:2]
        prediction = np.full((len(y), model.outputs[0].shape[-1]), 0.5, np.float32)
        validation.loss.of_prediction(y, prediction, validation.scale)


class _Run:
    """One training run: what stays the same over its epochs."""

    def __init__(
        self,
        model: keras.Model,
        program: Program,
        validation: Validation,
        optimizer: keras.optimizers.Optimizer,
        schedule: Schedule,
    ) -> None:
        self.model, self.program, self.validation = model, program, validation
        self.schedule, self.optimizer = schedule, optimizer
        self.table, self.rows = validation.split.table, validation.split.training
        self.on_device = program.upload(self.table, self.rows, validation.scale)
        self.chunk = rows_per_chunk(model)
        self.history: dict[str, list] = {}
        self.mean: Any = None
        self.n_averaged = 0
        self.hooks: keras.callbacks.CallbackList | None = None
        if schedule.callbacks:
            if not model.compiled:
                model.compile(optimizer=optimizer)
            # Records what the others add to the logs, such as the learning rate.
            recorder = keras.callbacks.History()
            self.hooks = keras.callbacks.CallbackList(
                [*schedule.callbacks, recorder],
                model=model,
                epochs=schedule.initial_epoch + schedule.epochs,
                steps=-(-len(self.rows) // schedule.batch_size),
                verbose=schedule.verbose,
            )
            recorder.on_train_begin()
            self.history = recorder.history

    def epochs(
        self, state: TrainState, display: EpochDisplay
    ) -> tuple[dict[str, list], TrainState]:
        """Train until the epochs or the patience are used up."""
        schedule = self.schedule
        stopping = EarlyStopping(schedule.patience)
        last = schedule.initial_epoch + schedule.epochs
        logs: dict[str, Any] = {}
        if self.hooks:
            self.model.stop_training = False
            self._store(state)
        state = self._call_hooks(state, "on_train_begin")
        for epoch in range(schedule.initial_epoch, last):
            state = self._call_hooks(state, "on_epoch_begin", epoch)
            order = schedule.order(np.arange(len(self.rows)), epoch)
            # Whole batches: rows from the start of the order fill them up, and weigh nothing.
            padded = np.resize(order, self.program.n_orders(len(order)) * schedule.batch_size)
            state, loss = self.program.run_epoch(
                state, self.on_device, padded, len(order), self._rates(state.step)
            )
            judged, score, logs = self._judge(state)
            logs = {"loss": loss, **logs}
            check_finite(logs, epoch)
            display.epoch(epoch, logs, score)
            state, judged = self._end_epoch(state, judged, epoch, logs)
            if score is not None and schedule.patience is not None and stopping.update(score):
                stopping.best = judged
            if stopping.is_over or (self.hooks and self.model.stop_training):
                break
        state = stopping.best or state
        self._store(state)
        state = self._call_hooks(state, "on_train_end", logs)
        # Keras sorts the names; losses first, as without callbacks.
        names = {**dict.fromkeys(logs), **dict.fromkeys(self.history)}
        return {name: self.history[name] for name in names}, state

    def _end_epoch(
        self, state: TrainState, judged: TrainState, epoch: int, logs: dict[str, Any]
    ) -> tuple[TrainState, TrainState]:
        """Record an epoch; callbacks see the judged weights, and may change them or the logs."""
        if not self.hooks:
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            return state, judged
        self._store(judged)
        changed = self._call_hooks(judged, "on_epoch_end", epoch, logs)
        if changed is judged:
            return state, judged
        self.mean, self.n_averaged = None, 0
        return changed, changed

    def _judge(self, state: TrainState) -> tuple[TrainState, float | None, dict[str, Any]]:
        """Evaluate the weights and their running mean; returns the better of the two states."""
        score, logs = self.validation.evaluate(partial(self._predict, state))
        if not self.schedule.weight_averaging or self.schedule.patience is None or score is None:
            return state, score, logs
        self.n_averaged += 1
        if self.mean is None:
            self.mean = state.theta
            return state, score, logs
        # A plain mean at first: no epoch counts more than the ones after it.
        keep = min(self.schedule.weight_averaging, 1 - 1 / self.n_averaged)
        self.mean = keep * self.mean + (1 - keep) * state.theta
        averaged = replace(state, theta=self.mean)
        score_of_mean, logs_of_mean = self.validation.evaluate(partial(self._predict, averaged))
        if score_of_mean is not None and score_of_mean < score:
            return averaged, score_of_mean, logs_of_mean
        return state, score, logs

    def _rates(self, step: int) -> np.ndarray:
        """Return the learning rate of each step of the next epoch."""
        n_steps = self.program.n_orders(len(self.rows))
        optimizer = self.model.optimizer if self.hooks else self.optimizer
        rate = learning_rate_of(optimizer)
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            return np.array([float(rate(step + i)) for i in range(n_steps)], dtype=np.float32)
        return np.full(n_steps, float(to_numpy(optimizer.learning_rate)), np.float32)

    def _predict(self, state: TrainState, rows: np.ndarray) -> np.ndarray:
        weights = [*self.program.variables_of(state.theta), *state.rest]
        predict = partial(self.program.forward.predict, weights)
        return predict_in_chunks(predict, self.table.inputs, len(rows), rows, self.chunk)

    def _store(self, state: TrainState) -> None:
        """Set the weights of the network."""
        for variable, value in zip(
            self.model.trainable_variables, self.program.variables_of(state.theta), strict=True
        ):
            variable.assign(value)
        for variable, value in zip(self.model.non_trainable_variables, state.rest, strict=True):
            variable.assign(value)

    def _call_hooks(self, state: TrainState, name: str, *arguments: Any) -> TrainState:
        """Call the callbacks; returns a new state if they have changed the network's weights."""
        if not self.hooks:
            return state
        variables = self.model.trainable_variables, self.model.non_trainable_variables
        before = [flatten(of_kind) for of_kind in variables]
        getattr(self.hooks, name)(*arguments)
        after = [flatten(of_kind) for of_kind in variables]
        if all(map(partial(np.array_equal, equal_nan=True), before, after)):
            return state
        return replace(state, theta=ops.convert_to_tensor(after[0]), rest=tensors_of(variables[1]))
