"""`train` against Keras's own ``fit``, early stopping, callbacks."""

import keras
import numpy as np
import pytest
from keras import layers

from skmultiinput._layers.token_layers import TfidfEmbedding
from skmultiinput._training.loop import needs_batches, train
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.optimizers import exclude_from_decay
from skmultiinput._training.schedule import NamedMetric, Schedule, measure
from skmultiinput._training.table import SplitTable, Table
from skmultiinput._training.xla import use_xla

OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01, global_clipnorm=1.0),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "sgd": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipvalue=0.5),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, clipnorm=0.3),
    "lion": lambda: keras.optimizers.Lion(0.003),
    "decaying": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.02, 3, 0.7)
    ),
}


@pytest.fixture
def table():
    """70 rows, in batches of 16: four full ones and one of six."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3)).astype(np.float32)
    y = (x[:, :1] + 0.3 * rng.normal(size=(100, 1)) > 0).astype(np.float32)
    weight = rng.uniform(0.2, 2, size=100).astype(np.float32)
    return Table({"x": x}, y, weight)


def network(seed=0, l2=0.0, constraint=None):
    x = keras.Input((3,), name="x")
    regularizer = keras.regularizers.L2(l2) if l2 else None
    start = [keras.initializers.GlorotUniform(seed=seed + i) for i in range(2)]
    hidden = layers.Dense(
        5,
        "tanh",
        kernel_initializer=start[0],
        kernel_regularizer=regularizer,
        kernel_constraint=constraint,
        name="hidden",
    )(x)
    logits = layers.Dense(1, kernel_initializer=start[1], name="head")(hidden)
    return keras.Model({"x": x}, layers.Activation("sigmoid", name="prediction")(logits))


def run(table, *, optimizer="adam", l2=0.0, validation=0, model=None, **schedule):
    model = model or network(l2=l2)
    optimizer = OPTIMIZERS[optimizer]() if isinstance(optimizer, str) else optimizer
    exclude_from_decay(optimizer)
    rows = np.arange(100)
    history, state = train(
        model,
        SplitTable(
            table,
            rows[: 100 - validation] if validation else rows[:70],
            rows[100 - validation :] if validation else rows[:0],
        ),
        loss=RowLoss("binary_crossentropy", "sigmoid"),
        optimizer=optimizer,
        schedule=Schedule(**{"batch_size": 16, "epochs": 3, **schedule}),
    )
    return model, history, state


def keras_weights(table, optimizer, seed, **parameters):
    """The slow reference: Keras's own ``fit``, one epoch after the other, in the same order."""
    model = network(**parameters)
    reference = OPTIMIZERS[optimizer]()
    reference.exclude_from_weight_decay(var_names=["bias"])
    model.compile(reference, "binary_crossentropy", jit_compile=False)
    for epoch in range(3):
        order = np.random.default_rng([seed, epoch]).permutation(np.arange(70))
        model.fit(
            {"x": table.inputs["x"][order]},
            table.y[order],
            sample_weight=table.weight[order],
            batch_size=16,
            shuffle=False,
            verbose=0,
        )
    return model.get_weights()


@pytest.mark.parametrize(
    ("optimizer", "xla"), [("adam", True), *((optimizer, False) for optimizer in OPTIMIZERS)]
)
def test_weights_are_those_of_keras(table, optimizer, xla):
    l2 = 0.05 if optimizer in ("adam", "sgd") else 0.0
    model, _, _ = run(table, optimizer=optimizer, l2=l2, seed=5, xla=xla)
    expected = keras_weights(table, optimizer, l2=l2, seed=5)
    for ours, theirs in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("xla", [True, False])
def test_constraints_of_weights_hold(table, xla):
    bound = keras.constraints.MaxNorm(0.5)
    model, _, _ = run(table, model=network(constraint=bound), seed=5, xla=xla)
    assert np.linalg.norm(model.get_weights()[0], axis=0).max() <= 0.5 + 1e-6
    expected = keras_weights(table, "adam", constraint=bound, seed=5)
    for ours, theirs in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


def test_an_epoch_is_one_program_where_that_pays(table):
    many = Schedule(batch_size=16, epochs=100)
    assert use_xla(many, network(), table, 70)
    assert not use_xla(Schedule(batch_size=16, epochs=3), network(), table, 70)
    assert use_xla(Schedule(batch_size=16, epochs=3, xla=True), network(), table, 70)
    x = keras.Input((8,), name="x")
    convolved = layers.Flatten()(layers.Conv1D(2, 3)(layers.Reshape((8, 1))(x)))
    text = TfidfEmbedding(20, 0, 4)([x, x])
    for last in (convolved, text, layers.BatchNormalization()(x)):
        model = keras.Model({"x": x}, layers.Dense(1)(last))
        assert not use_xla(many, model, table, 70)
    wide = keras.Model({"x": x}, layers.Dense(700)(layers.Dense(500)(x)))
    assert use_xla(Schedule(batch_size=1024, epochs=100), wide, table, 100_000)
    assert not use_xla(Schedule(batch_size=2048, epochs=100), wide, table, 100_000)


