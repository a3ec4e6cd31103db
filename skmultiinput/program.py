"""The compiled functions of a network: one call per epoch, one per prediction.

They are pure functions: weights, optimizer state and table go in, new ones come out. So two fits
may run them at once, and nothing a user can reach shares a variable with them. One program
serves all networks of an architecture (see `skmultiinput.pool`).
This is the only module with code for one Keras backend.
"""

import functools
import threading
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._processes import check_not_forked, take_share_of_cores
from skmultiinput.layers import to_numpy
from skmultiinput.network import PREDICTION, rounded_size
from skmultiinput.optimizers import cuts

take_share_of_cores()

# From this size on, in bytes, TensorFlow shares the memory of a table instead of copying it.
SHARED_BYTES = 2**20
ROWS_AT_A_TIME = 2**16


@dataclass
class Table:
    """Training rows as arrays: the inputs by name, targets and weights.

    Attributes
    ----------
    inputs : dict of {str: ndarray of shape (n_samples, ...)}
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,), float32
    """

    inputs: dict
    y: np.ndarray
    weight: np.ndarray

    def __len__(self):
        return len(self.y)


@dataclass
class State:
    """Where training stands: all that the next epoch needs.

    Attributes
    ----------
    theta : array of shape (n_weights,)
        All trainable weights in one vector.
    slots : list of array of shape (n_weights,)
        What the optimizer keeps.
    rest : list of array
        All other variables of the network, the counters of its random layers among them.
    step : int
        Number of updates made.
    """

    theta: Any
    slots: list
    rest: list
    step: int = 0


class Forward:
    """The compiled forward pass of one architecture.

    Parameters
    ----------
    model : keras.Model
        A network of this architecture; only its graph is used, its weights are never touched.
    """

    def __init__(self, model):
        self.model = raw_model(model)
        self.activate = activation_of(model)
        # Tracing runs the layers in Python; one thread at a time does it.
        self.lock = threading.Lock()
        self._traced: set = set()
        self._names: tuple = ()
        self._flat: Any = None

    def predict(self, variables, rest, batch):
        """Predictions of a batch as an ndarray (n_samples, n_outputs)."""
        if self._flat is None:
            with self.lock:
                if self._flat is None:
                    self._names, self._flat = tuple(batch), self._compile(variables, rest, batch)
        rows = [ops.convert_to_tensor(batch[name]) for name in self._names]
        # One row is a shape of its own to some backends.
        key = len(rows[0]) == 1
        return to_numpy(self.call(self._flat, key, (*variables, *rest, *rows)))

    def _compile(self, variables, rest, batch):
        """Compile the forward pass for any number of rows, with its arguments in one flat list.

        TensorFlow takes as long to sort nested arguments as to compute a row.
        """
        names, n_variables, n_weights = tuple(batch), len(variables), len(variables) + len(rest)

        def forward(*tensors):
            inputs = dict(zip(names, tensors[n_weights:], strict=True))
            weights = list(tensors[:n_variables]), list(tensors[n_variables:n_weights])
            raw, _ = self.model.stateless_call(*weights, inputs, training=False)
            return self.activate(raw)

        return _compile_for_any_batch(forward, [*variables, *rest], batch.values())

    def call(self, function, key, arguments):
        """Call a compiled function; the first calls, which trace, one thread at a time."""
        check_not_forked()
        if (function, key) in self._traced:
            return function(*arguments)
        with self.lock:
            result = function(*arguments)
            self._traced.add((function, key))
        return result


