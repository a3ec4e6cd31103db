"""Save a pipeline with its networks in one file, and load it without running code from it."""

import functools
import io
import json
import math
import platform
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import keras
import numpy as np
import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from skmultiinput import _networks
from skmultiinput._archive import (
    ArtifactError,
    UntrustedTypesError,
    check_array,
    read_archive,
    repack,
    write_archive,
)
from skmultiinput._plain import PlainCopy
from skmultiinput._standins import LOADING
from skmultiinput._trusted import TRUSTED
from skmultiinput._version import __version__

__all__ = ["ArtifactError", "UntrustedTypesError", "load", "read_manifest", "save"]

_PIPELINE = "pipeline.skops"
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


def save(pipeline, path, *, metrics=None):
    """Save a pipeline with its networks, labels and threshold in one file.

    The file is a zip archive: the scikit-learn part in skops's format, each network in Keras's,
    and a readable ``manifest.json``. It is written whole or not at all.

    Parameters
    ----------
    pipeline : estimator
        A fitted Pipeline, a `MultiInputClassifier`, or any scikit-learn estimator around them:
        TunedThresholdClassifierCV, CalibratedClassifierCV, VotingClassifier. It is left as it is.
    path : str or Path
        The file, customarily with the ending ``.skmi``.
    metrics : dict of {str: float}, default=None
        What is known of the pipeline's quality, for the manifest.

    Raises
    ------
    TypeError
        If the pipeline holds what cannot be saved without pickle, such as a lambda; it is named.
    ValueError
        If a network holds code, such as a Lambda layer.
    OSError
        If the file cannot be written; a file that was there before is as it was.

    See Also
    --------
    load : The way back.
    read_manifest : What is in a file, without loading it.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"age": [31.0, 64.0, 45.0, 22.0]})
    >>> model = MultiInputClassifier(epochs=1, early_stopping=False, random_state=0)
    >>> model = model.fit(X, ["stays", "leaves", "stays", "leaves"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/churn.skmi", metrics={"roc_auc": 0.84})
    ...     manifest = read_manifest(f"{folder}/churn.skmi")
    ...     loaded = load(f"{folder}/churn.skmi")
    >>> manifest["classes"], manifest["metrics"]
    (['leaves', 'stays'], {'roc_auc': 0.84})
    >>> bool((loaded.predict_proba(X) == model.predict_proba(X)).all())
    True
    """
    if isinstance(pipeline, type) or not hasattr(pipeline, "get_params"):
        raise TypeError(f"save expects an estimator or a pipeline, got {pipeline!r:.200}.")
    metrics = _check_metrics(metrics)
    copier = PlainCopy()
    try:
        data = skops.io.dumps(copier(pipeline))
    except RecursionError:
        raise TypeError(
            f"This {type(pipeline).__name__} cannot be saved: it holds itself."
        ) from None
    except Exception as error:
        raise TypeError(
            f"This {type(pipeline).__name__} cannot be saved without pickle: {error}. Expected "
            "parts that are plain values, arrays, or functions and classes with a name in a module."
        ) from error
    members = {_PIPELINE: _packed(data)}
    for number, model in enumerate(copier.networks):
        members[f"networks/{number}.keras"] = _networks.write_network(model)
    for number, value in enumerate(copier.objects):
        members[f"objects/{number}.json"] = _networks.write_object(value)
    manifest = {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": _versions(),
        "pipeline": _outline(pipeline),
        "input_columns": _plain(getattr(pipeline, "feature_names_in_", None)),
        "classes": _plain(getattr(pipeline, "classes_", None)),
        "threshold": _threshold(pipeline),
        "metrics": metrics,
        "networks": [_describe(*found) for found in copier.estimators],
        "ask_for": sorted(_Stored(members).untrusted()),
    }
    write_archive(path, manifest, members)


def load(path, *, trusted=()):
    """Load what `save` wrote.

    Nothing in the file is unpickled or run. It is checked against its manifest, and everything it
    would build against a list of known types, before anything is built.

    Parameters
    ----------
    path : str or Path
        The file.
    trusted : iterable of str, default=()
        Names of further types that may be built: custom branches, layers, functions. The error
        names those that a file asks for. Trust a type only if you know where it comes from, and
        trees of scikit-learn only in files whose source you know.

    Returns
    -------
    estimator
        In the same environment its predictions equal those of the saved one bit for bit.

    Raises
    ------
    UntrustedTypesError
        If the file asks for types that are neither known to be safe nor in `trusted`.
    ArtifactError
        If the file is none of ours, damaged, altered, or written by a newer release.
    OSError
        If it cannot be opened.

    Warns
    -----
    UserWarning
        If it was written with other versions of the packages that make the predictions.

    See Also
    --------
    save : The way here, with an example.
    """
    trusted = _check_trusted(trusted)
    manifest, members = read_archive(path)
    name = Path(path).name
    try:
        stored = _Stored(members)
        unknown = stored.untrusted() - trusted
        if unknown:
            raise UntrustedTypesError(unknown, where=name)
        _warn_of_versions(manifest, name)
        pipeline = stored.load()
        if not hasattr(pipeline, "get_params"):
            raise ArtifactError(f"{name} holds a {type(pipeline).__name__}, which is no estimator.")
    except ArtifactError:
        raise
    except Exception as error:
        by = _written_with(manifest)
        raise ArtifactError(
            f"{name} cannot be loaded ({type(error).__name__}: {error}). It was written by {by}; "
            f"this is skmultiinput {__version__} with {_environment()}."
        ) from error
    return pipeline


