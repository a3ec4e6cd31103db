"""Save a pipeline with its networks in one file, and load it without running code from it."""

import functools
import io
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path

import skops.io
from sklearn.exceptions import InconsistentVersionWarning

from skmultiinput._version import __version__
from skmultiinput.persistence import _network_bytes
from skmultiinput.persistence._archive import (
    ArtifactError,
    UntrustedTypesError,
    check_array,
    read_archive,
    repack,
    write_archive,
)
from skmultiinput.persistence._manifest import (
    check_metrics,
    environment,
    make_manifest,
    warn_of_versions,
    written_with,
)
from skmultiinput.persistence._plain import PlainCopy
from skmultiinput.persistence._standins import LOADING
from skmultiinput.persistence._trusted_types import TRUSTED

__all__ = ["ArtifactError", "UntrustedTypesError", "load", "read_manifest", "save"]

_PIPELINE = "pipeline.skops"


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
    metrics = check_metrics(metrics)
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
        members[f"networks/{number}.keras"] = _network_bytes.write_network(model)
    for number, value in enumerate(copier.objects):
        members[f"objects/{number}.json"] = _network_bytes.write_object(value)
    manifest = make_manifest(pipeline, copier.estimators, metrics)
    manifest["ask_for"] = sorted(_Stored(members).untrusted())
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
        stored.check_types(trusted, name)
        warn_of_versions(manifest, name)
        return stored.load()
    except ArtifactError:
        raise
    except Exception as error:
        by = written_with(manifest)
        raise ArtifactError(
            f"{name} cannot be loaded ({type(error).__name__}: {error}). It was written by {by}; "
            f"this is skmultiinput {__version__} with {environment()}."
        ) from error


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

    See Also
    --------
    save : Writes the file, with an example.
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
            _network_bytes.StoredNetwork(data, f"network {i}")
            for i, data in enumerate(self.networks)
        ]
        self.objects = [
            _network_bytes.StoredObject(data) for data in _numbered(members, "objects/{}.json")
        ]
        if members:
            raise ArtifactError(f"The archive has a member nobody asked for: {min(members)!r}.")
        self.types = set(skops.io.get_untrusted_types(data=self.data))

    def untrusted(self):
        """Names of all that would be built and is on no list."""
        names = {name for part in (*self.networks, *self.objects) for name in part.names}
        return _network_bytes.untrusted(names) | (self.types - TRUSTED)

    def check_types(self, trusted, name):
        """Refuse types that are neither known to be safe nor in `trusted`."""
        unknown = self.untrusted() - trusted
        if unknown:
            raise UntrustedTypesError(unknown, where=name)

    def load(self):
        """Build the pipeline; only after all names were found to be trusted."""
        networks = functools.cache(lambda number: self.networks[_index(number)].load())
        objects = functools.cache(lambda number: self.objects[_index(number)].load())
        token = LOADING.set({"networks": networks, "objects": objects})
        try:
            with warnings.catch_warnings():
                # Said once, for all packages.
                warnings.simplefilter("ignore", InconsistentVersionWarning)
                pipeline = skops.io.loads(self.data, trusted=sorted(self.types))
        finally:
            LOADING.reset(token)
        if not hasattr(pipeline, "get_params"):
            raise ArtifactError(f"It holds a {type(pipeline).__name__}, which is no estimator.")
        return pipeline


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
