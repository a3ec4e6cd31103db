"""Plot of the training history."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from skmultiinput._unwrap import part_with
from skmultiinput.metrics._plot_axes import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class TrainingHistoryDisplay:
    """Loss, or another metric, by epoch.

    Parameters
    ----------
    history : dict of {str: list of float}
        Values per epoch, as in ``history_`` of the estimators; metrics of the validation rows have
        the prefix ``val_``.
    estimator_name : str, default=None
        Name shown in the legend.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The curves.
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure with the plot.

    See Also
    --------
    PermutationImportanceDisplay : Plot of importances.

    Examples
    --------
    >>> display = TrainingHistoryDisplay({"loss": [0.7, 0.5, 0.4], "val_loss": [0.7, 0.6, 0.7]})
    >>> display.best_epoch()
    2
    >>> [line.get_label() for line in display.plot().lines_]
    ['training', 'validation']
    >>> display.plot("auc")
    Traceback (most recent call last):
        ...
    ValueError: metric must be one of the history's metrics, 'loss'; got 'auc'.
    """

    def __init__(
        self, history: Mapping[str, Sequence[float]], *, estimator_name: str | None = None
    ):
        self.history = history
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        metric: str = "loss",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline, search or another
            wrapper around one. Of several fitted copies, the first is read.
        metric : str, default="loss"
            The metric to plot.
        name : str, default=None
            Name shown in the legend.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.plot``.

        Returns
        -------
        TrainingHistoryDisplay

        Raises
        ------
        ValueError
            If it has no ``history_``, or no such metric.
        """
        fitted = part_with(estimator, "history_")
        if fitted is None:
            raise ValueError(
                "Expected a fitted estimator with history_, or a wrapper around one; "
                f"{type(estimator).__name__} has none."
            )
        return cls(fitted.history_, estimator_name=name).plot(metric, ax=ax, **kwargs)

    def best_epoch(self, metric: str = "loss") -> int | None:
        """Return the epoch (from 1) with the lowest validation loss (or `metric`), or None."""
        values = np.asarray(self.history.get(f"val_{metric}", []), dtype=float)
        return int(np.nanargmin(values)) + 1 if np.isfinite(values).any() else None

    def plot(self, metric: str = "loss", *, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot training and validation values by epoch; a dotted line marks the best loss.

        Parameters
        ----------
        metric : str, default="loss"
            The metric to plot.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.plot``.

        Returns
        -------
        TrainingHistoryDisplay
        """
        metrics = [key for key in self.history if not key.startswith("val_")]
        if metric not in metrics:
            raise ValueError(
                f"metric must be one of the history's metrics, {', '.join(map(repr, metrics))}; "
                f"got {metric!r}."
            )
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        prefix = f"{self.estimator_name}, " if self.estimator_name else ""
        self.lines_: list[Any] = []
        for key, label in ((metric, "training"), (f"val_{metric}", "validation")):
            values = self.history.get(key)
            if values is not None:
                style = {"label": prefix + label, **kwargs}
                self.lines_ += ax.plot(np.arange(1, len(values) + 1), values, **style)
        best = self.best_epoch()
        if metric == "loss" and best is not None:
            ax.axvline(best, color=self.lines_[-1].get_color(), linestyle=":", linewidth=1)
        ax.set(xlabel="Epoch", ylabel=metric.replace("_", " ").capitalize())
        ax.legend()
        return self
