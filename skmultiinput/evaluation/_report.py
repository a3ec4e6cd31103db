"""The report: an evaluation as one HTML file that needs nothing else."""

import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from os import PathLike
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from skmultiinput._replacing import write_text
from skmultiinput._version import __version__
from skmultiinput.evaluation import _report_charts as charts
from skmultiinput.evaluation import _report_checks as checks
from skmultiinput.evaluation import _report_tables as tables
from skmultiinput.evaluation._cross_validated_scores import CrossValidatedScores
from skmultiinput.evaluation._evaluation_metrics import metric_label
from skmultiinput.evaluation._leak_check import leak_sentence
from skmultiinput.evaluation._report_tables import interval, number, signed
from skmultiinput.evaluation._time_order import time_order_sentence
from skmultiinput.inspection._permutation_importance import pool_importances

_LIBRARIES = ("scikit-learn", "imbalanced-learn", "keras", "tensorflow", "pandas")


def write_report(
    result: CrossValidatedScores,
    path: "str | PathLike[str] | None" = None,
    *,
    title: str = "Evaluation",
    target: str | None = None,
) -> str:
    """Write an evaluation as one HTML file, and return it; see `EvaluationResult.to_html`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skmultiinput import evaluate
    >>> X, y = make_classification(200, random_state=0)
    >>> html = write_report(evaluate(LogisticRegression(), X, y, cv=2), title="Churn & co")
    >>> html[:15], "<h1>Churn &amp; co</h1>" in html
    ('<!DOCTYPE html>', True)
    """
    html = _template("report.html").render(
        title=title,
        subtitle=_subtitle(result, target),
        tiles=list(_tiles(result)),
        task=result.task,
        first=str(result.models[0]),
        **_metrics(result),
        **_details(result),
        **(_regression(result) if result.task == "regression" else _classification(result)),
        **_footer(result),
    )
    # Characters that no file in UTF-8 and no page can hold.
    html = html.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if path is not None:
        write_text(path, html)
    return html


def result_table(result: CrossValidatedScores, headline: str) -> str:
    """Return the metrics as an HTML table for notebooks."""
    table = tables.metrics_table(result)
    return _template("evaluation_result.html").render(table=table, headline=headline)


def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skmultiinput.evaluation"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _metrics(result: CrossValidatedScores) -> dict[str, Any]:
    compared = len(result.models) > 1 and len(result.test_indices) > 1
    return {
        "metrics": tables.metrics_table(result),
        "verdicts": _verdicts(result) if compared else None,
        "differences": tables.differences_table(result) if compared else None,
        "folds": tables.folds_table(result),
        "leaks": leak_sentence(result.leaks, result.task) if len(result.leaks) else None,
        "time_order": time_order_sentence(result.time_order, result.task)
        if len(result.time_order)
        else None,
        "rare_classes": checks.rare_classes(result),
        "worst_rows": checks.worst_rows_table(result),
        "curve": None if result.curve_scores is None else checks.curve_table(result),
        "curve_sentence": None if result.curve_scores is None else checks.curve_sentence(result),
    }


def _verdicts(result: CrossValidatedScores) -> str:
    """Put the differences of the first metric into words."""
    metric, compared = result.metrics[0], result.compare().to_dict("index")
    verdicts = []
    for baseline in result.models[1:]:
        row = compared[baseline, metric]
        if pd.isna(row["better"]):
            verdict = f"not clearly different from {baseline}"
        else:
            verdict = f"{'better' if row['better'] else 'worse'} than {baseline}"
        difference = f"{signed(row['difference'])}, 95 % interval {interval(row)}"
        verdicts.append(f"{verdict} ({difference})")
    return f"By {metric_label(metric)}, {result.models[0]} is {'; '.join(verdicts)}."


def _regression(result: CrossValidatedScores) -> dict[str, Any]:
    return {"predictions": list(charts.regression_charts(result))}


