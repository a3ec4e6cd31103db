"""Whether an epoch is compiled as one XLA program: decided here only."""

from typing import Any

import keras
import numpy as np

from skmultiinput._layers.embedding_layers import TokenEmbedding
from skmultiinput._layers.token_layers import TfidfEmbedding
from skmultiinput._training.schedule import Schedule
from skmultiinput._training.table import Table

# It pays from this many steps on, up to this many products of weights per step.
MIN_STEPS = 400
MAX_PRODUCTS = 500_000_000
# Up to this size of the inputs, in bytes.
MAX_BYTES = 2**26
# Layers that XLA makes slower on a processor: on two cores a step with texts takes 21 ms instead
# of 6, with convolutions over sequences 68 instead of 9, over images 15 instead of 3.
_SLOW: tuple[Any, ...] = (
    TfidfEmbedding,
    TokenEmbedding,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
)


def use_xla(schedule: Schedule, model: keras.Model, table: Table, n_rows: int) -> bool:
    """Decide from the fit alone, so that equal fits are compiled in the same way.

    Compiling costs a second or two: it pays where there are many steps. It also copies the table,
    twice for a while. `n_rows` are the training rows.
    """
    if schedule.xla != "auto":
        return bool(schedule.xla)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        return False  # the rows that fill up the last batch would count in its statistics
    if any(isinstance(layer, _SLOW) for layer in model.layers):
        return False
    if sum(values.nbytes for values in table.inputs.values()) > MAX_BYTES:
        return False
    n_steps = (schedule.total_epochs or schedule.epochs) * -(-n_rows // schedule.batch_size)
    n_members = next((layer.n_members for layer in model.layers if hasattr(layer, "n_members")), 1)
    n_weights = sum(int(np.prod(v.shape)) for v in model.trainable_variables if len(v.shape) == 2)
    products = schedule.batch_size * n_members * n_weights
    return n_steps >= MIN_STEPS and products <= MAX_PRODUCTS
