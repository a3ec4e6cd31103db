"""What an evaluation found: figures per fold, their uncertainty, and comparisons."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from skmultiinput.evaluation._scores import LOWER_IS_BETTER

# Columns of `EvaluationResult.scores` that are no figure of merit.
BOOKKEEPING = ("threshold", "fit_seconds", "tune_seconds", "predict_seconds", "n_train", "n_test")


def corrected_interval(values, n_train, n_test, confidence=0.95):
    """Mean of figures from overlapping training sets, with an interval that allows for it [1]_.

    The folds of a cross-validation share most of their training rows, so their figures are
    positively correlated and ``sd / sqrt(J)`` is far too small. For J folds the variance of the
    mean is taken as ``(1 / J + n_test / n_train) * sd ** 2``, with J - 1 degrees of freedom; the
    same holds for repeated cross-validation [2]_.

    Parameters
    ----------
    values : array-like of shape (n_folds,)
        One figure, or one difference of figures, per fold.
    n_train, n_test : float
        Rows of a training and of a test set, on average.
    confidence : float, default=0.95
        Coverage of the interval.

    Returns
    -------
    dict of {str: float}
        mean, sd (over folds), se (corrected), low, high (of the interval), p_value (two-sided,
        of a mean of 0). With fewer than two folds all but the mean are NaN.

    References
    ----------
    .. [1] Nadeau, C., Bengio, Y. (2003). Inference for the generalization error. Machine
       Learning 52, 239-281.
    .. [2] Bouckaert, R. R., Frank, E. (2004). Evaluating the replicability of significance tests
       for comparing learning algorithms. PAKDD.

    Examples
    --------
    >>> found = corrected_interval([0.80, 0.82, 0.84, 0.82, 0.82], n_train=80, n_test=20)
    >>> {name: round(value, 4) for name, value in found.items() if name != "p_value"}
    {'mean': 0.82, 'sd': 0.0141, 'se': 0.0095, 'low': 0.7937, 'high': 0.8463}
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    n_folds = len(values)
    nan = float("nan")
    if n_folds < 2:
        mean = float(values.mean()) if n_folds else nan
        return {"mean": mean, "sd": nan, "se": nan, "low": nan, "high": nan, "p_value": nan}
    mean, sd = values.mean(), values.std(ddof=1)
    se = np.sqrt(1 / n_folds + n_test / n_train) * sd
    reach = stats.t.ppf((1 + confidence) / 2, n_folds - 1) * se
    statistic = abs(mean) / se if se > 0 else (np.inf if mean else 0.0)
    p_value = 2 * stats.t.sf(statistic, n_folds - 1)
    found = {"mean": mean, "sd": sd, "se": se, "low": mean - reach, "high": mean + reach}
    return {**{name: float(value) for name, value in found.items()}, "p_value": float(p_value)}


