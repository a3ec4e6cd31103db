"""Equal fingerprints mean equal behaviour, and different behaviour different fingerprints."""

import copy
import functools
import inspect
import threading
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from skmultiinput._fingerprint import NoFingerprintError, fingerprint, fingerprint_or_none

LOSSES = [
    cls
    for name, cls in vars(keras.losses).items()
    if inspect.isclass(cls) and issubclass(cls, keras.losses.Loss) and cls is not keras.losses.Loss
]
OPTIMIZERS = [keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop]
CALLBACKS = [
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.ModelCheckpoint,
]
IGNORED = {"name", "dtype", "kwargs", "is_legacy_optimizer", "filepath", "verbose"}
OTHER = {
    "reduction": "mean",
    "monitor": "loss",
    "mode": "max",
    "axis": -2,
    "loss_scale_factor": 2.0,
    "ema_overwrite_frequency": 7,
    "gradient_accumulation_steps": 2,
    "save_freq": 10,
    "fn": keras.losses.binary_crossentropy,
}


def variants():
    """Each class with one numeric, boolean or named parameter changed."""
    for cls in [*LOSSES, *OPTIMIZERS, *CALLBACKS]:
        required = {"filepath": "w.weights.h5"} if cls is keras.callbacks.ModelCheckpoint else {}
        if cls is keras.callbacks.ModelCheckpoint:
            required["save_weights_only"] = True
        for name, parameter in inspect.signature(cls).parameters.items():
            if name in IGNORED or name in required:
                continue
            default = parameter.default
            if name in OTHER:
                value = OTHER[name]
            elif isinstance(default, bool):
                value = not default
            elif isinstance(default, (int, float)):
                value = default + 0.125 if isinstance(default, float) else default + 3
            else:
                continue
            yield pytest.param(cls, required, name, value, id=f"{cls.__name__}-{name}")


@pytest.mark.parametrize(("cls", "required", "name", "value"), list(variants()))
def test_every_parameter_of_keras_objects_counts(cls, required, name, value):
    try:
        other = cls(**required, **{name: value})
        default = cls(**required)
    except (TypeError, ValueError):
        pytest.skip("not a value of this parameter, or another one is required")
    assert fingerprint(default) == fingerprint(cls(**required))
    assert fingerprint(default) != fingerprint(other)


def test_losses_count_by_their_attributes():
    class Scaled(keras.losses.Loss):
        def __init__(self, by):
            super().__init__(name="scaled")
            self.by = by

        def call(self, y_true, y_pred):
            return self.by * keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

    assert fingerprint(Scaled(2)) == fingerprint(Scaled(2)) != fingerprint(Scaled(3))


def test_schedules_and_functions_count_by_content():
    decay = keras.optimizers.schedules.ExponentialDecay
    assert fingerprint(decay(0.1, 10, 0.9)) == fingerprint(decay(0.1, 10, 0.9))
    assert fingerprint(decay(0.1, 10, 0.9)) != fingerprint(decay(0.1, 10, 0.8))
    scheduler = keras.callbacks.LearningRateScheduler

    def constant(rate):
        return lambda epoch: rate

    assert fingerprint(scheduler(constant(1))) == fingerprint(scheduler(constant(1)))
    assert fingerprint(scheduler(constant(1))) != fingerprint(scheduler(constant(2)))

    class Rate:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, epoch):
            return self.rate

    assert fingerprint(Rate(1)) == fingerprint(Rate(1)) != fingerprint(Rate(2))
    assert fingerprint(functools.partial(pow, 2)) != fingerprint(functools.partial(pow, 3))


def test_globals_and_code_count():
    def make(source, **names):
        exec(source, names)
        return names["f"]

    source = "def f(x):\n    return scale * x"
    assert fingerprint(make(source, scale=1)) == fingerprint(make(source, scale=1))
    assert fingerprint(make(source, scale=1)) != fingerprint(make(source, scale=2))
    assert fingerprint(make(source, scale=1)) != fingerprint(
        make(source.replace("*", "+"), scale=1)
    )


def test_methods_properties_and_estimators_count():
    def make(source):
        names = {"__name__": "mine"}
        exec(source, names)
        return names["f"]

    class Scaled:
        def __init__(self, by):
            self.by = by

        def scale(self, x):
            return self.by * x

    assert fingerprint(Scaled(2).scale) == fingerprint(Scaled(2).scale)
    assert fingerprint(Scaled(2).scale) != fingerprint(Scaled(3).scale)
    inner = "def f(x):\n    return [(lambda v: v * {})(y) for y in x]"
    assert fingerprint(make(inner.format(2))) == fingerprint(make(inner.format(2)))
    assert fingerprint(make(inner.format(2))) != fingerprint(make(inner.format(3)))
    whole = "class f:\n    @property\n    def size(self):\n        return {}"
    assert fingerprint(make(whole.format(2))) != fingerprint(make(whole.format(3)))
    assert fingerprint(Ridge(alpha=1.0)) == fingerprint(Ridge(alpha=1.0))
    assert fingerprint(Ridge(alpha=1.0)) != fingerprint(Ridge(alpha=2.0))
    assert fingerprint({"a", "b"}) == fingerprint({"b", "a"}) != fingerprint({"a", "c"})


def test_dataclasses_count_by_their_fields():
    @dataclass
    class Scaled:
        by: float = 1.0

    assert fingerprint(Scaled(2.0)) == fingerprint(Scaled(2.0)) != fingerprint(Scaled(3.0))


def test_what_cannot_be_read_has_none(tmp_path):
    assert fingerprint_or_none(threading.Lock()) is None
    with (tmp_path / "x").open("w") as file, pytest.raises(NoFingerprintError, match="no finger"):
        fingerprint({"log": file})


def test_cycles_end():
    one, other = [1], [1]
    one.append(one)
    other.append(other)
    assert fingerprint(one) == fingerprint(other)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_plain_values_are_equal_by_type_and_value(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (repr(one) == repr(other)) or one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(3), np.arange(3.0)),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (pd.Series([1, 2]), pd.Series([2, 1])),
        (pd.Categorical(["a"], categories=["a", "b"]), pd.Categorical(["a"], categories=["a"])),
        (1, True),
        (1, 1.0),
        ("1", 1),
        ([1, [2]], [[1], 2]),
        (int, float),
    ],
)
def test_different_values_differ(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)
    assert fingerprint(np.float64(0.5)) == fingerprint(0.5)


def test_copies_leave_the_fingerprint_of_a_class():
    class Constant:
        def __init__(self, rate):
            self.rate = rate

    before = fingerprint(Constant(1.0))
    copy.deepcopy(Constant(2.0))  # for which Python keeps the names of its slots
    assert fingerprint(Constant(1.0)) == before
