"""One pass over batches: train on every row once, measure, write checkpoints on the way."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skmultiinput.estimators._presets import setting
from skmultiinput.streaming._checkpoint import write_checkpoint
from skmultiinput.streaming._chunks import stack


@dataclass
class Standing:
    """How far training has come; all that a checkpoint holds."""

    pipeline: Any
    settings: dict
    seed: int
    n_rows: int
    digest: int
    # Rows that preprocessing was learned from, prepared without a look at their own targets.
    learned: pd.DataFrame
    learned_rows: np.ndarray
    held_out: tuple | None
    held_out_rows: np.ndarray
    n_passes: int = 0
    n_batches: int = 0
    digest_here: int = 0
    sums: dict = field(default_factory=dict)
    mass: float = 0.0
    best: tuple | None = None
    best_loss: float = np.inf
    waited: int = 0


def one_pass(standing, reader, checkpoint, checkpoint_every, show):
    """Train once on every row, from the batch on where the checkpoint was written."""
    network, start = network_of(standing.pipeline), time.perf_counter()
    last = None
    title = f"Pass {standing.n_passes + 1}"
    with show.bar(title, standing.n_rows) as advance:
        for batch in reader:
            last = batch
            if batch.number < standing.n_batches:
                if batch.number + 1 == standing.n_batches:
                    _check_same(batch.digest, standing.digest_here)
            else:
                _train(standing, network, batch)
                standing.n_batches, standing.digest_here = batch.number + 1, batch.digest
                if checkpoint_every and standing.n_batches % checkpoint_every == 0:
                    write(checkpoint, standing)
            advance(len(batch))
    _check_same(last and last.digest, standing.digest)
    if not standing.mass:
        raise ValueError("No row is left to train on: all weigh nothing or are held out.")
    logs = {name: (total / standing.mass).tolist() for name, total in standing.sums.items()}
    if len(standing.held_out_rows):
        logs["val_loss"] = _validate(standing, network)
    for name, value in logs.items():
        network.history_.setdefault(name, []).append(value)
    standing.n_passes = network.n_iter_ = standing.n_passes + 1
    standing.n_batches, standing.digest_here, standing.sums, standing.mass = 0, 0, {}, 0.0
    show.line(title, logs, standing.n_rows, time.perf_counter() - start)


def _train(standing, network, batch):
    """Train on the rows of a batch that are not held out."""
    first, last = np.searchsorted(standing.learned_rows, [batch.start, batch.stop])
    learned = standing.learned_rows[first:last] - batch.start
    held_out = standing.held_out_rows - batch.start
    held_out = held_out[(held_out >= 0) & (held_out < len(batch))]
    others = np.setdiff1d(np.arange(len(batch)), np.concatenate([learned, held_out]))
    steps, parts = steps_before(standing.pipeline), []
    if len(others):
        X = batch.X.iloc[others]
        parts.append(X if steps is None else as_frame(steps.transform(X)))
    if len(learned):
        # As `fit_transform` gave them: a target encoder has coded each by other rows' targets.
        parts.append(standing.learned.iloc[first:last])
    rows = np.concatenate([others, learned])
    weight = None if batch.weight is None else batch.weight[rows]
    if not len(rows) or (weight is not None and not weight.any()):
        return
    history, network.history_ = network.history_, {}
    seeds = np.random.default_rng([standing.seed, 2, standing.n_passes, batch.number])
    network.random_state = int(seeds.integers(2**31))
    try:
        network.partial_fit(stack(parts), batch.y[rows], sample_weight=weight)
    except Exception as error:
        error.add_note(f"This is about batch {batch.number + 1} of pass {standing.n_passes + 1}.")
        raise
    finally:
        found, network.history_ = network.history_, history
    for name, values in found.items():
        value = np.asarray(values[-1], dtype=float) * len(rows)
        standing.sums[name] = standing.sums.get(name, 0.0) + value
    standing.mass += len(rows)


def _validate(standing, network):
    """Loss on the rows that are held out; keeps the weights where it is the lowest so far."""
    X, y, weight = standing.held_out
    if is_classifier(network) and network.prior_ratio_.ndim == 1:
        # The problem that the network is trained on has another prior.
        weight = weight / network.prior_ratio_[np.searchsorted(network.classes_, y)]
    row_loss = network._row_loss(network.get_params(deep=False))  # noqa: SLF001 - our own
    outputs = network._predict_raw(X)  # noqa: SLF001 - our own
    encoded = network._encode_target(y)  # noqa: SLF001 - our own
    loss = float(np.average(np.asarray(row_loss.of_prediction(encoded, outputs)), weights=weight))
    if loss < standing.best_loss:
        state = getattr(network, "_training_state", None)
        standing.best = network.model_.get_weights(), state
        standing.best_loss, standing.waited = loss, 0
    else:
        standing.waited += 1
    return loss


def is_over(standing, given):
    """Whether the patience is used up."""
    return given.early_stopping and standing.waited >= setting(given, "n_iter_no_change")


def _check_same(found, expected):
    if found != expected:
        raise ValueError(
            "The batches are not those of the first pass: other rows, or in another order. Give "
            "the same batches in the same order each time; after a change of the data, remove the "
            "checkpoint."
        )


def network_of(pipeline):
    """Return the estimator at the end of a Pipeline, or the one that stands alone."""
    return pipeline.steps[-1][1] if isinstance(pipeline, Pipeline) else pipeline


def steps_before(pipeline):
    """Return the Pipeline of the steps before the network, or None."""
    if not isinstance(pipeline, Pipeline) or len(pipeline.steps) == 1:
        return None
    return pipeline[:-1]


def as_frame(X):
    """Return what a step gave as a DataFrame."""
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))


def write(checkpoint, standing):
    """Write the checkpoint, where one is wanted."""
    if checkpoint is None:
        return
    network = network_of(standing.pipeline)
    trained = standing.n_passes or standing.n_batches
    if trained and getattr(network, "_training_state", None) is None:
        raise ValueError(
            "checkpoint= needs training that can go on exactly: an optimizer among SGD, RMSprop, "
            "Adam, AdamW and Lion, and no callback that is called in the middle of an epoch."
        )
    write_checkpoint(checkpoint, standing)
