"""Callbacks of Keras see and decide in the compiled loop what they do in Keras's own ``fit``."""

import keras
import numpy as np
import pytest
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier
from skmultiinput._training.loop import needs_batches

X, Y = small_table()
PLAIN = {**SMALL, "epochs": 4, "early_stopping": False}


def fit(*callbacks, **params):
    return MultiInputClassifier(**{**PLAIN, "callbacks": list(callbacks), **params}).fit(X, Y)


def weights(model):
    return np.concatenate([v.numpy().ravel() for v in model.model_.trainable_variables])


class Zero(keras.callbacks.Callback):
    """Sets all weights to zero at one of the hooks, once."""

    def __init__(self, hook):
        super().__init__()
        self.hook = hook

    def _zero(self):
        for variable in self.model.trainable_variables:
            variable.assign(variable * 0)

    def on_train_begin(self, logs=None):
        if self.hook == "train_begin":
            self._zero()

    def on_epoch_begin(self, epoch, logs=None):
        if self.hook == "epoch_begin":
            self._zero()

    def on_train_end(self, logs=None):
        if self.hook == "train_end":
            self._zero()


@pytest.mark.parametrize("hook", ["train_begin", "epoch_begin", "train_end"])
def test_weights_set_in_a_hook_count(hook):
    model = fit(Zero(hook), learning_rate=1e-12, weight_decay=0.0)
    assert np.abs(weights(model)).max() < 1e-6


def test_a_callback_that_stops_in_its_best_epoch_keeps_it():
    class StopAt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    stopped = fit(StopAt(), epochs=9, early_stopping=True, weight_averaging=0.0)
    whole = fit(epochs=3, early_stopping=True, n_iter_no_change=50, weight_averaging=0.0)
    assert stopped.n_iter_ == 3
    assert np.argmin(whole.history_["val_loss"]) == 2, "the last epoch has to be the best here"
    np.testing.assert_allclose(weights(stopped), weights(whole), rtol=1e-5, atol=1e-6)


def test_restored_weights_are_gone_on_from():
    stop = keras.callbacks.EarlyStopping(
        "loss", mode="max", patience=1, restore_best_weights=True, start_from_epoch=0
    )
    model = fit(stop, warm_start=True, epochs=6)
    np.testing.assert_array_equal(weights(model)[:5], model.fit_state_.training[0].theta[:5])
    theta = model.fit_state_.training[0].theta
    trained = np.concatenate([v.numpy().ravel() for v in model.model_.trainable_variables])
    np.testing.assert_array_equal(trained, theta)


@pytest.mark.parametrize("optimizer", ["adam", "ftrl"])
def test_the_learning_rate_is_recorded(optimizer):
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1))
    model = fit(schedule, optimizer=optimizer)
    rates = model.history_["learning_rate"]
    np.testing.assert_allclose(rates, [0.01 / (epoch + 1) for epoch in range(4)], rtol=1e-6)


def test_backups_are_restored(tmp_path):
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    assert needs_batches([backup])
    fit(backup, epochs=2)
    again = fit(backup, epochs=3)
    assert len(again.history_["loss"]) == 1  # two of three epochs were restored


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.EarlyStopping("val_auc", patience=1),
        keras.callbacks.ReduceLROnPlateau("val_auc", patience=1),
        keras.callbacks.EarlyStopping("val_accuracy", patience=1),
    ],
    ids=["stop-auc", "plateau-auc", "stop-accuracy"],
)
@pytest.mark.parametrize("optimizer", ["adam", "ftrl"], ids=["compiled", "Keras"])
def test_the_direction_of_metrics_is_known(callback, optimizer):
    metrics = {"auc": keras.metrics.AUC(), "accuracy": "accuracy"}
    fit(callback, metrics=metrics, early_stopping=True, optimizer=optimizer)


@pytest.mark.parametrize("optimizer", ["adam", "ftrl"], ids=["compiled", "Keras"])
def test_checkpoints_predict_as_the_network_does(tmp_path, optimizer):
    """Keras trains without the last activation, of which callbacks must not notice anything."""
    keep = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="val_auc", save_best_only=True
    )
    options = {"early_stopping": True, "epochs": 1, "optimizer": optimizer}
    model = fit(keep, metrics={"auc": keras.metrics.AUC()}, **options)
    restored = keras.models.load_model(tmp_path / "best.keras")
    predicted = restored.predict(model.column_groups_.split(X), verbose=0)
    np.testing.assert_allclose(predicted[:, 0], model.predict_proba(X)[:, 1], rtol=1e-5)


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end"])
def test_a_callback_of_each_batch_stops_the_training(hook):
    seen = []

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            self.model.stop_training = hook == "on_train_batch_end"

        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    assert fit(Stop()).n_iter_ == 1
    assert len(seen) == (1 if hook == "on_train_batch_end" else 4)
