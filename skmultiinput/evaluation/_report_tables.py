"""The tables of the report as plain data; the template makes HTML of them."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skmultiinput.evaluation._cross_validated_scores import CrossValidatedScores
from skmultiinput.evaluation._evaluation_metrics import decimals, metric_label
from skmultiinput.evaluation._report_charts import MAX_BARS

DASH = "\u2013"


class Cell(NamedTuple):
    """One cell: text, a softer text after it, a CSS class that makes it a label, small bars."""

    text: str
    detail: str = ""
    tag: str = ""
    strong: bool = False
    shares: tuple[float, ...] = ()


class ReportTable(NamedTuple):
    """A table whose first column names the rows; `n_text` columns are text, the rest numbers."""

    caption: str
    head: list[str]
    rows: list[list[Cell]]
    n_text: int = 1


class ConfusionCell(NamedTuple):
    """Rows of an actual class that were predicted as some class."""

    rows: int
    share: float
    right: bool


def number(value: Any, digits: int = 4) -> str:
    """Write a number for people; what is not finite is a dash.

    Examples
    --------
    >>> [number(value) for value in (0.84611, 12.349, 48210.4)], number(None) == DASH
    (['0.8461', '12.35', '48,210'], True)
    """
    if value is None or pd.isna(value) or not np.isfinite(value):
        return DASH
    return f"{value:,.{decimals(value, digits)}f}".replace("-", "\u2212")


def signed(value: Any, digits: int = 4) -> str:
    """Write a difference with its sign."""
    text = number(value, digits)
    return text if text == DASH or value < 0 else f"+{text}"


def interval(row: dict[Any, Any]) -> str:
    """Write the interval of a difference."""
    return f"{signed(row['low'])} to {signed(row['high'])}" if np.isfinite(row["low"]) else DASH


def verdict(row: dict[Any, Any]) -> Cell:
    """Label a difference as better, worse or neither."""
    if pd.isna(row["better"]):
        return Cell("no clear difference", tag="even")
    return Cell("better", tag="good") if row["better"] else Cell("worse", tag="bad")


def metrics_table(result: CrossValidatedScores) -> ReportTable:
    """Mean and sd of each metric for each model; what is clearly best is strong."""
    summary = result.summary().to_dict("index")
    rows = []
    for metric in [*result.metrics, "fit_seconds", "predict_seconds"]:
        best = result.best_model(metric) if metric in result.metrics else None
        row = [Cell(metric_label(metric) + ("\u00a0↓" if result.lower_is_better(metric) else ""))]
        for model in result.models:
            value = summary[model, metric]
            spread = f"± {number(value['sd'])}" if np.isfinite(value["sd"]) else ""
            row.append(Cell(number(value["mean"]), spread, strong=model == best))
        rows.append(row)
    caption = "Mean ± standard deviation over folds; ↓ means lower is better"
    if len(result.models) > 1:
        caption += "; bold is clearly better than every other model (95 % interval)"
    return ReportTable(caption, ["metric", *map(str, result.models)], rows)


def differences_table(result: CrossValidatedScores) -> ReportTable:
    """Differences from each baseline with their intervals."""
    rows = []
    compared: dict[Any, Any] = result.compare().to_dict("index")
    for (baseline, metric), row in compared.items():
        name = Cell(f"{metric_label(metric)}, minus {baseline}")
        rows.append([name, Cell(signed(row["difference"])), Cell(interval(row)), verdict(row)])
    caption = f"{result.models[0]} minus each baseline on the same folds, with 95 % intervals"
    head = [f"{result.models[0]}: metric", "difference", "95 % interval", "verdict"]
    return ReportTable(caption, head, rows)


def folds_table(result: CrossValidatedScores) -> ReportTable:
    """Every metric of every fold."""
    metrics = [*result.metrics, *(["threshold"] if "threshold" in result.scores else [])]
    rows = [
        [
            Cell(f"{model}, fold {fold + 1}"),
            *(Cell(number(scores[metric])) for metric in metrics),
            Cell(f"{scores['n_test']:,.0f}"),
        ]
        for (model, fold), scores in zip(
            result.scores.index, result.scores.to_dict("records"), strict=True
        )
    ]
    head = ["model and fold", *map(metric_label, metrics), "test rows"]
    return ReportTable("Metrics of every fold", head, rows)


def confusion_rows(counts: pd.DataFrame) -> dict[str, list[ConfusionCell]]:
    """Return the cells of the confusion matrix per actual class, with their shares of the class."""
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    return {
        str(label): [
            ConfusionCell(int(counts.loc[label, other]), shares.loc[label, other], other == label)
            for other in counts.columns
        ]
        for label in counts.index
    }


def training_table(histories: list[dict[str, list[float]]]) -> ReportTable:
    """How long the network was trained in each fold, and which epoch was best."""
    rows = []
    for fold, history in enumerate(histories):
        losses, held_out = history.get("loss", []), np.array(history.get("val_loss", []), float)
        best = int(np.nanargmin(held_out)) if np.isfinite(held_out).any() else None
        texts = [
            f"fold {fold + 1}",
            str(len(losses)),
            DASH if best is None else str(best + 1),
            number(losses[-1] if losses else None),
            DASH if best is None else number(held_out[best]),
        ]
        rows.append([Cell(text) for text in texts])
    head = ["", "epochs", "best epoch", "training loss", "validation loss"]
    return ReportTable("Per fold: last training loss and lowest validation loss", head, rows)


def columns_table(described: pd.DataFrame, profiles: pd.DataFrame | None) -> ReportTable:
    """Group, dtype and distribution of each column."""
    by_name = {} if profiles is None else profiles[~profiles.index.duplicated()].to_dict("index")
    rows = []
    for row in described.to_dict("records"):
        profile = by_name.get(row["column"], {"missing": None, "shares": [], "label": ""})
        missing = profile["missing"]
        rows.append(
            [
                Cell(str(row["column"])),
                Cell(str(row["group"]), tag="even" if row["group"] == "dropped" else "group"),
                Cell(DASH if row["dtype"] is None or pd.isna(row["dtype"]) else str(row["dtype"])),
                Cell(str(row["note"] or "")),
                Cell(profile["label"], shares=tuple(profile["shares"])),
                Cell(DASH if missing is None else f"{missing:.1%}"),
                Cell(_count(row["levels"])),
            ]
        )
    caption = "How the preprocessing treats each column, and the distribution of its values"
    head = ["column", "group", "dtype", "note", "distribution", "missing", "levels"]
    return ReportTable(caption, head, rows, n_text=5)


def importance_table(importances: pd.DataFrame, level: str, unit: str) -> ReportTable:
    """Mean drop of the score for each modality or column."""
    ranked = importances.loc[[level]].droplevel("level")
    rows = [
        [
            Cell(str(name), "" if level == "group" else str(row["group"])),
            Cell(number(row["mean"]), f"± {number(row['sd'])}"),
        ]
        for name, row in ranked.head(MAX_BARS).iterrows()
    ]
    caption = f"Drop of {unit}, mean ± standard deviation"
    if len(ranked) > MAX_BARS:
        caption += f"; {len(ranked) - MAX_BARS:,} more columns matter less"
    return ReportTable(
        caption, ["modality" if level == "group" else "column", f"drop of {unit}"], rows
    )


def _count(value: Any) -> str:
    return DASH if value is None or pd.isna(value) else f"{int(value):,}"
