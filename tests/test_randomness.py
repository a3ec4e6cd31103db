"""Equal seeds give equal predictions everywhere; no process-wide seed or setting is touched."""

import os
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from small import SMALL, small_table

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    MultiInputSMOTE,
    evaluate,
    load,
    make_customers,
    make_preprocessor,
    save,
)
from skmultiinput.branches import RecurrentBranch
from skmultiinput.inspection import explain, permutation_importance

X, Y = small_table()
SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from small import SMALL, small_table
from skmultiinput import MultiInputClassifier
X, y = small_table()
print(MultiInputClassifier(**SMALL).fit(X, y).predict_proba(X).tobytes().hex())
"""


def fit(random_state, **params):
    params = {**SMALL, **params, "random_state": random_state}
    return MultiInputClassifier(**params).fit(X, Y).predict_proba(X)


@pytest.fixture(scope="module")
def seeded():
    return fit(0)


def test_equal_seeds_give_equal_bits(seeded):
    np.testing.assert_array_equal(fit(0), seeded)
    assert not np.array_equal(fit(1), seeded)
    np.testing.assert_array_equal(fit(np.int64(0)), seeded)


def test_fitting_twice_is_fitting_once(seeded):
    model = MultiInputClassifier(**SMALL).fit(X, Y)
    np.testing.assert_array_equal(model.fit(X, Y).predict_proba(X), seeded)


@pytest.mark.parametrize(
    "make",
    [
        np.random.RandomState,
        np.random.default_rng,
        lambda seed: np.random.Generator(np.random.MT19937(seed)),
        np.random.PCG64,
    ],
    ids=["RandomState", "Generator", "MT19937", "BitGenerator"],
)
def test_generators_are_drawn_from(make):
    source = make(7)
    first, second = fit(source), fit(source)
    assert not np.array_equal(first, second)
    again = make(7)
    np.testing.assert_array_equal(fit(again), first)
    np.testing.assert_array_equal(fit(again), second)
    assert not np.array_equal(fit(make(8)), first)


def test_a_seed_sequence_is_a_seed():
    sequence = np.random.SeedSequence(5)
    np.testing.assert_array_equal(fit(sequence), fit(sequence))


def test_no_seed_means_new_numbers():
    assert not np.array_equal(fit(None), fit(None))


def test_everything_random_follows_the_seed():
    params = {"sampler": MultiInputSMOTE(), "dropout": 0.5, "epochs": 3}
    np.testing.assert_array_equal(fit(3, **params), fit(3, **params))
    assert not np.array_equal(fit(3, **params), fit(4, **params))


def test_other_processes_give_the_same_bits(tmp_path, seeded):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=os.path.dirname(__file__)))  # noqa: PTH120 - a str
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == seeded.tobytes().hex()


def test_threads_give_the_same_bits(seeded):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(fit, [0, 1, 0, 2]))
    np.testing.assert_array_equal(found[0], seeded)
    np.testing.assert_array_equal(found[2], seeded)
    with_joblib = Parallel(n_jobs=2, backend="threading")(delayed(fit)(s) for s in (0, 1, 2))
    for ours, theirs in zip(with_joblib, [found[0], found[1], found[3]], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def settings_of_the_process():
    import tensorflow as tf

    python = random.getstate()
    numpy = np.random.get_state()  # noqa: NPY002 - what must not change
    return {
        "python": python,
        "numpy": (numpy[0], numpy[1].tolist(), *numpy[2:]),
        "environment": dict(os.environ),
        "floatx": keras.config.floatx(),
        "epsilon": keras.config.epsilon(),
        "format": keras.config.image_data_format(),
        "policy": keras.config.dtype_policy().name,
        "traceback": keras.config.is_traceback_filtering_enabled(),
        "eager": tf.config.functions_run_eagerly(),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "jit": tf.config.optimizer.get_jit(),
    }


@pytest.mark.parametrize("params", [{}, {"sampler": MultiInputSMOTE()}, {"optimizer": "ftrl"}])
@pytest.mark.parametrize("random_state", [0, None])
def test_nothing_of_the_process_is_touched(params, random_state):
    before = settings_of_the_process()
    model = MultiInputClassifier(**{**SMALL, **params, "random_state": random_state}).fit(X, Y)
    model.predict_proba(X)
    MultiInputRegressor(**SMALL).fit(X, X["numeric__age"]).predict(X)
    assert settings_of_the_process() == before


@pytest.mark.parametrize("fusion", ["concat", "gated", "attention", "late"])
def test_no_number_is_drawn_from_the_generators_of_the_process(fusion, tmp_path):
    """Nor put back: another thread may be drawing at the same time."""
    frame, target = make_customers(60, photo=True, random_state=0)
    preprocess = make_preprocessor(drop=["customer_id"], high_cardinality="embedding")
    table = preprocess.fit_transform(frame, target)
    options = {**SMALL, "epochs": 1, "fusion": fusion, "image__filters": (2,)}
    branches = [("sequence", RecurrentBranch(units=2))]
    before = random.getstate(), settings_of_the_process()["numpy"]
    model = MultiInputClassifier(**options, branches=branches).fit(table, target)
    pickle.loads(pickle.dumps(clone(model).fit(table, target)))
    save(model, tmp_path / "model.skmi")
    load(tmp_path / "model.skmi")
    assert (random.getstate(), settings_of_the_process()["numpy"]) == before


def test_no_seed_at_all_draws_nothing_from_the_generators_of_the_process():
    frame, target = make_customers(60)
    model = make_pipeline(make_preprocessor(), MultiInputClassifier(**{**SMALL, "epochs": 1}))
    model.fit(frame, target)
    before = settings_of_the_process()["numpy"]
    make_customers(5)
    MultiInputSMOTE(k_neighbors=1).fit_resample(X, Y)
    permutation_importance(model, frame, target, n_repeats=1)
    explain(model, frame[:1])
    evaluate(model, frame, target, cv=2)
    assert settings_of_the_process()["numpy"] == before


def test_seeds_of_the_process_decide_nothing(seeded):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - what must not matter
    keras.utils.set_random_seed(1)
    np.testing.assert_array_equal(fit(0), seeded)
    # Nor is the seed of TensorFlow, which others may have set, taken away.
    import tensorflow as tf

    first = float(tf.random.uniform(()))
    keras.utils.set_random_seed(1)
    fit(0)
    assert float(tf.random.uniform(())) == first


THREADS = """
import hashlib, os, sys
sys.path.insert(0, {folder!r})
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
X, y = make_customers(400, photo=True, random_state=0)
preprocess = make_preprocessor(drop=["customer_id"], random_state=0)
table = preprocess.fit_transform(X, y)
model = MultiInputClassifier(
    preset="fast", n_estimators=2, epochs=2, hidden_units=(16,), image__filters=(8, 8),
    random_state=0,
).fit(table, y)
kinds = {{s.kind for s in model.column_groups_.inputs}}
assert kinds >= {{"sequence", "tokens", "image", "numeric"}}
weights = b"".join(v.tobytes() for v in model.model_.get_weights())
print(hashlib.sha256(weights).hexdigest())
"""


def test_any_number_of_threads_gives_the_same_bits(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(THREADS.format(folder=os.path.dirname(__file__)))  # noqa: PTH120 - a str
    running = [
        subprocess.Popen([sys.executable, script, n], stdout=subprocess.PIPE, text=True)
        for n in ("1", "3")
    ]
    found = [process.communicate(timeout=300)[0].split() for process in running]
    assert len(found[0]) == 1
    assert found[0] == found[1]


@pytest.mark.slow
def test_workers_give_the_same_bits():
    X, y = make_customers(1_500, random_state=0)
    network = MultiInputClassifier(preset="fast", epochs=6, random_state=0)
    model = make_pipeline(make_preprocessor(random_state=0, drop=["customer_id"]), network)
    found = [
        cross_val_predict(model, X, y, cv=2, method="predict_proba", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*found)
