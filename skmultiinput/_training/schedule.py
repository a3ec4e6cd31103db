"""How long and in which steps a network is trained, whoever runs the epochs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np

from skmultiinput._keras.backend import to_numpy


class NamedMetric(NamedTuple):
    """A metric under a name that never changes.

    `form` is the form of classes it takes: "codes", "one-hot", or None for the target as it is.
    """

    name: str
    metric: keras.metrics.Metric
    form: str | None = None


@dataclass(frozen=True)
class Schedule:
    """How long and in which steps a network is trained.

    Training stops, and restores the best weights, after `patience` epochs without a lower
    validation loss; None trains all `epochs`. With a patience, `weight_averaging` is how much an
    epoch counts in the running mean of the weights, relative to the epoch after it; 0 for no mean.
    An epoch is judged by the mean or by the weights as they are, whichever have the lower
    validation loss.

    `seed` is that of the order of the rows. `initial_epoch` counts the epochs trained before;
    `total_epochs` includes them, for training that has to end as if it had been done at once.
    `label` says what is trained, for the display ("Network 2/4"), `alone` whether no other network
    is trained, and shown, at the same time. `xla` says whether the epoch is one XLA program. With
    `classes`, the class codes of the training rows, every epoch draws as many rows of each class.
    """

    batch_size: int = 256
    epochs: int = 100
    patience: int | None = None
    weight_averaging: float = 0.0
    seed: int = 0
    initial_epoch: int = 0
    verbose: int = 0
    label: str = ""
    alone: bool = True
    xla: bool | str = "auto"
    total_epochs: int | None = None
    callbacks: list[keras.callbacks.Callback] = field(default_factory=list)
    metrics: Sequence[NamedMetric] = ()
    classes: np.ndarray | None = None

    def order(self, rows: np.ndarray, epoch: int) -> np.ndarray:
        """Draw the order of the training rows in an epoch, from a seed of the epoch's own.

        It is balanced where the class of each row is given.
        """
        rng = np.random.default_rng([self.seed, epoch])
        if self.classes is None:
            return rng.permutation(rows)
        groups = [rows[self.classes == c] for c in np.unique(self.classes)]
        share = -(-len(rows) // len(groups))
        # Each class in turn, from random rounds over its rows: every batch holds all classes.
        drawn = [
            np.concatenate([rng.permutation(g) for _ in range(-(-share // len(g)))])[:share]
            for g in groups
        ]
        return np.column_stack(drawn).ravel()[: len(rows)]


def auto_batch_size(n_samples: int) -> int:
    """Return the batch size for a number of training rows.

    Examples
    --------
    >>> [auto_batch_size(n) for n in (1000, 5000, 20_000, 1_000_000)]
    [32, 128, 256, 1024]
    """
    limits = ((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512))
    return next((size for limit, size in limits if n_samples < limit), 1024)


def resolve_batch_size(batch_size: int | str, n_rows: int) -> int:
    """Return the number of rows per step: "auto" goes by the number of rows, -1 takes all.

    Examples
    --------
    >>> resolve_batch_size("auto", 10_000), resolve_batch_size(-1, 70), resolve_batch_size(512, 70)
    (256, 70, 70)
    """
    if batch_size == -1:
        return n_rows
    return min(auto_batch_size(n_rows) if isinstance(batch_size, str) else batch_size, n_rows)


def measure(
    metrics: Sequence[NamedMetric],
    y: np.ndarray,
    prediction: np.ndarray,
    weight: np.ndarray,
    prefix: str = "",
) -> dict[str, Any]:
    """Compute metrics of predictions; `prefix` is put before their names."""
    values: dict[str, Any] = {}
    for name, metric, form in metrics:
        target = y
        if form == "one-hot" and y.ndim == 1:
            target = np.eye(prediction.shape[1], dtype=np.float32)[y]
        elif form == "codes" and y.ndim == 2:
            target = y.argmax(axis=1)
        metric.reset_state()
        metric.update_state(target, prediction, weight)
        value = np.asarray(to_numpy(metric.result()))
        # Some metrics give a value per class.
        values[prefix + name] = float(value) if value.ndim == 0 else value.tolist()
    return values


def check_finite(logs: dict[str, Any], epoch: int) -> None:
    """Raise FloatingPointError if the loss is not finite."""
    if not np.isfinite(logs["loss"]):
        raise FloatingPointError(
            f"The training loss is {logs['loss']} after epoch {epoch + 1}: training diverged. "
            "Try a lower learning_rate, scaled inputs (make_preprocessor() does it), or a "
            "smaller gradient norm, e.g. optimizer__global_clipnorm=0.5."
        )
