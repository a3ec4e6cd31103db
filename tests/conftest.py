"""Settings of all tests. Imports nothing of the package: a test decides when TensorFlow loads."""

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times, which says nothing about the code. In CI the same examples
# are tried each time, so that a failure is the change's own.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("tests")

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

# Modules whose examples need an extra -> the package that the extra brings.
EXAMPLES_OF_EXTRAS = {"skmultiinput/model_selection/_dask_backend.py": "distributed"}


def pytest_collection_modifyitems(items):
    for item in items:
        needed = EXAMPLES_OF_EXTRAS.get(item.nodeid.partition("::")[0])
        if needed and find_spec(needed) is None:
            item.add_marker(pytest.mark.skip(reason=f"needs {needed}"))
