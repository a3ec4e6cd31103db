"""From a long table of events to one column of sequences."""

from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.preprocessing._cell_encoder import place


def events_to_sequences(
    events: pd.DataFrame,
    *,
    by: str,
    order: str,
    values: str | list[str],
    ids: Any = None,
    until: Any = None,
    name: str | None = None,
) -> pd.Series:
    """Gather the events of each customer into one sequence, earliest first.

    A sequence holds events of its own id only, and with `until` only those before a moment, so
    that nothing which happened after the prediction was due can leak into it.

    Parameters
    ----------
    events : DataFrame of shape (n_events, n_columns)
        One row per event, in any order. It is not changed.
    by : str
        Column with the id. Events without an id belong to nobody and are left out.
    order : str
        Column with the time: dates, numbers or anything that sorts. Events at the same time keep
        the order of their rows.
    values : str or list of str
        Column with the value of an event; a list of columns makes each event a vector.
    ids : Series or array-like of shape (n_rows,), default=None
        The id of each row of the table that the sequences are for, e.g. ``customers["id"]``. An id
        may occur several times. None makes one row per id in `events`, sorted.
    until : Series, array-like of shape (n_rows,) or a single moment, default=None
        Only events **before** this moment count. A Series is matched by the labels of the result,
        anything else by position.
    name : str, default=None
        Name of the result; `values` if that is one name, else ``"events"``.

    Returns
    -------
    Series of shape (n_rows,)
        A cell is an array of shape (time,) of numbers or categories, or (time, channel) of float64;
        None where no event counts. The index is that of `ids` if that is a Series, so that the
        result can be put beside it as a column, else the ids. `SequenceEncoder` reads it.

    Raises
    ------
    ValueError
        If a column is not there, an event or a row has no time, the times of `order` and `until`
        cannot be compared, several columns are not all numbers, or lengths do not match.

    See Also
    --------
    SequenceEncoder : Encodes such a column for a network.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({
    ...     "customer": ["ann", "bob", "ann", "ann"],
    ...     "day": [3, 1, 1, 7],
    ...     "spent": [30.0, 5.0, 10.0, 70.0],
    ... })
    >>> customers = pd.DataFrame({"customer": ["ann", "eve"], "asked": [7, 7]})
    >>> customers["spent"] = events_to_sequences(
    ...     events, by="customer", order="day", values="spent",
    ...     ids=customers["customer"], until=customers["asked"],
    ... )
    >>> customers
      customer  asked         spent
    0      ann      7  [10.0, 30.0]
    1      eve      7          None
    >>> events_to_sequences(events, by="client", order="day", values="spent")
    Traceback (most recent call last):
        ...
    ValueError: The events have no column 'client' (by=); their columns are 'customer', 'day',
    'spent'.
    """
    columns = [values] if isinstance(values, str) else list(values)
    _check_columns(events, {"by": [by], "order": [order], "values": columns})
    if not columns:
        raise ValueError("values= names no column; expected at least one.")
    events = events[events[by].notna()]
    untimed = events[order].isna().to_numpy()
    if untimed.any():
        raise ValueError(
            f"{int(untimed.sum())} event(s) have no time (order=), the first in "
            f"{place(events[order], int(untimed.argmax()))}; drop such events or fill in the time."
        )
    owners, event_ids = pd.factorize(events[by], sort=ids is None)
    event_ids = pd.Index(event_ids)
    targets = event_ids if ids is None else pd.Index(ids)
    index = ids.index if isinstance(ids, pd.Series) else pd.Index(targets, name=by)

    wanted = event_ids.get_indexer(targets)
    if (wanted < 0).all():
        _check_same_ids(event_ids, targets, by)

    times, limits = _ranks(events[order], _limits(until, index, events[order]))
    earliest_first = np.lexsort((times, owners))
    spans = _spans(owners[earliest_first], times[earliest_first], wanted, limits)
    data = _values(events, values, columns)[earliest_first]
    cells = np.fromiter(
        (data[start:end].copy() if end > start else None for start, end in spans),
        dtype=object,
        count=len(targets),
    )
    default = values if isinstance(values, str) else "events"
    return pd.Series(cells, index=index, name=default if name is None else name, dtype=object)


