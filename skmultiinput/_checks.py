"""Small rules that several parts of the package share."""

import copy
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from skmultiinput._compat import check_sample_weight
from skmultiinput._typing import RandomState

T = TypeVar("T")
# What NumPy's own default_rng takes beside integers.
GENERATORS = (np.random.Generator, np.random.BitGenerator, np.random.SeedSequence)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``", did you mean 'x'?"`` for a name that resembles a known one, else a full stop.

    Case and blanks around the names do not count.

    Examples
    --------
    >>> suggest("epoch", ["epochs", "dropout"])
    ", did you mean 'epochs'?"
    """
    folded = {other.strip().casefold(): other for other in known}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    return f", did you mean {folded[close[0]]!r}?" if close else "."


def routed(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the parameters routed to `prefix`, without it.

    Examples
    --------
    >>> routed({"optimizer__epsilon": 1e-5, "epochs": 3}, "optimizer")
    {'epsilon': 1e-05}
    """
    start = f"{prefix}__"
    return {name[len(start) :]: v for name, v in params.items() if name.startswith(start)}


def check_weights(sample_weight: Any, X: Any) -> np.ndarray:
    """Return the weights of the rows of `X`, (n_samples,) float64: at least 0, and not all 0."""
    weights = check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weights < 0).any():
        raise ValueError("Negative values in sample_weight: expected weights of at least 0.")
    if len(weights) and not weights.any():
        raise ValueError("All values of sample_weight are zero; expected a positive one.")
    return weights


def refuse_samplers(steps: Iterable[tuple[str, Any]], owner: str) -> None:
    """Raise if one of the steps of a pipeline in front of its network resamples rows."""
    *before, (_, network) = steps
    for name, step in before:
        if hasattr(step, "fit_resample"):
            raise TypeError(
                f"The step {name!r} resamples ({type(step).__name__}), which {owner} cannot do "
                f"before the rows are split. Pass it as {type(network).__name__}(sampler=...)."
            )


def without_addresses(text: str) -> str:
    """Remove object addresses from a repr; they differ between equal objects.

    Examples
    --------
    >>> without_addresses("<function f at 0x7f12>")
    '<function f>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def to_pandas(table: Any) -> Any:
    """Return a table of another library as a pandas DataFrame; anything else as it is."""
    return table.to_pandas() if hasattr(table, "to_pandas") else table


def missing_rows(y: Any) -> np.ndarray:
    """Return in which rows of a target a value is missing.

    Lists are read as objects: NumPy would make text of None and NaN beside text.

    Examples
    --------
    >>> missing_rows(["a", None, float("nan"), "b"]).tolist()
    [False, True, True, False]
    """
    is_array = isinstance(y, np.ndarray | pd.Series | pd.DataFrame)
    values = y if is_array else np.asarray(y, dtype=object)
    missing = np.asarray(pd.isna(values))
    return np.atleast_1d(missing.any(axis=tuple(range(1, missing.ndim))))


def check_unique_columns(columns: Iterable[Any]) -> None:
    """Raise if a column name of X occurs twice.

    Examples
    --------
    >>> check_unique_columns(["age", "plan", "age"])
    Traceback (most recent call last):
        ...
    ValueError: Column names of X must be unique, but these occur more than once: ['age'].
    """
    repeated = [name for name, n_times in Counter(columns).items() if n_times > 1]
    if repeated:
        raise ValueError(
            f"Column names of X must be unique, but these occur more than once: {repeated}."
        )


def to_builtin(value: Any) -> Any:
    """Return a parameter's value with NumPy's scalars as Python's, inside containers too.

    Randomised searches draw NumPy scalars, which neither Keras's configurations nor JSON take.
    Arrays, and values without such scalars, are returned themselves.

    Examples
    --------
    >>> to_builtin([np.int64(3), np.float32(0.5), {"units": np.int32(8)}])
    [3, 0.5, {'units': 8}]
    """
    if isinstance(value, (np.number, np.bool_, np.str_)):
        return value.item()
    if type(value) in (list, tuple):
        items = [to_builtin(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if type(value) is dict:
        pairs = {to_builtin(key): to_builtin(item) for key, item in value.items()}
        same = all(
            new_key is key and new is item
            for (new_key, new), (key, item) in zip(pairs.items(), value.items(), strict=True)
        )
        return value if same else pairs
    return value


def with_builtin_params(estimator: T) -> T:
    """Return an estimator without NumPy scalars among its parameters: itself or a shallow copy."""
    result: Any = estimator
    for name, value in result.get_params(deep=False).items():
        builtin = to_builtin(value)
        if builtin is not value:
            result = copy.copy(estimator) if result is estimator else result
            setattr(result, name, builtin)
    return result


def draw_seed(random_state: RandomState) -> int:
    """Draw one integer, from which everything random follows."""
    if random_state is None or isinstance(random_state, GENERATORS):
        return int(np.random.default_rng(random_state).integers(2**31))
    return int(check_random_state(random_state).randint(2**31 - 1))


def as_generator(random_state: RandomState) -> np.random.Generator:
    """Return the Generator that `random_state` is or seeds.

    Examples
    --------
    >>> as_generator(0).integers(100, size=2).tolist()
    [36, 38]
    """
    if random_state is None or isinstance(random_state, GENERATORS):
        return np.random.default_rng(random_state)
    return np.random.default_rng(draw_seed(random_state))


def as_random_state(random_state: RandomState) -> np.random.RandomState:
    """Return scikit-learn's `check_random_state`, but a new one for None and for generators.

    Examples
    --------
    >>> int(as_random_state(0).randint(100))
    44
    """
    if random_state is None or isinstance(random_state, GENERATORS):
        return np.random.RandomState(draw_seed(random_state))
    return check_random_state(random_state)
