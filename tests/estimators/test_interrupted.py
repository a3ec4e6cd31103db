"""A fit that did not end leaves the estimator as it was."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, fit_out_of_core

X, Y = small_table()


class Interrupt(keras.callbacks.Callback):
    """Acts as Ctrl-C does, in an epoch."""

    def __init__(self, epoch=1):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch >= self.epoch:
            raise KeyboardInterrupt


CASES = [{}, {"n_estimators": 2}, {"optimizer": "ftrl"}]


@pytest.mark.parametrize("params", CASES, ids=["one", "two", "keras"])
def test_a_first_fit(params):
    model = MultiInputClassifier(**{**SMALL, "epochs": 5, **params}, callbacks=[Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("params", CASES, ids=["one", "two", "keras"])
@pytest.mark.parametrize("method", ["fit", "warm", "partial_fit"])
def test_a_later_one(params, method):
    if method == "warm" and "n_estimators" in params:
        pytest.skip("warm_start is for one network")
    model = MultiInputClassifier(**{**SMALL, **params}).fit(X, Y)
    expected, history = model.predict_proba(X), {n: [*v] for n, v in model.history_.items()}
    model.set_params(callbacks=[Interrupt(0)], warm_start=method == "warm")
    other = X.rename(columns={"numeric__age": "numeric__other"}) if method == "fit" else X
    with pytest.raises(KeyboardInterrupt):
        (model.partial_fit if method == "partial_fit" else model.fit)(other, Y)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert model.history_ == history
    model.set_params(callbacks=None, warm_start=False).fit(X, Y)
    assert model.score(X, Y) > 0.4


def test_out_of_core():
    def chunks():
        yield X, Y
        raise KeyboardInterrupt

    model = MultiInputClassifier(**SMALL)
    with pytest.raises(KeyboardInterrupt):
        fit_out_of_core(model, chunks, sample_rows=50)
    with pytest.raises(NotFittedError):
        model.predict(X)
