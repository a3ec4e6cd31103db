"""What all benchmarks share: timing, the record of machine and versions, the JSON file."""

import gc
import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from skmultiinput._version import __version__

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("skmultiinput", "scikeras", "keras", "tensorflow", "scikit-learn", "pandas", "numpy")


def seconds(function):
    """Wall-clock seconds of one call."""
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def medians(contenders, repeats):
    """Median seconds of each contender; they take turns, so that drift hits all alike."""
    times = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, function in contenders.items():
            times[name].append(seconds(function))
    return {name: statistics.median(values) for name, values in times.items()}


def write_results(name, *, seed, runs, packages=PACKAGES, **more):
    """Write the JSON record of a benchmark."""
    RESULTS.mkdir(exist_ok=True)
    record = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seed": seed,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        # Our own from the code that ran: an editable install keeps the version it was made with.
        "versions": {
            package: __version__ if package == "skmultiinput" else version(package)
            for package in packages
        },
        **more,
        "runs": runs,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def kept_runs(name, *, again, **settings):
    """Return the runs of an earlier call with these settings, but those to be made `again`.

    Parameters
    ----------
    name : str
    again : callable
        ``again(run)`` -> bool.
    **settings
        What the record has to say of how it was made.
    """
    path = RESULTS / f"{name}.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": []}
    if any(record.get(key) != value for key, value in settings.items()):
        return []
    return [run for run in record["runs"] if not again(run)]


def data_folder():
    """Folder of the public data sets; benchmarks that need it stop where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SKMULTIINPUT_DATA", default))
    if not folder.is_dir():
        raise SystemExit(f"No data in {folder}; set SKMULTIINPUT_DATA to the folder that has it.")
    return folder
