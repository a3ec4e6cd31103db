"""Load a saved pipeline without running code from the file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from skmultiinput.persistence._archive import ArtifactError, check_trusted, read_archive
from skmultiinput.persistence._compiled_part import COMPILED, read_compiled
from skmultiinput.persistence._manifest import package_versions, release, warn_of_versions

__all__ = ["load"]


def load(path: str | Path, *, trusted: Iterable[str | type] = (), compiled: bool = False) -> Any:
    """Load what `save` wrote.

    Nothing in the file is unpickled or run. Before anything is built, the file is checked against
    its manifest, and all types in it against a list of types that are known to be safe.

    Parameters
    ----------
    path : str or Path
        The file.
    trusted : iterable of str, default=()
        Further types that may be built: custom branches, layers, functions. The error names those
        that a file asks for. Trust a type only if you know where it comes from, and trees of
        scikit-learn only in files whose source you know.
    compiled : bool, default=False
        Load the compiled scorer instead of the pipeline: neither TensorFlow nor, as long as rows
        look like those that were fitted, scikit-learn is imported.

    Returns
    -------
    estimator or CompiledPipeline
        In the same environment, its predictions are identical to those of the saved one; those of
        the compiled scorer are equal to 1e-6.

    Raises
    ------
    UntrustedTypesError
        If the file asks for types that are neither known to be safe nor in `trusted`.
    ArtifactError
        If the file was not written by `save`, is damaged or altered, or has another format.
    OSError
        If it cannot be opened.
    RuntimeError
        If the process was forked after TensorFlow had been used in its parent.

    Warns
    -----
    UserWarning
        If it was written with other versions of the packages that make the predictions.

    See Also
    --------
    save : Save a pipeline, with an example.
    skmultiinput.serving.compile_pipeline : The compiled scorer.

    Notes
    -----
    A loaded file may

    - build objects of the types that are known to be safe, with any attributes;
    - compute on the data of later calls, with as many processes (``n_jobs``) as it says;
    - take time and memory in proportion to its size.

    It may not, unless a type in `trusted` does,

    - unpickle, run code of its own, or build a type by a loader that is not that type's;
    - open files: text vectorizers with ``input="filename"``, encoders of images, and branches whose
      word vectors are a path are asked for;
    - call a method that it names, other than the usual predicting ones, by a scorer or a stack;
    - read or write a cache folder: ``memory`` is dropped when saving and when loading;
    - claim more than it holds: members, arrays, ranges, weights and parts that hold each other are
      checked before memory is allocated for them.
    """
    names = _trusted_names(trusted)
    if compiled:
        return _load_compiled(path, names)
    from skmultiinput._keras.processes import prepare_process  # noqa: PLC0415 - TensorFlow
    from skmultiinput.persistence._stored import Stored  # noqa: PLC0415 - likewise

    prepare_process()
    manifest, members = read_archive(path)
    name = Path(path).name
    members = {key: data for key, data in members.items() if key not in COMPILED}
    try:
        pipeline = Stored(members).load(names, name)
    except ArtifactError:
        raise
    except Exception as error:
        by, this = release(manifest.get("versions")), release(package_versions())
        raise ArtifactError(
            f"{name} cannot be loaded ({type(error).__name__}: {error}). It was written by {by}; "
            f"this is {this}."
        ) from error
    warn_of_versions(manifest, name)
    return pipeline


def _load_compiled(path: str | Path, names: set[str]) -> Any:
    manifest, members = read_archive(path)
    name = Path(path).name
    try:
        check_trusted(manifest.get("ask_for") or [], names, name)
        return read_compiled(members, manifest, names, name)
    except ArtifactError:
        raise
    except Exception as error:
        raise ArtifactError(
            f"{name} holds no compiled scorer that can be read ({type(error).__name__}: {error}); "
            "load it without compiled=True."
        ) from error


def _trusted_names(trusted: Iterable[str | type]) -> set[str]:
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
