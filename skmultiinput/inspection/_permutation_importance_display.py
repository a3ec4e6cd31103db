"""Permutation importance as a plot."""

import numpy as np

from skmultiinput.inspection._permutation_importance import LEVELS, permutation_importance
from skmultiinput.metrics._plot_axes import axes_or_new


class PermutationImportanceDisplay:
    """Permutation importance of modalities and of raw columns, with its spread.

    Parameters
    ----------
    importances : DataFrame
        As returned by `permutation_importance`.
    scoring_name : str, default="score"
        What dropped.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        What was drawn.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        What it is on.

    See Also
    --------
    permutation_importance : How they are measured.

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

    def __init__(self, importances, *, scoring_name="score"):
        self.importances = importances
        self.scoring_name = scoring_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        level="group",
        scoring=None,
        n_repeats=5,
        max_samples=1.0,
        sample_weight=None,
        random_state=None,
        max_bars=20,
        ax=None,
        **kwargs,
    ):
        """Measure importances and plot them.

        Parameters
        ----------
        estimator : estimator
            Fitted, as a rule a Pipeline from the raw table.
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows it was not fitted on.
        y : array-like of shape (n_samples,)
            The truth.
        level : {"group", "column"}, default="group"
            Whole modalities, or raw columns.
        scoring, n_repeats, max_samples, sample_weight, random_state
            As in `permutation_importance`.
        max_bars : int, default=20
            The most important ones that are shown.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.barh``.

        Returns
        -------
        PermutationImportanceDisplay
        """
        found = permutation_importance(
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
        display = cls(found, scoring_name=name)
        return display.plot(level, max_bars=max_bars, ax=ax, **kwargs)

    def plot(self, level="group", *, max_bars=20, ax=None, **kwargs):
        """Plot one bar each, the most important on top; whiskers are one standard deviation.

        Parameters
        ----------
        level : {"group", "column"}, default="group"
            Whole modalities, or raw columns.
        max_bars : int, default=20
            The most important ones that are shown.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.barh``.

        Returns
        -------
        PermutationImportanceDisplay

        Raises
        ------
        ValueError
            If `level` was not measured.
        """
        known = list(dict.fromkeys(self.importances.index.get_level_values("level")))
        if level not in known:
            why = "the model has no column groups" if level in LEVELS else f"got {level!r}"
            raise ValueError(f"level must be one of {', '.join(map(repr, known))}; {why}.")
        shown = self.importances.loc[[level]].droplevel("level").head(max_bars).iloc[::-1]
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        places = np.arange(len(shown))
        style = {"xerr": shown["sd"], "capsize": 3, **kwargs}
        self.bars_ = ax.barh(places, shown["mean"], **style)
        # A dollar sign of a name would begin a formula.
        names = [str(name).replace("$", r"\$") for name in shown.index]
        ax.set_yticks(places, names)
        ax.axvline(0, color="gray", linewidth=0.8)
        ax.set(xlabel=f"Drop of {self.scoring_name}")
        return self
