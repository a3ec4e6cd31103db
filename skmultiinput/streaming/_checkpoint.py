"""Where a long training run stands, in a file: written whole or not at all, checked when read."""

import errno
import hashlib
import pickle
import tempfile
from pathlib import Path
from typing import Any

from skmultiinput._replacing import replacing
from skmultiinput._version import __version__
from skmultiinput.persistence._archive import ArtifactError

_HEAD = f"skmultiinput checkpoint {__version__}\n".encode()
_DIGEST = hashlib.sha256().digest_size


def check_folder(path: str | Path) -> None:
    """Refuse a folder that is not there or cannot be written to, before the work is done."""
    folder = Path(path).parent
    if not folder.is_dir():
        message = f"Make the folder of the checkpoint {Path(path).name} first"
        raise FileNotFoundError(errno.ENOENT, message, str(folder))
    with tempfile.TemporaryFile(dir=folder):
        pass


def write_checkpoint(path: str | Path, progress: Any) -> None:
    """Write a checkpoint in place of the one before.

    It is pickled: it holds a pipeline in the middle of its training, with parts of any type.
    """
    data = pickle.dumps(progress, protocol=pickle.HIGHEST_PROTOCOL)
    with replacing(path) as file:
        file.write(_HEAD + hashlib.sha256(data).digest() + data)


def read_checkpoint(path: str | Path) -> Any:
    """Read a checkpoint that this user wrote, or return None where there is none.

    Unpickling one of somebody else's can run code. Raises ArtifactError if it is no checkpoint of
    this release, or damaged.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    advice = "Remove it to start again."
    if not data.startswith(_HEAD):
        raise ArtifactError(f"{path.name} is no checkpoint of skmultiinput {__version__}. {advice}")
    digest, data = data[len(_HEAD) :][:_DIGEST], data[len(_HEAD) + _DIGEST :]
    if hashlib.sha256(data).digest() != digest:
        raise ArtifactError(f"{path.name} is damaged: it is not as it was written. {advice}")
    return pickle.loads(data)  # noqa: S301 - of this user's own, as documented
