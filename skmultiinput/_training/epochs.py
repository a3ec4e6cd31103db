"""What an epoch consists of, whoever runs it: the order of the rows, metrics, a check."""

from dataclasses import dataclass, field

import numpy as np

from skmultiinput._keras.backend import to_numpy


@dataclass
class Schedule:
    """How long and in which steps a network is trained.

    Attributes
    ----------
    batch_size : int
    epochs : int
        The most epochs.
    patience : int or None
        Epochs without a lower validation loss after which training stops and the best weights
        are restored; None trains all epochs.
    weight_averaging : float
        With a patience: how much an epoch counts in the running mean of the weights, relative to
        the epoch after it; 0 for no mean. The mean or the weights as they are, whichever have the
        lower validation loss, are what an epoch is judged by.
    seed : int
        Of the order of the rows.
    initial_epoch : int
        Number of epochs trained before.
    verbose : int
        1 prints a line per epoch.
    xla : bool or "auto"
        Whether the epoch is one XLA program.
    callbacks : list of keras.callbacks.Callback
    metrics : list of (str, keras.metrics.Metric)
        Recorded after each epoch under these names.
    classes : ndarray of shape (n_training_rows,), optional
        Class codes of the training rows: every epoch then draws as many rows of each class.
    """

    batch_size: int = 256
    epochs: int = 100
    patience: int | None = None
    weight_averaging: float = 0.0
    seed: int = 0
    initial_epoch: int = 0
    verbose: int = 0
    xla: bool | str = "auto"
    callbacks: list = field(default_factory=list)
    metrics: list = field(default_factory=list)
    classes: np.ndarray | None = None


def draw_order(rows, classes, rng):
    """Draw the order of the rows in one epoch.

    Parameters
    ----------
    rows : ndarray of int
    classes : ndarray of int or None
        Class of each row where batches are to be balanced.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, of the shape of `rows`
    """
    if classes is None:
        return rng.permutation(rows)
    groups = [rows[classes == c] for c in np.unique(classes)]
    share = -(-len(rows) // len(groups))
    # Each class in turn, from random rounds over its rows: every batch holds all classes.
    drawn = [
        np.concatenate([rng.permutation(g) for _ in range(-(-share // len(g)))])[:share]
        for g in groups
    ]
    return np.column_stack(drawn).ravel()[: len(rows)]


def measure(metrics, y, prediction, weight, prefix=""):
    """Compute metrics of predictions.

    Parameters
    ----------
    metrics : list of (str, keras.metrics.Metric, str or None)
        Name, metric, and the form of classes it takes: "codes", "one-hot", or None for `y` as is.
    y, prediction, weight : ndarray
    prefix : str
        Put before the names.

    Returns
    -------
    dict of {str: float}
    """
    found = {}
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
        found[prefix + name] = float(value) if value.ndim == 0 else value.tolist()
    return found


def check_finite(logs, epoch):
    """Raise where the loss is not finite."""
    if not np.isfinite(logs["loss"]):
        raise FloatingPointError(
            f"The training loss is {logs['loss']} after epoch {epoch + 1}: training diverged. "
            "Try a lower learning_rate, scaled inputs (make_preprocessor() does it), or a "
            "smaller gradient norm, e.g. optimizer__global_clipnorm=0.5."
        )
