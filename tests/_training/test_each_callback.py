"""Each callback of Keras, in the compiled loop and in Keras's own: the same end and record."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import keras
import numpy as np
import pandas as pd
import pytest
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier
from skmultiinput._training.loop import needs_batches

X, Y = small_table()
VALIDATION = small_table(60, seed=1)
PLAIN = {**SMALL, "epochs": 4, "weight_averaging": 0.0, "n_iter_no_change": 50}


class EachBatch(keras.callbacks.Callback):
    """Does nothing after each batch, for which Keras has to run the epochs itself."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def fit(*callbacks, **params):
    model = MultiInputClassifier(**{**PLAIN, "callbacks": list(callbacks), **params})
    return model.fit(X, Y, X_val=VALIDATION[0], y_val=VALIDATION[1])


def weights(model):
    return np.concatenate([v.numpy().ravel() for v in model.model_.trainable_variables])


def same_in_both_loops(make, **params):
    """Fit in each loop with new callbacks; return the model of the compiled loop."""
    ours, kerass = fit(make(), **params), fit(make(), EachBatch(), **params)
    assert set(ours.history_) == set(kerass.history_)
    for name, values in kerass.history_.items():
        np.testing.assert_allclose(ours.history_[name], values, rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(weights(ours), weights(kerass), rtol=1e-3, atol=1e-5)
    return ours


def test_the_compiled_loop_is_what_is_compared():
    assert needs_batches([EachBatch()])
    compiled = [
        keras.callbacks.EarlyStopping(),
        keras.callbacks.ModelCheckpoint("a.keras"),
        keras.callbacks.ReduceLROnPlateau(),
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        keras.callbacks.CSVLogger("a.csv"),
        keras.callbacks.LambdaCallback(on_epoch_end=print),
        keras.callbacks.RemoteMonitor(),
        keras.callbacks.History(),
    ]
    assert not any(needs_batches([callback]) for callback in compiled)
    by_keras = [
        keras.callbacks.BackupAndRestore("backup"),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.ProgbarLogger(),
        keras.callbacks.TensorBoard("logs"),
        keras.callbacks.LambdaCallback(on_train_batch_end=print),
        keras.callbacks.ModelCheckpoint("a.keras", save_freq=3),
    ]
    assert all(needs_batches([callback]) for callback in by_keras)


@pytest.mark.parametrize("restore", [False, True])
@pytest.mark.parametrize("monitor", ["loss", "val_loss"])
def test_early_stopping(restore, monitor):
    model = same_in_both_loops(
        lambda: keras.callbacks.EarlyStopping(
            monitor, mode="max", patience=1, restore_best_weights=restore
        ),
        early_stopping=False,
    )
    assert model.n_iter_ == 2
    first = fit(epochs=1, early_stopping=False)
    assert np.allclose(weights(model), weights(first), rtol=1e-4, atol=1e-6) == restore


@pytest.mark.parametrize("more", [(), (EachBatch,)], ids=["compiled", "Keras"])
def test_a_fit_that_goes_on_is_not_stopped_by_the_one_before(more):
    stop = keras.callbacks.EarlyStopping("loss", mode="max", patience=2)
    model = fit(stop, *(kind() for kind in more), warm_start=True, early_stopping=False)
    assert model.n_iter_ == 3
    model.fit(X, Y)
    assert model.n_iter_ == 6


@pytest.mark.parametrize("whole", [False, True], ids=["weights", "model"])
def test_model_checkpoint(tmp_path, whole):
    ending = ".keras" if whole else ".weights.h5"
    path = tmp_path / ("{epoch:02d}-{val_loss:.3f}" + ending)
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=not whole)
    model = fit(checkpoint) if whole else same_in_both_loops(lambda: checkpoint)
    files = sorted(tmp_path.iterdir())
    losses = [f"{n:02d}-{v:.3f}{ending}" for n, v in enumerate(model.history_["val_loss"], 1)]
    assert [file.name for file in files] == losses
    for epochs, file in enumerate(files, 1):
        at_once = fit(epochs=epochs, early_stopping=False)
        if whole:
            restored = keras.models.load_model(file)
        else:
            restored = keras.models.clone_model(at_once.model_)
            restored.load_weights(file)
        for found, expected in zip(
            restored.get_weights(), at_once.model_.get_weights(), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_reduce_lr_on_plateau():
    model = same_in_both_loops(
        lambda: keras.callbacks.ReduceLROnPlateau(
            "val_loss", factor=0.5, patience=1, min_delta=100, cooldown=0
        )
    )
    np.testing.assert_allclose(model.history_["learning_rate"], [2e-3, 2e-3, 1e-3, 5e-4])


def test_learning_rate_scheduler():
    def halved(epoch, rate):
        return rate / 2 if epoch else rate

    model = same_in_both_loops(lambda: keras.callbacks.LearningRateScheduler(halved))
    np.testing.assert_allclose(model.history_["learning_rate"], [2e-3, 1e-3, 5e-4, 2.5e-4])


def test_backup_and_restore(tmp_path):
    """Keras restores the weights, but neither Adam's moments nor the seeds of dropout."""

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    class Dies(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise InterruptedError

    plain = {"optimizer": "sgd", "learning_rate": 0.1, "dropout": 0.0, "early_stopping": False}
    with pytest.raises(InterruptedError):
        fit(backup(), Dies(), **plain)
    resumed, whole = fit(backup(), **plain), fit(EachBatch(), **plain)
    assert len(resumed.history_["loss"]) == 2
    np.testing.assert_allclose(resumed.history_["loss"], whole.history_["loss"][2:], rtol=1e-3)
    assert resumed.history_["loss"][0] < whole.history_["loss"][1]
    assert not (tmp_path / "backup" / "latest.weights.h5").exists()


def test_csv_logger(tmp_path):
    model = same_in_both_loops(
        lambda: keras.callbacks.CSVLogger(tmp_path / "log.csv", separator=";", append=True)
    )
    table = pd.read_csv(tmp_path / "log.csv", sep=";")
    assert table["epoch"].tolist() == [0, 1, 2, 3] * 2  # of both loops, which append
    np.testing.assert_allclose(table["val_loss"][:4], model.history_["val_loss"], rtol=1e-6)


def test_tensor_board(tmp_path):
    pytest.importorskip("tensorboard", reason="the callback needs it")
    model = same_in_both_loops(lambda: keras.callbacks.TensorBoard(tmp_path / "logs"))
    assert {"loss", "val_loss"} <= set(model.history_)
    assert any(path.stat().st_size for path in (tmp_path / "logs" / "train").iterdir())


def test_terminate_on_nan():
    """Keras would end with weights that are NaN; here a fit that diverges is an error."""
    with pytest.raises(FloatingPointError, match="diverged"):
        fit(
            keras.callbacks.TerminateOnNaN(),
            optimizer="sgd",
            learning_rate=1e30,
            optimizer__clipvalue=1e30,
        )


def test_lambda_callback():
    calls = []

    def make():
        calls.append([])
        record = calls[-1].append
        return keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: record("train begins"),
            on_epoch_begin=lambda epoch, logs: record(f"epoch {epoch} begins"),
            on_epoch_end=lambda epoch, logs: record((epoch, sorted(logs))),
            on_train_end=lambda logs: record(("train ends", "loss" in logs)),
        )

    same_in_both_loops(make, epochs=2)
    assert calls[0] == calls[1]
    assert calls[0][:3] == ["train begins", "epoch 0 begins", (0, ["loss", "val_loss"])]


class Receiver(BaseHTTPRequestHandler):
    received: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_remote_monitor():
    pytest.importorskip("requests", reason="the callback needs it")
    Receiver.received.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{server.server_port}"
        try:
            model = same_in_both_loops(
                lambda: keras.callbacks.RemoteMonitor(root, send_as_json=True), epochs=2
            )
        finally:
            server.shutdown()
            thread.join()
    assert [entry["epoch"] for entry in Receiver.received] == [0, 1, 0, 1]
    sent = [entry["val_loss"] for entry in Receiver.received[:2]]
    np.testing.assert_allclose(sent, model.history_["val_loss"], rtol=1e-6)


def test_progbar_logger(capsys):
    same_in_both_loops(keras.callbacks.ProgbarLogger, verbose=1)
    shown = capsys.readouterr().out
    assert "Epoch 4/4" in shown
    assert "4/4" in shown.rpartition("Epoch 4/4")[2]


def test_swap_ema_weights():
    options = {"optimizer": keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)}
    model = same_in_both_loops(
        lambda: keras.callbacks.SwapEMAWeights(swap_on_epoch=True), **options, early_stopping=False
    )
    plain = fit(optimizer=keras.optimizers.Adam(0.01), early_stopping=False)
    assert np.abs(weights(model) - weights(plain)).max() > 1e-4


def test_history_and_callback_list():
    expected = fit()
    model = same_in_both_loops(keras.callbacks.History)
    assert list(model.history_) == list(expected.history_)
    stop = keras.callbacks.EarlyStopping("loss", mode="max", patience=1)
    together = keras.callbacks.CallbackList([stop, keras.callbacks.History()])
    assert fit(callbacks=together, early_stopping=False).n_iter_ == 2
    assert fit(together, early_stopping=False).n_iter_ == 2


def test_what_callbacks_are_told_of_the_training():
    class Facts(keras.callbacks.Callback):
        seen: list = []

        def on_train_begin(self, logs=None):
            self.seen.append({name: self.params[name] for name in ("epochs", "steps", "verbose")})
            self.seen[-1]["optimizer"] = type(self.model.optimizer).__name__

    Facts.seen.clear()
    same_in_both_loops(Facts)
    assert Facts.seen[0] == Facts.seen[1]
    assert Facts.seen[0] == {"epochs": 4, "steps": 4, "verbose": 0, "optimizer": "AdamW"}
