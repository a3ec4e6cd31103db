import pickle
import re

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small import small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput._network.ensemble import networks_of
from skmultiinput.branches import NumericBranch
from skmultiinput.estimators._presets import PRESETS, setting

X, Y = small_table(80)
LITTLE = {"epochs": 1, "random_state": 0}


def sizes(network):
    """Widths of the hidden layers, and the number of members."""
    layers = {layer.name: layer for layer in network.layers}
    hidden = tuple(layers[n].units for n in sorted(layers) if n.startswith("network>hidden_"))
    return hidden, layers["network>head"].n_members


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_decides_what_is_not_given(name):
    model = MultiInputClassifier(preset=name, **LITTLE).fit(X, Y)
    preset = PRESETS[name]
    expected = [(preset["hidden_units"], preset["n_members"])] * preset["n_estimators"]
    assert [sizes(network) for network in networks_of(model.model_)] == expected


@pytest.mark.parametrize(("name", "expected"), [("fast", 16), ("default", 8), ("best", 16)])
def test_a_preset_decides_how_wide_numbers_are_embedded(name, expected):
    def width(**given):
        model = MultiInputClassifier(preset=name, hidden_units=(8,), **given, **LITTLE).fit(X, Y)
        return networks_of(model.model_)[0].get_layer("numeric>embedding").units

    assert width() == expected
    assert width(numeric__embedding_dim=5) == 5
    assert width(branches=[("numeric", NumericBranch())]) == NumericBranch().embedding_dim


@pytest.mark.parametrize(("n_rows", "expected"), [(19_999, 8), (20_000, 16)])
def test_numbers_of_large_tables_are_embedded_wider(n_rows, expected):
    X = pd.DataFrame({"numeric__a": np.arange(n_rows) % 7.0})
    small = {"hidden_units": (2,), "n_estimators": 1, "early_stopping": False, **LITTLE}
    model = MultiInputRegressor(**small).fit(X, X["numeric__a"])
    assert model.model_.get_layer("numeric>embedding").units == expected


def test_what_is_given_goes_before_it():
    given = {"n_members": 3, "n_estimators": 2, "hidden_units": [16, 8]}
    model = MultiInputClassifier(preset="fast", **given, **LITTLE).fit(X, Y)
    assert [sizes(network) for network in networks_of(model.model_)] == [((16, 8), 3)] * 2


@pytest.mark.parametrize(("name", "members"), [("fast", 4), ("default", 8), ("best", 8)])
def test_a_network_that_stands_alone_has_more_members(name, members):
    small = {"preset": name, "hidden_units": (8,), **LITTLE}
    by_call = MultiInputClassifier(n_estimators=1, **small).fit(X, Y)
    by_epoch = MultiInputClassifier(**small).partial_fit(X, Y)
    going_on = MultiInputClassifier(warm_start=True, **small).fit(X, Y)
    for model in (by_call, by_epoch, going_on):
        assert sizes(model.model_) == ((8,), members)


@pytest.mark.parametrize("given", [{"n_members": 1}, {"callbacks": [keras.callbacks.Callback]}])
def test_a_network_that_is_described_or_watched_stands_alone(given):
    model = MultiInputClassifier(hidden_units=(8,), **given, **LITTLE)
    assert len(networks_of(model.fit(X, Y).model_)) == 1
    model.set_params(n_estimators=2)
    assert len(networks_of(model.fit(X, Y).model_)) == 2


@pytest.mark.parametrize("cls", [MultiInputClassifier, MultiInputRegressor])
def test_the_parameters_stay_what_was_given(cls):
    model = cls(preset="fast", epochs=3)
    params = clone(model).get_params()
    assert params == model.get_params()
    assert (params["preset"], params["epochs"], params["n_members"]) == ("fast", 3, "auto")
    assert repr(model) == f"{cls.__name__}(epochs=3, preset='fast')"
    assert pickle.loads(pickle.dumps(model)).get_params() == params


def test_epochs_and_patience():
    model = MultiInputClassifier(
        preset="fast", hidden_units=(4,), n_members=2, random_state=0, learning_rate=1e-6
    )
    assert len(model.fit(X, Y).history_["loss"]) <= PRESETS["fast"]["epochs"]
    # What `fit__epochs` says goes first, as ever.
    assert len(model.set_params(fit__epochs=2).fit(X, Y).history_["loss"]) == 2


def test_a_preset_can_be_searched():
    search = GridSearchCV(
        MultiInputClassifier(epochs=1, early_stopping=False, random_state=0),
        {"preset": ["fast", "default"]},
        cv=2,
    )
    assert search.fit(X, Y).best_params_["preset"] in ("fast", "default")


def test_presets_are_in_order_and_alike():
    assert list(PRESETS) == ["fast", "default", "best"]
    assert len({frozenset(preset) for preset in PRESETS.values()}) == 1
    for name in ("n_estimators", "epochs", "n_iter_no_change"):
        values = [preset[name] for preset in PRESETS.values()]
        assert values == sorted(values)
    members = [preset["n_estimators"] * preset["n_members"] for preset in PRESETS.values()]
    assert members == sorted(members)


@pytest.mark.parametrize("cls", [MultiInputClassifier, MultiInputRegressor])
def test_the_documentation_says_what_presets_decide(cls):
    for name in PRESETS["fast"]:
        row = re.search(rf"^ *`{name}`.*$", cls.__doc__, re.MULTILINE)[0]
        assert list(re.split(r"  +", row.strip())[1:]) == [
            str(preset[name]) for preset in PRESETS.values()
        ]
        assert setting(cls(), name) == PRESETS["default"][name]


@pytest.mark.parametrize(
    "wrong", [{"preset": "quick"}, {"epochs": "all"}, {"n_members": 0}, {"hidden_units": "wide"}]
)
def test_wrong_values_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MultiInputClassifier(**wrong).fit(X, Y)
