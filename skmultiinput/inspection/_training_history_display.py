"""Training history as a plot."""

import numpy as np

from skmultiinput.inspection._unwrap import part_with
from skmultiinput.metrics._plot_axes import axes_or_new


class TrainingHistoryDisplay:
    """Loss, or another metric, by epoch.

    Parameters
    ----------
    history : dict of {str: list of float}
        Values per epoch, as in ``history_`` of the estimators; those of validation rows have the
        prefix ``val_``.
    estimator_name : str, default=None
        For the legend.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        What was drawn.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        What it is on.

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
    ValueError: metric must be one of 'loss', which the history has; got 'auc'.
    """

    def __init__(self, history, *, estimator_name=None):
        self.history = history
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(cls, estimator, *, metric="loss", name=None, ax=None, **kwargs):
        """Plot the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline, search or threshold
            around one.
        metric : str, default="loss"
            What is plotted.
        name : str, default=None
            For the legend.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.plot``.

        Returns
        -------
        TrainingHistoryDisplay

        Raises
        ------
        ValueError
            If there is no ``history_`` in it, or no such metric.
        """
        found = part_with(estimator, "history_")
        if found is None:
            raise ValueError(
                "Expected a fitted estimator with history_, or one inside a Pipeline; "
                f"{type(estimator).__name__} has none."
            )
        return cls(found.history_, estimator_name=name).plot(metric, ax=ax, **kwargs)

    def best_epoch(self, metric="loss"):
        """Return the epoch, from 1, with the least validation loss (or least `metric`), or None."""
        values = np.asarray(self.history.get(f"val_{metric}", []), dtype=float)
        return int(np.nanargmin(values)) + 1 if np.isfinite(values).any() else None

    def plot(self, metric="loss", *, ax=None, **kwargs):
        """Plot training and validation values by epoch; a dotted line marks the best loss.

        Parameters
        ----------
        metric : str, default="loss"
            What is plotted.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.plot``.

        Returns
        -------
        TrainingHistoryDisplay
        """
        known = [key for key in self.history if not key.startswith("val_")]
        if metric not in known:
            raise ValueError(
                f"metric must be one of {', '.join(map(repr, known))}, which the history has; "
                f"got {metric!r}."
            )
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        prefix = f"{self.estimator_name}, " if self.estimator_name else ""
        self.lines_ = []
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
