"""What we repair of SciKeras, and the library's own behaviour beside it.

Each test first shows the defect in SciKeras 0.13. When such a line fails, upstream has repaired
it, and our repair can go.
"""

import os
import random

import keras
import numpy as np
import pandas as pd
import pytest
from scikeras.wrappers import KerasClassifier
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, check_cv, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier

X, Y = small_table()
NUMBERS = X.iloc[:, :2].to_numpy()
CODES = (Y == "stays").astype(int)


def upstream(**params):
    def build(meta):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
        return model

    options = {"loss": "binary_crossentropy", "optimizer": "sgd", "verbose": 0}
    # After any seeded fit, SciKeras refuses unseeded ones in the same process.
    options |= {"random_state": 0, **params}
    return KerasClassifier(options.pop("model", build), **options)


def ours(**params):
    return MultiInputClassifier(**{**SMALL, **params})


def test_1_it_is_a_classifier():
    # scikeras/wrappers.py: class KerasClassifier(BaseWrapper, ClassifierMixin), mixin last.
    assert not is_classifier(upstream())
    assert is_classifier(ours())
    assert is_classifier(make_pipeline(StandardScaler(), ours()))
    assert is_classifier(GridSearchCV(ours(), {}))
    folds = check_cv(3, CODES, classifier=is_classifier(ours()))
    assert type(folds).__name__ == "StratifiedKFold"
    scores = cross_val_score(ours(), X, Y, cv=2, scoring="roc_auc")
    assert np.isfinite(scores).all()


def test_1_a_mixin_cannot_be_put_first():
    from sklearn.base import ClassifierMixin

    with pytest.raises(TypeError, match="MRO"):
        type("First", (ClassifierMixin, KerasClassifier), {})


def test_3_one_row_has_two_probabilities():
    # scikeras/utils/transformers.py: inverse_transform squeezes the row away.
    assert upstream().fit(NUMBERS, CODES).predict_proba(NUMBERS[:1]).shape == (2,)
    assert ours().fit(X, Y).predict_proba(X[:1]).shape == (1, 2)


def test_3_class_weight_leaves_sample_weight_alone():
    # scikeras/wrappers.py: sample_weight *= compute_sample_weight(...)
    weight = np.ones(len(CODES))
    upstream(class_weight={0: 3.0, 1: 1.0}).fit(NUMBERS, CODES, sample_weight=weight)
    assert weight.max() == 3.0
    with pytest.raises(TypeError, match="Cannot cast"):
        upstream(class_weight="balanced").fit(
            NUMBERS, CODES, sample_weight=np.ones(len(CODES), dtype=int)
        )
    whole = np.ones(len(Y), dtype=int)
    ours(class_weight="balanced").fit(X, Y, sample_weight=whole)
    assert whole.tolist() == [1] * len(Y)


def test_3_frames_can_be_scored_with_weights():
    # scikeras/wrappers.py: _validate_sample_weight indexes X[not_dropped_samples, ...]
    frame = pd.DataFrame(NUMBERS, columns=["a", "b"])
    with pytest.raises(Exception, match=r"InvalidIndexError|slice|Ellipsis"):
        upstream().fit(frame, CODES).score(frame, CODES, sample_weight=np.ones(len(frame)))
    model = ours().fit(X, Y)
    weight = np.linspace(0, 1, len(Y))
    expected = np.average(model.predict(X) == Y, weights=weight)
    assert model.score(X, Y, sample_weight=weight) == pytest.approx(expected)


def test_4_a_random_state_is_drawn_from():
    # scikeras/wrappers.py: r.randint(low=1) is always 0, and the state is a copy.
    seeds = [
        upstream(random_state=np.random.RandomState(s)).initialize(NUMBERS, CODES)._random_state
        for s in (1, 2)
    ]
    assert seeds == [0, 0]
    one, two = (ours(random_state=np.random.RandomState(s)).fit(X, Y) for s in (1, 2))
    assert not np.array_equal(one.predict_proba(X), two.predict_proba(X))


def test_4_no_seed_of_the_process_is_set():
    # scikeras/utils/random_state.py seeds the process while the network is built and fitted.
    seen = []

    def build(meta):
        seen.append((random.getstate(), os.environ.get("TF_DETERMINISTIC_OPS")))
        x = keras.Input((2,), name="numeric")
        plan = keras.Input((1,), name="category")
        both = keras.layers.Concatenate()([x, plan])
        return keras.Model({"numeric": x, "category": plan}, keras.layers.Dense(1, "sigmoid")(both))

    def build_upstream(meta):
        seen.append((random.getstate(), os.environ.get("TF_DETERMINISTIC_OPS")))
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])

    before = random.getstate()
    upstream(model=build_upstream, random_state=3).initialize(NUMBERS, CODES)
    assert seen[0][0] != before
    assert seen[0][1] == "1"
    ours(model=build, random_state=3).initialize(X, Y)
    assert seen[1] == (before, None)


