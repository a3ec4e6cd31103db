"""Fit a pipeline on more rows than the memory holds: batch by batch, with checkpoints."""

from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

from skmultiinput._checks import draw_seed, refuse_samplers
from skmultiinput._compat import Interval, validate_parameter_constraints
from skmultiinput._fingerprint import fingerprint
from skmultiinput._training.early_stopping import EarlyStopping
from skmultiinput._training.schedule import auto_batch_size
from skmultiinput._unwrap import last_step
from skmultiinput.estimators._base import MultiInputMixin
from skmultiinput.estimators._presets import setting
from skmultiinput.estimators._text_targets import read_quantity
from skmultiinput.estimators._validation_split import split_validation
from skmultiinput.streaming._checkpoint import check_folder, read_checkpoint
from skmultiinput.streaming._chunks import Chunk, Chunks, RowSample, as_frame
from skmultiinput.streaming._passes import (
    Checkpoint,
    StreamState,
    one_pass,
    steps_before,
)
from skmultiinput.streaming._progress import PassDisplay

T = TypeVar("T")

_CONSTRAINTS: dict[str, list] = {
    "target": [str, None],
    "chunk_size": [Interval(Integral, 1, None, closed="left")],
    "sample_rows": [Interval(Integral, 2, None, closed="left")],
    "checkpoint": [str, Path, None],
    "checkpoint_every": [Interval(Integral, 1, None, closed="left"), None],
    "verbose": ["verbose"],
}
# Parameters that may differ between the run that wrote a checkpoint and the one that goes on.
_MAY_CHANGE = ("epochs", "verbose", "n_iter_no_change")


