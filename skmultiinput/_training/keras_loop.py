"""Training by Keras's own ``fit``: slower, and takes every optimizer and callback."""

import keras
import numpy as np

from skmultiinput._training.epochs import check_finite, draw_order, measure
from skmultiinput._training.prediction import Predictor
from skmultiinput._training.program import raw_model


def needs_batches(callbacks):
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


class _Batches(keras.utils.PyDataset):
    """The batches of `_Run`, for Keras's own ``fit``: in a new order each epoch."""

    def __init__(self, table, rows, schedule):
        super().__init__()
        self.table, self.rows, self.schedule = table, rows, schedule
        self.order = rows

    def __len__(self):
        return 1 + (len(self.rows) - 1) // self.schedule.batch_size

    def __getitem__(self, index):
        start = index * self.schedule.batch_size
        return _part(self.table, self.order[start : start + self.schedule.batch_size])

    def draw(self, epoch):
        """Draw the order of an epoch; Keras calls its own hooks more often than once in each."""
        rng = np.random.default_rng([self.schedule.seed, epoch])
        self.order = draw_order(self.rows, self.schedule.classes, rng)


class _Epochs(keras.callbacks.Callback):
    """Shuffles before each epoch; after it adds the metrics to the logs, and stops at NaN."""

    def __init__(self, network, batches, sets, metrics):
        super().__init__()
        self.network, self.batches, self.table = network, batches, batches.table
        self.sets, self.metrics = sets, metrics
        self.predict = Predictor(None)

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.draw(epoch)

    def on_epoch_end(self, epoch, logs=None):
        check_finite(logs, epoch)
        for prefix, rows in self.sets.items() if self.metrics else ():
            inputs, y, weight = _part(self.table, rows)
            prediction = self.predict(self.network, inputs, len(rows))
            logs.update(measure(self.metrics, y, prediction, weight, prefix))


def _part(table, rows):
    return (
        {n: values[rows] for n, values in table.inputs.items()},
        table.y[rows],
        table.weight[rows],
    )


def fit_with_keras(model, table, rows, validation_rows, loss, optimizer, schedule):
    """Train by Keras's own ``fit``: slower, and takes every optimizer and callback."""
    raw = raw_model(model)
    raw.compile(optimizer=optimizer, loss=_KerasLoss(loss), jit_compile=False)
    sets = {"": rows, "val_": validation_rows} if len(validation_rows) else {"": rows}
    batches = _Batches(table, rows, schedule)
    # Before the others, which may look at the metrics.
    callbacks = [_Epochs(model, batches, sets, schedule.metrics), *schedule.callbacks]
    if schedule.patience is not None and len(validation_rows):
        callbacks.append(
            keras.callbacks.EarlyStopping(
                "val_loss", patience=schedule.patience, restore_best_weights=True
            )
        )
    history = raw.fit(
        batches,
        epochs=schedule.initial_epoch + schedule.epochs,
        initial_epoch=schedule.initial_epoch,
        validation_data=_part(table, validation_rows) if len(validation_rows) else None,
        callbacks=callbacks,
        shuffle=False,
        verbose=schedule.verbose,
    )
    return dict(history.history)
