"""TensorFlow beside other processes: a fair share of the cores, and no use after a fork."""

import multiprocessing
import os
import sys

import joblib
import keras

_state = {"used": False, "forked": False}


def prepare_process() -> None:
    """Call this before variables are made, networks loaded or predictions made.

    At the first use in a process, it takes the process's share of the cores. A process that was
    forked after TensorFlow had been used in its parent raises RuntimeError.
    """
    check_not_forked()
    if not _state["used"]:
        _state["used"] = True
        take_share_of_cores()


def take_share_of_cores() -> int | None:
    """In a worker process of joblib, Dask or Ray, limit TensorFlow to its share of the cores.

    They pass the share to their workers by ``OMP_NUM_THREADS``, which TensorFlow does not read:
    each worker would start a thread per core. Has an effect only before TensorFlow's first use. The
    number of threads is returned, if it was set.
    """
    share = _share_of_worker()
    if share is None or keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    try:
        tf.config.threading.set_intra_op_parallelism_threads(share)
        tf.config.threading.set_inter_op_parallelism_threads(share)
    except RuntimeError:  # it runs already, with the threads that somebody else chose
        return None
    return share


def core_share() -> int:
    """Return the number of cores that this process may use."""
    return _share_of_worker() or joblib.cpu_count()


def _share_of_worker() -> int | None:
    share = os.environ.get("OMP_NUM_THREADS", "")
    # A worker that is about to import the main script, as "spawn" does, has its name already, but
    # does not know its parent yet. Ray starts its workers by itself, not by multiprocessing.
    in_worker = (
        multiprocessing.parent_process() is not None
        or multiprocessing.current_process().name != "MainProcess"
        or "RAY_RAYLET_PID" in os.environ
    )
    return max(int(share), 1) if in_worker and share.isdecimal() else None


def check_not_forked() -> None:
    """Raise a RuntimeError in a process that was forked after networks were used: it would hang."""
    if _state["forked"]:
        raise RuntimeError(
            "This process was forked after a network had been used in its parent, and TensorFlow "
            "hangs in such a process. Fit, load or unpickle in the child only (gunicorn without "
            "--preload), use joblib's default backend 'loky', threads, or processes that are "
            "started by 'spawn' or 'forkserver'."
        )


def tensorflow_is_running() -> bool:
    """Return whether TensorFlow has started its threads, by whatever first used it."""
    tf = sys.modules.get("tensorflow")
    if tf is None or not hasattr(tf, "config"):
        return False
    # Their number can be set until they run.
    n_threads = tf.config.threading.get_intra_op_parallelism_threads()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(n_threads + 1)
    except RuntimeError:
        return True
    tf.config.threading.set_intra_op_parallelism_threads(n_threads)
    return False


def _after_fork() -> None:
    _state["forked"] = _state["forked"] or _state["used"] or tensorflow_is_running()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
