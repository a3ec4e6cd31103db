"""Networks with one branch, built without training, for tests of what a branch computes."""

import numpy as np
import pandas as pd

from skmultiinput._keras.backend import to_numpy
from skmultiinput._network.build import build_network
from skmultiinput._network.config import NetworkConfig
from skmultiinput._network.weights import reseed
from skmultiinput.frame._column_groups import ColumnGroups

WORDS = ["<pad>", "<unknown>", "good", "bad", "fit", "price", "soft", "red"]


def token_frame(texts, length, *, in_front=False, words=WORDS):
    """Texts, each a list of words, as a typed frame."""
    dtype = pd.CategoricalDtype(words)
    rows = []
    for text in texts:
        pads = ["<pad>"] * (length - len(text))
        rows.append(pads + list(text) if in_front else list(text) + pads)
    cells = pd.DataFrame(rows, columns=[f"text__review[{i}]" for i in range(length)])
    return cells.astype(dtype)


def sequence_frame(sequences, length, *, in_front=False, n_channels=2):
    """Sequences, each (n_steps, n_channels), as a typed frame with the mask channel."""
    box = np.zeros((len(sequences), length, n_channels + 1), dtype="float32")
    for row, steps in zip(box, sequences, strict=True):
        if len(steps):
            place = slice(length - len(steps), None) if in_front else slice(len(steps))
            row[place, :-1] = steps
            row[place, -1] = 1
    names = [f"history__usage[{t},{c}]" for t in range(length) for c in range(n_channels + 1)]
    return pd.DataFrame(box.reshape(len(box), -1), columns=names)


def network(frame, branch, start=None, **kwargs):
    """A network for the frame, started on it, with weights drawn from seed 0."""
    (spec,) = ColumnGroups.from_frame(frame).inputs
    options = {"hidden_units": (8,), "n_members": 2, "n_outputs": 2, **kwargs}
    model = build_network([spec], {spec.name: branch}, NetworkConfig(**options))
    reseed(model, np.random.default_rng(0))
    branch.adapt(model, spec, values(frame if start is None else start)[spec.name])
    return model


def values(frame):
    """The inputs of the network."""
    return ColumnGroups.from_frame(frame).split(frame)


def predict(model, frame):
    """What the network says of a frame."""
    return to_numpy(model(values(frame)))


def shake(model, seed=0):
    """Move every weight off its start, so that paths that start at zero take part."""
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        noise = rng.normal(scale=0.1, size=tuple(variable.shape)).astype("float32")
        variable.assign(to_numpy(variable) + noise)
