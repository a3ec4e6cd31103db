"""The update rules: each takes the same steps as Keras's own optimizer."""

import keras
import numpy as np
import pytest
from keras import ops

from skmultiinput._training.optimizers import Layout, Step, cuts, rule_of

# Two kernels and two biases, as a network has.
SHAPES = {"kernel_0": (3, 4), "bias_0": (4,), "kernel_1": (4, 1), "bias_1": (1,)}
SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]
RATE = 0.05

optimizers = keras.optimizers
CASES = {
    "sgd": lambda: optimizers.SGD(RATE),
    "sgd, momentum": lambda: optimizers.SGD(RATE, momentum=0.9),
    "sgd, nesterov": lambda: optimizers.SGD(RATE, momentum=0.8, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(RATE),
    "rmsprop, momentum": lambda: optimizers.RMSprop(RATE, rho=0.8, momentum=0.5, epsilon=1e-3),
    "adam": lambda: optimizers.Adam(RATE),
    "adam, betas": lambda: optimizers.Adam(RATE, beta_1=0.7, beta_2=0.9, epsilon=1e-2),
    "adamw": lambda: optimizers.AdamW(RATE, weight_decay=0.1),
    "lion": lambda: optimizers.Lion(RATE, weight_decay=0.02),
    "nadam": lambda: optimizers.Nadam(RATE),
    "nadam, betas and decay": lambda: optimizers.Nadam(
        RATE, beta_1=0.7, beta_2=0.9, epsilon=1e-3, weight_decay=0.1
    ),
    "adamax": lambda: optimizers.Adamax(RATE),
    "adamax, betas": lambda: optimizers.Adamax(RATE, beta_1=0.7, beta_2=0.9, epsilon=1e-2),
    "adagrad": lambda: optimizers.Adagrad(RATE),
    "adagrad, start": lambda: optimizers.Adagrad(RATE, initial_accumulator_value=0.5, clipnorm=1.0),
    "adadelta": lambda: optimizers.Adadelta(RATE),
    "adadelta, rho": lambda: optimizers.Adadelta(RATE, rho=0.8, epsilon=1e-3, weight_decay=0.05),
    "adam, decay": lambda: optimizers.Adam(RATE, weight_decay=0.1),
    "clip by value": lambda: optimizers.Adam(RATE, clipvalue=0.3),
    "clip by norm": lambda: optimizers.SGD(RATE, clipnorm=0.5),
    "clip by global norm": lambda: optimizers.AdamW(RATE, global_clipnorm=1.0),
    "clip that never bites": lambda: optimizers.SGD(RATE, global_clipnorm=1e6),
    "clip, decay, momentum": lambda: optimizers.SGD(
        RATE, momentum=0.9, clipnorm=0.5, weight_decay=0.05
    ),
}


def split(vector):
    parts = np.split(vector, cuts(SIZES))
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES.values(), strict=True)]


def steps_of_keras(optimizer, theta, gradients, exclude):
    variables = [
        keras.Variable(part, name=name) for name, part in zip(SHAPES, split(theta), strict=True)
    ]
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    path = []
    for gradient in gradients:
        optimizer.apply(split(gradient), variables)
        path.append(np.concatenate([ops.convert_to_numpy(v).ravel() for v in variables]))
    return np.array(path)


def steps_of_rule(rule, theta, gradients, exclude):
    decayed = None
    if exclude:
        masks = [np.full(n, "bias" not in name) for name, n in zip(SHAPES, SIZES, strict=True)]
        decayed = np.concatenate(masks).astype("float32")
    theta, path = ops.convert_to_tensor(theta), []
    slots = [ops.zeros_like(theta)] * rule.n_slots
    for i, gradient in enumerate(gradients):
        step = Step(np.float32(i + 1), np.float32(RATE))
        theta, slots = rule.apply(theta, gradient, slots, step, Layout(decayed, SIZES))
        assert len(slots) == rule.n_slots
        path.append(ops.convert_to_numpy(theta))
    return np.array(path)


@pytest.mark.parametrize("exclude", [False, True], ids=["all decay", "biases do not"])
@pytest.mark.parametrize("case", CASES)
def test_a_rule_takes_the_steps_of_keras(case, exclude):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=sum(SIZES)).astype("float32")
    gradients = rng.normal(size=(12, sum(SIZES))).astype("float32")
    gradients[5] *= 100  # a step where clipping bites
    rule = rule_of(CASES[case]())
    expected = steps_of_keras(CASES[case](), theta, gradients, exclude)
    np.testing.assert_allclose(
        steps_of_rule(rule, theta, gradients, exclude), expected, rtol=2e-5, atol=2e-6
    )
    if exclude and rule.name == "adamw":  # the comparison can tell the two apart
        other = steps_of_rule(rule, theta, gradients, exclude=False)
        assert np.abs(other - expected).max() > 1e-3


class MyAdam(keras.optimizers.Adam):
    """Not Keras's own, whatever its name."""


NO_RULE = {
    "amsgrad": lambda: optimizers.Adam(amsgrad=True),
    "centered": lambda: optimizers.RMSprop(centered=True),
    "moving average": lambda: optimizers.AdamW(use_ema=True),
    "ftrl": optimizers.Ftrl,
    "adafactor": optimizers.Adafactor,
    "subclass": MyAdam,
    "same name": type("Adam", (keras.optimizers.SGD,), {}),
}


@pytest.mark.parametrize("make", NO_RULE.values(), ids=NO_RULE)
def test_what_no_rule_does_is_left_to_keras(make):
    assert rule_of(make()) is None


def test_accumulated_gradients_are_left_to_keras():
    try:
        optimizer = optimizers.SGD(gradient_accumulation_steps=2)
    except (TypeError, ValueError):
        pytest.skip("This release of Keras cannot accumulate gradients.")
    assert rule_of(optimizer) is None


def test_the_rule_does_not_depend_on_the_learning_rate():
    """So that a search over learning rates compiles once."""
    assert rule_of(optimizers.AdamW(0.1)) == rule_of(optimizers.AdamW(0.2))
    assert hash(rule_of(optimizers.AdamW(0.1))) == hash(rule_of(optimizers.AdamW(0.2)))
    assert rule_of(optimizers.AdamW(clipnorm=1.0)) != rule_of(optimizers.AdamW(clipnorm=2.0))
    schedule = optimizers.schedules.CosineDecay(0.1, 100)
    assert rule_of(optimizers.AdamW(schedule)) == rule_of(optimizers.AdamW(0.1))


def test_cuts_are_where_numpy_splits():
    assert [len(part) for part in np.split(np.arange(10), cuts([3, 1, 6]))] == [3, 1, 6]
    assert cuts([4]) == []
