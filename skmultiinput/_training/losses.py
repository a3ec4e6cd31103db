"""Losses per row, on outputs before their activation and with members."""

import json
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import ops

# Losses that have an exact form on outputs before their activation.
_FROM_LOGITS = {
    ("binary_crossentropy", "sigmoid"),
    ("sparse_categorical_crossentropy", "softmax"),
    ("categorical_crossentropy", "softmax"),
}
DEFAULT_LOSSES = {
    "binary": "binary_crossentropy",
    "multilabel": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "regression": "mean_squared_error",
}


@dataclass(frozen=True)
class RowLoss:
    """The loss of each row.

    Attributes
    ----------
    loss : str, callable or keras.losses.Loss
        As Keras takes it.
    activation : str
        Activation of the network's outputs; "linear" where the network is a user's own and has
        applied it already.
    """

    loss: Any = field(compare=False)
    activation: str = "linear"
    # What makes two losses the same: an instance is described by its class and configuration.
    identity: Any = None

    def __post_init__(self):
        identity = self.loss
        if isinstance(self.loss, keras.losses.Loss):
            config = json.dumps(self.loss.get_config(), default=repr, sort_keys=True)
            identity = (type(self.loss), config)
        object.__setattr__(self, "identity", identity)

    def of_raw(self, y, raw):
        """Loss of outputs before their activation; with members, the mean of theirs.

        Parameters
        ----------
        y : tensor of shape (n_samples,) or (n_samples, n_outputs)
        raw : tensor of shape (n_samples, n_outputs) or (n_samples, n_members, n_outputs)

        Returns
        -------
        tensor of shape (n_samples,)
        """
        if len(raw.shape) == 3:
            n_members = raw.shape[1]
            rows = self.of_raw(ops.repeat(y, n_members, axis=0), _rows(raw))
            return ops.mean(ops.reshape(rows, (-1, n_members)), axis=1)
        if (self.loss, self.activation) in _FROM_LOGITS:
            return _reduce(keras.losses.get(self.loss)(y, raw, from_logits=True))
        return self.of_prediction(y, keras.activations.get(self.activation)(raw))

    def of_prediction(self, y, prediction):
        """Loss of predictions, shape (n_samples, n_outputs) -> (n_samples,)."""
        loss = keras.losses.get(self.loss)
        # For the name of a class, Keras before 3.4 returns the class, later releases an instance.
        loss = loss() if isinstance(loss, type) else loss
        rows = (
            loss.call(y, prediction) if isinstance(loss, keras.losses.Loss) else loss(y, prediction)
        )
        return _reduce(rows)


def _rows(raw):
    return ops.reshape(raw, (-1, raw.shape[2]))


def _reduce(values):
    if len(values.shape) == 0:
        raise ValueError(
            "The loss must return one value per row, shape (n_samples,); it returned a single "
            "number. Leave the mean over rows to the training."
        )
    return (
        ops.mean(values, axis=tuple(range(1, len(values.shape))))
        if len(values.shape) > 1
        else values
    )
