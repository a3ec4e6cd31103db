"""The table that says which steps of a compiled pipeline are compiled."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from skmultiinput.serving._preprocessing_plan import PreprocessingPlan
from skmultiinput.serving._scorers import NetworkScorer, PipelineScorer, parts_in

if TYPE_CHECKING:
    import pandas as pd


def plan_table(scorer: Any) -> "pd.DataFrame":
    """Describe the steps of a scorer."""
    import pandas as pd  # noqa: PLC0415 - one dict is scored without it

    rows = [row for part in parts_in(scorer) for row in _rows(part)]
    return pd.DataFrame(rows, columns=["step", "columns", "runs", "note"])


def _rows(part: Any) -> Iterator[tuple[str, str, str, str]]:
    """Yield step, columns, runs and note of what a part of a scorer does itself."""
    if isinstance(part, PreprocessingPlan):
        for group in part.groups:
            columns = _listed(group.columns)
            if group.step is None:
                yield group.name, columns, "as it is", "one of its transformers has no lowering"
            else:
                yield group.name, columns, "compiled", ""
    elif isinstance(part, NetworkScorer):
        if part.network is None:
            yield "network", "", "as it is", f"by Keras: {part.reason}"
        elif part.estimator is None:
            yield "network", "", "compiled", "in NumPy"
        else:
            yield "network", "", "compiled", f"in NumPy; by Keras from {part.many_rows} rows on"
    elif not isinstance(part, PipelineScorer):
        yield type(part).__name__.removesuffix("Scorer"), "", "compiled", ""


def _listed(names: list[str], limit: int = 4) -> str:
    shown = ", ".join(names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
