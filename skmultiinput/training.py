"""Train a network: epochs, validation, early stopping, callbacks."""

from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import learning_rate_of
from skmultiinput.optimizers import rule_of
from skmultiinput.program import Forward, Program, State, flatten, pooled, raw_model, to_numpy

# Rows per call when no gradient is needed: large enough to be fast, small enough for any memory.
CHUNK = 8192
# One XLA program per epoch pays from so many steps, up to so many products of weights per step.
XLA_STEPS = 400
XLA_PRODUCTS = 20_000_000


@dataclass
class Schedule:
    """How long and in which steps a network is trained.

    Attributes
    ----------
    batch_size : int
    epochs : int
        The most epochs.
    patience : int or None
        Epochs without a lower validation loss after which training stops and the best weights
        are restored; None trains all epochs.
    rate : callable, optional
        ``rate(step, n_steps_per_epoch)`` -> factor on the learning rate.
    seed : int
        Of the order of the rows.
    initial_epoch : int
        Number of epochs trained before.
    verbose : int
        1 prints a line per epoch.
    xla : bool or "auto"
        Whether the epoch is one XLA program.
    callbacks : list of keras.callbacks.Callback
    metrics : list of (str, keras.metrics.Metric)
        Recorded after each epoch under these names.
    classes : ndarray of shape (n_training_rows,), optional
        Class codes of the training rows: every epoch then draws as many rows of each class.
    """

    batch_size: int = 256
    epochs: int = 100
    patience: int | None = None
    seed: int = 0
    initial_epoch: int = 0
    verbose: int = 0
    xla: bool | str = "auto"
    callbacks: list = field(default_factory=list)
    metrics: list = field(default_factory=list)
    classes: np.ndarray | None = None


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
    rule = rule_of(optimizer)
    if rule is None or keras.backend.backend() == "torch" or _needs_batches(schedule.callbacks):
        return _fit_with_keras(model, table, rows, validation_rows, loss, optimizer, schedule), None
    xla = _use_xla(schedule, model, len(rows))
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


def forward_of(model, key):
    """Return the compiled forward pass of a network.

    Parameters
    ----------
    model : keras.Model
    key : hashable, optional
        What is built into its graph; networks with equal keys share the compiled pass.

    Returns
    -------
    Forward
    """
    if key is None:
        return Forward(model)
    # A pooled graph outlives this network, and the user may change the network.
    return pooled((key, keras.config.floatx()), lambda: Forward(keras.models.clone_model(model)))


class Predictor:
    """Predicts with a network by its compiled forward pass.

    Parameters
    ----------
    key : hashable, optional
        What is built into the graph of the network.
    """

    def __init__(self, key):
        self.key = key
        self._bound = None

    def __call__(self, model, inputs, n_rows):
        """Predict ``n_rows`` rows of `inputs`, an ndarray (n_rows, n_outputs)."""
        if self._bound is None or self._bound[0] is not model:
            raw = raw_model(model)
            forward = forward_of(model, self.key)
            self._bound = (model, forward, raw.trainable_variables, raw.non_trainable_variables)
        _, forward, trainable, rest = self._bound
        weights = [ops.convert_to_tensor(v) for v in trainable]
        rest = [ops.convert_to_tensor(v) for v in rest]
        return predict_in_chunks(forward, weights, rest, inputs, n_rows)

    def __getstate__(self):
        return {"key": self.key, "_bound": None}


