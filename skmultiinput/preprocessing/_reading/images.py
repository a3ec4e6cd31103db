"""Reading one image, from a file, a PIL image or an array, as floats in [0, 1]."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

# Weights of red, green and blue in a grey image (ITU-R BT.601, as in PIL).
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
# EXIF's tag for the orientation of the camera, and its values for an image on its side.
_ORIENTATION, _ON_ITS_SIDE = 0x0112, range(5, 9)
_RESHAPE = "Flat rows of pixels are reshaped first, e.g. with `list(pixels.reshape(-1, 8, 8))`."
_OPEN_ENDED = ("I", "F")
_GREY_MODES = ("1", "L", "LA", "La", "I", "F")


def pillow() -> tuple[Any, Any]:
    """Return the modules PIL.Image and PIL.ImageOps, or raise with how to install them."""
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415  (an optional dependency)
    except ImportError as error:
        raise ImportError(
            "ImageEncoder needs pillow to read image files and to resize: pip install pillow"
        ) from error
    return Image, ImageOps


def is_image(cell: Any) -> bool:
    """Return whether a cell is a PIL image; does not import pillow."""
    return hasattr(cell, "getbands") and hasattr(cell, "convert")


def is_file(cell: Any) -> bool:
    """Return whether a cell is a path or the content of a file."""
    return isinstance(cell, (str, os.PathLike, bytes))


def measure(cell: Any, where: str, folder: str | os.PathLike | None) -> tuple[int, int, int, float]:
    """Return height, width, number of channels without transparency, and the largest pixel.

    Files are decoded only if their mode does not define white; otherwise the largest pixel is 0.
    """
    if is_file(cell):
        with _open(cell, where, folder) as image:
            width, height = image.size
            if image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
                width, height = height, width
            largest = _largest(_decode(image, where)) if image.mode in _OPEN_ENDED else 0.0
            return height, width, _n_colours(image), largest
    if is_image(cell):
        return cell.height, cell.width, _n_colours(cell), _largest(cell)
    pixels = pixel_array(cell, where)
    largest = 0.0 if _white(pixels.dtype) else float(pixels.max())
    return *pixels.shape[:2], 1 if pixels.shape[2] < 3 else 3, largest


def read_image(
    cell: Any,
    where: str,
    *,
    size: tuple[int, int],
    n_channels: int,
    max_value: float,
    folder: str | os.PathLike | None,
    own_white: bool,
) -> np.ndarray:
    """Return one image as float32 in [0, 1] of shape (height, width, channel).

    A cell is a file, bytes, an image of PIL or an array; `where` names it in errors. Files have to
    be in the folder, if there is one. Channels are 1 for grey, 3 for colour, 4 with transparency.
    `max_value` is white in arrays whose type does not define it, with `own_white` in those of any
    type.
    """
    if is_file(cell):
        with _open(cell, where, folder) as opened:
            cell = _decode(opened, where)
    if is_image(cell):
        cell, own_white = _bands(cell, size), False
    pixels = pixel_array(cell, where)
    white: float | None = None if own_white else _white(pixels.dtype)
    if white is None:
        low, high = pixels.min(), pixels.max()
        if low < 0 or high > 1.5 * max_value:
            raise ValueError(
                f"Expected pixels between 0 and {max_value:g}, got {low:g} to {high:g} in {where}. "
                "Set max_value to the number that is white."
            )
        white = max_value
    values = np.clip(pixels.astype(np.float32) / np.float32(white), 0, 1)
    return with_channels(resized(values, size), n_channels)


def pixel_array(cell: Any, where: str) -> np.ndarray:
    """Return an array cell as (height, width, channel); raise if it is no image of numbers."""
    try:
        pixels = np.asarray(cell)
    except ValueError:
        pixels = np.asarray(None)
    if pixels.ndim == 0 or pixels.dtype.kind not in "biuf":
        raise TypeError(
            f"Expected a path, a PIL image or an array of numbers, got {type(cell).__name__} "
            f"{cell!r:.40} in {where}. {_RESHAPE}"
        )
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4) or 0 in pixels.shape:
        raise ValueError(
            "Expected an array of shape (height, width) or (height, width, channel) with 1 to 4 "
            f"channels, got shape {np.shape(cell)} in {where}. {_RESHAPE}"
        )
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise ValueError(f"Expected finite pixels, got NaN or infinity in {where}.")
    return pixels


def with_channels(pixels: np.ndarray, n_channels: int) -> np.ndarray:
    """Convert floats of shape (height, width, any) to 1, 3 or 4 channels.

    Colours become grey by their luminance, transparent parts are laid over white, grey is repeated,
    and an image without transparency is opaque.
    """
    if pixels.shape[2] == n_channels:
        return pixels
    alpha = pixels[:, :, -1:] if pixels.shape[2] in (2, 4) else None
    colours = pixels if alpha is None else pixels[:, :, :-1]
    if alpha is not None and n_channels < 4:
        colours = colours * alpha + (1 - alpha)
    if n_channels == 1:
        return colours if colours.shape[2] == 1 else (colours @ _LUMA)[:, :, None]
    if colours.shape[2] == 1:
        colours = np.repeat(colours, 3, axis=2)
    if n_channels == 3:
        return colours
    opaque = np.ones_like(colours[:, :, :1]) if alpha is None else alpha
    return np.concatenate([colours, opaque], axis=2)


def resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Stretch floats of shape (height, width, channel) to (height, width), without aliasing."""
    if pixels.shape[:2] == tuple(size):
        return pixels
    Image, _ = pillow()
    planes = [
        Image.fromarray(np.ascontiguousarray(plane)).resize(size[::-1], Image.Resampling.BILINEAR)
        for plane in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=2)


