"""What follows from the task: the one table of facts about it."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class TaskFacts:
    """Facts about a kind of target.

    Attributes
    ----------
    activation : str
        Activation of the network's outputs.
    loss : str
        What ``loss="auto"`` stands for.
    accuracy : type
        The metric that "accuracy" stands for.
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
