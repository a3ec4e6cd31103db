"""The figures of the report: from an evaluation's result to charts."""

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from skmultiinput.evaluation._scores import NAMES
from skmultiinput.evaluation._svg import N_COLOURS, Line, Mark, line_chart
from skmultiinput.metrics._thresholds import cost_at_thresholds

_BINS = 10
_HISTOGRAM_BINS = 25
# The strip of the histogram under the calibration curve, as a share of its height.
_STRIP = 0.16
_MOST_CLASSES = 6
_MOST_DOTS = 600
_GUIDE = {"colour": 0, "style": "guide"}


def curve_figures(result):
    """Draw ROC and precision-recall curves: of every model, or of every class of the first."""
    binary = result.task == "binary"
    models = result.models if binary else result.models[:1]
    positives = [result.pos_label] if binary else _frequent_classes(result)
    roc, pr = [Line([0, 1], [0, 1], **_GUIDE)], []
    for place, (model, label) in enumerate((m, p) for m in models for p in positives):
        truth, score, weight, rows = _ranking(result, model, label)
        colour = place % N_COLOURS + 1
        style = "main" if place == 0 or not binary else "dash"
        if place == 0 and binary:
            for test in _single_folds(result):
                fold = np.isin(rows, test)
                if len(np.unique(truth[fold])) == 2:
                    x, y, _ = roc_curve(truth[fold], score[fold])
                    roc.append(Line(x, y, "", colour, "thin"))
                    y, x, _ = precision_recall_curve(truth[fold], score[fold])
                    # Nothing is found yet: what precision is there is anyone's guess.
                    pr.append(Line(x[x > 0], y[x > 0], "", colour, "thin"))
        x, y, _ = roc_curve(truth, score, sample_weight=weight)
        name = str(model if binary else label)
        text = name + _mean_text(result, model, "roc_auc", binary)
        roc.append(Line(x, y, text, colour, style))
        y, x, _ = precision_recall_curve(truth, score, sample_weight=weight)
        name += _mean_text(result, model, "average_precision", binary)
        pr.append(Line(x[x > 0], y[x > 0], name, colour, style))
        if place == 0 and binary:
            share = np.average(truth, weights=weight)
            pr.insert(0, Line([0, 1], [share, share], f"chance ({share:.1%})", **_GUIDE))
    what = "every model" if binary else "every class against the rest"
    unit = {"x_range": (0, 1), "y_range": (0, 1)}
    return [
        line_chart(
            "roc",
            roc,
            title="ROC curve",
            description=f"True positive rate against false positive rate for {what}, from "
            "predictions for rows the model had not seen.",
            x_label="false positive rate",
            y_label="true positive rate",
            **unit,
        ),
        line_chart(
            "pr",
            pr,
            title="Precision and recall",
            description=f"Precision against recall for {what}, from predictions for rows the "
            "model had not seen.",
            x_label="recall",
            y_label="precision",
            **unit,
        ),
    ]


def calibration_figure(result):
    """Draw the observed share against the predicted probability, with intervals and a histogram."""
    lines, top, histogram = [], 0.05, None
    for place, (name, truth, score, weight) in enumerate(rankings(result)):
        predicted, observed, low, high = _reliability(truth, score, weight)
        colour = place % N_COLOURS + 1
        top = max(top, predicted.max(), observed.max())
        if place == 0:
            top = max(top, high.max())
            histogram = score
            lines.append(Line(predicted, observed, "", colour, "dots", low, high))
            lines.append(Line(predicted, observed, name, colour, "main"))
        else:
            lines.append(Line(predicted, observed, name, colour, "dash"))
    top = min(1.0, np.ceil(top * 20 + 0.2) / 20)
    heights, edges = np.histogram(histogram, bins=_HISTOGRAM_BINS, range=(0, top))
    heights = heights / max(heights.max(), 1) * top * _STRIP
    return line_chart(
        "calibration-curve",
        [Line([0, top], [0, top], "right", **_GUIDE), *lines],
        title="Are the probabilities right?",
        description="Observed share of positives against the mean predicted probability in ten "
        "bins of equally many rows, with 95 % intervals; the bars show how the probabilities of "
        "the first one are distributed.",
        x_label="predicted probability",
        y_label="observed share",
        x_range=(0, top),
        y_range=(0, top),
        bars=(edges, heights),
    )


