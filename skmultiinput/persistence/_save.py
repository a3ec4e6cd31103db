"""Save a pipeline with its networks in one file."""

from pathlib import Path
from typing import Any

import skops.io
from sklearn.base import BaseEstimator

from skmultiinput import _keras  # noqa: F401 - imports TensorFlow without its log lines
from skmultiinput.persistence._archive import write_archive
from skmultiinput.persistence._compiled_part import compiled_members
from skmultiinput.persistence._manifest import check_metrics, make_manifest
from skmultiinput.persistence._plain import PlainCopy
from skmultiinput.persistence._settings import unsafe_settings
from skmultiinput.persistence._stored import Stored, members_of

__all__ = ["save"]


def save(
    pipeline: BaseEstimator, path: str | Path, *, metrics: dict[str, Any] | None = None
) -> None:
    """Save a pipeline with its networks, labels and threshold in one file.

    The file is a zip archive: the scikit-learn part in skops's format, each network as Keras's
    configuration (JSON) and its weights (safetensors), and a readable ``manifest.json``. It is
    written whole or not at all.

    Parameters
    ----------
    pipeline : estimator
        A fitted Pipeline, a `MultiInputClassifier`, or any scikit-learn estimator around them:
        TunedThresholdClassifierCV, CalibratedClassifierCV, VotingClassifier. It is left as it is.
    path : str or Path
        The file, customarily with the ending ``.skmi``.
    metrics : dict of {str: float}, default=None
        Its metrics on held-out rows, for the manifest.

    Raises
    ------
    TypeError
        If the pipeline holds a part that cannot be saved without pickle, such as a lambda.
    ValueError
        If a network holds code, such as a Lambda layer.
    OSError
        If the file cannot be written. A file that was there before is unchanged.

    Warns
    -----
    UserWarning
        If a network was compiled with metrics that cannot be saved; it is saved without them.

    See Also
    --------
    load : Load the file.
    read_manifest : Read the description in the file, without loading it.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputClassifier, load, read_manifest, save
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
    name = type(pipeline).__name__
    try:
        plain = copier(pipeline)
        data = skops.io.dumps(plain)
    except RecursionError:
        raise TypeError(f"This {name} cannot be saved: it holds itself.") from None
    except Exception as error:
        raise TypeError(
            f"This {name} cannot be saved without pickle: {error}. Expected parts that are plain "
            "values, arrays, or functions and classes with a name in a module."
        ) from error
    members = members_of(data, copier.networks, copier.objects)
    compiled, reason = compiled_members(pipeline, copier.networks)
    manifest = make_manifest(pipeline, copier.estimators, metrics)
    manifest["ask_for"] = sorted(Stored(members).untrusted | set(unsafe_settings(plain)))
    manifest["dropped"] = sorted(set(copier.dropped))
    manifest["compiled"] = reason or True
    write_archive(path, manifest, members | compiled)
