"""The result of `tune`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.evaluation._evaluation_metrics import metric_label
from skmultiinput.evaluation._intervals import corrected_interval


@dataclass(frozen=True, eq=False, repr=False)
class TuningResult:
    """The result of `tune`.

    Attributes
    ----------
    metric : str
        What the candidates were compared by.
    lower_is_better : bool
        Whether lower values of it are better.
    scores : DataFrame of shape (n_candidates, n_folds)
        The metric on each fold: "defaults", the number of each finished trial, and "ensemble".
    n_train, n_test : float
        Rows of a training and of a test set, on average.
    best : str or int
        The best candidate: a row of `scores`.
    best_params : dict
        Its parameters that differ from the defaults.
    best_estimator : estimator
        The pipeline with `best_params`, or the ensemble; fitted on all rows with ``refit=True``.
    ensemble : dict of {str or int: int}
        How often each candidate is in the ensemble; empty without one.
    study : optuna.Study
        All trials, with those that were pruned.
    nested : DataFrame of shape (n_outer_folds, 2) or None
        The metric of the defaults and of what the search chose, on rows that neither the search
        nor the fit has seen; with ``nested=``.

    See Also
    --------
    tune : Returns one.

    Examples
    --------
    >>> scores = pd.DataFrame([[0.80, 0.82, 0.81], [0.83, 0.84, 0.83]], index=["defaults", 0])
    >>> result = TuningResult("roc_auc", False, scores, 200, 100, 0, {}, None, {}, None, None)
    >>> print(result)
    TuningResult: ROC AUC 0.8333 after 0.8100 with the defaults: better by 0.0233 (standard error
    0.0053). The best of 1 trial was chosen on the same folds, which flatters it; nested=3 does not.
    """

    metric: str
    lower_is_better: bool
    scores: pd.DataFrame
    n_train: float
    n_test: float
    best: Any
    best_params: dict[str, Any]
    best_estimator: Any
    ensemble: dict[Any, int]
    study: Any
    nested: pd.DataFrame | None

    def improvement(self, confidence: float = 0.95) -> dict[str, float]:
        """Return how much better than the defaults, with the corrected standard error over folds.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        dict of {str: float}
            mean, sd, se, low, high and p_value of the gain; above 0 is better. Of the nested folds
            where there are some; else of those that the search has chosen by, which flatters it.
        """
        if self.nested is not None:
            table, sizes = self.nested.T, (len(self.nested) - 1.0, 1.0)
            after = table.loc["tuned"]
        else:
            table, sizes = self.scores, (self.n_train, self.n_test)
            after = table.loc[self.best]
        gain = (after - table.loc["defaults"]).to_numpy(dtype=float)
        return corrected_interval(-gain if self.lower_is_better else gain, *sizes, confidence)

    def __repr__(self) -> str:
        gain = self.improvement()
        means = self.scores.mean(axis=1)
        n_trials = sum(isinstance(name, (int, np.integer)) for name in self.scores.index)
        word = "better" if gain["mean"] >= 0 else "worse"
        how = (
            f"{metric_label(self.metric)} {means[self.best]:.4f} after {means['defaults']:.4f} "
            f"with the defaults: {word} by {abs(gain['mean']):.4f} "
            f"(standard error {gain['se']:.4f})."
        )
        if self.nested is not None:
            return f"TuningResult: {how} The gain is that on {len(self.nested)} nested folds."
        trials = f"{n_trials} trial" + ("" if n_trials == 1 else "s")
        return (
            f"TuningResult: {how} The best of {trials} was chosen on the same folds, which "
            "flatters it; nested=3 does not."
        )
