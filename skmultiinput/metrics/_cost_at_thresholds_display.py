"""Plot of the cost against the threshold."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skmultiinput._typing import TableLike
from skmultiinput.metrics._cost_checks import position_of_label, positive_label
from skmultiinput.metrics._plot_axes import axes_or_new
from skmultiinput.metrics._thresholds import cheapest_threshold, cost_at_thresholds

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class CostAtThresholdsDisplay:
    """Mean cost of a row against the decision threshold.

    Parameters
    ----------
    thresholds : ndarray of shape (n_thresholds,)
        Ascending.
    cost : ndarray of shape (n_thresholds,)
        Mean cost of a row, in the caller's unit.
    threshold : float, default=None
        Threshold to mark; the cheapest if None.
    estimator_name : str, default=None
        Name shown in the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure with the curve.

    See Also
    --------
    cost_at_thresholds : Computes the costs.

    Examples
    --------
    >>> display = CostAtThresholdsDisplay.from_predictions(
    ...     [0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8], cost_fp=1, cost_fn=4
    ... )
    >>> display.threshold, display.ax_.get_ylabel()
    (0.25, 'Cost per row')
    """

    def __init__(
        self,
        thresholds: np.ndarray,
        cost: np.ndarray,
        *,
        threshold: float | None = None,
        estimator_name: str | None = None,
    ):
        self.thresholds = thresholds
        self.cost = cost
        self.threshold = threshold
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: TableLike,
        y: ArrayLike,
        *,
        cost_fp: ArrayLike,
        cost_fn: ArrayLike,
        cost_tp: ArrayLike = 0.0,
        cost_tn: ArrayLike = 0.0,
        pos_label: Any = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the costs of a fitted classifier's decisions.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``predict_proba``, for two classes.
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows that it was not fitted on.
        y : array-like of shape (n_samples,)
            True labels.
        cost_fp, cost_fn, cost_tp, cost_tn, pos_label, sample_weight
            As in `classification_cost`.
        name : str, default=None
            Name shown in the legend; the estimator's class if None.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.plot``.

        Returns
        -------
        CostAtThresholdsDisplay

        Raises
        ------
        ValueError
            If there are not two classes, or `pos_label` is needed or not one of them.
        """
        classes = np.asarray(estimator.classes_).tolist()
        if len(classes) != 2:
            raise ValueError(
                f"Cost at thresholds is for two classes; the estimator has {len(classes)}."
            )
        pos_label = positive_label(classes, pos_label=pos_label)
        position = position_of_label(classes, pos_label)
        return cls.from_predictions(
            y,
            np.asarray(estimator.predict_proba(X))[:, position],
            cost_fp=cost_fp,
            cost_fn=cost_fn,
            cost_tp=cost_tp,
            cost_tn=cost_tn,
            pos_label=pos_label,
            sample_weight=sample_weight,
            name=name or type(estimator).__name__,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_proba: ArrayLike,
        *,
        cost_fp: ArrayLike,
        cost_fn: ArrayLike,
        cost_tp: ArrayLike = 0.0,
        cost_tn: ArrayLike = 0.0,
        pos_label: Any = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the costs of decisions based on probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        y_proba : array-like of shape (n_samples,)
            Probability of the positive class.
        cost_fp, cost_fn, cost_tp, cost_tn, pos_label, sample_weight
            As in `classification_cost`.
        name : str, default=None
            Name shown in the legend.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.plot``.

        Returns
        -------
        CostAtThresholdsDisplay
        """
        thresholds, cost = cost_at_thresholds(
            y_true,
            y_proba,
            cost_fp=cost_fp,
            cost_fn=cost_fn,
            cost_tp=cost_tp,
            cost_tn=cost_tn,
            pos_label=pos_label,
            sample_weight=sample_weight,
        )
        threshold = cheapest_threshold(thresholds, cost)
        return cls(thresholds, cost, threshold=threshold, estimator_name=name).plot(ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot the curve and the marked threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.plot``.

        Returns
        -------
        CostAtThresholdsDisplay
        """
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        marked = self.threshold
        if marked is None:
            marked = cheapest_threshold(self.thresholds, self.cost)
        label = f"{self.estimator_name}, " if self.estimator_name else ""
        style = {"label": f"{label}threshold {marked:.3f}", **kwargs}
        (self.line_,) = ax.plot(self.thresholds, self.cost, **style)
        ax.axvline(marked, color=self.line_.get_color(), linestyle=":", linewidth=1)
        ax.set(xlabel="Threshold", ylabel="Cost per row")
        ax.legend()
        return self