def test_5_columns_are_known_by_name():
    # scikeras/wrappers.py: check_array turns frames into arrays, and no names are kept.
    frame = pd.DataFrame(NUMBERS, columns=["a", "b"])
    model = upstream().fit(frame, CODES)
    assert not hasattr(model, "feature_names_in_")
    permuted = frame[["b", "a"]]
    assert not np.array_equal(model.predict_proba(permuted), model.predict_proba(frame))
    model = ours().fit(X, Y)
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    np.testing.assert_array_equal(model.predict_proba(X[X.columns[::-1]]), model.predict_proba(X))


def test_5_an_optimizer_instance_can_be_used_again():
    optimizer = keras.optimizers.Adam(0.01)
    model = upstream(optimizer=optimizer).fit(NUMBERS, CODES)
    with pytest.raises((ValueError, KeyError), match=r"optimizer|variable"):
        model.fit(NUMBERS, CODES)
    mine = ours(optimizer=optimizer)
    first = mine.fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(mine.fit(X, Y).predict_proba(X), first)


def test_5_a_callback_instance_does_not_keep_the_network():
    stop = keras.callbacks.EarlyStopping("loss")
    upstream(callbacks=[stop]).fit(NUMBERS, CODES)
    assert stop.model is not None
    stop = keras.callbacks.EarlyStopping("loss")
    ours(callbacks=[stop]).fit(X, Y)
    assert getattr(stop, "model", None) is None


def test_5_all_rows_may_be_one_batch():
    # batch_size=-1 needs X.shape upstream, which a dict of inputs has not.
    model = ours(batch_size=-1).fit(X, Y)
    assert len(model.column_groups_.inputs) == 2


def test_6_parameters_are_those_of_the_constructor():
    # scikeras/wrappers.py: _get_param_names lists __dict__.
    model = upstream()
    model.anything = 1
    assert "anything" in model.get_params()
    assert upstream(epoch=3).get_params()["epoch"] == 3
    assert upstream(foo__bar=3).fit(NUMBERS, CODES).get_params()["foo__bar"] == 3
    with pytest.raises(AttributeError, match="set_params"):
        upstream().set_params(callbacks__patience=3)
    mine = ours()
    mine.anything = 1
    assert "anything" not in mine.get_params()
    with pytest.raises(TypeError, match="did you mean 'epochs'"):
        ours(epoch=3)
    with pytest.raises(ValueError, match="no column group 'foo'"):
        ours(foo__bar=3).fit(X, Y)
    mine = ours(callbacks=keras.callbacks.EarlyStopping).set_params(callbacks__patience=3)
    assert mine.fit(X, Y).get_params()["callbacks__patience"] == 3


def test_7_names_of_metrics_stay():
    # Keras counts instances of a metric in the process: auc, auc_1, ...
    names = [keras.metrics.AUC().name for _ in range(2)]
    assert names[0] != names[1]
    stop = keras.callbacks.EarlyStopping("val_auc", mode="max", patience=1)
    model = ours(metrics=[keras.metrics.AUC], callbacks=[stop])
    for _ in range(3):
        history = clone(model).fit(X, Y).history_
        assert list(history) == ["loss", "auc", "val_loss", "val_auc"]


def test_8_validation_rows_are_not_the_tail():
    # Keras's validation_split takes the last rows: of these sorted ones, one class alone.
    order = np.argsort(CODES, kind="stable")
    counts = {"metrics": ["TrueNegatives", "FalsePositives"]}
    their = upstream(validation_split=0.15, **counts).fit(NUMBERS[order], CODES[order]).history_
    assert sum(their[f"val_{name}"][0] for name in ("true_negatives", "false_positives")) == 0
    our = ours(**counts).fit(X.iloc[order], Y[order]).history_
    n_negatives = our["val_truenegatives"][0] + our["val_falsepositives"][0]
    share = (CODES == 0).mean() * np.ceil(0.15 * len(Y))
    assert abs(n_negatives - share) <= 1


def test_9_keras_own_wrapper_is_no_way_out():
    from keras.wrappers import SKLearnClassifier

    wrapper = SKLearnClassifier(lambda X, y: None, fit_kwargs={"epochs": 3})
    assert not getattr(clone(wrapper), "fit_kwargs", None)
    assert not hasattr(wrapper, "predict_proba")


def test_10_importing_scikeras_changes_how_networks_are_pickled():
    # scikeras/__init__.py: _keras.Model.__reduce__ = ...
    assert keras.Model.__reduce__.__module__ == "scikeras._saving_utils"
