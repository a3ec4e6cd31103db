"""Training by Keras's own ``fit``: slower, and takes every optimizer and callback."""

from typing import Any

import keras
import numpy as np

from skmultiinput._training.early_stopping import EarlyStopping
from skmultiinput._training.forward import raw_model
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.optimizers import exclude_from_decay
from skmultiinput._training.prediction import Predictor
from skmultiinput._training.schedule import Schedule, check_finite
from skmultiinput._training.table import SplitTable, Table
from skmultiinput._training.validation import Validation

# The loss in the unit of the target, beside the one that is minimised.
_RECORDED = "recorded_loss"


class _Objective(keras.losses.Loss):
    """A `RowLoss` in the form that Keras's own ``fit`` takes."""

    def __init__(self, loss: RowLoss, scale: np.ndarray | None) -> None:
        super().__init__()
        self.row_loss, self.scale = loss, scale

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.row_loss.objective(y_true, y_pred, self.scale)


class _Batches(keras.utils.PyDataset):
    """The batches of the compiled loop, for Keras's own ``fit``: in a new order each epoch."""

    def __init__(self, split: SplitTable, schedule: Schedule) -> None:
        super().__init__()
        self.table, self.rows, self.schedule = split.table, split.training, schedule
        self.order = self.rows

    def __len__(self) -> int:
        return 1 + (len(self.rows) - 1) // self.schedule.batch_size

    def __getitem__(self, index: int) -> tuple:
        start = index * self.schedule.batch_size
        return self.table.part(self.order[start : start + self.schedule.batch_size])

    def draw(self, epoch: int) -> None:
        """Draw the order of an epoch; Keras calls its own hooks more often than once in each."""
        self.order = self.schedule.order(self.rows, epoch)


class _Epochs(keras.callbacks.Callback):
    """Shuffles before each epoch; after it completes the logs, and decides when to stop."""

    def __init__(self, network: keras.Model, batches: _Batches, validation: Validation) -> None:
        super().__init__()
        self.network, self.batches, self.validation = network, batches, validation
        self.stopping = EarlyStopping(batches.schedule.patience)
        self.predictor = Predictor(None)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.batches.draw(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        if _RECORDED in logs:
            logs["loss"] = logs.pop(_RECORDED)
        logs.pop(f"val_{_RECORDED}", None)
        check_finite(logs, epoch)
        score, recorded = self.validation.evaluate(self._predict)
        logs.update(recorded)
        if score is not None and self.stopping.patience is not None:
            self.stopping.update(score, self.network.get_weights)
            if self.stopping.is_over:
                self.model.stop_training = True

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        table: Table = self.validation.split.table
        inputs, _, _ = table.part(rows)
        return self.predictor(self.network, inputs, len(rows))


def fit_with_keras(
    model: keras.Model,
    validation: Validation,
    optimizer: keras.optimizers.Optimizer,
    schedule: Schedule,
) -> dict[str, list]:
    """Train by Keras's own ``fit``, and return the history."""
    raw, split, loss = raw_model(model), validation.split, validation.loss
    exclude_from_decay(optimizer)
    recorded = None
    if validation.scale is not None:
        recorded = [
            keras.metrics.MeanMetricWrapper(
                lambda y, raw: loss.recorded(y, raw, validation.scale), name=_RECORDED
            )
        ]
    objective = _Objective(loss, validation.scale)
    raw.compile(optimizer=optimizer, loss=objective, weighted_metrics=recorded, jit_compile=False)
    batches = _Batches(split, schedule)
    # Before the others, which may look at the metrics.
    epochs = _Epochs(model, batches, validation)
    history = raw.fit(
        batches,
        epochs=schedule.initial_epoch + schedule.epochs,
        initial_epoch=schedule.initial_epoch,
        callbacks=[epochs, *schedule.callbacks],
        shuffle=False,
        verbose=schedule.verbose,
    )
    if epochs.stopping.best is not None:
        model.set_weights(epochs.stopping.best)
    return dict(history.history)
