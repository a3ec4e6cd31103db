"""Explanations of single predictions: Shapley values of raw columns or modalities."""

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from skmultiinput._checks import as_random_state, check_unique_columns, to_pandas
from skmultiinput._typing import TableLike
from skmultiinput.inspection._column_levels import LEVELS, column_levels
from skmultiinput.inspection._shapley import Game, balanced_orders
from skmultiinput.preprocessing._reading.plain_columns import plain_column

if TYPE_CHECKING:
    import shap

# Up to this many players, all their coalitions are evaluated.
MAX_EXACT = 10
# Probabilities are kept this far from 0 and 1 before their log-odds are taken.
_CLIP = 1e-7
# Coalitions of rows and background rows that are in memory at a time.
_MAX_COALITIONS = 200_000


def explain(
    estimator: Any,
    X: TableLike,
    *,
    background: TableLike | None = None,
    level: str = "column",
    max_background: int = 50,
    n_permutations: int | None = None,
    as_frame: bool | None = None,
    random_state: Any = None,
) -> "shap.Explanation | pd.DataFrame":
    """Explain single predictions by the contributions of the raw columns.

    The contributions are Shapley values [1]_: the mean change of the prediction when a column's
    cell of the row to explain replaces that of a background row, over all orders in which the
    columns are replaced. They add up to the prediction minus the base value, which is the mean
    prediction of the background rows. Up to 10 columns (or modalities) are computed exactly for
    the background rows, more by permutations in antithetic pairs [2]_.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier or regressor, usually a Pipeline that takes the raw table.
    X : DataFrame or array-like of shape (n_samples, n_features)
        Rows to explain.
    background : DataFrame or array-like of shape (n_background, n_features), default=None
        Rows to compare with, usually training rows. None: the rows of `X`.
    level : {"column", "group"}, default="column"
        Explain by raw columns, or by modalities (the column groups of the preprocessing).
    max_background : int, default=50
        Maximum number of background rows, drawn at random from `background`. The time grows with
        it; with few, contributions depend on which were drawn.
    n_permutations : int, default=None
        Number of antithetic pairs of permutations per background row. None: exact values up to 10
        columns, one pair otherwise.
    as_frame : bool, default=None
        Return a DataFrame, not an Explanation of shap. None: if shap is not installed.
    random_state : int, RandomState or None, default=None
        Draws the background rows and the permutations.

    Returns
    -------
    shap.Explanation or DataFrame
        An Explanation with ``values`` of shape (n_samples, n_columns), or
        (n_samples, n_columns, n_outputs) for several classes or targets, for all functions of
        ``shap.plots``; or a DataFrame with the columns ``base_value`` and one per raw
        column, for several outputs below the name of each output.

        Values are in log-odds of the class for classifiers (of the second class for two), with
        probabilities clipped to 1e-7 and 1 - 1e-7; in the unit of the target for regressors.

    Raises
    ------
    ValueError
        If a parameter is out of range, there are no rows, or columns are duplicated.

    See Also
    --------
    explain_words : Contributions of the words of a text column.
    ExplanationDisplay : Plot of explanations.
    permutation_importance : Importance of columns over many rows.

    Notes
    -----
    The time grows with rows, background rows and columns; mixed rows that are equal are predicted
    once. Of shap's explainers for networks, GradientExplainer reads ``model_``; DeepExplainer does
    not know all of its operations.

    References
    ----------
    .. [1] Strumbelj, E. and Kononenko, I. (2014). Explaining prediction models and individual
       predictions with feature contributions. Knowledge and Information Systems 41, 647-665.
    .. [2] Mitchell, R., Cooper, J., Frank, E. and Holmes, G. (2022). Sampling permutations for
       Shapley value estimation. Journal of Machine Learning Research 23, 1-46.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = pd.DataFrame({"age": [0.0, 1.0, 2.0], "size": [1.0, 0.0, 5.0]})
    >>> model = LinearRegression().fit(X, X["age"] - 2 * X["size"])
    >>> explain(model, X[:1], background=X, as_frame=True)
       base_value  age  size
    0        -3.0 -1.0   2.0
    """
    contributions = contributions_of(
        estimator,
        X,
        background=background,
        level=level,
        max_background=max_background,
        n_permutations=n_permutations,
        random_state=random_state,
    )
    if as_frame is None:
        as_frame = importlib.util.find_spec("shap") is None
    if as_frame:
        return contributions.to_frame()
    return contributions.to_shap()


