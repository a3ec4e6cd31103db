"""Searches on several processes: joblib's own, Dask's and Ray's give the scores of one process."""

import os
import pickle
import re
import signal
import textwrap
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblib.parallel import SequentialBackend, get_active_backend
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next importable
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.model_selection import dask_backend

GRID = {"model__dropout": [0.0, 0.1], "model__learning_rate": [0.002, 0.01]}


def make_table(n_rows=120):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(40, 10, n_rows), "plan": rng.choice(["a", "b"], n_rows)})
    return X, (X["age"] + 10 * (X["plan"] == "b") > 44).to_numpy().astype(int)


X, Y = make_table()


def make_pipeline(**parameters):
    options = {
        "hidden_units": (8,),
        "n_members": 2,
        "n_estimators": 1,
        "epochs": 2,
        "random_state": 0,
        **parameters,
    }
    return Pipeline(
        [("prepare", make_preprocessor(random_state=0)), ("model", MultiInputClassifier(**options))]
    )


SEARCHES = {
    "grid": GridSearchCV(make_pipeline(), GRID, cv=2, scoring="neg_log_loss"),
    "random": RandomizedSearchCV(
        make_pipeline(), GRID, n_iter=3, cv=2, scoring="neg_log_loss", random_state=0
    ),
    "halving": HalvingGridSearchCV(
        make_pipeline(), GRID, cv=2, scoring="neg_log_loss", min_resources=60, random_state=0
    ),
}


def scores_of(search, table=(X, Y)):
    search = clone(search).set_params(error_score="raise", refit=False)
    return search.fit(*table).cv_results_["mean_test_score"]


def assert_same(found, expected):
    # The workers have one thread each, which may add in another order.
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def killing_scorer(folder):
    """A score whose first call ends its process, as an operating system short of memory does."""

    def score(model, X, y):
        killed = Path(folder) / "killed"
        if not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return -log_loss(y, model.predict_proba(X))

    return score


def test_a_task_is_small():
    """What is sent with each of them: the pipeline, without data, networks or compiled code."""
    pipeline = make_pipeline(hidden_units=(256, 256))
    unfitted = len(pickle.dumps(pipeline))
    pipeline.fit(X, Y)
    assert len(pickle.dumps(pipeline)) > 100_000
    assert len(pickle.dumps(clone(pipeline))) == unfitted < 5_000


# -- joblib's own processes ----------------------------------------------------------------------


@pytest.mark.slow
def test_loky():
    with joblib.parallel_config("loky", n_jobs=2):
        found = {name: scores_of(search) for name, search in SEARCHES.items()}
    for name, search in SEARCHES.items():
        assert_same(found[name], scores_of(search))


@pytest.mark.slow
def test_loky_says_that_a_worker_was_lost(tmp_path):
    """It cannot go on, but the next search can."""
    search = GridSearchCV(make_pipeline(), GRID, cv=2, n_jobs=2, scoring=killing_scorer(tmp_path))
    with pytest.raises(TerminatedWorkerError, match="terminated"):
        scores_of(search)
    assert len(scores_of(search)) == 4


# -- Dask ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("backend", [lambda _: "dask", dask_backend], ids=["joblib", "whole fits"])
def test_dask(dask_client, backend):
    with joblib.parallel_config(backend(dask_client)):
        found = {name: scores_of(search) for name, search in SEARCHES.items()}
    for name, search in SEARCHES.items():
        assert_same(found[name], scores_of(search))


def sends_on(model, X, y):
    """1 where what runs inside of this task would become tasks again, 0 where it stays."""
    return float(not isinstance(get_active_backend()[0], SequentialBackend))


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "expected"), [(lambda _: "dask", 1.0), (dask_backend, 0.0)])
def test_a_fit_is_one_task(dask_client, backend, expected):
    search = GridSearchCV(make_pipeline(), GRID, cv=2, scoring=sends_on)
    with joblib.parallel_config(backend(dask_client)):
        found = scores_of(search)
    assert found.tolist() == [expected] * 4


class Counted(pd.DataFrame):
    """Leaves a file each time it is pickled."""

    _metadata = ["folder"]

    @property
    def _constructor(self):
        return pd.DataFrame

    def __reduce__(self):
        (Path(self.folder) / f"{os.getpid()} {len(list(Path(self.folder).iterdir()))}").touch()
        return pd.DataFrame, (dict(self.items()),)


