"""Import Keras, and TensorFlow with it, without TensorFlow's log lines."""

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# What TensorFlow writes before its log has a level, and the older form of it.
_LOG_LINE = re.compile(
    rb"[IW]\d{4} |\d{4}-\d\d-\d\d .*: [IW] |WARNING: All log messages before absl"
    rb"|To enable the following instructions"
)


def import_keras() -> None:
    """Import Keras quietly, unless the user has set TensorFlow's log level or imported it before.

    TensorFlow reads its level once, while it is imported, so the variable is removed again. The
    first lines ignore the level; they are filtered out of what is written to stderr meanwhile.
    """
    if LEVEL in os.environ or "tensorflow" in sys.modules:
        importlib.import_module("keras")
        return
    os.environ[LEVEL] = "3"
    try:
        with without_log_lines():
            importlib.import_module("keras")
    finally:
        os.environ.pop(LEVEL, None)


@contextmanager
def without_log_lines() -> Iterator[None]:
    """Hold back what is written to stderr, and write it afterwards without TensorFlow's log."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        stderr_copy = os.dup(2)
    except (OSError, ValueError):  # a process without stderr
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(stderr_copy, 2)
            os.close(stderr_copy)
            held.seek(0)
            lines = held.readlines()
            os.write(2, b"".join(line for line in lines if failed or not _LOG_LINE.match(line)))
