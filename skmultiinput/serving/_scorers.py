"""From preprocessed rows to predictions: networks, and what scikit-learn wraps around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from scipy.special import expit, softmax

from skmultiinput.metrics._class_probabilities import (
    class_probabilities,
    correct_prior,
    most_probable,
)
from skmultiinput.serving._numpy.numpy_network import NumpyNetwork
from skmultiinput.serving._preprocessing_plan import InputPlan, PreprocessingPlan, Typed
from skmultiinput.serving._rows import Rows


class Predicted(NamedTuple):
    """What a scorer predicts of rows: labels with probabilities of each class, or numbers."""

    prediction: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass
class ClassLabels:
    """How outputs of a network become probabilities and labels.

    `kind` is "binary", "multiclass" or "multilabel". With `from_logits` the outputs come before
    their activation, with `one_hot` labels are rows with a single 1. By `ratio` the prior of
    training is corrected.
    """

    kind: str
    classes: np.ndarray
    from_logits: bool = False
    one_hot: bool = False
    ratio: np.ndarray | None = None

    def predict(self, outputs: np.ndarray) -> Predicted:
        """Return the most probable labels under the prior that was trained on."""
        probabilities = class_probabilities(outputs, self.kind, from_logits=self.from_logits)
        labels = most_probable(probabilities, self.kind, self.classes, one_hot=self.one_hot)
        if self.ratio is not None:
            probabilities = correct_prior(probabilities, self.ratio)
        return Predicted(labels, probabilities)


@dataclass
class TargetNumbers:
    """How outputs of a network become numbers of the target's dimensions.

    Where they are quantiles, `median` is the one that is predicted.
    """

    mean: np.ndarray
    scale: np.ndarray
    n_dimensions: int
    median: int | None = None

    def predict(self, outputs: np.ndarray) -> Predicted:
        """Return numbers in the unit of the target."""
        outputs = outputs if self.median is None else outputs[:, [self.median]]
        values = np.asarray(outputs, dtype=np.float64) * self.scale + self.mean
        return Predicted(values[:, 0] if self.n_dimensions == 1 else values)


class NetworkScorer:
    """A fitted network of ours.

    `network` is None where it has no NumPy form, `estimator` where it runs in NumPy only. `groups`
    keeps the `ColumnGroups`, which split a typed frame.
    """

    def __init__(
        self,
        inputs: list[InputPlan],
        network: NumpyNetwork | None,
        target: ClassLabels | TargetNumbers,
        estimator: Any,
        groups: Any,
    ) -> None:
        self.inputs, self.network, self.target = inputs, network, target
        self.estimator, self.groups = estimator, groups
        # From so many rows on, the compiled network of Keras is faster.
        self.many_rows = 32
        # Why there is no form in NumPy.
        self.reason = ""

    def evaluate(self, inputs: dict[str, np.ndarray], n_rows: int) -> np.ndarray:
        """Evaluate the network, in NumPy for few rows."""
        if self.network is not None and (self.estimator is None or n_rows < self.many_rows):
            return self.network(inputs, n_rows)
        model = self.estimator
        return model.predictor_(model.model_, inputs, n_rows)

    def predict(self, typed: Typed) -> Predicted:
        """Predict rows of the typed frame."""
        inputs = typed.inputs(self.inputs, lambda frame: self.groups.get().split(frame))
        return self.target.predict(self.evaluate(inputs, typed.n_rows))

    @property
    def classes(self) -> np.ndarray | None:
        """The classes; None for numbers."""
        return getattr(self.target, "classes", None)


@dataclass
class PipelineScorer:
    """A pipeline: preprocessing, and what follows it."""

    preprocessing: PreprocessingPlan
    last: Any

    def predict(self, rows: Rows) -> Predicted:
        """Predict raw rows."""
        return self.last.predict(self.preprocessing(rows))

    @property
    def classes(self) -> np.ndarray | None:
        """The classes; None for numbers."""
        return self.last.classes


@dataclass
class ThresholdScorer:
    """A classifier of two classes, one of which is predicted from a threshold on."""

    inner: Any
    threshold: float
    classes: np.ndarray
    positive: int

    def predict(self, rows: Any) -> Predicted:
        """Predict the labels by the threshold."""
        probabilities = self.inner.predict(rows).probabilities
        chosen = probabilities[:, self.positive] >= self.threshold
        codes = np.where(chosen, self.positive, 1 - self.positive)
        return Predicted(self.classes[codes], probabilities)


@dataclass
class Sigmoid:
    """Platt's calibration."""

    a: float
    b: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return expit(-(self.a * x + self.b))