class Program:
    """The compiled epoch of one architecture, loss, optimizer and batch size.

    Parameters
    ----------
    forward : Forward
        Of the same architecture.
    loss : RowLoss
    rule : Rule
    batch_size : int
    xla : bool
        Compile the whole epoch, its loop included, to one XLA program.
    """

    def __init__(self, forward, loss, rule, batch_size, *, xla):
        self.forward, self.model = forward, forward.model
        self.loss, self.rule, self.batch_size = loss, rule, batch_size
        self.padded = xla or keras.backend.backend() == "jax"
        self.shapes = [tuple(v.shape) for v in self.model.trainable_variables]
        self.sizes = [int(np.prod(shape)) for shape in self.shapes]
        self.decayed = decay_mask(self.model)
        self._epoch = _compile(self.epoch, xla=xla)

    def unflatten(self, theta):
        """Cut the vector of all weights into variables."""
        parts = ops.split(theta, cuts(self.sizes)) if len(self.sizes) > 1 else [theta]
        return [ops.reshape(part, shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def epoch(self, theta, slots, rest, table, order, n_rows, n_steps, step, rates):
        """One pass over the rows in `order`, in batches; returns new state and the mean loss."""
        size = self.batch_size

        def objective(theta, rest, batch, y, weight, count):
            raw, rest, penalties = self.model.stateless_call(
                self.unflatten(theta), rest, batch, training=True, return_losses=True
            )
            loss = ops.sum(self.loss.of_raw(y, raw) * weight) / count
            return loss + sum(penalties), (rest, loss)

        def body(i, carry):
            theta, slots, rest, total = carry
            start = i * size
            rows = ops.slice(order, (start,), (size,))
            real = ops.cast(start + ops.arange(size, dtype="int32") < n_rows, "float32")
            count = ops.sum(real)
            batch = {name: ops.take(values, rows, axis=0) for name, values in table[0].items()}
            y = ops.take(table[1], rows, axis=0)
            weight = ops.take(table[2], rows) * real
            (_, (rest, loss)), gradient = _value_and_gradient(
                objective, theta, rest, batch, y, weight, count
            )
            rate = ops.take(rates, i)
            number = ops.cast(step + i + 1, "float32")
            theta, slots = self.rule.apply(
                theta, gradient, slots, number, rate, self.decayed, self.sizes
            )
            return theta, slots, rest, total + loss * count

        total = ops.zeros((), dtype="float32")
        carry = ops.fori_loop(0, n_steps, body, (theta, slots, rest, total))
        return (*carry[:3], carry[3] / ops.cast(n_rows, "float32"))

    def run_epoch(self, state, table, order, n_rows, rates):
        """Run one compiled epoch; `table` comes from `upload`."""
        n_steps = -(-n_rows // self.batch_size)
        length = len(rates)
        key = (length, *(tuple(v.shape) for v in table[0].values()))
        arguments = (
            state.theta,
            state.slots,
            state.rest,
            table,
            _int(order),
            _int(n_rows),
            _int(n_steps),
            _int(state.step),
            ops.convert_to_tensor(rates),
        )
        theta, slots, rest, loss = self.forward.call(self._epoch, key, arguments)
        return State(theta, slots, rest, state.step + n_steps), float(loss)

    def upload(self, table, rows):
        """Move rows of a table to the device, padded to a common size where shapes are fixed."""
        n_rows = rounded_size(len(rows)) if self.padded else len(rows)
        inputs = {name: _to_device(values, rows, n_rows) for name, values in table.inputs.items()}
        return inputs, _to_device(table.y, rows, n_rows), _to_device(table.weight, rows, n_rows)

    def n_orders(self, n_rows):
        """Length of the vector of steps: rounded up where shapes are compiled in."""
        n_steps = -(-n_rows // self.batch_size)
        return rounded_size(n_steps) if self.padded else n_steps


def raw_model(model):
    """Return the network without its last activation, sharing all variables."""
    if PREDICTION not in {layer.name for layer in model.layers}:
        return model
    return keras.Model(model.inputs, model.get_layer(PREDICTION).input)


def activation_of(model):
    """Return what turns the outputs of `raw_model` into predictions."""
    if PREDICTION not in {layer.name for layer in model.layers}:
        return lambda raw: raw
    return model.get_layer(PREDICTION)


def decay_mask(model):
    """Return 1 for weights that weight decay applies to and 0 for biases; None without biases."""
    parts = [
        np.full(int(np.prod(v.shape)), v.name != "bias", dtype=np.float32)
        for v in model.trainable_variables
    ]
    mask = np.concatenate(parts) if parts else np.ones(0, np.float32)
    return None if mask.all() else mask


def flatten(variables):
    """Return the values of variables in one vector."""
    return np.concatenate([to_numpy(v).ravel() for v in variables])


def _to_device(values, rows, n_rows):
    """Copy rows of an array to a tensor, with zeros behind them up to `n_rows`.

    TensorFlow makes two copies of an array on its way to the processor's own memory. It takes
    one that begins at a multiple of 64 bytes as it is.
    """
    shape = (n_rows, *values.shape[1:])
    size = int(np.prod(shape)) * values.itemsize
    memory = np.zeros(size + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + size].view(values.dtype).reshape(shape)
    for i in range(0, len(rows), ROWS_AT_A_TIME):
        chunk = rows[i : i + ROWS_AT_A_TIME]
        copy[i : i + len(chunk)] = values[chunk]
    if keras.backend.backend() != "tensorflow" or size < SHARED_BYTES or _has_accelerator():
        return ops.convert_to_tensor(copy)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


@functools.cache
def _has_accelerator():
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    return bool(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"))


def _int(value):
    return ops.convert_to_tensor(np.asarray(value, dtype=np.int32))


def _compile(function, *, xla):
    if keras.backend.backend() == "jax":
        import jax  # noqa: PLC0415 - only under this backend

        return jax.jit(function)
    if keras.backend.backend() == "torch":
        import torch  # noqa: PLC0415 - likewise

        # Predictions only: epochs are left to Keras.
        return torch.no_grad()(function)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    # TensorFlow counts how often a function is traced, and takes the methods of all programs for
    # one function that is traced again and again. A partial is counted by itself.
    return tf.function(functools.partial(function), jit_compile=xla, reduce_retracing=True)


def _compile_for_any_batch(function, weights, batch):
    """Compile a function of all `weights` and of the arrays of a batch for any number of rows.

    TensorFlow would otherwise make one program for the first number of rows it meets, and one for
    any number later. The two may round differently, so that a prediction would depend on what was
    predicted before.
    """
    if keras.backend.backend() != "tensorflow":
        return _compile(function, xla=False)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    fixed = [tf.TensorSpec(value.shape, value.dtype) for value in weights]
    free = [tf.TensorSpec([None, *values.shape[1:]], values.dtype) for values in batch]
    concrete = tf.function(function, input_signature=[*fixed, *free]).get_concrete_function()
    types = [output.dtype for output in concrete.outputs]

    def call(*tensors):
        # Calling `concrete` itself takes several times as long as it takes to compute a row.
        return tf.raw_ops.StatefulPartitionedCall(args=tensors, Tout=types, f=concrete)[0]

    return call


def tensors_of(variables):
    """Values of variables as tensors, which compiled functions take faster than variables."""
    if keras.backend.backend() != "tensorflow":
        return [ops.convert_to_tensor(v) for v in variables]
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    read = tf.raw_ops.ReadVariableOp
    return [read(resource=v.value.handle, dtype=v.value.dtype) for v in variables]


def _value_and_gradient(function, theta, *arguments):
    """Return ``(value, auxiliary), gradient`` of a function that returns value and auxiliary."""
    if keras.backend.backend() == "jax":
        import jax  # noqa: PLC0415 - only under this backend

        return jax.value_and_grad(function, has_aux=True)(theta, *arguments)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    with tf.GradientTape() as tape:
        tape.watch(theta)
        value, auxiliary = function(theta, *arguments)
    return (value, auxiliary), tape.gradient(value, theta)
