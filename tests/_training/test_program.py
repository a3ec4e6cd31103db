"""Compiled programs: the pool, threads, padding, and that nothing of theirs is reachable."""

from multiprocessing.pool import ThreadPool

import keras
import numpy as np
import pytest
from small import SMALL, small_table

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
)
from skmultiinput._keras.backend import to_numpy
from skmultiinput._training.compile_cache import CACHE, CompileCache
from skmultiinput._training.forward import Forward, raw_model
from skmultiinput._training.table import Table
from skmultiinput.estimators import clear_compile_cache, set_compile_cache_size
from skmultiinput.fusion import ConcatFusion

X, Y = small_table()


def classifier(**params):
    return MultiInputClassifier(**{**SMALL, **params})


@pytest.fixture
def empty_cache():
    clear_compile_cache()
    size = set_compile_cache_size(16)
    yield CACHE
    set_compile_cache_size(size)
    clear_compile_cache()


def test_a_cache_keeps_those_used_last():
    cache = CompileCache(2)
    made = []

    def make(name):
        return lambda: made.append(name) or name

    for key in ("a", "b", "a", "c", "a", "b"):
        assert cache.get(key, make(key)) == key
    assert made == ["a", "b", "c", "b"]
    assert len(cache) == 2
    cache.resize(0)
    assert len(cache) == 0
    assert cache.get("a", make("a")) == "a"
    assert len(cache) == 0


def test_equal_architectures_share_a_program(empty_cache):
    classifier().fit(X, Y)
    n_programs = len(empty_cache)
    assert n_programs > 0
    other_X, other_y = small_table(120, seed=1)
    classifier(random_state=3, epochs=1).fit(other_X, other_y)
    assert len(empty_cache) == n_programs
    classifier(hidden_units=(9,), epochs=1).fit(X, Y)
    assert len(empty_cache) > n_programs
    clear_compile_cache()
    assert len(empty_cache) == 0


def test_the_cache_can_be_switched_off(empty_cache):
    first = classifier().fit(X, Y).predict_proba(X)
    set_compile_cache_size(0)
    np.testing.assert_array_equal(classifier().fit(X, Y).predict_proba(X), first)
    assert len(empty_cache) == 0
    for wrong in (-1, 2.5, True):
        with pytest.raises(ValueError, match="must be an int of at least 0"):
            set_compile_cache_size(wrong)


def test_predictions_outlive_the_cache(empty_cache):
    model = classifier().fit(X, Y)
    before = model.predict_proba(X)
    clear_compile_cache()
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_networks_share_nothing_with_the_cache_or_each_other(empty_cache):
    first = classifier().fit(X, Y)
    before = first.predict_proba(X)
    second = classifier(random_state=1).fit(X, Y)
    ids = [{id(v) for v in model.model_.variables} for model in (first, second)]
    assert not ids[0] & ids[1]
    for program in empty_cache.values():
        assert not {id(v) for v in program.model.variables} & (ids[0] | ids[1])
    second.model_.set_weights([w * 0 for w in second.model_.get_weights()])
    np.testing.assert_array_equal(first.predict_proba(X), before)
    assert not np.array_equal(second.predict_proba(X), before)
    np.testing.assert_array_equal(classifier().fit(X, Y).predict_proba(X), before)


def test_a_users_change_of_weights_shows_in_predictions():
    model = classifier().fit(X, Y)
    head = model.model_.get_layer("network>head")
    head.set_weights([np.zeros_like(w) for w in head.get_weights()])
    np.testing.assert_allclose(model.predict_proba(X), 0.5)
    np.testing.assert_allclose(
        np.asarray(model.model_(model.column_groups_.split(X))), 0.5, atol=1e-7
    )


def test_threads_share_programs_without_mixing_results(empty_cache):
    seeds = [0, 1, 2, 3]

    def fit(seed):
        return classifier(random_state=seed).fit(X, Y).predict_proba(X)

    with ThreadPool(2) as pool:
        together = pool.map(fit, seeds, chunksize=1)
    for seed, found in zip(seeds, together, strict=True):
        np.testing.assert_array_equal(found, fit(seed))


