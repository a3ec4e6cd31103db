"""Scores and predictions per fold, their uncertainty, and comparisons of models."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.evaluation._evaluation_metrics import decimals, lower_is_better, metric_range
from skmultiinput.evaluation._intervals import corrected_interval

SECONDS = ("fit_seconds", "predict_seconds")


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidatedScores:
    """The data of an `EvaluationResult`, which documents the attributes."""

    task: str
    scores: pd.DataFrame
    models: list[str]
    metrics: list[str]
    classes: np.ndarray | None
    pos_label: Any
    y: np.ndarray
    index: pd.Index
    test_indices: list[np.ndarray]
    thresholds: dict[str, float]
    predictions: dict[str, np.ndarray]
    costs: dict[str, np.ndarray] = field(default_factory=dict)
    sample_weight: np.ndarray | None = None
    details: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    known_metrics: dict[str, str] = field(default_factory=dict)
    column_profiles: pd.DataFrame | None = None
    leaks: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    time_order: pd.DataFrame = field(default_factory=pd.DataFrame)
    fold_drift: pd.DataFrame | None = None
    curve_scores: pd.DataFrame | None = None

    def out_of_fold(self, model: str | None = None) -> pd.DataFrame:
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
        values = self.predictions[self._check_model(model)]
        return pd.DataFrame(values, index=self.index, columns=self.classes)

    def summary(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return every metric of every model with its uncertainty.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        DataFrame
            Indexed by model and metric, with the columns mean, sd (over folds), se, low, high;
            see `corrected_interval`. Intervals end where the metric does: seconds and losses at
            0, accuracies at 0 and 1.
        """
        rows = {}
        for model in self.models:
            for metric in [*self.metrics, *SECONDS]:
                row = self._interval(self._folds(model)[metric], confidence)
                limits = metric_range(
                    metric if metric in SECONDS else self.known_metrics.get(metric)
                )
                row["low"], row["high"] = np.clip([row["low"], row["high"]], *limits)
                rows[model, metric] = row
        return frame_of_rows(rows, ["model", "metric"]).drop(columns="p_value")

    def compare(self, confidence: float = 0.95) -> pd.DataFrame:
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
        rows = {}
        for baseline in self.models[1:]:
            for metric in self.metrics:
                row = self._difference(self.models[0], baseline, metric, confidence)
                rows[baseline, metric] = {**row, "better": self._better(row, metric)}
        names = ["difference", "se", "low", "high", "p_value", "better"]
        compared = frame_of_rows(rows, ["baseline", "metric"]) if rows else pd.DataFrame()
        return compared.reindex(columns=names).astype({"better": "boolean"})

    def lower_is_better(self, metric: str) -> bool:
        """Return whether lower values of a metric are better.

        Parameters
        ----------
        metric : str
            One of `metrics`.

        Returns
        -------
        bool
            False for scikit-learn's scorers.
        """
        return lower_is_better(self.known_metrics.get(metric))

    def best_model(self, metric: str, confidence: float = 0.95) -> str | None:
        """Return the model that is clearly better than every other one.

        Parameters
        ----------
        metric : str
            One of `metrics`.
        confidence : float, default=0.95
            Coverage of the intervals of the differences.

        Returns
        -------
        str or None
            None where the interval of a difference includes 0, or there is one model only.
        """
        for model in self.models:
            others = [other for other in self.models if other != model]
            differences = [self._difference(model, other, metric, confidence) for other in others]
            if others and all(self._better(row, metric) for row in differences):
                return model
        return None

    def threshold_gain(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return what the chosen threshold saves compared with 0.5, on the held-out folds.

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
            folds = self._folds(model)
            rows[model] = self._change(folds["cost"] - folds["cost_at_0.5"], confidence)
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")

    def learning_curve(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return the scores of fits on parts of the training rows, which say if more would help.

        Parameters
        ----------
        confidence : float, default=0.95
            Coverage of the intervals.

        Returns
        -------
        DataFrame
            Indexed by metric and share of the training rows: ``n_train``, the mean number of rows;
            ``mean`` and ``sd`` over folds; and, against the share before, ``difference`` with
            ``low``, ``high`` and ``better`` as in `compare`.

        Raises
        ------
        ValueError
            If `evaluate` was called without ``learning_curve=True``.
        """
        if self.curve_scores is None:
            raise ValueError("There is no learning curve; call evaluate(…, learning_curve=True).")
        rows = {}
        for metric in self.curve_scores.columns.drop("n_train"):
            before: Any = np.nan
            for share, folds in self.curve_scores.groupby(level="share"):
                values = folds[metric].droplevel("share")
                row = self._change(values - before, confidence)
                row |= {"n_train": folds["n_train"].mean(), "mean": values.mean()}
                row |= {"sd": values.std(), "better": self._better(row, metric)}
                rows[metric, share], before = row, values
        names = ["n_train", "mean", "sd", "difference", "low", "high", "better"]
        curve = frame_of_rows(rows, ["metric", "share"])
        return curve.reindex(columns=names).astype({"better": "boolean"})

    def confusion(self, model: str | None = None) -> pd.DataFrame:
        """Return how often each class was predicted for each actual class, over all test rows.

        Parameters
        ----------
        model : str, default=None
            Name of a model; the evaluated one if None.

        Returns
        -------
        DataFrame of shape (n_classes, n_classes)
            Number of test rows by actual class (index) and predicted class (columns). A row
            counts once per repetition, decided at the threshold of its fold.

        Raises
        ------
        ValueError
            If the task is regression.
        """
        model = self._check_model(model)
        if self.classes is None:
            raise ValueError("confusion needs classes; the task is regression.")
        counts = sum(
            details["confusion"] for (name, _), details in self.details.items() if name == model
        )
        frame = pd.DataFrame(counts, index=self.classes, columns=self.classes)
        return frame.rename_axis(index="actual", columns="predicted")

    def table(self) -> pd.DataFrame:
        """Return one line per model: "mean ± sd" of every metric.

        Returns
        -------
        DataFrame of str
            Indexed by model.
        """
        summary = self.summary().to_dict("index")
        cells = {
            model: {
                metric: _plus_minus(summary[model, metric]) for metric in [*self.metrics, *SECONDS]
            }
            for model in self.models
        }
        return pd.DataFrame.from_dict(cells, orient="index").rename_axis("model")

    def _difference(self, model: str, other: str, metric: str, confidence: float) -> dict[str, Any]:
        return self._change(self._folds(model)[metric] - self._folds(other)[metric], confidence)

    def _change(self, differences: pd.Series, confidence: float) -> dict[str, Any]:
        interval = self._interval(differences, confidence)
        return {"difference": interval.pop("mean"), **interval}

    def _interval(self, values: pd.Series, confidence: float) -> dict[str, float]:
        mean = self._folds(self.models[0])[["n_train", "n_test"]].mean()
        return corrected_interval(values, mean["n_train"], mean["n_test"], confidence)

    def _better(self, row: dict[str, Any], metric: str) -> bool | None:
        """Return whether a difference is for the better; None if its interval includes 0."""
        if not (row["low"] > 0 or row["high"] < 0):
            return None
        return bool((row["high"] < 0) == self.lower_is_better(metric))

    def _folds(self, model: str) -> pd.DataFrame:
        return self.scores.loc[[model]].droplevel("model")

    def _check_model(self, model: str | None) -> str:
        model = self.models[0] if model is None else model
        if model not in self.predictions:
            raise KeyError(f"No model {model!r}; there are {self.models}.")
        return model


def frame_of_rows(rows: dict[Any, dict[str, Any]], names: list[str]) -> pd.DataFrame:
    """Return rows, dicts by a key of several parts, as a frame with an index of these parts."""
    frame = pd.DataFrame(list(rows.values()))
    frame.index = pd.MultiIndex.from_tuples(list(rows), names=names)
    return frame


def _plus_minus(row: dict[Any, Any]) -> str:
    mean, sd = row["mean"], row["sd"]
    digits = decimals(mean)
    return f"{mean:.{digits}f} ± {sd:.{digits}f}" if np.isfinite(sd) else f"{mean:.{digits}f}"