def _spans(
    owners: np.ndarray, times: np.ndarray, wanted: np.ndarray, limits: np.ndarray | None
) -> list[tuple[int, int]]:
    """Return where the events of each wanted owner start and end; an unknown one has none.

    Events are sorted by owner and time; of an owner only those before its limit count.
    """
    starts = np.searchsorted(owners, wanted, side="left")
    ends = np.searchsorted(owners, wanted, side="right")
    if limits is not None:
        ends = np.array(
            [
                start + np.searchsorted(times[start:end], limit, side="left")
                for start, end, limit in zip(starts, ends, limits, strict=True)
            ]
        )
    return list(zip(starts, ends, strict=True))


def _check_columns(events: pd.DataFrame, wanted: dict[str, list[str]]) -> None:
    if not isinstance(events, pd.DataFrame):
        raise TypeError(
            f"Expected a pandas DataFrame with one row per event, got {type(events).__name__}."
        )
    for parameter, columns in wanted.items():
        for column in columns:
            count = int((events.columns == column).sum())
            if count > 1:
                raise ValueError(f"The events have {count} columns named {column!r}; expected one.")
            if not count:
                raise ValueError(
                    f"The events have no column {column!r} ({parameter}=); their columns are "
                    f"{', '.join(map(repr, events.columns))}."
                )


def _limits(until: Any, index: pd.Index, times: pd.Series) -> pd.Series | None:
    """Return the moment of each row of the result as a Series, or None."""
    if until is None:
        return None
    if isinstance(until, pd.Series):
        if not until.index.equals(index):
            if not until.index.is_unique:
                raise ValueError("The index of until= is not unique, so no row can be looked up.")
            until = until.reindex(index)
        limits = until.reset_index(drop=True)
    elif pd.api.types.is_list_like(until):
        limits = pd.Series(until).reset_index(drop=True)
        if len(limits) != len(index):
            raise ValueError(
                f"Expected one moment per row in until=, {len(index)} of them, got {len(limits)}."
            )
    else:
        if isinstance(until, str) and times.dtype.kind == "M":
            until = pd.Timestamp(until)
        limits = pd.Series([until] * len(index))
    if limits.isna().any():
        raise ValueError(
            f"until= has no moment for row {index.tolist()[limits.isna().argmax()]!r}; expected "
            "one per row."
        )
    return limits


def _ranks(times: pd.Series, limits: pd.Series | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return times and limits on one scale: equal moments are equal, later ones larger."""
    if limits is None:
        return pd.factorize(times, sort=True)[0], None
    if times.empty:  # whose dtype means nothing
        return np.empty(0, dtype=np.int64), np.zeros(len(limits), dtype=np.int64)
    comparable = True
    if isinstance(times.dtype, pd.CategoricalDtype):
        comparable = bool(limits.isin(times.dtype.categories).all())
        limits = limits.astype(times.dtype) if comparable else limits
    try:
        together = pd.concat([times, limits], ignore_index=True)
        ranks = pd.factorize(together, sort=True)[0]
    except TypeError:
        comparable = False
    if not comparable or (together.dtype == object and times.dtype != limits.dtype):
        raise ValueError(
            f"Column {times.name!r} (order=, {times.dtype}) and until= ({limits.dtype}) cannot be "
            "compared; expected both as dates, with or without a time zone, or both as numbers."
        )
    return ranks[: len(times)], ranks[len(times) :]


def _check_same_ids(event_ids: pd.Index, targets: pd.Index, by: str) -> None:
    """Refuse ids that can never match, such as "17" and 17."""
    kinds = [pd.api.types.infer_dtype(ids, skipna=True) for ids in (event_ids, targets)]
    if "empty" not in kinds and kinds[0] != kinds[1] and "string" in kinds:
        here, there = event_ids.tolist()[0], targets.tolist()[0]
        raise ValueError(
            f"No id occurs in the events: column {by!r} (by=) holds {kinds[0]} values such as "
            f"{here!r}, ids= {kinds[1]} values such as {there!r}. Convert one of them."
        )


def _values(events: pd.DataFrame, values: str | list[str], columns: list[str]) -> np.ndarray:
    """Return what the sequences are made of: an array of one or two dimensions."""
    if isinstance(values, str):
        if pd.api.types.is_numeric_dtype(events[values].dtype):
            return events[values].to_numpy(dtype=np.float64, na_value=np.nan)
        return events[values].astype(object).where(events[values].notna(), None).to_numpy()
    for column in columns:
        if not pd.api.types.is_numeric_dtype(events[column].dtype):
            raise ValueError(
                f"Column {column!r} (values=) has dtype {events[column].dtype}, but vectors are "
                "made of numbers. Encode it first, or gather it on its own as categories."
            )
    return events[columns].to_numpy(dtype=np.float64, na_value=np.nan)
