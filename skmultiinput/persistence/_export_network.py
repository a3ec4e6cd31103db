"""Export the network of a fitted estimator, without the preprocessing, for other programs."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmultiinput import _keras  # noqa: F401 - imports TensorFlow without its log lines

# isort: split
import keras

from skmultiinput._compat import write_exported
from skmultiinput._replacing import replacing, temporary_beside
from skmultiinput.persistence._manifest import describe_inputs, package_versions
from skmultiinput.persistence._networks import refuse_code

__all__ = ["export_network"]

FORMATS = ("keras", "tf_saved_model", "onnx")


def export_network(
    estimator: BaseEstimator,
    path: str | Path,
    *,
    format: str = "keras",  # noqa: A002 - Keras's name for it
) -> Path:
    """Export the network of a fitted estimator, with a description of its inputs.

    The exported network takes the arrays that ``column_groups_.split(frame)`` returns: floats that
    are imputed and scaled, and codes of categories. The preprocessing before it stays in Python,
    and so do the steps after it: labels, thresholds, and the scale of a regressor's target. The
    description says what each input and output means. To move a whole pipeline, use `save`.

    Parameters
    ----------
    estimator : estimator
        A fitted `MultiInputClassifier` or `MultiInputRegressor`, or a Pipeline that ends in one.
    path : str or Path
        The file to write, ending in ``.keras`` or ``.onnx``, or the folder of a SavedModel. The
        description is written beside it, as ``<path>.json``; into a SavedModel's folder as
        ``inputs.json``.
    format : {"keras", "tf_saved_model", "onnx"}, default="keras"
        Keras's own format, TensorFlow's for serving, or ONNX, which needs ``tf2onnx``
        (``pip install 'skmultiinput[onnx]'``).

    Returns
    -------
    Path
        The path of the description.

    Raises
    ------
    ValueError
        If the format is unknown, the path has another ending, or there is no network, or more
        than one, to export.
    ImportError
        If a package for the format is missing; it is named.

    See Also
    --------
    save : Saves the whole pipeline.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputClassifier
    >>> X = pd.DataFrame({"age": [31.0, 64.0, 45.0, 22.0]})
    >>> model = MultiInputClassifier(epochs=1, early_stopping=False, random_state=0)
    >>> model = model.fit(X, ["stays", "leaves", "stays", "leaves"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     described = export_network(model, f"{folder}/churn.keras")
    ...     description = json.loads(described.read_text())
    ...     network = keras.saving.load_model(f"{folder}/churn.keras")
    >>> description["inputs"][0]["features"], description["output"]["classes"]
    (['age'], ['leaves', 'stays'])
    >>> inputs = model.column_groups_.split(X)
    >>> bool(np.allclose(network(inputs)[:, 0], model.predict_proba(X)[:, 1]))
    True
    """
    path = Path(path)
    if format not in FORMATS:
        raise ValueError(f"The 'format' parameter must be one of {FORMATS}, got {format!r}.")
    ending = {"keras": ".keras", "onnx": ".onnx", "tf_saved_model": ""}[format]
    if ending and path.suffix != ending:
        raise ValueError(f"Expected a path that ends in {ending!r} for {format!r}, got {path}.")
    model = _network_of(estimator)
    description = json.dumps(_describe(model, format), indent=2).encode()
    network = model.model_
    if format == "keras":
        _export_keras(network, path)
    elif format == "onnx":
        _export_onnx(network, path)
    else:
        return _export_saved_model(network, path, description)
    beside = path.with_name(f"{path.name}.json")
    with replacing(beside) as file:
        file.write(description)
    return beside


def _network_of(estimator: Any) -> Any:
    last = estimator.steps[-1][1] if getattr(estimator, "steps", None) else estimator
    if not hasattr(last, "column_groups_") and not hasattr(last, "predict_outputs"):
        raise ValueError(
            "export expects a fitted MultiInputClassifier or MultiInputRegressor, or a Pipeline "
            f"that ends in one; got {type(last).__name__}. Of an estimator with several networks, "
            "export each."
        )
    check_is_fitted(last, "model_")
    return last


def _uncompiled(network: keras.Model) -> keras.Model:
    """Return the same layers without optimizer and loss, which no other program needs."""
    inputs = {tensor.name: tensor for tensor in network.inputs}
    return keras.Model(inputs, network.outputs[0], name=network.name)


def _describe(estimator: Any, how: str) -> dict[str, Any]:
    target = estimator.target_encoder_
    output = {"kind": target.kind_, "width": int(estimator.model_.output.shape[-1])}
    if target.kind_ == "regression":
        output["mean"], output["scale"] = target.mean_.tolist(), target.scale_.tolist()
        output["meaning"] = "standardised targets: prediction = output * scale + mean"
        if hasattr(target, "levels"):
            output["quantiles"] = target.levels
    else:
        classes = target.classes_.tolist()
        plain = (str, int, float, bool)
        output["classes"] = [
            label if isinstance(label, plain) else repr(label) for label in classes
        ]
        output["meaning"] = {
            "binary": "probability of the last class",
            "multiclass": "probability of each class",
            "multilabel": "probability of each label",
        }[target.kind_]
    groups = estimator.column_groups_
    inputs = describe_inputs(groups)
    for spec, described in zip(groups.inputs, inputs, strict=True):
        if spec.categories:
            # Code i stands for the i-th category; text in JSON, whatever it was.
            described["vocabularies"] = [list(map(str, levels)) for levels in spec.categories]
    return {
        "format": how,
        "versions": package_versions(),
        "inputs": inputs,
        "output": output,
        "preprocessing": "not included: rows have to be prepared by the fitted pipeline",
    }


def _export_saved_model(network: keras.Model, path: Path, description: bytes) -> Path:
    if path.exists() and (path.is_file() or any(path.iterdir())):
        raise ValueError(f"{path} exists; expected a new or an empty folder for a SavedModel.")
    temporary = temporary_beside(path)
    try:
        write_exported(network, temporary, "tf_saved_model")
        (temporary / "inputs.json").write_bytes(description)
        if path.exists():
            path.rmdir()
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return path / "inputs.json"


def _export_keras(network: keras.Model, path: Path) -> None:
    network = _uncompiled(network)
    refuse_code(keras.saving.serialize_keras_object(network))
    _write_file(path, network.save)


def _export_onnx(network: keras.Model, path: Path) -> None:
    try:
        import tf2onnx  # noqa: F401, PLC0415 - an extra; Keras says less clearly what is missing
    except ImportError as error:
        raise ImportError(
            "Export to ONNX needs tf2onnx, which is not installed: pip install "
            "'skmultiinput[onnx]', or export with format='tf_saved_model'."
        ) from error
    network = _uncompiled(network)
    # Keras exports only what has been called; a functional model predicts without.
    network({t.name: np.zeros((1, *t.shape[1:]), t.dtype) for t in network.inputs})
    _write_file(path, lambda temporary: write_exported(network, temporary, "onnx"))


def _write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file by a function that decides by its ending what it writes."""
    with tempfile.TemporaryDirectory() as folder, replacing(path) as file:
        temporary = Path(folder, f"network{path.suffix}")
        write(temporary)
        file.write(temporary.read_bytes())
