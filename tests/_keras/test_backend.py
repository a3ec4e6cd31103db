"""What depends on Keras's backend: sums of rows with their gradients, predictions of variables."""

import sys

import keras
import numpy as np
import pytest

from skmultiinput._keras.backend import (
    compile_for_any_batch,
    compile_function,
    count_true,
    sources_of,
    to_numpy,
    weighted_rows,
)
from skmultiinput._layers.token_layers import TfidfEmbedding

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 7, (5, 4)).astype("int32")
WEIGHT = RNG.normal(size=(5, 4)).astype("float32")
TABLE = RNG.normal(size=(7, 3)).astype("float32")


@pytest.mark.parametrize("training", [False, True])
def test_rows_are_summed_by_weight(training):
    expected = (WEIGHT[..., None] * TABLE[CODES]).sum(axis=1)
    found = weighted_rows(TABLE, CODES, WEIGHT, training=training)
    np.testing.assert_allclose(to_numpy(found), expected, rtol=1e-5, atol=1e-6)


def test_each_row_of_the_table_gets_its_share_of_the_gradient():
    import tensorflow as tf

    table, of_output = tf.constant(TABLE), RNG.normal(size=(5, 3)).astype("float32")
    with tf.GradientTape() as tape:
        tape.watch(table)
        found = tf.reduce_sum(weighted_rows(table, CODES, WEIGHT, training=True) * of_output)
    expected = np.zeros_like(TABLE)
    for row in range(5):
        for place in range(4):
            expected[CODES[row, place]] += WEIGHT[row, place] * of_output[row]
    gradient = to_numpy(tf.convert_to_tensor(tape.gradient(found, table)))
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_keras_itself_trains_what_sums_rows():
    # It compiles by XLA where it can, which does not know the product with a sparse matrix.
    codes, mask = keras.Input((4,), dtype="int32"), keras.Input((4,))
    model = keras.Model([codes, mask], TfidfEmbedding(7, 1, 0)([codes, mask]))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit([CODES, np.ones((5, 4))], np.ones(5), verbose=0)
    assert any(not np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("n_estimators", [1, 3])
def test_the_mean_goes_by_what_variables_hold_when_it_is_called(n_estimators):
    networks = [[keras.Variable(TABLE + i), keras.Variable(1.0)] for i in range(n_estimators)]
    rows = [keras.ops.convert_to_tensor(RNG.normal(size=(5, 7)).astype("float32"))]

    def function(table, scale, x):
        return scale * keras.ops.matmul(x, table)

    weights = [keras.ops.convert_to_tensor(variable) for variable in networks[0]]
    compiled = compile_for_any_batch(function, weights, rows)
    sources = [sources_of(variables) for variables in networks]
    for scale in (1.0, 2.0):
        for variables in networks:
            variables[1].assign(scale)
        tables = [to_numpy(variables[0]) for variables in networks]
        expected = scale * to_numpy(rows[0]) @ np.mean(tables, axis=0)
        for n_rows in (1, 5):
            found = to_numpy(compiled.mean(sources, [rows[0][:n_rows]]))
            np.testing.assert_allclose(found, expected[:n_rows], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n_flags", [0, 3, 8, 48, 248, 256])
def test_flags_are_counted_alike_in_compiled_predictions(n_flags):
    flags = np.random.default_rng(0).random((9, 2, n_flags)) < 0.7
    flags[0] = True
    compiled = compile_for_any_batch(count_true, [], [flags])
    in_compiled = compiled.of_values([], [keras.ops.convert_to_tensor(flags)])
    for counted in (count_true(flags), in_compiled):
        np.testing.assert_array_equal(to_numpy(counted), flags.sum(axis=-1))


def test_functions_are_compiled_as_they_are_written():
    """Rewriting them for AutoGraph takes longer than all the rest of a first call."""
    files = []

    def double(x):
        files.append(sys._getframe().f_code.co_filename)
        return x * 2

    compile_function(double)(keras.ops.convert_to_tensor(TABLE))
    compile_for_any_batch(double, [], [TABLE])
    assert set(files) == {__file__}
