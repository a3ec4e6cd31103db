"""Compile a fitted pipeline for serving."""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from skmultiinput._checks import to_pandas
from skmultiinput.serving._check_compiled import check_compiled
from skmultiinput.serving._compiled_pipeline import CompiledPipeline
from skmultiinput.serving._input_columns import describe_columns_of
from skmultiinput.serving._lower_models import lower_model
from skmultiinput.serving._preprocessing_plan import PreprocessingPlan
from skmultiinput.serving._rows import Rows, UnusualRowsError, read_rows
from skmultiinput.serving._sample_rows import sample_rows
from skmultiinput.serving._scorers import networks_in, pipelines_in

__all__ = ["compile_pipeline"]

# Numbers of rows among which the fastest way is measured.
_SIZES = (4, 16, 64, 256, 1024)


def compile_pipeline(pipeline: Any, sample: Any = None) -> CompiledPipeline:
    """Compile a fitted pipeline: the same answers, a row in a fraction of the time.

    Each fitted transformer becomes a small step on arrays, with all that can be computed computed
    now, and the network is evaluated by NumPy for few rows and by Keras for many. What has no such
    form runs as it is, for its columns alone; `CompiledPipeline.plan` shows it. Rows that the steps
    do not know (text in a column of numbers, a type never seen) pass the pipeline's own
    preprocessing, so that answers, warnings and errors are the pipeline's.

    Parameters
    ----------
    pipeline : estimator
        A fitted Pipeline of a ColumnTransformer, such as `make_preprocessor` returns, and one of
        our estimators; also inside TunedThresholdClassifierCV, FixedThresholdClassifier,
        CalibratedClassifierCV, FrozenEstimator, TransformedTargetRegressor, or a fitted search.
    sample : DataFrame, default=None
        Some raw rows on which results are compared; None makes rows from what the transformers
        have learned.

    Returns
    -------
    CompiledPipeline

    Raises
    ------
    ValueError
        If a part of the pipeline is not compiled, or no rows can be made and none are given.
    NotEqualError
        If results differ from the pipeline's by more than 1e-6; the column is named.

    See Also
    --------
    register_lowering : Compile a transformer of your own.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmultiinput import MultiInputClassifier, make_preprocessor
    >>> X = pd.DataFrame({"age": [31.0, 64, 45, 22] * 5, "plan": ["basic", "plus"] * 10})
    >>> network = MultiInputClassifier(preset="fast", epochs=1, random_state=0)
    >>> model = make_pipeline(make_preprocessor(), network).fit(X, ["stays", "leaves"] * 10)
    >>> compiled = compile_pipeline(model)
    >>> compiled.predict_proba({"age": 50, "plan": "plus"}).shape
    (1, 2)
    >>> print(compiled.plan.to_string(index=False))
       step columns     runs                                note
    numeric     age compiled
     onehot    plan compiled
    network         compiled in NumPy; by Keras from ... rows on
    >>> compiled.predict({"age": 50})
    Traceback (most recent call last):
        ...
    ValueError: The row lacks 'plan'. A missing value is written as None.
    """
    compiled, table = _compiled(pipeline, sample)
    _measure(compiled.scorer, table)
    return compiled


def compile_without_measuring(pipeline: Any) -> CompiledPipeline:
    """Compile a pipeline for a process that has no other way than the steps, and NumPy."""
    return _compiled(pipeline, None)[0]


def _compiled(pipeline: Any, sample: Any) -> tuple[CompiledPipeline, pd.DataFrame]:
    """Lower a pipeline, and compare its results on sample rows."""
    scorer = lower_model(pipeline)
    parts = pipelines_in(scorer)
    needed = {column for part in parts for column in part.preprocessing.columns}
    names = [str(name) for name in parts[0].preprocessing.transformer.get().feature_names_in_]
    columns = [name for name in names if name in needed]
    if sample is None:
        table = sample_rows(parts[0].preprocessing.transformer.get(), columns)
        if table is None:
            raise ValueError(
                "The transformers keep too little to make sample rows for the check. Pass some "
                "raw rows: compile_pipeline(pipeline, sample=X.head(50))."
            )
    else:
        table = read_rows(to_pandas(sample), columns).frame()
    check_compiled(scorer, pipeline, table)
    return CompiledPipeline(scorer, columns, describe_columns_of(parts, columns)), table


def _measure(scorer: Any, sample: pd.DataFrame) -> None:
    """Find from how many rows on the ColumnTransformer and Keras's network are faster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in pipelines_in(scorer):
            plan = part.preprocessing
            with suppress(UnusualRowsError):
                plan.most_rows = _measure_preprocessing(plan, sample)
            for network in networks_in(part.last):
                _measure_network(network)


def _measure_preprocessing(plan: PreprocessingPlan, sample: pd.DataFrame) -> int:
    transformer = plan.transformer.get()
    for size in _SIZES[1:]:
        table = sample.iloc[np.arange(size) % len(sample)]
        rows = Rows(table, plan.columns)
        stock = _seconds(partial(transformer.transform, table))
        if _seconds(partial(plan.blocks, rows)) > stock:
            return size - 1
    return _SIZES[-1]


def _measure_network(scorer: Any) -> None:
    if scorer.network is None or scorer.estimator is None:
        return
    model = scorer.estimator
    for size in _SIZES:
        inputs = {
            plan.name: np.zeros((size, *plan.shape), dtype=np.int32 if plan.codes else np.float32)
            for plan in scorer.inputs
        }
        keras = _seconds(partial(model.predictor_, model.model_, inputs, size))
        if _seconds(partial(scorer.network, inputs, size)) > keras:
            scorer.many_rows = size
            return
    scorer.many_rows = 4 * _SIZES[-1]


def _seconds(function: Callable[[], Any]) -> float:
    """Return the shorter of two runs, after one that does not count."""
    function()
    times = []
    for _ in range(2):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)