def fit_out_of_core(
    pipeline: T,
    chunks: Any,
    *,
    target: str | None = None,
    chunk_size: int = 10_000,
    sample_rows: int = 20_000,
    checkpoint: str | Path | None = None,
    checkpoint_every: int | None = None,
    verbose: int = 0,
) -> T:
    """Fit a pipeline chunk by chunk, in memory that does not grow with the number of rows.

    A first pass over the chunks counts the rows, collects the labels and draws a random sample.
    Preprocessing, with its vocabularies, is learned from the sample, and so is what a network
    adapts to before training. Each further pass trains the network once on every row. A level
    that makes up a share `p` of all rows is missing from a sample of `m` rows with probability
    ``(1 - p) ** m``; a missing level is treated as unknown.

    Parameters
    ----------
    pipeline : Pipeline, MultiInputClassifier or MultiInputRegressor
        A Pipeline whose last step is one of these two. It is cloned. ``epochs`` is the maximum
        number of passes; with ``early_stopping`` the share ``validation_fraction`` of the sample
        is never trained on, and training stops as in `fit`.
    chunks : list of chunks, re-iterable, function or pyarrow Dataset
        Yields the same chunks in the same order each time it is read, or, if it is a function,
        called. A chunk is ``(X, y)``, ``(X, y, sample_weight)`` or, with `target`, a table.
        Rows are shuffled within their chunk only: store them in random order.
    target : str, default=None
        Name of the target column.
    chunk_size : int, default=10_000
        Rows per chunk that are read from a Dataset. Parquet files are read one row group at a
        time.
    sample_rows : int, default=20_000
        Rows in the sample, all if there are no more. The sample and one chunk are all the rows
        in memory. With more, rarer levels are known and statistics are steadier.
    checkpoint : str or Path, default=None
        A file that is written after each pass and removed at the end. If it exists, training
        continues from it, and ends as if it had never been interrupted. It is a pickle: never use
        one that somebody else wrote.
    checkpoint_every : int, default=None
        Write the checkpoint after every so many chunks, too.
    verbose : int, default=0
        1 prints a line per pass, 2 shows a bar with the remaining time, too.

    Returns
    -------
    estimator
        The fitted clone; its ``history_`` has one entry per pass.

    Raises
    ------
    TypeError
        If `chunks` can be read only once, or the last step is not one of this package.
    ValueError
        If chunks cannot be used, differ between passes, or do not belong to the checkpoint.
    ArtifactError
        If the checkpoint is damaged.
    FloatingPointError
        If training diverges.

    See Also
    --------
    skmultiinput.model_selection.PartialFitPipeline : Trains one epoch at a time on rows in memory.

    Notes
    -----
    A sampler given as ``sampler=`` resamples each chunk by itself, ``class_weight="balanced"``
    weighs it by itself, and callbacks see each chunk as a training of one epoch. Weights are not
    averaged.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmultiinput import MultiInputClassifier, fit_out_of_core, make_preprocessor
    >>> def read():
    ...     for i in range(4):
    ...         rng = np.random.default_rng(i)
    ...         age, plan = rng.normal(40, 9, 200), rng.choice(["free", "pro"], 200)
    ...         yield pd.DataFrame({"age": age, "plan": plan}), age > 40
    >>> network = MultiInputClassifier(hidden_units=(16,), n_members=2, epochs=4, random_state=0)
    >>> model = fit_out_of_core(make_pipeline(make_preprocessor(), network), read, sample_rows=300)
    >>> len(model[-1].history_["val_loss"]), model.predict_proba(next(read())[0]).shape
    (4, (200, 2))
    """
    validate_parameter_constraints(
        _CONSTRAINTS,
        {
            "target": target,
            "chunk_size": chunk_size,
            "sample_rows": sample_rows,
            "checkpoint": checkpoint,
            "checkpoint_every": checkpoint_every,
            "verbose": verbose,
        },
        "fit_out_of_core",
    )
    _check_pipeline(pipeline)
    _, original = last_step(pipeline)
    reader = Chunks(chunks, target, chunk_size, type(original).__name__)
    display = PassDisplay(int(verbose))
    writer = Checkpoint(checkpoint, checkpoint_every)
    progress = None
    if checkpoint is not None:
        check_folder(checkpoint)
        progress = read_checkpoint(checkpoint)
    if checkpoint is None or progress is None:
        progress = _first_pass(pipeline, reader, sample_rows, display)
        writer.write(progress)
    else:
        _check_settings(progress, pipeline, checkpoint)
        progress.stopping.patience = _patience(original)
    while progress.n_passes < setting(original, "epochs") and not progress.stopping.is_over:
        one_pass(progress, reader, writer, display)
        writer.write(progress)
    _, network = last_step(progress.pipeline)
    if progress.stopping.best is not None:
        weights, network.fit_state_ = progress.stopping.best
        network.model_.set_weights(weights)
    for name in ("random_state", "batch_size", "verbose", "epochs", "n_iter_no_change"):
        setattr(network, name, getattr(original, name))
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    return progress.pipeline


def _patience(network: Any) -> int | None:
    return setting(network, "n_iter_no_change") if network.early_stopping else None


