"""What training has to know about callbacks of Keras."""

from collections.abc import Sequence

import keras

from skmultiinput._compat import direction_of
from skmultiinput._training.schedule import NamedMetric


def needs_batches(callbacks: Sequence[keras.callbacks.Callback]) -> bool:
    """Whether a callback has to be called in the middle of an epoch, or trains by itself."""
    base = keras.callbacks.Callback
    names = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    return any(
        isinstance(callback, keras.callbacks.BackupAndRestore)
        or (
            getattr(getattr(callback, name), "__func__", None) is not getattr(base, name)
            and getattr(callback, "save_freq", None) != "epoch"
        )
        for callback in callbacks
        for name in names
    )


def set_directions(
    callbacks: Sequence[keras.callbacks.Callback], metrics: Sequence[NamedMetric]
) -> None:
    """Tell callbacks that monitor a metric in mode "auto" whether more of it is better.

    Keras finds it out from the metrics that a model was compiled with.
    """
    directions = {name: direction_of(metric) for name, metric, _ in metrics}
    for callback in callbacks:
        monitor = str(getattr(callback, "monitor", "")).removeprefix("val_")
        if getattr(callback, "mode", None) == "auto" and directions.get(monitor):
            callback.mode = directions[monitor]
