"""Optimizers as pure functions over one flat vector of all weights.

Keras's own update their variables one by one, which is most of the work of a small network's
training step, and in place, which ties a compiled step to one network. The rules here follow
Keras's formulas, so that both give the same numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from skmultiinput._compat import names_not_decayed, options_of

# Pattern of the names of the weights that the package's optimizers do not decay.
NOT_DECAYED = "bias"
# This many numbers are added up by one thread.
_PIECE = 4096


def exclude_from_decay(optimizer: keras.optimizers.Optimizer, pattern: str = NOT_DECAYED) -> None:
    """Tell an optimizer of Keras which weights it must not decay."""
    optimizer.exclude_from_weight_decay(var_names=[pattern])


def leaves_biases_alone(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return whether an optimizer does not decay biases, as `exclude_from_decay` tells it."""
    pattern = names_not_decayed(optimizer) or ""
    return bool(pattern) and re.search(pattern, NOT_DECAYED) is not None


class Step(NamedTuple):
    """Number of an update, from 1, and its learning rate."""

    number: Any
    rate: Any


class Layout(NamedTuple):
    """What the flat vector of weights is made of.

    `decayed`, (n_weights,), is 1 where weight decay applies; None where it applies to all. `sizes`
    are those of the variables.
    """

    decayed: np.ndarray | None
    sizes: list[int]


_Update = tuple[Any, list[Any]]


@dataclass(frozen=True)
class Rule:
    """An optimizer's update rule: Keras's name in lower case, all options but the learning rate."""

    name: str
    constants: tuple[tuple[str, Any], ...]

    @property
    def not_decayed(self) -> str:
        """Pattern of the names of weights that are not decayed, "" for none."""
        return dict(self.constants)["not_decayed"]

    @property
    def n_slots(self) -> int:
        """Number of vectors the rule keeps beside the weights."""
        return _RULES[self.name].n_slots

    def apply(
        self, theta: Any, gradient: Any, slots: list[Any], step: Step, layout: Layout
    ) -> tuple[Any, list[Any]]:
        """One update of the weights, (n_weights,), and of the slots."""
        constants = dict(self.constants)
        gradient = _clip(gradient, constants, layout.sizes)
        decay = constants["weight_decay"]
        if decay:
            mask = 1.0 if layout.decayed is None else ops.cast(layout.decayed, theta.dtype)
            theta = theta - theta * (step.rate * decay * mask)
        return _RULES[self.name].update(theta, gradient, slots, step, constants)


def rule_of(optimizer: keras.optimizers.Optimizer) -> Rule | None:
    """Find the rule that does what a Keras optimizer does, by its configuration.

    None where there is no such rule: the optimizer itself has to be used.

    Examples
    --------
    >>> rule_of(keras.optimizers.Adam(0.01)).name
    'adam'
    >>> rule_of(keras.optimizers.Adam(amsgrad=True)) is None
    True
    """
    name = type(optimizer).__name__.lower()
    if name not in _RULES or type(optimizer) is not getattr(
        keras.optimizers, type(optimizer).__name__, None
    ):
        return None
    config = options_of(optimizer)
    for ignored in ("name", "learning_rate", "is_legacy_optimizer", "ema_momentum", "jit_compile"):
        config.pop(ignored, None)
    config.pop("ema_overwrite_frequency", None)
    config["not_decayed"] = names_not_decayed(optimizer)
    if config["not_decayed"] is None:
        return None
    # The rules here do not implement these options.
    special = ("amsgrad", "centered", "use_ema", "loss_scale_factor", "gradient_accumulation_steps")
    if any(config.pop(key, None) for key in special):
        return None
    return Rule(name, tuple(sorted(config.items())))


def _clip(gradient: Any, constants: dict[str, Any], pieces: list[int]) -> Any:
    if constants.get("global_clipnorm"):
        limit = constants["global_clipnorm"]
        gradient = gradient * (limit / ops.maximum(_norm(gradient), limit))
    if constants.get("clipnorm"):
        limit = constants["clipnorm"]
        parts = [
            part * (limit / ops.maximum(_norm(part), limit))
            for part in ops.split(gradient, cuts(pieces))
        ]
        gradient = ops.concatenate(parts)
    if constants.get("clipvalue"):
        gradient = ops.clip(gradient, -constants["clipvalue"], constants["clipvalue"])
    return gradient


