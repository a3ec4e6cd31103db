"""The compiled functions of a network: one call per epoch, one per prediction.

They are pure functions: weights, optimizer state and table go in, new ones come out. So two fits
may run them at once, and nothing a user can reach shares a variable with them. One program
serves all networks of an architecture (`skmultiinput._training.compile_cache`).
What depends on Keras's backend is in `skmultiinput._keras.backend`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._keras import backend
from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import rounded_size
from skmultiinput._training.forward import Forward
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.optimizers import Layout, Rule, Step, cuts
from skmultiinput._training.table import Table

# float16 loses small gradients: they are computed of a loss this many times larger.
_HALF_PRECISION_FACTOR = 1024.0


@dataclass
class TrainState:
    """Where training stands: all that the next epoch needs.

    `theta` has all trainable weights in one vector, (n_weights,), `slots` what the optimizer keeps,
    in vectors as long, `rest` all other variables of the network, the counters of its random layers
    among them. `step` is the number of updates made, `xla` says whether epochs were XLA programs.
    """

    theta: Any
    slots: list[Any]
    rest: list[Any]
    step: int = 0
    xla: bool = False

    def on_host(self) -> "TrainState":
        """Return the state as ndarrays, to be kept or pickled."""
        slots, rest = ([to_numpy(v) for v in values] for values in (self.slots, self.rest))
        return replace(self, theta=to_numpy(self.theta), slots=slots, rest=rest)


class Program:
    """The compiled epoch of one architecture, loss, optimizer and batch size.

    With `xla` the whole epoch, its loop included, is one XLA program.
    """

    def __init__(
        self, forward: Forward, loss: RowLoss, rule: Rule, batch_size: int, *, xla: bool
    ) -> None:
        self.forward, self.model = forward, forward.model
        self.loss, self.rule, self.batch_size = loss, rule, batch_size
        self.padded = xla or keras.backend.backend() == "jax"
        self.shapes = [tuple(v.shape) for v in self.model.trainable_variables]
        self.sizes = [int(np.prod(shape)) for shape in self.shapes]
        self.constraints = [v.constraint for v in self.model.trainable_variables]
        self.decayed = decay_mask(self.model, rule.not_decayed)
        half = any(layer.compute_dtype == "float16" for layer in self.model.layers)
        self.loss_factor = _HALF_PRECISION_FACTOR if half else 1.0
        self._epoch = backend.compile_function(self.epoch, xla=xla)
        self._unflatten = backend.compile_function(self.unflatten)

    def unflatten(self, theta: Any) -> list[Any]:
        """Cut the vector of all weights into variables."""
        parts = ops.split(theta, cuts(self.sizes)) if len(self.sizes) > 1 else [theta]
        return [ops.reshape(part, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def constrained(self, theta: Any) -> Any:
        """Bring weights with a constraint back into its bounds, as Keras does after each step."""
        if not any(self.constraints):
            return theta
        pairs = zip(self.constraints, self.unflatten(theta), strict=True)
        parts = [part if bound is None else bound(part) for bound, part in pairs]
        return ops.concatenate([ops.reshape(part, (-1,)) for part in parts])

    def variables_of(self, theta: Any) -> list[Any]:
        """Cut the vector of all weights between epochs, where each operation costs a call."""
        return list(self.forward.call(self._unflatten, len(self.sizes), (theta,)))

    def epoch(self, state: tuple, table: tuple, steps: tuple) -> tuple:
        """One pass over the rows in `order`, in batches; returns new state and the mean loss."""
        order, n_rows, n_steps, first_step, rates = steps
        inputs, targets, weights, scale = table
        size, dtype = self.batch_size, state[0].dtype

        def objective(
            theta: Any, rest: Any, batch: Any, y: Any, weight: Any, count: Any
        ) -> tuple[Any, Any]:
            raw, rest, penalties = self.model.stateless_call(
                self.unflatten(theta), rest, batch, training=True, return_losses=True
            )

            def mean(loss_of: Callable[..., Any]) -> Any:
                return ops.sum(ops.cast(loss_of(y, raw, scale), dtype) * weight) / count

            loss = mean(self.loss.objective)
            recorded = loss if scale is None else mean(self.loss.recorded)
            return (loss + ops.cast(sum(penalties), dtype)) * self.loss_factor, (rest, recorded)

        def body(i: Any, carry: tuple) -> tuple:
            theta, slots, rest, total = carry
            start = i * size
            rows = ops.slice(order, (start,), (size,))
            real = ops.cast(start + ops.arange(size, dtype="int32") < n_rows, dtype)
            count = ops.sum(real)
            batch = {name: ops.take(values, rows, axis=0) for name, values in inputs.items()}
            y = ops.take(targets, rows, axis=0)
            weight = ops.cast(ops.take(weights, rows), dtype) * real
            (_, (rest, loss)), gradient = backend.value_and_gradient(
                objective, theta, rest, batch, y, weight, count
            )
            if self.loss_factor != 1:
                gradient = gradient / self.loss_factor
                # A step whose gradient has overflowed is left out, as Keras does.
                gradient = ops.where(ops.all(ops.isfinite(gradient)), gradient, 0.0)
            number = ops.cast(first_step + i + 1, dtype)
            theta, slots = self.rule.apply(
                theta, gradient, slots, Step(number, ops.cast(ops.take(rates, i), dtype)), layout
            )
            return self.constrained(theta), slots, rest, total + loss * count

        layout = Layout(self.decayed, self.sizes)
        carry = (*state, ops.zeros((), dtype=dtype))
        carry = ops.fori_loop(0, n_steps, body, carry)
        return (*carry[:3], carry[3] / ops.cast(n_rows, dtype))

    def run_epoch(
        self, state: TrainState, table: tuple, order: np.ndarray, n_rows: int, rates: np.ndarray
    ) -> tuple[TrainState, float]:
        """Run one compiled epoch; `table` comes from `upload`."""
        n_steps = -(-n_rows // self.batch_size)
        key = (len(rates), *(tuple(v.shape) for v in table[0].values()))
        steps = (
            _int(order),
            _int(n_rows),
            _int(n_steps),
            _int(state.step),
            ops.convert_to_tensor(rates),
        )
        arguments = ((state.theta, state.slots, state.rest), table, steps)
        try:
            theta, slots, rest, loss = self.forward.call(self._epoch, key, arguments)
        except Exception as error:
            if not backend.is_unknown_to_xla(error):
                raise
            # A layer of the user's, say. The table stays padded, which does no harm.
            self._epoch = backend.compile_function(self.epoch)
            theta, slots, rest, loss = self.forward.call(self._epoch, key, arguments)
        step = state.step + n_steps
        return replace(state, theta=theta, slots=slots, rest=rest, step=step), float(loss)

    def upload(self, table: Table, rows: np.ndarray, scale: np.ndarray | None) -> tuple:
        """Move rows of a table to the device, padded to a common size where shapes are fixed."""
        n_rows = rounded_size(len(rows)) if self.padded else len(rows)
        inputs = {n: backend.to_device(values, rows, n_rows) for n, values in table.inputs.items()}
        target, weight = (backend.to_device(v, rows, n_rows) for v in (table.y, table.weight))
        return inputs, target, weight, None if scale is None else ops.convert_to_tensor(scale)

    def n_orders(self, n_rows: int) -> int:
        """Length of the vector of steps: rounded up where shapes are compiled in."""
        n_steps = -(-n_rows // self.batch_size)
        return rounded_size(n_steps) if self.padded else n_steps


def decay_mask(model: keras.Model, not_decayed: str) -> np.ndarray | None:
    """Return 1 for weights that weight decay applies to and 0 for others; None if it is all.

    As Keras does, it looks for a pattern in the names of variables.
    """
    parts = [
        np.full(
            int(np.prod(v.shape)), not (not_decayed and re.search(not_decayed, v.name)), np.float32
        )
        for v in model.trainable_variables
    ]
    mask = np.concatenate(parts) if parts else np.ones(0, np.float32)
    return None if mask.all() else mask


def flatten(variables: list[keras.Variable]) -> np.ndarray:
    """Return the values of variables in one vector."""
    return np.concatenate([to_numpy(v).ravel() for v in variables] or [np.zeros(0, np.float32)])


def _int(value: Any) -> Any:
    return ops.convert_to_tensor(np.asarray(value, dtype=np.int32))