@dataclass(frozen=True, eq=False)
class Contributions:
    """Shapley values, (n_samples, n_columns, n_outputs), and the base value of each output."""

    shapley: np.ndarray
    base: np.ndarray
    outputs: list[str] | None
    data: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample: base value and contributions, per output if several."""
        frames = []
        for output, base in enumerate(self.base):
            frame = pd.DataFrame(self.shapley[:, :, output], self.data.index, self.data.columns)
            frame.insert(0, "base_value", base)
            frames.append(frame)
        return frames[0] if self.outputs is None else pd.concat(frames, axis=1, keys=self.outputs)

    def to_shap(self) -> "shap.Explanation":
        """Return an Explanation; a single output has no axis of its own."""
        import shap  # noqa: PLC0415 - an extra

        base = np.tile(self.base, (len(self.shapley), 1))
        one = self.outputs is None
        return shap.Explanation(
            self.shapley[:, :, 0] if one else self.shapley,
            base_values=base[:, 0] if one else base,
            data=self.data.map(_scalar).to_numpy(),
            feature_names=list(map(str, self.data.columns)),
            output_names=self.outputs,
        )


def contributions_of(
    estimator: Any,
    X: TableLike,
    *,
    background: TableLike | None = None,
    level: str = "column",
    max_background: int = 50,
    n_permutations: int | None = None,
    random_state: Any = None,
) -> Contributions:
    """Compute Shapley values; parameters as in `explain`."""
    _check(level=level, max_background=max_background, n_permutations=n_permutations)
    rng = as_random_state(random_state)
    table = as_frame(X)
    reference = _background_rows(table, background, max_background, rng)
    names, players = _players(estimator, table, level)
    # An estimator that was fitted on arrays predicts from arrays.
    as_array = not isinstance(to_pandas(X), pd.DataFrame)
    both = _concatenated(table, reference)
    codes = _cell_codes(both, players)
    orders = None
    if n_permutations is not None or len(players) > MAX_EXACT:
        shape = (len(reference), n_permutations or 1, len(players))
        orders = balanced_orders(shape[2], shape[0] * shape[1], rng).reshape(shape)
    n_masks = 2 ** len(players) if orders is None else 2 * (len(players) + 1) * orders.shape[1]
    n_rows = max(1, _MAX_COALITIONS // (n_masks * len(reference)))
    parts = []
    for start in range(0, len(table), n_rows):
        rows = slice(start, min(start + n_rows, len(table)))
        same = codes[rows][:, None] == codes[None, len(table) :]
        mixed = _MixedRows(estimator, both, players, rows.start, len(table), as_array=as_array)
        game = Game(mixed, same)
        parts.append(game.exact() if orders is None else game.sampled(orders))
    values = np.concatenate([part[0] for part in parts])
    cells = [
        table.iloc[:, p[0]] if len(p) == 1 else pd.Series(np.nan, table.index) for p in players
    ]
    data = pd.concat(cells, axis=1).set_axis(names, axis=1)
    return Contributions(values, parts[0][1], output_names(estimator, values.shape[2]), data)


@dataclass(frozen=True, eq=False)
class _MixedRows:
    """The outputs of an estimator for rows whose cells come from a row or a background row.

    `table` holds the rows to explain, then the background rows.
    """

    estimator: Any
    table: pd.DataFrame
    players: list[list[int]]
    first_row: int
    first_background: int
    as_array: bool

    def __call__(self, rows: np.ndarray, background: np.ndarray, masks: np.ndarray) -> np.ndarray:
        rows, background = rows + self.first_row, background + self.first_background
        # Columns that the estimator does not use come from the background.
        mixed = self.table.take(background).reset_index(drop=True)
        for player, positions in enumerate(self.players):
            taken = np.where(masks[:, player], rows, background)
            for position in positions:
                mixed.isetitem(position, self.table.iloc[:, position].array.take(taken))
        return outputs_of(self.estimator, mixed.to_numpy() if self.as_array else mixed)


def outputs_of(estimator: Any, table: Any) -> np.ndarray:
    """Return log-odds of classes, or predictions of a regressor, (n_samples, n_outputs)."""
    if not is_classifier(estimator):
        outputs = estimator.predict(table)
    elif not hasattr(estimator, "predict_proba"):
        outputs = estimator.decision_function(table)
    else:
        proba = estimator.predict_proba(table)
        several = proba if isinstance(proba, list) else [proba]  # one array per target
        # Of two classes that share the probability, the second is explained.
        several = [p[:, 1:] if p.shape[1] == 2 and np.allclose(p.sum(1), 1) else p for p in several]
        clipped = np.clip(np.hstack(several).astype(np.float64), _CLIP, 1 - _CLIP)
        outputs = np.log(clipped / (1 - clipped))
    return np.asarray(outputs, dtype=np.float64).reshape(len(table), -1)


def _check(*, level: str, max_background: int, n_permutations: int | None) -> None:
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(map(repr, LEVELS))}; got {level!r}.")
    if max_background < 1:
        raise ValueError(f"max_background must be at least 1, got {max_background}.")
    if n_permutations is not None and n_permutations < 1:
        raise ValueError(f"n_permutations must be None or at least 1, got {n_permutations}.")


def as_frame(X: TableLike) -> pd.DataFrame:
    """Return a table as a DataFrame with column names that differ."""
    table = to_pandas(X)
    if not isinstance(table, pd.DataFrame):
        if np.ndim(table) != 2:
            raise ValueError(
                f"X must be a table with rows and columns; got a {type(X).__name__}. For one row "
                "of a DataFrame, pass X.iloc[[0]]."
            )
        table = pd.DataFrame(np.asarray(table)).rename(columns="x{}".format)
    check_unique_columns(table.columns)
    return table


def _background_rows(
    table: pd.DataFrame,
    background: TableLike | None,
    max_background: int,
    rng: np.random.RandomState,
) -> pd.DataFrame:
    """Return the rows to compare with, drawn at random where there are more; those of X by default.

    Their columns are those of the table.
    """
    reference = table if background is None else as_frame(background)
    missing = [name for name in table.columns if name not in reference.columns]
    if missing:
        raise ValueError(f"background lacks columns of X: {missing}.")
    reference = reference[list(table.columns)]
    if len(table) == 0 or len(reference) == 0:
        raise ValueError("X and background must have at least one row.")
    if len(reference) > max_background:
        chosen = rng.choice(len(reference), max_background, replace=False)
        reference = reference.iloc[np.sort(chosen)]
    return reference


def _concatenated(table: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Concatenate the rows of two tables; categories stay categories."""
    table, reference = table.copy(deep=False), reference.copy(deep=False)
    for j, (mine, other) in enumerate(zip(table.dtypes, reference.dtypes, strict=True)):
        both = (mine, other)
        if mine != other and all(isinstance(dtype, pd.CategoricalDtype) for dtype in both):
            dtype = pd.CategoricalDtype(mine.categories.union(other.categories, sort=False))
            table.isetitem(j, table.iloc[:, j].astype(dtype).array)
            reference.isetitem(j, reference.iloc[:, j].astype(dtype).array)
    return pd.concat([table, reference], ignore_index=True)


