"""Checks of the report: calibration, classes, rows that went wrong, drift, a learning curve."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from skmultiinput.evaluation._cross_validated_scores import CrossValidatedScores
from skmultiinput.evaluation._evaluation_metrics import metric_label
from skmultiinput.evaluation._fold_drift import LIMIT as DRIFT_LIMIT
from skmultiinput.evaluation._report_charts import Ranking, rankings, reliability
from skmultiinput.evaluation._report_tables import (
    DASH,
    Cell,
    ReportTable,
    interval,
    number,
    signed,
    verdict,
)

_FEW_TEST_ROWS = 10
_N_WORST = 10
_N_DRIFTING = 12
_N_CURVES = 3


def calibration_table(result: CrossValidatedScores) -> ReportTable:
    """Return mean prediction, observed share, their distance and the slope per curve."""
    rows = []
    for ranking in rankings(result):
        predicted, observed, _, _ = reliability(ranking)
        mean, share = (
            np.average(values, weights=ranking.weight) for values in (ranking.score, ranking.truth)
        )
        distance = float(np.abs(predicted - observed).mean())
        slope, low, high = calibration_slope(ranking)
        fault = "too cautious" if low > 1 else "too confident" if high < 1 else ""
        rows.append(
            [
                Cell(ranking.label),
                *(Cell(f"{value:.2%}") for value in (mean, share, distance)),
                Cell(number(slope, 2), fault),
            ]
        )
    caption = (
        "Mean distance over ten bins of equal size; a slope clearly below 1 means that "
        "probabilities are too far from the mean, one above 1 that they are too near"
    )
    return ReportTable(
        caption, ["", "mean prediction", "observed share", "mean distance", "slope"], rows
    )


def calibration_slope(ranking: Ranking) -> tuple[float, float, float]:
    """Return the slope of a logistic regression of the truth on log-odds, and its 95 % interval.

    NaN where it is not determined: for constant probabilities, or classes that they separate.
    """
    p = np.clip(ranking.score, 1e-6, 1 - 1e-6)
    X = np.column_stack([np.ones(len(p)), special.logit(p)])
    weight = np.ones(len(p)) if ranking.weight is None else ranking.weight / ranking.weight.mean()
    beta = np.array([0.0, 1.0])
    undetermined = np.nan, np.nan, np.nan
    if np.ptp(p) < 1e-6:
        return undetermined
    for _ in range(25):  # Newton's method
        fitted = special.expit(X @ beta)
        information = (X * (weight * fitted * (1 - fitted))[:, None]).T @ X
        if np.linalg.cond(information) > 1e12:
            return undetermined
        step = np.linalg.solve(information, X.T @ (weight * (ranking.truth - fitted)))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            reach = stats.norm.ppf(0.975) * np.linalg.inv(information)[1, 1] ** 0.5
            return beta[1], beta[1] - reach, beta[1] + reach
    return undetermined


def rare_classes(result: CrossValidatedScores) -> list[str]:
    """Return a sentence for each class with too few test rows per fold to trust its scores."""
    sentences = []
    for label in [] if result.classes is None else result.classes:
        counts = [int((result.y[test] == label).sum()) for test in result.test_indices]
        if min(counts) < _FEW_TEST_ROWS:
            sentences.append(
                f"Class {label} has only {min(counts)} to {max(counts)} rows per test fold: its "
                "scores are uncertain. Use fewer folds or join rare classes."
            )
    return sentences


def classes_table(result: CrossValidatedScores) -> ReportTable:
    """Return rows, recall, precision and ROC AUC of each class of the evaluated model."""
    confusion = result.confusion()
    counts = confusion.to_numpy()
    right, actual, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    auc = {
        ranking.label: roc_auc_score(ranking.truth, ranking.score, sample_weight=ranking.weight)
        for ranking in rankings(result, n_classes=None)
        if 0 < ranking.truth.mean() < 1
    }
    rows = [
        [
            Cell(str(label)),
            Cell(f"{actual[position]:,}"),
            Cell(number(right[position] / actual[position], 3) if actual[position] else DASH),
            Cell(number(right[position] / predicted[position], 3) if predicted[position] else DASH),
            Cell(number(auc.get(str(label)), 3)),
        ]
        for position, label in enumerate(confusion.index)
    ]
    caption = "Per class: test rows, accuracy on them (recall), precision, one-vs-rest ROC AUC"
    return ReportTable(caption, ["class", "rows", "recall", "precision", "ROC AUC"], rows)


def effects_table(effects: pd.DataFrame) -> ReportTable:
    """Return mean predictions by value of the most important columns."""
    rows = [
        [Cell("" if again else column), Cell(value[:60]), Cell(number(prediction))]
        for (column, value, prediction), again in zip(
            effects.itertuples(index=False), effects["column"].duplicated(), strict=True
        )
    ]
    caption = (
        "Direction: mean prediction where every held-out row of the first fold gets this value; "
        "of the most important columns"
    )
    return ReportTable(caption, ["column", "value", "mean prediction"], rows, n_text=2)


def worst_rows_table(result: CrossValidatedScores) -> ReportTable:
    """Return the rows with the largest errors of the evaluated model."""
    predictions = result.out_of_fold()
    if result.classes is None:
        return _worst_numbers(result, predictions.to_numpy())
    proba = predictions.to_numpy()
    actual = np.searchsorted(result.classes, result.y)
    of_actual = proba[np.arange(len(proba)), actual]
    rows = []
    for position in _worst(1 - of_actual):
        likeliest = int(proba[position].argmax())
        rows.append(
            [
                Cell(str(result.index[position])),
                Cell(str(result.classes[actual[position]])),
                Cell(str(result.classes[likeliest])),
                Cell(number(of_actual[position])),
            ]
        )
    head = ["row", "actual", "most probable", "probability of the actual class"]
    caption = "Rows whose actual class was given the lowest probability, by their index"
    return ReportTable(caption, head, rows, n_text=3)


def _worst_numbers(result: CrossValidatedScores, predicted: np.ndarray) -> ReportTable:
    """Return the rows with the largest residuals; of several targets the largest in units of sd."""
    predicted = predicted.reshape(len(predicted), -1)
    actual = np.asarray(result.y, dtype=float).reshape(predicted.shape)
    spread = np.maximum(actual.std(axis=0), 1e-300)
    scaled = np.abs(actual - predicted) / spread
    rows: list[list[Cell]] = []
    for position in _worst(scaled.max(axis=1)):
        target = int(scaled[position].argmax())
        values: list[Any] = [actual[position, target], predicted[position, target]]
        texts = [number(value) for value in (*values, values[0] - values[1])]
        name = str(result.index[position]) + (f", target {target + 1}" if len(spread) > 1 else "")
        rows.append([Cell(name), *map(Cell, texts)])
    caption = "Rows with the largest residuals, by their index"
    return ReportTable(caption, ["row", "actual", "predicted", "residual"], rows)


def _worst(errors: np.ndarray) -> np.ndarray:
    """Return the positions of the largest errors; rows that were not tested have none."""
    tested = np.flatnonzero(np.isfinite(errors))
    return tested[np.argsort(-errors[tested], kind="stable")[:_N_WORST]]


def curve_table(result: CrossValidatedScores) -> ReportTable:
    """Return the first metrics of fits on parts of the training rows."""
    curve, rows = result.learning_curve(), []
    first = curve.loc[curve.index.unique("metric")[:_N_CURVES].tolist()]
    by_share: dict[Any, Any] = first.to_dict("index")
    for (metric, share), row in by_share.items():
        rows.append(
            [
                Cell(metric_label(metric), f"{share:.0%}, {row['n_train']:,.0f} rows"),
                Cell(number(row["mean"]), f"± {number(row['sd'])}"),
                Cell(signed(row["difference"])),
                Cell(interval(row)),
                Cell("") if pd.isna(row["difference"]) else verdict(row),
            ]
        )
    head = ["metric", "mean", "change", "95 % interval", "verdict"]
    return ReportTable(
        "Scores by share of the training rows; changes from the share before", head, rows
    )


def curve_sentence(result: CrossValidatedScores) -> str:
    """Say whether more rows would help."""
    curve = result.learning_curve()
    metric = curve.index[0][0]
    last = curve.loc[(metric, 1.0)]
    label = metric_label(metric)
    change = f"from half to all training rows it changes by {signed(last['difference'])}"
    if not pd.isna(last["better"]) and last["better"]:
        return f"More rows would likely help: by {label}, {change}."
    return f"More rows promise no clear gain: by {label}, {change} ({interval(dict(last))})."


def drift_table(drift: pd.DataFrame) -> ReportTable | None:
    """Return the columns that change most between the folds in time; None if none does much."""
    means = drift.mean(axis=1)
    changing = drift[means >= DRIFT_LIMIT].head(_N_DRIFTING)
    rows = [
        [Cell(str(name)), Cell(number(means[name], 2)), *(Cell(number(v, 2)) for v in scores)]
        for name, scores in zip(changing.index, changing.to_numpy(), strict=True)
    ]
    caption = (
        "Columns that change in time: the ROC AUC with which each by itself tells test rows from "
        "earlier training rows; 0.5 is no change, and dates change by themselves"
    )
    return ReportTable(caption, ["column", "mean", *drift.columns], rows) if rows else None


def explained_table(explained: pd.DataFrame) -> ReportTable:
    """Return the columns that contribute most to the most confident predictions."""
    rows = []
    for name, row in zip(explained.index, explained.to_dict("records"), strict=True):
        texts = "; ".join(
            f"{column} {cell} ({signed(by, 2)})" for column, cell, by in row["columns"]
        )
        if row["right"] is None:
            first = [Cell(number(row["actual"])), Cell(number(row["predicted"]))]
        else:
            first = [
                Cell("right", tag="good") if row["right"] else Cell("wrong", tag="bad"),
                Cell(str(row["actual"])),
                Cell(str(row["predicted"]), number(row["probability"], 3)),
            ]
        rows.append([Cell(str(name)), *first, Cell(texts)])
    if explained["right"].isna().all():
        what, unit = "the largest errors", "in the unit of the target"
        head = ["row", "actual", "predicted", "contributions"]
    else:
        what = "the most confident right and wrong predictions"
        unit = "in log-odds of the predicted class"
        head = ["row", "verdict", "actual", "predicted", "contributions"]
    caption = f"Why: contributions of columns to {what} of the first fold, {unit}"
    return ReportTable(caption, head, rows, n_text=len(head))
