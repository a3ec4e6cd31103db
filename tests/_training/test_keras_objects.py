"""Optimizers, losses, metrics and callbacks from parameters."""

import functools

import keras
import numpy as np
import pytest

from skmultiinput._training.keras_objects import (
    make_callbacks,
    make_loss,
    make_metrics,
    make_optimizer,
)

BASE = {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.1}


def test_optimizers_by_name_class_and_instance():
    named = make_optimizer({**BASE, "optimizer__beta_1": 0.8})
    config = named.get_config()
    assert isinstance(named, keras.optimizers.AdamW)
    assert config["beta_1"] == 0.8
    assert config["global_clipnorm"] == 1.0
    np.testing.assert_allclose(config["learning_rate"], 0.01, rtol=1e-6)
    clipped = make_optimizer({**BASE, "optimizer": keras.optimizers.SGD, "optimizer__clipvalue": 2})
    assert clipped.get_config()["global_clipnorm"] is None
    assert clipped.get_config()["clipvalue"] == 2

    class Plain(keras.optimizers.Adam):
        def __init__(self, learning_rate, weight_decay=None, global_clipnorm=None):
            super().__init__(
                learning_rate, weight_decay=weight_decay, global_clipnorm=global_clipnorm
            )

    # A class need not take a name.
    assert isinstance(make_optimizer({**BASE, "optimizer": Plain}), Plain)

    mine = keras.optimizers.Adam(0.5)
    copy = make_optimizer({**BASE, "optimizer": mine})
    assert copy is not mine
    assert copy.get_config() == mine.get_config()


@pytest.mark.parametrize("decay", [None, 0, 0.0])
@pytest.mark.parametrize("name", ["adamw", "adam", "sgd"])
def test_weight_decay_can_be_switched_off(name, decay):
    params = {**BASE, "optimizer": name, "weight_decay": decay}
    assert not make_optimizer(params).get_config()["weight_decay"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"optimizer": "adma"}, "Could not interpret optimizer 'adma', did you mean 'adam"),
        ({"optimizer": 3}, "'optimizer' parameter must be a name"),
        ({"optimizer__epsilom": 1}, "optimizer__epsilom for AdamW, did you mean 'epsilon'"),
        (
            {"optimizer": keras.optimizers.Adam(), "optimizer__epsilon": 1},
            "optimizer__epsilon cannot be set; give its name or class",
        ),
    ],
)
def test_wrong_optimizers_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        make_optimizer({**BASE, **params})


def test_losses_by_name_class_and_instance():
    assert make_loss({"loss": "auto"}, "binary_crossentropy") == "binary_crossentropy"
    assert make_loss({"loss": "hinge"}, "binary_crossentropy") == "hinge"
    focal = make_loss({"loss": "binary_focal_crossentropy", "loss__gamma": 3.0}, "x")
    assert focal.get_config()["gamma"] == 3.0
    by_class = make_loss({"loss": keras.losses.Huber, "loss__delta": 2.0}, "x")
    assert isinstance(by_class, keras.losses.Huber)
    assert make_loss({"loss": by_class}, "x") is by_class


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"loss": "mean_squared_eror"},
            "Could not interpret loss 'mean_squared_eror', did you mean",
        ),
        ({"loss": 3}, "'loss' parameter must be 'auto'"),
        ({"loss": keras.losses.Huber, "loss__dleta": 2.0}, "loss__.*'dleta'"),
    ],
)
def test_wrong_losses_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        make_loss(params, "x")


def test_a_function_with_options_has_its_name():
    metric = functools.partial(keras.metrics.binary_accuracy, threshold=0.3)
    ((name, _, _),) = make_metrics({"metrics": [metric]}, "binary")
    assert name == "binary_accuracy"


def test_metrics_keep_the_names_they_are_given():
    given = {
        "metrics": ["accuracy", "AUC", keras.metrics.Precision, keras.metrics.AUC(name="pr")],
        "metrics__2__thresholds": 0.7,
    }
    for _ in range(3):
        found = make_metrics(given, "binary")
        assert [name for name, _, _ in found] == ["accuracy", "auc", "precision", "pr"]
    assert found[2][1].thresholds == [0.7]
    named = make_metrics({"metrics": {"mine": keras.metrics.AUC(curve="PR")}}, "binary")
    assert named[0][0] == "mine"
    assert named[0][1].get_config()["curve"] == "PR"


def test_names_that_keras_makes_up_have_no_number():
    for _ in range(2):
        ((name, _, _),) = make_metrics({"metrics": keras.metrics.BinaryIoU()}, "binary")
        assert name == "binary_io_u"


@pytest.mark.parametrize("metric", [keras.metrics.mean_squared_error, "mse", "AUC", "accuracy"])
def test_the_name_of_any_metric_can_be_set(metric):
    (found,) = make_metrics({"metrics": [metric], "metrics__name": "mine"}, "binary")
    assert (found[0], found[1].name) == ("mine", "mine")


def test_metrics_of_classes_say_which_form_they_take():
    given = ["accuracy", "AUC", keras.metrics.sparse_categorical_accuracy]
    forms = [form for _, _, form in make_metrics({"metrics": given}, "multiclass")]
    assert forms == ["codes", "one-hot", "codes"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"metrics": "acuracy"}, "Could not interpret metric identifier 'acuracy', did you mean"),
        ({"metrics": [3]}, "'metrics' parameter must hold names"),
        ({"metrics": keras.metrics.AUC, "metrics__crve": "PR"}, "metrics__.*'crve'"),
    ],
)
def test_wrong_metrics_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        make_metrics(params, "binary")


def test_callbacks_are_copies_with_their_parameters():
    mine = keras.callbacks.EarlyStopping(patience=7)
    given = {
        "callbacks": {"mine": mine, "stop": keras.callbacks.TerminateOnNaN},
        "fit__callbacks": [keras.callbacks.ReduceLROnPlateau],
        "fit__callbacks__factor": 0.3,
    }
    found = make_callbacks(given)
    assert [type(c).__name__ for c in found] == [
        "EarlyStopping",
        "TerminateOnNaN",
        "ReduceLROnPlateau",
    ]
    assert found[0] is not mine
    assert found[0].patience == 7
    assert found[2].factor == 0.3
    assert make_callbacks({"callbacks": None}) == []


def test_wrong_callbacks_are_refused():
    with pytest.raises(ValueError, match=r"must hold keras.callbacks.Callback.* Got 3"):
        make_callbacks({"callbacks": [3]})
    stop = {"callbacks": keras.callbacks.EarlyStopping, "callbacks__patienc": 1}
    with pytest.raises(ValueError, match=r"callbacks__.*'patienc'"):
        make_callbacks(stop)