def _use_xla(schedule, model, n_rows):
    """Decide from the fit's own figures, so that equal fits take equal ways.

    Compiling costs a second or two, and XLA's matrix products are slower than the plain ones: it
    pays where there are many steps and each is small.
    """
    if schedule.xla != "auto":
        return bool(schedule.xla)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        return False  # the rows that fill up the last batch would count in its statistics
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
        self.on_device = program.upload(table)
        self.rng = np.random.default_rng(schedule.seed)
        self.optimizer = optimizer
        self.history: dict[str, list] = {}
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
            order = self._order()
            state, loss = self.program.run_epoch(
                state, self.on_device, self._padded(order), len(order), self._rates(state.step)
            )
            logs = {"loss": loss, **self._evaluate(state)}
            self._check(logs, epoch)
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            if schedule.verbose:
                figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
                print(f"Epoch {epoch + 1}/{schedule.initial_epoch + schedule.epochs} - {figures}")  # noqa: T201 - asked for by verbose
            state = self._after_epoch(state, epoch, logs)
            if self.hooks and self.model.stop_training:
                break
            if schedule.patience is None or "val_loss" not in logs:
                continue
            if logs["val_loss"] < best_loss:
                best, best_loss, waited = state, logs["val_loss"], 0
            else:
                waited += 1
                if waited >= schedule.patience:
                    break
        state = best or state
        self._store(state)
        self._call_hooks("on_train_end")
        return self.history, state

    def _order(self):
        """Draw the order of the rows in this epoch."""
        if self.schedule.classes is None:
            return self.rng.permutation(self.rows)
        groups = [self.rows[self.schedule.classes == c] for c in np.unique(self.schedule.classes)]
        share = -(-len(self.rows) // len(groups))
        # Each class in turn, from random rounds over its rows: every batch holds all classes.
        drawn = [
            np.concatenate([self.rng.permutation(g) for _ in range(-(-share // len(g)))])[:share]
            for g in groups
        ]
        return np.column_stack(drawn).ravel()[: len(self.rows)]

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
            for name, metric in self.schedule.metrics:
                metric.reset_state()
                metric.update_state(y, prediction, weight)
                logs[prefix + name] = float(metric.result())
        return logs

    def _predict(self, state, rows):
        variables = self.program.unflatten(state.theta)
        inputs = {name: values[rows] for name, values in self.table.inputs.items()}
        return predict_in_chunks(self.program.forward, variables, state.rest, inputs, len(rows))

    def _check(self, logs, epoch):
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The training loss is {logs['loss']} after epoch {epoch + 1}: training diverged. "
                "Try a lower learning_rate, scaled inputs (make_preprocessor() does it), or a "
                "smaller gradient norm, e.g. optimizer__global_clipnorm=0.5."
            )

    def _after_epoch(self, state, epoch, logs):
        """Let callbacks see and change the network."""
        if not self.hooks:
            return state
        self._store(state)
        self.hooks.on_epoch_end(epoch, logs)
        theta = ops.convert_to_tensor(flatten(self.model.trainable_variables))
        return State(theta, state.slots, state.rest, state.step)

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


def predict_in_chunks(forward, variables, rest, inputs, n_rows):
    """Predictions of any number of rows in bounded memory.

    Parameters
    ----------
    forward : Forward
    variables, rest : list of tensor
        The trainable and the other weights.
    inputs : dict of {str: ndarray}
    n_rows : int

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
    """
    parts = [
        forward.predict(
            variables, rest, {name: values[i : i + CHUNK] for name, values in inputs.items()}
        )
        for i in range(0, max(n_rows, 1), CHUNK)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _rest_variables(model):
    return raw_model(model).non_trainable_variables


def _rest(model):
    return [ops.convert_to_tensor(v) for v in _rest_variables(model)]


def _needs_batches(callbacks):
    """Whether a callback wants to be called in the middle of an epoch."""
    base = keras.callbacks.Callback
    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(base, name)
        and getattr(callback, "save_freq", None) != "epoch"
        for callback in callbacks
        for name in names
    )


class _KerasLoss(keras.losses.Loss):
    """A `RowLoss` in the form Keras's own ``fit`` takes."""

    def __init__(self, loss):
        super().__init__()
        self.row_loss = loss

    def call(self, y_true, y_pred):
        return self.row_loss.of_raw(y_true, y_pred)


def _fit_with_keras(model, table, rows, validation_rows, loss, optimizer, schedule):
    """Train by Keras's own ``fit``: slower, and takes every optimizer and callback."""
    raw = raw_model(model)
    raw.compile(optimizer=optimizer, loss=_KerasLoss(loss), jit_compile=False)
    callbacks = list(schedule.callbacks)
    if schedule.patience is not None and len(validation_rows):
        callbacks.append(
            keras.callbacks.EarlyStopping(
                "val_loss", patience=schedule.patience, restore_best_weights=True
            )
        )

    def part(selected):
        inputs = {name: values[selected] for name, values in table.inputs.items()}
        return inputs, table.y[selected], table.weight[selected]

    x, y, weight = part(np.random.default_rng(schedule.seed).permutation(rows))
    history = raw.fit(
        x,
        y,
        sample_weight=weight,
        batch_size=schedule.batch_size,
        epochs=schedule.initial_epoch + schedule.epochs,
        initial_epoch=schedule.initial_epoch,
        validation_data=part(validation_rows) if len(validation_rows) else None,
        callbacks=callbacks,
        shuffle=False,
        verbose=schedule.verbose,
    )
    return dict(history.history)