def read_manifest(path):
    """Read what is said of a saved pipeline, without loading it.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict
        ``versions``, ``pipeline`` (its steps), ``input_columns``, ``classes``, ``threshold``,
        ``metrics``, ``networks`` (per network its inputs with kinds, shapes and the sizes of
        their vocabularies), ``ask_for`` (types that `load` wants in ``trusted``) and ``members``
        (size and SHA-256 of each).

    Raises
    ------
    ArtifactError
        If the file is none of ours, damaged or altered, or written by a newer release.
    """
    return read_archive(path, only_manifest=True)[0]


class _Stored:
    """The members of an archive, looked at and ready to be built."""

    def __init__(self, members):
        members = dict(members)
        self.data, parts = repack(members.pop(_PIPELINE))
        for name, content in parts.items():
            _check_part(content, name)
        self.networks = _numbered(members, "networks/{}.keras")
        self.networks = [
            _networks.StoredNetwork(data, f"network {i}") for i, data in enumerate(self.networks)
        ]
        self.objects = [
            _networks.StoredObject(data) for data in _numbered(members, "objects/{}.json")
        ]
        if members:
            raise ArtifactError(f"The archive has a member nobody asked for: {min(members)!r}.")
        self.types = set(skops.io.get_untrusted_types(data=self.data))

    def untrusted(self):
        """Names of all that would be built and is on no list."""
        names = {name for part in (*self.networks, *self.objects) for name in part.names}
        return _networks.untrusted(names) | (self.types - TRUSTED)

    def load(self):
        """Build the pipeline; only after all names were found to be trusted."""
        networks = functools.cache(lambda number: self.networks[_index(number)].load())
        objects = functools.cache(lambda number: self.objects[_index(number)].load())
        token = LOADING.set({"networks": networks, "objects": objects})
        try:
            with warnings.catch_warnings():
                # Said once, for all packages.
                warnings.simplefilter("ignore", InconsistentVersionWarning)
                return skops.io.loads(self.data, trusted=sorted(self.types))
        finally:
            LOADING.reset(token)


def _index(number):
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"There is no network {number!r}.")
    return number


def _numbered(members, pattern):
    found = []
    while pattern.format(len(found)) in members:
        found.append(members.pop(pattern.format(len(found))))
    return found


def _check_part(content, name):
    """Look into a member of the scikit-learn part as far as memory is concerned."""
    if content[:6] == b"\x93NUMPY":
        check_array(content, name)
    elif content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # a sparse matrix
        for inner, array in repack(content)[1].items():
            check_array(array, f"{name}/{inner}")


def _packed(data):
    """Pack the text of a skops file, which shrinks to a tenth."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _check_trusted(trusted):
    if isinstance(trusted, (str, bool)) or not isinstance(trusted, Iterable):
        raise TypeError(
            f"trusted expects a list of names, such as ['my_package.MyBranch'], got {trusted!r}."
        )
    names = [
        f"{item.__module__}.{item.__qualname__}" if isinstance(item, type) else item
        for item in trusted
    ]
    wrong = [item for item in names if not isinstance(item, str)]
    if wrong:
        raise TypeError(f"trusted expects a list of names, got {wrong[0]!r} in it.")
    return set(names)


def _check_metrics(metrics):
    if metrics is None:
        return None
    try:
        if not isinstance(metrics, Mapping):
            raise TypeError
        figures = {str(name): float(value) for name, value in metrics.items()}
    except (TypeError, ValueError):
        raise TypeError(
            "metrics expects a dict of names and numbers, such as {'roc_auc': 0.84}, got "
            f"{metrics!r:.200}."
        ) from None
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


# -- the manifest ----------------------------------------------------------------------------------


def _versions():
    versions = {"python": platform.python_version(), "skmultiinput": __version__}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    versions["keras backend"] = keras.backend.backend()
    return versions


def _written_with(manifest):
    versions = manifest.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    return f"skmultiinput {versions.get('skmultiinput', '?')} with " + ", ".join(
        f"{name} {versions.get(name, '?')}" for name in ("scikit-learn", "keras", "pandas")
    )


def _environment():
    versions = _versions()
    return ", ".join(f"{name} {versions[name]}" for name in ("scikit-learn", "keras", "pandas"))


def _warn_of_versions(manifest, name):
    now, then = _versions(), manifest["versions"]
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


def _outline(estimator):
    outline = {"class": type(estimator).__name__}
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


def _threshold(estimator):
    """Find the decision threshold: a tuned one, or one that was set."""
    threshold = getattr(estimator, "best_threshold_", None)
    if threshold is None and hasattr(estimator, "estimator"):
        threshold = getattr(estimator, "threshold", None)
    return float(threshold) if isinstance(threshold, (int, float, np.number)) else None


def _describe(estimator, number):
    groups = estimator.column_groups_
    return {
        "member": f"networks/{number}.keras",
        "estimator": type(estimator).__name__,
        "parameters": int(estimator.model_.count_params()),
        "outputs": int(estimator.model_.outputs[0].shape[-1]),
        "epochs": len(getattr(estimator, "history_", {}).get("loss", [])),
        "classes": _plain(getattr(estimator, "classes_", None)),
        "inputs": describe_inputs(groups),
    }


def describe_inputs(groups):
    """Describe the inputs of a network by plain values.

    Parameters
    ----------
    groups : ColumnGroups

    Returns
    -------
    list of dict
    """
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


def _plain(values):
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
