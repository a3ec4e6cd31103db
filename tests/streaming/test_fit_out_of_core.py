"""Streams: as good as one fit, in bounded memory, and the same after an interruption."""

import gc
import pickle
import subprocess
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from imblearn.pipeline import Pipeline as ImblearnPipeline
from scipy.sparse import random as sparse_random
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    fit_out_of_core,
    load,
    make_preprocessor,
    save,
)
from skmultiinput.persistence import ArtifactError

BOUND = 1_000  # rows that may be in memory: half of them in a chunk, half in the sample
SMALL = {
    "hidden_units": (8,),
    "n_members": 2,
    "n_estimators": 1,
    "batch_size": 64,
    "random_state": 0,
}


class Interrupted(Exception):  # noqa: N818 - as KeyboardInterrupt
    pass


def draw(number, n_rows):
    """One chunk; a city in 40 decides more than the age does, one in three visits is unknown."""
    rng = np.random.default_rng(number)
    age, city = rng.normal(40, 10, n_rows), rng.integers(40, size=n_rows)
    y = age / 10 + 2 * (city % 2) + rng.normal(scale=0.5, size=n_rows) > 5
    visits = np.where(rng.random(n_rows) < 1 / 3, np.nan, rng.poisson(3, n_rows))
    X = pd.DataFrame({"age": age, "city": [f"city {c}" for c in city], "visits": visits})
    return X, np.where(y, "leaves", "stays")