def _norm(vector: Any) -> Any:
    """Length of a vector, added up in pieces: in one piece, threads would decide the order."""
    squares = vector * vector
    n_pieces = -(-vector.shape[0] // _PIECE)
    squares = ops.pad(squares, [[0, n_pieces * _PIECE - vector.shape[0]]])
    return ops.sqrt(ops.sum(ops.sum(ops.reshape(squares, (n_pieces, _PIECE)), axis=1)))


def cuts(sizes: list[int]) -> list[int]:
    """Return where to cut a vector into pieces of the given sizes."""
    return np.cumsum(sizes)[:-1].tolist()


# The rules: new weights and slots from the weights, (n_weights,), the gradient and the slots, each
# of them zeros before the first step.


def _adam(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    b1, b2 = constants["beta_1"], constants["beta_2"]
    first, second = _moments(gradient, slots, b1, b2)
    number = step.number
    alpha = step.rate * ops.sqrt(1 - ops.power(b2, number)) / (1 - ops.power(b1, number))
    return theta - alpha * first / (ops.sqrt(second) + constants["epsilon"]), [first, second]


def _nadam(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    b1, b2 = constants["beta_1"], constants["beta_2"]
    first, second = _moments(gradient, slots, b1, b2)
    fading = 0.5 * ops.power(0.96, step.number)
    now, later = b1 * (1 - fading), b1 * (1 - 0.96 * fading)
    # The product of all momenta up to now. Slots begin with 0, so this one is 1 less the product.
    product = (1 - slots[2]) * now
    mean = later * first / (1 - product * later) + (1 - now) * gradient / (1 - product)
    spread = ops.sqrt(second / (1 - ops.power(b2, step.number))) + constants["epsilon"]
    return theta - step.rate * mean / spread, [first, second, 1 - product]


def _adamax(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    b1, b2 = constants["beta_1"], constants["beta_2"]
    first = slots[0] + (gradient - slots[0]) * (1 - b1)
    largest = ops.maximum(b2 * slots[1], ops.abs(gradient))
    correction = (1 - ops.power(b1, step.number)) * (largest + constants["epsilon"])
    return theta - step.rate * first / correction, [first, largest]


def _adagrad(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    added = slots[0] + gradient * gradient
    total = constants["initial_accumulator_value"] + added
    return theta - step.rate * gradient / ops.sqrt(total + constants["epsilon"]), [added]


def _adadelta(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    rho, epsilon = constants["rho"], constants["epsilon"]
    second = rho * slots[0] + (1 - rho) * gradient * gradient
    move = -ops.sqrt(slots[1] + epsilon) * gradient / ops.sqrt(second + epsilon)
    return theta + step.rate * move, [second, rho * slots[1] + (1 - rho) * move * move]


def _sgd(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    momentum = constants["momentum"]
    velocity = momentum * slots[0] - step.rate * gradient
    if constants["nesterov"]:
        return theta + momentum * velocity - step.rate * gradient, [velocity]
    return theta + velocity, [velocity]


def _rmsprop(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    rho = constants["rho"]
    second = rho * slots[0] + (1 - rho) * gradient * gradient
    move = step.rate * gradient / ops.sqrt(second + constants["epsilon"])
    velocity = constants["momentum"] * slots[1] + move
    return theta - velocity, [second, velocity]


def _lion(theta: Any, gradient: Any, slots: list, step: Step, constants: dict) -> _Update:
    b1, b2 = constants["beta_1"], constants["beta_2"]
    move = ops.sign(slots[0] * b1 + gradient * (1 - b1))
    return theta - step.rate * move, [slots[0] * b2 + gradient * (1 - b2)]


def _moments(gradient: Any, slots: list, b1: float, b2: float) -> tuple[Any, Any]:
    """Return the running means of the gradient and of its square."""
    first = slots[0] + (gradient - slots[0]) * (1 - b1)
    return first, slots[1] + (gradient * gradient - slots[1]) * (1 - b2)


class _Formula(NamedTuple):
    update: Callable[[Any, Any, list, Step, dict], _Update]
    n_slots: int


_RULES = {
    "adadelta": _Formula(_adadelta, 2),
    "adagrad": _Formula(_adagrad, 1),
    "adam": _Formula(_adam, 2),
    "adamax": _Formula(_adamax, 2),
    "adamw": _Formula(_adam, 2),
    "lion": _Formula(_lion, 1),
    "nadam": _Formula(_nadam, 3),
    "rmsprop": _Formula(_rmsprop, 2),
    "sgd": _Formula(_sgd, 1),
}
