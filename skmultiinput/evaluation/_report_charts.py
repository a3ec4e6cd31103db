"""The charts of the report, drawn by the Displays of scikit-learn and of this package."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import AutoLocator
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import (
    PrecisionRecallDisplay,
    PredictionErrorDisplay,
    RocCurveDisplay,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from skmultiinput.evaluation._cross_validated_scores import CrossValidatedScores
from skmultiinput.evaluation._evaluation_task import costs_of
from skmultiinput.evaluation._inline_svg import SERIES, SOFT, Chart, draw_chart
from skmultiinput.inspection._permutation_importance_display import PermutationImportanceDisplay
from skmultiinput.inspection._training_history_display import TrainingHistoryDisplay
from skmultiinput.metrics._cost_at_thresholds_display import CostAtThresholdsDisplay
from skmultiinput.metrics._thresholds import cost_at_thresholds

MAX_CLASSES = 12
MAX_BARS = 20
_MAX_DOTS = 600
_N_BINS = 10
_LABEL_LENGTH = 28
_GRID = np.linspace(0, 1, 201)


class Ranking(NamedTuple):
    """Out-of-fold probabilities of one class by one model, for the rows that were tested."""

    label: str
    model: str
    truth: np.ndarray
    score: np.ndarray
    weight: np.ndarray | None
    rows: np.ndarray


def rankings(result: CrossValidatedScores, n_classes: int | None = MAX_CLASSES) -> list[Ranking]:
    """Return one ranking per model, or per class of the first model for more than two classes."""
    if result.task == "binary":
        return [_ranking(result, str(m), m, result.pos_label) for m in result.models]
    return [
        _ranking(result, str(c), result.models[0], c) for c in _frequent_classes(result, n_classes)
    ]


def ranking_charts(result: CrossValidatedScores) -> list[Chart]:
    """Draw ROC and precision-recall curves: of every model, or of every class and their mean."""
    what = "every model" if result.task == "binary" else "every class against the rest"
    source = f"for {what}, from predictions for rows the model had not seen."

    def plot_roc(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linestyle=":", label="chance")
        _plot_rankings(axes, result, RocCurveDisplay, "roc_auc", "AUC", _roc_on_grid)
        axes.set(xlabel="False positive rate", ylabel="True positive rate", aspect="auto")

    def plot_precision_recall(axes: Axes) -> None:
        if result.task == "binary":
            first = rankings(result)[0]
            share = np.average(first.truth, weights=first.weight)
            axes.axhline(share, color=SOFT, linestyle=":", label=f"chance ({share:.1%})")
        name = "average_precision"
        _plot_rankings(axes, result, PrecisionRecallDisplay, name, "AP", _precision_on_grid)
        axes.set(xlabel="Recall", ylabel="Precision", aspect="auto")

    return [
        draw_chart(
            "roc",
            plot_roc,
            title="ROC curve",
            description=f"True positive rate against false positive rate {source}",
        ),
        draw_chart(
            "precision-recall",
            plot_precision_recall,
            title="Precision and recall",
            description=f"Precision against recall {source}",
        ),
    ]


def calibration_chart(result: CrossValidatedScores) -> Chart:
    """Draw the observed share against the predicted probability, with intervals and a histogram."""
    drawn = rankings(result)

    def plot(axes: Axes) -> None:
        top = 0.05
        for position, ranking in enumerate(drawn):
            predicted, observed, low, high = reliability(ranking)
            display = CalibrationDisplay(
                observed, predicted, ranking.score, estimator_name=ranking.label
            )
            display.plot(ax=axes, ref_line=position == 0, color=_colour(position), marker="o")
            display.line_.set(markersize=4, linestyle=_dash(position))
            top = max(top, predicted.max(), observed.max())
            if position == 0 and result.task == "binary":
                axes.vlines(predicted, low, high, color=_colour(position), alpha=0.6)
                top = max(top, high.max())
        top = min(1.0, float(np.ceil(top * 20 + 0.2) / 20))
        # A histogram of the probabilities of the first curve lies along the bottom.
        heights, edges = np.histogram(drawn[0].score, bins=25, range=(0, top))
        heights = heights / max(heights.max(), 1) * top * 0.16
        axes.stairs(heights, edges, fill=True, color=SOFT, alpha=0.3)
        axes.set(xlim=(0, top), ylim=(0, top))
        axes.set(xlabel="Mean predicted probability", ylabel="Observed share")

    return draw_chart(
        "calibration-curve",
        plot,
        title="Predicted and observed",
        description="Observed share against mean predicted probability in ten bins of equally "
        "many rows; the dotted diagonal is perfect. Bars along the bottom count the rows by their "
        f"probability of {drawn[0].label}.",
    )


def threshold_chart(result: CrossValidatedScores) -> Chart:
    """Draw cost against threshold where there are costs, else precision, recall and F1."""
    if result.costs:
        return draw_chart(
            "cost",
            lambda axes: _plot_costs(axes, result),
            title="Cost against threshold",
            description="Mean cost of a row at every threshold, on predictions for rows the "
            "model had not seen; a dotted line marks the cheapest threshold of each model.",
        )
    return draw_chart(
        "decisions-curve",
        lambda axes: _plot_decisions(axes, result),
        title="Precision, recall and F1 against threshold",
        description="Precision, recall and F1 of the first model at every threshold, on "
        "predictions for rows it had not seen.",
    )


def history_chart(histories: list[dict[str, list[float]]]) -> Chart:
    """Draw losses by epoch, one line per fold."""

    def plot(axes: Axes) -> None:
        for history in histories:
            display = TrainingHistoryDisplay(history).plot(ax=axes, linewidth=1.3, alpha=0.8)
            for line, colour in zip(display.lines_, (SERIES[1], SERIES[0]), strict=False):
                line.set_color(colour)
        for line in axes.lines:
            if str(line.get_label()).startswith("_"):  # where a fold's best epoch is
                line.set(color=SERIES[0])
        # The first epoch can be so bad that nothing is seen of the others.
        losses = [h[key] for h in histories for key in ("loss", "val_loss") if key in h]
        values = np.concatenate([np.asarray(loss, dtype=float) for loss in losses])
        values = values[np.isfinite(values)]
        if len(values):
            low, high = values.min(), min(values.max(), np.quantile(values, 0.98) * 1.15)
            gap = 0.05 * (high - low) or abs(high) / 10 or 0.5
            axes.set(ylim=(low - gap, high + gap))

    return draw_chart(
        "history",
        plot,
        title="Loss by epoch",
        description="Training and validation loss of the network by epoch in each of "
        f"{len(histories)} folds; a dotted line marks the epoch with the least validation loss.",
    )


def importance_chart(importances: pd.DataFrame, level: str, unit: str) -> Chart:
    """Draw how much the score drops when modalities or columns are permuted."""
    n_bars = min(MAX_BARS, int((importances.index.get_level_values("level") == level).sum()))
    shown = importances.rename(index=_short, level="name")

    def plot(axes: Axes) -> None:
        display = PermutationImportanceDisplay(shown, scoring_name=unit)
        display.plot(level, max_bars=MAX_BARS, ax=axes, color=SERIES[0], ecolor=SOFT)
        axes.grid(visible=False, axis="y")

    what = "a whole modality is" if level == "group" else "one column is"
    return draw_chart(
        f"importance-{level}",
        plot,
        title="Modalities" if level == "group" else "Columns",
        description=f"Drop of {unit} when {what} permuted, mean and standard deviation; the "
        "numbers are in the table below.",
        height=0.9 + 0.26 * n_bars,
    )


def regression_charts(result: CrossValidatedScores) -> Iterator[Chart]:
    """Draw actual values and residuals against predicted ones, for each target."""
    predicted = result.out_of_fold().to_numpy()
    truth = np.asarray(result.y, dtype=float).reshape(len(predicted), -1)
    for target in range(truth.shape[1]):
        tested = np.isfinite(predicted[:, target])
        y_true, y_pred = truth[tested, target], predicted[tested, target]
        # Evenly spaced in the order of the truth: nothing is drawn at random, both ends are shown.
        positions = np.unique(np.linspace(0, len(y_true) - 1, _MAX_DOTS).astype(int))
        rows = np.argsort(y_true)[positions]
        display = PredictionErrorDisplay(y_true=y_true[rows], y_pred=y_pred[rows])
        of = "" if truth.shape[1] == 1 else f" (target {target + 1})"
        for kind, name, title in (
            ("actual_vs_predicted", "fit", "Actual against predicted"),
            ("residual_vs_predicted", "residuals", "Residuals against predicted"),
        ):
            yield draw_chart(
                f"{name}-{target}",
                _plot_errors(display, kind),
                title=title + of,
                description=f"{title} values{of}, for rows the model had not seen; the dashed "
                "line is a perfect prediction.",
            )


def chosen_threshold(result: CrossValidatedScores) -> float | None:
    """Return the threshold for a fit on all rows, or the fixed one; None where none was chosen."""
    first = result.models[0]
    if first in result.thresholds:
        return float(result.thresholds[first])
    if "threshold" in result.scores:
        thresholds = result.scores.loc[[first]]["threshold"].dropna()
        return float(thresholds.mean()) if len(thresholds) else None
    return None


def reliability(ranking: Ranking) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean prediction, observed share and its 95 % interval (Wilson's) per bin."""
    weight = np.ones(len(ranking.score)) if ranking.weight is None else ranking.weight
    order = np.argsort(ranking.score, kind="stable")
    bins = [rows for rows in np.array_split(order, _N_BINS) if weight[rows].sum() > 0]
    predicted, observed = (
        np.array([np.average(values[rows], weights=weight[rows]) for rows in bins])
        for values in (ranking.score, ranking.truth)
    )
    # Kish's effective number of rows, which is their number where weights are equal.
    n = np.array([weight[rows].sum() ** 2 / (weight[rows] ** 2).sum() for rows in bins])
    z = 1.96
    centre = (observed + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(observed * (1 - observed) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return predicted, observed, np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)


def _plot_rankings(
    axes: Axes,
    result: CrossValidatedScores,
    display: Any,
    metric: str,
    short: str,
    on_grid: Callable[[Ranking], np.ndarray],
) -> None:
    """Plot the curve of each ranking by a Display; the first model's folds are thin lines."""
    drawn = rankings(result)
    if result.task != "binary":
        drawn = [ranking for ranking in drawn if 0 < ranking.truth.mean() < 1]
        of_all = [r for r in rankings(result, n_classes=None) if 0 < r.truth.mean() < 1]
        label = f"mean over classes{_mean_score(result, result.models[0], metric, short)}"
        mean = np.mean([on_grid(ranking) for ranking in of_all], axis=0)
        axes.plot(_GRID, mean, color=SOFT, linewidth=3, label=label)
    for position, ranking in enumerate(drawn):
        colour = _colour(position)
        if position == 0 and result.task == "binary":
            for test in _single_folds(result):
                fold = np.isin(ranking.rows, test)
                if 0 < ranking.truth[fold].mean() < 1:
                    weight = None if ranking.weight is None else ranking.weight[fold]
                    display.from_predictions(
                        ranking.truth[fold], ranking.score[fold], sample_weight=weight, ax=axes
                    )
                    axes.lines[-1].set(color=colour, linewidth=0.8, alpha=0.4, label="_fold")
        display.from_predictions(
            ranking.truth, ranking.score, sample_weight=ranking.weight, ax=axes
        )
        label = ranking.label
        if result.task == "binary":
            label += _mean_score(result, ranking.model, metric, short)
        elif metric == "roc_auc":
            auc = roc_auc_score(ranking.truth, ranking.score, sample_weight=ranking.weight)
            label += f", {short} {auc:.3f}"
        width = 2.2 if position == 0 and result.task == "binary" else 1.4
        axes.lines[-1].set(color=colour, linestyle=_dash(position), linewidth=width, label=label)


def _plot_costs(axes: Axes, result: CrossValidatedScores) -> None:
    for position, ranking in enumerate(rankings(result)):
        thresholds, cost = cost_at_thresholds(
            ranking.truth,
            np.clip(ranking.score, 0, 1),
            sample_weight=ranking.weight,
            **costs_of(result.costs, ranking.rows),
        )
        marked = chosen_threshold(result) if position == 0 else None
        display = CostAtThresholdsDisplay(
            thresholds, cost, threshold=marked, estimator_name=ranking.label
        )
        display.plot(ax=axes, color=_colour(position), linewidth=2.2 if position == 0 else 1.4)
    axes.set(xlim=(0, 1))


def _plot_decisions(axes: Axes, result: CrossValidatedScores) -> None:
    ranking, threshold = rankings(result)[0], chosen_threshold(result)
    precision, recall, at = precision_recall_curve(
        ranking.truth, ranking.score, sample_weight=ranking.weight
    )
    precision, recall = precision[:-1], recall[:-1]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    for name, values in {"precision": precision, "recall": recall, "F1": f1}.items():
        axes.plot(at, values, label=name)
    mark = 0.5 if threshold is None else threshold
    axes.axvline(mark, color=SOFT, linestyle=":", label=f"threshold {mark:.3f}")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="Threshold", ylabel="Precision, recall, F1")


