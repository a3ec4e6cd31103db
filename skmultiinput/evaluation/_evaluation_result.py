"""The result of `evaluate`, for people: printed, in a notebook, and as a report."""

from dataclasses import dataclass
from os import PathLike

import numpy as np

from skmultiinput.evaluation._cross_validated_scores import CrossValidatedScores


@dataclass(frozen=True, eq=False, repr=False)
class EvaluationResult(CrossValidatedScores):
    """The result of `evaluate`.

    Attributes
    ----------
    task : {"binary", "multiclass", "regression"}
        The kind of target.
    scores : DataFrame of shape (n_models * n_folds, n_columns)
        One row per model and fold: the metrics, ``threshold`` where one was chosen, and
        ``fit_seconds``, ``predict_seconds``, ``n_train``, ``n_test``. Costs are in the caller's
        unit per row.
    models : list of str
        Names of the models; the first is the one evaluated, the others are its baselines.
    metrics : list of str
        Names of the metrics among the columns of `scores`.
    classes : ndarray of shape (n_classes,) or None
        The labels, sorted.
    pos_label : label or None
        The positive class of a binary target.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    index : Index of shape (n_samples,)
        The index of the rows.
    test_indices : list of ndarray of int
        Positions of the test rows of each fold.
    thresholds : dict of {str: float}
        Per model the threshold that is cheapest over all out-of-fold probabilities: the one to
        use after a fit on all rows. The scores do not use it; those of each fold come from a
        threshold that was tuned without the fold. Empty unless thresholds were tuned.
    predictions : dict of {str: ndarray}
        Per model the out-of-fold predictions; `out_of_fold` returns them as a frame.
    costs : dict of {str: ndarray of shape (1,) or (n_samples,)}
        cost_fp, cost_fn, cost_tp, cost_tn of a binary target, where costs were given.
    sample_weight : ndarray of shape (n_samples,) or None
        Weight of each row.
    details : dict of {(str, int): dict}
        Per model and fold ``confusion``, an ndarray of shape (n_classes, n_classes) that counts
        the rows by actual and predicted class; with ``evaluate(…, details=True)`` also
        ``columns``, ``history``, ``importances`` and ``effects`` of the evaluated model, and
        ``explained`` of its first fold: contributions of columns to the most confident predictions.
    known_metrics : dict of {str: str}
        Those of `metrics` that `evaluate` computes itself, with their original names; the others
        are scikit-learn's scorers.
    column_profiles : DataFrame of shape (n_features, 3) or None
        Missing share and distribution of each column, with ``evaluate(…, details=True)``; see
        `profile_columns`.
    leaks : Series
        Columns that likely give the target away, with the ROC AUC or R² that each reaches by
        itself; empty if there are none. See `evaluate`.
    time_order : DataFrame
        Columns of dates in whose order boosted trees are clearly worse than on shuffled rows, with
        ``shuffled`` and ``in_time``: the ROC AUC, or the mean absolute error. Empty if there are
        none, or folds are in time already.
    fold_drift : DataFrame of shape (n_features, n_folds) or None
        Of folds in time, with ``evaluate(…, details=True)``: the ROC AUC with which each column by
        itself tells the test rows from the earlier training rows; 0.5 for one that does not change.
    curve_scores : DataFrame or None
        The scores by share of the training rows and fold, with
        ``evaluate(…, learning_curve=True)``; `learning_curve` sums them up.

    See Also
    --------
    evaluate : Returns one.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skmultiinput import evaluate
    >>> X, y = make_classification(100, random_state=0)
    >>> result = evaluate(LogisticRegression(), X, y, cv=3, scoring=["roc_auc"], random_state=0)
    >>> result.models, result.metrics, result.scores.shape[0]
    (['pipeline'], ['roc_auc'], 3)
    >>> result.out_of_fold().shape
    (100, 2)
    """

    def to_html(
        self,
        path: "str | PathLike[str] | None" = None,
        *,
        title: str = "Evaluation",
        target: str | None = None,
    ) -> str:
        """Write a report: one HTML file that needs nothing else, no network and no script.

        Call `evaluate` with ``details=True`` to include the detected columns, the training
        history and the importances.

        Parameters
        ----------
        path : str or Path, default=None
            Where to write; nothing is written if None.
        title : str, default="Evaluation"
            The heading.
        target : str, default=None
            Name of the target.

        Returns
        -------
        str
            The HTML.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        # Brings matplotlib along, which is slow to import.
        from skmultiinput.evaluation._report import write_report  # noqa: PLC0415 - see above

        return write_report(self, path, title=title, target=target)

    def __repr__(self) -> str:
        return "\n".join([self._headline(), self.table().T.to_string()])

    def _repr_html_(self) -> str:
        from skmultiinput.evaluation._report import result_table  # noqa: PLC0415 - as in to_html

        return result_table(self, self._headline())

    def _headline(self) -> str:
        n_folds = len(self.test_indices)
        what = f"{self.task} target, {len(self.y)} rows, {n_folds} folds, mean ± sd over folds"
        if self.pos_label is not None:
            share = np.mean(self.y == self.pos_label)
            what += f"; positive class {self.pos_label!r} ({share:.1%})"
        return f"EvaluationResult: {what}"
