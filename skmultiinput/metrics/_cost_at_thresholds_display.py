"""Cost against threshold as a plot."""

import numpy as np

from skmultiinput.metrics._plot_axes import axes_or_new
from skmultiinput.metrics._thresholds import cost_at_thresholds


class CostAtThresholdsDisplay:
    """Mean cost of a row against the threshold.

    Parameters
    ----------
    thresholds : ndarray of shape (n_thresholds,)
        Ascending.
    cost : ndarray of shape (n_thresholds,)
        Mean cost of a row, in the caller's unit.
    threshold : float, default=None
        The one to mark; the cheapest if None.
    estimator_name : str, default=None
        For the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        What it is on.

    See Also
    --------
    cost_at_thresholds : The figures behind it.

    Examples
    --------
    >>> display = CostAtThresholdsDisplay.from_predictions(
    ...     [0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8], cost_fp=1, cost_fn=4
    ... )
    >>> display.threshold, display.ax_.get_ylabel()
    (0.25, 'Cost per row')
    """

    def __init__(self, thresholds, cost, *, threshold=None, estimator_name=None):
        self.thresholds = thresholds
        self.cost = cost
        self.threshold = threshold
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        cost_fp,
        cost_fn,
        cost_tp=0.0,
        cost_tn=0.0,
        pos_label=None,
        sample_weight=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Plot the costs of a fitted classifier's decisions.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``predict_proba``, for two classes.
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows it was not fitted on.
        y : array-like of shape (n_samples,)
            The truth.
        cost_fp, cost_fn, cost_tp, cost_tn, pos_label, sample_weight
            As in `classification_cost`.
        name : str, default=None
            For the legend; the estimator's class if None.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.plot``.

        Returns
        -------
        CostAtThresholdsDisplay

        Raises
        ------
        ValueError
            If there are not two classes, or `pos_label` is none of them.
        """
        classes = np.asarray(estimator.classes_).tolist()
        if len(classes) != 2:
            raise ValueError(f"A cost curve is for two classes; the estimator has {len(classes)}.")
        if pos_label is not None and pos_label not in classes:
            raise ValueError(f"pos_label={pos_label!r} is none of the labels {classes}.")
        place = 1 if pos_label is None else classes.index(pos_label)
        return cls.from_predictions(
            y,
            np.asarray(estimator.predict_proba(X))[:, place],
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
        y_true,
        y_proba,
        *,
        cost_fp,
        cost_fn,
        cost_tp=0.0,
        cost_tn=0.0,
        pos_label=None,
        sample_weight=None,
        name=None,
        ax=None,
        **kwargs,
    ):
        """Plot the costs of decisions by these probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            The truth.
        y_proba : array-like of shape (n_samples,)
            Probability of the positive class.
        cost_fp, cost_fn, cost_tp, cost_tn, pos_label, sample_weight
            As in `classification_cost`.
        name : str, default=None
            For the legend.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.plot``.

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
        cheapest = np.flatnonzero(cost <= cost.min() + 1e-12 * max(1.0, np.abs(cost).max()))
        threshold = float(thresholds[cheapest[len(cheapest) // 2]])
        return cls(thresholds, cost, threshold=threshold, estimator_name=name).plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Plot the curve and the marked threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.plot``.

        Returns
        -------
        CostAtThresholdsDisplay
        """
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        marked = self.threshold
        if marked is None:
            marked = float(self.thresholds[np.argmin(self.cost)])
        label = f"{self.estimator_name}, " if self.estimator_name else ""
        style = {"label": f"{label}threshold {marked:.3f}", **kwargs}
        (self.line_,) = ax.plot(self.thresholds, self.cost, **style)
        ax.axvline(marked, color=self.line_.get_color(), linestyle=":", linewidth=1)
        ax.set(xlabel="Threshold", ylabel="Cost per row")
        ax.legend()
        return self
