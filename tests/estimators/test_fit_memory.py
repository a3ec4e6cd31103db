import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor

X, Y = small_table(150)
NUMBERS = X["numeric__age"].to_numpy() + 0.1 * X["numeric__income"].to_numpy()
PLAIN = {**SMALL, "early_stopping": False}


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("cls", "y", "more"),
    [
        (MultiInputClassifier, Y, {}),
        (MultiInputClassifier, Y, {"class_weight": "balanced", "balanced_batches": True}),
        (MultiInputRegressor, NUMBERS, {}),
        # From zero, each epoch is better than the one before: none is taken back.
        (MultiInputRegressor, NUMBERS, {"early_stopping": True, "numeric__linear": False}),
    ],
)
def test_a_fit_that_goes_on_ends_where_it_would_have_ended(tmp_path, cls, y, more):
    options = {**PLAIN, **more}
    whole = cls(**{**options, "epochs": 5}).fit(X, y)
    for epochs in (1, 3, 5):
        model = cls(**{**options, "epochs": epochs}, memory=tmp_path).fit(X, y)
        assert model.n_iter_ == epochs
        assert len(model.history_["loss"]) == epochs
    assert len(kept(tmp_path)) == 1
    np.testing.assert_allclose(model.history_["loss"], whole.history_["loss"], rtol=1e-4)
    np.testing.assert_allclose(
        model.predict_outputs(X), whole.predict_outputs(X), rtol=1e-3, atol=1e-4
    )
    assert model.get_params()["epochs"] == 5


def test_only_the_missing_epochs_are_trained(tmp_path):
    model = MultiInputClassifier(**PLAIN, memory=str(tmp_path)).fit(X, Y)
    longer = clone(model).set_params(epochs=6).fit(X, Y)
    # The losses of the first epochs are those of the kept fit, to the last bit.
    assert longer.history_["loss"][:2] == model.history_["loss"]
    assert longer.n_iter_ == 6
    # Fewer epochs than the kept fit has: from the start.
    np.testing.assert_array_equal(clone(model).fit(X, Y).predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("epochs", [(10, 90), (90, 100), (10, 60)], ids=str)
def test_epochs_are_compiled_as_those_of_a_fit_at_once(tmp_path, epochs):
    """Many steps are compiled by XLA, which rounds differently: the last fit's steps count."""
    for number in epochs:
        model = MultiInputClassifier(**{**PLAIN, "epochs": number}, memory=tmp_path).fit(X, Y)
    whole = MultiInputClassifier(**{**PLAIN, "epochs": epochs[-1]}).fit(X, Y)
    assert model.fit_state_.training[0].xla == (epochs[-1] > 80)  # of 400 steps or more
    np.testing.assert_array_equal(model.predict_proba(X), whole.predict_proba(X))
    assert model.history_ == whole.history_


def test_what_differs_is_fitted_by_itself(tmp_path):
    base = MultiInputClassifier(**PLAIN, memory=tmp_path)
    base.fit(X, Y)
    others = [
        (clone(base).set_params(dropout=0.3), X, Y, None),
        (clone(base).set_params(random_state=1), X, Y, None),
        (clone(base).set_params(numeric__embedding_dim=4), X, Y, None),
        (clone(base), X.iloc[::-1], Y[::-1], None),
        (clone(base), X, np.where(Y == "stays", "a", "b"), None),
        (clone(base), X.rename(columns={"numeric__age": "numeric__old"}), Y, None),
        (clone(base), X, Y, np.linspace(1, 2, len(X))),
    ]
    for number, (model, rows, y, weight) in enumerate(others):
        model.set_params(epochs=3).fit(rows, y, sample_weight=weight)
        assert len(kept(tmp_path)) == number + 2
        assert len(model.history_["loss"]) == 3


def test_synthetic_rows_and_the_form_of_the_target_count(tmp_path):
    base = MultiInputClassifier(**SMALL, memory=tmp_path)
    number = np.arange(len(X))
    synthetic = pd.Index(np.where(number < 100, number, -1 - number), name="resampled_row")
    base.fit(X, Y)
    base.fit(X.set_index(synthetic), Y)
    assert len(kept(tmp_path)) == 2
    codes = number % 3
    exclusive = clone(base).set_params(loss="categorical_crossentropy")
    assert exclusive.fit(X, np.eye(3)[codes]).predict(X).shape == (len(X), 3)
    assert exclusive.fit(X, codes).predict(X).shape == (len(X),)
    assert len(kept(tmp_path)) == 4


def test_a_fit_that_has_stopped_is_taken_as_it_is(tmp_path):
    options = {**SMALL, "n_iter_no_change": 1, "learning_rate": 0.5, "memory": tmp_path}
    first = MultiInputClassifier(**{**options, "epochs": 30}).fit(X, Y)
    assert first.n_iter_ < 30
    longer = MultiInputClassifier(**{**options, "epochs": 40}).fit(X, Y)
    assert longer.history_ == first.history_


def test_a_damaged_file_is_written_again(tmp_path):
    model = MultiInputClassifier(**PLAIN, memory=tmp_path).fit(X, Y)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    again = clone(model).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert len(path.read_bytes()) > 100


def test_what_a_killed_process_has_left_goes_with_the_next_fit(tmp_path):
    code = (
        "import os, pickle, signal, sys\n"
        "sys.path.insert(0, os.getcwd())\n"
        "from test_fit_memory import PLAIN, X, Y, MultiInputClassifier\n"
        "from skmultiinput.estimators import _fit_memory\n"
        "_fit_memory.pickle.dump = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)\n"
        "MultiInputClassifier(**PLAIN, memory=sys.argv[1]).fit(X, Y)"
    )
    tests = Path(__file__).parents[1]
    path = os.pathsep.join([str(tests), str(tests.parent)])
    killed = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        check=False,
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert killed.returncode == -signal.SIGTERM
    assert [name.endswith(".tmp") for name in kept(tmp_path)] == [True]
    MultiInputClassifier(**PLAIN, memory=tmp_path).fit(X, Y)
    assert [name.endswith(".pickle") for name in kept(tmp_path)] == [True]


def test_generators_are_never_gone_on_with(tmp_path):
    rng = np.random.default_rng(0)
    MultiInputClassifier(**{**PLAIN, "random_state": rng}, memory=tmp_path).fit(X, Y)
    assert kept(tmp_path) == []


def test_wrong_folder(tmp_path):
    with pytest.raises(ValueError, match="'memory' parameter"):
        MultiInputClassifier(**PLAIN, memory=3).fit(X, Y)