@pytest.mark.slow
def test_data_travels_once_and_not_per_task(dask_client, tmp_path):
    table = Counted(X)
    table.folder = str(tmp_path)
    with joblib.parallel_config("dask"):
        found = scores_of(SEARCHES["grid"], (table, Y))
    assert_same(found, scores_of(SEARCHES["grid"]))
    sent = [path for path in tmp_path.iterdir() if path.name.startswith(f"{os.getpid()} ")]
    assert 1 <= len(sent) <= 2 < len(found) * 2


def compiled():
    from skmultiinput._training.compile_cache import CACHE

    return os.getpid(), list(CACHE._programs)


@pytest.mark.slow
def test_compiled_steps_stay_in_their_worker(dask_client):
    def run():
        with joblib.parallel_config("dask"):
            scores_of(SEARCHES["grid"])
        return dict(dask_client.run(compiled).values())

    first = run()
    assert os.getpid() not in first
    assert len(first) == 2
    # Both dropouts are one architecture or two; a second search compiles nothing anew.
    second = run()
    assert sum(map(len, second.values())) <= 2 * max(map(len, first.values()))
    assert all(map(len, second.values()))
    assert all(set(first[worker]) <= set(second[worker]) for worker in first)


@pytest.mark.slow
def test_dask_goes_on_without_a_worker(dask_client, tmp_path):
    search = GridSearchCV(make_pipeline(), GRID, cv=2, scoring=killing_scorer(tmp_path))
    # Every worker gets the data; what joblib sends by itself is lost with the worker that has it.
    with joblib.parallel_config(dask_backend(dask_client, scatter=[X, Y])):
        found = scores_of(search)
    assert (tmp_path / "killed").exists()
    assert_same(found, scores_of(SEARCHES["grid"]))


@pytest.mark.slow
def test_the_lines_of_the_guide(dask_client):
    guide = Path(__file__).parents[2] / "docs" / "user_guide" / "many_machines.rst"
    pattern = re.compile(r"^    import joblib$.*?(?=^\S)", re.MULTILINE | re.DOTALL)
    (block,) = pattern.findall(guide.read_text("utf-8"))
    code = textwrap.dedent(block).replace("tcp://scheduler:8786", dask_client.scheduler.address)
    namespace = {"X_train": X, "y_train": Y, "search": clone(SEARCHES["grid"])}
    exec(code, namespace)
    scores = namespace["search"].cv_results_["mean_test_score"]
    assert_same(scores, scores_of(SEARCHES["grid"]))


# -- Ray -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ray_session():
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    from ray.util.joblib import register_ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=150_000_000,
        configure_logging=False,
    )
    register_ray()
    yield ray
    ray.shutdown()


# Ray leaves handles of its log files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning:ray.*")
@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.slow
def test_ray(ray_session, name):
    """Slow: Ray starts new processes for each search, and for each round of a halving one."""
    with joblib.parallel_config("ray", n_jobs=2):
        found = scores_of(SEARCHES[name])
    assert_same(found, scores_of(SEARCHES[name]))


# Ray starts an actor that died again, and gives it its tasks again, only if it is told to.
RESTARTS = {"max_restarts": 3, "max_task_retries": 3}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning:ray.*")
@pytest.mark.slow
def test_ray_goes_on_without_a_worker(ray_session, tmp_path):
    search = GridSearchCV(make_pipeline(), GRID, cv=2, scoring=killing_scorer(tmp_path))
    with joblib.parallel_config("ray", n_jobs=2, ray_remote_args=RESTARTS):
        found = scores_of(search)
    assert (tmp_path / "killed").exists()
    assert_same(found, scores_of(SEARCHES["grid"]))


@pytest.mark.slow
def test_a_worker_of_ray_takes_its_share_of_the_cores(ray_session):
    # Inside of the test: a worker cannot import this file.
    def threads():
        import tensorflow as tf

        from skmultiinput._keras.processes import take_share_of_cores

        take_share_of_cores()

        return tf.config.threading.get_intra_op_parallelism_threads()

    assert ray_session.get(ray_session.remote(threads).remote()) == 1
