"""What the parameters that all estimators share may be; scikit-learn checks it in `fit`."""

from numbers import Integral, Real
from pathlib import Path
from typing import Any

import keras

from skmultiinput._checks import GENERATORS
from skmultiinput._compat import HasMethods, Interval, Options, StrOptions
from skmultiinput.estimators._presets import PRESETS
from skmultiinput.fusion._make_fusion import FUSIONS

CONSTRAINTS: dict[str, list[Any]] = {
    "branches": [StrOptions({"auto"}), list, tuple],
    "fusion": [StrOptions(set(FUSIONS)), HasMethods("build"), None],
    "preset": [StrOptions(set(PRESETS))],
    "hidden_units": [StrOptions({"auto"}), "array-like"],
    "n_members": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "n_estimators": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "activation": [str, callable],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "l1": [Interval(Real, 0, None, closed="left")],
    "l2": [Interval(Real, 0, None, closed="left")],
    "learning_rate": [
        Interval(Real, 0, None, closed="neither"),
        keras.optimizers.schedules.LearningRateSchedule,
    ],
    "weight_decay": [Interval(Real, 0, None, closed="left"), None],
    "sampler": [HasMethods("fit_resample"), None],
    "batch_size": [
        StrOptions({"auto"}),
        Options(Integral, {-1}),
        Interval(Integral, 1, None, closed="left"),
    ],
    "epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation": [StrOptions({"random", "time"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "weight_averaging": [Interval(Real, 0, 1, closed="left")],
    "warm_start": ["boolean"],
    "memory": [str, Path, None],
    "n_jobs": [Integral, None],
    "random_state": ["random_state", *GENERATORS],
    "verbose": ["verbose"],
}
