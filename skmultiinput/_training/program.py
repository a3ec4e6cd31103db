"""The compiled functions of a network: one call per epoch, one per prediction.

They are pure functions: weights, optimizer state and table go in, new ones come out. So two fits
may run them at once, and nothing a user can reach shares a variable with them. One program
serves all networks of an architecture (see `skmultiinput._training.compile_cache`).
What depends on Keras's backend is in `skmultiinput._keras.backend`.
"""

import threading
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._keras import backend
from skmultiinput._keras.backend import compile_for_any_batch, sources_of, tensors_of, to_numpy
from skmultiinput._keras.processes import check_not_forked, take_share_of_cores
from skmultiinput._network.build import PREDICTION, rounded_size
from skmultiinput._training.optimizers import cuts

take_share_of_cores()


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
        self._any_batch: Any = None

    def predict(self, weights, batch):
        """Predictions of a batch as an ndarray (n_samples, n_outputs).

        Parameters
        ----------
        weights : list of tensor
            The trainable weights, then the others.
        batch : dict of {str: ndarray}
        """
        return self._call(self._compiled(batch, lambda: weights).of_values, 1, weights, batch)

    def bind(self, networks):
        """Return the function that predicts a batch by the mean of networks.

        Parameters
        ----------
        networks : list of keras.Model
            Of this architecture; the function goes by the weights they have when it is called.

        Returns
        -------
        callable
        """
        raw = [raw_model(network) for network in networks]
        variables = [[*model.trainable_variables, *model.non_trainable_variables] for model in raw]
        sources = [sources_of(of_one) for of_one in variables]

        def predict(batch):
            compiled = self._compiled(batch, lambda: tensors_of(variables[0]))
            return self._call(compiled.mean, len(sources), sources, batch)

        return predict

    def _call(self, function, n_estimators, weights, batch):
        rows = [ops.convert_to_tensor(batch[name]) for name in self._names]
        # One row is a shape of its own to some backends.
        key = n_estimators, len(rows[0]) == 1
        return to_numpy(self.call(function, key, (weights, rows)))

    def _compiled(self, batch, weights):
        """Return the pass with all arguments in one flat list, compiled at the first call."""
        if self._any_batch is None:
            with self.lock:
                if self._any_batch is None:
                    self._names = tuple(batch)
                    self._any_batch = compile_for_any_batch(
                        self._forward, weights(), batch.values()
                    )
        return self._any_batch

    def _forward(self, *tensors):
        n_trained = len(self.model.trainable_variables)
        n_weights = n_trained + len(self.model.non_trainable_variables)
        inputs = dict(zip(self._names, tensors[n_weights:], strict=True))
        weights = list(tensors[:n_trained]), list(tensors[n_trained:n_weights])
        raw, _ = self.model.stateless_call(*weights, inputs, training=False)
        return self.activate(raw)

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
        self._epoch = backend.compile_function(self.epoch, xla=xla)

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
            (_, (rest, loss)), gradient = backend.value_and_gradient(
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
        try:
            theta, slots, rest, loss = self.forward.call(self._epoch, key, arguments)
        except Exception as error:
            if not backend.is_unknown_to_xla(error):
                raise
            # A layer of the user's, say. The table stays padded, which does no harm.
            self._epoch = backend.compile_function(self.epoch)
            theta, slots, rest, loss = self.forward.call(self._epoch, key, arguments)
        return State(theta, slots, rest, state.step + n_steps), float(loss)

    def upload(self, table, rows):
        """Move rows of a table to the device, padded to a common size where shapes are fixed."""
        n_rows = rounded_size(len(rows)) if self.padded else len(rows)
        inputs = {n: backend.to_device(values, rows, n_rows) for n, values in table.inputs.items()}
        target, weight = table.y, table.weight
        return inputs, *(backend.to_device(values, rows, n_rows) for values in (target, weight))

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


def _int(value):
    return ops.convert_to_tensor(np.asarray(value, dtype=np.int32))