def test_one_row_and_many_rows_agree():
    model = classifier().fit(X, Y)
    whole = model.predict_proba(X)
    one_by_one = np.vstack([model.predict_proba(X[i : i + 1]) for i in range(10)])
    np.testing.assert_allclose(one_by_one, whole[:10], atol=1e-6)


def test_predictions_come_in_chunks(monkeypatch):
    import skmultiinput._training.prediction as module

    model = classifier().fit(X, Y)
    whole = model.predict_proba(X)
    monkeypatch.setattr(module, "MAX_CHUNK", 50)
    model.predictor_ = module.Predictor(model.predictor_.key)
    np.testing.assert_allclose(model.predict_proba(X), whole, atol=1e-6)


def test_later_fits_bring_no_new_names():
    """TensorFlow compiles, and keeps for good, what makes a variable of a new name."""
    frame, target = make_customers(60, random_state=0)
    preprocessor = make_preprocessor(
        drop=["customer_id"], high_cardinality="embedding", random_state=0
    )
    table = preprocessor.fit_transform(frame, target)

    def names(seed):
        fusion = ConcatFusion(modality_dropout=0.1)
        options = {**SMALL, "random_state": seed, "fusion": fusion, "dropout": 0.1}
        network = MultiInputClassifier(**options).fit(table, target).model_
        return [
            getattr(variable.value, "name", variable.path)
            for variable in [*network.variables, *network.optimizer.variables]
        ]

    first = names(0)
    assert sum("seed_generator_state" in name for name in first) >= 4
    assert names(1) == first


def test_padded_tables_keep_their_rows(empty_cache):
    from skmultiinput._network.build import rounded_size
    from skmultiinput._training.losses import RowLoss
    from skmultiinput._training.optimizers import rule_of
    from skmultiinput._training.program import Program

    model = classifier().fit(X, Y)
    rule = rule_of(model.model_.optimizer)
    loss = RowLoss("binary_crossentropy", "sigmoid")
    table = Table({"x": np.arange(101.0)}, np.ones((101, 1)), np.ones(101))
    rows = np.arange(100, -1, -2)
    for xla in (False, True):
        program = Program(Forward(model.model_), loss, rule, 32, xla=xla)
        inputs, y, weight, _ = program.upload(table, rows, None)
        n_rows = rounded_size(51) if xla else 51
        assert len(inputs["x"]) == len(y) == len(weight) == n_rows
        np.testing.assert_array_equal(np.asarray(inputs["x"])[:51], rows)
        assert np.asarray(weight)[51:].sum() == 0


def test_large_tables_share_the_memory_of_one_copy():
    from skmultiinput._keras.backend import SHARED_BYTES, to_device

    rng = np.random.default_rng(0)
    table = np.asfortranarray(rng.normal(size=(SHARED_BYTES // 8, 3)).astype("float32"))
    rows = rng.permutation(len(table))[:-5]
    moved = to_device(table, rows, len(rows) + 7)
    before = table.copy()
    np.testing.assert_array_equal(to_numpy(moved)[: len(rows)], table[rows])
    assert not to_numpy(moved)[len(rows) :].any()
    table[:] = 0
    np.testing.assert_array_equal(to_numpy(moved)[: len(rows)], before[rows])


def test_the_raw_network_shares_variables_and_lacks_the_last_activation():
    model = classifier().fit(X, Y).model_
    raw = raw_model(model)
    assert {id(v) for v in raw.trainable_variables} == {id(v) for v in model.trainable_variables}
    assert raw.output_shape == (None, SMALL["n_members"], 1)


def test_fits_leave_no_warnings_behind(caplog):
    # TensorFlow warns of functions that are traced again and again; each network is traced once.
    for width in range(10, 17):
        classifier(hidden_units=(width,), n_members=1, n_estimators=1, epochs=1).fit(X, Y).predict(
            X
        )
    assert [record for record in caplog.records if "retracing" in record.getMessage()] == []


def test_python_conditions_on_tensors_are_explained():
    def loss(y, prediction):
        error = keras.ops.abs(y - prediction)
        return error if keras.ops.mean(error) > 1 else error**2

    X = np.random.default_rng(0).normal(size=(40, 2))
    with pytest.raises(TypeError) as caught:
        MultiInputRegressor(loss=loss, epochs=1, n_estimators=1).fit(X, X[:, 0])
    assert "keras.ops.where" in caught.value.__notes__[-1]