def _white(dtype: np.dtype) -> int | None:
    """Return the number that is white in arrays of a type, None if the type does not define it."""
    return {"b1": 1, "u1": 255, "u2": 65535}.get(f"{dtype.kind}{dtype.itemsize}")


def _largest(image: Any) -> float:
    return float(np.max(image)) if image.mode in _OPEN_ENDED else 0.0


def _n_colours(image: Any) -> int:
    return 1 if image.mode in _GREY_MODES or image.mode.startswith("I;16") else 3


def _open(cell: Any, where: str, folder: str | os.PathLike | None) -> Any:
    Image, _ = pillow()
    source: io.BytesIO | Path
    if isinstance(cell, bytes):
        source, shown = io.BytesIO(cell), f"The {len(cell)} bytes"
    else:
        source = _file_in(folder, os.fspath(cell), where)
        shown = f"The file {str(source)!r} named"
    try:
        return Image.open(source)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = str(error).partition(" <")[0]  # without the address of a buffer
        raise ValueError(f"{shown} in {where} cannot be read as an image: {reason}.") from error


def _file_in(folder: str | os.PathLike | None, name: str, where: str) -> Path:
    """Return the path of a regular file, inside the folder if there is one."""
    path = Path(folder or "", name)
    try:
        inside = folder is None or path.resolve().is_relative_to(Path(folder).resolve())
        # A path outside gives the same error whether it exists or not.
        exists, regular = inside and path.exists(), inside and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL, a circle of links, ...
        raise ValueError(f"The path {name!r}, named in {where}, is not valid: {error}.") from None
    if not inside:
        raise ValueError(
            f"The path {name!r}, named in {where}, leads out of folder={str(folder)!r}; expected a "
            "file inside it."
        )
    if not exists:
        raise FileNotFoundError(f"There is no file {str(path)!r}, named in {where}.")
    if not regular:
        raise ValueError(f"Expected a regular file, got {str(path)!r}, named in {where}.")
    return path


def _decode(image: Any, where: str) -> Any:
    """Load the pixels of an opened file and turn it upright as its camera says."""
    _, ImageOps = pillow()
    try:
        return ImageOps.exif_transpose(image)
    # What PIL raises for damaged files depends on the format.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as error:
        name = getattr(image, "filename", "") or "its bytes"
        raise ValueError(f"The image in {where} is damaged or cut off ({name}): {error}") from error


def _bands(image: Any, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of a PIL image in its own depth, resized where PIL does that best."""
    mode = image.mode
    if mode in ("P", "PA"):
        clear = mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    elif mode == "1":
        image = image.convert("L")
    elif mode not in ("L", "LA", "RGB", "RGBA", "I", "F") and not mode.startswith("I;16"):
        image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(mode, "RGB"))
    if image.mode in ("L", "LA", "RGB", "RGBA") and image.size != size[::-1]:
        Image, _ = pillow()
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image)
