"""Settings of all tests. Imports nothing of the package: a test decides when TensorFlow loads."""

import os

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
