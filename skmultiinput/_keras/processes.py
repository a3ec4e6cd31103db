"""TensorFlow beside other processes: a fair share of the cores, and no use after a fork."""

import multiprocessing
import os

import keras

_state = {"used": False, "forked": False}


def take_share_of_cores():
    """In a worker process of joblib, Dask or Ray, keep TensorFlow to its share of the cores.

    They tell their workers the share by ``OMP_NUM_THREADS``, which TensorFlow does not read:
    each worker would start a thread per core. Has an effect only before TensorFlow's first use.

    Returns
    -------
    int or None
        The number of threads, where it was set.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    # A worker that is about to import the main script, as "spawn" does, has its name already, but
    # does not know its parent yet. Ray starts its workers by itself, not by multiprocessing.
    in_worker = (
        multiprocessing.parent_process() is not None
        or multiprocessing.current_process().name != "MainProcess"
        or "RAY_RAYLET_PID" in os.environ
    )
    if not in_worker or not share.isdecimal() or keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    try:
        tf.config.threading.set_intra_op_parallelism_threads(int(share))
        tf.config.threading.set_inter_op_parallelism_threads(int(share))
    except RuntimeError:  # it runs already, with the threads that somebody else chose
        return None
    return int(share)


def check_not_forked():
    """Refuse to use a network in a process that was forked after a first use: it would hang.

    Raises
    ------
    RuntimeError
        Saying which ways of starting processes work.
    """
    if _state["forked"]:
        raise RuntimeError(
            "This process was forked after a network had been used in its parent, and TensorFlow "
            "hangs in such a process. Use joblib's default backend 'loky', threads, or processes "
            "that are started by 'spawn' or 'forkserver'."
        )
    _state["used"] = True


def _after_fork():
    _state["forked"] = _state["used"]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
