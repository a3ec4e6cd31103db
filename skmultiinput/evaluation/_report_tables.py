"""The tables of the report: figures, differences, folds, columns, decisions, importances."""

from html import escape

import numpy as np
import pandas as pd

from skmultiinput.evaluation._scores import LOWER_IS_BETTER, NAMES

NOTHING = "\u2013"
_MOST_COLUMNS = 30


def number(value, digits=4):
    """Write a figure for people; what is not finite is a dash.

    Examples
    --------
    >>> [number(value) for value in (0.84611, 12.349, 48210.4)], number(None) == NOTHING
    (['0.8461', '12.35', '48,210'], True)
    """
    if value is None or pd.isna(value) or not np.isfinite(value):
        return NOTHING
    digits = digits if abs(value) < 10 else 2 if abs(value) < 1000 else 0
    return f"{value:,.{digits}f}".replace("-", "\u2212")


def signed(value, digits=4):
    """Write a difference with its sign."""
    text = number(value, digits)
    return text if text == NOTHING or value < 0 else f"+{text}"


def figure_name(metric):
    """Return what people call a figure."""
    return NAMES.get(metric, metric.replace("_", " "))


def table(head, rows, caption, *, numeric_from=1, classes=""):
    """Write a table whose first column names the rows; cells are HTML already.

    Parameters
    ----------
    head : list of str
        Names of the columns.
    rows : list of list of str
        Cells.
    caption : str
        What the table shows, for those who cannot see it.
    numeric_from : int, default=1
        From this column on, cells are set to the right.
    classes : str, default=""
        More classes of the table.

    Returns
    -------
    str
    """
    side = ["" if j < numeric_from else ' class="n"' for j in range(len(head))]
    cells = "".join(f'<th scope="col"{c}>{h}</th>' for h, c in zip(head, side, strict=True))
    lines = []
    for row in rows:
        first, *rest = row
        others = "".join(f"<td{c}>{cell}</td>" for cell, c in zip(rest, side[1:], strict=True))
        lines.append(f'<tr><th scope="row">{first}</th>{others}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="{classes}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def figures_table(result):
    """Mean, sd and interval of each figure for each model, the best mean in bold."""
    found = result.summary()
    metrics = [*result.metrics, "fit_seconds", "predict_seconds"]
    rows = []
    for metric in metrics:
        means = {model: found.loc[(model, metric), "mean"] for model in result.models}
        known = {model: mean for model, mean in means.items() if np.isfinite(mean)}
        pick = min if metric in LOWER_IS_BETTER else max
        best = pick(known, key=known.__getitem__) if len(known) > 1 else None
        best = None if metric.endswith("_seconds") else best
        row = [escape(figure_name(metric)) + ("" if metric not in LOWER_IS_BETTER else " ↓")]
        for model in result.models:
            value = found.loc[(model, metric)]
            text = number(value["mean"])
            if text != NOTHING and np.isfinite(value["sd"]):
                text += f' <span class="sd">± {number(value["sd"])}</span>'
            row.append(f"<strong>{text}</strong>" if model == best else text)
        rows.append(row)
    head = ["figure", *(escape(str(model)) for model in result.models)]
    return table(head, rows, "Mean ± standard deviation over folds; ↓ means less is better")


def differences_table(result):
    """Differences from each baseline with their intervals."""
    compared, rows = result.compare(), []
    first = escape(str(result.models[0]))
    for (baseline, metric), row in compared.iterrows():
        verdict, tone = "no clear difference", "even"
        if not pd.isna(row["better"]):
            verdict, tone = ("better", "good") if row["better"] else ("worse", "bad")
        interval = NOTHING
        if np.isfinite(row["low"]):
            interval = f"{signed(row['low'])} to {signed(row['high'])}"
        rows.append(
            [
                f"{escape(figure_name(metric))}, minus {escape(str(baseline))}",
                signed(row["difference"]),
                interval,
                f'<span class="tag {tone}">{verdict}</span>',
            ]
        )
    caption = f"{result.models[0]} minus each baseline on the same folds, with 95 % intervals"
    return table([f"{first}: figure", "difference", "95 % interval", "verdict"], rows, caption)


def folds_table(result):
    """Every figure of every fold."""
    metrics = [*result.metrics, *(c for c in ("threshold",) if c in result.scores)]
    rows = [
        [
            f"{escape(str(model))}, fold {fold + 1}",
            *(number(scores[metric]) for metric in metrics),
            number(scores["n_test"]).replace(".00", ""),
        ]
        for (model, fold), scores in result.scores.iterrows()
    ]
    head = ["model and fold", *(escape(figure_name(m)) for m in metrics), "test rows"]
    return table(head, rows, "Figures of every fold")


def confusion_table(counts):
    """Count decisions by true class, shaded by their share of the class."""
    labels = [escape(str(label)) for label in counts.columns]
    rows = []
    for label, row in counts.iterrows():
        total = max(int(row.sum()), 1)
        cells = [escape(f"is {label}")]
        for decided, count in row.items():
            tone = "right" if decided == label else "wrong"
            cells.append(
                f'<span class="cell {tone}" style="--share:{count / total:.3f}">'
                f"<b>{int(count):,}</b> <small>{count / total:.1%}</small></span>"
            )
        rows.append(cells)
    return table(
        ["", *(f"said {label}" for label in labels)],
        rows,
        "Test rows by true class and decision; shares are of the true class",
        classes="confusion",
    )


def calibration_table(facts):
    """Tell in numbers what the calibration curve shows."""
    rows = [
        [escape(name), f"{said:.2%}", f"{seen:.2%}", f"{apart:.2%}"]
        for name, said, seen, apart in facts
    ]
    head = ["", "mean prediction", "observed share", "mean distance"]
    caption = "How far predicted probabilities are from what was observed; the last is the mean "
    return table(head, rows, caption + "over ten bins of equally many rows")


def training_table(histories):
    """Tell for each fold how long the network was trained, and which epoch was kept."""
    rows = []
    for fold, history in enumerate(histories):
        losses, stopped = history.get("loss", []), np.array(history.get("val_loss", []), float)
        kept = int(np.nanargmin(stopped)) if np.isfinite(stopped).any() else None
        rows.append(
            [
                f"fold {fold + 1}",
                f"{len(losses)}",
                NOTHING if kept is None else f"{kept + 1}",
                number(losses[-1] if len(losses) else None),
                NOTHING if kept is None else number(stopped[kept]),
            ]
        )
    head = ["", "epochs", "best epoch", "training loss", "validation loss"]
    caption = "Each fold: the last training loss, and the least validation loss"
    return table(head, rows, caption, classes="narrow")


def columns_table(described):
    """Tell what each column was taken for."""
    rows = []
    for row in described.itertuples():
        dtype = NOTHING if row.dtype is None or pd.isna(row.dtype) else escape(str(row.dtype))
        rows.append(
            [
                escape(str(row.column)),
                (
                    f'<span class="tag {"even" if row.group == "dropped" else "group"}">'
                    f"{escape(str(row.group))}</span>"
                ),
                dtype,
                escape(str(row.note or "")),
                _count(row.missing),
                _count(row.levels),
            ]
        )
    return table(
        ["column", "taken for", "dtype", "note", "missing", "levels"],
        rows,
        "What each column was taken for in the training rows of the first fold",
        numeric_from=4,
    )


def importance_table(importances, level, unit):
    """Bars with whiskers: how much the score drops where a column or a modality is shuffled."""
    shown = importances.loc[[level]].droplevel("level")
    left = len(shown) - _MOST_COLUMNS
    shown = shown.head(_MOST_COLUMNS)
    low = min(0.0, float((shown["mean"] - shown["sd"]).min()))
    high = max(1e-9, float((shown["mean"] + shown["sd"]).max()))
    rows = []
    for name, row in shown.iterrows():
        of_group = "" if level == "group" else f" <small>{escape(str(row['group']))}</small>"
        rows.append(
            [
                escape(str(name)) + of_group,
                _bar(row["mean"], row["sd"], low, high),
                f'{number(row["mean"])} <span class="sd">± {number(row["sd"])}</span>',
            ]
        )
    head = ["modality" if level == "group" else "column", "", f"drop of {escape(unit)}"]
    what = "a whole modality is" if level == "group" else "one column is"
    caption = f"How much {unit} drops where {what} shuffled, mean ± standard deviation"
    text = table(head, rows, caption, numeric_from=2, classes="bars")
    more = f"<p>{left:,} more columns matter less.</p>" if left > 0 else ""
    return text + more


def _bar(mean, sd, low, high):
    def place(value):
        return 200 * (value - low) / (high - low)

    zero, end = place(0.0), place(mean)
    left, width = min(zero, end), max(abs(end - zero), 0.5)
    ends = place(mean - sd), place(mean + sd)
    return (
        '<svg class="bar" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{"plus" if mean >= 0 else "minus"}" x="{left:.1f}" y="3" '
        f'width="{width:.1f}" height="10" rx="1.5"/>'
        f'<path d="M{ends[0]:.1f} 8H{ends[1]:.1f}M{zero:.1f} 0V16"/></svg>'
    )


def _count(value):
    return NOTHING if value is None or pd.isna(value) else f"{int(value):,}"
