"""Reading what is passed to an estimator: rows, their groups and times."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import validate_data

from skmultiinput._checks import check_unique_columns, to_pandas
from skmultiinput._typing import TableLike
from skmultiinput.frame._column_groups import ColumnGroups

# Sparse rows are trained on as dense ones of float32, which may take this much memory.
MAX_DENSE_BYTES = 4 * 2**30
# Values of sparse rows that are made dense at once to predict them.
BLOCK_VALUES = 2**24


def read_features(estimator: Any, X: TableLike, *, reset: bool) -> pd.DataFrame:
    """Read any table as a DataFrame; columns of a known frame are matched by name.

    In `fit`, with `reset`, the estimator keeps the names and the number of the columns; later they
    must be those. Beside a network of the user's own an array may be of 3 or 4 dimensions. What
    cannot be used raises ValueError, a dict TypeError.
    """
    owner = type(estimator).__name__
    X = to_pandas(X)
    if not isinstance(X, pd.DataFrame):
        _refuse_parts(X, owner, max_dimensions=4 if estimator.has_own_network else 2)
    if isinstance(X, Mapping) and not scipy.sparse.issparse(X):  # some sparse ones are both
        raise TypeError(
            f"{owner} reads one DataFrame, whose columns say which group they belong to; got "
            f"{type(X).__name__}. Give it ColumnGroups.join(arrays), or pandas.concat the parts."
        )
    return (
        _read_frame(estimator, X, reset)
        if isinstance(X, pd.DataFrame)
        else _read_array(estimator, X, reset)
    )


def _refuse_parts(X: Any, owner: str, max_dimensions: int) -> None:
    """Raise if X holds several arrays, or one of too many dimensions."""
    if isinstance(X, (list, tuple)) and any(np.ndim(part) >= 2 for part in X[:2]):
        raise ValueError(
            f"{owner} reads one DataFrame, whose columns say which group they belong to; got a "
            f"{type(X).__name__} of {len(X)} arrays. Put the parts into one DataFrame with columns "
            "named group__feature, or pass ColumnGroups.join(arrays)."
        )
    n_dimensions = getattr(X, "ndim", 2)
    if n_dimensions > max_dimensions:
        raise ValueError(
            f"Found array with dim {n_dimensions}. {owner} expected <= {max_dimensions}: one "
            "DataFrame. Put each "
            "row's array into one cell of a column and encode it with SequenceEncoder (time, "
            "channel) or ImageEncoder (height, width, channel)."
        )


def _read_frame(estimator: Any, X: pd.DataFrame, reset: bool) -> pd.DataFrame:
    owner = type(estimator).__name__
    if min(X.shape) == 0:
        raise ValueError(
            f"Found array with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 is required by {owner}."
        )
    check_unique_columns(X.columns)
    if not reset and hasattr(estimator, "feature_names_in_"):
        X = estimator.column_groups_.align(X)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if not reset and not hasattr(estimator, "feature_names_in_"):
        X = X.set_axis(estimator.column_groups_.columns, axis=1)
    return X


def _read_array(estimator: Any, X: Any, reset: bool) -> pd.DataFrame:
    groups = None if reset else estimator.column_groups_
    if groups is not None and any(spec.categories for spec in groups.inputs):
        raise ValueError(
            f"{type(estimator).__name__} was fitted on a frame with category columns; expected a "
            f"pandas DataFrame with the columns {list(groups.columns[:5])} ..., got "
            f"{type(X).__name__}."
        )
    try:
        # NaN and infinity are looked for by column, in ColumnGroups.
        values = validate_data(
            estimator,
            X,
            reset=reset,
            dtype="numeric",
            accept_sparse="csr",
            ensure_all_finite=False,
            allow_nd=True,
        )
    except (TypeError, ValueError) as error:
        _name_text(X, error)
        raise
    if scipy.sparse.issparse(values):
        values = _dense(values)
    if groups is not None:
        _check_dimensions(groups, values.ndim, type(estimator).__name__)
    frame = _as_frame(values)
    return frame if groups is None else frame.set_axis(groups.columns, axis=1)


def _as_frame(values: np.ndarray) -> pd.DataFrame:
    """Return an array as a typed frame: 3 dimensions are a sequence, 4 are images."""
    if values.ndim == 3:
        indices = np.ndindex(values.shape[1:])
        names = [f"sequence__X[{step},{channel}]" for step, channel in indices]
        return pd.DataFrame(values.reshape(len(values), -1), columns=names, copy=False)
    if values.ndim == 4:
        cells = np.empty(len(values), dtype=object)
        cells[:] = list(values)
        return pd.DataFrame({"image": cells})
    return pd.DataFrame(values, copy=False)


def shape_of(groups: ColumnGroups) -> tuple[int, ...]:
    """Return the shape of one row as an array: that of the input which alone holds all columns."""
    # What a feature_encoder makes has no columns.
    shapes = [spec.shape for spec in groups.inputs if len(spec.positions)]
    return shapes[0] if len(shapes) == 1 and len(shapes[0]) > 1 else (len(groups.columns),)


def _check_dimensions(groups: ColumnGroups, n_dimensions: int, owner: str) -> None:
    expected = len(shape_of(groups))
    # A sequence may come as the plain columns that it is made of.
    plain = n_dimensions == 2 and not groups.inputs[0].in_cells
    if n_dimensions != 1 + expected and not plain:
        raise ValueError(
            f"X has {n_dimensions} dimensions, but this {owner} is expecting {1 + expected} "
            "dimensions in X."
        )


def _dense(X: Any) -> np.ndarray:
    """Return sparse rows as float32, unless they take too much memory."""
    n_bytes = 4 * X.shape[0] * X.shape[1]
    if n_bytes > MAX_DENSE_BYTES:
        raise ValueError(
            f"Sparse X of shape {X.shape} takes {n_bytes / 2**30:.1f} GiB as dense float32, which "
            f"networks are trained on; the limit is {MAX_DENSE_BYTES / 2**30:.1f} GiB. Reduce its "
            "columns before, e.g. with TruncatedSVD, SelectKBest or TfidfVectorizer(max_features="
            "...), or train on chunks of rows with partial_fit."
        )
    return X.astype(np.float32).toarray()


def row_blocks(X: TableLike) -> Iterator[TableLike]:
    """Yield a table in one piece, sparse rows in blocks that are small when dense."""
    if not scipy.sparse.issparse(X) or X.ndim != 2:
        yield X
        return
    rows = X.tocsr()
    size = max(1, BLOCK_VALUES // max(1, rows.shape[1]))
    for start in range(0, max(1, rows.shape[0]), size):
        yield rows[start : start + size]


def _name_text(X: Any, error: Exception) -> None:
    """Add to an error which column of an array holds text."""
    values = np.asarray(X)  # sparse rows become a single object
    if values.ndim != 2 or values.dtype.kind not in "OUS":
        return
    for number, column in enumerate(values.T):
        example = next((v for v in column if isinstance(v, (str, bytes))), None)
        if example is not None:
            error.add_note(
                f"Column {number} of X holds text such as {example[:40]!r}. Encode it first, e.g. "
                "with make_preprocessor(), and pass a DataFrame; a ColumnTransformer returns one "
                'after set_output(transform="pandas"). Wrappers that pass arrays on, such as '
                "BaggingClassifier, take the whole Pipeline."
            )
            return


def read_groups_and_times(
    groups: Any, times: Any, frame: pd.DataFrame
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return groups and times of the rows, where given, as arrays that can be compared."""
    groups, times = _column(groups, "groups", frame), _column(times, "times", frame)
    if groups is not None and groups.dtype == object:
        groups = groups.astype(str)  # values of several types have no order
    if times is not None and times.dtype == object:
        raise ValueError(
            f"times must hold numbers or dates; it holds {type(times[0]).__name__} such as "
            f"{str(times[0])!r}. Convert it by pandas.to_datetime."
        )
    return groups, times


def _column(values: Any, name: str, frame: pd.DataFrame) -> np.ndarray | None:
    if values is None:
        return None
    column = pd.Series(column_or_1d(values)).infer_objects()
    check_consistent_length(frame, column)
    if column.isna().any():
        raise ValueError(
            f"{name} contains NaN: {int(column.isna().sum())} of {len(column)} values are missing."
        )
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(None)
    elif isinstance(column.dtype, pd.PeriodDtype):
        column = pd.Series(column.dt.to_timestamp())
    return column.to_numpy()