def rankings(result):
    """Yield name, truth, score and weight: of every model, or of every class of the first."""
    binary = result.task == "binary"
    models = result.models if binary else result.models[:1]
    positives = [result.pos_label] if binary else _frequent_classes(result)
    for model in models:
        for label in positives:
            truth, score, weight, _ = _ranking(result, model, label)
            yield str(model if binary else label), truth, score, weight


def calibration_facts(result):
    """Mean prediction, observed share and their mean distance over the bins, per curve.

    Returns
    -------
    list of (str, float, float, float)
        Name, mean predicted probability, observed share, expected calibration error: the mean
        over the bins, each of equally many rows, of how far prediction and share are apart.
    """
    facts = []
    for name, truth, score, weight in rankings(result):
        predicted, observed, _, _ = _reliability(truth, score, weight)
        said, seen = (np.average(values, weights=weight) for values in (score, truth))
        facts.append((name, said, seen, float(np.abs(predicted - observed).mean())))
    return facts


def threshold_figure(result):
    """Draw cost against threshold where there are costs, else precision, recall and F1."""
    first = result.models[0]
    threshold = chosen_threshold(result)
    mark = [] if threshold is None else [Mark(threshold, f"chosen {threshold:.3f}", 1)]
    if result.costs:
        lines = []
        for place, model in enumerate(result.models):
            truth, score, weight, rows = _ranking(result, model, result.pos_label)
            costs = {k: v if len(v) == 1 else v[rows] for k, v in result.costs.items()}
            x, y = cost_at_thresholds(truth, np.clip(score, 0, 1), sample_weight=weight, **costs)
            style = "main" if place == 0 else "dash"
            lines.append(Line(x, y, str(model), place % N_COLOURS + 1, style))
        return line_chart(
            "cost",
            lines,
            title="Cost against threshold",
            description="Mean cost of a row at every threshold, on predictions for rows the "
            "model had not seen.",
            x_label="threshold",
            y_label="cost per row",
            x_range=(0, 1),
            marks=[Mark(0.5, "0.5"), *mark],
        )
    truth, score, weight, _ = _ranking(result, first, result.pos_label)
    precision, recall, at = precision_recall_curve(truth, score, sample_weight=weight)
    precision, recall = precision[:-1], recall[:-1]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    lines = [
        Line(at, values, name, colour)
        for colour, (name, values) in enumerate(
            {"precision": precision, "recall": recall, "F1": f1}.items(), start=1
        )
    ]
    return line_chart(
        "decisions-curve",
        lines,
        title="Decisions against threshold",
        description="Precision, recall and F1 of the first model at every threshold, on "
        "predictions for rows it had not seen.",
        x_label="threshold",
        y_label="precision, recall, F1",
        x_range=(0, 1),
        y_range=(0, 1),
        marks=mark or [Mark(0.5, "0.5")],
    )


def chosen_threshold(result):
    """Return the threshold for a fit on all rows, or the fixed one; None where none was chosen."""
    first = result.models[0]
    if first in result.thresholds:
        return float(result.thresholds[first])
    if "threshold" in result.scores:
        found = result.scores.loc[first, "threshold"].dropna()
        return float(found.mean()) if len(found) else None
    return None


def history_figure(histories):
    """Draw losses by epoch, one line per fold."""
    lines, best = [], ([], [])
    for history in histories:
        for colour, name in ((2, "loss"), (1, "val_loss")):
            values = np.asarray(history.get(name, []), dtype=float)
            lines.append(Line(np.arange(1, len(values) + 1), values, "", colour, "fold"))
        stopped = np.asarray(history.get("val_loss", []), dtype=float)
        if np.isfinite(stopped).any():
            epoch = int(np.nanargmin(stopped))
            best[0].append(epoch + 1)
            best[1].append(stopped[epoch])
    keys = [Line([], [], "training loss", 2)]
    if best[0]:
        keys.append(Line([], [], "validation loss", 1))
        keys.append(Line(*best, "least validation loss of a fold", 1, "dots"))
    # The first epoch can be so bad that nothing is seen of the others.
    values = np.concatenate([line.y for line in lines])
    values = values[np.isfinite(values)]
    low, high = values.min(), min(values.max(), np.quantile(values, 0.98) * 1.15)
    gap = 0.05 * (high - low) or abs(high) / 10 or 0.5
    return line_chart(
        "history",
        [*lines, *keys],
        title="Loss by epoch",
        description=f"Training and validation loss of the network by epoch in each of "
        f"{len(histories)} folds; a dot marks the epoch whose weights were kept.",
        x_label="epoch",
        y_label="loss",
        y_range=(low - gap, high + gap),
    )


