"""One pass over chunks: train on every row once, measure, write checkpoints on the way."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skmultiinput._training.early_stopping import EarlyStopping
from skmultiinput._training.validation import Validation
from skmultiinput._unwrap import last_step
from skmultiinput.estimators._base import MultiInputMixin
from skmultiinput.estimators._fit_config import resolve_config
from skmultiinput.estimators._own_network import with_compiled
from skmultiinput.estimators._training_data import held_out_table
from skmultiinput.streaming._checkpoint import write_checkpoint
from skmultiinput.streaming._chunks import Chunk, Chunks, as_frame, stack
from skmultiinput.streaming._progress import PassDisplay


@dataclass
class StreamState:
    """How far training has come; all that a checkpoint holds."""

    pipeline: Any
    settings: dict[str, str]
    seed: int
    n_rows: int
    digest: int
    # Rows that preprocessing was learned from, prepared without a look at their own targets.
    learned: pd.DataFrame
    learned_rows: np.ndarray
    held_out: tuple[pd.DataFrame, np.ndarray, np.ndarray]
    held_out_rows: np.ndarray
    stopping: EarlyStopping
    n_passes: int = 0
    n_chunks: int = 0
    digest_here: int = 0
    # By the name of a loss or metric: the sum over rows, and what it is divided by.
    sums: dict[str, tuple[Any, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often checkpoints are written; without a path never."""

    path: str | Path | None
    every: int | None

    def write(self, progress: StreamState) -> None:
        """Write the checkpoint, if one is wanted."""
        if self.path is None:
            return
        trained = progress.n_passes or progress.n_chunks
        _, network = last_step(progress.pipeline)
        if trained and None in network.fit_state_.training:
            raise ValueError(
                "checkpoint= needs training that can go on exactly: an optimizer such as AdamW, "
                "without amsgrad or use_ema, and no callback that is called in the middle of an "
                "epoch."
            )
        write_checkpoint(self.path, progress)


def one_pass(
    progress: StreamState, reader: Chunks, checkpoint: Checkpoint, display: PassDisplay
) -> None:
    """Train once on every row, from the chunk on where the checkpoint was written."""
    (_, network), start = last_step(progress.pipeline), time.perf_counter()
    last: Chunk | None = None
    title = f"Pass {progress.n_passes + 1}"
    with display.bar(title, progress.n_rows) as advance:
        for chunk in reader:
            last = chunk
            if chunk.number < progress.n_chunks:
                if chunk.number + 1 == progress.n_chunks:
                    _check_same(chunk.digest, progress.digest_here)
            else:
                _train(progress, network, chunk)
                progress.n_chunks, progress.digest_here = chunk.number + 1, chunk.digest
                if checkpoint.every and progress.n_chunks % checkpoint.every == 0:
                    checkpoint.write(progress)
            advance(len(chunk))
    if last is None:
        raise ValueError(
            "chunks gave rows in the first pass only. Let its function return a new iterator each "
            "time that it is called."
        )
    _check_same(last.digest, progress.digest)
    if not progress.sums:
        raise ValueError("No row is left to train on: all weigh nothing or are held out.")
    logs = {name: (total / mass).tolist() for name, (total, mass) in progress.sums.items()}
    if len(progress.held_out_rows):
        logs["val_loss"] = _validate(progress, network)
    for name, value in logs.items():
        network.history_.setdefault(name, []).append(value)
    progress.n_passes = network.n_iter_ = progress.n_passes + 1
    progress.n_chunks, progress.digest_here, progress.sums = 0, 0, {}
    display.line(title, logs, progress.n_rows, time.perf_counter() - start)


def _train(progress: StreamState, network: Any, chunk: Chunk) -> None:
    """Train on the rows of a chunk that are not held out."""
    first, last = np.searchsorted(progress.learned_rows, [chunk.start, chunk.stop])
    learned = progress.learned_rows[first:last] - chunk.start
    held_out = progress.held_out_rows - chunk.start
    held_out = held_out[(held_out >= 0) & (held_out < len(chunk))]
    others = np.setdiff1d(np.arange(len(chunk)), np.concatenate([learned, held_out]))
    steps, parts = steps_before(progress.pipeline), []
    if len(others):
        X = chunk.X.iloc[others]
        parts.append(X if steps is None else as_frame(steps.transform(X)))
    if len(learned):
        # As `fit_transform` gave them: a target encoder has coded each by other rows' targets.
        parts.append(progress.learned.iloc[first:last])
    rows = np.concatenate([others, learned])
    weight = None if chunk.weight is None else chunk.weight[rows]
    if not len(rows) or (weight is not None and not weight.any()):
        return
    history, network.history_ = network.history_, {}
    seeds = np.random.default_rng([progress.seed, 2, progress.n_passes, chunk.number])
    network.random_state = int(seeds.integers(2**31))
    try:
        network.partial_fit(stack(parts), chunk.y[rows], sample_weight=weight)
    except Exception as error:
        error.add_note(f"This is about chunk {chunk.number + 1} of pass {progress.n_passes + 1}.")
        raise
    finally:
        logs, network.history_ = network.history_, history
    for name, values in logs.items():
        # Weights are in the loss of a row; a metric is a weighted mean.
        mass = len(rows) if weight is None or name == "loss" else weight.sum()
        total, before = progress.sums.get(name, (0.0, 0.0))
        progress.sums[name] = total + np.asarray(values[-1], dtype=float) * mass, before + mass


def _validate(progress: StreamState, network: Any) -> float:
    """Return the loss on the held-out rows; keeps the weights where it is the lowest so far."""
    config, target = resolve_config(network, alone=True), network.target_encoder_
    config = with_compiled(config, network.model_)
    X, y, weight = progress.held_out
    table = held_out_table(config, target, y, weight, getattr(network, "prior_ratio_", None))
    validation = Validation(table, config.loss(target.kind_), ())
    outputs = network.predict_outputs(X)
    score, logs = validation.evaluate(lambda rows: outputs[rows])
    if progress.stopping.update(np.inf if score is None else score):
        progress.stopping.best = network.model_.get_weights(), network.fit_state_
    return logs["val_loss"]


def _check_same(digest: int, expected: int) -> None:
    if digest != expected:
        raise ValueError(
            "The chunks are not those of the first pass: other rows, or in another order. Give "
            "the same chunks in the same order each time; after a change of the data, remove the "
            "checkpoint."
        )


def steps_before(pipeline: BaseEstimator | MultiInputMixin) -> Pipeline | None:
    """Return the Pipeline of the steps before the network, or None."""
    if not isinstance(pipeline, Pipeline) or len(pipeline.steps) == 1:
        return None
    return pipeline[:-1]