def _players(estimator: Any, table: pd.DataFrame, level: str) -> tuple[list[Any], list[list[int]]]:
    """Return the names and the column positions of what contributes."""
    players: dict[Any, list[int]] = {}
    levels = column_levels(estimator, table)
    if level == "group" and all(kind == "column" for kind, *_ in levels):
        raise ValueError("level='group' needs column groups, which the estimator does not have.")
    for kind, name, group, positions in levels:
        if kind == "column":
            players.setdefault(name if level == "column" else group, []).extend(positions)
    return list(players), list(players.values())


def _cell_codes(table: pd.DataFrame, players: list[list[int]]) -> np.ndarray:
    """Return equal numbers for equal cells, (n_samples, n_players)."""
    codes = np.empty((len(table), len(players)), dtype=np.intp)
    for k, positions in enumerate(players):
        columns = [_codes_of(table.iloc[:, position]) for position in positions]
        codes[:, k] = np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].ravel()
    return codes


def _scalar(cell: Any) -> Any:
    """Return a cell that shap can slice: lists and arrays as text."""
    return str(cell) if isinstance(cell, list | tuple | set | dict | np.ndarray) else cell


def _codes_of(column: pd.Series) -> np.ndarray:
    try:
        return pd.factorize(plain_column(column))[0]
    except TypeError:  # lists and arrays
        cells = [c.tobytes() if isinstance(c, np.ndarray) else repr(c) for c in column]
        return pd.factorize(np.array(cells, dtype=object))[0]


def output_names(estimator: Any, n_outputs: int) -> list[str] | None:
    """Return the names of several outputs, or None."""
    if n_outputs == 1:
        return None
    classes = getattr(estimator, "classes_", None) if is_classifier(estimator) else None
    if isinstance(classes, np.ndarray) and len(classes) == n_outputs:
        return [str(label) for label in classes]
    return [f"output_{j}" for j in range(n_outputs)]
