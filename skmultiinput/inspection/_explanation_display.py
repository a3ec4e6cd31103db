"""Plot of explanations."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from skmultiinput._checks import to_pandas
from skmultiinput._typing import TableLike
from skmultiinput.inspection._explain import contributions_of
from skmultiinput.metrics._plot_axes import axes_or_new, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = ("waterfall", "beeswarm")
# Cells that are longer are cut in labels.
_MAX_CELL = 24


class ExplanationDisplay:
    """Contributions of columns to predictions: a waterfall of one row, or a bee swarm of all rows.

    Parameters
    ----------
    contributions : DataFrame of shape (n_samples, n_columns)
        Contribution of each column to each prediction.
    base_value : float
        Prediction to which the contributions add.
    data : DataFrame of shape (n_samples, n_columns), default=None
        Cells of the rows, for labels and colors.
    output_name : str, default="prediction"
        Name of the predicted quantity.

    Attributes
    ----------
    artist_ : matplotlib BarContainer or list of PathCollection
        The bars of a waterfall, the points of a bee swarm.
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure with the plot.

    See Also
    --------
    explain : Computes the contributions.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> X = pd.DataFrame({"age": [0.0, 1.0, 2.0], "size": [1.0, 0.0, 5.0]})
    >>> model = LinearRegression().fit(X, X["age"] - 2 * X["size"])
    >>> display = ExplanationDisplay.from_estimator(model, X, row=2)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['age = 2', 'size = 5']
    >>> display.plot("beeswarm").ax_.get_xlabel()
    'Contribution to the prediction'
    """

    def __init__(
        self,
        contributions: pd.DataFrame,
        base_value: float,
        data: pd.DataFrame | None = None,
        *,
        output_name: str = "prediction",
    ):
        self.contributions = contributions
        self.base_value = base_value
        self.data = data
        self.output_name = output_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TableLike,
        *,
        kind: str = "waterfall",
        row: int = 0,
        output: Any = None,
        background: TableLike | None = None,
        level: str = "column",
        max_background: int = 50,
        n_permutations: int | None = None,
        random_state: Any = None,
        max_bars: int = 12,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Explain predictions and plot the explanation.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier or regressor, usually a Pipeline that takes the raw table.
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows to explain.
        kind : {"waterfall", "beeswarm"}, default="waterfall"
            One row in detail, or all rows.
        row : int, default=0
            Position of the row of a waterfall.
        output : label, default=None
            The class, or the position of the target, if there are several. Of two classes, None is
            the second.
        background, level, max_background, n_permutations, random_state
            As in `explain`.
        max_bars : int, default=12
            Maximum number of columns; a waterfall adds up the others.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.barh`` or ``ax.scatter``.

        Returns
        -------
        ExplanationDisplay

        Raises
        ------
        ValueError
            As `explain`; or if `output` is needed, or is not an output of the estimator.
        """
        table = to_pandas(X)
        rows: Any = table if isinstance(table, pd.DataFrame) else np.asarray(table)
        if kind == "waterfall":
            rows = rows.iloc[[row]] if isinstance(rows, pd.DataFrame) else rows[[row]]
        explained = contributions_of(
            estimator,
            rows,
            background=X if background is None else background,
            level=level,
            max_background=max_background,
            n_permutations=n_permutations,
            random_state=random_state,
        )
        data, shapley, base = explained.data, explained.shapley, explained.base
        names = explained.outputs
        if names is None and output is not None:
            names = ["0"]
            if is_classifier(estimator):
                # The second class is explained; the log-odds of the first are the opposite.
                names = [str(label) for label in estimator.classes_]
                shapley, base = np.dstack([-shapley, shapley]), np.hstack([-base, base])
        output_position = 0 if names is None else _output_position(names, output)
        display = cls(
            pd.DataFrame(shapley[:, :, output_position], data.index, data.columns),
            float(base[output_position]),
            data if level == "column" else None,
            output_name=f"{names[output_position]!r}" if names else "prediction",
        )
        return display.plot(kind, max_bars=max_bars, ax=ax, **kwargs)

    def plot(
        self,
        kind: str = "waterfall",
        *,
        row: int = 0,
        max_bars: int = 12,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the contributions to one prediction, or to all.

        Parameters
        ----------
        kind : {"waterfall", "beeswarm"}, default="waterfall"
            One row in detail, or all rows.
        row : int, default=0
            Position of the row of a waterfall.
        max_bars : int, default=12
            Maximum number of columns; a waterfall adds up the others.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.barh`` or ``ax.scatter``.

        Returns
        -------
        ExplanationDisplay

        Raises
        ------
        ValueError
            If `kind` is unknown.
        """
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}; got {kind!r}.")
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        if kind == "waterfall":
            self._waterfall(ax, row, max_bars, kwargs)
        else:
            self._beeswarm(ax, max_bars, kwargs)
        return self

    def _waterfall(self, ax: "Axes", row: int, max_bars: int, style: dict[str, Any]) -> None:
        values = self.contributions.iloc[row]
        order = np.argsort(-values.abs().to_numpy(), kind="stable")
        n_bars = len(order) if len(order) <= max_bars else max_bars - 1
        order, rest = order[:n_bars], order[n_bars:]
        labels = [self._label(row, position) for position in order]
        steps = values.iloc[order].tolist()
        if len(rest):
            labels.append(f"{len(rest)} other columns")
            steps.append(float(values.iloc[rest].sum()))
        # From the base value at the bottom to the prediction at the top.
        labels, widths = labels[::-1], np.array(steps[::-1], dtype=float)
        left = self.base_value + np.concatenate([[0.0], np.cumsum(widths)[:-1]])
        colors = ["C3" if width > 0 else "C0" for width in widths]
        self.artist_: Any = ax.barh(
            np.arange(len(widths)), widths, **{"left": left, "color": colors, **style}
        )
        ax.bar_label(
            self.artist_, [f"{width:+.2f}" for width in widths], padding=3, fontsize="small"
        )
        ax.set_yticks(np.arange(len(widths)), [literal(label) for label in labels])
        for value in (self.base_value, self.base_value + widths.sum()):
            ax.axvline(value, color="gray", linewidth=0.8, linestyle=":")
        ax.use_sticky_edges = False
        ax.margins(x=0.15)
        ax.set(
            xlabel=f"Base value {self.base_value:.2f}, {self.output_name} "
            f"{self.base_value + widths.sum():.2f}"
        )

    def _beeswarm(self, ax: "Axes", max_bars: int, style: dict[str, Any]) -> None:
        order = np.argsort(-self.contributions.abs().mean().to_numpy(), kind="stable")[:max_bars][
            ::-1
        ]
        self.artist_ = []
        for height, position in enumerate(order):
            values = self.contributions.iloc[:, position].to_numpy(dtype=float)
            points = ax.scatter(
                values,
                height + _spread(values),
                **{"s": 12, **self._colors(position), **style},
            )
            self.artist_.append(points)
        ax.set_yticks(
            np.arange(len(order)), [literal(self.contributions.columns[p]) for p in order]
        )
        ax.axvline(0, color="gray", linewidth=0.8)
        ax.set(xlabel=f"Contribution to the {self.output_name}")

    def _label(self, row: int, position: int) -> str:
        name = str(self.contributions.columns[position])
        if self.data is None:
            return name
        cell = self.data.iloc[row, position]
        text = f"{cell:,.6g}" if isinstance(cell, float | np.floating) else str(cell)
        text = " ".join(text.removesuffix(" 00:00:00").split())
        return f"{name} = {text if len(text) <= _MAX_CELL else text[:_MAX_CELL] + '…'}"

    def _colors(self, position: int) -> dict[str, Any]:
        """Numbers are colored by rank; other cells are gray."""
        column = None if self.data is None else self.data.iloc[:, position]
        if column is None or not pd.api.types.is_numeric_dtype(column):
            return {"color": "gray"}
        ranks = column.rank(pct=True).fillna(0.5).to_numpy(dtype=float)
        return {"c": ranks, "cmap": "coolwarm", "vmin": 0, "vmax": 1}


def _output_position(names: list[str], output: Any) -> int:
    """Return the position of an output."""
    if isinstance(output, int | np.integer) and str(output) not in names and output < len(names):
        return int(output)
    if str(output) not in names:
        raise ValueError(f"output must be one of {names}; got {output!r}.")
    return names.index(str(output))


def _spread(values: np.ndarray) -> np.ndarray:
    """Vertical offsets that keep equal values apart, within 0.4."""
    low, high = values.min(), values.max()
    bins = np.zeros(len(values)) if high == low else np.round(40 * (values - low) / (high - low))
    rank = pd.Series(bins).groupby(bins).cumcount().to_numpy()
    side = np.where(rank % 2, 1, -1) * ((rank + 1) // 2)
    return 0.4 * side / max(np.abs(side).max(), 5)
