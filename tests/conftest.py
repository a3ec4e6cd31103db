"""Settings of all tests. It imports nothing of the package, so TensorFlow loads when needed."""

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times, which says nothing about the code. In CI the examples are the
# same each time, so that a failure is caused by the change.
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

# Modules whose examples need an extra -> the package that the extra installs.
EXAMPLES_OF_EXTRAS = {
    "skmultiinput/model_selection/_dask_backend.py": "distributed",
    "skmultiinput/model_selection/_tune.py": "optuna",
}


# Folders whose tests need no network: `pytest -m quick`.
QUICK = {"frame", "metrics", "datasets", "over_sampling", "preprocessing"}
QUICK_FILES = {"test_layering.py", "test_benchmarks.py", "test_contributing.py", "test_release.py"}


def pytest_addoption(parser):
    parser.addoption("--site", help="folder of the built documentation, to be crawled")


def pytest_collection_modifyitems(items):
    for item in items:
        path = item.nodeid.partition("::")[0]
        needed = EXAMPLES_OF_EXTRAS.get(path)
        if needed and find_spec(needed) is None:
            item.add_marker(pytest.mark.skip(reason=f"needs {needed}"))
        folder, name = path.split("/")[-2:] if "/" in path else ("", path)
        slow = item.get_closest_marker("slow")
        if (folder in QUICK or name in QUICK_FILES) and not slow:
            item.add_marker(pytest.mark.quick)
