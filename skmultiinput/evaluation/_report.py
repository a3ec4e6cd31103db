"""The report: everything an evaluation found, in one HTML file that needs nothing else."""

import platform
from datetime import UTC, datetime
from html import escape
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd

from skmultiinput._version import __version__
from skmultiinput.evaluation import _report_tables as tables
from skmultiinput.evaluation._report_curves import (
    calibration_facts,
    calibration_figure,
    chosen_threshold,
    curve_figures,
    history_figure,
    regression_figures,
    threshold_figure,
)
from skmultiinput.evaluation._report_tables import figure_name, number, signed
from skmultiinput.inspection._permutation_importance import pool_importances

_NEEDS_DETAILS = (
    '<p class="none">Not measured. Call <code>evaluate(…, details=True)</code> to see it here.</p>'
)
_LIBRARIES = ("scikit-learn", "imbalanced-learn", "keras", "tensorflow", "pandas")


def write_report(result, path=None, *, title="Evaluation", target=None):
    """Write what an evaluation found as one HTML file.

    The file needs no network, no script and no other file. It is for people: figures with their
    uncertainty first, then curves, decisions, training, importances, and what each column was
    taken for. It follows the reader's choice of light or dark, and prints.

    Parameters
    ----------
    result : EvaluationResult
        As returned by `evaluate`; with ``details=True`` the report shows more.
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
    sections = list(_sections(result))
    page = Template(
        resources.files("skmultiinput.evaluation")
        .joinpath("templates/report.html")
        .read_text("utf-8")
    )
    html = page.substitute(
        title=escape(title),
        subtitle=_subtitle(result, target),
        tiles="".join(_tiles(result)),
        navigation="".join(
            f'<a href="#{name}">{escape(heading)}</a>' for name, heading, _ in sections
        ),
        sections="".join(
            f'<section id="{name}"><h2>{escape(heading)}</h2>{body}</section>'
            for name, heading, body in sections
        ),
        footer=_footer(result),
    )
    if path is not None:
        Path(path).write_text(html, encoding="utf-8")
    return html


def _sections(result):
    """Yield name, heading and body of each section."""
    yield "figures", "Figures", _figures(result)
    if result.task == "regression":
        yield "predictions", "Predictions", _grid(regression_figures(result))
    else:
        yield "curves", "ROC and precision-recall", _grid(curve_figures(result))
        facts = tables.calibration_table(calibration_facts(result))
        yield "calibration", "Calibration", _grid([calibration_figure(result), facts])
        yield "decisions", "Decisions", _decisions(result)
    found = _found(result)
    histories = [entry["history"] for entry in found if entry.get("history")]
    training = _missing(found, "The model keeps no training history.")
    if histories:
        training = _grid([history_figure(histories), tables.training_table(histories)])
    yield "training", "Training", training
    yield "importance", "What matters", _importances(result, found)
    described = next((entry["columns"] for entry in found if "columns" in entry), None)
    columns = _missing(found, "The model has no ColumnTransformer that could tell.")
    if described is not None:
        columns = tables.columns_table(described)
    yield "columns", "Columns", columns


def _found(result):
    """Details of the evaluated model, fold by fold; empty where none were kept."""
    keys = ("history", "columns", "importances")
    entries = [entry for (model, _), entry in result.details.items() if model == result.models[0]]
    return [entry for entry in entries if any(key in entry for key in keys)]


def _missing(found, otherwise):
    return f'<p class="none">{otherwise}</p>' if found else _NEEDS_DETAILS


def _grid(figures):
    return f'<div class="grid">{"".join(figures)}</div>'


def _figures(result):
    body = tables.figures_table(result)
    if len(result.models) > 1 and len(result.test_indices) > 1:
        body += f"<p>{_verdicts(result)}</p>"
        body += (
            "<details><summary>All differences</summary>"
            f"{tables.differences_table(result)}</details>"
        )
    return body + (f"<details><summary>Every fold</summary>{tables.folds_table(result)}</details>")


def _verdicts(result):
    """Say the differences of the first figure in words."""
    metric, compared = result.metrics[0], result.compare()
    said = []
    for baseline in result.models[1:]:
        row, other = compared.loc[(baseline, metric)], escape(str(baseline))
        if pd.isna(row["better"]):
            verdict = f"not clearly different from {other}"
        else:
            verdict = f"{'better' if row['better'] else 'worse'} than {other}"
        interval = f"{signed(row['low'])} to {signed(row['high'])}"
        said.append(f"{verdict} ({signed(row['difference'])}, 95 % interval {interval})")
    name = escape(figure_name(metric))
    return f"By {name}, {escape(str(result.models[0]))} is {'; '.join(said)}."


def _decisions(result):
    first = escape(str(result.models[0]))
    text = f"<p>Decisions of {first} for rows it had not seen"
    threshold = chosen_threshold(result) if result.task == "binary" else None
    tuned = "threshold" in result.scores and len(set(result.scores["threshold"].dropna())) > 1
    if tuned:
        text += ", each fold at the threshold tuned on its training rows alone"
    elif threshold is not None:
        text += f", at the threshold {threshold:.3f}"
    text += ".</p>"
    if "cost_at_0.5" in result.scores and len(result.test_indices) > 1:
        gain = result.threshold_gain().loc[result.models[0]]
        text += (
            f"<p>Against the threshold 0.5, the chosen one changes the cost per row by "
            f"<strong>{signed(gain['difference'])}</strong> (standard error "
            f"{number(gain['se'])}, 95 % interval {signed(gain['low'])} to "
            f"{signed(gain['high'])}).</p>"
        )
    if result.models[0] in result.thresholds:
        text += (
            f"<p>After a fit on all rows, decide positive from a probability of "
            f"<strong>{threshold:.4f}</strong> on.</p>"
        )
    body = tables.confusion_table(result.confusion())
    if result.task == "binary":
        body = f'<div class="grid">{threshold_figure(result)}<div>{body}</div></div>'
    return text + body


def _importances(result, found):
    frames = [entry["importances"] for entry in found if "importances" in entry]
    if not frames:
        return _missing(found, "Every fold lacks a class, so nothing could be scored.")
    pooled = pool_importances(frames)
    unit = "R²" if result.task == "regression" else "ROC AUC"
    body = (
        f"<p>Raw columns of held-out rows are shuffled before they go through the whole "
        f"pipeline; what is shown is how much {unit} drops. Columns that say the same thing "
        "cover for each other, a modality is shuffled as a whole.</p>"
    )
    parts = [
        tables.importance_table(pooled, level, unit)
        for level in ("group", "column")
        if level in pooled.index.get_level_values("level")
    ]
    return body + f'<div class="grid wide">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _subtitle(result, target):
    what = {
        "binary": "two classes",
        "multiclass": f"{len(result.classes) if result.classes is not None else 0} classes",
        "regression": "a quantity",
    }[result.task]
    parts = [f"{len(result.y):,} rows", f"target: {escape(target) if target else what}"]
    if target:
        parts.append(what)
    if result.pos_label is not None:
        share = np.mean(np.asarray(result.y) == result.pos_label)
        parts.append(f"positive class {escape(str(result.pos_label))} ({share:.1%})")
    n_folds = len(result.test_indices)
    parts.append(f"{n_folds} fold{'s' if n_folds > 1 else ''}")
    return " · ".join(parts)


def _tiles(result):
    """Yield the few figures to see first."""
    found, first = result.summary(), result.models[0]
    for metric in result.metrics[:3]:
        row = found.loc[(first, metric)]
        below = ""
        if np.isfinite(row["low"]):
            below = f"95 % interval {number(row['low'])} to {number(row['high'])}"
        yield _tile(figure_name(metric), number(row["mean"]), below)
    if "cost_at_0.5" in result.scores:
        row = found.loc[(first, "cost")]
        plain = result.scores.loc[first, "cost_at_0.5"].mean()
        yield _tile("cost per row", number(row["mean"]), f"{number(plain)} at the threshold 0.5")
    else:
        seconds = found.loc[(first, "fit_seconds"), "mean"]
        yield _tile("seconds to fit", number(seconds, 2), "one fold, on average")


def _tile(name, value, below):
    return (
        f'<div class="tile"><span>{escape(name)}</span><strong>{value}</strong>'
        f"<small>{below}</small></div>"
    )


def _footer(result):
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    used = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    train, test = result.scores[["n_train", "n_test"]].mean()
    return (
        f"<p>Every figure comes from rows its model had not seen: on average {train:,.0f} rows to "
        f"learn from and {test:,.0f} to be tested on. Intervals allow for overlapping training "
        "sets (Nadeau and Bengio, 2003).</p>"
        f"<p>skmultiinput {__version__}, Python {platform.python_version()}, {used}; {now}.</p>"
    )