def test_keras_itself_trains_what_has_no_rule(table):
    _, history, state = run(
        table, optimizer=keras.optimizers.Adam(0.01, amsgrad=True), validation=20
    )
    assert state is None
    assert len(history["loss"]) == len(history["val_loss"]) == 3
    assert history["loss"][-1] < history["loss"][0]


def test_a_normalized_kernel_stays_normalized(table):
    x = keras.Input((3,), name="x")
    hidden = layers.SpectralNormalization(layers.Dense(5, "tanh"), power_iterations=5)(x)
    model = keras.Model({"x": x}, layers.Dense(1, "sigmoid")(hidden))
    run(table, model=model, epochs=20)
    kernel = max(model.get_weights(), key=np.size)
    assert np.linalg.norm(kernel, 2) == pytest.approx(1.0, abs=0.1)


def test_both_ways_to_train_see_the_same_batches(table):
    model, history, _ = run(table, optimizer="adam", seed=3)
    # A hook for batches makes Keras do the training.
    hook = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    other, theirs, state = run(table, optimizer="adam", seed=3, callbacks=[hook])
    assert state is None
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(history["loss"], theirs["loss"], rtol=1e-4)


def test_losses_are_weighted_means(table):
    model, history, _ = run(table, validation=30, epochs=1)
    rows = np.arange(70, 100)
    p = np.asarray(model({"x": table.inputs["x"][rows]}))
    loss = -(table.y[rows] * np.log(p) + (1 - table.y[rows]) * np.log1p(-p))[:, 0]
    expected = np.average(loss, weights=table.weight[rows])
    np.testing.assert_allclose(history["val_loss"][0], expected, rtol=1e-4)


def test_early_stopping_restores_the_best_weights(table):
    def fit(**schedule):
        wild = keras.optimizers.Adam(0.4)
        return run(table, validation=30, optimizer=wild, **schedule)[:2]

    model, history = fit(epochs=60, patience=2)
    best = int(np.argmin(history["val_loss"]))
    assert len(history["val_loss"]) == best + 3 < 60
    again, _ = fit(epochs=best + 1)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_training_goes_on_where_it_stopped(table):
    def fit(model, seed, state):
        rows = np.arange(70)
        return train(
            model,
            SplitTable(table, rows, rows[:0]),
            loss=RowLoss("binary_crossentropy", "sigmoid"),
            optimizer=OPTIMIZERS["adam"](),
            schedule=Schedule(batch_size=16, epochs=1, seed=seed),
            state=state,
        )[1]

    model = network()
    state = fit(model, 1, None)
    assert state.step == 5
    state = fit(model, 2, state)
    assert state.step == 10

    # The slow reference: one optimizer of Keras, which keeps its moments from fit to fit.
    other = network()
    other.compile(OPTIMIZERS["adam"](), "binary_crossentropy", jit_compile=False)
    for seed in (1, 2):
        order = np.random.default_rng(seed).permutation(70)
        x = {"x": table.inputs["x"][order]}
        options = {"sample_weight": table.weight[order], "batch_size": 16, "shuffle": False}
        other.fit(x, table.y[order], **options, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


class Recorder(keras.callbacks.Callback):
    """Notes what it is told, and acts."""

    def __init__(self, rate=None, stop_after=None):
        super().__init__()
        self.rate, self.stop_after, self.seen = rate, stop_after, []

    def on_train_begin(self, logs=None):
        self.seen.append("begin")

    def on_epoch_begin(self, epoch, logs=None):
        if self.rate is not None:
            self.model.optimizer.learning_rate = self.rate

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, sorted(logs)))
        if epoch == self.stop_after:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self.seen.append("end")


def test_callbacks_see_every_epoch_and_may_stop(table):
    recorder = Recorder(stop_after=1)
    _, history, _ = run(table, validation=20, epochs=9, callbacks=[recorder])
    assert recorder.seen == ["begin", (0, ["loss", "val_loss"]), (1, ["loss", "val_loss"]), "end"]
    assert len(history["loss"]) == 2


def test_callbacks_may_change_the_learning_rate(table):
    still, _, _ = run(table, callbacks=[Recorder(rate=0.0)])
    for a, b in zip(still.get_weights(), network().get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_callbacks_of_keras_work(table):
    callbacks = [
        keras.callbacks.ReduceLROnPlateau(
            monitor="val_loss", min_delta=9.0, patience=0, factor=0.1
        ),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=1, min_delta=9.0),
    ]
    _, history, _ = run(table, validation=20, epochs=9, callbacks=callbacks)
    assert len(history["loss"]) == 2


