"""Train a network: epochs, validation, early stopping, callbacks."""

from functools import partial

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import learning_rate_of
from skmultiinput._keras.backend import tensors_of, to_numpy
from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.token_layers import TfidfEmbedding
from skmultiinput._training.compile_cache import pooled
from skmultiinput._training.epochs import check_finite, draw_order, measure
from skmultiinput._training.keras_loop import fit_with_keras, needs_batches
from skmultiinput._training.optimizers import rule_of
from skmultiinput._training.prediction import forward_of, predict_in_chunks
from skmultiinput._training.program import Program, State, flatten, raw_model

# One XLA program per epoch pays from so many steps, up to so many products of weights per step.
XLA_STEPS = 400
XLA_PRODUCTS = 500_000_000
# Up to this size of the inputs, in bytes.
XLA_BYTES = 2**26
# Layers that XLA makes slower on a processor: on two cores a step with texts takes 21 ms instead
# of 6, with convolutions over histories 68 instead of 9, over pictures 15 instead of 3.
_SLOW_UNDER_XLA = (TfidfEmbedding, TokenEmbedding, keras.layers.Conv1D, keras.layers.Conv2D)


def train(model, table, rows, validation_rows, *, loss, optimizer, schedule, key=None, state=None):
    """Train a network in place.

    Parameters
    ----------
    model : keras.Model
        A functional model whose inputs are a dict; its weights are set to the trained ones.
    table : Table
        All rows, those for validation included.
    rows, validation_rows : ndarray of int
        Which rows to train on and which to validate on; the latter may be empty.
    loss : RowLoss
    optimizer : keras.optimizers.Optimizer
        Its configuration is used. One that `rule_of` has no rule for is used itself, by Keras.
    schedule : Schedule
    key : hashable, optional
        What is built into the graph of `model`; networks with equal keys share compiled code.
    state : State, optional
        Where to go on; a new start where it is not given.

    Returns
    -------
    history : dict of {str: list of float}
        ``loss`` and, with validation rows, ``val_loss`` per epoch, and the metrics.
    state : State or None
        For the next call; None where Keras did the training.

    Raises
    ------
    FloatingPointError
        If the loss is not finite; it says after which epoch and what to try.
    """
    _check_loss(loss, model, table)
    rule = rule_of(optimizer)
    if rule is None or keras.backend.backend() == "torch" or needs_batches(schedule.callbacks):
        return fit_with_keras(model, table, rows, validation_rows, loss, optimizer, schedule), None
    xla = use_xla(schedule, model, table, len(rows))
    forward = forward_of(model, key)
    program = pooled(
        key and (key, loss, rule, schedule.batch_size, xla, keras.config.floatx()),
        lambda: Program(forward, loss, rule, schedule.batch_size, xla=xla),
    )
    if state is None:
        theta = ops.convert_to_tensor(flatten(model.trainable_variables))
        state = State(theta, [ops.zeros_like(theta)] * rule.n_slots, _rest(model))
    run = _Run(model, program, table, rows, validation_rows, loss, optimizer, schedule)
    return run.epochs(state)


def _check_loss(loss, model, table):
    """Call a user's loss once, where its errors are readable: outside of compiled code."""
    if not isinstance(loss.loss, str):
        y = table.y[:2]
        loss.of_prediction(y, np.full((len(y), model.outputs[0].shape[-1]), 0.5, np.float32))


