"""Searches on a Dask cluster whose tasks are whole fits."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import joblib

from skmultiinput._compat import dask_backend_with

if TYPE_CHECKING:
    import distributed


class _Alone:
    """A batch of calls whose own parallel parts stay in the process they run in."""

    def __init__(self, batch: Any) -> None:
        self.batch = batch

    def __call__(self, tasks: Sequence[tuple[Callable, tuple, dict]] = ()) -> list[Any]:
        # The batch would run its calls under the backend "dask"; here they run one by one.
        with joblib.parallel_config("sequential"):
            return [function(*args, **kwargs) for function, args, kwargs in tasks]

    def __repr__(self) -> str:
        return repr(self.batch)


def dask_backend(
    client: "distributed.Client | None" = None, *, scatter: list[Any] | None = None
) -> joblib.parallel.ParallelBackendBase:
    """Return a joblib backend that sends each fit of a search to a Dask worker, as one task.

    With joblib's own backend "dask", a fit that runs on a worker sends each part of its
    ColumnTransformer on as a further task with its columns, whatever `n_jobs` is. That costs more
    than it gains, because a part takes milliseconds. With this backend a fit stays whole.

    Parameters
    ----------
    client : distributed.Client or None, default=None
        Connection to the cluster; None means the one that was opened last.
    scatter : list or None, default=None
        Objects that are sent to each worker once, before the search: the table and the target.
        They must be the same objects that `fit` is called with.

    Returns
    -------
    joblib.parallel.ParallelBackendBase
        For ``joblib.parallel_config(backend=...)``. Make a new one for each such block.

    Raises
    ------
    ValueError
        If Dask is not installed, or there is no client.
    TypeError
        If `scatter` is not a list.

    See Also
    --------
    tune : A search on one machine, in one call.

    Examples
    --------
    >>> import joblib
    >>> from distributed import Client
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0]})
    >>> with Client(processes=False, dashboard_address=None) as client:
    ...     with joblib.parallel_config(backend=dask_backend(client, scatter=[X, y])):
    ...         search.fit(X, y).best_params_
    {'C': 1.0}
    """
    return dask_backend_with(_Alone, client=client, scatter=scatter)