@dataclass
class Interpolation:
    """Calibration by isotonic regression."""

    x: np.ndarray
    y: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        if len(self.y) == 1:
            return np.full(x.shape, self.y[0])
        return np.interp(x, self.x, self.y)


@dataclass
class Temperature:
    """Calibration by one temperature of all classes, whose inverse is `beta`."""

    beta: float

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        return softmax(self.beta * np.log(probabilities + 1e-12), axis=1)


@dataclass
class CalibratedScorer:
    """The mean of calibrated classifiers: scorers, calibrators, and the class of each of these."""

    members: list[tuple[Any, list[Any], list[int]]]
    classes: np.ndarray

    def predict(self, rows: Any) -> Predicted:
        """Predict the most probable labels."""
        calibrated = [self._calibrated(rows, *member) for member in self.members]
        probabilities = np.mean(calibrated, axis=0)
        return Predicted(self.classes[probabilities.argmax(axis=1)], probabilities)

    def _calibrated(
        self, rows: Any, scorer: Any, calibrators: list[Any], class_positions: list[int]
    ) -> np.ndarray:
        predicted = scorer.predict(rows).probabilities
        if isinstance(calibrators[0], Temperature):
            proba = calibrators[0](predicted)
        elif len(self.classes) == 2:
            positive = calibrators[0](predicted[:, 1])
            proba = np.column_stack([1.0 - positive, positive])
        else:
            proba = np.zeros((len(predicted), len(self.classes)))
            for column, position, calibrate in zip(
                predicted.T, class_positions, calibrators, strict=True
            ):
                proba[:, position] = calibrate(column)
            total = proba.sum(axis=1, keepdims=True)
            even = np.full_like(proba, 1 / len(self.classes))
            proba = np.divide(proba, total, out=even, where=total != 0)
        proba[(proba > 1.0) & (proba <= 1.0 + 1e-5)] = 1.0
        return proba


@dataclass
class TransformedTargetScorer:
    """A regressor whose target was transformed by a transformer."""

    inner: Any
    transformer: Any
    classes: ClassVar[None] = None

    def predict(self, rows: Any) -> Predicted:
        """Predict numbers in the unit of the target."""
        predicted = self.inner.predict(rows).prediction
        back = self.transformer.get().inverse_transform(
            predicted.reshape(-1, 1) if predicted.ndim == 1 else predicted
        )
        return Predicted(back.squeeze(axis=1) if predicted.ndim == 1 and back.ndim == 2 else back)


def parts_in(scorer: Any) -> Iterator[Any]:
    """Yield the preprocessing plans and scorers inside a scorer, in the order of a row, and it."""
    for name in ("preprocessing", "last", "inner"):
        if hasattr(scorer, name):
            yield from parts_in(getattr(scorer, name))
    for member, *_ in getattr(scorer, "members", []):
        yield from parts_in(member)
    yield scorer


def pipelines_in(scorer: Any) -> list[PipelineScorer]:
    """Return the pipelines inside a scorer."""
    return [part for part in parts_in(scorer) if isinstance(part, PipelineScorer)]


def networks_in(scorer: Any) -> list[NetworkScorer]:
    """Return the networks inside a scorer."""
    return [part for part in parts_in(scorer) if isinstance(part, NetworkScorer)]
