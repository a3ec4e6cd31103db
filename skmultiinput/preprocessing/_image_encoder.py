"""Columns of images to image columns."""

import os
import warnings
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import Interval, Options, StrOptions, _fit_context
from skmultiinput._typing import CellsLike
from skmultiinput.preprocessing._cell_encoder import CellEncoder, named_frame, place
from skmultiinput.preprocessing._column_wise import plain_name
from skmultiinput.preprocessing._reading.images import measure, read_image
from skmultiinput.preprocessing._reading.labels import is_blank_cell

# The longer side of an image for size="auto".
_AUTO_SIDE = 64


class ImageEncoder(CellEncoder):
    """Encode columns of images as pixels between 0 and 1.

    A cell is the path of an image file, the bytes of one, a PIL image, or an array of shape
    (height, width) or (height, width, channel). A column ``photo`` becomes ``photo[h,w,c]``,
    float32, one column per pixel and channel; where that would be more than `max_columns`, one
    object column ``photo`` whose cells are float32 arrays of shape (height, width, channel).

    The output is always a DataFrame, because its dtypes carry the meaning. A ColumnTransformer
    keeps it only after ``set_output(transform="pandas")``.

    Parameters
    ----------
    size : int, tuple (height, width) or "auto", default="auto"
        Every image is stretched to this size; an int is both sides. "auto" is the median size of
        the training images, shrunk so that the longer side has at most 64 pixels: frames and
        training time grow with the number of pixels.
    channels : {1, 3, 4, "auto"}, default="auto"
        1 is grey, 3 red, green and blue, 4 with transparency. "auto" is 1 if all training images
        are grey, else 3. Transparent parts are laid over white unless there are 4.
        Grey images take a third of the columns.
    max_columns : int, default=4096
        Largest number of columns of one feature; 0 always makes an object column.
    max_value : float or "auto", default="auto"
        Which number is white in the arrays. "auto" is 255 for uint8, 65535 for uint16, 1 for bool;
        for other types the largest training pixel of the column, or 1 if none is larger.
    folder : str, path or None, default=None
        The folder of the files. Paths are relative to it, and a path that leads out of it,
        symbolic links resolved, is an error: set it when tables come from others. None reads any
        file; relative paths start in the working directory.

    Attributes
    ----------
    sizes_ : list of tuple of int
        Per column of `X`, height and width.
    channels_ : list of int
        Per column of `X`, the number of channels.
    max_values_ : list of float
        Per column of `X`, which number is white in arrays whose type does not define it.
    n_features_in_ : int
        Number of columns seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Their names; only set where all are strings.

    See Also
    --------
    skmultiinput.branches.Conv2DBranch : The branch of images.

    Notes
    -----
    A missing cell (None, NaN, pandas.NA) is all 0, as is an image that is black throughout. Photos
    are turned upright as their camera recorded. Of an animation the first frame counts.

    Files and resizing need pillow; arrays that have the right size do not. An array of shape
    (n_samples, height, width) or (n_samples, height, width, channel) is read as one column. Rows of
    flat pixels are reshaped first: ``list(pixels.reshape(-1, 8, 8))``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> photos = pd.Series([np.array([[0, 255], [51, 102]], dtype=np.uint8), None], name="photo")
    >>> ImageEncoder().fit_transform(photos)
       photo[0,0,0]  photo[0,1,0]  photo[1,0,0]  photo[1,1,0]
    0           0.0           1.0           0.2           0.4
    1           0.0           0.0           0.0           0.0
    >>> ImageEncoder(max_columns=0).fit_transform(photos)["photo"][0].shape
    (2, 2, 1)
    >>> ImageEncoder().fit(["no_such_file.png"])
    Traceback (most recent call last):
        ...
    FileNotFoundError: There is no file 'no_such_file.png', named in row 0 of column 0.
    """

    _bytes_are_text = False
    _parameter_constraints: dict = {
        "size": [Interval(Integral, 1, None, closed="left"), tuple, list, StrOptions({"auto"})],
        "channels": [Options(Integral, {1, 3, 4}), StrOptions({"auto"})],
        "max_columns": [Interval(Integral, 0, None, closed="left")],
        "max_value": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "folder": [str, os.PathLike, None],
    }

    def __init__(
        self,
        size: int | tuple[int, int] | str = "auto",
        channels: int | str = "auto",
        *,
        max_columns: int = 4096,
        max_value: float | str = "auto",
        folder: str | os.PathLike | None = None,
    ) -> None:
        self.size = size
        self.channels = channels
        self.max_columns = max_columns
        self.max_value = max_value
        self.folder = folder

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: CellsLike, y: object = None) -> Self:
        """Learn the size, the channels and the value of white, per column.

        Files are opened, but not decoded.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of cells
            Cells as described above; missing ones are allowed.
        y : None
            Ignored.

        Returns
        -------
        self : ImageEncoder

        Raises
        ------
        TypeError, ValueError
            If a cell is no image; the column and the row are named.
        FileNotFoundError
            If a file is not there; the column and the row are named.
        ImportError
            If pillow is needed and not installed.
        """
        frame = self._read(X, reset=True, stacked=True)
        size = self._checked_size()
        self.sizes_, self.channels_, self.max_values_ = [], [], []
        for j in range(frame.shape[1]):
            column = frame.iloc[:, j]
            measures = [measure(cell, where, self.folder) for _, cell, where in _images(column)]
            if not measures:
                warnings.warn(
                    f"Column {column.name!r} holds no image in fit; leave it out.",
                    UserWarning,
                    stacklevel=2,
                )
                measures = [(1, 1, 1, 0.0)]
            heights, widths, colours, largest = (
                np.array(part) for part in zip(*measures, strict=True)
            )
            self.sizes_.append(_auto_size(heights, widths) if size is None else size)
            self.channels_.append(
                int(colours.max()) if self.channels == "auto" else int(self.channels)
            )
            self.max_values_.append(
                max(float(largest.max()), 1.0)
                if self.max_value == "auto"
                else float(self.max_value)
            )
        return self

    def transform(self, X: CellsLike) -> pd.DataFrame:
        """Read, resize and convert the images.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of cells
            Cells as described above; missing ones are allowed.

        Returns
        -------
        DataFrame of shape (n_samples, n_columns_out)
            float32 columns, or object columns of arrays, with the index of `X`.

        Raises
        ------
        TypeError, ValueError
            If a cell is no image, or a file is damaged; the column and the row are named.
        FileNotFoundError
            If a file is not there; the column and the row are named.
        """
        check_is_fitted(self, "sizes_")
        frame = self._read(X, reset=False, stacked=True)
        parts = []
        for j, (size, n_channels) in enumerate(zip(self.sizes_, self.channels_, strict=True)):
            box = np.zeros((len(frame), *size, n_channels), dtype=np.float32)
            for row, cell, where in _images(frame.iloc[:, j]):
                box[row] = read_image(
                    cell,
                    where,
                    size=size,
                    n_channels=n_channels,
                    max_value=self.max_values_[j],
                    folder=self.folder,
                    own_white=self.max_value != "auto",
                )
            in_cells = self._in_cells(j)
            parts.append(np.fromiter(box, dtype=object, count=len(box)) if in_cells else box)
        return named_frame(parts, self.get_feature_names_out(), frame.index)

    def _checked_size(self) -> tuple[int, int] | None:
        """Return (height, width), None for "auto"."""
        if isinstance(self.size, str):
            return None
        size = (self.size, self.size) if isinstance(self.size, int | Integral) else tuple(self.size)
        if len(size) != 2 or not all(isinstance(n, Integral) and n > 0 for n in size):
            raise ValueError(
                "The 'size' parameter of ImageEncoder must be a positive int, two of them (height, "
                f"width), or 'auto'. Got {self.size!r} instead."
            )
        return int(size[0]), int(size[1])

    def _in_cells(self, j: int) -> bool:
        return self.sizes_[j][0] * self.sizes_[j][1] * self.channels_[j] > self.max_columns

    def _names_out(self, features: tuple[str, ...]) -> np.ndarray:
        # One column keeps the name; brackets at its end would be read as an index.
        return super()._names_out(
            tuple(
                plain_name(name) if self._in_cells(j) else name for j, name in enumerate(features)
            )
        )

    def _suffixes(self) -> list[list[str]]:
        return [
            [""]
            if self._in_cells(j)
            else [f"[{h},{w},{c}]" for h, w, c in np.ndindex(*size, n_channels)]
            for j, (size, n_channels) in enumerate(zip(self.sizes_, self.channels_, strict=True))
        ]


def _images(column: pd.Series) -> Iterator[tuple[int, Any, str]]:
    """Yield position, cell and how to name it, of each cell that is not missing."""
    missing = column.isna().to_numpy()
    for row, (cell, gone) in enumerate(zip(column.to_numpy(dtype=object), missing, strict=True)):
        if not gone and not is_blank_cell(cell):
            yield row, cell, place(column, row)


def _auto_size(heights: np.ndarray, widths: np.ndarray) -> tuple[int, int]:
    height, width = np.median(heights), np.median(widths)
    shrink = min(1.0, _AUTO_SIDE / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))