def _first_pass(
    pipeline: Any, reader: Chunks, sample_rows: int, display: PassDisplay
) -> StreamState:
    """Learn from a sample all that has to be known before training."""
    _, original = last_step(pipeline)
    seed = draw_seed(original.random_state)
    sample = RowSample(sample_rows, [seed, 0])
    last, classes = _read_all(reader, sample, display, classify=is_classifier(original))
    if last is None or sample.X is None or sample.mass is None:
        raise ValueError("chunks gave no rows" + (" of any weight." if last else "."))
    training, held_out = _split(original, sample, seed)
    settings = _settings(pipeline)
    pipeline = clone(pipeline)
    _, network = last_step(pipeline)
    learned, y = sample.X.iloc[training], sample.y[training]
    held_out_X = sample.X.iloc[held_out]
    steps = steps_before(pipeline)
    if steps is not None:
        learned = as_frame(steps.fit_transform(learned, y))
        # With a memory, a Pipeline fits copies of its steps.
        pipeline.steps[:-1] = steps.steps
        held_out_X = as_frame(steps.transform(held_out_X)) if len(held_out) else held_out_X
    if network.batch_size == "auto":
        network.batch_size = auto_batch_size(last.stop)
    network.random_state, network.verbose = seed, 0
    # Builds the network: its vocabularies, the bins of its numbers, the scale of the target.
    network.set_params(n_estimators=1).initialize(learned, y, classes=classes)
    # The sample has not been weighed.
    weight = network.fit_state_.mass.weight * sample.mass.mean
    network.fit_state_.mass = replace(network.fit_state_.mass, weight=weight)
    number_format = getattr(network, "target_format_", None)
    held_out_y = read_quantity(sample.y[held_out], number_format)
    return StreamState(
        pipeline=pipeline,
        settings=settings,
        seed=seed,
        n_rows=last.stop,
        digest=last.digest,
        learned=learned,
        learned_rows=sample.rows[training],
        held_out=(held_out_X, held_out_y, sample.weight[held_out]),
        held_out_rows=sample.rows[held_out],
        stopping=EarlyStopping(_patience(original)),
    )


def _read_all(
    reader: Chunks, sample: RowSample, display: PassDisplay, *, classify: bool
) -> tuple[Chunk | None, np.ndarray | None]:
    """Add all rows to a sample; return the last chunk, and the classes of one label per row."""
    last, classes = None, None
    with display.bar("Reading the rows", None) as advance:
        for chunk in reader:
            sample.add(chunk)
            if classify and chunk.y.ndim == 1:
                seen = np.unique(chunk.y)
                classes = seen if classes is None else np.unique(np.concatenate([classes, seen]))
            last = chunk
            advance(len(chunk))
    return last, classes


def _split(network: Any, sample: RowSample, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the sample into rows to learn from and rows to validate on."""
    rows = np.arange(len(sample.rows))
    if not network.early_stopping:
        return rows, rows[:0]
    codes = None
    if is_classifier(network) and sample.y.ndim == 1:
        _, codes, counts = np.unique(sample.y, return_inverse=True, return_counts=True)
        codes = codes if counts.min() > 1 else None
    rng = np.random.default_rng([seed, 1])
    return split_validation(rows, network.validation_fraction, rng, y=codes)


def _check_pipeline(pipeline: Any) -> None:
    _, network = last_step(pipeline)
    if not isinstance(network, MultiInputMixin):
        raise TypeError(
            "fit_out_of_core trains a MultiInputClassifier or MultiInputRegressor, alone or as the "
            f"last step of a Pipeline; got {type(network).__name__}."
        )
    network._validate_params()  # noqa: SLF001 - scikit-learn's check, of our own estimators
    if network.validation == "time" and network.early_stopping:
        raise ValueError(
            "fit_out_of_core sets random rows aside, which does not go with validation='time'. "
            "Leave it at 'random', or pass early_stopping=False."
        )
    if isinstance(pipeline, Pipeline):
        refuse_samplers(pipeline.steps, "fit_out_of_core")


def _settings(pipeline: Any) -> dict[str, str]:
    """Return fingerprints of what has to be equal for training to go on, by parameter."""
    prefix, _ = last_step(pipeline)
    skipped = {prefix + name for name in _MAY_CHANGE} | {"verbose", "steps"}
    return {
        name: fingerprint(value)
        for name, value in pipeline.get_params(deep=True).items()
        if name not in skipped and not hasattr(value, "get_params")
    }


def _check_settings(progress: StreamState, pipeline: Any, checkpoint: str | Path) -> None:
    expected, current = progress.settings, _settings(pipeline)
    for name in sorted(expected.keys() | current.keys()):
        if expected.get(name) != current.get(name):
            before, now = (p.get_params().get(name) for p in (progress.pipeline, pipeline))
            raise ValueError(
                f"{Path(checkpoint).name} was written with {name}={before}, but now it is {now}. "
                "Remove the checkpoint to start again."
            )