def regression_figures(result):
    """Draw true against predicted numbers, and how the errors are distributed."""
    predicted = result.out_of_fold().to_numpy()
    truth = np.asarray(result.y, dtype=float).reshape(len(predicted), -1)
    figures = []
    for j in range(truth.shape[1]):
        tested = np.isfinite(predicted[:, j])
        x, y = predicted[tested, j], truth[tested, j]
        # Evenly spaced in the order of the truth: no draw, and both ends are shown.
        shown = np.argsort(y)[np.unique(np.linspace(0, len(y) - 1, _MOST_DOTS).astype(int))]
        ends = min(x.min(), y.min()), max(x.max(), y.max())
        of = "" if truth.shape[1] == 1 else f" (target {j + 1})"
        figures.append(
            line_chart(
                f"fit-{j}",
                [
                    Line(ends, ends, "right", **_GUIDE),
                    Line(x[shown], y[shown], str(result.models[0]), 1, "dots"),
                ],
                title=f"True against predicted{of}",
                description="True against predicted numbers, for rows the model had not seen.",
                x_label="predicted",
                y_label="true",
            )
        )
        errors = y - x
        reach = float(np.quantile(np.abs(errors), 0.99)) or 1.0
        heights, edges = np.histogram(errors, bins=_HISTOGRAM_BINS, range=(-reach, reach))
        figures.append(
            line_chart(
                f"errors-{j}",
                [],
                title=f"Errors{of}",
                description="How many rows have which error, for rows the model had not seen.",
                x_label="true minus predicted",
                y_label="rows",
                x_range=(-reach, reach),
                y_range=(0, float(heights.max()) * 1.05 or 1.0),
                bars=(edges, heights),
                marks=[Mark(0.0, "")],
            )
        )
    return figures


def _ranking(result, model, label):
    """Return truth, score, weight and positions of the rows that were tested."""
    score = result.out_of_fold(model)[label].to_numpy()
    rows = np.flatnonzero(np.isfinite(score))
    weight = None if result.sample_weight is None else result.sample_weight[rows]
    return (result.y[rows] == label).astype(int), score[rows], weight, rows


def _frequent_classes(result):
    labels, counts = np.unique(result.y, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    return [labels[place] for place in np.sort(order)]


def _single_folds(result):
    """Test rows of each fold, where every row was tested once only; else nothing."""
    rows = np.concatenate(result.test_indices)
    return result.test_indices if len(np.unique(rows)) == len(rows) else []


def _mean_text(result, model, metric, known):
    if not known or metric not in result.metrics:
        return ""
    row = result.summary().loc[(model, metric)]
    if not np.isfinite(row["mean"]):
        return ""
    spread = f" ± {row['sd']:.3f}" if np.isfinite(row["sd"]) else ""
    short = {"average_precision": "AP", "roc_auc": "AUC"}.get(metric, NAMES.get(metric, metric))
    return f", {short} {row['mean']:.3f}{spread}"


def _reliability(truth, score, weight):
    """Return mean prediction, observed share and its 95 % interval per bin (Wilson's)."""
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(score, kind="stable")
    bins = [rows for rows in np.array_split(order, _BINS) if len(rows) and weight[rows].sum() > 0]
    predicted = np.array([np.average(score[rows], weights=weight[rows]) for rows in bins])
    observed = np.array([np.average(truth[rows], weights=weight[rows]) for rows in bins])
    n, z = np.array([len(rows) for rows in bins]), 1.96
    centre = (observed + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(observed * (1 - observed) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return predicted, observed, np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)
