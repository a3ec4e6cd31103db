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
    target_type : str
        scikit-learn's name, as `sklearn.utils.multiclass.type_of_target` gives it.
    accuracy : type
        The metric that "accuracy" stands for.
    """

    activation: str
    loss: str
    target_type: str
    accuracy: type[keras.metrics.Metric] = keras.metrics.BinaryAccuracy


TASKS = {
    "binary": TaskFacts("sigmoid", "binary_crossentropy", "binary"),
    "multilabel": TaskFacts("sigmoid", "binary_crossentropy", "multilabel-indicator"),
    "multiclass": TaskFacts(
        "softmax",
        "sparse_categorical_crossentropy",
        "multiclass",
        keras.metrics.SparseCategoricalAccuracy,
    ),
    "regression": TaskFacts("linear", "mean_squared_error", "continuous"),
}
