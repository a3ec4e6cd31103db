"""Beside other processes: the share of the cores, and no hanging after a fork."""

import multiprocessing
import os
import subprocess
import sys
import warnings

import pytest

from skmultiinput._keras.processes import check_not_forked, take_share_of_cores

THREADS = """
from joblib import Parallel, delayed


def threads():
    import skmultiinput.estimators
    import tensorflow as tf

    threading = tf.config.threading
    return (
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
    )


if __name__ == "__main__":
    from joblib.externals.loky import cpu_count

    share = max(cpu_count() // 2, 1)
    assert Parallel(n_jobs=2)(delayed(threads)() for _ in range(2)) == [(share, share)] * 2
    print("as many threads as joblib says")
"""

FORK = """
import multiprocessing, sys
import numpy as np
from skmultiinput import MultiInputRegressor

model = MultiInputRegressor(
    hidden_units=(4,), n_members=1, n_estimators=1, epochs=1, early_stopping=False
)
model.fit(np.eye(4), np.arange(4))


def predict(queue):
    try:
        model.predict(np.eye(4))
    except RuntimeError as error:
        queue.put(str(error))


context = multiprocessing.get_context("fork")
queue = context.Queue()
child = context.Process(target=predict, args=(queue,))
child.start()
print(queue.get(timeout=60))
child.join()
"""


def run(code, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=False
    )


def test_this_process_is_no_worker_and_keeps_its_threads():
    assert multiprocessing.parent_process() is None
    assert take_share_of_cores() is None
    check_not_forked()


@pytest.mark.slow
def test_workers_of_joblib_keep_to_their_share_of_the_cores(tmp_path):
    done = run(THREADS, tmp_path)
    assert "as many threads as joblib says" in done.stdout, done.stderr[-2000:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_is_told_so():
    check_not_forked()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of just what is tested
        child = os.fork()
    if child == 0:
        try:
            check_not_forked()
        except RuntimeError as error:
            os._exit(3 if "forked after a network had been used" in str(error) else 4)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    check_not_forked()


@pytest.mark.slow
@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here"
)
def test_a_forked_process_is_told_so_and_does_not_hang(tmp_path):
    done = run(FORK, tmp_path)
    assert "forked after a network had been used" in done.stdout, done.stderr[-2000:]
    assert "loky" in done.stdout


MAIN = """
import multiprocessing

from skmultiinput._keras.processes import take_share_of_cores
import tensorflow as tf

take_share_of_cores()


def threads():
    return tf.config.threading.get_intra_op_parallelism_threads()


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(threads(), pool.apply(threads))
"""


@pytest.mark.slow
def test_a_worker_takes_its_share_while_it_imports_the_main_script(tmp_path):
    """As workers of Dask do, which are spawned: they do not know yet that they have a parent."""
    script = tmp_path / "main.py"
    script.write_text(MAIN, encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "tensorflow"}
    found = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["0", "1"]
