"""Plot of permutation importances."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from skmultiinput._typing import TableLike
from skmultiinput.inspection._column_levels import LEVELS
from skmultiinput.inspection._permutation_importance import permutation_importance
from skmultiinput.metrics._plot_axes import axes_or_new, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class PermutationImportanceDisplay:
    """Permutation importance of modalities and of raw columns, with its standard deviation.

    Parameters
    ----------
    importances : DataFrame
        As returned by `permutation_importance`.
    scoring_name : str, default="score"
        Name of the score that dropped.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The bars.
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure with the plot.

    See Also
    --------
    permutation_importance : Computes the importances.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmultiinput import make_preprocessor
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"age": rng.normal(size=200), "town": ["Bern", "Rome"] * 100})
    >>> y = X["age"] > 0
    >>> model = make_pipeline(make_preprocessor(), LogisticRegression()).fit(X, y)
    >>> display = PermutationImportanceDisplay.from_estimator(model, X, y, random_state=0)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['onehot', 'numeric']
    >>> display.plot("column").ax_.get_xlabel()
    'Drop of ROC AUC'
    """

    def __init__(self, importances: pd.DataFrame, *, scoring_name: str = "score"):
        self.importances = importances
        self.scoring_name = scoring_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TableLike,
        y: ArrayLike,
        *,
        level: str = "group",
        scoring: Any = None,
        n_repeats: int = 5,
        max_samples: float = 1.0,
        sample_weight: ArrayLike | None = None,
        random_state: Any = None,
        max_bars: int = 20,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Compute importances and plot them.

        Parameters
        ----------
        estimator : estimator
            Fitted, usually a Pipeline that takes the raw table.
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows that it was not fitted on.
        y : array-like of shape (n_samples,)
            True target.
        level : {"group", "column"}, default="group"
            Whole modalities, or raw columns.
        scoring, n_repeats, max_samples, sample_weight, random_state
            As in `permutation_importance`.
        max_bars : int, default=20
            Maximum number of bars.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.barh``.

        Returns
        -------
        PermutationImportanceDisplay
        """
        importances = permutation_importance(
            estimator,
            X,
            y,
            scoring=scoring,
            n_repeats=n_repeats,
            max_samples=max_samples,
            sample_weight=sample_weight,
            random_state=random_state,
        )
        name = scoring if isinstance(scoring, str) else "score"
        if scoring is None:
            name = "ROC AUC" if hasattr(estimator, "classes_") else "R²"
        display = cls(importances, scoring_name=name)
        return display.plot(level, max_bars=max_bars, ax=ax, **kwargs)

    def plot(
        self, level: str = "group", *, max_bars: int = 20, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Plot one bar each, the most important on top; whiskers show one standard deviation.

        Parameters
        ----------
        level : {"group", "column"}, default="group"
            Whole modalities, or raw columns.
        max_bars : int, default=20
            Maximum number of bars.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.barh``.

        Returns
        -------
        PermutationImportanceDisplay

        Raises
        ------
        ValueError
            If `level` was not computed.
        """
        levels = list(dict.fromkeys(self.importances.index.get_level_values("level")))
        if level not in levels:
            why = "the model has no column groups" if level in LEVELS else f"got {level!r}"
            raise ValueError(f"level must be one of {', '.join(map(repr, levels))}; {why}.")
        bars = self.importances.loc[[level]].droplevel("level").head(max_bars).iloc[::-1]
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        positions = np.arange(len(bars))
        style = {"xerr": bars["sd"], "capsize": 3, **kwargs}
        self.bars_ = ax.barh(positions, bars["mean"], **style)
        ax.set_yticks(positions, [literal(name) for name in bars.index])
        ax.axvline(0, color="gray", linewidth=0.8)
        ax.set(xlabel=f"Drop of {self.scoring_name}")
        return self
