"""The table that says which steps of a compiled pipeline are compiled."""

from dataclasses import dataclass
from html import escape
from typing import Any

_COLUMNS = ("step", "columns", "runs", "note")


@dataclass
class PlanTable:
    """Steps of a compiled pipeline, and how each runs; rows have the keys `_COLUMNS`."""

    rows: list[dict[str, str]]

    def __repr__(self) -> str:
        lines = [_COLUMNS, *(tuple(row[c] for c in _COLUMNS) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def to_html(self) -> str:
        """Return the table as HTML, a str."""
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(row[name])}</td>" for name in _COLUMNS) + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _repr_html_(self) -> str:
        return self.to_html()


def plan_table(scorer: Any) -> PlanTable:
    """Describe the steps of a scorer."""
    rows: list[dict[str, str]] = []
    _describe(scorer, rows)
    return PlanTable(rows)


def _describe(scorer: Any, rows: list[dict[str, str]]) -> None:
    preprocessing = getattr(scorer, "preprocessing", None)
    if preprocessing is not None:
        for group in preprocessing.groups:
            compiled = group.step is not None
            rows.append(
                {
                    "step": group.name,
                    "columns": _listed(group.columns),
                    "runs": "compiled" if compiled else "as it is",
                    "note": "" if compiled else "one of its transformers has no lowering",
                }
            )
        _describe(scorer.last, rows)
        return
    if hasattr(scorer, "many_rows"):
        if scorer.network is None:
            runs, note = "as it is", f"by Keras: {scorer.reason}"
        elif scorer.estimator is None:
            runs, note = "compiled", "in NumPy"
        else:
            runs, note = "compiled", f"in NumPy; by Keras from {scorer.many_rows} rows on"
        rows.append({"step": "network", "columns": "", "runs": runs, "note": note})
        return
    for member, *_ in getattr(scorer, "members", []):
        _describe(member, rows)
    if hasattr(scorer, "inner"):
        _describe(scorer.inner, rows)
    name = type(scorer).__name__.removesuffix("Scorer")
    rows.append({"step": name, "columns": "", "runs": "compiled", "note": ""})


def _listed(names: list[str], limit: int = 4) -> str:
    shown = ", ".join(names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
