"""What follows from the task: the one table of facts about it."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class TaskFacts:
    """Facts about a kind of target: activation of the outputs, and what two names stand for.

    `loss` is what ``loss="auto"`` stands for, `accuracy` the metric of the name "accuracy".
    """

    activation: str
    loss: str
    accuracy: type[keras.metrics.Metric] = keras.metrics.BinaryAccuracy


TASKS = {
    "binary": TaskFacts("sigmoid", "binary_crossentropy"),
    "multilabel": TaskFacts("sigmoid", "binary_crossentropy"),
    "multiclass": TaskFacts(
        "softmax", "sparse_categorical_crossentropy", keras.metrics.SparseCategoricalAccuracy
    ),
    "regression": TaskFacts("linear", "mean_squared_error"),
}