def stream(n_batches, n_rows=BOUND // 2, *, stop=None, error=Interrupted):
    """A function that gives the chunks; `stop` counts chunks over all passes."""
    count = 0

    def read():
        nonlocal count
        for number in range(n_batches):
            if count == stop:
                raise error
            count += 1
            yield draw(number, n_rows)

    return read


def pipeline(**parameters):
    return make_pipeline(
        make_preprocessor(random_state=0), MultiInputClassifier(**{**SMALL, **parameters})
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Twenty times the rows that may be in memory, in two files."""
    folder = tmp_path_factory.mktemp("stream")
    for part in range(2):
        frames = [
            X.assign(churn=y) for X, y in (draw(i + 20 * part, BOUND // 2) for i in range(20))
        ]
        table = pa.Table.from_pandas(pd.concat(frames), preserve_index=False)
        pa.parquet.write_table(table, folder / f"{part}.parquet", row_group_size=700)
    return pa.dataset.dataset(folder)


def test_a_dataset_of_twenty_times_the_memory(dataset, capfd):
    assert dataset.count_rows() == 20 * BOUND
    options = {"target": "churn", "chunk_size": BOUND // 2, "sample_rows": BOUND // 2}
    model = fit_out_of_core(pipeline(epochs=2), dataset, **options, verbose=2)
    X, y = draw(1_000, 2_000)
    assert roc_auc_score(y == "stays", model.predict_proba(X)[:, 1]) > 0.9
    network = model[-1]
    assert network.classes_.tolist() == ["leaves", "stays"]
    assert network.n_iter_ == 2
    assert set(network.history_) == {"loss", "val_loss"}
    assert len(network.history_["loss"]) == 2
    assert network.history_["loss"][1] < network.history_["loss"][0]
    shown = capfd.readouterr().err
    assert "Pass 1 - loss: " in shown
    assert "20,000 rows in" in shown


def test_memory_does_not_grow_with_the_rows():
    def collected(n_batches):
        for chunk in stream(n_batches, 1000)():
            gc.collect()  # what scikit-learn leaves in cycles is garbage, and no growth
            yield chunk

    def peak(n_batches):
        gc.freeze()  # what lives before is no garbage; looking through it again takes long
        tracemalloc.start()
        try:
            read = partial(collected, n_batches)
            fit_out_of_core(pipeline(epochs=1), read, sample_rows=1000)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.unfreeze()

    peak(8)  # imports, and what is compiled for chunks with other numbers of training rows
    # TensorFlow keeps some 2 kB per call; the rows of 36 more chunks would be 1.5 MB.
    assert peak(40) < 1.5 * peak(4)


@pytest.mark.parametrize("error", [Interrupted, KeyboardInterrupt])
def test_interrupted_and_resumed(error, tmp_path):
    """Stopped in the middle of a pass, between two checkpoints, twice."""
    path = tmp_path / "run.checkpoint"
    X, _ = draw(99, 50)
    options = {"sample_rows": 300}
    whole = fit_out_of_core(pipeline(epochs=3), stream(5, 200), **options)
    options |= {"checkpoint": path, "checkpoint_every": 2}
    for stop in (8, 12):  # five chunks are looked at first; after a resume they are skipped
        given = pipeline(epochs=3)
        with pytest.raises(error):
            fit_out_of_core(given, stream(5, 200, stop=stop, error=error), **options)
        assert path.exists()
        assert not hasattr(given[-1], "model_")
    resumed = fit_out_of_core(pipeline(epochs=3), stream(5, 200), **options)
    assert not path.exists()
    assert np.array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    assert resumed[-1].history_ == whole[-1].history_
    assert resumed[-1].get_params(deep=False) == given[-1].get_params(deep=False)
    for one, other in zip(
        resumed[-1].model_.get_weights(), whole[-1].model_.get_weights(), strict=True
    ):
        assert np.array_equal(one, other)


@pytest.mark.slow
def test_resumed_in_another_process(tmp_path):
    path = tmp_path / "run.checkpoint"
    with pytest.raises(Interrupted):
        fit_out_of_core(
            pipeline(epochs=2), stream(4, 200, stop=7), sample_rows=300, checkpoint=path
        )
    X, _ = draw(99, 50)
    whole = fit_out_of_core(pipeline(epochs=2), stream(4, 200), sample_rows=300).predict_proba(X)
    code = (
        "import sys, numpy; from pathlib import Path; from test_fit_out_of_core import *\n"
        "model = fit_out_of_core(pipeline(epochs=2), stream(4, 200), sample_rows=300,"
        " checkpoint=sys.argv[1])\n"
        "numpy.save(sys.argv[2], model.predict_proba(draw(99, 50)[0]))"
    )
    command = [sys.executable, "-c", code, str(path), str(tmp_path / "found.npy")]
    subprocess.run(command, check=True, cwd=Path(__file__).parent)
    assert np.array_equal(np.load(tmp_path / "found.npy"), whole)


def test_without_a_seed_the_checkpoint_keeps_it(tmp_path):
    path = tmp_path / "run.checkpoint"
    options = {"sample_rows": 200, "checkpoint": path}
    unseeded = pipeline(epochs=2, random_state=None)
    with pytest.raises(Interrupted):
        fit_out_of_core(unseeded, stream(3, 150, stop=4), **options)
    written = path.read_bytes()
    X, _ = draw(99, 20)
    found = []
    for _ in range(2):
        path.write_bytes(written)
        found.append(fit_out_of_core(unseeded, stream(3, 150), **options).predict_proba(X))
    assert np.array_equal(*found)


def test_training_stops_as_fit_does_and_keeps_the_best_weights():
    model = fit_out_of_core(
        pipeline(epochs=40, n_iter_no_change=2, learning_rate=0.1), stream(3, 200), sample_rows=300
    )
    losses = model[-1].history_["val_loss"]
    best = int(np.argmin(losses))
    assert model[-1].n_iter_ == len(losses) == best + 3 < 40
    assert model[-1].n_iter_no_change == 2
    # The loss of the weights that were kept, on the rows held out: another seed, other rows.
    again = fit_out_of_core(
        pipeline(epochs=best + 1, n_iter_no_change=2, learning_rate=0.1),
        stream(3, 200),
        sample_rows=300,
    )
    X, _ = draw(99, 50)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


SEEN = []


class Recorder(MultiInputClassifier):
    """Keeps what it is trained on."""

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        SEEN.append((X, y))
        return super().partial_fit(X, y, classes, sample_weight)


@pytest.mark.parametrize("sample_rows", [400, 10_000])
def test_no_row_is_coded_by_its_own_target(sample_rows):
    """A column of ids without any signal must not look like one that has some."""

    def read():
        for number in range(4):
            rng = np.random.default_rng(number)
            ids = pd.DataFrame({"id": [f"id {i}" for i in rng.integers(150, size=250)]})
            yield ids, rng.integers(2, size=250)

    SEEN.clear()
    model = Recorder(**SMALL, epochs=1, early_stopping=False)
    fit_out_of_core(
        make_pipeline(make_preprocessor(high_cardinality="target", random_state=0), model),
        read,
        sample_rows=sample_rows,
    )
    X = pd.concat([X for X, _ in SEEN], ignore_index=True)
    y = np.concatenate([y for _, y in SEEN])
    assert len(X) == 1_000
    assert abs(np.corrcoef(X["target__id"], y)[0, 1]) < 0.12


def test_rows_held_out_are_never_trained_on():
    SEEN.clear()
    model = Recorder(**SMALL, epochs=2, validation_fraction=0.25)
    frames = [(pd.DataFrame({"x": np.arange(i, i + 50.0)}), np.arange(50) % 2) for i in (0, 50)]
    fit_out_of_core(model, frames, sample_rows=40)
    first = np.concatenate([X["x"] for X, _ in SEEN[:2]])
    second = np.concatenate([X["x"] for X, _ in SEEN[2:]])
    assert len(first) == len(set(first)) == 90
    assert set(first) == set(second)


def test_a_regressor_with_weights_and_a_step_that_gives_arrays():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = 1_000 + 50 * X[:, 0]
    y[300:] = -5_000  # rows of no weight
    weight = np.repeat([1.0, 0.0], 300)
    frames = [(X[i : i + 150], y[i : i + 150], weight[i : i + 150]) for i in range(0, 600, 150)]
    model = make_pipeline(
        StandardScaler(),
        MultiInputRegressor(hidden_units=(16,), batch_size=32, epochs=30, random_state=0),
    )
    model = fit_out_of_core(model, frames, sample_rows=200)
    assert model.score(X[:300], y[:300]) > 0.9


def test_sparse_rows():
    X = sparse_random(200, 4, density=0.5, format="csr", random_state=0)
    y = np.asarray(X.sum(axis=1)).ravel() > 1
    network = MultiInputClassifier(**{**SMALL, "epochs": 1})
    dense = fit_out_of_core(network, [(X[:100].toarray(), y[:100]), (X[100:].toarray(), y[100:])])
    model = fit_out_of_core(network, [(X[:100], y[:100]), (X[100:], y[100:])])
    np.testing.assert_array_equal(model.predict_proba(X), dense.predict_proba(X))


def test_labels_that_the_sample_lacks_are_known():
    X = pd.DataFrame({"x": np.arange(300.0)})
    y = np.array(["a", "b"] * 149 + ["rare", "rare"])
    model = fit_out_of_core(
        MultiInputClassifier(**SMALL, epochs=1), [(X[:150], y[:150]), (X[150:], y[150:])],
        sample_rows=10,
    )  # fmt: skip
    assert model.classes_.tolist() == ["a", "b", "rare"]


def test_typed_frames_metrics_and_samplers():
    def read():
        for number in range(3):
            X, y = draw(number, 120)
            plan = pd.Categorical(X["city"].str[-1])
            yield pd.DataFrame({"numeric__age": X["age"], "category__plan": plan}), y == "leaves"

    metrics = {"auc": keras.metrics.AUC()}
    sampler = MultiInputSMOTE(random_state=0)
    model = MultiInputClassifier(**SMALL, epochs=2, metrics=metrics, sampler=sampler)
    model = fit_out_of_core(model, read, sample_rows=150)
    assert len(model.history_["auc"]) == 2
    assert model.random_state == 0
    assert model.classes_.tolist() == [False, True]


def test_metrics_are_means_over_the_weights_of_all_chunks():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(40, 10, 300)})
    y, weight = X["age"] + rng.normal(size=300), np.repeat([1.0, 9.0, 0.1], [200, 50, 50])
    chunks = [(X[i : i + 50], y[i : i + 50], weight[i : i + 50]) for i in range(0, 300, 50)]
    options = {**SMALL, "epochs": 1, "early_stopping": False, "learning_rate": 1e-9}
    network = MultiInputRegressor(**options, metrics=["mae"], weight_decay=0)
    model = fit_out_of_core(make_pipeline(StandardScaler(), network), chunks)
    expected = np.average(np.abs(model.predict(X) - y), weights=weight)
    assert model[-1].history_["mae"][0] == pytest.approx(expected, rel=1e-3)


def test_the_result_is_an_estimator_like_any_other(tmp_path):
    model = fit_out_of_core(pipeline(epochs=1), stream(2, 150), sample_rows=200)
    X, y = draw(50, 150)
    expected = model.predict_proba(X)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), expected)
    save(model, tmp_path / "model.skmi")
    assert np.array_equal(load(tmp_path / "model.skmi").predict_proba(X), expected)
    model[-1].partial_fit(model[:-1].transform(X), y)
    assert not np.array_equal(model.predict_proba(X), expected)


# -- what is refused -----------------------------------------------------------------------------


def test_the_last_step_is_ours_and_no_other_resamples():
    with pytest.raises(TypeError, match="got LogisticRegression"):
        fit_out_of_core(make_pipeline(LogisticRegression()), stream(1))
    steps = [("balance", MultiInputSMOTE()), ("model", MultiInputClassifier())]
    with pytest.raises(TypeError, match=r"'balance' resamples .*sampler="):
        fit_out_of_core(ImblearnPipeline(steps), stream(1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rows": 1}, "'sample_rows' parameter of fit_out_of_core must be an int"),
        ({"checkpoint_every": 0}, "'checkpoint_every' parameter of fit_out_of_core"),
        ({"checkpoint": 3}, "'checkpoint' parameter of fit_out_of_core"),
    ],
)
def test_arguments_that_cannot_be_used(options, message):
    with pytest.raises(ValueError, match=message):
        fit_out_of_core(pipeline(), stream(1), **options)


def test_a_folder_that_is_not_there_is_refused_before_the_first_pass(tmp_path):
    with pytest.raises(FileNotFoundError, match="Make the folder of the checkpoint"):
        fit_out_of_core(pipeline(), stream(1, stop=0), checkpoint=tmp_path / "none" / "run.ckpt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("items", [[], [(pd.DataFrame({"x": []}), [])]])
def test_a_stream_without_rows(items):
    with pytest.raises(ValueError, match="gave no rows"):
        fit_out_of_core(pipeline(), items)


def test_passes_that_differ_are_found():
    count = 0

    def read():
        nonlocal count
        count += 1
        yield draw(count, 100)

    with pytest.raises(ValueError, match="not those of the first pass"):
        fit_out_of_core(pipeline(epochs=2), read, sample_rows=50)
    used_up = iter([draw(0, 100)])
    with pytest.raises(ValueError, match="in the first pass only"):
        fit_out_of_core(pipeline(epochs=2), lambda: used_up, sample_rows=50)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pipeline": pipeline(epochs=2, dropout=0.3)}, r"dropout=0\.1, but now it is 0\.3"),
        ({"pipeline": MultiInputClassifier()}, "was written with"),
        ({"chunks": stream(4, 100)}, "not those of the first pass"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(change, message, tmp_path):
    path = tmp_path / "run.checkpoint"
    options = {"sample_rows": 100, "checkpoint": path, "checkpoint_every": 1}
    with pytest.raises(Interrupted):
        fit_out_of_core(pipeline(epochs=2), stream(4, 120, stop=6), **options)
    given = {"pipeline": pipeline(epochs=2), "chunks": stream(4, 120), **change}
    with pytest.raises(ValueError, match=message):
        fit_out_of_core(**given, **options)
    assert path.exists()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArtifactError, match="damaged"):
        fit_out_of_core(pipeline(epochs=2), stream(4, 120), **options)


class Constant:
    """A schedule whose repr does not tell its rate."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return self.rate

    def __repr__(self):
        return "Constant()"


def by_objects(*, decay=0.9, clipnorm=1.0, scheduled=1e-3, delta=1.0, patience=3):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, decay)
    callbacks = [keras.callbacks.LearningRateScheduler(Constant(scheduled))]
    callbacks.append(keras.callbacks.EarlyStopping("loss", patience=patience))
    return MultiInputRegressor(
        **SMALL,
        epochs=3,
        optimizer=keras.optimizers.Adam(1e-3, clipnorm=clipnorm),
        learning_rate=schedule,
        loss=keras.losses.Huber(delta=delta),
        callbacks=callbacks,
    )


def test_a_checkpoint_tells_objects_apart_by_their_content(tmp_path):
    """Optimizers, schedules, losses and callbacks that print alike are not taken for equal."""

    def numbers(read):
        for X, y in read():
            yield X[["age"]] / 10, X["age"] + (y == "stays")

    read = partial(numbers, stream(3, 100))
    path = tmp_path / "run.checkpoint"
    options = {"sample_rows": 100, "checkpoint": path}
    with pytest.raises(Interrupted):
        fit_out_of_core(by_objects(), partial(numbers, stream(3, 100, stop=7)), **options)
    written = path.read_bytes()
    others = [
        ("learning_rate", {"decay": 0.5}),
        ("optimizer", {"clipnorm": 0.5}),
        ("loss", {"delta": 2.0}),
        ("callbacks", {"scheduled": 1e-2}),
        ("callbacks", {"patience": 2}),
    ]
    for name, change in others:
        with pytest.raises(ValueError, match=f"was written with {name}="):
            fit_out_of_core(by_objects(**change), read, **options)
    assert path.read_bytes() == written
    X, _ = draw(99, 20)
    resumed = fit_out_of_core(by_objects(), read, **options)
    whole = fit_out_of_core(by_objects(), read, sample_rows=100)
    assert np.array_equal(resumed.predict(X[["age"]] / 10), whole.predict(X[["age"]] / 10))


def test_training_that_cannot_go_on_exactly_writes_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="needs training that can go on exactly"):
        fit_out_of_core(
            pipeline(epochs=1, optimizer="ftrl"),
            stream(2, 100),
            sample_rows=100,
            checkpoint=tmp_path / "run.checkpoint",
        )