def _plot_errors(display: PredictionErrorDisplay, kind: str) -> Callable[[Axes], None]:
    def plot(axes: Axes) -> None:
        display.plot(
            ax=axes,
            kind=kind,
            scatter_kwargs={"color": SERIES[0], "s": 14, "alpha": 0.5, "linewidths": 0},
            line_kwargs={"color": SOFT},
        )
        axes.set_aspect("auto")
        axes.xaxis.set_major_locator(AutoLocator())
        axes.yaxis.set_major_locator(AutoLocator())

    return plot


def _ranking(result: CrossValidatedScores, label: str, model: str, positive: Any) -> Ranking:
    score = result.out_of_fold(model)[positive].to_numpy()
    rows = np.flatnonzero(np.isfinite(score))
    weight = None if result.sample_weight is None else result.sample_weight[rows]
    truth = (result.y[rows] == positive).astype(int)
    return Ranking(label, model, truth, score[rows], weight, rows)


def _frequent_classes(result: CrossValidatedScores, n_classes: int | None) -> list[Any]:
    labels, counts = np.unique(result.y, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:n_classes]
    return [labels[position] for position in np.sort(order)]


def _single_folds(result: CrossValidatedScores) -> list[np.ndarray]:
    """Return the test rows of each fold where every row was tested once only, else nothing."""
    rows = np.concatenate(result.test_indices)
    return result.test_indices if len(np.unique(rows)) == len(rows) else []


def _mean_score(result: CrossValidatedScores, model: str, metric: str, short: str) -> str:
    if metric not in result.metrics:
        return ""
    row = result.summary().to_dict("index")[model, metric]
    if not np.isfinite(row["mean"]):
        return ""
    spread = f" ± {row['sd']:.3f}" if np.isfinite(row["sd"]) else ""
    return f", {short} {row['mean']:.3f}{spread}"


def _roc_on_grid(ranking: Ranking) -> np.ndarray:
    false_rate, true_rate, _ = roc_curve(ranking.truth, ranking.score, sample_weight=ranking.weight)
    return np.interp(_GRID, false_rate, true_rate)


def _precision_on_grid(ranking: Ranking) -> np.ndarray:
    precision, recall, _ = precision_recall_curve(
        ranking.truth, ranking.score, sample_weight=ranking.weight
    )
    return np.interp(_GRID, recall[::-1], precision[::-1])


def _colour(position: int) -> str:
    return SERIES[position % len(SERIES)]


def _dash(position: int) -> str:
    return "-" if position < len(SERIES) else "--"


def _short(name: object) -> str:
    """Shorten a column name for an axis; characters that no page can show are replaced."""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in str(name))
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1]}…"