def test_only_hooks_for_batches_need_keras():
    class OnBatch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert needs_batches([OnBatch()])
    assert not needs_batches([Recorder(), keras.callbacks.EarlyStopping()])


def test_divergence_is_an_error_on_both_ways(table):
    for optimizer in (keras.optimizers.SGD(1e38), keras.optimizers.Adam(1e38, amsgrad=True)):
        with pytest.raises(FloatingPointError, match=r"loss is (nan|inf) after epoch \d"):
            run(table, optimizer=optimizer, epochs=5)


def test_metrics_are_those_of_keras(table):
    metrics = [NamedMetric("auc", keras.metrics.AUC())]
    model, history, _ = run(table, validation=30, epochs=2, metrics=metrics)
    p = np.asarray(model({"x": table.inputs["x"][70:]}))
    expected = keras.metrics.AUC()
    expected.update_state(table.y[70:], p, table.weight[70:])
    np.testing.assert_allclose(history["val_auc"][-1], float(expected.result()), rtol=1e-5)
    assert len(history["auc"]) == 2


def test_metrics_get_classes_in_the_form_they_take():
    y, p = np.array([0, 2, 1]), np.eye(3)[[0, 2, 2]].astype(np.float32)
    metrics = [
        NamedMetric("codes", keras.metrics.SparseCategoricalAccuracy(), "codes"),
        NamedMetric("onehot", keras.metrics.CategoricalAccuracy(), "one-hot"),
    ]
    for target in (y, np.eye(3)[y]):
        found = measure(metrics, target, p, np.ones(3))
        np.testing.assert_allclose([found["codes"], found["onehot"]], 2 / 3, rtol=1e-6)


def test_orders_are_permutations_and_balanced_ones_hold_all_classes():
    rows = np.arange(50) + 3
    assert sorted(Schedule().order(rows, epoch=0)) == rows.tolist()
    classes = np.array([0] * 45 + [1] * 5)
    order = Schedule(classes=classes).order(rows, epoch=0)
    assert len(order) == 50
    for batch in order.reshape(5, 10):
        assert (batch >= 48).sum() == 5


# --- Averaging of weights.


def epoch_weights(table, n_epochs, **options):
    """Trained weights after each number of epochs, as one vector each, without weight_averaging."""
    return [
        np.concatenate([w.ravel() for w in run(table, epochs=n, **options)[0].get_weights()])
        for n in range(1, n_epochs + 1)
    ]


def test_the_mean_or_the_weights_whichever_validate_better(table):
    options = {"validation": 30, "optimizer": "sgd"}
    raw = epoch_weights(table, 6, **options)
    model, history, _ = run(table, epochs=6, patience=100, weight_averaging=0.5, **options)
    plain = run(table, epochs=6, patience=100, **options)[1]
    assert history["loss"] == plain["loss"]  # what is trained is the same
    assert all(a <= b for a, b in zip(history["val_loss"], plain["val_loss"], strict=True))
    # By hand: a plain mean of two, from then on a running mean.
    mean, candidates = raw[0], list(raw)
    for theta in raw[1:]:
        mean = (mean + theta) / 2
        candidates.append(mean)
    found = np.concatenate([w.ravel() for w in model.get_weights()])
    assert min(np.abs(found - c).max() for c in candidates) < 1e-5


def test_noisy_steps_gain_by_averaging(table):
    options = {"validation": 30, "optimizer": keras.optimizers.SGD(2.0), "patience": 40}
    with_mean = run(table, epochs=40, weight_averaging=0.9, **options)[1]
    without = run(table, epochs=40, **options)[1]
    assert np.mean(with_mean["val_loss"]) < 0.95 * np.mean(without["val_loss"])


def test_nothing_is_averaged_without_validation(table):
    weights = [run(table, weight_averaging=a)[0].get_weights() for a in (0.0, 0.9)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_callbacks_see_the_weights_that_count_and_may_change_them(table):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([np.array(w) for w in self.model.get_weights()])

    class Reset(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([w * 0 for w in self.model.get_weights()])

    options = {"validation": 30, "epochs": 4, "patience": 100, "weight_averaging": 0.8}
    watched = run(table, callbacks=[Look()], **options)
    unwatched = run(table, **options)
    assert watched[1] == unwatched[1]
    best = int(np.argmin(watched[1]["val_loss"]))
    for one, other in zip(seen[best], watched[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    model = run(table, callbacks=[Reset()], **options)[0]
    assert not np.concatenate([w.ravel() for w in model.get_weights()]).any()
