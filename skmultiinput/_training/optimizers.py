"""Optimizers as pure functions over one flat vector of all weights.

Keras's own update their variables one by one, which is most of the work of a small network's
training step, and in place, which ties a compiled step to one network. The rules here follow
Keras's formulas, so that both give the same numbers.
"""

from dataclasses import dataclass

import keras
from keras import ops


@dataclass(frozen=True)
class Rule:
    """An optimizer's update rule and what is built into the compiled step.

    Attributes
    ----------
    name : str
        Keras's name of the optimizer, in lower case.
    constants : tuple of (str, value) pairs
        Its parameters except the learning rate.
    """

    name: str
    constants: tuple

    @property
    def n_slots(self):
        """Number of vectors the rule keeps beside the weights."""
        return {"sgd": 1, "rmsprop": 2, "adam": 2, "adamw": 2, "lion": 1}[self.name]

    def apply(self, theta, gradient, slots, step, rate, decayed, pieces):
        """One update.

        Parameters
        ----------
        theta, gradient : tensor of shape (n_weights,)
        slots : list of tensor of shape (n_weights,)
        step : tensor, float
            Number of this update, from 1.
        rate : tensor, float
            Learning rate.
        decayed : tensor of shape (n_weights,) or None
            1 where weight decay applies, 0 elsewhere; None where it applies to all.
        pieces : list of int
            Sizes of the variables that make up the vector.

        Returns
        -------
        theta, slots
        """
        constants = dict(self.constants)
        gradient = _clip(gradient, constants, pieces)
        decay = constants["weight_decay"]
        if decay:
            shrink = rate * decay if decayed is None else rate * decay * decayed
            theta = theta - theta * shrink
        return _RULES[self.name](theta, gradient, slots, step, rate, constants)


def rule_of(optimizer):
    """Find the rule that does what a Keras optimizer does.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        Its configuration is read, nothing else.

    Returns
    -------
    Rule or None
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
    config = dict(optimizer.get_config())
    for ignored in ("name", "learning_rate", "is_legacy_optimizer", "ema_momentum", "jit_compile"):
        config.pop(ignored, None)
    config.pop("ema_overwrite_frequency", None)
    # What these stand for is not written here.
    special = ("amsgrad", "centered", "use_ema", "loss_scale_factor", "gradient_accumulation_steps")
    if any(config.pop(key, None) for key in special):
        return None
    return Rule(name, tuple(sorted(config.items())))


def _clip(gradient, constants, pieces):
    if constants.get("global_clipnorm"):
        limit = constants["global_clipnorm"]
        norm = ops.sqrt(ops.sum(gradient * gradient))
        gradient = gradient * (limit / ops.maximum(norm, limit))
    if constants.get("clipnorm"):
        limit = constants["clipnorm"]
        parts = []
        for part in ops.split(gradient, cuts(pieces)):
            norm = ops.sqrt(ops.sum(part * part))
            parts.append(part * (limit / ops.maximum(norm, limit)))
        gradient = ops.concatenate(parts)
    if constants.get("clipvalue"):
        gradient = ops.clip(gradient, -constants["clipvalue"], constants["clipvalue"])
    return gradient


def cuts(sizes):
    """Return where to cut a vector into pieces of the given sizes."""
    cuts, end = [], 0
    for size in sizes[:-1]:
        end += size
        cuts.append(end)
    return cuts


def _adam(theta, gradient, slots, step, rate, constants):
    b1, b2 = constants["beta_1"], constants["beta_2"]
    first = slots[0] + (gradient - slots[0]) * (1 - b1)
    second = slots[1] + (gradient * gradient - slots[1]) * (1 - b2)
    alpha = rate * ops.sqrt(1 - ops.power(b2, step)) / (1 - ops.power(b1, step))
    return theta - alpha * first / (ops.sqrt(second) + constants["epsilon"]), [first, second]


def _sgd(theta, gradient, slots, step, rate, constants):  # noqa: ARG001 - one form for all rules
    momentum = constants["momentum"]
    velocity = momentum * slots[0] - rate * gradient
    if constants["nesterov"]:
        return theta + momentum * velocity - rate * gradient, [velocity]
    return theta + velocity, [velocity]


def _rmsprop(theta, gradient, slots, step, rate, constants):  # noqa: ARG001 - one form for all rules
    rho = constants["rho"]
    second = rho * slots[0] + (1 - rho) * gradient * gradient
    move = rate * gradient / ops.sqrt(second + constants["epsilon"])
    velocity = constants["momentum"] * slots[1] + move
    return theta - velocity, [second, velocity]


def _lion(theta, gradient, slots, step, rate, constants):  # noqa: ARG001 - one form for all rules
    b1, b2 = constants["beta_1"], constants["beta_2"]
    move = ops.sign(slots[0] * b1 + gradient * (1 - b1))
    return theta - rate * move, [slots[0] * b2 + gradient * (1 - b2)]


_RULES = {"adam": _adam, "adamw": _adam, "sgd": _sgd, "rmsprop": _rmsprop, "lion": _lion}