def use_xla(schedule, model, table, n_rows):
    """Decide from the fit's own figures, so that equal fits take equal ways.

    Compiling costs a second or two: it pays where there are many steps. It also copies the table,
    twice for a while.

    Parameters
    ----------
    schedule : Schedule
    model : keras.Model
    table : Table
    n_rows : int
        Number of training rows.

    Returns
    -------
    bool
        Whether an epoch is to be one XLA program.
    """
    if schedule.xla != "auto":
        return bool(schedule.xla)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        return False  # the rows that fill up the last batch would count in its statistics
    if any(isinstance(layer, _SLOW_UNDER_XLA) for layer in model.layers):
        return False
    if sum(values.nbytes for values in table.inputs.values()) > XLA_BYTES:
        return False
    n_steps = schedule.epochs * -(-n_rows // schedule.batch_size)
    n_members = next((layer.n_members for layer in model.layers if hasattr(layer, "n_members")), 1)
    n_weights = sum(int(np.prod(v.shape)) for v in model.trainable_variables if len(v.shape) == 2)
    products = schedule.batch_size * n_members * n_weights
    return n_steps >= XLA_STEPS and products <= XLA_PRODUCTS


class _Run:
    """One training run: what stays the same over its epochs."""

    def __init__(self, model, program, table, rows, validation_rows, loss, optimizer, schedule):
        self.model, self.program, self.loss, self.schedule = model, program, loss, schedule
        self.rows, self.validation_rows = rows, validation_rows
        self.table = table
        self.on_device = program.upload(table, rows)
        self.optimizer = optimizer
        self.history: dict[str, list] = {}
        self.mean, self.n_averaged = None, 0
        self.hooks = None
        if schedule.callbacks:
            if not model.compiled:
                model.compile(optimizer=optimizer, loss=loss.loss)
            self.hooks = keras.callbacks.CallbackList(
                schedule.callbacks, model=model, epochs=schedule.epochs, verbose=schedule.verbose
            )

    def epochs(self, state):
        """Train until the epochs or the patience are used up."""
        schedule, best, best_loss, waited = self.schedule, None, np.inf, 0
        self._call_hooks("on_train_begin")
        for epoch in range(schedule.initial_epoch, schedule.initial_epoch + schedule.epochs):
            self._call_hooks("on_epoch_begin", epoch)
            # Of each epoch's own, so that training that goes on draws what it would have drawn.
            rng = np.random.default_rng([schedule.seed, epoch])
            order = draw_order(np.arange(len(self.rows)), schedule.classes, rng)
            state, loss = self.program.run_epoch(
                state, self.on_device, self._padded(order), len(order), self._rates(state.step)
            )
            shown, logs = self._judge(state)
            logs = {"loss": loss, **logs}
            check_finite(logs, epoch)
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            if schedule.verbose:
                figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
                print(f"Epoch {epoch + 1}/{schedule.initial_epoch + schedule.epochs} - {figures}")  # noqa: T201 - asked for by verbose
            state, shown = self._after_epoch(state, shown, epoch, logs)
            if self.hooks and self.model.stop_training:
                break
            if schedule.patience is None or "val_loss" not in logs:
                continue
            if logs["val_loss"] < best_loss:
                best, best_loss, waited = shown, logs["val_loss"], 0
            else:
                waited += 1
                if waited >= schedule.patience:
                    break
        state = best or state
        self._store(state)
        self._call_hooks("on_train_end")
        return self.history, state

    def _judge(self, state):
        """Evaluate the weights and their running mean; returns the better of the two states."""
        logs = self._evaluate(state)
        if (
            not self.schedule.weight_averaging
            or self.schedule.patience is None
            or "val_loss" not in logs
        ):
            return state, logs
        # A plain mean at first: no epoch counts more than the ones after it.
        self.n_averaged += 1
        keep = min(self.schedule.weight_averaging, 1 - 1 / self.n_averaged)
        theta = state.theta
        self.mean = theta if self.mean is None else keep * self.mean + (1 - keep) * theta
        averaged = State(self.mean, state.slots, state.rest, state.step)
        logs_of_mean = self._evaluate(averaged)
        better = logs_of_mean["val_loss"] < logs["val_loss"]
        return (averaged, logs_of_mean) if better else (state, logs)

    def _padded(self, order):
        """Fill the order up to whole batches with rows from its start, which weigh nothing."""
        length = self.program.n_orders(len(order)) * self.program.batch_size
        return np.resize(order, length)

    def _rates(self, step):
        n_steps = self.program.n_orders(len(self.rows))
        optimizer = self.model.optimizer if self.hooks else self.optimizer
        rate = learning_rate_of(optimizer)
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            return np.array([float(rate(step + i)) for i in range(n_steps)], dtype=np.float32)
        return np.full(n_steps, float(to_numpy(optimizer.learning_rate)), np.float32)

    def _evaluate(self, state):
        logs = {}
        sets = {"val_": self.validation_rows} if len(self.validation_rows) else {}
        if self.schedule.metrics:
            sets = {"": self.rows, **sets}
        for prefix, rows in sets.items():
            prediction = self._predict(state, rows)
            y, weight = self.table.y[rows], self.table.weight[rows]
            if prefix:
                values = to_numpy(self.loss.of_prediction(y, prediction))
                logs["val_loss"] = float(np.average(values, weights=weight))
            logs |= measure(self.schedule.metrics, y, prediction, weight, prefix)
        return logs

    def _predict(self, state, rows):
        weights = [*self.program.unflatten(state.theta), *state.rest]
        predict = partial(self.program.forward.predict, weights)
        return predict_in_chunks(predict, self.table.inputs, len(rows), rows)

    def _after_epoch(self, state, shown, epoch, logs):
        """Let callbacks see the weights that were judged, and change them; go on from theirs."""
        if not self.hooks:
            return state, shown
        self._store(shown)
        before = flatten(self.model.trainable_variables)
        self.hooks.on_epoch_end(epoch, logs)
        after = flatten(self.model.trainable_variables)
        if np.array_equal(before, after, equal_nan=True):
            return state, shown
        self.mean, self.n_averaged = None, 0
        state = State(ops.convert_to_tensor(after), state.slots, state.rest, state.step)
        return state, state

    def _store(self, state):
        for variable, value in zip(
            self.model.trainable_variables, self.program.unflatten(state.theta), strict=True
        ):
            variable.assign(value)
        for variable, value in zip(_rest_variables(self.model), state.rest, strict=True):
            variable.assign(value)

    def _call_hooks(self, name, *arguments):
        if self.hooks:
            getattr(self.hooks, name)(*arguments)


def _rest_variables(model):
    return raw_model(model).non_trainable_variables


def _rest(model):
    return tensors_of(_rest_variables(model))
