"""Training by Keras's own ``fit``: slower, and takes every optimizer and callback."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from skmultiinput._compat import dismantle
from skmultiinput._keras.backend import traced_graph
from skmultiinput._training.early_stopping import EarlyStopping
from skmultiinput._training.forward import raw_model
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.prediction import Predictor
from skmultiinput._training.schedule import Schedule, check_finite
from skmultiinput._training.table import OutputTargets, SplitTable, Table
from skmultiinput._training.validation import Validation

# The loss in the unit of the target, beside the one that is minimised.
_RECORDED = "recorded_loss"


class _Objective(keras.losses.Loss):
    """A `RowLoss` in the form that Keras's own ``fit`` takes."""

    def __init__(self, loss: RowLoss, scale: np.ndarray | None) -> None:
        super().__init__()
        self.row_loss, self.scale = loss, scale
        self.graphs: list[Any] = []

    def call(self, y_true: Any, y_pred: Any) -> Any:
        graph = traced_graph()
        if graph is not None and graph not in self.graphs:
            self.graphs.append(graph)
        return self.row_loss.objective(y_true, y_pred, self.scale)


class _Batches(keras.utils.PyDataset):
    """The batches of the compiled loop, for Keras's own ``fit``: in a new order each epoch."""

    def __init__(self, table: Table, rows: np.ndarray, schedule: Schedule) -> None:
        super().__init__()
        self.table, self.rows, self.schedule = table, rows, schedule
        self.order = rows
        self.weighted = True

    def __len__(self) -> int:
        return 1 + (len(self.rows) - 1) // self.schedule.batch_size

    def __getitem__(self, index: int) -> tuple:
        start = index * self.schedule.batch_size
        rows = self.order[start : start + self.schedule.batch_size]
        inputs, y, weight = self.table.part(rows)
        if isinstance(y, OutputTargets):  # tf.data, which Keras uses, takes no lists
            y = tuple(y.arrays) if isinstance(y.arrays, list) else y.arrays
        return (inputs, y, weight) if self.weighted else (inputs, y)

    def release(self) -> None:
        """Drop the rows and the callbacks: TensorFlow never frees an object that yields batches."""
        for name in ("table", "rows", "order", "schedule"):
            setattr(self, name, None)

    def draw(self, epoch: int) -> None:
        """Draw the order of an epoch; Keras calls its own hooks more than once per epoch."""
        self.order = self.schedule.order(self.rows, epoch)


class _OnWholeNetwork(keras.callbacks.Callback):
    """Gives callbacks the network with its last activation, which Keras trains without.

    So a checkpoint of theirs predicts as the network does. Stands last, and passes on that they
    have stopped the training. Keras restores backups for the model that it trains itself.
    """

    def __init__(self, network: keras.Model, others: Sequence[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.network = network
        self.others = [x for x in others if not isinstance(x, keras.callbacks.BackupAndRestore)]

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self.network.stop_training = False
        for callback in self.others:
            callback.set_model(self.network)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.stop_training = self.model.stop_training or self.network.stop_training

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.on_train_batch_end(epoch)


class _Epochs(keras.callbacks.Callback):
    """Shuffles before each epoch, and decides after it when to stop.

    ``judge(epoch, logs)`` completes the logs of an epoch, and returns the loss that early stopping
    goes by, None without validation rows.
    """

    def __init__(
        self,
        network: keras.Model,
        batches: _Batches,
        judge: Callable[[int, dict[str, Any]], float | None],
    ) -> None:
        super().__init__()
        self.network, self.batches, self.judge = network, batches, judge
        self.stopping = EarlyStopping(batches.schedule.patience)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.batches.draw(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        score = self.judge(epoch, {} if logs is None else logs)
        if score is None or self.stopping.patience is None:
            return
        if self.stopping.update(score):
            self.stopping.best = self.network.get_weights()
        if self.stopping.is_over:
            self.model.stop_training = True


def _build(optimizer: keras.optimizers.Optimizer, model: keras.Model) -> None:
    """Make an optimizer's variables; in a training step TensorFlow would keep code for each."""
    if not optimizer.built:
        optimizer.build(model.trainable_variables)


def _fit(
    model: keras.Model,
    epochs: _Epochs,
    callbacks: Sequence[keras.callbacks.Callback],
    held_out: _Batches | None = None,
) -> dict[str, list]:
    """Train by Keras's ``fit``, with the best weights restored at the end; return the history."""
    batches, schedule = epochs.batches, epochs.batches.schedule
    try:
        history = model.fit(
            batches,
            epochs=schedule.initial_epoch + schedule.epochs,
            initial_epoch=schedule.initial_epoch,
            validation_data=held_out,
            # Before the others, which may look at the metrics.
            callbacks=[epochs, *callbacks],
            shuffle=False,
            verbose=schedule.verbose,
        )
    finally:
        batches.release()
        if held_out is not None:
            held_out.release()
    if epochs.stopping.best is not None:
        epochs.network.set_weights(epochs.stopping.best)
    return dict(history.history)


def fit_with_keras(
    model: keras.Model,
    validation: Validation,
    optimizer: keras.optimizers.Optimizer,
    schedule: Schedule,
) -> dict[str, list]:
    """Train by Keras's own ``fit``, and return the history."""
    raw, split, loss = raw_model(model), validation.split, validation.loss
    recorded = None
    if validation.scale is not None:
        recorded = [
            keras.metrics.MeanMetricWrapper(
                lambda y, raw: loss.recorded(y, raw, validation.scale), name=_RECORDED
            )
        ]
    objective = _Objective(loss, validation.scale)
    raw.compile(optimizer=optimizer, loss=objective, weighted_metrics=recorded, jit_compile=False)
    _build(optimizer, raw)
    predictor = Predictor(None)

    def predict(rows: np.ndarray) -> np.ndarray:
        inputs, _, _ = split.table.part(rows)
        return predictor(model, inputs, len(rows))

    def judge(epoch: int, logs: dict[str, Any]) -> float | None:
        if _RECORDED in logs:
            logs["loss"] = logs.pop(_RECORDED)
        check_finite(logs, epoch)
        score, evaluated = validation.evaluate(predict)
        logs.update(evaluated)
        return score

    epochs = _Epochs(model, _Batches(split.table, split.training, schedule), judge)
    callbacks = list(schedule.callbacks)
    if raw is not model and callbacks:
        callbacks.append(_OnWholeNetwork(model, schedule.callbacks))
    try:
        return _fit(raw, epochs, callbacks)
    finally:
        for graph in objective.graphs:
            dismantle(graph)


def fit_by_itself(model: keras.Model, split: SplitTable, schedule: Schedule) -> dict[str, list]:
    """Train a network that only Keras can train, as it was compiled; return what Keras records."""
    if type(model).train_step is keras.Model.train_step:  # else it may train other variables
        _build(model.optimizer, model)
    batches = _Batches(split.table, split.training, schedule)
    held_out = _Batches(split.table, split.validation, schedule) if len(split.validation) else None
    for part in (batches, held_out):
        if part is not None:  # training steps of one's own often take no weights
            part.weighted = not np.allclose(split.table.weight[part.rows], 1.0)

    def judge(epoch: int, logs: dict[str, Any]) -> float | None:
        check_finite({"loss": 0.0, **logs}, epoch)
        return logs.get("val_loss")

    return _fit(model, _Epochs(model, batches, judge), schedule.callbacks, held_out)
