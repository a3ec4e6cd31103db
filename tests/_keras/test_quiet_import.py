"""TensorFlow's log lines, each case in a new process."""

import os
import subprocess
import sys

import pytest

FIT = """
import numpy as np
from skmultiinput import MultiInputClassifier

X = np.random.default_rng(0).normal(size=(300, 4))
y = (X[:, 0] > 0).astype(int)
model = MultiInputClassifier(epochs=2, random_state=0, hidden_units=(8,), n_estimators=1)
model.fit(X, y).predict_proba(X)
"""


def stderr_of(code, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_import_and_fit_write_nothing():
    assert stderr_of(FIT) == ""


@pytest.mark.parametrize(
    "line",
    [
        "from skmultiinput.branches import TokenBranch",
        "from skmultiinput.persistence import load",
        "from skmultiinput.model_selection import search_space",
    ],
)
def test_every_first_import_is_quiet(line):
    assert stderr_of(line) == ""


def test_the_level_of_the_user_counts():
    assert "oneDNN" in stderr_of("import skmultiinput.branches", TF_CPP_MIN_LOG_LEVEL="0")


def test_the_environment_is_as_before():
    code = (
        "import os, sys, skmultiinput.branches\n"
        "assert 'tensorflow' in sys.modules\n"
        "assert 'TF_CPP_MIN_LOG_LEVEL' not in os.environ"
    )
    assert stderr_of(code) == ""


def test_what_others_write_meanwhile_is_kept():
    code = (
        "import os, sys\n"
        "from skmultiinput._keras.quiet_import import without_log_lines\n"
        "with without_log_lines():\n"
        "    os.write(2, b'I0000 00:00:1.0 1 port.cc:153] oneDNN\\nmine\\n')\n"
        "    print('printed', file=sys.stderr)\n"
        "    os.write(2, b'E0000 00:00:1.0 1 x.cc:1] an error\\n')\n"
    )
    assert stderr_of(code) == "mine\nprinted\nE0000 00:00:1.0 1 x.cc:1] an error\n"


def test_nothing_is_held_back_if_the_import_fails():
    code = (
        "import os\n"
        "from skmultiinput._keras.quiet_import import without_log_lines\n"
        "try:\n"
        "    with without_log_lines():\n"
        "        os.write(2, b'I0000 00:00:1.0 1 port.cc:153] oneDNN\\n')\n"
        "        raise ImportError\n"
        "except ImportError: pass"
    )
    assert "oneDNN" in stderr_of(code)


def test_a_process_without_stderr():
    assert stderr_of("import os; os.close(2); import skmultiinput.branches") == ""
