"""Compare a compiled pipeline with the pipeline on sample rows, column by column."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.serving._preprocessing_plan import PreprocessingPlan
from skmultiinput.serving._rows import Rows, UnusualRowsError
from skmultiinput.serving._scorers import CalibratedScorer, Interpolation, parts_in, pipelines_in

# How far a result may be from the pipeline's, relative to the largest one.
TOLERANCE = 1e-6
# The same behind the steps of isotonic calibration, where rounding is magnified.
_STEEP = 1e-3


class NotEqualError(ValueError):
    """A compiled pipeline that gives other results than the pipeline.

    See Also
    --------
    compile_pipeline : Raises it.
    """


def check_compiled(scorer: Any, pipeline: Any, sample: pd.DataFrame) -> None:
    """Raise a NotEqualError if results differ for a sample of raw rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in pipelines_in(scorer):
            _check_columns(part.preprocessing, sample)
        method = "predict" if scorer.classes is None else "predict_proba"
        expected = getattr(pipeline, method)(sample)
        numbers, probabilities = scorer.predict(Rows(sample, list(sample.columns)))
        got = numbers if scorer.classes is None else probabilities
    if not _equal(got, expected, _STEEP if _is_steep(scorer) else TOLERANCE):
        raise NotEqualError(
            f"The compiled pipeline gives another {method} than the pipeline: they differ by "
            f"up to {np.abs(got - expected).max():g}, though all columns agree. "
            "Serve the pipeline itself."
        )


def _check_columns(plan: PreprocessingPlan, sample: pd.DataFrame) -> None:
    expected = plan.transformer.get().transform(sample)
    slices = plan.transformer.get().output_indices_
    for group in plan.groups:
        alone = {i: block for i, block in enumerate(_blocks(plan, group, sample)) if len(block)}
        if not alone:
            continue  # the pipeline's own preprocessing answers
        usual = list(alone)
        together = plan.block(group, Rows(sample.iloc[usual], plan.columns))
        part = expected.iloc[usual, slices[group.name]]
        for j, name in enumerate(part.columns):
            column = part.iloc[:, j]
            coded = isinstance(column.dtype, pd.CategoricalDtype)
            if not coded and column.dtype.kind not in "fiub":
                continue
            comparable = column.cat.codes if coded else column
            values = comparable.to_numpy(dtype=np.float64)
            for block in (together, np.concatenate(list(alone.values()))):
                if block.shape[1] != part.shape[1] or not _equal(block[:, j], values):
                    raise NotEqualError(
                        f"The compiled pipeline gives another column {name!r} than the pipeline. "
                        f"Report it, and serve the pipeline itself; the group is {group.name!r}."
                    )


def _blocks(plan: PreprocessingPlan, group: Any, sample: pd.DataFrame) -> Iterator[np.ndarray]:
    """Yield the columns of a group for each row alone; nothing for a row of unusual cells."""
    for i in range(len(sample)):
        try:
            yield plan.block(group, Rows(sample.iloc[[i]], plan.columns))
        except UnusualRowsError:
            yield np.empty((0, 0))


def _is_steep(scorer: Any) -> bool:
    """Return whether isotonic steps magnify rounding; what goes into them is compared."""
    return any(
        isinstance(calibrator, Interpolation)
        for part in parts_in(scorer)
        if isinstance(part, CalibratedScorer)
        for _, calibrators, _ in part.members
        for calibrator in calibrators
    )


def _equal(got: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if expected.dtype.kind not in "fiub":
        return bool((got == expected).all())
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    size = np.abs(expected[np.isfinite(expected)]).max(initial=1.0)
    return bool(np.allclose(got, expected, rtol=0, atol=tolerance * size, equal_nan=True))
