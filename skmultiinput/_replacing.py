"""Files that are written whole or not at all."""

import errno
import hashlib
import os
import platform
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` when the block ends, or not at all."""
    target = Path(os.path.realpath(path))
    check_file(target)
    temporary = temporary_beside(target)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text in UTF-8, a file whole or not at all, to a device or a pipe as it is."""
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        target.write_text(text, encoding="utf-8")
        return
    with replacing(target) as file:
        file.write(text.encode("utf-8"))


def check_file(path: Path) -> None:
    """Refuse a folder, a device and a pipe, which could block for ever."""
    if path.exists() and not path.is_file():
        kind = "folder" if path.is_dir() else "device or pipe"
        raise OSError(errno.EINVAL, f"Expected the path of a file, got that of a {kind}", str(path))


def temporary_beside(target: Path) -> Path:
    """Return a temporary name for `target`, and remove what killed processes have left of it.

    The name has the same length whatever the target's. It tells the host and the process, so that
    no file is removed that another one is still writing.
    """
    name = hashlib.sha256(f"{platform.node()}/{target.name}".encode("utf-8", "surrogatepass"))
    start = f".skmultiinput-{name.hexdigest()[:16]}-"
    if target.parent.is_dir():
        for left in target.parent.glob(f"{start}*.tmp"):
            process = left.name.removeprefix(start).partition("-")[0]
            if process.isdecimal() and not _is_running(int(process)):
                _remove(left)
    return target.with_name(f"{start}{os.getpid()}-{uuid.uuid4().hex}.tmp")


def _is_running(process: int) -> bool:
    if os.name == "nt":  # which removes no open file, and knows no harmless signal
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _remove(path: Path) -> None:
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system lets a folder be synced."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return
    try:
        os.fsync(number)
    except OSError:
        pass
    finally:
        os.close(number)