def _classification(result: CrossValidatedScores) -> dict[str, Any]:
    has_gain = "cost_at_0.5" in result.scores and len(result.test_indices) > 1
    gain = result.threshold_gain().to_dict("index")[result.models[0]] if has_gain else None
    tuned = "threshold" in result.scores and len(set(result.scores["threshold"].dropna())) > 1
    binary = result.task == "binary"
    return {
        "n_classes": result.confusion().shape[0],
        "max_classes": charts.MAX_CLASSES,
        "curves": charts.ranking_charts(result),
        "calibration": charts.calibration_chart(result),
        "calibration_table": checks.calibration_table(result),
        "classes": None if binary else checks.classes_table(result),
        "tuned": tuned,
        "threshold": charts.chosen_threshold(result) if binary else None,
        "final_threshold": result.thresholds.get(result.models[0]),
        "gain": None if gain is None else {k: signed(v) for k, v in gain.items()},
        "gain_se": None if gain is None else number(gain["se"]),
        "threshold_chart": charts.threshold_chart(result) if binary else None,
        "confusion_rows": tables.confusion_rows(result.confusion()),
    }


def _details(result: CrossValidatedScores) -> dict[str, Any]:
    """Return charts and tables of what ``details=True`` kept."""
    entries = [entry for (model, _), entry in result.details.items() if model == result.models[0]]
    histories = [entry["history"] for entry in entries if entry.get("history")]
    # Of the first fold that has it.
    first = {name: value for entry in reversed(entries) for name, value in entry.items()}
    frames = [entry["importances"] for entry in entries if "importances" in entry]
    unit = "R²" if result.task == "regression" else "ROC AUC"
    importances = []
    if frames:
        pooled = pool_importances(frames)
        importances = [
            (
                charts.importance_chart(pooled, level, unit),
                tables.importance_table(pooled, level, unit),
            )
            for level in pooled.index.get_level_values("level").unique()
        ]
    return {
        "has_details": not first.keys().isdisjoint({"history", "columns", "importances"}),
        "history": charts.history_chart(histories) if histories else None,
        "training": tables.training_table(histories) if histories else None,
        "importances": importances,
        "importance_unit": unit,
        "effects": _if_known(checks.effects_table, first.get("effects")),
        "explained": _if_known(checks.explained_table, first.get("explained")),
        "columns": _if_known(
            partial(tables.columns_table, profiles=result.column_profiles), first.get("columns")
        ),
        "in_time": result.fold_drift is not None,
        "drift": _if_known(checks.drift_table, result.fold_drift),
    }


def _if_known(make: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else make(value)


def _subtitle(result: CrossValidatedScores, target: str | None) -> str:
    n_classes = 0 if result.classes is None else len(result.classes)
    what = {"binary": "two classes", "multiclass": f"{n_classes} classes"}.get(
        result.task, "regression"
    )
    parts = [f"{len(result.y):,} rows", f"target: {target or what}"]
    if target:
        parts.append(what)
    if result.pos_label is not None:
        share = np.mean(np.asarray(result.y) == result.pos_label)
        parts.append(f"positive class {result.pos_label} ({share:.1%})")
    n_folds = len(result.test_indices)
    parts.append(f"{n_folds} fold{'s' if n_folds > 1 else ''}")
    return " · ".join(parts)


def _tiles(result: CrossValidatedScores) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and a note of the few numbers to see first."""
    summary, first = result.summary().to_dict("index"), result.models[0]
    for metric in result.metrics[:3]:
        row = summary[first, metric]
        note = ""
        if np.isfinite(row["low"]):
            note = f"95 % interval {number(row['low'])} to {number(row['high'])}"
        yield metric_label(metric), number(row["mean"]), note
    if "cost_at_0.5" in result.scores:
        half = number(result.scores.loc[[first]]["cost_at_0.5"].mean())
        cost = number(summary[first, "cost"]["mean"])
        yield metric_label("cost"), cost, f"{half} at the threshold 0.5"
    else:
        seconds = summary[first, "fit_seconds"]["mean"]
        yield metric_label("fit_seconds"), number(seconds, 2), "per fold, on average"


def _footer(result: CrossValidatedScores) -> dict[str, Any]:
    train, test = result.scores[["n_train", "n_test"]].mean()
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return {
        "n_train": f"{train:,.0f}",
        "n_test": f"{test:,.0f}",
        "versions": f"skmultiinput {__version__}, Python {platform.python_version()}, {libraries}",
        "created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
