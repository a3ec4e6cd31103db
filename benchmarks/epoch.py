"""Seconds of one epoch: 50,000 rows x 20 numbers, 128 -> 128 -> 1, batches of 256, Adam.

Each contender trains 1 and then 1 + N epochs; the difference over N leaves start-up and
compilation out. The floor are the bare matrix products of forward and backward pass in NumPy.
Where JAX is installed, ours also runs under it, in a process of its own.

    python benchmarks/epoch.py
"""

import argparse
import importlib.util
import itertools
import os
import statistics
import subprocess
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from _results import seconds, write_results
from sklearn.neural_network import MLPClassifier

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import NumericBranch

ROWS, COLUMNS, UNITS, BATCH = 50_000, 20, 128, 256


def sklearn_mlp(X, y, epochs):
    model = MLPClassifier((UNITS, UNITS), batch_size=BATCH, max_iter=epochs, tol=0, alpha=0)
    model.set_params(n_iter_no_change=epochs + 1, random_state=0)
    return lambda: model.fit(X, y)


def keras_network():
    layers = [keras.layers.Dense(UNITS, activation="relu") for _ in range(2)]
    network = keras.Sequential([keras.Input((COLUMNS,)), *layers, keras.layers.Dense(1)])
    network.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    return network


def plain_keras(X, y, epochs):
    network = keras_network()
    return lambda: network.fit(X, y, batch_size=BATCH, epochs=epochs, verbose=0)


def fused_by_hand(X, y, epochs):
    """Write the loop over batches into one tf.function, with variables and Keras's optimizer."""
    network, optimizer = keras_network(), keras.optimizers.Adam()
    optimizer.build(network.trainable_variables)
    table, labels = tf.constant(X), tf.constant(y[:, None].astype("float32"))
    variables = [v.value for v in network.trainable_variables]

    @tf.function
    def epoch():
        order = tf.random.shuffle(tf.range(ROWS))
        for start in tf.range(0, ROWS, BATCH):
            rows = order[start : start + BATCH]
            with tf.GradientTape() as tape:
                logits = network(tf.gather(table, rows), training=True)
                losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.gather(labels, rows), logits)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, variables)
            optimizer.apply(gradients, network.trainable_variables)

    def run():
        for _ in range(epochs):
            epoch()

    return run


def ours(X, y, epochs):
    model = MultiInputClassifier(
        branches=[("numeric", NumericBranch(embedding="plain"))],
        hidden_units=(UNITS, UNITS),
        n_members=1,
        dropout=0.0,
        optimizer="adam",
        weight_decay=None,
        batch_size=BATCH,
        epochs=epochs,
        early_stopping=False,
        random_state=0,
    )
    return lambda: model.fit(X, y)


def bare_products(X, y, epochs):  # noqa: ARG001 - one form for all contenders
    rng = np.random.default_rng(0)
    widths = (COLUMNS, UNITS, UNITS, 1)
    shapes = list(itertools.pairwise(widths))
    weights = [rng.normal(size=shape).astype("float32") for shape in shapes]
    values = [rng.normal(size=(BATCH, width)).astype("float32") for width in widths]

    def run():
        for _ in range(epochs * -(-ROWS // BATCH)):
            for x, w, out in zip(values, weights, values[1:], strict=False):
                x @ w
                x.T @ out
                out @ w.T

    return run


def make_data(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, COLUMNS)).astype("float32")
    return X, (X[:, 0] + rng.normal(size=ROWS) > 0).astype(int)


def seconds_per_epoch(make, X, y, epochs, *, compiles_each=False):
    one, many = make(X, y, 1), make(X, y, 1 + epochs)
    if compiles_each:
        one(), many()
    return (seconds(many) - seconds(one)) / epochs


def under_jax(arguments):
    """Median seconds of an epoch of ours under JAX."""
    command = [sys.executable, __file__, "--ours-only"]
    for name in ("seed", "repeats", "epochs"):
        command += [f"--{name}", str(getattr(arguments, name))]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--ours-only", action="store_true", help="print one number")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    X, y = make_data(arguments.seed)
    contenders = {
        "bare matrix products": bare_products,
        "MLPClassifier": sklearn_mlp,
        "plain Keras": plain_keras,
        "hand-fused TensorFlow": fused_by_hand,
        "skmultiinput": ours,
    }
    if arguments.ours_only:
        contenders = {"skmultiinput": ours}
    times = {name: [] for name in contenders}
    for make in contenders.values():  # compile and warm up
        make(X, y, 1)()
    for _ in range(arguments.repeats):
        for name, make in contenders.items():
            # Those of Keras compile per instance.
            each = name in ("plain Keras", "hand-fused TensorFlow")
            per_epoch = seconds_per_epoch(make, X, y, arguments.epochs, compiles_each=each)
            times[name].append(per_epoch)
    medians = {name: statistics.median(values) for name, values in times.items()}
    if arguments.ours_only:
        print(medians["skmultiinput"])
        return
    if importlib.util.find_spec("jax"):
        medians["skmultiinput under JAX"] = under_jax(arguments)
    runs = [
        {
            "contender": name,
            "seconds_per_epoch": round(value, 4),
            "times_ours": round(value / medians["skmultiinput"], 2),
        }
        for name, value in medians.items()
    ]
    print(pd.DataFrame(runs).to_string(index=False))
    write_results("epoch", seed=arguments.seed, runs=runs)


if __name__ == "__main__":
    main()