class Flipped:
    """An encoder of the target, in SciKeras's form: 1 for the class 0."""

    def fit(self, y):
        return self

    def transform(self, y):
        return 1.0 - np.asarray(y, dtype=float)[:, None]

    def inverse_transform(self, outputs, return_proba=False):
        probabilities = np.hstack([outputs, 1 - outputs])
        return probabilities if return_proba else probabilities.argmax(axis=1)


class FlippedClassifier(MultiInputClassifier):
    @property
    def target_encoder(self):
        return Flipped()


def test_an_encoder_of_the_target_is_used():
    def build(meta):
        (spec,) = meta["column_groups_"].inputs
        x = keras.Input(spec.shape, name=spec.name)
        return keras.Model({spec.name: x}, keras.layers.Dense(1, "sigmoid")(x))

    X = np.random.default_rng(0).normal(size=(200, 3))
    chunks = [(X[:100], X[:100, 0] > 0), (X[100:], X[100:, 0] > 0)]
    network = FlippedClassifier(build, epochs=60, learning_rate=0.1, random_state=0)
    model = fit_out_of_core(network, chunks)
    assert len(model.history_["val_loss"]) == len(model.history_["loss"])
    assert (model.predict(X) == (X[:, 0] > 0)).mean() > 0.9


def test_errors_say_in_which_batch():
    frames = [(np.ones((50, 1)), [0, 1] * 25), (np.ones((50, 2)), [0, 1] * 25)]
    with pytest.raises(ValueError, match="Chunk 2 has other columns"):
        fit_out_of_core(MultiInputClassifier(**SMALL), frames)
    diverges = MultiInputClassifier(**{**SMALL, "learning_rate": 1e30})
    with pytest.raises(FloatingPointError, match="after epoch 1") as raised:
        fit_out_of_core(
            make_pipeline(make_preprocessor(), diverges), stream(2, 200), sample_rows=60
        )
    assert raised.value.__notes__[0].endswith("of pass 1.")


def test_weights_count_between_chunks_as_within_one():
    """Half of the rows are wrong and weigh little; no chunk holds rows of both weights."""
    rng = np.random.default_rng(0)
    chunks = []
    for number in range(12):
        X = pd.DataFrame({"age": rng.normal(40, 10, 200)})
        wrong = number % 2 == 0
        chunks.append((X, (X["age"] > 40) != wrong, np.full(200, 1e-3 if wrong else 50.0)))
    options = {**SMALL, "epochs": 4, "early_stopping": False}
    network = MultiInputClassifier(**options)
    model = fit_out_of_core(make_pipeline(make_preprocessor(), network), chunks)
    frame = make_preprocessor().fit(*chunks[0][:2]).transform
    for X, y, weight in 4 * chunks:
        network.partial_fit(frame(X), y, sample_weight=weight)
    X, y, _ = chunks[-1]
    scores = model.score(X, y), network.score(frame(X), y)
    assert min(scores) > 0.9, scores
