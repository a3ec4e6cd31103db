"""Beside other processes: the share of the cores, and no hanging after a fork."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings

import keras
import pytest

from skmultiinput._keras.processes import (
    check_not_forked,
    prepare_process,
    take_share_of_cores,
    tensorflow_is_running,
)

THREADS = """
from joblib import Parallel, delayed


def threads():
    import tensorflow as tf

    from skmultiinput._keras.processes import prepare_process

    prepare_process()

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
import os, pickle, sys, time
import numpy as np
import skmultiinput
from skmultiinput import MultiInputRegressor

options = {"hidden_units": (4,), "n_members": 1, "n_estimators": 1, "epochs": 1}
X, y = np.eye(4), np.arange(4)


def fit():
    return MultiInputRegressor(early_stopping=False, **options).fit(X, y)


how, path = sys.argv[1:]
if how == "fit":
    model = fit()
elif how == "initialize":
    model = MultiInputRegressor(**options).initialize(X, y)
elif how == "load":
    model = skmultiinput.load(path + ".skmi")
elif how == "unpickle":
    with open(path + ".pkl", "rb") as file:
        model = pickle.load(file)
elif how == "keras":
    import keras

    keras.layers.Dense(1)(X)
elif how == "write":
    skmultiinput.save(fit(), path + ".skmi")
    with open(path + ".pkl", "wb") as file:
        pickle.dump(fit(), file)
    sys.exit()
else:
    assert how == "import"

calls = [fit, lambda: skmultiinput.load(path + ".skmi")]
if how not in ("import", "keras"):
    calls.append(lambda: model.predict(X))
for call in calls:
    child = os.fork()
    if child == 0:
        try:
            call()
            os._exit(0)
        except RuntimeError as error:
            os._exit(3 if "forked after a network had been used" in str(error) else 4)
    for _ in range(600):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        sys.exit("the child hangs")
    print(os.waitstatus_to_exitcode(status))
"""


def run(code, tmp_path, *arguments):
    script = tmp_path / "script.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, "-W", "ignore", script, *arguments],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_this_process_is_no_worker_and_keeps_its_threads():
    assert multiprocessing.parent_process() is None
    assert take_share_of_cores() is None
    check_not_forked()


@pytest.mark.slow
def test_workers_of_joblib_keep_to_their_share_of_the_cores(tmp_path):
    done = run(THREADS, tmp_path)
    assert "as many threads as joblib says" in done.stdout, done.stderr[-2000:]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only TensorFlow is asked whether it runs"
)


@needs_fork
def test_a_process_forked_after_use_is_refused():
    prepare_process()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of just what is tested
        child = os.fork()
    if child == 0:
        try:
            prepare_process()
        except RuntimeError as error:
            os._exit(3 if "forked after a network had been used" in str(error) else 4)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    prepare_process()


@needs_tensorflow
def test_asking_whether_tensorflow_runs_changes_nothing():
    keras.ops.ones(1)
    threading = sys.modules["tensorflow"].config.threading
    before = threading.get_intra_op_parallelism_threads()
    assert tensorflow_is_running()
    assert threading.get_intra_op_parallelism_threads() == before


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("fork")
    done = run(FORK, path, "write", str(path / "model"))
    assert done.returncode == 0, done.stderr[-2000:]
    return str(path / "model")


@pytest.mark.slow
@needs_fork
@needs_tensorflow
@pytest.mark.parametrize("how", ["fit", "initialize", "load", "unpickle", "keras"])
def test_a_forked_process_raises_at_once_and_does_not_hang(how, written, tmp_path):
    done = run(FORK, tmp_path, how, written)
    assert set(done.stdout.split()) == {"3"}, done.stderr[-2000:]


@pytest.mark.slow
@needs_fork
def test_a_process_forked_before_any_use_works(written, tmp_path):
    done = run(FORK, tmp_path, "import", written)
    assert done.stdout.split() == ["0", "0"], done.stderr[-2000:]


APPLICATION = """
import sys
import numpy as np
import skmultiinput

model = skmultiinput.load({path!r})


def application(environ, start_response):
    try:
        answer = repr(model.predict(np.eye(4)))
    except RuntimeError as error:
        answer = str(error)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
"""


@pytest.mark.slow
@needs_fork
@needs_tensorflow
@pytest.mark.parametrize("preload", [True, False])
def test_gunicorn_serves_or_refuses_and_never_hangs(preload, written, tmp_path):
    pytest.importorskip("gunicorn", reason="gunicorn is not installed")
    (tmp_path / "served.py").write_text(APPLICATION.format(path=f"{written}.skmi"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "--bind", address, "--timeout", "120"]
    command += ["--preload"] if preload else []
    with subprocess.Popen(
        [*command, "served:application"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        stderr=subprocess.PIPE,
    ) as server:
        try:
            answer = ask(f"http://{address}/", server)
        finally:
            server.terminate()
    assert ("forked after a network" if preload else "array(") in answer


def ask(url, server, patience=120.0):
    """Return the answer of a server that is starting."""
    started = time.monotonic()
    while server.poll() is None and time.monotonic() - started < patience:
        try:
            with urllib.request.urlopen(url, timeout=60) as response:
                return response.read().decode()
        except urllib.error.URLError:
            time.sleep(0.5)
    raise AssertionError(f"no answer: {server.stderr.read().decode()[-2000:]}")


MAIN = """
import multiprocessing

import tensorflow as tf

from skmultiinput._keras.processes import prepare_process

prepare_process()


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