@dataclass(frozen=True, eq=False, repr=False)
class EvaluationResult:
    """What `evaluate` found.

    Attributes
    ----------
    task : {"binary", "multiclass", "regression"}
        The kind of target.
    scores : DataFrame of shape (n_models * n_folds, n_figures)
        One row per model and fold: the figures, ``threshold`` where one was chosen, and
        ``fit_seconds``, ``predict_seconds``, ``n_train``, ``n_test``. Costs are in the caller's
        unit per row.
    models : list of str
        Names of the models; the first is the one evaluated, the others are its baselines.
    metrics : list of str
        Names of the figures among the columns of `scores`.
    classes : ndarray of shape (n_classes,) or None
        The labels, sorted.
    pos_label : label or None
        The positive class of a binary target.
    y : ndarray of shape (n_samples,)
        The target.
    index : Index of shape (n_samples,)
        The index of the rows.
    test_indices : list of ndarray of int
        Positions of the test rows of each fold.
    thresholds : dict of {str: float}
        Per model the threshold that is cheapest over all out-of-fold probabilities: the one to
        use after a fit on all rows. The figures do not use it; those of each fold come from a
        threshold that was tuned without the fold. Empty unless thresholds were tuned.
    predictions : dict of {str: ndarray}
        Per model the out-of-fold predictions; `out_of_fold` gives them as a frame.
    costs : dict of {str: ndarray of shape (1,) or (n_samples,)}
        cost_fp, cost_fn, cost_tp, cost_tn of a binary target, where costs were given.
    sample_weight : ndarray of shape (n_samples,) or None
        Weight of each row.
    details : dict of {(str, int): dict}
        Per model and fold ``confusion``, an ndarray of shape (n_classes, n_classes) that counts
        the rows by their true and their decided class; with ``evaluate(…, details=True)`` also
        ``columns``, ``history`` and ``importances`` of the evaluated model.

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

    task: str
    scores: pd.DataFrame
    models: list
    metrics: list
    classes: Any
    pos_label: Any
    y: np.ndarray
    index: pd.Index
    test_indices: list
    thresholds: dict
    predictions: dict
    costs: dict = field(default_factory=dict)
    sample_weight: Any = None
    details: dict = field(default_factory=dict)

    def out_of_fold(self, model=None):
        """Return predictions for every row by models that had not seen it.

        Parameters
        ----------
        model : str, default=None
            Name of a model; the evaluated one if None.

        Returns
        -------
        DataFrame of shape (n_samples, n_classes) or (n_samples, n_outputs)
            Probabilities per class, or predicted numbers; the mean over repetitions. NaN for a
            row that no fold tested.
        """
        values = self.predictions[self._known(model)]
        columns = self.classes if self.classes is not None else None
        return pd.DataFrame(values, index=self.index, columns=columns)

    def summary(self, confidence=0.95):
        """Return every figure of every model with its uncertainty.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        DataFrame
            Indexed by model and metric, with the columns mean, sd (over folds), se, low, high;
            see `corrected_interval`.
        """
        rows = {
            (model, metric): self._interval(self.scores.loc[model, metric], confidence)
            for model in self.models
            for metric in [*self.metrics, "fit_seconds", "predict_seconds"]
        }
        return _frame(rows, ["model", "metric"]).drop(columns="p_value")

    def compare(self, confidence=0.95):
        """Return how the evaluated model differs from each baseline on the same folds.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        DataFrame
            Indexed by baseline and metric: difference (evaluated model minus baseline), its se
            corrected for overlapping training sets, low, high, p_value, and better: True or
            False where the interval excludes 0, NA where it does not.
        """
        first, rows = self.scores.loc[self.models[0]], {}
        for baseline in self.models[1:]:
            for metric in self.metrics:
                apart = first[metric] - self.scores.loc[baseline, metric]
                found = self._interval(apart, confidence)
                found["difference"] = found.pop("mean")
                rows[baseline, metric] = {**found, "better": _better(found, metric)}
        names = ["difference", "se", "low", "high", "p_value", "better"]
        found = _frame(rows, ["baseline", "metric"]) if rows else pd.DataFrame()
        return found.reindex(columns=names).astype({"better": "boolean"})

    def threshold_gain(self, confidence=0.95):
        """Return what the chosen threshold saves against 0.5, on the held-out folds.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        DataFrame
            Indexed by model: difference (cost at the chosen threshold minus cost at 0.5, per
            row; negative is a saving), se, low, high, p_value.

        Raises
        ------
        ValueError
            If `evaluate` was called without costs, or the target is not binary.
        """
        if "cost_at_0.5" not in self.scores:
            raise ValueError("threshold_gain needs a binary target and evaluate(…, costs=…).")
        rows = {}
        for model in self.models:
            folds = self.scores.loc[model]
            found = self._interval(folds["cost"] - folds["cost_at_0.5"], confidence)
            rows[model] = {"difference": found.pop("mean"), **found}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")

    def confusion(self, model=None):
        """Return how often each class was decided for each true class, over all test rows.

        Parameters
        ----------
        model : str, default=None
            Name of a model; the evaluated one if None.

        Returns
        -------
        DataFrame of shape (n_classes, n_classes)
            Number of test rows by true class (index) and decided class (columns). A row counts
            once per repetition, decided at the threshold of its fold.

        Raises
        ------
        ValueError
            If the target is no class.
        """
        model = self._known(model)
        if self.classes is None:
            raise ValueError("confusion needs classes; the target is a quantity.")
        counts = sum(
            found["confusion"] for (name, _), found in self.details.items() if name == model
        )
        frame = pd.DataFrame(counts, index=self.classes, columns=self.classes)
        return frame.rename_axis(index="true", columns="decided")

    def to_html(self, path=None, *, title="Evaluation", target=None):
        """Write a report: one HTML file that needs nothing else, no network and no script.

        Call `evaluate` with ``details=True`` for what each column was taken for, the training
        history and the importances.

        Parameters
        ----------
        path : str or Path, default=None
            Where to; nothing is written if None.
        title : str, default="Evaluation"
            The heading.
        target : str, default=None
            What the report calls the target.

        Returns
        -------
        str
            The HTML.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        # The report is made of results: importing it at the top would go round in a circle.
        from skmultiinput.evaluation._report import write_report  # noqa: PLC0415 - see above

        return write_report(self, path, title=title, target=target)

    def table(self):
        """Return one line per model: "mean ± sd" of every figure.

        Returns
        -------
        DataFrame of str
            Indexed by model.
        """
        found = self.summary()
        cells = {
            model: {
                metric: _plus_minus(
                    found.loc[(model, metric), "mean"], found.loc[(model, metric), "sd"]
                )
                for metric in [*self.metrics, "fit_seconds", "predict_seconds"]
            }
            for model in self.models
        }
        return pd.DataFrame.from_dict(cells, orient="index").rename_axis("model")

    def __repr__(self):
        lines = [self._headline(), self.table().T.to_string()]
        return "\n".join(lines)

    def _repr_html_(self):
        return f"<p>{self._headline()}</p>{self.table().T.to_html()}"

    def _headline(self):
        n_folds = len(self.test_indices)
        what = f"{self.task} target, {len(self.y)} rows, {n_folds} folds, mean ± sd over folds"
        if self.pos_label is not None:
            share = np.mean(self.y == self.pos_label)
            what += f"; positive class {self.pos_label!r} ({share:.1%})"
        return f"EvaluationResult: {what}"

    def _interval(self, values, confidence):
        mean = self.scores.loc[self.models[0], ["n_train", "n_test"]].mean()
        return corrected_interval(values, mean["n_train"], mean["n_test"], confidence)

    def _known(self, model):
        model = self.models[0] if model is None else model
        if model not in self.predictions:
            raise KeyError(f"No model {model!r}; there are {self.models}.")
        return model


def _frame(rows, names):
    frame = pd.DataFrame(list(rows.values()))
    frame.index = pd.MultiIndex.from_tuples(list(rows), names=names)
    return frame


def _better(found, metric):
    if not (found["low"] > 0 or found["high"] < 0):
        return None
    return bool((found["high"] < 0) == (metric in LOWER_IS_BETTER))


def _plus_minus(mean, sd):
    # Four figures that matter: 0.8461, 12.35, 48210.
    digits = 4 if abs(mean) < 10 else 2 if abs(mean) < 1000 else 0
    return f"{mean:.{digits}f} ± {sd:.{digits}f}" if np.isfinite(sd) else f"{mean:.{digits}f}"
