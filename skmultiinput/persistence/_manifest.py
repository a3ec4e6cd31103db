"""The readable part of a saved pipeline: versions, inputs, labels, threshold, metrics."""

import json
import math
import platform
import sys
import warnings
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skmultiinput._version import __version__
from skmultiinput.persistence._archive import read_archive

if TYPE_CHECKING:  # reading a manifest does not wait for scikit-learn
    from skmultiinput.frame._column_groups import ColumnGroups

# Packages whose versions decide whether a loaded pipeline gives the same numbers.
_PACKAGES = (
    "scikit-learn",
    "imbalanced-learn",
    "keras",
    "tensorflow",
    "scikeras",
    "skrub",
    "skops",
    "pandas",
    "numpy",
    "scipy",
)


def read_manifest(path: str | Path) -> dict[str, Any]:
    """Read the description of a saved pipeline, without loading it.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict
        ``versions``, ``pipeline`` (its steps), ``input_columns``, ``classes``, ``threshold``,
        ``metrics``, ``networks`` (per network its inputs with kinds, shapes and the sizes of
        their vocabularies), ``ask_for`` (types that `load` wants in ``trusted``), ``dropped``
        (parameters and metrics that were not saved), ``compiled`` (True if there is a compiled
        scorer, else why there is none) and ``members`` (size and SHA-256 of each).

    Raises
    ------
    ArtifactError
        If the file was not written by `save`, is damaged or altered, or written by a newer release.

    See Also
    --------
    save : Writes the file, with an example.
    """
    return read_archive(path, only_manifest=True)[0]


def make_manifest(
    pipeline: Any, estimators: list[tuple[Any, int]], metrics: dict[str, float | None] | None
) -> dict[str, Any]:
    """Describe a pipeline, and the fitted estimators in it with the numbers of their networks."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": package_versions(),
        "pipeline": _outline(pipeline),
        "input_columns": _plain(getattr(pipeline, "feature_names_in_", None)),
        "classes": _plain(getattr(pipeline, "classes_", None)),
        "threshold": _threshold(pipeline),
        "metrics": metrics,
        "networks": [_describe(*fitted) for fitted in estimators],
    }


def check_metrics(metrics: Any) -> dict[str, float | None] | None:
    """Return metrics as a dict of float, None where one is not finite."""
    if metrics is None:
        return None
    try:
        values = {str(name): float(value) for name, value in metrics.items()}
    except (AttributeError, TypeError, ValueError):
        raise TypeError(
            "metrics expects a dict of names and numbers, such as {'roc_auc': 0.84}, got "
            f"{metrics!r:.200}."
        ) from None
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that make the predictions."""
    versions = {"python": platform.python_version(), "skmultiinput": __version__}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    keras = sys.modules.get("keras")
    if keras is not None:
        versions["keras backend"] = keras.backend.backend()
    return versions


def release(versions: Any) -> str:
    """Name the release and the packages that `versions` of a manifest tells."""
    by_package = versions if isinstance(versions, dict) else {}
    return f"skmultiinput {by_package.get('skmultiinput', '?')} with " + ", ".join(
        f"{name} {by_package.get(name, '?')}" for name in ("scikit-learn", "keras", "pandas")
    )


def warn_of_versions(manifest: dict[str, Any], name: str) -> None:
    """Warn, once, if a file was written with other versions."""
    now, then = package_versions(), dict(manifest.get("versions") or {})
    changed = [
        f"{package} {then.get(package)} (now {now.get(package)})"
        for package in ("skmultiinput", *_PACKAGES, "keras backend")
        if then.get(package) != now.get(package)
    ]
    if changed:
        warnings.warn(
            f"{name} was saved with {', '.join(changed)}; its predictions may differ slightly. "
            "Compare them on known rows before you rely on them.",
            UserWarning,
            stacklevel=3,
        )


def _outline(estimator: Any) -> dict[str, Any]:
    outline: dict[str, Any] = {"class": type(estimator).__name__}
    steps = getattr(estimator, "steps", None)
    if steps:
        outline["steps"] = [
            {"name": name, **(_outline(step) if hasattr(step, "get_params") else {"class": step})}
            for name, step in steps
        ]
    for name in ("estimator_", "estimator"):
        inner = getattr(estimator, name, None)
        if hasattr(inner, "get_params"):
            outline["estimator"] = _outline(inner)
            break
    return outline


def _threshold(estimator: Any) -> float | None:
    """Find the decision threshold: a tuned one, or one that was set."""
    threshold = getattr(estimator, "best_threshold_", None)
    if threshold is None and hasattr(estimator, "estimator"):
        threshold = getattr(estimator, "threshold", None)
    return float(threshold) if isinstance(threshold, (int, float, np.number)) else None


def _describe(estimator: Any, number: int) -> dict[str, Any]:
    groups = estimator.column_groups_
    return {
        "member": f"networks/{number}.safetensors",
        "estimator": type(estimator).__name__,
        "parameters": int(estimator.model_.count_params()),
        "outputs": int(estimator.model_.outputs[0].shape[-1]),
        "epochs": len(getattr(estimator, "history_", {}).get("loss", [])),
        "classes": _plain(getattr(estimator, "classes_", None)),
        "inputs": describe_inputs(groups),
    }


def describe_inputs(groups: "ColumnGroups") -> list[dict[str, Any]]:
    """Describe the inputs of a network by plain values."""
    return [
        {
            "name": spec.name,
            "group": spec.group,
            "kind": spec.kind,
            "shape": [int(size) for size in spec.shape],
            "dtype": "int32" if spec.categories else "float32",
            "features": [str(name) for name in spec.features],
            "vocabulary_sizes": [int(size) for size in spec.vocabulary_sizes],
        }
        for spec in groups.inputs
    ]


def _plain(values: Any) -> list[Any] | None:
    """Turn labels or names into what JSON can hold."""
    if values is None:
        return None
    items = values if isinstance(values, list) else np.asarray(values, dtype=object).tolist()
    plain = []
    for item in items:
        value = item.item() if isinstance(item, np.generic) else item
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            value = repr(value)
        plain.append(value)
    return plain
